"""What a question may become while it is typed: titles and aliases with words that start so, in characters, letters, pinyin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from search.analyze import Token, stem, tokenize
from search.document import Chunk, Kind, Language
from search.index import Index, merged
from search.normalize import HAN, fold, fold_with_offsets

LONGEST = 100  # characters of what is typed; what follows is left out
_LOOKED_AT = 300  # headings whose text is compared, the least wordy first
_SHORTEST_STEM = 3
_LETTER = re.compile(f"[^\\W_{HAN}]")


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

    The best start with what was typed, then are titles rather than aliases, then are short.
    """
    folded = fold(typed[:LONGEST]).strip()
    tokens = list(tokenize(folded))
    if not tokens:
        return []
    masks = [_having(index, token) for token in tokens]
    found = np.flatnonzero(np.logical_and.reduce(masks))
    found = found[np.argsort(index.headings.weights[found], kind="stable")][:_LOOKED_AT]
    ranked = []
    for heading in found.tolist():
        chunk, text, is_title = _heading(index, heading)
        marks = _marks(text, tokens)
        if marks is not None:
            order = (not fold(text).startswith(folded), not is_title, len(text), heading)
            field: Literal["title", "alias"] = "title" if is_title else "alias"
            ranked.append((order, Suggestion(text, field, marks, chunk.id, chunk.title, chunk.kind, chunk.language)))
    kept: dict[str, Suggestion] = {}
    for _, suggestion in sorted(ranked):
        if suggestion.text not in {one.text for one in kept.values()}:
            kept.setdefault(suggestion.id, suggestion)
    return list(kept.values())[:limit]


def _having(index: Index, token: Token) -> NDArray[np.bool_]:
    """Which headings may have the token, shape (headings,): all that do, and some whose stems alone agree."""
    postings, vocabulary = index.headings.postings, index.lexicon.vocabulary
    mask = np.ones(postings.count, bool) if token.kind == "han" else np.zeros(postings.count, bool)
    if token.kind == "han":
        text = token.text
        for start in range(max(len(text) - 1, 1)):
            term = vocabulary.find(text[start : start + 2])
            having = np.zeros_like(mask)
            having[postings.of(term)[0] if term >= 0 else []] = True
            mask &= having
        return mask
    run = vocabulary.starting_with(token.text)
    mask[postings.chunks[int(postings.starts[run.start]) : int(postings.starts[run.stop])]] = True
    shorter = {stem(token.text), *(token.text[:length] for length in range(_SHORTEST_STEM, len(token.text)))}
    for term in map(vocabulary.find, shorter):  # "withdrawa" starts a word whose stem is shorter
        if term >= 0:
            mask[postings.of(term)[0]] = True
    return mask


def _heading(index: Index, heading: int) -> tuple[Chunk, str, bool]:
    owners = index.headings.owners
    chunk = index.chunk_at(int(owners[heading]))
    texts = [text for text in (chunk.title, *chunk.aliases) if text]
    number = heading - int(np.searchsorted(owners, owners[heading]))
    return chunk, texts[number], number == 0 and bool(chunk.title)


def _marks(text: str, tokens: list[Token]) -> tuple[tuple[int, int], ...] | None:
    """Where the tokens stand in the text, None when one of them does not."""
    folded, offsets = fold_with_offsets(text)
    marks: list[tuple[int, int]] = []
    for token in tokens:
        places = list(_places(folded, token))
        if not places:
            return None
        marks += [(offsets[start], offsets[end - 1] + 1) for start, end in places]
    return merged(marks)


def _places(folded: str, token: Token) -> Iterator[tuple[int, int]]:
    start = folded.find(token.text)
    while start >= 0:
        if token.kind == "han" or start == 0 or not _LETTER.match(folded[start - 1]):
            yield start, start + len(token.text)
        start = folded.find(token.text, start + 1)
