"""The scripts as a browser gets them: how large they are."""

from __future__ import annotations

import gzip
import sys

import pytest

from search.export import SCRIPTS
from search.javascript import FOLDER, minified

BOX_AND_ENGINE = 15_000  # bytes, gzipped, of what a question in the language of the pages loads
LATER = 5_000  # bytes, gzipped, of each module that the engine fetches for other questions


def size(name: str) -> int:
    return len(gzip.compress(minified(name), 9))


def test_box_and_engine_are_small() -> None:
    assert size("faq-search.js") + size("engine.js") < BOX_AND_ENGINE
    assert max(size("foreign.js"), size("unusual.js")) < LATER


def test_styles_are_sent_without_what_only_people_need() -> None:
    assert b":host{display:block" in minified("faq-search.js")


def test_names_are_sent_short_but_for_those_that_other_scripts_take() -> None:
    assert not [name for name in SCRIPTS if b"const make" in minified(name) or b"EXCEPTIONS" in minified(name)]
    assert b"export let open" in minified("engine.js") and b"export let parts" in minified("unusual.js")


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_sent_as_written_where_there_is_no_minifier(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    short = minified(name)
    monkeypatch.setitem(sys.modules, "minify", None)
    assert len(short) < len(minified.__wrapped__(name)) == (FOLDER / name).stat().st_size
