"""The files of a corpus: which of them are documents, and what tells one state of them from another."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

FORMATS = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".mdx": "markdown",
    ".html": "html",
    ".htm": "html",
    ".txt": "text",
    ".jsonl": "passage",
}
_OTHERS = ("node_modules", "_sources")  # folders of what others wrote, and of what Sphinx made its pages of
_BUILT = frozenset("_book _build _site build dist out public site".split())  # what site generators call the folder of their pages


def documents_at(root: Path, report: Callable[..., object]) -> Iterator[tuple[Path, str]]:
    """The documents at or below `root`, each with its name there, sorted by it; nothing hidden, and below a folder only FORMATS.

    A page that is there as Markdown, too, is left out: under the same name beside it, or in a folder that a site generator fills.
    Links to folders are followed, and each folder is read once.
    What stands in the way goes to `report`: where, the key of its text in words.py, and that text's values by name.
    """

    def unreadable(error: OSError) -> None:
        report(error.filename, "folder", reason=error)

    try:
        folder, there = root.is_dir(), root.exists()
    except (OSError, ValueError):  # a name too long, or with a NUL in it
        folder = there = False
    if not there:
        report(root, "missing")
    elif not folder:
        yield root, root.name
    else:
        found: list[tuple[str, Path]] = []
        seen, tops = set[str](), [root]
        for top in tops:  # linked folders come last: what has a name of its own keeps it
            for here, folders, names in os.walk(top, onerror=unreadable):
                folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _OTHERS)
                if (real := os.path.realpath(here)) in seen:
                    folders.clear()
                    continue
                seen.add(real)
                tops += [path for path in (Path(here, name) for name in folders) if path.is_symlink()]
                paths = [Path(here, name) for name in names if not name.startswith(".")]
                found += [(path.relative_to(root).as_posix(), path) for path in paths if path.suffix.lower() in FORMATS]
        if not found:
            report(root, "no_document")
        yield from ((path, name) for name, path in _without_copies(sorted(found)))


def _without_copies(found: list[tuple[str, Path]]) -> list[tuple[str, Path]]:
    """The files without pages that were made of others, what a browser saves beside a page, and what a site shows for a wrong address."""
    forms = {name: FORMATS[path.suffix.lower()] for name, path in found}
    if "html" not in forms.values():
        return found
    pages, written = ({os.path.splitext(name)[0] for name in forms if forms[name] == form} for form in ("html", "markdown"))
    beside = {f"{page}{ending}" for page in pages for ending in ("_files", ".files")}
    made = {_called(stem.split("/")) for stem in written}

    def kept(name: str, path: Path) -> bool:
        stem = os.path.splitext(name)[0]
        built = [at for at, folder in enumerate(stem.split("/")[:-1], 1) if folder in _BUILT]
        copy = stem in written or (built and _called(stem.split("/")[built[-1] :]) in made)
        return not (copy or path.stem == "404" or not beside.isdisjoint(map(str, PurePosixPath(name).parents)))

    return [(name, path) for name, path in found if forms[name] != "html" or kept(name, path)]


def _called(places: list[str]) -> str:
    """What a page is called, where it stands below some folders: "returns/index" is "returns"."""
    named = [place for place in places if place.lower() not in ("index", "readme")]
    return named[-1] if named else "index"


def content(path: Path) -> bytes:
    """What a file holds. Raises OSError for one that is not ordinary, too: whoever opens a pipe waits for its writer."""
    if path.exists() and not path.is_file():
        raise OSError(errno.ESPIPE, "not an ordinary file", str(path))
    return path.read_bytes()


def stamp(paths: Iterable[Path]) -> frozenset[tuple[str, int, int]]:
    """What tells one state of the documents from another, without reading them: their names, times of change (ns) and sizes (bytes)."""
    found = set()
    for path in paths:
        for file, _ in documents_at(path, lambda *_, **__: None):
            with suppress(OSError):
                status = file.stat()
                found.add((str(file), status.st_mtime_ns, status.st_size))
    return frozenset(found)
