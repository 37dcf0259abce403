"""How well an index answers labelled questions: figures over all and by group, and what changed since an earlier run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from math import log2
from pathlib import Path
from typing import Any

from search.document import Hit
from search.errors import DocumentError
from search.index import Index

DEPTH = 10
FIGURES = ("recall@1", "recall@3", "recall@5", "mrr@10", "ndcg@10", "answered", "declined")
GROUPS = ("language", "kind", "split")


@dataclass(frozen=True, slots=True)
class Question:
    """A labelled question. `wants` are the ids of the chunks that answer it, any of which will do; empty if none does.

    An id without its language folder ("returns#label" for "zh/returns#label") means the chunk in any language.
    """

    id: str
    text: str
    wants: tuple[str, ...]
    language: str = ""
    kind: str = ""
    split: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a question got: the place of the first wanted hit (from 1, None if not in the first ten), and whether it was answered."""

    id: str
    question: str
    wants: tuple[str, ...]
    language: str
    kind: str
    split: str
    rank: int | None
    answered: bool
    confidence: float
    first: str | None

    @property
    def place(self) -> int:
        """Smaller is better: the rank; past all ranks if not found; 0 or 1 for a question that should be, and was or wasn't, declined."""
        return (self.rank or DEPTH + 1) if self.wants else int(self.answered)


@dataclass(frozen=True, slots=True)
class Report:
    """The outcomes in the questions' order, and the figures drawn from them."""

    outcomes: tuple[Outcome, ...]

    def figures(self) -> dict[str, dict[str, float | int | None]]:
        """Rows by name: "all", then "language zh" and so on; each has "questions" (a count) and FIGURES (0 to 1, None of nothing)."""
        rows = {"all": figures(self.outcomes)}
        for group in GROUPS:
            for value in sorted({getattr(outcome, group) for outcome in self.outcomes} - {""}):
                rows[f"{group} {value}"] = figures([o for o in self.outcomes if getattr(o, group) == value])
        return rows

    def to_json(self) -> dict[str, Any]:
        """The figures and every outcome; what `compare` takes as the earlier run."""
        return {"figures": self.figures(), "questions": [asdict(outcome) for outcome in self.outcomes]}

    def table(self) -> str:
        """The figures as aligned text, a line for each row."""
        rows = self.figures()
        width = max(map(len, rows))
        lines = [f"{'':{width}}  questions  " + "  ".join(f"{name:>8}" for name in FIGURES)]
        for name, row in rows.items():
            cells = ["       –" if (value := row[key]) is None else f"{value:8.3f}" for key in FIGURES]
            lines.append(f"{name:{width}}  {row['questions']:>9}  " + "  ".join(cells))
        return "\n".join(lines)


def read_questions(path: str | Path) -> list[Question]:
    """Labelled questions, one JSON object a line: {"id", "question", "wants", "language", "kind", "split"}, or {"id", "question", "passage"}.

    Raises DocumentError, naming the line, for what is neither.
    """
    questions = []
    try:
        lines = Path(path).read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(f"{path}: can't be read ({error}); give a file of labelled questions in UTF-8") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                row = json.loads(line)
                wants = row["wants"] if "wants" in row else [row["passage"]]
                extra = {group: str(row.get(group) or "") for group in GROUPS}
                questions.append(Question(str(row.get("id", number)), str(row["question"]), tuple(map(str, wants)), **extra))
            except (ValueError, TypeError, KeyError, AttributeError):
                raise DocumentError(
                    f'{path}, line {number}: not a labelled question; write {{"id": …, "question": …, "wants": ["file#anchor"]}}'
                ) from None
    return questions


def evaluate(index: Index, questions: Iterable[Question]) -> Report:
    """Asks every question and notes where the first wanted hit stands among the first ten."""
    outcomes = []
    for q in questions:
        answer = index.search(q.text, limit=DEPTH)
        rank = next((place for place, hit in enumerate(answer.hits, 1) if _wanted(hit, q.wants)), None)
        first = answer.hits[0].chunk.id if answer.hits else None
        outcomes.append(
            Outcome(
                q.id, q.text, q.wants, q.language or answer.language, q.kind, q.split,
                rank, answer.answered, round(float(answer.confidence), 4), first,
            )
        )  # fmt: skip
    return Report(tuple(outcomes))


def _wanted(hit: Hit, wants: tuple[str, ...]) -> bool:
    return hit.chunk.id in wants or hit.chunk.id.removeprefix(f"{hit.chunk.language}/") in wants


def figures(outcomes: Iterable[Outcome]) -> dict[str, float | int | None]:
    """Recall at 1, 3 and 5, the mean reciprocal rank and nDCG at 10 (one relevant group, so the ideal is 1), answered rate; declines right.

    All but the last are over the questions that have an answer, the last over those that have none.
    """
    outcomes = list(outcomes)
    known = [outcome for outcome in outcomes if outcome.wants]
    unknown = [outcome for outcome in outcomes if not outcome.wants]
    ranks = [outcome.rank for outcome in known if outcome.rank]

    def mean(total: float, of: list[Outcome]) -> float | None:
        return round(total / len(of), 4) if of else None

    return {
        "questions": len(outcomes),
        **{f"recall@{k}": mean(sum(rank <= k for rank in ranks), known) for k in (1, 3, 5)},
        "mrr@10": mean(sum(1 / rank for rank in ranks), known),
        "ndcg@10": mean(sum(1 / log2(rank + 1) for rank in ranks), known),
        "answered": mean(sum(outcome.answered for outcome in known), known),
        "declined": mean(sum(not outcome.answered for outcome in unknown), unknown),
    }


def compare(baseline: Mapping[str, Any], report: Report) -> tuple[list[str], list[str]]:
    """What got (better, worse) since an earlier run's JSON, one line a question; questions that only one of the two has are left out.

    Raises DocumentError if the baseline is not such a JSON.
    """
    better, worse = [], []
    try:
        before = {(row["id"], row["question"]): Outcome(**row) for row in baseline["questions"]}
        for now in report.outcomes:
            was = before.get((now.id, now.question))
            if was and bool(was.wants) == bool(now.wants) and was.place != now.place:
                line = f"{now.id}: {now.question}: {_said(was)} → {_said(now)}"
                (better if now.place < was.place else worse).append(line)
    except (KeyError, TypeError):
        raise DocumentError("the baseline is not a report of `wenlu eval --json`; write one with it first") from None
    return better, worse


def _said(outcome: Outcome) -> str:
    if outcome.wants:
        return f"rank {outcome.rank}" if outcome.rank else "not found"
    return "answered" if outcome.answered else "declined"
