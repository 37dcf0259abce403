"""Names across scripts: which Chinese words sound like an English name, and which English words a transliteration spells.

A syllable of Chinese stands for up to four letters with a probability learnt from the dictionary's names; a name is as likely
as the sum over all its divisions. What counts is the likelihood against that of the letters as any name, and whether the
characters look like one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np

from search.store import Array, Strings

CERTAIN, BAND = 0.8, 3.0  # probability of a certain name; how far (nats) below the best match others are kept
EVIDENCE_CHINESE, EVIDENCE_ENGLISH = 8.0, 9.0  # log likelihood ratio at which a match is as likely right as wrong
DOUBT = 2.5  # nats by which a name's beginning may be less likely than that of any name, at some letter
LOOKS = 2.0  # nats by which characters must rather be those of a name
PLAIN = 4  # glosses that have a stem in lower case, from which on it is no name
LONGEST_NAME, LONGEST_SPELLING = 6, 14  # characters; letters


class Names:
    """How names sound: p(letters | syllable), the unseen smoothed by the letters' own frequencies; and how names look."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        readings, ratios = arrays["name_readings"].tolist(), arrays["name_ratios"].tolist()
        characters = list(map(chr, arrays["name_characters"].tolist()))
        self.characters: dict[str, int] = dict(zip(characters, readings, strict=True))  # to ids of syllables
        self._ratios: dict[str, float] = dict(zip(characters, ratios, strict=True))
        self.syllables = Strings.named(arrays, "name_syllables")
        self.segments = Strings.named(arrays, "name_segments")
        self._starts, self._cells, self._p = arrays["name_starts"], arrays["name_cells"], arrays["name_p"]
        self._unseen, self._lengths, self._letters = arrays["name_unseen"], arrays["name_lengths"], arrays["name_letters"]
        self._follow = arrays["name_follow"]
        self.longest = len(self._lengths) - 1

    def penalty(self, word: str) -> float:
        """How much likelier the word's characters are in other text than in names, in nats, 0 or less."""
        return sum(min(0.0, self._ratios[character]) for character in word)

    def looks(self, word: str) -> float:
        """How much likelier the word's characters are in names than in other text, in nats."""
        return sum(self._ratios[character] for character in word)

    def background(self, letters: str) -> Array:
        """The log probability of the letters before each place, shape (letters + 1,), the last one with the end of the word."""
        codes = [26, *(ord(letter) - 97 for letter in letters), 26]
        steps = np.cumsum([float(self._follow[left, right]) for left, right in pairwise(codes)])
        return np.concatenate([[0.0], steps[:-2], steps[-1:]])

    def unseen_segment(self, segment: str) -> float:
        """The probability of letters by their frequencies alone."""
        return float(self._lengths[len(segment)]) * math.prod(float(self._letters[ord(letter) - 97]) for letter in segment)

    def column(self, syllable: int) -> tuple[Array, float]:
        """The seen part of p(segment | syllable) for all segments and one more (0), and the weight of the unseen part."""
        cells = np.flatnonzero(self._cells == syllable)
        column = np.zeros(len(self.segments) + 1)
        column[np.searchsorted(self._starts, cells, "right") - 1] = (1 - self._unseen[syllable]) * self._p[cells]
        return column, float(self._unseen[syllable])

    def _row(self, segment: str) -> Array:
        """p(segment | syllable) for all syllables."""
        row = self._unseen * self.unseen_segment(segment)
        if (index := self.segments.find(segment)) >= 0:
            cells = slice(int(self._starts[index]), int(self._starts[index + 1]))
            row[self._cells[cells]] += (1 - self._unseen[self._cells[cells]]) * self._p[cells]
        return np.asarray(row)

    def steps(self, letters: str) -> Array:
        """p(letters[i:j] | syllable), shape (syllables, letters + 1, letters + 1)."""
        size = len(letters)
        table = np.zeros((len(self.syllables), size + 1, size + 1))
        for start in range(size + 1):
            for end in range(start, min(size, start + self.longest) + 1):
                table[:, start, end] = self._row(letters[start:end])
        return table

    def probability(self, syllables: Sequence[str], letters: str) -> float:
        """log p(letters | syllables)."""
        table, forward = self.steps(letters), np.eye(1, len(letters) + 1)[0]
        for syllable in syllables:
            forward = forward @ table[self.syllables.find(syllable)]
        return math.log(float(forward[-1]) + 1e-300)


def prune_names(tables: Mapping[str, Array], vocabulary: Strings) -> dict[str, Array]:
    """The model, and the terms of the vocabulary that may be names, in both scripts."""
    model = Names(tables)
    stems = Strings.named(tables, "stems")
    plain = {stems[index] for index in np.flatnonzero(tables["stems_plain"] >= PLAIN).tolist()}
    latin = np.flatnonzero(vocabulary.pool[vocabulary.offsets[:-1]] < 0x80).tolist()
    spelt = [(index, term) for index in latin if re.fullmatch("[a-z]{3,14}", term := vocabulary[index]) and term not in plain]
    return {
        **{name: array for name, array in tables.items() if name.startswith("name_")},
        **_trie(tables, vocabulary),
        **_spellings(model, spelt),
    }


def _spellings(model: Names, spelt: Sequence[tuple[int, str]]) -> dict[str, Array]:
    """The English names: terms, sizes, and by place the segments that begin there, p of unseen ones, and the background."""
    shape = (len(spelt), LONGEST_SPELLING + 1)
    segments = np.full((*shape, model.longest + 1), len(model.segments), np.uint16)
    unseen = np.zeros((*shape, model.longest + 1), np.float32)
    background = np.zeros(shape, np.float32)
    ids = {segment: index for index, segment in enumerate(model.segments)}
    for row, (_, term) in enumerate(spelt):
        background[row, : len(term) + 1] = model.background(term)
        for start in range(len(term) + 1):
            for size in range(min(model.longest, len(term) - start) + 1):
                segment = term[start : start + size]
                segments[row, start, size] = ids.get(segment, len(ids))
                unseen[row, start, size] = model.unseen_segment(segment)
    return {
        "spelt_terms": np.array([index for index, _ in spelt], np.int32),
        "spelt_sizes": np.array([len(term) for _, term in spelt], np.uint8),
        "spelt_segments": segments,
        "spelt_unseen": unseen.astype(np.float16),
        "spelt_background": background.astype(np.float16),
    }


def _trie(tables: Mapping[str, Array], vocabulary: Strings) -> dict[str, Array]:
    """The names level by level: each node's parent in the level above, its syllable, its term (or -1) and its penalty."""
    codes, starts = vocabulary.characters()
    syllables = np.full(int(max(codes.max(initial=0), tables["name_characters"].max(initial=0))) + 1, -1, np.int32)
    penalties = np.zeros(len(syllables))
    syllables[tables["name_characters"]] = tables["name_readings"]
    penalties[tables["name_characters"]] = np.minimum(0.0, tables["name_ratios"])
    sizes, strange = np.diff(starts), np.append(0, np.cumsum(syllables[codes] < 0))
    terms = np.flatnonzero((sizes > 1) & (sizes <= LONGEST_NAME) & (strange[starts[1:]] == strange[starts[:-1]]))
    places = starts[terms][:, None] + np.arange(LONGEST_NAME)
    names = np.where(places < starts[terms + 1][:, None], codes.take(places, mode="clip"), 0)
    sums = np.cumsum(penalties[names], 1)
    kept = sums[:, -1] > -6
    terms, names, sums, sizes = terms[kept], names[kept], sums[kept], sizes[terms[kept]]
    shared = np.append(0, np.logical_and.accumulate(names[1:] == names[:-1], 1).sum(1))[: len(terms)]  # with the name before
    levels, numbers = list[tuple[Array, ...]](), np.zeros(len(terms), np.int32)
    for size in range(1, LONGEST_NAME + 1):
        rows = np.flatnonzero(sizes >= size)
        new = shared[rows] < size
        first = rows[new]  # of those with one beginning, which is the beginning itself if that is a name
        whole = np.where(sizes[first] == size, terms[first], -1)
        levels.append((numbers[first], syllables[names[first, size - 1]], whole, sums[first, size - 1]))
        numbers[rows] = np.cumsum(new) - 1
    parents, sounds, whole, sums = (np.concatenate(column) for column in zip(*levels, strict=True))
    return {
        "trie_levels": np.cumsum([0, *(len(level[0]) for level in levels)]).astype(np.int32),
        "trie_parents": parents.astype(np.int32),
        "trie_syllables": sounds.astype(np.uint16),
        "trie_terms": whole.astype(np.int32),
        "trie_penalties": sums.astype(np.float32),
    }


class NameFinder:
    """Finds names of a corpus from the arrays that `prune_names` made."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._arrays = arrays
        self._names = Names(arrays)

    @cached_property
    def _run(self) -> re.Pattern[str]:
        return re.compile(f"[{''.join(map(re.escape, self._names.characters))}]{{2,}}")

    def sounding(self, letters: str) -> list[tuple[int, float]]:
        """Chinese terms that may be the name in these letters (a to z), with probabilities."""
        letters = letters[:LONGEST_SPELLING]
        steps, ratio = self._names.steps(letters), np.exp(-self._names.background(letters))
        longest = min(self._names.longest, len(letters))
        spans = [np.ascontiguousarray(np.diagonal(steps, size, 1, 2)) for size in range(longest + 1)]
        forward = np.eye(1, len(letters) + 1)  # a row for each run of syllables, however it is written
        where = np.zeros(1, np.int64)  # by node of the level above: its row in `forward`, -1 for a dead one
        found: list[tuple[float, int]] = []
        for start, end in pairwise(self._arrays["trie_levels"].tolist()):
            above = where[self._arrays["trie_parents"][start:end]]
            rows = np.flatnonzero(above >= 0)
            if not len(rows):
                break
            runs = above[rows] * len(steps) + self._arrays["trie_syllables"][start + rows]
            runs, run = np.unique(runs, return_inverse=True)
            before, sounds = forward[runs // len(steps)], runs % len(steps)
            forward = before * spans[0][sounds]
            for size in range(1, len(spans)):  # of letters that the syllable takes
                forward[:, size:] += before[:, :-size] * spans[size][sounds]
            scores = np.log(forward[:, -1] * ratio[-1] + 1e-300)[run] + self._arrays["trie_penalties"][start + rows]
            terms = self._arrays["trie_terms"][start + rows]
            found += [
                (float(scores[row]), int(terms[row])) for row in np.flatnonzero((terms >= 0) & (scores > EVIDENCE_CHINESE - 4))
            ]
            living = (forward * ratio)[:, 1:].max(1, initial=0) > math.exp(-DOUBT)
            forward, where = forward[living], np.full(end - start, -1)
            where[rows] = np.where(living, np.cumsum(living) - 1, -1)[run]
        return _certain(found, EVIDENCE_CHINESE)

    def spelt(self, folded: str, starts: Collection[int]) -> list[tuple[int, int, list[tuple[int, float]]]]:
        """The names in Chinese text that the corpus spells in letters: places that do not overlap, and the terms for each.

        A name begins where a word begins (`starts`) or where other characters end.
        """
        found: list[tuple[float, int, int, int]] = []
        for run in self._run.finditer(folded):
            for start in range(run.start(), run.end() - 1):
                if start in starts or start == run.start():
                    found += self._beginning(folded[start : min(run.end(), start + LONGEST_NAME)], start)
        found.sort(key=lambda match: (-match[0], match[1:]))
        names: list[tuple[int, int, list[tuple[int, float]]]] = []
        for _, start, end, _ in found:
            if not any(start < other[1] and other[0] < end for other in names):
                same = [(score, term) for score, first, last, term in found if (first, last) == (start, end)]
                if certain := _certain(same, EVIDENCE_ENGLISH):
                    names.append((start, end, certain))
        return names

    def _beginning(self, characters: str, offset: int) -> list[tuple[float, int, int, int]]:
        """(score, start, end, term) for the names that begin here."""
        names, found = self._names, []
        rows, forward = np.arange(len(self._arrays["spelt_terms"])), np.ones((len(self._arrays["spelt_terms"]), 1))
        for count, character in enumerate(characters, 1):
            column, unseen = names.column(names.characters[character])
            places = forward.shape[1]
            segments, alone = self._arrays["spelt_segments"][:, :places], self._arrays["spelt_unseen"][:, :places]
            if count > 1:  # all names are looked at for the first syllable only
                segments, alone = segments[rows], alone[rows]
            steps = forward[:, :, None] * (column[segments] + unseen * alone)
            forward = np.zeros((len(rows), min(places + names.longest, LONGEST_SPELLING + 1)))
            for length in range(names.longest + 1):
                width = min(places, forward.shape[1] - length)
                forward[:, length : length + width] += steps[:, :width, length]
            ratios = np.log(forward + 1e-300) - self._arrays["spelt_background"][rows, : forward.shape[1]]
            sizes = self._arrays["spelt_sizes"][rows]
            if count > 1 and names.looks(characters[:count]) > LOOKS:
                whole = np.flatnonzero(sizes < forward.shape[1])
                scores = ratios[whole, sizes[whole]] + names.penalty(characters[:count])
                for row, score in zip(whole.tolist(), scores.tolist(), strict=True):
                    if score > EVIDENCE_ENGLISH - BAND:
                        found.append((score, offset, offset + count, int(self._arrays["spelt_terms"][rows[row]])))
            living = ratios.max(1) > -BAND
            rows, forward = rows[living], forward[living]
            if not len(rows):
                break
        return found


def _certain(found: Iterable[tuple[float, int]], even: float) -> list[tuple[int, float]]:
    """Terms with probabilities for matches with scores, those near the best."""
    best = sorted(found, reverse=True)[:8]
    return [
        (term, CERTAIN * p)
        for score, term in best
        if score >= best[0][0] - BAND and (p := 1 / (1 + math.exp((even - score) / 1.5))) > 0.05
    ]
