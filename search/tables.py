"""The tables derived from the dictionaries when the package is built: where they are, and how they are opened."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from search import store

PATH = Path(__file__).parent / "data" / "tables.wenlu"


@cache
def tables() -> dict[str, Any]:
    """The arrays by name, mapped into memory. Raises IndexFileError when the package was not built."""
    return store.read(PATH, f"python -m search.dictionary {PATH}")[1]


@cache
def script_map() -> dict[str, str]:
    """Traditional to simplified, character by character (about 4,000 pairs, from OpenCC)."""
    arrays = tables()
    return dict(zip(map(chr, arrays["script_from"].tolist()), map(chr, arrays["script_to"].tolist()), strict=True))
