"""Wenlu: the one answer, and its procedure, to a question in Chinese or English, out of plain documents."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from search.chunk import chunk_documents
    from search.corpora import load_corpus
    from search.document import Answer, Chunk, Document, Hit, Match, Part, Source
    from search.errors import DependencyError, DocumentError, IndexFileError, QuestionError, WenluError
    from search.index import Index
    from search.read import read_documents
    from search.wire import to_json

__version__ = "0.1.0"
__all__ = [
    "Answer",
    "Chunk",
    "DependencyError",
    "Document",
    "DocumentError",
    "Hit",
    "Index",
    "IndexFileError",
    "Match",
    "Part",
    "QuestionError",
    "Source",
    "WenluError",
    "__version__",
    "chunk_documents",
    "load_corpus",
    "read_documents",
    "to_json",
]

_HOMES = {
    "chunk": ("chunk_documents",),
    "corpora": ("load_corpus",),
    "document": ("Answer", "Chunk", "Document", "Hit", "Match", "Part", "Source"),
    "errors": ("DependencyError", "DocumentError", "IndexFileError", "QuestionError", "WenluError"),
    "index": ("Index",),
    "read": ("read_documents",),
    "wire": ("to_json",),
}


def __getattr__(name: str) -> Any:
    # For start-up time: `wenlu --help`, and the build of the package, need none of the numerical libraries behind Index.
    for module, names in _HOMES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(f"search.{module}"), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
