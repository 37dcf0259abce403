"""Whether the engine in the browser answers as the index in Python does.

    python benchmarks/parity.py DEVELOPMENT

Asks all labelled questions over the shipped corpus, and all development questions (a folder with `eval/xquad-dev` and `eval/faq-dev`) over
their documents, of both. Prints a Markdown table: on how many the first ten hits are the same in the same order with scores within 1e-4,
and on how many all of the answer is the same (numbers within 1e-4; `matched` in any order, where weights are equal).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from search import Index, read_documents, to_json
from search.export import export

ROOT = Path(__file__).resolve().parent.parent
NEAR = 1.01e-4  # scores of six decimals, confidences of four


@dataclass
class Parity:
    """How many questions were asked, had the same ranking, had the same answer; and those that had not, with what differs."""

    asked: int = 0
    ranked: int = 0
    same: int = 0
    differing: list[tuple[str, str]] = field(default_factory=list)


def ask(folder: Path, requests: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The replies of the engine of an export to some requests, from one process of Node; see tests/engine.mjs."""
    command = ["node", str(ROOT / "tests" / "engine.mjs"), str(folder)]
    done = subprocess.run(
        command, input="\n".join(map(json.dumps, requests)).encode(), capture_output=True, check=True, timeout=600
    )
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def compare(index: Index, folder: Path, questions: Sequence[str], **options: Any) -> Parity:
    """The answers of an index and of its export, side by side."""
    settings = {"limit": 10} | options
    found = Parity()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, folder, [{"question": one, "options": settings} for one in questions])
        answers = [to_json(index.search(question, **settings)) for question in questions]
    for question, answer, reply in zip(questions, answers, asked.result(), strict=True):
        del reply["files"], reply["bytes"]
        ranks = [[(hit["id"], hit["score"]) for hit in one.get("hits", [])] for one in (answer, reply)]
        found.asked += 1
        found.ranked += near(*ranks)
        if near(*map(_ordered, (answer, reply))):
            found.same += 1
        else:
            differing = [key for key in answer if not near(answer[key], reply.get(key))]
            found.differing.append((question, str(reply.get("stack") or differing)))
    return found


def _ordered(answer: dict[str, Any]) -> dict[str, Any]:
    hits = [
        hit | {"matched": sorted(hit["matched"], key=lambda match: [match[key] for key in ("question", "term", "field", "via")])}
        for hit in answer.get("hits", [])
    ]
    return answer | {"hits": hits}


def near(one: Any, other: Any) -> bool:
    """Whether two JSONs are the same but for the last digits."""
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(near(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return isinstance(other, list | tuple) and len(one) == len(other) and all(map(near, one, other))
    numbers = isinstance(one, int | float) and isinstance(other, int | float)
    return abs(one - other) <= NEAR if numbers else bool(one == other)


def development(shared: Path, language: str) -> Iterator[tuple[str, Index, dict[str, list[str]]]]:
    """The documents in a language, and the questions for them by direction."""
    xquad, faq = shared / "eval" / "xquad-dev", shared / "eval" / "faq-dev"
    asked = {
        f"xquad {name}→{language}": [row["question"] for row in lines(xquad / f"questions.{name}.jsonl")] for name in ("zh", "en")
    }
    yield "xquad", Index.build(read_documents([xquad / f"passages.{language}.jsonl"])), asked
    asked = {f"faq {name}→{language}": [row[f"{name}_heading"] for row in lines(faq / "pairs.jsonl")] for name in ("zh", "en")}
    yield "faq", Index.build(read_documents([faq / language])), asked


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def main() -> None:
    print("| questions | asked | same ten | same answer |\n|---|---|---|---|")
    own = [row["question"] for row in lines(ROOT / "tests" / "quality" / "questions.jsonl")]
    sets = [("own", Index.build(read_documents([ROOT / "corpus"])), {"own": own})]
    for _, index, asked in [*sets, *(one for language in ("zh", "en") for one in development(Path(sys.argv[1]), language))]:
        with tempfile.TemporaryDirectory() as folder:
            export(index, folder)
            for direction, questions in asked.items():
                found = compare(index, Path(folder), questions)
                print(f"| {direction} | {found.asked} | {found.ranked} | {found.same} |", flush=True)
                for question, what in found.differing:
                    print(f"{direction}: {question}: {what}", file=sys.stderr)


if __name__ == "__main__":
    main()
