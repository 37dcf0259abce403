"""What a question may become while it is typed: titles and aliases with words that start so, in characters, letters, pinyin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from search.analyze import Token, starts, stem, tokenize
from search.document import Chunk, Kind, Language
from search.index import Index
from search.normalize import HAN, fold, fold_with_offsets
from search.pinyin import Sounds
from search.places import merged

LONGEST = 100  # characters of what is typed; what follows is left out
_LOOKED_AT = 300  # headings whose text is compared, the least wordy first
_SOUNDS = 40  # words that pinyin may be the beginning of
_LONGEST_SOUND = 40  # letters of pinyin
_SHORTEST_STEM = 3
_LETTER = re.compile(f"[^\\W_{HAN}]")

Mask = NDArray[np.bool_]


class Suggestion(NamedTuple):
    """One way to ask: a chunk's title or alias, with the character ranges of it that were typed."""

    text: str
    field: Literal["title", "alias"]
    marks: tuple[tuple[int, int], ...]
    id: str
    title: str
    kind: Kind
    language: Language


def suggest(index: Index, typed: str, limit: int = 8) -> list[Suggestion]:
    """At most `limit` headings where each word typed starts a word (Han characters stand anywhere), one a chunk, best first.

    What is written so comes before what only sounds so, and that before what has one pinyin syllable as a sound and one as letters; then what
    starts with what was typed, then titles, then the shortest.
    """
    folded = fold(typed[:LONGEST]).strip()
    words = [_Word(index, token) for token in tokenize(folded)]
    if not words:
        return []
    found = np.flatnonzero(np.logical_and.reduce([word.headings() for word in words]))
    found = found[np.argsort(index.headings.weights[found], kind="stable")][:_LOOKED_AT]
    ranked = []
    for number in found.tolist():
        chunk, text, field = heading(index, number)
        if chunk.kind == "open":
            continue
        plain, offsets = fold_with_offsets(text)
        places = [word.places(plain) for word in words]
        if all(row for row, _ in places):
            marks = merged((offsets[start], offsets[end - 1] + 1) for row, _ in places for start, end in row)
            sounded = [sounds for _, sounds in places]
            starts = marks[0][0] == 0 if any(sounded) else plain.startswith(folded)
            torn = any(sounded) and any(word.sounds and not sounds for word, sounds in zip(words, sounded, strict=True))
            order = (torn, sum(sounded), not starts, field == "alias", len(text), number)
            ranked.append((order, Suggestion(text, field, marks, chunk.id, chunk.title, chunk.kind, chunk.language)))
    kept: dict[str, Suggestion] = {}
    for _, suggestion in sorted(ranked):
        if suggestion.text not in {one.text for one in kept.values()}:
            kept.setdefault(suggestion.id, suggestion)
    return list(kept.values())[:limit]


def heading(index: Index, number: int) -> tuple[Chunk, str, Literal["title", "alias"]]:
    """The chunk, the text and the field of a heading."""
    owners = index.headings.owners
    chunk = index.chunk_at(int(owners[number]))
    place = number - int(np.searchsorted(owners, owners[number]))
    texts = [text for text in (chunk.title, *chunk.aliases) if text]
    return chunk, texts[place], "alias" if place or not chunk.title else "title"


def _spoken(sounds: Sounds, letters: str) -> list[tuple[str, ...]]:
    """The rows of Han words that letters may be the pinyin of, as far as they are typed."""

    @cache  # there are many ways to the same rest
    def rows(letters: str) -> list[tuple[str, ...]]:
        if words := sounds.beginning(letters):
            return [(word,) for word in words[:_SOUNDS]]
        for cut in range(len(letters) - 1, 1, -1):
            firsts = sounds.beginning(letters[:cut], whole=True)
            if firsts and (rests := rows(letters[cut:])):
                return [(first, *rest) for first in firsts[:3] for rest in rests][:_SOUNDS]
        return []

    return rows(letters)


class _Word:
    """A word as far as it is typed, and the Han words that it may be the pinyin of: each a row of words, one after the other."""

    def __init__(self, index: Index, token: Token) -> None:
        self._index, self._text, self._han = index, token.text, token.kind == "han"
        letters = re.sub("[1-5']", "", token.text)[:_LONGEST_SOUND]
        spoken = token.kind == "word" and len(letters) > 1 and letters.isascii()
        self.sounds = _spoken(index.lexicon.sounds, letters) if spoken else []

    def headings(self) -> Mask:
        """Which headings may have the word, shape (headings,): all that do, and some that agree in stems or pairs alone."""
        mask = self._with_han(self._text) if self._han else self._with_letters()
        for row in self.sounds:
            mask |= np.logical_and.reduce([self._with_han(word) for word in row])
        return mask

    def _with_han(self, text: str) -> Mask:
        postings, vocabulary = self._index.headings.postings, self._index.lexicon.vocabulary
        mask = np.ones(postings.count, bool)
        for start in range(max(len(text) - 1, 1)):
            having, term = np.zeros_like(mask), vocabulary.find(text[start : start + 2])
            if term >= 0:
                having[postings.of(term)[0]] = True
            mask &= having
        return mask

    def _with_letters(self) -> Mask:
        postings, vocabulary, text = self._index.headings.postings, self._index.lexicon.vocabulary, self._text
        mask, run = np.zeros(postings.count, bool), vocabulary.starting_with(text)
        mask[postings.lists[int(postings.starts[run.start]) : int(postings.starts[run.stop])]] = True
        shorter = {stem(text), *(text[:length] for length in range(_SHORTEST_STEM, len(text)))}
        for term in map(vocabulary.find, shorter):  # "withdrawa" starts a word whose stem is shorter
            if term >= 0:
                mask[postings.of(term)[0]] = True
        return mask

    def places(self, folded: str) -> tuple[list[tuple[int, int]], bool]:
        """Where the word stands in folded text, and whether only what it sounds like does."""
        if written := list(_places(folded, self._text, self._han)):
            return written, False
        for row in self.sounds:
            parts = [list(_places(folded, word, True)) for word in row]
            if all(parts):
                return [place for part in parts for place in part], True
        return [], False


def _places(folded: str, text: str, anywhere: bool) -> Iterator[tuple[int, int]]:
    for start in starts(folded, text):
        if anywhere or start == 0 or not _LETTER.match(folded[start - 1]):
            yield start, start + len(text)
