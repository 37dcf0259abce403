"""What each step of the ranking is worth: the figures with all of them, then without each one.

    python benchmarks/ablation.py DEVELOPMENT [STEP …]

DEVELOPMENT is a folder with `eval/xquad-dev` and `eval/faq-dev`. Prints a Markdown table: nDCG@10 on XQuAD in four directions, recall@1 of
a FAQ's heading over the FAQs in the other language and over answers without headings, and recall@1 of the tuning part of the project's own
questions over its corpus. `docs/ranking.md` keeps the last one.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from math import log2
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from calibrate import ROOT, answers_alone, lines, plain

from search import Index, read_documents
from search.rank import Agreed

SAMPLE = 300  # questions of XQuAD a direction; all FAQs

# A step is left out by setting constants of a module, or by making a method give nothing.
STEPS: dict[str, dict[str, Any]] = {
    "all steps": {},
    "pairs of Han characters": {"search.lexicon.BIGRAM": 0.0},
    "single Han characters": {"search.lexicon.CHARACTER": 0.0},
    "question words count little": {"search.lexicon.STOP": 1.0},
    "headings that ask the same": {
        "search.rank.agreement": lambda *a: Agreed(np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64), np.empty(0))
    },
    "the kind of answer asked for": {"search.rank.PREFERENCES": {}},
    "synonym groups": {"search.lexicon.Synonyms.of": lambda self, key: []},
    "dictionary": {
        "search.lexicon.Translator.english": lambda self, *a: [],
        "search.lexicon.Translator.chinese": lambda self, *a: [],
    },
    "words inside a longer one count half": {"search.lexicon.WITHIN": 1.0},
    "headings that ask for the same kind of answer": {"search.rank.INTENT": 0.0},
    "clauses of chunks without a heading": {"search.rank.CLAUSE": 0.0},
    "words that are translated alike": {"search.translate.Translator.near": lambda self, word: []},
    "long words by their parts": {"search.translate.Translator._parts": lambda self, word: []},
    "title and alias weights": {"search.rank.FIELD_WEIGHTS": {"title": 1.0, "alias": 1.0, "path": 1.0, "body": 1.0}},
    "length normalisation": {"search.rank.FIELD_B": {"title": 0.0, "alias": 0.0, "path": 0.0, "body": 0.0}},
}


@contextmanager
def without(step: str) -> Iterator[None]:
    with ExitStack() as stack:
        for name, value in STEPS[step].items():
            stack.enter_context(patch(name, value))
        yield


def measure(development: Path) -> list[float]:
    xquad, faq = development / "eval/xquad-dev", development / "eval/faq-dev"
    pairs = lines(faq / "pairs.jsonl")
    passages = {language: Index.build(read_documents([xquad / f"passages.{language}.jsonl"])) for language in ("zh", "en")}
    documents = {language: Index.build(read_documents([faq / language])) for language in ("zh", "en")}
    bare = {language: answers_alone(documents[language], pairs, language) for language in ("zh", "en")}
    figures = []
    for asked, language in (("zh", "zh"), ("en", "en"), ("en", "zh"), ("zh", "en")):
        questions = random.Random(0).sample(lines(xquad / f"questions.{asked}.jsonl"), SAMPLE)
        figures.append(mean(gain(passages[language], row["question"], row["passage"]) for row in questions))
    for asked, language in (("en", "zh"), ("zh", "en")):
        figures.append(mean(titled(documents[language], pair[f"{asked}_heading"], pair[f"{language}_heading"]) for pair in pairs))
    for asked, language in (("zh", "zh"), ("en", "en"), ("en", "zh")):
        figures.append(
            mean(first(bare[language], pair[f"{asked}_heading"], lambda hit, id=pair["id"]: hit.chunk.id == id) for pair in pairs)
        )
    own = Index.build(read_documents([ROOT / "corpus"]))
    labelled = [row for row in lines(ROOT / "tests/quality/questions.jsonl") if row["split"] == "tune" and row["wants"]]
    figures.append(mean(first(own, row["question"], lambda hit, row=row: hit.chunk.id[3:] in row["wants"]) for row in labelled))
    return figures


def mean(values: Iterator[float]) -> float:
    kept = list(values)
    return sum(kept) / len(kept)


def gain(index: Index, question: str, wanted: str) -> float:
    """nDCG@10 with one relevant passage."""
    ids = [hit.chunk.id for hit in index.search(question, 10).hits]
    return 1 / log2(ids.index(wanted) + 2) if wanted in ids else 0.0


def first(index: Index, question: str, right: Callable[[Any], bool]) -> float:
    hits = index.search(question, 1).hits
    return float(bool(hits) and right(hits[0]))


def titled(index: Index, question: str, heading: str) -> float:
    return first(index, question, lambda hit: plain(hit.chunk.title) == plain(heading))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("development", type=Path)
    parser.add_argument("steps", nargs="*", help=f"of: {', '.join(STEPS)}; all of them by default")
    options = parser.parse_args()
    columns = [
        "xq zh→zh",
        "xq en→en",
        "xq en→zh",
        "xq zh→en",
        "faq en→zh",
        "faq zh→en",
        "ans zh→zh",
        "ans en→en",
        "ans en→zh",
        "own",
    ]
    print("| without |", " | ".join(columns), "|")
    print("|---|" + "---|" * len(columns))
    for step in options.steps or STEPS:
        with without(step):
            print(f"| {step} |", " | ".join(f"{figure:.3f}" for figure in measure(options.development)), "|", flush=True)


if __name__ == "__main__":
    main()
