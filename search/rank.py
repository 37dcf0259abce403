"""Scores and the best of them: pure functions on arrays, the same for every way that a question is asked.

A question is concepts; a concept is terms with probabilities p. With tf the length-normalised, field-weighted frequency that a posting
holds (BM25F: Robertson, Zaragoza, Taylor 2004), a chunk's score is

    Σ_concepts weight · idf(df) · tf·(k1 + 1) / (tf + k1),    tf = Σ_terms p · tf(term),    df = max_terms p · df(term)

which treats a concept's terms as one word (probabilistic structured queries: Darwish and Oard 2003).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from search.document import Field, Kind

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

K1 = 0.9
AGREEMENT = 1.0  # what a heading that asks the same thing earns, in units of its words' idf
FIELD_WEIGHTS: dict[Field, float] = {"title": 3.0, "alias": 2.0, "path": 0.5, "body": 1.0}
FIELD_B: dict[Field, float] = {"title": 0.3, "alias": 0.0, "path": 0.3, "body": 0.5}  # how much length counts, 0 to 1

PREFERENCES: dict[tuple[str | None, Kind], float] = {  # factors of a score by what is asked for and the kind of chunk
    ("what", "glossary"): 1.3,
    (None, "glossary"): 0.9,
    ("how", "procedure"): 1.05,
}


class Postings(NamedTuple):
    """Inverted lists. Term t stands in `chunks[starts[t]:starts[t+1]]` (int32, ascending) with frequencies `tf` (float32)."""

    starts: NDArray[np.int64]
    chunks: NDArray[np.int32]
    tf: NDArray[np.float32]
    count: int  # type: ignore[assignment]  # of chunks in all; hides tuple.count

    def of(self, term: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The chunks of one term and its frequencies in them."""
        row = slice(int(self.starts[term]), int(self.starts[term + 1]))
        return self.chunks[row], self.tf[row]

    def df(self, term: int) -> int:
        """How many chunks have the term."""
        return int(self.starts[term + 1] - self.starts[term])


@dataclass(frozen=True, slots=True)
class Weighted:
    """A concept as ranking sees it: ids of its terms, their probabilities, and its weight."""

    terms: Sequence[int]
    probabilities: Sequence[float]
    weight: float


def idf(df: float, count: int) -> float:
    """BM25's inverse document frequency, never negative (Lucene's form)."""
    return math.log1p((count - df + 0.5) / (df + 0.5))


def concept_idf(postings: Postings, concept: Weighted) -> float:
    """The idf of a concept: that of its commonest term, each df scaled by the term's probability."""
    df = max((p * postings.df(term) for term, p in zip(concept.terms, concept.probabilities, strict=True)), default=0.0)
    return idf(df, postings.count)


def saturate(tf: Floats) -> Floats:
    """BM25's saturation, 0 at 0 and K1 + 1 at infinity."""
    return tf * (K1 + 1) / (tf + K1)


def score(postings: Postings, concepts: Sequence[Weighted]) -> Floats:
    """Each chunk's score, shape (count,)."""
    scores = np.zeros(postings.count)
    for concept in concepts:
        if not concept.terms:
            continue
        rows = [postings.of(term) for term in concept.terms]
        weighted = [tf * np.float64(p) for (_, tf), p in zip(rows, concept.probabilities, strict=True)]
        chunks, total = rows[0][0], weighted[0]
        if len(rows) > 1:
            chunks, place = np.unique(np.concatenate([chunks for chunks, _ in rows]), return_inverse=True)
            total = np.bincount(place, np.concatenate(weighted), len(chunks)).astype(np.float64)
        scores[chunks] += concept.weight * concept_idf(postings, concept) * saturate(total)
    return scores


class Headings(NamedTuple):
    """Titles and aliases as ways to ask. `postings` are lists of headings; heading h belongs to chunk `owners[h]` (int32) and the idf of
    its words sums to `weights[h]` (float32)."""

    postings: Postings
    owners: NDArray[np.int32]
    weights: NDArray[np.float32]


def agreement(headings: Headings, concepts: Sequence[Weighted], idfs: Sequence[float], count: int) -> tuple[Floats, Integers]:
    """What each chunk earns by a heading that asks the same as the question, and which heading it is (-1 for none), both of shape (count,).

    The agreement of a heading is the Dice coefficient of the words of question and heading, weighted by idf: 2 · common / (question + heading).
    The best heading of a chunk earns AGREEMENT · agreement · common.
    """
    common = np.zeros(len(headings.owners))
    for concept, weight in zip(concepts, idfs, strict=True):
        common += weight * _best_probability(headings, concept)
    common = np.minimum(common, headings.weights)
    dice = np.minimum(2 * common / (sum(idfs) + headings.weights + 1e-9), 1.0)
    order = np.argsort(dice, kind="stable")
    order = order[dice[order] > 0]
    earned, which = np.zeros(count), np.full(count, -1, np.int64)
    owners = headings.owners[order]
    earned[owners] = AGREEMENT * dice[order] * common[order]  # of a chunk's headings the last one written, the best, stays
    which[owners] = order
    return earned, which


def agreement_parts(
    headings: Headings, concepts: Sequence[Weighted], idfs: Sequence[float], heading: int, earned: float
) -> list[Floats]:
    """For each concept the parts of what a heading earned by agreement that fall to its terms, the best term taking the concept's part."""
    parts = [np.zeros(len(concept.terms)) for concept in concepts]
    for part, concept, weight in zip(parts, concepts, idfs, strict=True):
        for index, (term, p) in enumerate(zip(concept.terms, concept.probabilities, strict=True)):
            rows, _ = headings.postings.of(term)
            place = int(np.searchsorted(rows, heading))
            if place < len(rows) and rows[place] == heading and p * weight > part.max():
                part[:] = 0.0
                part[index] = p * weight
    total = sum(float(part.sum()) for part in parts)
    return [part * (earned / total if total else 0.0) for part in parts]


def _best_probability(headings: Headings, concept: Weighted) -> Floats:
    best = np.zeros(len(headings.owners))
    for term, p in zip(concept.terms, concept.probabilities, strict=True):
        rows, _ = headings.postings.of(term)
        best[rows] = np.maximum(best[rows], p)
    return best


def term_frequencies(postings: Postings, concept: Weighted, chunk: int) -> Floats:
    """p · tf of each of the concept's terms in one chunk, shape (terms,)."""
    out = np.zeros(len(concept.terms))
    for index, (term, p) in enumerate(zip(concept.terms, concept.probabilities, strict=True)):
        chunks, tf = postings.of(term)
        place = int(np.searchsorted(chunks, chunk))
        if place < len(chunks) and chunks[place] == chunk:
            out[index] = p * float(tf[place])
    return out


def contributions(postings: Postings, concepts: Sequence[Weighted], chunk: int) -> list[Floats]:
    """For each concept the parts of its score in one chunk that its terms earned, in proportion to p · tf; all parts sum to the score."""
    parts = []
    for concept in concepts:
        frequencies = term_frequencies(postings, concept, chunk)
        total = frequencies.sum()
        earned = concept.weight * concept_idf(postings, concept) * float(saturate(total)) if total else 0.0
        parts.append(frequencies * (earned / total if total else 0.0))
    return parts


def top(scores: Floats, limit: int) -> Integers:
    """The positions of the best positive scores, best first; equal scores in the order of their positions."""
    limit = min(limit, len(scores))
    if limit <= 0:
        return np.empty(0, np.int64)
    threshold = max(np.partition(scores, -limit)[-limit], np.finfo(float).tiny)
    candidates = np.flatnonzero(scores >= threshold)
    return candidates[np.argsort(-scores[candidates], kind="stable")][:limit]


def field_factors(field: Field, lengths: Floats, languages: NDArray[np.uint8]) -> Floats:
    """The factor of a field's frequencies in each chunk, shape (chunks,): weight / (1 − b + b · length / mean length in its language)."""
    means = np.ones(len(lengths))
    for language in np.unique(languages):
        filled = (languages == language) & (lengths > 0)
        if filled.any():
            means[languages == language] = lengths[filled].mean()
    b = FIELD_B[field]
    return np.asarray(FIELD_WEIGHTS[field] / (1 - b + b * lengths / means))
