"""Text forms that mean the same made the same, before anything else looks at them: width, case, script, stray characters.

Every step maps one character to a string, so a range of the folded text leads back to a range of what was written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

from search.tables import script_map

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇"
CLAUSE_END = re.compile(r"[。!?;,:\n]|\.(?=\s)")  # in folded text
HAN_RUN = re.compile(f"[{HAN}]+")
_QUOTES = {"’": "'", "‘": "'", "ʼ": "'", "´": "'", "‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-"}
_INVISIBLE = {"Cf", "Mn"}  # soft hyphens, joiners, byte order marks; accents, which NFKD takes off: é is e however typed
_BREAKING = {"Cc", "Cs", "Cn", "Co", "Zl", "Zp", "Zs"}


class _Folding(dict[int, str]):
    """A `str.translate` table that works out each character once: NFKD, accents off, lower case, traditional to simplified."""

    def __init__(self, script: Mapping[str, str]) -> None:
        super().__init__()
        self._script = script

    def __missing__(self, code: int) -> str:
        written = unicodedata.normalize("NFC", chr(code))
        apart = written if written in _QUOTES else unicodedata.normalize("NFKD", written).lower()
        folded = self[code] = "".join(map(self._character, apart))
        return folded

    def _character(self, character: str) -> str:
        if character in _QUOTES:
            return _QUOTES[character]
        category = unicodedata.category(character)
        if category in _INVISIBLE:
            return ""
        if category in _BREAKING:
            return "\n" if character == "\n" else " "
        return self._script.get(character, character)


@cache
def _folding() -> _Folding:
    return _Folding(script_map())


def fold(text: str) -> str:
    """The text that terms are made from; traditional characters become simplified one by one, in documents and questions."""
    return text.translate(_folding())


def fold_with_offsets(text: str) -> tuple[str, list[int]]:
    """`fold(text)` and, for each of its characters and its end, the offset in `text` of the character it came from."""
    pieces = list(map(_folding().__getitem__, map(ord, text)))
    if set(map(len, pieces)) <= {1}:
        return "".join(pieces), list(range(len(text) + 1))
    offsets = [index for index, piece in enumerate(pieces) for _ in piece]
    return "".join(pieces), [*offsets, len(text)]


def printable(text: str) -> str:
    """The text without what can't be seen or can't be written: control characters other than line ends, lone surrogates."""
    if text.isprintable():
        return text
    kept = (character for character in text if character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cs"})
    return "".join(kept)
