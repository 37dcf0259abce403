"""Terms in their order: most are Han characters and pairs of them, which numbers stand for, so that no strings need be made of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress

import numpy as np

from search.store import Array, Strings, changes, narrow

CHARACTER = 18  # bits of a Han character
_MOST = (1 << CHARACTER) - 1
_CODE = 21  # bits of any character
_MOST_CODE = (1 << _CODE) - 1


@dataclass(frozen=True)
class Terms:
    """Distinct terms: Han characters and pairs as numbers, `grams` (int64), and `others`, each in order; and the places of both among all."""

    grams: Array
    others: Sequence[str]
    of_grams: Array
    of_others: Array

    @classmethod
    def of(cls, grams: Array, others: Sequence[str]) -> Terms:
        codes, sizes = _characters(others)
        of_others = np.searchsorted(grams, _numbers(codes, np.cumsum(sizes) - sizes, sizes), "right") + np.arange(len(others))
        is_gram = np.ones(len(grams) + len(others), np.bool_)
        is_gram[of_others] = False
        return cls(grams, others, np.flatnonzero(is_gram), of_others)

    def __len__(self) -> int:
        return len(self.grams) + len(self.others)

    def place(self, other: str) -> int:
        """The place of one of the others, -1 for no such term."""
        number = bisect_left(self.others, other)
        return int(self.of_others[number]) if other in self.others[number : number + 1] else -1

    @cached_property
    def _levels(self) -> list[tuple[Array, Array]]:
        """By how many characters come before: the beginnings of the others that are so long, and end or go on there, each as the number of
        the beginning that is shorter by one and its last character, 0 for the end; and the first of the others that have it."""
        (codes, sizes), levels = _characters(self.others), list[tuple[Array, Array]]()
        starts, rows, beginnings = np.cumsum(sizes) - sizes, np.arange(len(sizes)), np.zeros(len(sizes), np.int64)
        while len(rows):
            beginnings = _longer(beginnings, codes, starts[rows], sizes[rows], len(levels))
            new = changes(beginnings)
            levels.append((beginnings[new], rows[new]))
            kept = beginnings & _MOST_CODE > 0
            rows, beginnings = rows[kept], (np.cumsum(new) - 1)[kept]
        return levels

    def find(self, strings: Strings) -> Array:
        """The place of each of some strings (int64), -1 for one that is no term."""
        codes, starts = strings.characters()
        sizes = np.diff(starts)
        places = self._places(np.where((sizes > 0) & (sizes < 3), _numbers(codes, starts[:-1], sizes), -1))
        rest = np.flatnonzero(places < 0)
        beginnings = np.zeros(len(rest), np.int64)
        for size, (known, first) in enumerate(self._levels):
            beginnings = _longer(beginnings, codes, starts[rest], sizes[rest], size)
            found = np.minimum(np.searchsorted(known, beginnings), len(known) - 1)
            there, ended = known[found] == beginnings, beginnings & _MOST_CODE == 0
            places[rest[there & ended]] = self.of_others[first[found[there & ended]]]
            rest, beginnings = rest[there & ~ended], found[there & ~ended]
        return places

    def _places(self, numbers: Array) -> Array:
        """The places of characters and pairs, -1 for those that are no terms."""
        if not len(self.grams):
            return np.full(len(numbers), -1)
        found = np.minimum(np.searchsorted(self.grams, numbers), len(self.grams) - 1)
        return np.where(self.grams[found] == numbers, self.of_grams[found], -1)

    def among(self, which: Array) -> Terms:
        """The terms at some of the places, a mask."""
        places, grams, others = np.cumsum(which) - 1, which[self.of_grams], which[self.of_others]
        left = list(compress(self.others, others.tolist()))
        return Terms(self.grams[grams], left, places[self.of_grams[grams]], places[self.of_others[others]])

    @cached_property
    def strings(self) -> Strings:
        """The terms as strings."""
        codes, own = _characters(self.others)
        second = self.grams & _MOST
        sizes = np.empty(len(self), np.int64)
        sizes[self.of_grams], sizes[self.of_others] = 1 + (second > 0), own
        starts = np.append(0, np.cumsum(sizes))
        every, places = np.empty(starts[-1], np.uint32), starts[:-1]
        every[places[self.of_grams]] = self.grams >> CHARACTER
        every[places[self.of_grams][second > 0] + 1] = second[second > 0]
        every[np.repeat(places[self.of_others] - np.cumsum(own) + own, own) + np.arange(len(codes))] = codes
        widths = 1 + (every > 0x7F).astype(np.int64) + (every > 0x7FF) + (every > 0xFFFF)  # bytes of a character
        pool = every.tobytes().decode("utf-32-le").encode()
        return Strings(np.frombuffer(pool, np.uint8), narrow(np.append(0, np.cumsum(widths))[starts]))

    def of_pairs(self, words: Sequence[str]) -> list[list[int]]:
        """The places of the pairs of neighbours in each Han word, -1 for one that is no term."""
        codes, sizes = _characters(words)
        places = self._places(codes[:-1].astype(np.int64) << CHARACTER | codes[1:]).tolist()
        return [places[end - size : end - 1] for end, size in zip(np.cumsum(sizes).tolist(), sizes.tolist(), strict=True)]


def _characters(strings: Sequence[str]) -> tuple[Array, Array]:
    """The characters of all strings, one after the other, and how many each has."""
    codes = np.frombuffer("".join(strings).encode("utf-32-le"), np.uint32)
    return codes, np.fromiter(map(len, strings), np.int64, len(strings))


def _longer(beginnings: Array, codes: Array, starts: Array, sizes: Array, size: int) -> Array:
    """The numbers of beginnings of strings that are longer by the character that follows the first `size`."""
    following = np.zeros(len(starts), np.int64)
    there = sizes > size
    following[there] = codes[starts[there] + size].astype(np.int64) + 1
    return beginnings << _CODE | following


def _numbers(codes: Array, starts: Array, sizes: Array) -> Array:
    """The first two characters of strings as numbers, or the first. That of a longer string comes right before it among those of terms."""
    if not len(codes):
        return np.zeros(len(starts), np.int64)
    first, second = (codes.take(starts + place, mode="clip").astype(np.int64) for place in (0, 1))
    return first << CHARACTER | np.where(sizes > 1, np.minimum(second, _MOST), 0)
