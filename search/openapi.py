"""What the HTTP API says of itself: the shapes of its JSON for the OpenAPI document, and a page that shows the document.

The shapes are those that `search.wire` makes; a test holds them against each other.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from search.document import Answering, Language, PartKind, Via
from search.document import Field as Place

Range = tuple[int, int]
Confidence = Annotated[float, Field(ge=0, le=1)]


class Source(BaseModel):
    """Where an entry was published."""

    document: str = Field(description="The document's name below its folder.")
    title: str
    url: str | None
    published: str | None = Field(description="ISO 8601 date.")
    name: str | None = Field(description="The publisher's own words for the source.")


class Part(BaseModel):
    """A piece of an answer, in reading order."""

    kind: PartKind
    text: str
    number: int = Field(description="A step's number in its list, from 1; 0 for other parts.")
    references: list[tuple[int, int, str]] = Field(
        description="Ranges of characters that lead to other entries, half-open, ascending, each with the entry's id."
    )
    addresses: list[tuple[int, int, str]] = Field(
        description="Ranges of characters that lead elsewhere, half-open, ascending, each with a URL: http, https or mailto."
    )


class Match(BaseModel):
    """What a word of the question added to the score. The weights of a hit's matches sum to its score."""

    question: str
    term: str
    field: Place
    weight: float
    via: Via


class Chunk(BaseModel):
    """One entry: an FAQ answer, a procedure, a section or a glossary entry."""

    id: str
    kind: Answering
    language: Language
    title: str
    path: list[str] = Field(description="The headings above it, outermost first.")
    answer: str = Field(description="The whole answer as plain text.")
    steps: list[str]
    source: Source
    translations: dict[Language, str] = Field(description="The id of the same entry in another language.")
    drafts: list[str] = Field(description="Blocks to copy, verbatim.")
    parts: list[Part]
    aliases: list[str] = Field(description="Other ways to ask.")
    links: list[str] = Field(description="Ids of the entries that the text links to.")
    anchor: str | None = Field(description="The entry's place in its page: `source.url`, `#`, `anchor` is the link to it.")


class Hit(Chunk):
    """An entry found for a question."""

    score: float
    confidence: Confidence
    matched: list[Match]
    marks: dict[str, list[Range]] = Field(description="Half-open character ranges to highlight in `title` and `answer`.")
    step: int | None = Field(description="The index of the step that matched best.")
    similar: list[str] = Field(description="Ids of near-duplicates folded into this hit.")


class Procedure(BaseModel):
    """What solves the question: steps to take, or a draft to send."""

    id: str
    title: str
    steps: list[str]
    parts: list[Part]


class Answer(BaseModel):
    """What comes back for one question: the same JSON as `wenlu ask --json` prints."""

    question: str
    language: Language
    answered: bool = Field(description="Whether the first hit is confident enough to be the answer.")
    confidence: Confidence
    hits: list[Hit]
    procedure: Procedure | None
    understood: list[str]
    missing: list[str]
    open_question: str | None = Field(description="A question without an answer here that comes closer than any hit.")


class Suggestion(BaseModel):
    """A title or alias that what was typed may become."""

    text: str
    field: Literal["title", "alias"]
    marks: list[Range] = Field(description="Half-open character ranges of `text` that were typed.")
    id: str
    title: str
    kind: Answering
    language: Language


class Suggestions(BaseModel):
    """What a question may become, the best first."""

    suggestions: list[Suggestion]


class Health(BaseModel):
    """That the service answers, and from which version of the documents."""

    status: Literal["ok"]
    version: str = Field(description="The version of the index, as in every ETag.")
    chunks: int
    languages: list[Language]


class Fault(BaseModel):
    """What is wrong with one parameter."""

    name: str
    reason: str


class Problem(BaseModel):
    """Why there is no answer, as problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str = Field(description="What to do, in Chinese or English by Accept-Language.")
    errors: list[Fault] = Field(default=[], description="With status 422, a fault for each wrong parameter.")


def problem_response(description: str) -> dict[str, Any]:
    """A response of the OpenAPI document whose body is a Problem."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": description, "content": content}


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document with the schema that `problem_response` refers to."""
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    faults = schema.pop("$defs")
    document.setdefault("components", {}).setdefault("schemas", {}).update(faults | {"Problem": schema})
    return document


# Swagger UI from a package and not from a content delivery network; started by a file, so that no inline script need be allowed.
DOCS = """<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Wenlu 问路: HTTP API</title>
<link rel="icon" href="docs/favicon.png"><link rel="stylesheet" href="docs/swagger-ui.css">
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script><script src="docs/start.js"></script>
</html>
"""
START = 'SwaggerUIBundle({url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null})\n'
DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
