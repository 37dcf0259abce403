"""Where the terms of a question stand in one chunk: in which field, step and clause, from which character to which."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from search import analyze, rank
from search.document import Chunk, Field
from search.normalize import CLAUSE_END, fold_with_offsets


class Found(NamedTuple):
    """A term in one chunk: how its frequency divides over the fields, the shares summing to 1, and its places but in aliases, each the number
    of the piece and the range there. `once` is whether it stands in one alias and nowhere else."""

    shares: dict[Field, float]
    places: list[tuple[int, int, int]]
    once: bool


class Text:
    """All text of one chunk, folded as one, and where its pieces stand."""

    def __init__(self, chunk: Chunk, factors: Mapping[Field, float] = rank.FIELD_WEIGHTS) -> None:
        """`factors` are those of the frequencies in each field."""
        self._factors = factors
        pieces: list[tuple[Field, str, int]] = [
            ("title", chunk.title, 0),
            *(("alias", alias, 0) for alias in chunk.aliases),
            *(("path", heading, 0) for heading in chunk.path),
            *(("body", part.own, start) for part, start in chunk.placed()),
        ]
        self.fields = [name for name, _, _ in pieces]
        self.shifts, self.starts = [], []
        first_part = len(pieces) - len(chunk.parts)
        self.steps = [first_part + number for number, part in enumerate(chunk.parts) if part.kind == "step"]
        self.written = "\n".join(text for _, text, _ in pieces)
        self.folded, self.offsets = fold_with_offsets(self.written)
        written = 0
        for _, text, offset in pieces:
            self.shifts.append(offset - written)
            self.starts.append(written)
            written += len(text) + 1
        self.words = analyze.Words(self.folded)
        self._found: dict[str, Found] = {}  # questions share their words

    def piece(self, place: int) -> int:
        """The number of the piece that has the character at a place of the folded text."""
        return bisect_right(self.starts, self.offsets[place]) - 1

    def find(self, terms: Collection[str]) -> dict[str, Found]:
        """Where each of the terms of a question stands."""
        if new := [term for term in terms if term not in self._found]:
            counts: dict[str, dict[Field, int]] = {term: {} for term in new}
            places: dict[str, list[tuple[int, int, int]]] = {term: [] for term in new}
            latest = dict[str, int]()
            for term, first, last in analyze.find(self.folded, self.words, new):
                piece = self.piece(first)
                if (name := self.fields[piece]) != "alias":
                    shift = self.shifts[piece]
                    places[term].append((piece, self.offsets[first] + shift, self.offsets[last - 1] + 1 + shift))
                elif latest.get(term) == piece:  # a way to ask counts once
                    continue
                latest[term] = piece
                counts[term][name] = counts[term].get(name, 0) + 1
            self._found.update(
                {term: Found(self._shares(counts[term]), places[term], counts[term] == {"alias": 1}) for term in new}
            )
        return {term: self._found[term] for term in terms}

    def _shares(self, counts: Mapping[Field, int]) -> dict[Field, float]:
        parts = {
            name: self._factors[name] * (float(rank.asked(count)) if name == "alias" else count) for name, count in counts.items()
        }
        total = sum(parts.values())
        return {name: part / total for name, part in parts.items()} if total else {"body": 1.0}

    def marks(self, found: Collection[Found]) -> dict[str, tuple[tuple[int, int], ...]]:
        """The ranges of some terms in the title and in the plain answer, merged where they touch."""
        named: tuple[tuple[str, Field], ...] = (("title", "title"), ("answer", "body"))
        return {
            label: merged((start, end) for term in found for piece, start, end in term.places if self.fields[piece] == field)
            for label, field in named
        }

    def best_step(self, found: Collection[Found]) -> int | None:
        """The index of the step with the most of some terms, two at least; None when no step stands out."""
        if not self.steps:
            return None
        pieces = [{piece for piece, _, _ in term.places} for term in found]
        counts = [sum(step in places for places in pieces) for step in self.steps]
        best = max(counts, default=0)
        return counts.index(best) if best > 1 and counts.count(best) == 1 else None

    def words_of(self, terms: Collection[str]) -> dict[str, str]:
        """Each of the terms that the text has, as it is written where it stands first: "reply" for the stem "repli"."""
        found = dict[str, str]()
        for term, first, last in analyze.find(self.folded, self.words, terms):
            found.setdefault(term, self.written[self.offsets[first] : self.offsets[last - 1] + 1])
        return found

    def clauses(self, terms: Collection[str]) -> list[set[str]]:
        """Which of the terms stand in each clause of the body that has any."""
        ends, found = [match.end() for match in CLAUSE_END.finditer(self.folded)], defaultdict[int, set[str]](set)
        for term, first, _ in analyze.find(self.folded, self.words, terms):
            if self.fields[self.piece(first)] == "body":
                found[bisect_right(ends, first)].add(term)
        return [found[clause] for clause in sorted(found)]


def merged(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The ranges sorted, those that touch made one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)
