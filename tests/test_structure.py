import ast
import re
from pathlib import Path

import search

PACKAGE = Path(search.__file__).parent
ROW = re.compile(r"^\| `(\w+)` \| [^|]+ \| ([^|]*) \|$", re.MULTILINE)


def imported(module: Path) -> set[str]:
    """The modules of the package that a module imports, at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            if node.module == "search":
                found |= {name.name for name in node.names}
            elif node.module.startswith("search."):
                found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {name.name.split(".")[1] for name in node.names if name.name.startswith("search.")}
        assert not (isinstance(node, ast.ImportFrom) and node.level), f"{module.name}: write imports in full"
    modules = {file.stem for file in PACKAGE.glob("*.py")}
    homes = {name: home for home, names in search._HOMES.items() for name in names}
    return {homes.get(name, name) for name in found if name in modules or name in homes}


def test_the_import_table_is_the_truth_and_points_strictly_up(root: Path) -> None:
    table = {
        name: set(re.findall(r"`(\w+)`", imports)) for name, imports in ROW.findall((root / "ARCHITECTURE.md").read_text("utf-8"))
    }
    truth = {file.stem: imported(file) for file in PACKAGE.glob("*.py") if file.stem != "__init__"}
    assert table == truth
    order = list(table)
    for number, name in enumerate(order):
        assert table[name] <= set(order[:number]), f"{name} imports what stands below it"


def test_public_names_are_the_promise() -> None:
    assert search.__all__ == [
        "Answer",
        "Chunk",
        "DependencyError",
        "Document",
        "DocumentError",
        "Hit",
        "Index",
        "IndexFileError",
        "Match",
        "Part",
        "QuestionError",
        "Source",
        "WenluError",
        "__version__",
        "chunk_documents",
        "load_corpus",
        "read_documents",
        "to_json",
    ]
    for name in search.__all__:
        assert getattr(search, name) is not None
    assert set(search.__all__) <= set(dir(search))
    assert {name for names in search._HOMES.values() for name in names} == set(search.__all__) - {"__version__"}


def test_the_version_is_that_of_the_package(root: Path) -> None:
    assert f'version = "{search.__version__}"' in (root / "pyproject.toml").read_text("utf-8")


def test_every_error_is_a_wenlu_error() -> None:
    from search import errors

    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert len(kinds) == 5 and all(issubclass(kind, errors.WenluError) and kind.__name__ in errors.__doc__ for kind in kinds)


def test_every_error_speaks_both_languages() -> None:
    for file in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in search._HOMES["errors"]:
                assert len(node.args) == 2, f"{file.name}, line {node.lineno}: give the English message and the Chinese one"


def test_nothing_is_pickled() -> None:
    for file in PACKAGE.glob("*.py"):
        names = re.findall(r"\b(?:import|from) (\w+)|allow_pickle=(\w+)", file.read_text("utf-8"))
        assert not {"pickle", "joblib", "shelve", "marshal"} & {name for name, _ in names}, file.name
        assert "True" not in {flag for _, flag in names}, file.name
