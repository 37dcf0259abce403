import re
import string
from pathlib import Path
from typing import get_args

from search.cli import wenlu
from search.document import KINDS, Field, Language, Via
from search.words import ERRORS, HELP, PROBLEMS, TEXT

ROOT = Path(__file__).resolve().parent.parent


def test_every_text_is_in_both_languages() -> None:
    for key, texts in (TEXT | HELP | PROBLEMS | ERRORS).items():
        assert len(texts) == 2 and all(texts), key
        fields = [sorted(field for _, field, _, _ in string.Formatter().parse(words) if field is not None) for words in texts]
        assert fields[0] == fields[1], key
    assert {*KINDS, *get_args(Via), *get_args(Field)} <= set(TEXT)


def test_every_text_is_used() -> None:
    code = "".join((ROOT / "search" / name).read_text("utf-8") for name in ("page.py", "markup.py", "cli.py"))
    built = {
        *KINDS,
        *get_args(Via),
        *get_args(Field),
        *(f"in_{language}" for language in get_args(Language)),
        *(f"all_{kind}" for kind in KINDS),
        "Options",
        "Commands",
    }
    assert [key for key in TEXT if not re.search(f"""["']{key}["']""", code) and key not in built] == []


def test_every_help_is_of_a_command_or_an_option() -> None:
    commands = [wenlu, *wenlu.commands.values()]
    options = {name for command in commands for option in command.params for name in option.opts if name.startswith("--")}
    assert {command.name for command in commands} | options == set(HELP)


def test_every_error_is_used() -> None:
    code = "".join((ROOT / "search" / name).read_text("utf-8") for name in ("read.py", "files.py"))
    assert [key for key in ERRORS if f'"{key}"' not in code] == []
