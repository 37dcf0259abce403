"""Scores and the best of them: pure functions on arrays, the same for every way that a question is asked.

A question is concepts; a concept is terms with probabilities p. With tf the length-normalised, field-weighted frequency that a posting
holds (BM25F: Robertson, Zaragoza, Taylor 2004), a chunk's score is

    Σ_concepts weight · idf(df) · tf·(k1 + 1) / (tf + k1),    tf = Σ_terms p · tf(term),    df = max_terms p · df(term)

which treats a concept's terms as one word (probabilistic structured queries: Darwish and Oard 2003).

`search` finds the best of all chunks and gives the sum above in double precision, whatever else was looked at, so an engine that proposes
candidates has them ranked as if all had been searched.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappush, heapreplace
from itertools import compress, groupby
from operator import mul, sub
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from search.document import Field, Kind
from search.store import changes

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Scores = NDArray[np.float32]
Mask = NDArray[np.bool_]

_BLOCK = 256  # scores of which one maximum is taken, to find the best of many
_ROUNDING = 1e-5  # relative, more than what sums in single precision are off
_COMMON = 16  # lists of more than a sixteenth of all chunks are slower than a row of all chunks
_LEAST = 1000  # postings of a list that is worth a row
_ROWS = 1 << 25  # numbers that such rows of one index hold, 128 MB

K1 = 1.2
FULL = 0.9999  # the agreement of a heading that has the same words and no others, its weight being rounded
EXACT = 0.2  # what a heading that has the same words and no others earns beyond its agreement
INTENT = 3.0  # what asking for the same kind of answer weighs in it, in the same units
FINE = 20_000  # parts of a unit that the weight of a heading is told in
CLAUSE = 0.3  # what words of the question in one clause of a chunk without a heading earn, in the same units
FIELD_WEIGHTS: dict[Field, float] = {"title": 3.0, "alias": 1.4, "path": 0.5, "body": 1.0}
FIELD_B: dict[Field, float] = {"title": 0.3, "alias": 0.0, "path": 0.3, "body": 0.5}  # how much length counts, 0 to 1

PREFERENCES: dict[tuple[str | None, Kind], float] = {  # factors of a score by what is asked for and the kind of chunk
    ("what", "glossary"): 1.3,
    (None, "glossary"): 0.95,
    ("how", "procedure"): 1.05,
}


@dataclass(frozen=True, slots=True)
class Postings:
    """Inverted lists. Term t has `lists[starts[t]:starts[t+1]]` (uint32 or int64, ascending): a posting is the number of a chunk above the
    place of its frequency in `tf` (float32, ascending), which `pack` puts together."""

    starts: Integers
    lists: Integers
    tf: Scores
    count: int  # of chunks in all
    dfs: Integers | None = None  # of a part of a corpus: how many chunks of the whole have each term,
    whole: int = 0  # and how many chunks the whole has
    _rows: dict[tuple[int, bool], Scores] = field(default_factory=dict, init=False, repr=False, compare=False)  # of common terms,
    _commonest: list[tuple[int, int, bool]] = field(
        default_factory=list, init=False, repr=False, compare=False
    )  # a heap: how common each is

    @property
    def bits(self) -> int:
        """How many bits of a posting are the place of its frequency."""
        return _bits(self.tf)

    @property
    def total(self) -> int:
        """How many chunks the whole corpus has."""
        return self.whole or self.count

    def of(self, term: int) -> tuple[Integers, Scores]:
        """The chunks of one term (int64) and its frequencies in them."""
        return self.read(self.lists[self.row(term)].astype(np.int64))

    def read(self, lists: Integers) -> tuple[Integers, Scores]:
        """The chunks and frequencies in some postings (int64), which are used up."""
        bits = self.bits
        tf = self.tf.take(lists & (1 << bits) - 1, mode="clip")
        lists >>= bits
        return lists, tf

    def row(self, term: int) -> slice:
        """Where the postings of one term are."""
        return slice(self.starts.item(term), self.starts.item(term + 1))

    def several(self, rows: Iterable[slice]) -> tuple[Integers, Scores]:
        """The chunks (int64) and frequencies of several terms, one after the other."""
        return self.read(np.concatenate([self.lists[:0], *(self.lists[row] for row in rows)], dtype=np.int64))

    def everywhere(self, term: int, alone: bool) -> Scores | None:
        """The frequency of a common term in each chunk, shape (chunks,), saturated where the term is `alone` in its concept; kept for the
        next question, as long as there is room or one of a rarer term makes room. None for another."""
        row = self._rows.get((term, alone))
        if row is None:
            full = (len(self._commonest) + 1) * self.count > _ROWS
            common = (self.starts.item(term + 1) - self.starts.item(term), term, alone)
            if full and common <= min(self._commonest[:1], default=common):
                return None
            row, (chunks, tf) = np.zeros(self.count, np.float32), self.of(term)
            row[chunks] = _saturated(tf, 1) if alone else tf
            if full:
                self._rows.pop(heapreplace(self._commonest, common)[1:], None)
            else:
                heappush(self._commonest, common)
            self._rows[term, alone] = row
        return row

    def df(self, term: int) -> int:
        """How many chunks have the term, of the whole corpus."""
        return int(self.starts.item(term + 1) - self.starts.item(term)) if self.dfs is None else int(self.dfs.item(term))

    def dfs_of(self, terms: Integers) -> Integers:
        """How many chunks have each of some terms, of the whole corpus."""
        return np.asarray(self.starts[terms + 1] - self.starts[terms] if self.dfs is None else self.dfs[terms])


def _bits(tf: NDArray[np.floating[Any]]) -> int:
    return max(len(tf) - 1, 0).bit_length()


def pack(chunks: Integers, tf: NDArray[np.floating[Any]]) -> tuple[Integers, NDArray[np.floating[Any]]]:
    """Chunks (ascending for each term) and frequencies (not negative) as postings: what `Postings` calls its lists and its `tf`.

    The chunks are used up.
    """
    if tf.dtype == np.float16:
        order, there = tf.view(np.uint16), np.zeros(1 << 16, np.bool_)  # quicker than to sort, in the same order
        there[order] = True
        values: NDArray[np.floating[Any]] = np.flatnonzero(there).astype(np.uint16).view(np.float16)
        places: NDArray[Any] = (np.cumsum(there, dtype=np.uint32) - np.uint32(1))[order]
    else:
        values = np.unique(tf)
        places = np.searchsorted(values, tf)
    bits = _bits(values)
    lists: Integers = chunks.astype(np.int64 if int(chunks.max(initial=0)) >> 32 - bits else np.uint32, copy=False)
    lists <<= bits
    lists |= places.astype(lists.dtype, copy=False)
    return lists, values


def idf(df: float, count: int) -> float:
    """BM25's inverse document frequency, never negative (Lucene's form)."""
    return math.log1p((count - df + 0.5) / (df + 0.5))


class Weighted(NamedTuple):
    """A concept as ranking sees it: ids of its terms, their probabilities, its weight, and its idf."""

    terms: Sequence[int]
    probabilities: Sequence[float]
    weight: float
    idf: float

    @classmethod
    def of(cls, postings: Postings, terms: Sequence[int], probabilities: Sequence[float], weight: float = 1.0) -> Weighted:
        """Its idf is that of its commonest term, each df scaled by the term's probability."""
        df = max(map(mul, probabilities, map(postings.df, terms)), default=0.0)
        return cls(terms, probabilities, weight, idf(df, postings.total))

    @property
    def gain(self) -> float:
        """What it multiplies a saturated frequency by."""
        return self.weight * self.idf


def saturate(tf: Floats) -> Floats:
    """BM25's saturation, 0 at 0 and K1 + 1 at infinity."""
    return tf * (K1 + 1) / (tf + K1)


def asked(counts: Any) -> Any:
    """The frequency of a term by the number of a chunk's ways to ask that have it: each further one tells less."""
    return np.cbrt(counts)


def lookup(postings: Postings, terms: Integers, positions: Integers) -> Floats:
    """The frequency of each term in each chunk at `positions`, shape (terms, positions), by binary search."""
    lists, bits = postings.lists, postings.bits
    if not len(lists):
        return np.zeros((len(terms), len(positions)))
    wanted, starts, ends = (positions << bits).astype(lists.dtype), postings.starts[terms], postings.starts[terms + 1]
    places = np.empty((len(terms), len(positions)), np.int64)
    for row, start, end in zip(places, starts.tolist(), ends.tolist(), strict=True):
        row[:] = lists[start:end].searchsorted(wanted)
    places += starts[:, None]
    chunks, tf = postings.read(lists.take(places, mode="clip").astype(np.int64))
    return np.asarray(tf * ((chunks == positions) & (places < ends[:, None])).astype(np.float64))


def contributions(postings: Postings, concepts: Sequence[Weighted], positions: Integers) -> Floats:
    """What each term of each concept earned in the chunks at `positions`, shape (terms of all concepts, positions), in double precision.

    A term's part of what the concept earned is in proportion to p · tf, so all parts of a chunk sum to its score.
    """
    concepts = [concept for concept in concepts if concept.terms]
    tf, gains, together = _together(concepts, lookup(postings, _terms(concepts), positions))
    return np.asarray(tf * (gains / (together + K1)).repeat(_sizes(concepts), 0))


def saturated(concepts: Sequence[Weighted], tf: Floats) -> Floats:
    """What each concept, none without terms, earns in chunks with these frequencies, shape (terms of all concepts, chunks), in double
    precision, shape (concepts, chunks)."""
    _, gains, together = _together(concepts, tf)
    return np.asarray(gains * together / (together + K1))


def _together(concepts: Sequence[Weighted], tf: Floats) -> tuple[Floats, Floats, Floats]:
    """The frequencies by their probabilities; what each concept, none without terms, multiplies by, and what its terms add up to."""
    tf = tf * np.array([p for concept in concepts for p in concept.probabilities])[:, None]
    gains, sizes = np.array([concept.gain * (K1 + 1) for concept in concepts])[:, None], _sizes(concepts)
    return tf, gains, np.add.reduceat(tf, np.cumsum(sizes) - sizes) if len(tf) > len(sizes) else tf


def _terms(concepts: Sequence[Weighted]) -> Integers:
    """The terms of all concepts, one concept after the other."""
    return np.array([term for concept in concepts for term in concept.terms], np.int64)


def _sizes(concepts: Sequence[Weighted]) -> Integers:
    """How many terms each concept has."""
    return np.array([len(concept.terms) for concept in concepts], np.int64)


class Adjustment(NamedTuple):
    """What else decides how chunks are ranked: final score = scale · factor · (score + earned), none for the excluded.

    `earned` are chunks (int64, ascending) and what a heading earned each; `factors` are pairs of chunks (int64, ascending) and the number
    that their scores are multiplied by, no chunk in two of them. Of the chunks `apart` (int64) only the best is looked for.
    """

    earned: tuple[Integers, Floats] = (np.empty(0, np.int64), np.empty(0))
    factors: Sequence[tuple[Integers, float]] = ()
    excluded: Mask | None = None
    apart: Integers = np.empty(0, np.int64)
    scale: float = 1.0

    def at(self, positions: Integers, scores: Floats) -> Floats:
        """The final scores of chunks with these scores."""
        chunks, earned = self.earned
        if len(chunks):
            place = _places(chunks, positions)
            scores = scores + np.where(place >= 0, earned[place], 0.0)
        return scores * self.factors_at(positions)

    def factors_at(self, positions: Integers) -> Floats:
        """The factors of some chunks, scaled."""
        out = np.full(len(positions), self.scale)
        for chunks, factor in self.factors:
            out[_places(chunks, positions) >= 0] *= factor
        return out


def _places(ascending: Integers, values: Integers) -> Integers:
    """Where each value stands in an ascending array, or -1."""
    if not len(ascending):
        return np.full(len(values), -1)
    place = np.minimum(np.searchsorted(ascending, values), len(ascending) - 1)
    return np.where(ascending[place] == values, place, -1)


NEUTRAL = Adjustment()


class _Arrays(NamedTuple):
    """What a search works with, each of shape (chunks,): zeros between searches, but for `spare`."""

    scores: Scores
    together: Scores  # what the terms of one concept add up to
    spare: Scores
    mark: Mask


class _Scratch(threading.local):
    """Arrays that a thread keeps: at a million chunks new ones cost as much as a search."""

    def __init__(self) -> None:
        self._kept: _Arrays | None = None

    def take(self, count: int) -> _Arrays:
        """Arrays for so many chunks; whoever takes them gives them back, zeros as zeros, or not at all."""
        kept, self._kept = self._kept, None
        if kept is None or len(kept.mark) != count:
            scores, together, spare = (np.zeros(count, np.float32) for _ in range(3))
            return _Arrays(scores, together, spare, np.zeros(count, np.bool_))
        return kept

    def give(self, arrays: _Arrays) -> None:
        self._kept = arrays


_scratch = _Scratch()


class _Read:
    """The postings of all terms of some concepts, none without terms: `chunks` and `tf`, in `order`, where concepts of one term come first, `alone`
    of them. A common term has a row of all chunks instead."""

    def __init__(self, postings: Postings, concepts: Sequence[Weighted]) -> None:
        self._postings, self.order = postings, sorted(range(len(concepts)), key=lambda number: not _is_alone(concepts[number]))
        alone = self.alone = sum(map(_is_alone, concepts))
        concepts = self.concepts = [concepts[number] for number in self.order]
        self.terms = _terms(concepts)
        starts, ends = postings.starts[self.terms].tolist(), postings.starts[self.terms + 1].tolist()
        self.rows = dict[int, Scores]()  # by the term's place
        least = max(postings.count // _COMMON, _LEAST)
        for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
            if end - start > least and (row := postings.everywhere(self.terms.item(place), place < alone)) is not None:
                self.rows[place], ends[place] = row, start
        self.sizes = list(map(sub, ends, starts))
        self.chunks, self.tf = postings.several(map(slice, starts, ends))

    def add(self, arrays: _Arrays) -> bool:
        """Add what chunks earn to the scores; whether all chunks have been looked at."""
        first, every = self.alone, bool(self.rows)
        start = sum(self.sizes[:first])
        if first:
            self._add_alone(arrays, self.chunks[:start], self.tf[:start])
        for concept in self.concepts[first:]:
            last = first + len(concept.terms)
            end = start + sum(self.sizes[first:last])
            every |= self._add(arrays, concept, first, last, self.chunks[start:end], self.tf[start:end])
            first, start = last, end
        return every

    def _add_alone(self, arrays: _Arrays, chunks: Integers, tf: Scores) -> None:
        scores, _, spare, _ = arrays
        gains = np.array([concept.gain * (K1 + 1) for concept in self.concepts[: self.alone]], np.float32)
        np.add.at(scores, chunks, _saturated(tf, gains.repeat(self.sizes[: self.alone])))
        for place, row in self.rows.items():
            if place < self.alone:
                scores += np.multiply(row, gains[place], out=spare)

    def _add(self, arrays: _Arrays, concept: Weighted, first: int, last: int, chunks: Integers, tf: Scores) -> bool:
        scores, together, spare, _ = arrays
        p, gain = np.array(concept.probabilities, np.float32), np.float32(concept.gain * (K1 + 1))
        np.add.at(together, chunks, tf * p.repeat(self.sizes[first:last]))
        common = [place for place in range(first, last) if place in self.rows] if self.rows else []
        for place in common:
            together += np.multiply(self.rows[place], p[place - first], out=spare)
        if every := bool(common) or len(chunks) * _COMMON > len(scores):
            scores += _saturated(together, gain, spare)
            together.fill(0)
        else:  # a chunk that has several of the terms is given the same sum each time
            scores[chunks] += _saturated(together[chunks], gain)
            together[chunks] = 0
        return every

    def at(self, positions: Integers, mark: Mask) -> Floats:
        """The frequencies in some chunks (ascending), shape (terms, positions). `mark` is zeros, then and after."""
        tf = np.zeros((len(self.terms), len(positions)))
        mark[positions] = True
        found = mark[self.chunks].nonzero()[0]
        mark[positions] = False
        tf[np.cumsum(self.sizes).searchsorted(found, "right"), positions.searchsorted(self.chunks[found])] = self.tf[found]
        if alone := [place for place in self.rows if place < self.alone]:  # their rows are saturated
            tf[alone] = lookup(self._postings, self.terms[alone], positions)
        for place in self.rows.keys() - alone:
            tf[place] = self.rows[place][positions]
        return tf


def _saturated(tf: Scores, gain: Any, out: Scores | None = None) -> Scores:
    out = np.add(tf, np.float32(K1), out=out)
    np.divide(tf, out, out=out)
    out *= gain
    return out


def _is_alone(concept: Weighted) -> bool:
    return len(concept.terms) == 1 and concept.probabilities[0] == 1


def search(
    postings: Postings, concepts: Sequence[Weighted], limit: int, adjustment: Adjustment = NEUTRAL
) -> tuple[Integers, Floats]:
    """The positions of the best chunks and their scores, best first, equal scores in the order of their positions; none of no score.

    Every chunk is scored, in single precision; those that may be among the best are then scored in double precision. Beside the `limit` best
    there is the best of those that the adjustment keeps apart.
    """
    arrays = _scratch.take(postings.count)
    scores, mark = arrays.scores, arrays.mark
    concepts = [concept for concept in concepts if concept.terms]
    read = _Read(postings, concepts)
    every = read.add(arrays)
    (chunks, earned), excluded, apart = adjustment.earned, adjustment.excluded, adjustment.apart
    if len(chunks):
        scores[chunks] += earned.astype(np.float32)
    for chosen, factor in adjustment.factors:
        scores[chosen] *= np.float32(factor)
    best_apart = apart if excluded is None else apart[~excluded[apart]]
    best_apart = best_apart[top(scores[best_apart], 1)]
    scores[apart] = 0
    if every or sum(read.sizes) * _COMMON > len(scores):
        if excluded is not None:
            np.multiply(scores, ~excluded, out=scores)
        positions = top(scores, limit)
        scores.fill(0)
    else:
        among = np.concatenate([chunks, read.chunks])
        left = among if excluded is None else among[~excluded[among]]
        positions = np.sort(left[_best(scores[left], limit * (1 + len(read.terms)))])  # a chunk may be in all lists
        positions = positions[changes(positions)]
        scores[among] = 0
    if len(best_apart):
        positions = np.sort(np.concatenate([positions, best_apart]))
    earned_by = np.empty((len(concepts), len(positions)))
    earned_by[read.order] = saturated(read.concepts, read.at(positions, mark))
    _scratch.give(arrays)
    exact = adjustment.at(positions, earned_by.sum(0))
    best = np.argsort(-exact, kind="stable")
    if len(best_apart):
        hit = (positions[best, None] != best_apart).all(1)
        best = best[np.where(hit, hit.cumsum() <= limit, (~hit).cumsum() <= 1)]
    else:
        best = best[: max(limit, 0)]
    return positions[best], exact[best]


def top(scores: Scores, limit: int) -> Integers:
    """The positions, ascending, of the `limit` best positive scores and of all that rounding might put among them.

    The scores are looked at in columns of _BLOCK: the best column's maximum is a score, so the limit-th best column bounds the others.
    (numpy needs long for the limit-th best of many of which most are 0.)
    """
    width = len(scores) // _BLOCK
    if 0 < limit < width:
        candidates = _of_best_columns(scores, width, limit)
        return np.asarray(candidates[_best(scores[candidates], limit)])
    return _best(scores, limit)


def _best(scores: Scores, limit: int) -> Integers:
    limit = min(limit, len(scores))
    if limit <= 0:
        return np.empty(0, np.int64)
    least = np.partition(scores, len(scores) - limit)[len(scores) - limit]
    return np.flatnonzero(scores >= least * (1 - _ROUNDING) if least > 0 else scores > 0)


def _of_best_columns(scores: Scores, width: int, limit: int) -> Integers:
    table = scores[: width * _BLOCK].reshape(_BLOCK, width)
    best = table.max(0)
    least = np.partition(best, width - limit)[width - limit] * (1 - _ROUNDING)
    columns = np.flatnonzero(best >= least)
    rows, chosen = np.nonzero(table[:, columns] >= least)
    rest = np.arange(width * _BLOCK, len(scores))
    return np.concatenate([rows * width + columns[chosen], rest])


class Headings(NamedTuple):
    """Titles and aliases as ways to ask. `postings` are lists of headings; heading h belongs to chunk `owners[h]` (int32) and the idf of
    its words sums to `weights[h]` / FINE (int32). `intents[h]` (uint8) is the kind of answer that it asks for, 0 for none."""

    postings: Postings
    owners: NDArray[np.int32]
    weights: NDArray[np.int32]
    intents: NDArray[np.uint8]


class Agreed(NamedTuple):
    """The chunks (int64, ascending) with a heading that asks the same as a part of the question, what each earns by it, which heading it is, and
    which share of its words is in that part of the question, 0 to 1, weighted by idf."""

    chunks: Integers
    earned: Floats
    headings: Integers
    shares: Floats


def agreement(
    headings: Headings, postings: Postings, concepts: Sequence[Weighted], parts: Sequence[tuple[Sequence[int], int]]
) -> Agreed:
    """What chunks earn by headings that ask the same as a part of the question.

    `parts` are the numbers of the concepts of the whole question and of each clause, with the kind of answer that it asks for.
    The agreement of a heading is the Dice coefficient of the words of question and heading, weighted by idf: 2 · common / (question + heading),
    where what they have in common weighs as much in the one as in the other.
    In a question that asks for a kind of answer (why or how or when, 0 for none), the kind is a word that weighs INTENT. In a heading it is that
    whatever the question asks for, but for a definition (1): "how to withdraw" is more than "withdraw", and "what is a withdrawal" is not.
    The best heading of a chunk, of equals the last, earns agreement · common; the chunk earns the most of all parts, of equals by the first.
    """
    part, found, common, met = _in_common(headings, postings, concepts, parts)
    intent, intents = np.array([intent for _, intent in parts])[part], headings.intents[found]
    same = common + np.minimum(INTENT, common) * (intent > 0) * (intents == intent)
    size = np.maximum(headings.weights[found] / FINE - met, 0.0) + common
    shares = common / size
    size += INTENT * (intents > (intent == 0))
    size += np.array([sum(concepts[n].idf for n in numbers) + INTENT * (intent > 0) for numbers, intent in parts])[part]
    dice = np.minimum(2 * same / (size + 1e-9), 1.0)
    dice = dice.astype(np.float32).astype(np.float64)  # so that what differs by rounding alone is equal
    owners = headings.owners[found].astype(np.int64)
    new = changes(part * postings.count + owners)
    starts = new.nonzero()[0]
    if len(starts) < len(owners):
        runs = np.cumsum(new) - 1
        ties = (dice == np.maximum.reduceat(dice, starts)[runs]).nonzero()[0]
        starts[runs[ties]] = ties
    owners, earned = owners[starts], (dice[starts] + EXACT * (dice[starts] > FULL)) * same[starts]
    if len(parts) > 1:
        order = np.lexsort((-earned, owners))
        order = order[changes(owners[order])]
        owners, earned, starts = owners[order], earned[order], starts[order]
    return Agreed(owners, earned, found[starts], shares[starts])


def _in_common(
    headings: Headings, postings: Postings, concepts: Sequence[Weighted], parts: Sequence[tuple[Sequence[int], int]]
) -> tuple[Integers, Integers, Floats, Floats]:
    """Where a part of the question and a heading share words: the part, the heading, what the words weigh in the question and in the heading."""
    inside = sorted({number for numbers, _ in parts for number in numbers})
    terms = [
        (p, term, number)
        for number in inside
        for p, term in sorted(zip(concepts[number].probabilities, concepts[number].terms, strict=True))
    ]
    ids, count = np.array([term for _, term, _ in terms], np.int64), len(headings.owners)
    sizes = headings.postings.dfs_of(ids).astype(np.int64)
    there = sizes > 0
    terms, ids, sizes = list(compress(terms, there.tolist())), ids[there], sizes[there]
    ends, starts = np.cumsum(sizes), headings.postings.starts[ids].astype(np.int64)
    every = np.arange(int(sizes.sum()))
    having = headings.postings.lists[np.repeat(starts - ends + sizes, sizes) + every].astype(np.int64)  # all frequencies are 1
    counted, latest, last = np.ones(len(having), np.bool_), np.empty(count, np.int64), 0
    for _, several in groupby(zip(ends.tolist(), terms, strict=True), lambda pair: pair[1][2]):
        bounds = [end for end, _ in several]
        if len(bounds) > 1:  # of several of its terms a heading has the most probable one, which comes last
            within = slice(last, bounds[-1])
            some, order = having[within], every[within]
            latest[some] = order
            counted[within] = latest[some] == order
        last = bounds[-1]
    gained = np.array([concepts[number].idf * p for p, _, number in terms]).repeat(sizes) * counted
    rarer = np.array([idf(df, postings.total) for df in postings.dfs_of(ids).tolist()]).repeat(sizes) * counted
    common, met = np.empty((2, len(parts), count))
    for number, (numbers, _) in enumerate(parts):
        told = len(numbers) == len(inside) or np.array([number in numbers for *_, number in terms]).repeat(sizes)
        for out, weights in ((common, gained), (met, rarer)):
            out[number] = np.bincount(having, weights * told, count)
    place = (common.ravel() > 0).nonzero()[0]
    return *divmod(place, count), common.ravel()[place], met.ravel()[place]


def agreement_parts(headings: Headings, concepts: Sequence[Weighted], some: Integers, earned: Floats) -> Floats:
    """The parts of what some headings earned by agreement that fall to each term of each concept, shape (terms of all concepts, headings).

    The best term, of equals the first, takes the concept's part.
    """
    concepts = [concept for concept in concepts if concept.terms]
    there, sizes = lookup(headings.postings, _terms(concepts), some) > 0, _sizes(concepts)
    gains = there * np.array([p * concept.idf for concept in concepts for p in concept.probabilities])[:, None]
    starts = np.cumsum(sizes) - sizes
    best = gains == np.maximum.reduceat(gains, starts).repeat(sizes, 0)
    nth = best.cumsum(0)
    gains *= best & (nth == (nth[starts] - best[starts] + 1).repeat(sizes, 0))
    total = gains.sum(0)
    return np.asarray(gains * np.divide(earned, total, out=np.zeros(len(some)), where=total > 0))


def field_factors(field: Field, lengths: Floats, languages: NDArray[np.uint8]) -> Floats:
    """The factor of a field's frequencies in each chunk, shape (chunks,): weight / (1 − b + b · length / mean length in its language)."""
    means = np.ones(len(lengths))
    for language in np.unique(languages):
        filled = (languages == language) & (lengths > 0)
        if filled.any():
            means[languages == language] = lengths[filled].mean()
    b = FIELD_B[field]
    return np.asarray(FIELD_WEIGHTS[field] / (1 - b + b * lengths / means))
