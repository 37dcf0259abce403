"""Whether a hit is the answer: how much of what the question carries the hit covers, as a probability."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

THRESHOLD = 0.5  # of an answer: more likely right than wrong
NAMED = 0.4  # of the most that a question could earn: an open question with less is none that it asks
ONCE = 3  # power of the share of a way to ask that a question has, where that alone has what is met of the question
MEANT = 0.8  # how surely a hit has a word that it says in another way of the same group
BIAS, STRENGTH, LEAD, AMOUNT, HEADED = 1.8, 3.68, 5.34, 1.4, -1.6


class Covered(NamedTuple):
    """One content concept of a question against one hit: its place in the question, its idf, and how surely the hit has it.

    `certainty` is 0 to 1: 1 for the word itself, a translation's or a spelling's own probability, 0 where the hit has none of it.
    """

    start: int
    end: int
    idf: float
    certainty: float


class Evidence(NamedTuple):
    """What is known of a hit.

    `coverage`: the share of the question's idf that the hit has, 0 to 1; less where one of its ways to ask alone has it, and says more.
    `strength`: its score over the most that the question's words could earn, 0 or more.
    `lead`: the logarithm of its score over the best other score, of those not linked with it, within ±1.
    `amount`: how much the question says: the idf of its words of content over that of a word that one chunk has, 0 or more.
    `headed`: whether the hit has a title or an alias, by which it scores more easily.
    """

    coverage: float
    strength: float
    lead: float
    amount: float
    headed: bool

    @property
    def features(self) -> tuple[float, float, float, float]:
        """What the logistic function weighs. To be first counts for as much as was found at all."""
        return math.log(self.strength + 0.02), self.lead * self.coverage, math.log(self.amount + 0.2), float(self.headed)


def coverage(concepts: Sequence[Covered]) -> float:
    """Σ idf · certainty over Σ idf; 0 for a question without content.

    A stretch of the question counts once: as the longest concept that the hit has, else as the parts of it.
    """
    kept: list[Covered] = []
    for one in sorted(concepts, key=lambda concept: concept.start - concept.end):
        if any(other.start <= one.start and one.end <= other.end for other in kept):
            continue
        parts = any(one.start <= o.start and o.end <= one.end and o.end - o.start < one.end - one.start for o in concepts)
        if one.certainty or not parts:
            kept.append(one)
    total = sum(concept.idf for concept in kept)
    return sum(concept.idf * concept.certainty for concept in kept) / total if total else 0.0


def lead(score: float, others: float) -> float:
    """The logarithm of a score over the best of the others, within ±1."""
    return max(-1.0, min(1.0, math.log(score) - math.log(others))) if score > 0 and others > 0 else 1.0


def confidence(evidence: Evidence) -> float:
    """The chance that a hit answers the question, 0 to 1: a logistic function whose weights `benchmarks/calibrate.py` fits.

    The bias is 0.13 above its fit: answers between 0.6 and 0.8 were right more often than that, and to send somebody away costs as much.
    """
    weighed = zip((STRENGTH, LEAD, AMOUNT, HEADED), evidence.features, strict=True)
    return 1 / (1 + math.exp(-BIAS - sum(weight * feature for weight, feature in weighed)))
