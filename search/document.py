"""What passes between the parts: documents, chunks, hits, answers. Plain immutable data, no behaviour beyond views of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args

Language = Literal["zh", "en"]
Answering = Literal["faq", "procedure", "section", "glossary"]
Kind = Literal[Answering, "open"]
PartKind = Literal["text", "step", "item", "draft", "note", "table"]
Via = Literal["exact", "stem", "script", "synonym", "pinyin", "spelling", "translation"]
Field = Literal["title", "alias", "path", "body"]

LANGUAGES: tuple[Language, ...] = ("zh", "en")
OTHER: dict[Language, Language] = {"zh": "en", "en": "zh"}
KINDS: tuple[Answering, ...] = get_args(Answering)
ALL_KINDS: tuple[Kind, ...] = (*KINDS, "open")
OUTSIDE = re.compile("(?i)https?://|mailto:")  # what an address that may be followed begins with: nothing that runs
FIELDS: tuple[Field, ...] = ("title", "alias", "path", "body")


class Document(NamedTuple):
    """One source file, or one passage of a JSONL file, decoded and with its metadata taken out.

    `name` is the path below the corpus folder with forward slashes ("zh/chat-with-support.md"), unique in a corpus.
    `text` is the body without front matter, or the HTML of a page's content. "faq" is a passage whose `title` is the question that it
    answers. `id` is a passage's own id, None for a file and for a question without one. Dates are ISO 8601 ("2026-03-05") or None.
    `aliases` are other names of it. `guessed` is whether nothing names its language but its text: a chunk of it may then be in the other one.
    """

    name: str
    format: Literal["markdown", "text", "html", "passage", "faq"]
    text: str
    title: str
    language: Language
    source: str | None = None
    url: str | None = None
    published: str | None = None
    id: str | None = None
    guessed: bool = False
    aliases: tuple[str, ...] = ()


class Part(NamedTuple):
    """One piece of an answer, in reading order.

    `step`s are numbered from 1 in each list; `item` is a bullet; `draft` is a block to copy, verbatim; `note` is a quotation or
    admonition (a reading aid beside a draft is one); `table` has one row a line, cells between " | ".
    `references` are the ranges of `text` that lead to other chunks, half-open, ascending, each with the id of its chunk;
    `addresses` those that lead out of the corpus, each with what it leads to.
    """

    kind: PartKind
    text: str
    number: int = 0
    references: tuple[tuple[int, int, str], ...] = ()
    addresses: tuple[tuple[int, int, str], ...] = ()

    @property
    def own(self) -> str:
        """The text with a line end in the place of each character of a reference: its words tell what the other chunk is about."""
        text = self.text
        for start, end, _ in self.references:
            text = text[:start] + "\n" * (end - start) + text[end:]
        return text

    @property
    def prefix(self) -> str:
        """What stands before the text in the plain answer: "1. " for a step, "- " for an item."""
        if self.kind == "step":
            return f"{self.number}. "
        return "- " if self.kind == "item" else ""


class Source(NamedTuple):
    """Where a chunk was published: the document's name and title, a link, and the ISO date of publication."""

    document: str
    title: str
    url: str | None = None
    published: str | None = None
    name: str | None = None  # the publisher's words for the source, as the front matter's `source` gives them


class Chunk(NamedTuple):
    """What is retrieved: one FAQ entry, procedure, section or glossary entry. An "open" one is a question without an answer, never a hit.

    `id` is "zh/chat-with-support#button-hidden" (document name without its ending, "#", anchor), or a passage's own id.
    `path` is the headings above it, outermost first, the document's title included when it is not the chunk's own title.
    `links` are ids of other chunks of the corpus, in the order they stand in the text.
    `anchor` is the place in its page that a link to it leads to, None for the page itself; pieces of one section share it.
    """

    id: str
    kind: Kind
    language: Language
    title: str
    path: tuple[str, ...]
    aliases: tuple[str, ...]
    parts: tuple[Part, ...]
    links: tuple[str, ...]
    source: Source
    anchor: str | None = None

    @property
    def answer(self) -> str:
        """The whole answer as plain text: its parts in order, a line (or more) each, steps numbered."""
        return "\n".join(part.prefix + part.text for part in self.parts)

    @property
    def steps(self) -> tuple[str, ...]:
        """The texts of the ordered steps, in reading order."""
        return tuple(part.text for part in self.parts if part.kind == "step")

    @property
    def drafts(self) -> tuple[str, ...]:
        """The blocks to copy, verbatim."""
        return tuple(part.text for part in self.parts if part.kind == "draft")

    @property
    def counterpart(self) -> str | None:
        """The id of the same chunk in the other language, if it has one: the same below that language's folder."""
        return self.within(f"{OTHER[self.language]}/")

    def within(self, folder: str) -> str | None:
        """The id with `folder` ("en/", or "" for none) in the place of the outermost folder called by its language; None without one."""
        if f"{self.language}/" not in self.id:  # a pattern would take longer to tell so of many chunks
            return None
        found, there = re.subn(rf"^(|[^#]*?/){self.language}/", rf"\g<1>{folder}", self.id)
        return found if there else None

    def placed(self) -> Iterator[tuple[Part, int]]:
        """Each part with the character offset of its text (after its prefix) in `answer`."""
        offset = 0
        for part in self.parts:
            yield part, offset + len(part.prefix)
            offset += len(part.prefix) + len(part.text) + 1


class Match(NamedTuple):
    """One term's part of a score: which word of the question met which term of the chunk, in which field, how, and how much.

    `weight` is in score units; the weights of a hit's matches sum to its score.
    """

    question: str
    term: str
    field: Field
    weight: float
    via: Via


class Hit(NamedTuple):
    """A chunk found for a question.

    `marks` holds half-open character ranges to highlight, sorted and disjoint, by "title" and "answer".
    `translations` maps a language to the id of the same chunk in it. `step` is the index into `chunk.steps` of the step that
    matched best, or None. `similar` are ids of near-duplicates that were folded into this hit.
    """

    chunk: Chunk
    score: float
    confidence: float
    matched: tuple[Match, ...] = ()
    marks: Mapping[str, tuple[tuple[int, int], ...]] = MappingProxyType({})
    translations: Mapping[str, str] = MappingProxyType({})
    step: int | None = None
    similar: tuple[str, ...] = ()

    def meetings(self) -> list[tuple[str, str, Via, dict[Field, float]]]:
        """Which word of the question met which term, and how, with what that adds by field; the heaviest first."""
        met: dict[tuple[str, str, Via], dict[Field, float]] = {}
        for match in self.matched:
            fields = met.setdefault((match.question, match.term, match.via), {})
            fields[match.field] = fields.get(match.field, 0.0) + match.weight
        return sorted(((*key, fields) for key, fields in met.items()), key=lambda meeting: -sum(meeting[-1].values()))


class Answer(NamedTuple):
    """What comes back for one question.

    `answered` is whether the best hit is confident enough to be the answer; the hits are there either way, best first.
    `understood` are the question's words that the corpus knows, `missing` those that it does not.
    `procedure` is the chunk whose steps solve the question: the one that the best hit links to, or the best procedure among the hits.
    `open_question` is the title of the question without an answer that comes closer than any hit, if one does, and `open_id` its id.
    """

    question: str
    language: Language
    answered: bool
    confidence: float
    hits: tuple[Hit, ...]
    procedure: Chunk | None = None
    understood: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    open_question: str | None = None
    open_id: str | None = None
