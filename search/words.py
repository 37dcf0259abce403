"""What Wenlu says to people, on the terminal, on the page and over HTTP, in Chinese and in English: words.toml, which is read once."""

from __future__ import annotations

import tomllib
from pathlib import Path

from search.document import Language

_ALL = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
HELP: dict[str, tuple[str, str]] = _ALL.pop("help")  # of the commands and options of the command line, by their names
ERRORS: dict[str, tuple[str, str]] = _ALL.pop("errors")  # about documents, each after the name of its file
PROBLEMS: dict[str, tuple[str, str]] = _ALL.pop("problems")  # of the HTTP API, by their status
TEXT: dict[str, tuple[str, str]] = _ALL


def say(language: Language, key: str, *values: object) -> str:
    """A text of the interface, its {} filled in."""
    return TEXT[key][language == "en"].format(*values)
