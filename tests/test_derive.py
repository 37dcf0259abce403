import re
import runpy
from pathlib import Path

import numpy as np
import pytest

from dictionary.derive import LICENSE, Name, align, glosses, model_1, simplifier, stems, units
from search.store import read
from search.tables import PATH, _repair, tables


@pytest.mark.parametrize(
    ("definition", "found"),
    [
        ("to refund; to return (money)", ["refund", "return"]),
        ("(bound form) machine", ["machine"]),
        ("surname Zhang", []),
        ("CL:個|个[ge4],名[ming2]", []),
        ("variant of 錶|表[biao3]", []),
        ("the capital of France", ["capital of France"]),
        ("fast or slow", ["fast", "slow"]),
        ("to be; to do", []),
        ("city 漳州市[Zhang1 zhou1 shi4], Fujian", ["city", "Fujian"]),
    ],
)
def test_glosses_keep_the_meaning_and_nothing_else(definition: str, found: list[str]) -> None:
    assert [gloss.text for gloss in glosses([definition])] == found


def test_senses_are_counted_over_the_definitions_that_say_something() -> None:
    assert [(gloss.sense, gloss.part) for gloss in glosses(["surname Li", "plum; prune", "CL:個|个[ge4]", "tree"])] == [
        (0, 0),
        (0, 1),
        (1, 0),
    ]


def test_stems_are_those_of_the_analyser_without_empty_words() -> None:
    assert stems("to have Won 1,000 naïve battles of the sea") == ("win", "1000", "naiv", "battl", "sea")


def test_units_are_characters_pairs_and_the_word() -> None:
    assert units("管辖区") == ["管", "辖", "区", "管辖", "辖区", "管辖区"]
    assert units("退款") == ["退", "款", "退款"] and units("退") == ["退"]


def test_model_1_learns_what_goes_together() -> None:
    pairs = [([0], [0], 1.0), ([0, 1], [0, 1], 1.0), ([1], [1], 1.0)]  # das, das Haus, Haus
    model = model_1(pairs, 2, 2)
    p = {(s, t): p for s, t, p in zip(model.sources.tolist(), model.targets.tolist(), model.p.tolist(), strict=True)}
    assert p[0, 0] > 0.95 and p[1, 1] > 0.95
    assert all(sum(p[s, t] for s, t in p if s == source) <= 1 + 1e-9 for source in (0, 1))


def test_model_1_is_the_same_every_time() -> None:
    pairs = [([i % 7, i % 3], [i % 5, i % 11], 1 / (1 + i % 4)) for i in range(200)]
    one, other = model_1(pairs, 11, 11), model_1(pairs, 11, 11)
    assert all(np.array_equal(left, right) for left, right in zip(one, other, strict=True))


def test_letters_align_with_syllables() -> None:
    pairs = [Name("马里", ("ma", "li"), "mali"), Name("马拉", ("ma", "la"), "mala"), Name("拉里", ("la", "li"), "lali")]
    model, seen = align(pairs, 8)
    assert max(model["ma"], key=model["ma"].__getitem__) == "ma" and seen["li"] == pytest.approx(2)


def test_scripts_meet_character_by_character() -> None:
    script = simplifier()
    assert script["體"] == "体" and "体" not in script


def test_the_tables_carry_their_licence() -> None:
    assert read(PATH, "")[0]["license"] == LICENSE and "CC BY-SA" in LICENSE


def test_the_tables_are_derived_anew_when_they_are_damaged_or_what_makes_them_changes(root: Path, tmp_path: Path) -> None:
    module = runpy.run_path(str(root / "hatch_build.py"))
    made = re.findall(r"^from search\.?(\w*) import (\w+)", (root / "dictionary" / "derive.py").read_text("utf-8"), re.M)
    names = {f"search/{name or first}.py" for name, first in made}
    assert len(names) == 4 and names < set(module["MAKERS"])
    packaging = re.search(r"^PACKAGING = ((?:.*\\\n)*.*)", (root / "Makefile").read_text("utf-8"), re.M)
    assert packaging and set(module["MAKERS"]) < set(packaging[1].split())
    assert module["_whole"](PATH) and not module["_whole"](tmp_path / "none")
    (tmp_path / "half").write_bytes(PATH.read_bytes()[:1000])
    assert not module["_whole"](tmp_path / "half")


def test_whoever_lacks_the_tables_hears_what_helps_there(root: Path, tmp_path: Path) -> None:
    assert _repair(root) == f'pip install --editable "{root}"'
    assert _repair(tmp_path) == "pip install --force-reinstall wenlu"


def test_the_tables_fit_together() -> None:
    arrays = tables()
    unit_count, stem_count = len(arrays["units_offsets"]) - 1, len(arrays["stems_offsets"]) - 1
    for name in ("gloss_units", "usage_units", "sense_units"):
        assert arrays[name].max() < unit_count
    for name in ("usage_stems", "sense_stems", "kin_from", "kin_to"):
        assert arrays[name].max() < stem_count
    for name in ("gloss_p", "usage_p", "sense_p", "kin_p"):
        assert ((arrays[name] > 0) & (arrays[name] <= 1)).all()
    assert len(arrays["readings_syllables"]) == arrays["readings_starts"][-1]
