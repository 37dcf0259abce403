"""What a corpus's text comes to: its own words, its vocabulary, and how often each chunk has each term.

scikit-learn counts, a batch of texts at a time, in several processes where there is much text. Batches do not depend on how many
processes there are, so neither does what is counted.
"""

from __future__ import annotations

import gc
import hashlib
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from search import analyze, rank
from search.analyze import LONGEST_WORD, Analyzer, by_beginning
from search.document import FIELDS, Chunk, Field
from search.errors import IndexFileError
from search.normalize import fold
from search.store import Array, Strings, pack, read, write
from search.tables import tables, tables_version

BATCH = 4000  # texts
_FEW = 30_000  # texts; fewer are counted before processes would have started
_MANY = 2_000_000  # postings; the numbers of more are halved on disk, at a loss of less than 0.05 %
_LITTLE = 2000  # texts; fewer are counted anew each time
_WRITTEN, _FOUND = "\0", "\1"  # before the words of a text that are no terms: as they are written, and as jieba finds them

Progress = Callable[[int, int], object]  # is told how many texts have been looked at, and of how many


class Counts(NamedTuple):
    """What was counted: arrays of the index; how often each word of Latin letters is written; the corpus's own Han words."""

    arrays: dict[str, Array]
    written: dict[str, int]
    own_words: dict[str, int]


@lru_cache(maxsize=1)
def common_words() -> dict[str, int]:
    """The words of the dictionary that Chinese text is segmented by, and how often each was seen."""
    arrays = tables()
    return dict(zip(Strings.named(arrays, "words"), arrays["words_freq"].tolist(), strict=True))


@lru_cache(maxsize=1)
def _common_beginnings() -> dict[str, tuple[str, ...]]:
    units = Strings.named(tables(), "units")
    return by_beginning({*common_words(), *units})


class _Rows(NamedTuple):
    """Counted texts: row r has the terms `columns[starts[r]:starts[r+1]]` (int32) of `terms`, each `values` times (float32).

    `lengths` (float32) are those of the texts.
    """

    terms: list[str]
    starts: Array
    columns: Array
    values: Array
    lengths: Array


def count(
    chunks: Sequence[Chunk],
    languages: Array,
    synonyms: Sequence[Sequence[str]],
    processes: int | None = None,
    progress: Progress | None = None,
    kept: Path | None = None,
) -> Counts:
    """The counts of some chunks. Every title, alias, heading path and body is a text of its own.

    What was counted is read from the file `kept`, for texts that it has, and written to it.
    """
    import rjieba

    jieba, common = rjieba.Jieba(), common_words()
    members = dict.fromkeys(member for group in synonyms for member in group)
    segmented = {member: jieba.add_word(member, None, None) for member in members if not member.isascii()}
    names = "".join(map(chr, tables()["name_characters"].tolist()))
    analyzer = Analyzer(_common_beginnings(), {member for member in members if " " in member}, names, jieba.cut_for_search)
    texts = [text for chunk in chunks for text in _texts(chunk)]
    fields = np.array([field for chunk in chunks for field in _fields(chunk)], np.uint8)
    owners = np.repeat(np.arange(len(chunks), dtype=np.int32), [len(chunk.aliases) + 3 for chunk in chunks])
    filled = np.array([text != "" for text in texts], np.bool_)
    settings = hashlib.blake2b(repr((analyze.VERSION, tables_version(), list(members))).encode("utf-8", "replace")).hexdigest()
    rows = _remembered(texts, settings, kept, lambda texts: _counted(texts, analyzer, processes, progress))
    places = {term: place for place, term in enumerate(rows.terms)}
    sums = np.bincount(rows.columns, rows.values, len(rows.terms)).astype(np.int64).tolist()
    written = {term[1:]: number for term, number in zip(rows.terms, sums, strict=True) if number and term[:1] == _WRITTEN}
    own = {term[1:]: number for term, number in zip(rows.terms, sums, strict=True) if number and term[:1] == _FOUND}
    for member, frequency in segmented.items():
        if 1 < len(member) <= LONGEST_WORD and member not in common:
            own[member] = max(own.get(member, 0), frequency)
    rows = _with_words(rows, texts, [word for word in sorted(own) if len(word) > 2 and word not in places])
    return Counts(_arrays(rows, fields, owners, filled, languages), written, own)


def _texts(chunk: Chunk) -> list[str]:
    return [chunk.title, *chunk.aliases, "\n".join(chunk.path), "\n".join(part.text for part in chunk.parts)]


def _fields(chunk: Chunk) -> list[int]:
    return [0, *[1] * len(chunk.aliases), 2, 3]


def _count(texts: Sequence[str], analyzer: Analyzer) -> _Rows:
    from sklearn.feature_extraction.text import CountVectorizer

    lengths, common = list[float](), common_words()

    def terms(text: str) -> list[str]:
        if not text:
            lengths.append(0.0)
            return []
        read = analyzer.read(fold(text))
        lengths.append(read.length)
        found = (word for word in read.found if 1 < len(word) <= LONGEST_WORD and word not in common)
        return [*read.terms, *(_WRITTEN + word for word in read.written), *(_FOUND + word for word in found)]

    vectorizer = CountVectorizer(analyzer=terms, dtype=np.float32)
    try:
        matrix = vectorizer.fit_transform(texts)
    except ValueError:  # no text has a term
        nothing = np.zeros(0, np.float32)
        return _Rows([], np.zeros(len(texts) + 1, np.int64), np.zeros(0, np.int32), nothing, np.zeros(len(texts), np.float32))
    return _Rows(
        vectorizer.get_feature_names_out().tolist(),
        matrix.indptr.astype(np.int64),
        matrix.indices.astype(np.int32),
        matrix.data,
        np.array(lengths, np.float32),
    )


def _merged(parts: Iterable[_Rows]) -> _Rows:
    """The rows of all parts over one vocabulary."""
    ids: dict[str, int] = {}
    pieces: list[tuple[Array, ...]] = [(np.zeros(1, np.int64), *np.zeros((3, 0), np.float32))]
    for part in parts:
        places = np.fromiter((ids.setdefault(term, len(ids)) for term in part.terms), np.int32, len(part.terms))
        pieces.append((np.diff(part.starts), places[part.columns], part.values, part.lengths))
    counts, columns, values, lengths = (np.concatenate(column) for column in zip(*pieces, strict=True))
    return _Rows(list(ids), np.cumsum(counts), columns.astype(np.int32), values, lengths)


def _chosen(rows: _Rows, order: Array) -> _Rows:
    """Some of the rows, in the order of their numbers."""
    counts = np.diff(rows.starts)[order]
    starts = np.append(0, np.cumsum(counts))
    places = np.arange(starts[-1]) + np.repeat(rows.starts[order] - starts[:-1], counts)
    return _Rows(rows.terms, starts, rows.columns[places], rows.values[places], rows.lengths[order])


def _remembered(
    texts: Sequence[str], settings: str, kept: Path | None, counted: Callable[[Sequence[str]], Iterable[_Rows]]
) -> _Rows:
    """The rows of the texts, of those counted before as they were kept."""
    if kept is None or len(texts) < _LITTLE:
        return _merged(counted(texts))
    digests = np.frombuffer(
        b"".join(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts), np.uint64
    ).reshape(-1, 2)
    known, before = _kept(kept, settings)
    order = np.argsort(known[:, 0], kind="stable")
    place = (
        np.minimum(np.searchsorted(known[order, 0], digests[:, 0]), len(order) - 1) if len(order) else np.zeros(len(texts), int)
    )
    found = order[place] if len(order) else np.full(len(texts), -1)
    found[(known[found] != digests).any(1) if len(order) else slice(None)] = -1
    new = np.flatnonzero(found < 0)
    rows = _merged([before, *counted([texts[number] for number in new.tolist()])])
    found[new] = len(known) + np.arange(len(new))
    rows = _chosen(rows, found)
    with suppress(IndexFileError):  # it costs time at the next build, nothing else
        _keep(kept, settings, digests, rows)
    return rows


def _kept(file: Path, settings: str) -> tuple[Array, _Rows]:
    """The digests of texts counted before, and their rows; none when they were counted otherwise."""
    with suppress(IndexFileError, KeyError):
        meta, arrays = read(file, "")
        if meta["settings"] == settings:
            terms = list(Strings.named(arrays, "terms"))
            values = arrays["values"].astype(np.float32)
            return arrays["digests"], _Rows(terms, arrays["starts"], arrays["columns"], values, arrays["lengths"])
    nothing = np.zeros(0, np.float32)  # of the type of what is there otherwise, or sums would be rounded otherwise
    return np.zeros((0, 2), np.uint64), _Rows([], np.zeros(1, np.int64), np.zeros(0, np.int32), nothing, nothing)


def _keep(file: Path, settings: str, digests: Array, rows: _Rows) -> None:
    used = np.zeros(len(rows.terms), bool)
    used[rows.columns] = True
    pool, offsets = pack(rows.terms[place].encode() for place in np.flatnonzero(used).tolist())
    values = rows.values if rows.values.max(initial=0) > 0xFFFF else rows.values.astype(np.uint16)
    columns = (np.cumsum(used, dtype=np.int32) - 1)[rows.columns].astype(np.int32)
    arrays = {"terms_pool": pool, "terms_offsets": offsets, "digests": digests, "lengths": rows.lengths}
    write(file, {"settings": settings}, arrays | {"starts": rows.starts, "columns": columns, "values": values})


def _with_words(rows: _Rows, texts: Sequence[str], words: Sequence[str]) -> _Rows:
    """The rows with some Han words of three or more characters counted too: they may stand where their pairs do."""
    import scipy.sparse

    if not words:
        return rows
    shape = (len(texts), len(rows.terms))
    by_term = scipy.sparse.csr_array((np.ones(len(rows.columns), np.bool_), rows.columns, rows.starts), shape).tocsc()
    places = {term: place for place, term in enumerate(rows.terms)}
    folded = lru_cache(maxsize=1 << 15)(lambda row: fold(texts[row]))
    found: list[tuple[int, int, int]] = []
    for number, word in enumerate(words):
        pairs = [places.get(word[start : start + 2], -1) for start in range(len(word) - 1)]
        if min(pairs) < 0:
            continue
        postings = [by_term.indices[by_term.indptr[pair] : by_term.indptr[pair + 1]] for pair in pairs]
        shortest, *longer = sorted(postings, key=len)
        for other in longer:
            shortest = shortest[other[np.minimum(np.searchsorted(other, shortest), len(other) - 1)] == shortest]
        for row in shortest.tolist():
            if times := sum(folded(row).startswith(word, start) for start in _starts(folded(row), word)):
                found.append((row, len(rows.terms) + number, times))
    added = np.array(found, np.int64).reshape(-1, 3)
    order = np.argsort(added[:, 0], kind="stable")
    row, column, times = added[order].T
    ends = rows.starts[row + 1]
    more = np.bincount(row, minlength=len(texts))
    return _Rows(
        [*rows.terms, *words],
        rows.starts + np.append(0, np.cumsum(more)),
        np.insert(rows.columns, ends, column),
        np.insert(rows.values, ends, times),
        rows.lengths,
    )


def _starts(text: str, word: str) -> Iterator[int]:
    start = text.find(word)
    while start >= 0:
        yield start
        start = text.find(word, start + 1)


def _arrays(rows: _Rows, fields: Array, owners: Array, filled: Array, languages: Array) -> dict[str, Array]:
    """The vocabulary, sorted, and the postings of chunks and of headings over it."""
    import scipy.sparse

    encoded = [term.encode() for term in rows.terms]
    used = np.zeros(len(encoded), bool)
    used[rows.columns] = True
    order = [
        place for place in sorted(range(len(encoded)), key=encoded.__getitem__) if used[place] and encoded[place][:1] > b"\1"
    ]
    numbers = np.full(len(encoded), len(order), np.int32)
    numbers[order] = np.arange(len(order), dtype=np.int32)
    pool, offsets = pack(encoded[place] for place in order)
    columns = numbers[rows.columns]
    matrix = scipy.sparse.csr_array((rows.values, columns, rows.starts), (len(fields), len(order) + 1)).tocsc()[:, :-1]
    where, term = matrix.indices, np.repeat(np.arange(len(order), dtype=np.int32), np.diff(matrix.indptr))
    factors = _factors(rows.lengths, fields, owners, languages)
    alias = FIELDS.index("alias")
    chunks, is_alias = owners[where], fields[where] == alias
    again = np.zeros(len(where), bool)  # the same term in the same chunk
    again[1:] = (chunks[1:] == chunks[:-1]) & (term[1:] == term[:-1])
    values = np.where(is_alias, np.float32(1), matrix.data) * factors[fields[where], chunks]
    values[1:][again[1:] & is_alias[1:] & is_alias[:-1]] = 0  # many ways to ask are no more evidence than one
    first = np.flatnonzero(~again)
    precision = np.float16 if len(first) > _MANY else np.float32
    is_heading = (fields <= alias) & filled
    heading = is_heading[where]
    return {
        "terms_pool": pool,
        "terms_offsets": offsets,
        "starts": np.searchsorted(term[first], np.arange(len(order) + 1)).astype(np.int64),
        "postings": chunks[first].astype(np.int32),
        "tf": (np.add.reduceat(values, first) if len(first) else np.zeros(0)).astype(precision),
        "factors": factors.astype(precision),
        "heading_starts": np.searchsorted(term[heading], np.arange(len(order) + 1)).astype(np.int64),
        "heading_postings": (np.cumsum(is_heading) - 1)[where[heading]].astype(np.int32),
        "heading_owners": owners[is_heading],
    }


def _factors(lengths: Array, fields: Array, owners: Array, languages: Array) -> Array:
    """The factor of each field's frequencies in each chunk, float32, shape (fields, chunks)."""
    measured = np.zeros((len(FIELDS), len(languages)))
    np.add.at(measured, (fields, owners), lengths)
    names: Sequence[Field] = FIELDS
    rows = [rank.field_factors(name, row, languages) for name, row in zip(names, measured, strict=True)]
    return np.array(rows, np.float32)


# --- in several processes ---------------------------------------------------------------------------------------------------------

_analyzer: Analyzer  # of a child process


def _in_child(texts: Sequence[str]) -> _Rows:
    return _count(texts, _analyzer)


def _start_child() -> None:
    import ctypes

    gc.disable()  # what the parent holds stays shared memory as long as nothing touches it
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: end when the parent is killed


def _counted(texts: Sequence[str], analyzer: Analyzer, processes: int | None, progress: Progress | None) -> Iterator[_Rows]:
    """The counts of the texts, a batch after the other."""
    batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
    with _mapped(analyzer, processes or (_cores() if len(texts) > _FEW else 1)) as work:
        for number, rows in enumerate(work(batches), 1):
            if progress:
                progress(min(number * BATCH, len(texts)), len(texts))
            yield rows


def _cores() -> int:
    """How many processes may be started: forking is safe on Linux, and while there is one thread."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" and threading.active_count() == 1 else 1


@contextmanager
def _mapped(analyzer: Analyzer, processes: int) -> Iterator[Callable[[Iterable[Sequence[str]]], Iterator[_Rows]]]:
    global _analyzer
    if processes == 1:
        yield lambda batches: (_count(batch, analyzer) for batch in batches)
        return
    import multiprocessing

    import sklearn.feature_extraction.text  # noqa: F401  (once, and not in each child)

    _analyzer = analyzer
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside threads; those of numpy wait for work
        pool = multiprocessing.get_context("fork").Pool(processes, _start_child)
    with pool:
        yield lambda batches: pool.imap(_in_child, batches)
