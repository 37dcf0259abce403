"""The corpus that is asked where no other is named, and its index in the user's cache folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from search import __version__, shipped, store
from search.errors import DocumentError, IndexFileError
from search.files import content, documents_at
from search.index import Index
from search.saved import analysis_version
from search.workers import uncollected

_PACKAGE = Path(__file__).parent


def corpus_paths(paths: str | Path | Sequence[str | Path] | None = None) -> list[str | Path]:
    """The paths given, else those in $WENLU_CORPUS, else that of the corpus that comes with the package."""
    paths = [paths] if isinstance(paths, str | Path) else paths
    return list(paths or filter(None, os.environ.get("WENLU_CORPUS", "").split(os.pathsep))) or [shipped.CORPUS]


def load_corpus(
    paths: str | Path | Sequence[str | Path] | None = None,
    *,
    strict: bool = False,
    on_error: Callable[[DocumentError], None] | None = None,
    progress: Callable[[int, int], object] | None = None,
    thorough: bool = False,
) -> Index:
    """The index of the documents at `paths` (by default those in $WENLU_CORPUS, else the corpus that comes with the package).

    It is kept in the user's cache folder and built anew when a document or the package has changed.
    Raises DocumentError when there is no document; `strict` and `on_error` are those of `read_documents`, `progress` that of `Index.build`,
    `thorough` that of `Index.load`.
    """
    from platformdirs import user_cache_path

    paths = corpus_paths(paths)
    folder, corpus, code, signature = user_cache_path("wenlu", appauthor=False), _corpus(paths), _code(), _signature(paths)
    cached = folder / f"{corpus}-{code}-{signature}.wenlu"  # another name for other content: Windows can't replace what is mapped
    index = None
    with suppress(IndexFileError):  # not there yet, or damaged: made anew below
        index = Index.load(cached, thorough=thorough, disposable=True)
    if index is None or (strict and index.failures):
        before = next(folder.glob(f"{corpus}-{code}-*.wenlu"), None)
        index = _built(paths, signature, strict, progress, before, cached)
        with suppress(IndexFileError):  # a cache that can't be written costs time at the next start, nothing else
            index.save(cached)
            _tidy(cached, corpus)
    if on_error:
        for failure in index.failures:
            on_error(failure)
    return index


def _built(
    paths: Sequence[str | Path],
    signature: str,
    strict: bool,
    progress: Callable[[int, int], object] | None,
    before: Path | None,
    kept: Path,
) -> Index:
    from search.read import read_documents

    failures: list[DocumentError] = []
    with uncollected():
        documents = iter(read_documents(paths, strict=strict, on_error=failures.append))  # who takes them can let them go
        return Index.build(documents, signature, progress=progress, failures=failures, before=before, kept=kept)


def _tidy(cached: Path, corpus: str) -> None:
    """Removes what was cached of earlier states of the corpus."""
    for file in cached.parent.glob(f"{corpus}-*"):
        if file.stem != cached.stem:
            with suppress(OSError):  # Windows keeps a file that is mapped; the next build tries again
                file.unlink()
    store.tidy(cached.parent, corpus)


def _corpus(paths: Sequence[str | Path]) -> str:
    """A digest of where the corpus is, and this package: another one beside it keeps an index of its own."""
    return _digest("\n".join(os.path.realpath(path) for path in [_PACKAGE, *paths]))


def _code() -> str:
    """A digest of the state of the package: another one may make something else of the same documents."""
    with os.scandir(_PACKAGE) as entries:
        files = [(entry.name, entry.stat()) for entry in entries if entry.name.endswith((".py", ".toml"))]
    return _digest(repr((__version__, sorted((name, status.st_size, status.st_mtime_ns) for name, status in files))))


def _signature(paths: Sequence[str | Path]) -> str:
    """A digest of the names and contents of all documents at the paths, of what stands in the way of reading them, and of the analysis."""
    found: list[object] = [analysis_version()]
    for path in map(Path, [*paths, *shipped.synonym_files()]):
        for file, name in documents_at(path, lambda *where, **why: found.append((where, why))):
            try:
                found.append((name, hashlib.blake2b(content(file)).digest()))
            except OSError as error:
                found.append((name, error.errno))  # the reader will name the file
    return _digest(repr(found))


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "backslashreplace"), digest_size=8).hexdigest()
