"""How far Milvus's answers are those of the embedded index: published into Milvus Lite, every question is asked of both.

    python benchmarks/milvus.py [--development FOLDER] [--distractors N] [--every N] [--languages zh en]

The shipped corpus with the project's own questions, and, given a folder with `eval/xquad-dev`, XQuAD's passages in each language with the
questions in both; every question, or every N-th. With --distractors that many passages of four sentences drawn from XQuAD's stand beside them (seed 7), which are as hard
to tell apart as passages can be.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from search import Index, milvus, read_documents
from search.document import Document
from search.evaluate import read_questions

ROOT = Path(__file__).resolve().parent.parent


def compare(name: str, index: Index, published: Index, questions: Sequence[str]) -> None:
    """Print the shares of questions with the same first hit, ten hits and decision, the greatest differences, and the medians' times."""
    first = ten = decided = 0
    score = confidence = 0.0
    times: tuple[list[float], list[float]] = ([], [])
    for question in questions:
        answers = []
        for asked, spent in zip((index, published), times, strict=True):
            start = time.perf_counter()
            answers.append(asked.search(question, limit=10))
            spent.append(time.perf_counter() - start)
        ids = [[hit.chunk.id for hit in answer.hits] for answer in answers]
        first += ids[0][:1] == ids[1][:1]
        ten += ids[0] == ids[1]
        decided += answers[0].answered == answers[1].answered
        for one, other in zip(answers[0].hits, answers[1].hits, strict=False):
            if one.chunk.id == other.chunk.id:
                score = max(score, abs(one.score - other.score))
        confidence = max(confidence, abs(answers[0].confidence - answers[1].confidence))
    count = len(questions)
    here, there = (1000 * sorted(spent)[count // 2] for spent in times)
    print(
        f"| {name} | {len(index):,} | {count} | {first / count:.2%} | {ten / count:.2%} | {decided / count:.2%} "
        f"| {score:.1e} | {confidence:.1e} | {here:.1f} | {there:.1f} |",
        flush=True,
    )


def passages(file: Path, distractors: int) -> list[Document]:
    """XQuAD's passages, and others made of their sentences."""
    documents = list(read_documents([file]))
    texts = [json.loads(line)["text"] for line in file.read_text("utf-8").splitlines()]
    sentences = [sentence for text in texts for sentence in re.split(r"(?<=[。！？])|(?<=[.!?]) ", text) if sentence.strip()]
    draw = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made.jsonl"
        lines = ({"id": f"made-{number}", "text": " ".join(draw.sample(sentences, 4))} for number in range(distractors))
        made.write_text("\n".join(map(json.dumps, lines)), "utf-8")
        return documents + (list(read_documents([made])) if distractors else [])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--development", type=Path)
    parser.add_argument("--distractors", type=int, default=0)
    parser.add_argument("--every", type=int, default=1, help="ask every n-th question")
    parser.add_argument("--languages", nargs="+", default=["zh", "en"])
    settings = parser.parse_args()
    print(
        "| corpus and questions | chunks | questions | first | ten | decision | score | confidence | index, ms | Milvus Lite, ms |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:

        def opened(index: Index, name: str) -> Index:
            milvus.publish(index, f"{folder}/{name}.db")
            return milvus.load(f"{folder}/{name}.db")

        if not settings.distractors:
            index = Index.build(read_documents([ROOT / "corpus"]))
            own = [question.text for question in read_questions(ROOT / "tests" / "quality" / "questions.jsonl")]
            compare("shipped corpus", index, opened(index, "shipped"), own[:: settings.every])
        for written in settings.languages if settings.development else []:
            data = settings.development / "eval/xquad-dev"
            index = Index.build(passages(data / f"passages.{written}.jsonl", settings.distractors))
            published = opened(index, written)
            for asked in ("zh", "en"):
                lines = (data / f"questions.{asked}.jsonl").read_text("utf-8").splitlines()[:: settings.every]
                compare(f"XQuAD {asked}→{written}", index, published, [json.loads(line)["question"] for line in lines])


if __name__ == "__main__":
    main()
