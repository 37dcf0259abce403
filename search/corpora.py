"""The corpus that is asked where no other is named, and its index in the user's cache folder."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from search import __version__, shipped, store
from search.errors import DocumentError, IndexFileError
from search.files import content, documents_at
from search.index import Index
from search.saved import analysis_version
from search.workers import gc_paused

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


def load_copy(file: str | Path) -> Index:
    """The index in a file, out of a copy in the user's cache folder that all processes share which have this state of it.

    A file that is mapped must not become shorter, or whoever reads it is killed; and people copy a new index over an old one.
    Raises IndexFileError.
    """
    copy = Path(file)
    with suppress(OSError):  # a cache that can't be written, or a file that isn't there: what loads it says so
        copy = _copied(copy)
    try:
        return Index.load(copy, thorough=True)
    except IndexFileError as error:
        if copy != Path(file):
            copy.unlink(missing_ok=True)
        english, chinese = (said.replace(str(copy), str(file)) for said in (str(error), error.chinese))
        raise IndexFileError(english, chinese) from error


def _copied(file: Path) -> Path:
    from platformdirs import user_cache_path

    status, folder, place = file.stat(), user_cache_path("wenlu", appauthor=False), _digest(os.path.realpath(file))
    if os.name == "nt" or not file.is_file():  # Windows lets nobody write into a file that is mapped
        return file
    copy = folder / f"served-{place}-{_digest(repr((status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size)))}.wenlu"
    if not copy.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = store.part(copy)
        try:
            shutil.copyfile(file, part)
            os.replace(part, copy)  # where another process was quicker, with the same
        finally:
            part.unlink(missing_ok=True)
    for earlier in folder.glob(f"served-{place}-*.wenlu"):
        if earlier != copy:
            earlier.unlink(missing_ok=True)  # whoever has it mapped keeps it
    store.tidy(folder, f"served-{place}")
    return copy


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
    with gc_paused():
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
