"""What a saved index says of the versions that made it, and a chunk as it holds it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import Stemmer

from search import analyze
from search.document import Chunk, Part, PartKind, Source
from search.errors import IndexFileError
from search.tables import tables_version

FORMAT = 16  # of the saved form
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))  # made once, and not for each chunk


def analysis_version() -> str:
    return f"{analyze.VERSION}.{Stemmer.version()}.{tables_version()}"


def check_version(meta: Mapping[str, Any], place: str | Path, rebuild: str) -> None:
    """Raises IndexFileError for an index that another version made."""
    if meta.get("format") != FORMAT or meta.get("analysis") != analysis_version():
        raise IndexFileError(
            f"{place}: made by another version; make it anew with: {rebuild}",
            f"{place}：是别的版本生成的，请重新生成：{rebuild}",
        )


def pack_chunk(chunk: Chunk) -> bytes:
    """The chunk as JSON: a list of its fields' values in their order, and so its parts and its source."""
    source = chunk.source
    fields = (
        *(chunk.id, chunk.kind, chunk.language, chunk.title, chunk.path, chunk.aliases),
        [(part.kind, part.text, part.number, part.references, part.addresses) for part in chunk.parts],
        chunk.links,
        (source.document, source.title, source.url, source.published, source.name),
        chunk.anchor,
    )
    return _JSON.encode(fields).encode("utf-8", "replace")


def unpack_chunk(text: str | bytes) -> Chunk:
    """The chunk in JSON, as an index holds it."""
    id, kind, language, title, path, aliases, parts, links, source, anchor = json.loads(text)
    parts = tuple(_part(*part) for part in parts)
    return Chunk(id, kind, language, title, tuple(path), tuple(aliases), parts, tuple(links), Source(*source), anchor)


def _part(kind: PartKind, text: str, number: int, references: Sequence[Any], addresses: Sequence[Any]) -> Part:
    return Part(kind, text, number, *(tuple((start, end, to) for start, end, to in ranges) for ranges in (references, addresses)))
