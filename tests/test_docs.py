import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from search import Index, to_json
from search.cli import wenlu
from search.files import FORMATS
from search.words import HELP

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
PAGES = [
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "benchmarks/README.md",
    *(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")),
]


def blocks(language: str) -> list[str]:
    return [text for _, text in re.findall(rf"^(```+){language}\n(.*?)^\1$", README, re.MULTILINE | re.DOTALL)]


COMMANDS = [line for block in blocks("sh") for line in block.splitlines() if "wenlu" in line]


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where the README's commands find what they name."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "docs" / "help").mkdir(parents=True)
    (folder / "docs" / "help" / "returns.md").write_text(blocks("markdown")[0], "utf-8")
    (folder / "tests" / "quality").mkdir(parents=True)
    questions = (ROOT / "tests" / "quality" / "questions.jsonl").read_text("utf-8").splitlines(keepends=True)
    (folder / "tests" / "quality" / "questions.jsonl").write_text("".join(questions[::12]), "utf-8")  # enough to see that it runs
    shutil.copytree(ROOT / "corpus", folder / "corpus")
    (folder / "bin").mkdir()
    wrapper = folder / "bin" / "wenlu"
    wrapper.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.quote(sys.executable)} -m search.cli "$@"\n')
    wrapper.chmod(0o755)
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="the README's shell commands are for a Unix shell")
def test_the_commands_run(workplace: Path) -> None:
    assert len(COMMANDS) >= 10
    script = "\n".join(line for line in COMMANDS if "wenlu page" not in line)  # which serves until it is stopped; see test_cli
    environment = os.environ | {"PATH": f"{workplace / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    command = ["bash", "-eu", "-c", script]
    done = subprocess.run(command, cwd=workplace, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "寄到莫斯科仓" in done.stdout


def test_every_flag_exists_and_every_flag_of_ask_is_told() -> None:
    exists = {name: {flag for parameter in command.params for flag in parameter.opts} for name, command in wenlu.commands.items()}
    for line in [*COMMANDS, *re.findall(r"`(wenlu [^`]+)`", README)]:
        name = line.split("wenlu ", 1)[1].split()[0]
        assert name in exists, line
        assert set(re.findall(r"(?<= )--[a-z]+", line)) <= exists[name], line
    told = set(re.findall(r"--[a-z]+", README))
    assert exists["ask"] - {"question", "-h", "--help"} <= told
    assert {f"wenlu {name}" for name in exists} <= set(re.findall(r"wenlu [a-z]+", README))


def test_the_kinds_of_files_and_the_variables_that_are_read_are_told() -> None:
    told = [*HELP["--corpus"], *re.findall(r"^`\.md`.*", README, re.M)]
    assert len(told) == 4 and all(ending in text for text in told for ending in FORMATS if ending != ".markdown")
    variables = {f"${option.envvar}" for command in wenlu.commands.values() for option in command.params if option.envvar}
    assert variables == {"$PORT"} and all(
        "$PORT" in text for text in (*HELP["--port"], (ROOT / "docs" / "http-api.md").read_text("utf-8"))
    )


def test_what_measures_is_listed_and_finds_its_data_in_one_place() -> None:
    listed = (ROOT / "benchmarks" / "README.md").read_text("utf-8")
    for script in (ROOT / "benchmarks").glob("*.py"):
        assert f"`{script.name}`" in listed
        text = script.read_text("utf-8").replace('"eval" / "', "eval/")
        assert text.count("xquad-dev") == text.count("eval/xquad-dev"), script.name


def test_the_targets_of_make_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"^make ([a-z]+)", "\n".join(blocks("sh")), re.MULTILINE)) <= targets


def test_the_python_example_runs(workplace: Path) -> None:
    command = [sys.executable, "-c", blocks("python")[0]]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, cwd=workplace, env=environment, capture_output=True, timeout=120, check=False)
    lines = done.stdout.decode().splitlines()
    assert done.stderr == b"" and lines[0].startswith("True ") and lines[1] == "True"


def keys(value: Any) -> Any:
    """The keys of a JSON, all the way down, and of the first entry of each list."""
    if isinstance(value, dict):
        return {key: keys(item) for key, item in value.items() if key not in ("translations", "marks")}
    return keys(value[0]) if isinstance(value, list) and value and isinstance(value[0], dict) else None


def test_the_json_example_has_the_keys_of_an_answer(index: Index) -> None:
    example = json.loads(blocks("json")[0])
    answer = to_json(index.search("看不到聊天按钮"))
    assert answer["procedure"] and answer["hits"][0]["matched"]
    assert json.dumps(keys(example)) == json.dumps(keys(answer))


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = re.sub(r"^(```+).*?^\1$", "", (ROOT / page).read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert (ROOT / page).parent.joinpath(target).exists(), target
