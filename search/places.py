"""Where the terms of a question stand in one chunk: in which field, step and clause, from which character to which."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable

from search import analyze, rank
from search.document import FIELDS, Chunk, Field
from search.normalize import CLAUSE_END, fold_with_offsets


class Text:
    """All text of one chunk, folded as one, and where its pieces stand."""

    def __init__(self, chunk: Chunk) -> None:
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

    def piece(self, place: int) -> int:
        """The number of the piece that has the character at a place of the folded text."""
        return bisect_right(self.starts, self.offsets[place]) - 1

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


class Finder:
    """Where the terms of a question stand in one chunk."""

    def __init__(self, text: Text, terms: set[str]) -> None:
        self._text = text
        self.places: list[list[tuple[str, int, int]]] = [[] for _ in text.fields]  # of aliases none: nobody asks where
        self._counts: dict[Field, dict[str, int]] = {name: {} for name in FIELDS}
        latest, asked = dict[str, int](), self._counts["alias"]
        for term, first, last in analyze.find(text.folded, text.words, terms):
            piece = text.piece(first)
            if (name := text.fields[piece]) != "alias":
                shift = text.shifts[piece]
                self.places[piece].append((term, text.offsets[first] + shift, text.offsets[last - 1] + 1 + shift))
                self._counts[name][term] = self._counts[name].get(term, 0) + 1
            elif latest.get(term) != piece:  # a way to ask counts once
                latest[term] = piece
                asked[term] = asked.get(term, 0) + 1

    def shares(self, term: str, factors: dict[Field, float]) -> dict[Field, float]:
        """How a term's frequency in the chunk divides over the fields; the shares sum to 1."""
        parts = {name: factors[name] * counts[term] for name, counts in self._counts.items() if term in counts}
        if asked := self._counts["alias"].get(term):
            parts["alias"] = factors["alias"] * float(rank.asked(asked))
        total = sum(parts.values())
        return {name: part / total for name, part in parts.items()} if total else {"body": 1.0}

    def marks(self, terms: Collection[str]) -> dict[str, tuple[tuple[int, int], ...]]:
        """The ranges of the terms in the title and in the plain answer, merged where they touch."""
        named: tuple[tuple[str, Field], ...] = (("title", "title"), ("answer", "body"))
        return {
            label: merged(
                (start, end)
                for field, piece in zip(self._text.fields, self.places, strict=True)
                if field == name
                for term, start, end in piece
                if term in terms
            )
            for label, name in named
        }

    def best_step(self, terms: Collection[str]) -> int | None:
        """The index of the step with the most of the terms, two at least; None when no step stands out."""
        found = [len({term for term, _, _ in self.places[number] if term in terms}) for number in self._text.steps]
        best = max(found, default=0)
        return found.index(best) if best > 1 and found.count(best) == 1 else None


def merged(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The ranges sorted, those that touch made one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)
