"""The plain way to do what the package does fast, to compare the two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from search import rank
from search.analyze import LONGEST_WORD, Place, _by_last, _phrases, words
from search.normalize import HAN_RUN, fold


class Analyzer:
    """Text to terms, one at a time.

    `words` are the Han words of three characters to LONGEST_WORD, and `phrases` the stems joined by spaces, that count as terms of
    their own; so does each run of `names`, the characters that foreign names are written with.
    """

    def __init__(self, words: Iterable[str] = (), phrases: Iterable[str] = (), names: str = "") -> None:
        self._words, self._names = frozenset(words), frozenset(names)
        self._phrases = _by_last(phrases)

    def __call__(self, text: str) -> list[str]:
        return [term for term, _, _ in self.places(fold(text))]

    def places(self, folded: str) -> Iterator[Place]:
        """Each term of the folded text with its place, a half-open range of characters."""
        for match in HAN_RUN.finditer(folded):
            run, offset = match.group(), match.start()
            for start in range(len(run)):
                for end in range(start + 1, min(start + LONGEST_WORD, len(run)) + 1):
                    if end < start + 3 or (text := run[start:end]) in self._words or self._names.issuperset(text):
                        yield run[start:end], offset + start, offset + end
        row = list(words(folded))
        for word in row:
            yield from word
        yield from _phrases(row, self._phrases)


def scores(postings: rank.Postings, concepts: list[rank.Weighted]) -> rank.Scores:
    """Each chunk's score in single precision, without looking for the best."""
    count = postings.count
    arrays = rank._Arrays(*(np.zeros(count, np.float32) for _ in range(3)), np.zeros(count, np.bool_))
    rank._Read(postings, [concept for concept in concepts if concept.terms]).add(arrays)
    assert not arrays.together.any()
    return arrays.scores
