"""How large an exported site is, and how much of it a browser loads before it shows the first result.

    python benchmarks/export.py [--pages 100 1000 10000] [--questions 60]

The pages are made from a seed by recombining the sentences of the shipped corpus, half of them in each language. Every question is
asked of a freshly opened engine: manifest, core and shards count, as compressed as they are stored; the engine's own code stands apart.
Prints a Markdown table; `docs/static-sites.md` keeps the last one.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import tempfile
from pathlib import Path
from statistics import median

from parity import ask

from search import Document, Index, chunk_documents, read_documents
from search.export import SCRIPTS, export
from search.javascript import minified
from search.lexicon import synonym_groups

ROOT = Path(__file__).resolve().parent.parent
SENTENCES = 8  # of a page


def pages(count: int, seed: int = 0) -> list[tuple[str, str]]:
    """Pages as (title, text), Chinese and English ones in turn, made of the shipped corpus's headings and sentences."""
    chance = random.Random(seed)
    chunks, _ = synonym_groups(chunk_documents(read_documents([ROOT / "corpus"])))
    titles = {language: [chunk.title for chunk in chunks if chunk.language == language] for language in ("zh", "en")}
    sentences = {
        language: [
            sentence.strip()
            for chunk in chunks
            if chunk.language == language
            for part in chunk.parts
            for sentence in re.split(r"(?<=[。！？])|(?<=[.!?])\s+", part.text)
            if len(sentence.strip()) > 8
        ]
        for language in ("zh", "en")
    }
    made = []
    for number in range(count):
        language = ("zh", "en")[number % 2]
        title = ("：" if language == "zh" else ": ").join(chance.sample(titles[language], 2))
        chosen = chance.sample(sentences[language], SENTENCES)
        made.append((title, ("" if language == "zh" else " ").join(" ".join(sentence.split()) for sentence in chosen)))
    return made


def index_of(made: list[tuple[str, str]]) -> Index:
    """The index of such pages, a document each."""
    return Index.build(
        Document(f"{number:05}.md", "markdown", f"# {title}\n\n{text}\n", title, ("zh", "en")[number % 2])
        for number, (title, text) in enumerate(made)
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pages", type=int, nargs="*", default=[100, 1000, 10000])
    parser.add_argument("--questions", type=int, default=60)
    options = parser.parse_args()
    labelled = [json.loads(line) for line in (ROOT / "tests/quality/questions.jsonl").read_text("utf-8").splitlines()]
    plain = [row["question"] for row in labelled if row["split"] == "tune" and row["wants"]]
    questions = random.Random(0).sample(plain, min(options.questions, len(plain)))
    sizes = {name: len(gzip.compress(minified(name), 9)) for name in SCRIPTS}
    print("; ".join(f"{name}: {size / 1000:.1f} kB gzipped" for name, size in sizes.items()) + "\n")
    print("| pages | chunks | files | all, kB | for the first result: median kB | most kB | requests, median |")
    print("|---|---|---|---|---|---|---|")
    for count in options.pages:
        index = index_of(pages(count))
        with tempfile.TemporaryDirectory() as folder:
            written = export(index, folder)
            replies = ask(Path(folder), [{"question": question, "fresh": True} for question in questions])
        assert not any("error" in reply for reply in replies)
        loaded, files = ([reply[name] for reply in replies] for name in ("bytes", "files"))
        print(
            f"| {count} | {len(index)} | {written.files} | {written.bytes / 1000:,.0f} | {median(loaded) / 1000:.0f} "
            f"| {max(loaded) / 1000:.0f} | {median(files):.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
