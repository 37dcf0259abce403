"""Whether a hit is the answer: how much of what the question carries the hit covers, as a probability."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

THRESHOLD = 0.5  # a hit is the answer when it is likelier right than wrong
BIAS, GAP, STRENGTH, LEAD = 3.48, -4.06, 2.84, 4.37


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

    `coverage`: the share of the question's idf that the hit has, 0 to 1; `gap`: the share in the weightiest word it lacks, 0 to 1.
    `strength`: its score over the most that the question's words could earn, 0 or more.
    `lead`: the logarithm of its score over the best other score, within ±1.
    """

    coverage: float
    gap: float
    strength: float
    lead: float


def cover(concepts: Sequence[Covered]) -> tuple[float, float]:
    """Coverage and gap: Σ idf · certainty and max idf · (1 − certainty), over Σ idf; (0, 1) for a question without content.

    A concept inside a longer one that the hit has (a word of a phrase) is as sure as that one.
    """
    total = sum(concept.idf for concept in concepts)
    if not total:
        return 0.0, 1.0
    sure = [max(other.certainty for other in concepts if other.start <= one.start and one.end <= other.end) for one in concepts]
    weighed = [(concept.idf, certainty) for concept, certainty in zip(concepts, sure, strict=True)]
    return sum(idf * certainty for idf, certainty in weighed) / total, max(
        idf * (1 - certainty) for idf, certainty in weighed
    ) / total


def lead(score: float, others: float) -> float:
    """The logarithm of a score over the best of the others, within ±1."""
    return max(-1.0, min(1.0, math.log(score / others))) if score > 0 and others > 0 else 1.0


def confidence(evidence: Evidence) -> float:
    """The chance that a hit answers the question, 0 to 1: a logistic function whose weights `benchmarks/calibrate.py` fits."""
    logit = BIAS + GAP * evidence.gap + STRENGTH * math.log(evidence.strength + 0.02)
    logit += LEAD * evidence.lead * evidence.coverage  # to be first counts for as much as was found at all
    return 1 / (1 + math.exp(-logit))
