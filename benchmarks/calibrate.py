"""Fit the confidence of an answer to development questions, and plot how far it can be believed.

    python benchmarks/calibrate.py DEVELOPMENT [--plot docs/reliability.png]        (the plot needs matplotlib)

DEVELOPMENT is a folder with `eval/xquad-dev` and `eval/faq-dev`. Questions: the project's own but for the untouched part, over its corpus; XQuAD's
in both languages over passages of both, and over the project's corpus, which has no answer to them; headings of real FAQs over their own
documents in both languages, over the answers without headings, and over the project's corpus. Prints the weights that fit them, for
`search/confidence.py`; and of the confidence as it is, for each group of questions, the area under the ROC curve, what is answered, and what of that
is right.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

import search.index
from search import Index, read_documents
from search.confidence import THRESHOLD, Evidence, confidence
from search.document import Document

ROOT = Path(__file__).parent.parent
Row = tuple[str, Evidence, bool]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def observed(index: Index, group: str, questions: Iterable[tuple[str, Any]]) -> Iterator[Row]:
    """The evidence of each question's best hit and whether the hit is right; `questions` pairs a text with a test of a hit."""
    for question, right in questions:
        seen: list[Evidence] = []
        original = search.index.confidence
        search.index.confidence = lambda evidence, seen=seen, original=original: seen.append(evidence) or original(evidence)  # type: ignore
        try:
            answer = index.search(question, 3)
        finally:
            search.index.confidence = original
        if answer.hits:
            yield group, seen[0], bool(right(answer.hits[0]))


def plain(text: str) -> str:
    return re.sub(r"[\s`*]", "", re.sub(r"\]\([^)]*\)|\[|<[^>]*>", "", text)).lower()


def gather(development: Path) -> list[Row]:
    rows: list[Row] = []
    draw = random.Random(0)
    own = Index.build(read_documents([ROOT / "corpus"]))
    questions = [row for name in ("questions", "hard") for row in lines(ROOT / f"tests/quality/{name}.jsonl")]
    labelled = [row for row in questions if row["split"] != "figures"]
    for group, some in (
        ("own", [row for row in labelled if row["wants"]]),
        ("own, no answer", [row for row in labelled if not row["wants"]]),
    ):
        rows += observed(own, group, [(row["question"], lambda hit, row=row: hit.chunk.id[3:] in row["wants"]) for row in some])
    nothing = lambda hit: False  # noqa: E731
    xquad, faq = development / "eval/xquad-dev", development / "eval/faq-dev"
    pairs = lines(faq / "pairs.jsonl")
    for language in ("zh", "en"):
        questions = lines(xquad / f"questions.{language}.jsonl")
        rows += observed(own, "xquad over own", [(row["question"], nothing) for row in draw.sample(questions, 300)])
        rows += observed(own, "faq over own", [(pair[f"{language}_heading"], nothing) for pair in draw.sample(pairs, 150)])
    for language in ("zh", "en"):
        passages = Index.build(read_documents([xquad / f"passages.{language}.jsonl"]))
        documents = Index.build(read_documents([faq / language]))
        bare = answers_alone(documents, pairs, language)
        for asked in ("zh", "en"):
            kind = "same" if asked == language else "cross"
            questions = draw.sample(lines(xquad / f"questions.{asked}.jsonl"), 300)
            rows += observed(
                passages,
                f"xquad {kind}",
                [(row["question"], lambda hit, row=row: hit.chunk.id == row["passage"]) for row in questions],
            )
            wanted = [(pair[f"{asked}_heading"], pair[f"{language}_heading"]) for pair in draw.sample(pairs, 200)]
            rows += observed(
                documents,
                f"faq {kind}",
                [(text, lambda hit, want=want: plain(hit.chunk.title) == plain(want)) for text, want in wanted],
            )
            wanted_ids = [(pair[f"{asked}_heading"], pair["id"]) for pair in draw.sample(pairs, 200)]
            rows += observed(
                bare, f"answers {kind}", [(text, lambda hit, want=want: hit.chunk.id == want) for text, want in wanted_ids]
            )
    return rows


def answers_alone(index: Index, pairs: list[dict[str, Any]], language: str) -> Index:
    """The answers of the FAQ entries as passages without their headings."""
    by_title = {(chunk.source.document.rsplit(".", 1)[0], plain(chunk.title)): chunk for chunk in index.chunks}
    documents = []
    for pair in pairs:
        chunk = by_title.get((f"{pair['source']}/{pair['file'][:-3]}", plain(pair[f"{language}_heading"])))
        if chunk and chunk.answer:
            documents.append(Document(pair["id"], "passage", chunk.answer, "", language))  # type: ignore[arg-type]
    return Index.build(documents)


def reliability(confidences: np.ndarray, right: np.ndarray) -> list[tuple[float, float, int]]:
    """For ten bins of confidence: its mean, the share that is right, and how many."""
    bins = np.minimum((confidences * 10).astype(int), 9)
    return [
        (float(confidences[bins == b].mean()), float(right[bins == b].mean()), int((bins == b).sum()))
        for b in range(10)
        if (bins == b).any()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("development", type=Path)
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    rows = gather(options.development)
    groups = np.array([group for group, _, _ in rows])
    evidence = np.array([one.features for _, one, _ in rows])
    right = np.array([one for _, _, one in rows])
    model = LogisticRegression(C=10.0).fit(evidence, right)
    confidences = np.array([confidence(one) for _, one, _ in rows])
    print(
        "weights:",
        {
            name: round(float(value), 2)
            for name, value in zip(("STRENGTH", "LEAD", "AMOUNT", "HEADED"), model.coef_[0], strict=True)
        },
        "bias:",
        round(float(model.intercept_[0]), 2),
    )
    print(f"{'':16} {'n':>5} {'right':>6} {'AUROC':>6} {'answered':>9} {'of them right':>14}")
    for group in sorted(set(groups.tolist())):
        mine = groups == group
        answered = confidences[mine] >= THRESHOLD
        auroc = roc_auc_score(right[mine], confidences[mine]) if 0 < right[mine].mean() < 1 else float("nan")
        precision = right[mine][answered].mean() if answered.any() else float("nan")
        print(f"{group:16} {mine.sum():5} {right[mine].mean():6.3f} {auroc:6.3f} {answered.mean():9.3f} {precision:14.3f}")
    known, unknown = confidences[(groups == "own") & right], confidences[groups == "xquad over own"]
    print(
        "own right against xquad over own, AUROC:",
        round(roc_auc_score([1] * len(known) + [0] * len(unknown), [*known, *unknown]), 4),
    )
    table = reliability(confidences, right)
    print("confidence, right, n:", *(f"{c:.2f} {r:.2f} {n}" for c, r, n in table), sep="\n  ")
    if options.plot:
        plot(table, options.plot)


def plot(table: list[tuple[float, float, int]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(5, 5), layout="constrained")
    axes.plot([0, 1], [0, 1], color="#999", linewidth=1)
    axes.plot([c for c, _, _ in table], [r for _, r, _ in table], marker="o", color="#0b63ce")
    for c, r, n in table:
        axes.annotate(str(n), (c, r), textcoords="offset points", xytext=(6, -10), fontsize=8, color="#555")
    axes.set(xlabel="confidence", ylabel="share of best hits that are right", xlim=(0, 1), ylim=(0, 1), aspect="equal")
    figure.savefig(path, dpi=100, metadata={"Software": None})


if __name__ == "__main__":
    main()
