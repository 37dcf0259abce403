"""Search engines over the same terms, each built from lists of words: `search(terms, limit)` gives the positions of the best passages.

What an engine writes into its folder is found there by the next run. `ENGINES` names them; one whose package is missing raises
ImportError when it is made. All of them rank by BM25 with these constants where they can be set (tantivy and SQLite fix their own),
but scikit-learn's, which is the cosine of tf·idf.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from passages import BLOCK, Passages

from search import rank
from search.store import Compact, Strings, compact

K1, B = rank.K1, rank.FIELD_B["body"]


class Engine(Protocol):
    """What is measured. `size` is bytes on disk, None for what is kept in memory alone."""

    size: int | None

    def __init__(self, passages: Passages, folder: Path) -> None: ...

    def search(self, terms: Sequence[str], limit: int) -> Sequence[int]: ...


def best(postings: rank.Postings, concepts: Sequence[rank.Weighted], limit: int) -> Sequence[int]:
    """The positions of the best chunks, by Wenlu's ranking alone."""
    return rank.search(postings, concepts, limit)[0].tolist()


class Wenlu:
    """Wenlu's ranking alone: the vocabulary and the functions of `search.rank`, on postings of the given words."""

    def __init__(self, passages: Passages, folder: Path) -> None:
        tokens, count = np.asarray(passages.tokens), len(passages.tokens)
        pairs = (tokens * np.int64(count) + np.arange(count)[:, None]).ravel()
        pairs.sort()
        first = np.flatnonzero(np.diff(pairs, prepend=-1))
        tf = np.diff(first, append=len(pairs)).astype(np.float32)  # all passages are equally long
        terms, chunks = np.divmod(pairs[first], count)
        starts = np.searchsorted(terms, np.arange(len(passages.words) + 1)).astype(np.int64)
        self._postings = rank.Postings(starts, *rank.pack(chunks, tf), count)
        self._find = lru_cache(maxsize=1 << 14)(Compact(**compact(Strings.of(passages.words))).find)  # as the lexicon has it
        self.size = None

    def search(self, terms: Sequence[str], limit: int) -> Sequence[int]:
        ids = [index for term in terms if (index := self._find(term)) >= 0]
        return best(self._postings, [rank.Weighted.of(self._postings, [index], [1.0]) for index in ids], limit)


class Bm25s:
    """bm25s with its numpy backend."""

    backend = "numpy"

    def __init__(self, passages: Passages, folder: Path) -> None:
        import bm25s

        if self.backend == "numba":
            import numba  # noqa: F401

        def build(place: Path) -> None:
            index = {word: number for number, word in enumerate(passages.words)}
            rows = [
                row for start in range(0, len(passages.tokens), BLOCK) for row in passages.tokens[start : start + BLOCK].tolist()
            ]
            engine = bm25s.BM25(k1=K1, b=B)
            engine.index((rows, index), show_progress=False)
            engine.save(place, show_progress=False)

        place = _made(folder / "bm25s", build)
        self._engine, self.size = bm25s.BM25.load(place), _bytes(place)
        self._engine.backend = self.backend

    def search(self, terms: Sequence[str], limit: int) -> Sequence[int]:
        found = self._engine.retrieve([list(terms)], k=limit, show_progress=False, backend_selection=self.backend)
        return found.documents[0].tolist()


class Bm25sNumba(Bm25s):
    """bm25s with its numba backend."""

    backend = "numba"


class Tantivy:
    """tantivy-py: one field without positions, one segment."""

    def __init__(self, passages: Passages, folder: Path) -> None:
        import tantivy

        self._tantivy = tantivy
        self._schema = tantivy.SchemaBuilder().add_text_field("text", tokenizer_name="words", index_option="freq").build()
        words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()

        def build(place: Path) -> None:
            place.mkdir()
            index = tantivy.Index(self._schema, path=str(place))
            index.register_tokenizer("words", words)
            writer = index.writer(heap_size=1 << 30, num_threads=1)
            for row in passages.rows():
                writer.add_document(tantivy.Document(text=" ".join(row)))
            writer.commit()
            writer.wait_merging_threads()

        place = _made(folder / "tantivy", build)
        self._searcher, self.size = tantivy.Index.open(str(place)).searcher(), _bytes(place)

    def search(self, terms: Sequence[str], limit: int) -> Sequence[int]:
        term, should = self._tantivy.Query.term_query, self._tantivy.Occur.Should
        query = self._tantivy.Query.boolean_query([(should, term(self._schema, "text", one, "freq")) for one in terms])
        return [address.doc for _, address in self._searcher.search(query, limit, count=False).hits]


class Fts5:
    """SQLite's FTS5, without the texts."""

    def __init__(self, passages: Passages, folder: Path) -> None:
        def build(place: Path) -> None:
            db = sqlite3.connect(place)
            db.execute("CREATE VIRTUAL TABLE passages USING fts5(words, content='', tokenize=\"unicode61 tokenchars '-_./#'\")")
            rows = ((position, " ".join(words)) for position, words in enumerate(passages.rows()))
            db.executemany("INSERT INTO passages(rowid, words) VALUES (?, ?)", rows)
            db.execute("INSERT INTO passages(passages) VALUES ('optimize')")
            db.commit()
            db.close()

        place = _made(folder / "fts5.sqlite", build)
        self._db, self.size = sqlite3.connect(place), place.stat().st_size

    def search(self, terms: Sequence[str], limit: int) -> Sequence[int]:
        query = " OR ".join(f'"{term}"' for term in terms)
        found = self._db.execute("SELECT rowid FROM passages WHERE passages MATCH ? ORDER BY rank LIMIT ?", (query, limit))
        return [row[0] for row in found]


class ScikitLearn:
    """The plain script's way: TfidfVectorizer and linear_kernel."""

    def __init__(self, passages: Passages, folder: Path) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.metrics.pairwise import linear_kernel

        self._vectorizer, self._kernel = TfidfVectorizer(analyzer=list), linear_kernel
        self._matrix, self.size = self._vectorizer.fit_transform(passages.rows()), None

    def search(self, terms: Sequence[str], limit: int) -> Sequence[int]:
        scores = self._kernel(self._vectorizer.transform([terms]), self._matrix)[0]
        best = np.argpartition(scores, -limit)[-limit:]
        return best[np.argsort(-scores[best], kind="stable")].tolist()


ENGINES: dict[str, type[Engine]] = {
    "Wenlu": Wenlu,
    "bm25s, numba": Bm25sNumba,
    "bm25s, numpy": Bm25s,
    "tantivy": Tantivy,
    "SQLite FTS5": Fts5,
    "scikit-learn": ScikitLearn,
}


def _made(place: Path, build: Callable[[Path], None]) -> Path:
    """What an engine wrote there, now or in an earlier run."""
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(f"{place.name}.part")
        if part.is_dir():
            shutil.rmtree(part)
        part.unlink(missing_ok=True)
        build(part)
        part.rename(place)
    return place


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
