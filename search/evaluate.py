"""How well an index answers labelled questions: figures over all and by group, and what changed since an earlier run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from math import log2
from pathlib import Path
from typing import Any

from search.document import LANGUAGES, Hit
from search.errors import DocumentError, reasons
from search.files import content
from search.index import LONGEST_QUESTION, Index
from search.read import decode

DEPTH = 10
FIGURES = ("recall@1", "recall@3", "recall@5", "mrr@10", "ndcg@10", "answered", "declined")
GROUPS = ("language", "kind", "split")
BINS = 10  # of confidence
_COMPARED = {"id": str, "question": str, "wants": list, "rank": int | None, "answered": bool}  # of an earlier run


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
    """What a question got: the rank of the first wanted hit (from 1, None if past the tenth), and whether it was answered.

    `direction` is the language asked in and that of the first hit, "en→zh"; empty without a hit.
    """

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
    direction: str = ""

    @property
    def place(self) -> tuple[int, bool]:
        """Smaller is better: by rank, then answered before declined; where nothing is wanted, declined before answered."""
        return (self.rank or DEPTH + 1, not self.answered) if self.wants else (0, self.answered)


@dataclass(frozen=True, slots=True)
class Report:
    """The outcomes in the questions' order, and the figures drawn from them."""

    outcomes: tuple[Outcome, ...]

    def figures(self) -> dict[str, dict[str, float | int | None]]:
        """Rows by name ("all", "language zh", …), each with the count "questions" and FIGURES, 0 to 1, or None of nothing."""
        rows = {"all": figures(self.outcomes)}
        for group in ("direction", *GROUPS):
            for value in sorted({getattr(outcome, group) for outcome in self.outcomes} - {""}):
                rows[f"{group} {value}"] = figures([o for o in self.outcomes if getattr(o, group) == value])
        return rows

    def calibration(self) -> list[dict[str, float | int]]:
        """For each tenth of confidence that any first hit has: how many, their mean confidence, and the share that is right."""
        rows = []
        for tenth in range(BINS):
            found = [o for o in self.outcomes if o.first and min(int(o.confidence * BINS), BINS - 1) == tenth]
            if found:
                mean, right = sum(o.confidence for o in found), sum(o.rank == 1 for o in found)
                rows.append(
                    {"questions": len(found), "confidence": round(mean / len(found), 4), "right": round(right / len(found), 4)}
                )
        return rows

    def to_json(self) -> dict[str, Any]:
        """The figures and every outcome; what `read_report` reads."""
        return {
            "figures": self.figures(),
            "calibration": self.calibration(),
            "questions": [asdict(outcome) for outcome in self.outcomes],
        }

    def table(self) -> str:
        """The figures as aligned text, a line for each row."""
        rows = self.figures()
        width = max(map(len, rows))
        lines = [f"{'':{width}}  questions  " + "  ".join(f"{name:>8}" for name in FIGURES)]
        for name, row in rows.items():
            cells = ["       –" if (value := row[key]) is None else f"{value:8.3f}" for key in FIGURES]
            lines.append(f"{name:{width}}  {row['questions']:>9}  " + "  ".join(cells))
        lines += ["", f"{'confidence':>10}  {'right':>8}  questions"]
        lines += [f"{row['confidence']:10.3f}  {row['right']:8.3f}  {row['questions']:>9}" for row in self.calibration()]
        return "\n".join(lines)


def read_questions(path: str | Path) -> list[Question]:
    """Labelled questions, a JSON object a line: question, wants (a list) or passage (an id); maybe id, language, kind, split.

    Raises DocumentError, naming the line, for what is neither, or too long to be asked.
    """
    questions = []
    for number, line in enumerate(_text(path).split("\n"), 1):
        if line.strip():
            try:
                row = json.loads(line)
                wants, text = row["wants"] if "wants" in row else [row["passage"]], row["question"]
                if not isinstance(wants, list) or not isinstance(text, str):
                    raise TypeError
                extra = {group: str(row.get(group) or "") for group in GROUPS}
                questions.append(Question(str(row.get("id", number)), text, tuple(map(str, wants)), **extra))
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
                raise DocumentError(
                    f'{path}, line {number}: not a labelled question; write {{"question": …, "wants": ["file#anchor"]}}',
                    f'{path} 第 {number} 行：不是标注好的问题，请写成 {{"question": …, "wants": ["文件#锚点"]}}',
                ) from None
            if len(text) > LONGEST_QUESTION:
                raise DocumentError(
                    f"{path}, line {number}: the question has more than {LONGEST_QUESTION:,} characters; ask in one or two sentences",
                    f"{path} 第 {number} 行：问题超过 {LONGEST_QUESTION:,} 个字符，请用一两句话来问",
                )
    return questions


def _text(path: str | Path) -> str:
    """What a file says, in whatever encoding a document may have: a shell may have redirected it into UTF-16. Raises DocumentError."""
    try:
        return decode(content(Path(path)), str(path))
    except (OSError, ValueError) as error:
        english, chinese = reasons(error)
        raise DocumentError(
            f"{path}: can't be read ({english}); check the path, and that the file is an ordinary one",
            f"{path}：读不了（{chinese}），请检查路径，并确认是普通文件",
        ) from None


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
                f"{answer.language}→{answer.hits[0].chunk.language}" if answer.hits else "",
            )
        )  # fmt: skip
    return Report(tuple(outcomes))


def unknown(index: Index, questions: Iterable[Question]) -> list[str]:
    """The wanted ids that no chunk has, whole or without the folder of its language, sorted."""
    return sorted(id for id in {id for q in questions for id in q.wants} if not any(map(index.chunk, _ids(id))))


def _ids(label: str) -> Iterator[str]:
    yield label
    folders = label.split("/")
    for place in range(len(folders)):
        for language in LANGUAGES:
            yield "/".join([*folders[:place], language, *folders[place:]])


def _wanted(hit: Hit, wants: tuple[str, ...]) -> bool:
    return hit.chunk.id in wants or hit.chunk.within("") in wants


def figures(outcomes: Iterable[Outcome]) -> dict[str, float | int | None]:
    """Of questions that have an answer: recall, mean reciprocal rank, nDCG (one relevant hit, so the ideal is 1), share answered.

    Of those that have none: the share declined.
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


def read_report(path: str | Path) -> Report:
    """An earlier run, as `Report.to_json` gave it. Raises DocumentError if it can't be read or is something else."""
    text = _text(path)
    try:
        return Report(tuple(map(_outcome, json.loads(text)["questions"])))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DocumentError(
            f"{path}: not an earlier run; write one with `wenlu eval --json`",
            f"{path}：不是以前的结果，请先用 wenlu eval --json 生成",
        ) from None


def _outcome(row: dict[str, Any]) -> Outcome:
    if not all(isinstance(row[name], kind) for name, kind in _COMPARED.items()):
        raise TypeError
    return Outcome(**row)


def compare(before: Report, now: Report) -> tuple[list[str], list[str]]:
    """What got (better, worse), a line for each question; a question that only one of the two runs has is left out."""
    better: list[str] = []
    worse: list[str] = []
    earlier = {(outcome.id, outcome.question): outcome for outcome in before.outcomes}
    for outcome in now.outcomes:
        was = earlier.get((outcome.id, outcome.question), outcome)
        if bool(was.wants) == bool(outcome.wants) and was.place != outcome.place:
            line = f"{outcome.id}: {outcome.question}: {_said(was)} → {_said(outcome)}"
            (better if outcome.place < was.place else worse).append(line)
    return better, worse


def _said(outcome: Outcome) -> str:
    rank = f"rank {outcome.rank}" if outcome.rank else "not found"
    answered = "answered" if outcome.answered else "declined"
    return f"{rank}, {answered}" if outcome.wants else answered
