"""The JSON of an answer: one shape for the command line, HTTP and Python. Keys are only ever added."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from search.document import Answer, Chunk, Hit, Part

_ASKED = {"score", "confidence", "matched", "marks", "step", "similar"}  # keys of a hit that depend on the question
_SURROGATE = re.compile("[\ud800-\udfff]")


def to_json(answer: Answer) -> dict[str, Any]:
    """The answer as plain dicts, lists and strings, its keys in a fixed order, ready for `json.dumps`.

    Scores and weights have 6 decimals, confidences 4. A lone surrogate, which not every JSON reader accepts, becomes U+FFFD.
    """
    clean: dict[str, Any] = _clean(_answer(answer))
    return clean


def to_bytes(answer: Answer) -> bytes:
    """`to_json` as compact JSON in UTF-8. A lone surrogate, which few texts have, is looked for once and not string by string."""
    text = json.dumps(_answer(answer), ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text).encode()


def _answer(answer: Answer) -> dict[str, Any]:
    procedure = answer.procedure
    return {
        "question": answer.question,
        "language": answer.language,
        "answered": answer.answered,
        "confidence": round(float(answer.confidence), 4),
        "hits": [_hit(hit) for hit in answer.hits],
        "procedure": procedure and _procedure(procedure),
        "understood": list(answer.understood),
        "missing": list(answer.missing),
        "open_question": answer.open_question,
    }


def _procedure(chunk: Chunk) -> dict[str, Any]:
    return {"id": chunk.id, "title": chunk.title, "steps": list(chunk.steps), "parts": [_part(part) for part in chunk.parts]}


def chunk_to_json(chunk: Chunk, translations: Mapping[str, str]) -> dict[str, Any]:
    """One chunk, by the keys of a hit that do not depend on a question."""
    shape = _hit(Hit(chunk, 0.0, 0.0, translations=translations))
    clean: dict[str, Any] = _clean({key: value for key, value in shape.items() if key not in _ASKED})
    return clean


def _hit(hit: Hit) -> dict[str, Any]:
    chunk, source = hit.chunk, hit.chunk.source
    return {
        "id": chunk.id,
        "kind": chunk.kind,
        "language": chunk.language,
        "title": chunk.title,
        "path": list(chunk.path),
        "answer": chunk.answer,
        "steps": list(chunk.steps),
        "score": round(float(hit.score), 6),
        "confidence": round(float(hit.confidence), 4),
        "source": {
            "document": source.document,
            "title": source.title,
            "url": source.url,
            "published": source.published,
            "name": source.name,
        },
        "matched": [
            {"question": m.question, "term": m.term, "field": m.field, "weight": round(float(m.weight), 6), "via": m.via}
            for m in hit.matched
        ],
        "translations": dict(hit.translations),
        "drafts": list(chunk.drafts),
        "parts": [_part(part) for part in chunk.parts],
        "aliases": list(chunk.aliases),
        "marks": {name: [[int(a), int(b)] for a, b in ranges] for name, ranges in hit.marks.items()},
        "step": hit.step,
        "similar": list(hit.similar),
        "links": list(chunk.links),
        "anchor": chunk.anchor or None,
    }


def _part(part: Part) -> dict[str, Any]:
    references, addresses = [[list(one) for one in ranges] for ranges in (part.references, part.addresses)]
    return {"kind": part.kind, "text": part.text, "number": part.number, "references": references, "addresses": addresses}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list) else value
