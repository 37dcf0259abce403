"""What is installed from the wheel, away from the checkout."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ANSWER = """
import search, search.cli, pathlib, sys
assert pathlib.Path(search.__file__).is_relative_to(sys.argv[1]), search.__file__
search.cli.main(["ask", "看不到聊天按钮"])
"""


@pytest.fixture(scope="module")
def built(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution and the wheel."""
    folder = tmp_path_factory.mktemp("dist")
    for target in ("sdist", "wheel"):
        command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(folder)]
        subprocess.run(command, cwd=root, capture_output=True, timeout=300, check=True)
    return folder


def test_the_wheel_answers_in_another_folder(built: Path, tmp_path: Path) -> None:
    installed, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        wheel.extractall(installed)
    environment = os.environ | {
        "PYTHONPATH": str(installed),
        "PYTHONIOENCODING": "utf-8",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    command = [sys.executable, "-c", ANSWER, str(installed)]
    done = subprocess.run(command, cwd=elsewhere, env=environment, capture_output=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, b"") and "KYC" in done.stdout.decode()


def test_the_wheel_holds_what_it_needs_and_no_more(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = wheel.namelist()
        metadata = wheel.read(next(name for name in names if name.endswith("METADATA"))).decode()
    tops = {name.split("/")[0] for name in names if ".dist-info" not in name}
    assert tops == {"search"} and {
        "search/data/tables.wenlu",
        "search/py.typed",
        "search/web/faq-search.js",
        "search/corpus/zh/chat-with-support.md",
    } <= set(names)
    assert not any("dictionary" in name or name.endswith("terms.txt") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names) and any(name.endswith("licenses/NOTICE") for name in names)
    assert "Requires-Python: >=3.11" in metadata and "License-Expression: MIT AND CC-BY-SA-4.0 AND Apache-2.0" in metadata


def test_the_source_distribution_can_build_itself(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    wanted = {
        "pyproject.toml",
        "hatch_build.py",
        "README.md",
        "LICENSE",
        "NOTICE",
        "corpus/en/glossary.md",
        "dictionary/derive.py",
        "dictionary/terms.txt",
        "search/cli.py",
        "tests/conftest.py",
    }
    assert wanted <= names and not any(name.startswith("search/data") for name in names)
