"""The corpus that is asked where no other is named, and its index in the user's cache folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from search import shipped
from search.errors import DocumentError, IndexFileError
from search.index import Index
from search.saved import analysis_version
from search.workers import uncollected


def corpus_paths(paths: Sequence[str | Path] | None = None) -> list[str | Path]:
    """The paths given, else those in $WENLU_CORPUS, else that of the corpus that comes with the package."""
    return list(paths or filter(None, os.environ.get("WENLU_CORPUS", "").split(os.pathsep))) or [shipped.CORPUS]


def load_corpus(
    paths: Sequence[str | Path] | None = None,
    *,
    strict: bool = False,
    on_error: Callable[[DocumentError], None] | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Index:
    """The index of the documents at `paths` (by default those in $WENLU_CORPUS, else the corpus that comes with the package).

    It is kept in the user's cache folder and built anew when a document or the analysis has changed.
    Raises DocumentError when there is no document; `strict` and `on_error` are those of `read_documents`, `progress` that of `Index.build`.
    """
    from platformdirs import user_cache_path

    paths = corpus_paths(paths)
    signature = _signature(paths)
    key = hashlib.blake2b(
        "\n".join(str(Path(path).resolve()) for path in paths).encode("utf-8", "replace"), digest_size=8
    ).hexdigest()
    cached = user_cache_path("wenlu", appauthor=False) / f"{key}.wenlu"
    index = None
    with suppress(IndexFileError):  # not there yet, or of another version: made anew below
        index = Index.load(cached)
    if index is None or index.signature != signature or (strict and index.failures):
        index = _built(paths, signature, strict, progress, cached)
        with suppress(IndexFileError):  # a cache that can't be written costs time at the next start, nothing else
            index.save(cached)
    if on_error:
        for failure in index.failures:
            on_error(failure)
    return index


def _built(
    paths: Sequence[str | Path], signature: str, strict: bool, progress: Callable[[int, int], object] | None, kept: Path
) -> Index:
    from search.read import read_documents

    failures: list[DocumentError] = []
    with uncollected():
        documents = iter(read_documents(paths, strict=strict, on_error=failures.append))  # who takes them can let them go
        return Index.build(documents, signature, progress=progress, failures=failures, kept=kept)


def _signature(paths: Sequence[str | Path]) -> str:
    """A digest of the names and contents of all files at the paths."""
    digest = hashlib.blake2b(analysis_version().encode(), digest_size=16)
    for path in map(Path, [*paths, *shipped.synonym_files()]):
        files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        for file in files:
            digest.update(str(file.relative_to(path) if file != path else file.name).encode("utf-8", "replace") + b"\0")
            try:
                digest.update(hashlib.blake2b(file.read_bytes()).digest())
            except OSError as error:
                digest.update(str(error.errno).encode())  # the reader will name the file
    return digest.hexdigest()
