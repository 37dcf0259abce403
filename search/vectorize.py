"""Texts to counts, a batch at a time, on arrays of characters."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache, lru_cache
from itertools import chain, islice
from typing import NamedTuple

import numpy as np

from search.analyze import LONGEST_PHRASE, LONGEST_WORD, TOKEN, Token, TokenKind, is_written, token_terms
from search.normalize import HAN, fold
from search.store import Array, Strings, changes
from search.terms import CHARACTER

WRITTEN, FOUND = "\0", "\1"  # before the words of a text that are no terms: as they are written, and as jieba finds them
MOST = 0xFFFF  # times that a term is counted in a text
_ROW = 16  # bits of the number of a text in its batch
_NUMBERED = 1 << 2 * CHARACTER  # below are characters and pairs of them, from here on terms by their numbers
_FILTER = 23  # bits of what a run of characters is hashed to, to tell most that are no word
_MIX = np.uint64(0x9E3779B97F4A7C15)
_BEGINS, _IS = 1, 2  # a word, as those three characters may, or this run
_END = "\1"  # behind each text that is folded,
_STOP = 0x110000  # and behind each text that is not


class TermCounts(NamedTuple):
    """Counted texts: posting n says that the term `terms[n]` stands in the text `texts[n]` `times[n]` times.

    The first terms are Han characters and pairs, as `grams` (int64), and the next are `others`, each in order.
    `lengths` (float32) are those of the texts: 1 for a Han character, 1.5 for a word or number.
    """

    grams: Array
    others: Sequence[str]
    terms: Array
    texts: Array
    times: Array
    lengths: Array


def _table(characters: str) -> Array:
    """Which code points are in a set that is written as in a regular expression."""
    table = np.zeros(0x110000, np.bool_)
    for first, last in re.findall("(.)(?:-(.))?", characters, re.DOTALL):
        table[ord(first) : ord(last or first) + 1] = True
    return table


def _slots(hashes: Array) -> Array:
    return hashes >> np.uint64(64 - _FILTER)


def _hashes(codes: Array, starts: Array, sizes: Array) -> Iterator[tuple[Array, Array]]:
    """By how many characters they have, from two to LONGEST_WORD: which strings those are, and what they hash to."""
    for size in range(2, LONGEST_WORD + 1):
        some = np.flatnonzero(sizes == size)
        hashes = np.zeros(len(some), np.uint64)
        for place in range(size):
            hashes = (hashes + codes[starts[some] + place]) * _MIX
        yield some, hashes


def _text(codes: Array) -> str:
    return codes.astype("<u4").tobytes().decode("utf-32-le")


class Vectorizer:
    """Counts texts.

    `words` are the Han words of three to LONGEST_WORD characters, and `phrases` the stems joined by spaces, that count as terms of their own;
    so does each run of `names`, the characters that foreign names are written with. What `segment` cuts a text into and is no `common` word is
    counted too, and so are words of ASCII letters as they are written.
    """

    def __init__(
        self,
        words: Sequence[Strings],
        phrases: Collection[str],
        names: str,
        segment: Callable[[str], list[str]],
        common: Strings,
    ) -> None:
        self._phrases, self._segment = frozenset(phrases), segment
        self._ends = frozenset(tuple(phrase.split(" ")[-2:]) for phrase in self._phrases)
        self._last = frozenset(last for _, last in self._ends)
        self._han, self._names = _table(HAN), _table(names)
        # Han and its punctuation, which part other tokens.
        self._between = self._han | _table(f"{_END}\u3001-\u3003\u3008-\u301f")
        # What each character is folded to: where that begins, among all that were seen, and how many characters it has.
        self._folds, self._widths, self._written = np.full(_STOP + 1, -1), np.zeros(_STOP + 1, np.uint8), np.zeros(0, np.uint32)
        self._filter = np.zeros(1 << _FILTER, np.uint8)
        every = [some.characters() for some in words]
        self._codes = np.concatenate([codes for codes, _ in every])
        self._known = list(self._learned(np.concatenate([np.diff(starts) for _, starts in every])))
        codes, starts = common.characters()
        last = np.iinfo(np.uint64).max  # so that every hash has its place
        self._common = [np.append(np.sort(hashes), last) for _, hashes in _hashes(codes, starts[:-1], np.diff(starts))]
        self._strings: list[str] = []
        self._number, self._token = cache(self._assign), cache(self._token_numbers)
        self._piece = lru_cache(maxsize=1 << 15)(self._piece_numbers)

    def _learned(self, sizes: Array) -> Iterator[tuple[Array, Array, Array]]:
        """By how many characters they have, from three on: what the words hash to, ascending (no two of a dictionary to the same), where they
        begin, and their numbers, -1 before they have one."""
        starts = np.cumsum(sizes) - sizes
        _, (_, beginnings), *_ = _hashes(self._codes, starts, np.minimum(sizes, 3))
        self._filter[_slots(beginnings)] |= _BEGINS
        for some, hashes in islice(_hashes(self._codes, starts, sizes), 1, None):
            known, first = np.unique(hashes, return_index=True)
            self._filter[_slots(known)] |= _IS
            yield known, starts[some[first]], np.full(len(known), -1)

    def _folded(self, texts: Sequence[str]) -> Array:
        """The characters of the folded texts, with _END behind each text."""
        codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
        codes = np.insert(codes, np.cumsum(list(map(len, texts)), dtype=np.int64), _STOP)
        if len(new := np.unique(codes[self._folds[codes] < 0])):
            folded = [fold(chr(code)) if code < _STOP else _END for code in new.tolist()]
            widths = np.array(list(map(len, folded)))
            self._folds[new], self._widths[new] = len(self._written) + np.cumsum(widths) - widths, widths
            self._written = np.append(self._written, np.array(list(map(ord, "".join(folded))), np.uint32))
        widths = self._widths[codes]
        places = np.repeat(self._folds[codes] - np.cumsum(widths, dtype=np.int64) + widths, widths)
        found: Array = self._written[places + np.arange(len(places))]
        return found

    def __call__(self, texts: Sequence[str]) -> TermCounts:
        """The counts of some texts, fewer than 65,536."""
        folded = self._folded(texts)
        sizes = np.diff(np.flatnonzero(folded == ord(_END)), prepend=-1)
        codes, rows = np.append(folded, np.full(LONGEST_WORD, ord(_END), np.uint32)), np.repeat(np.arange(len(texts)), sizes)
        joined = _text(codes)
        han, high = self._han[codes], codes.astype(np.int64) << CHARACTER
        single, pairs = np.flatnonzero(han), np.flatnonzero(han[:-1] & han[1:])
        found = [(high[single], rows[single]), (high[pairs] | codes[pairs + 1], rows[pairs])]
        found += [
            (np.asarray(numbers, np.int64) + _NUMBERED, rows[places]) for numbers, places in self._long_words(joined, codes, han)
        ]
        found.append(self._segmented_words(codes, han))
        tokens, latin = self._latin(codes, np.cumsum(sizes) - sizes)
        found.append(latin)
        lengths = np.bincount(rows[single], minlength=len(texts)) + 1.5 * np.bincount(tokens, minlength=len(texts))
        keys = np.concatenate([numbers << _ROW | row for numbers, row in found])
        keys.sort()
        first = np.flatnonzero(changes(keys))
        times, keys = np.diff(np.append(first, len(keys))), keys[first]
        numbers = keys >> _ROW
        new = changes(numbers)
        distinct = numbers[new]
        grams = distinct[distinct < _NUMBERED]
        others = [self._strings[number] for number in (distinct[len(grams) :] - _NUMBERED).tolist()]
        order = np.array(sorted(range(len(others)), key=others.__getitem__), np.int64)
        terms = np.arange(len(distinct), dtype=np.int32)
        terms[len(grams) + order] = terms[len(grams) :].copy()
        return TermCounts(
            grams,
            [others[number] for number in order.tolist()],
            terms[np.cumsum(new) - 1],
            (keys & (1 << _ROW) - 1).astype(np.uint16),
            np.minimum(times, MOST).astype(np.uint16),
            lengths.astype(np.float32),
        )

    def _assign(self, string: str) -> int:
        self._strings.append(string)
        return len(self._strings) - 1

    def _long_words(self, joined: str, codes: Array, han: Array) -> Iterator[tuple[list[int] | Array, Array]]:
        """Han words of three characters and more, and runs of the characters of names: their numbers, and where they begin."""
        names = self._names[codes] & han
        starts, named = (np.flatnonzero(some[:-2] & some[1:-1] & some[2:]) for some in (han, names))
        hashes = np.zeros(len(starts), np.uint64)
        for place in range(3):
            hashes = (hashes + codes[starts + place]) * _MIX
        kept = self._filter[_slots(hashes)] & _BEGINS > 0
        starts, hashes = starts[kept], hashes[kept]
        for size in range(3, LONGEST_WORD + 1):
            if size > 3:
                named, kept = named[names[named + size - 1]], han[starts + size - 1]
                starts, hashes = starts[kept], (hashes[kept] + codes[starts[kept] + size - 1]) * _MIX
            yield [self._number(joined[start : start + size]) for start in named.tolist()], named
            is_name = np.zeros(len(codes), np.bool_)
            is_name[named] = True
            likely = np.flatnonzero((self._filter[_slots(hashes)] & _IS > 0) & ~is_name[starts])
            known, begins, numbers = self._known[size - 3]
            places = np.searchsorted(known, hashes[likely])
            there = places < len(known)
            places, likely = places[there], starts[likely[there]]
            for place in range(size):  # what hashes to the same may be another word
                there = codes[likely + place] == self._codes[begins[places] + place]
                places, likely = places[there], likely[there]
            new, first = np.unique(places[numbers[places] < 0], return_index=True)
            numbers[new] = [self._number(joined[start : start + size]) for start in likely[numbers[places] < 0][first].tolist()]
            yield numbers[places], likely

    def _segmented_words(self, codes: Array, han: Array) -> tuple[Array, Array]:
        """The words that are found and not common: their numbers, and which text has them."""
        ends = codes == ord(_END)
        kept = han | ends
        kept[1:] |= han[:-1]
        codes = np.where(han | ends, codes, ord("\n"))[kept]
        words = self._segment(_text(codes))
        sizes = np.fromiter(map(len, words), np.int64, len(words))
        starts, found = np.cumsum(sizes) - sizes, list[Array]()
        for (some, hashes), common in zip(_hashes(codes, starts, sizes), self._common, strict=True):
            found.append(some[common[np.searchsorted(common, hashes)] != hashes])
        where = np.sort(np.concatenate(found))
        numbers = np.array([self._number(FOUND + words[place]) for place in where.tolist()], np.int64)
        return numbers + _NUMBERED, np.cumsum(ends[kept])[starts[where]]

    def _latin(self, codes: Array, starts: Array) -> tuple[Array, tuple[Array, Array]]:
        """Which text each token has that is not Han; the keys of their terms, and which text has them. Texts begin at `starts`."""
        between = self._between[codes]
        kept = ~between
        kept[1:] |= ~between[:-1]
        text = _text(np.where(between, ord(_END), codes)[kept])
        begins: Array = (np.cumsum(kept) - kept)[starts]
        pieces = text.split(_END)
        sizes = np.fromiter(map(len, pieces), np.int64, len(pieces)) + 1
        where = np.searchsorted(begins, np.cumsum(sizes) - sizes, "right") - 1
        told = list(map(self._piece, pieces))
        keys = np.fromiter(chain.from_iterable(numbers for numbers, _ in told), np.int64) + _NUMBERED
        tokens = np.repeat(where, [count for _, count in told])
        return tokens, (keys, np.repeat(where, [len(numbers) for numbers, _ in told]))

    def _piece_numbers(self, piece: str) -> tuple[list[int], int]:
        """The numbers of the terms in text without Han characters, and how many tokens it has."""
        found, row, end, count = list[int](), list[str](), 0, 0
        for match in TOKEN.finditer(piece):
            gap = piece[end : match.start()]
            if gap != " " and gap.strip(" -'\"/"):
                row = []
            end, count = match.end(), count + 1
            stems, numbers = self._token(match.lastgroup, match.group())
            found += numbers
            for stem in stems:
                row.append(stem)
                if stem in self._last and tuple(row[-2:]) in self._ends:
                    found += self._phrase_numbers(row[-LONGEST_PHRASE:])
        return found, count

    def _token_numbers(self, kind: TokenKind, text: str) -> tuple[list[str], tuple[int, ...]]:
        """The stems of a token that go on a phrase, and the numbers of what is counted of it."""
        terms = [term for term, _, _ in token_terms(Token(text, 0, len(text), kind))]
        written = [WRITTEN + text] if is_written(kind, text) else []
        return terms[1:] or terms, tuple(map(self._number, terms + written))

    def _phrase_numbers(self, row: list[str]) -> tuple[int, ...]:
        phrases = (" ".join(row[first:]) for first in range(len(row) - 1))
        return tuple(self._number(phrase) for phrase in phrases if phrase in self._phrases)
