"""The tables derived from the dictionaries when the package is built: where they are, and how they are opened."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from search import store

PATH = Path(__file__).parent / "data" / "tables.wenlu"


@cache
def _opened() -> tuple[dict[str, Any], dict[str, store.Array]]:
    return store.read(PATH, _repair(PATH.parent.parent.parent))


def _repair(above: Path) -> str:
    """What makes the tables anew: in a checkout they are derived, elsewhere they come with the package."""
    return f'pip install --editable "{above}"' if (above / "hatch_build.py").is_file() else "pip install --force-reinstall wenlu"


def tables() -> dict[str, store.Array]:
    """The arrays by name, mapped into memory. Raises IndexFileError when the package was not built."""
    return _opened()[1]


def tables_version() -> str:
    """A digest of the tables: an index made with others must be rebuilt."""
    return str(_opened()[0].get("version", ""))


@cache
def common_words() -> dict[str, int]:
    """The words of the dictionary that Chinese text is segmented by, and how often each was seen."""
    arrays = tables()
    return dict(zip(store.Strings.named(arrays, "words"), arrays["words_freq"].tolist(), strict=True))


@cache
def script_map() -> dict[str, str]:
    """Traditional to simplified, character by character (about 4,000 pairs, from OpenCC)."""
    arrays = tables()
    return dict(zip(map(chr, arrays["script_from"].tolist()), map(chr, arrays["script_to"].tolist()), strict=True))


@cache
def _english() -> store.Strings:
    arrays = tables()
    return store.Strings.named(arrays, "stems")


def in_glosses(stem: str) -> int:
    """How many glosses of the dictionary have this stem in lower case, up to 255: few (0 to 2) for a name, -1 for a stem in none."""
    index = _english().find(stem)
    return int(tables()["stems_plain"][index]) if index >= 0 else -1


def english_stems() -> list[str]:
    """The stems that three glosses or more have in lower case."""
    return [stem for stem, count in zip(_english(), tables()["stems_plain"].tolist(), strict=True) if count > 2]
