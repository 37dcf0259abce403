"""Whether a hit is the answer: how much of what the question carries the hit covers, as a probability."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

THRESHOLD = 0.5


class Covered(NamedTuple):
    """One content concept of a question against one hit: its idf, and how surely the hit has it (0–1; exact 1, translation its p)."""

    idf: float
    certainty: float


def coverage(concepts: Sequence[Covered]) -> float:
    """Σ idf · certainty over Σ idf, 0 for a question without content."""
    total = sum(concept.idf for concept in concepts)
    return sum(concept.idf * concept.certainty for concept in concepts) / total if total else 0.0


def confidence(concepts: Sequence[Covered]) -> float:
    """The chance that a hit answers the question, 0–1."""
    return min(1.0, coverage(concepts))
