"""Markdown and rendered pages as headings and blocks, with the marks of the usual site generators."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from search import dialects, hypertext
from search.document import PartKind
from search.normalize import HAN
from search.outline import (
    ASK,
    LISTED,
    REPLY,
    STEP,
    WORDS,
    Block,
    Section,
    bare_question,
    is_advertisement,
    key,
    numbered,
    split_question,
)

_HAN_LETTER = re.compile(f"[{HAN}]")
_WORDS = re.compile(rf"[{HAN}]|\w \w")  # of a caption, where a mere name of a file has none
_IMPORT = re.compile(r"(?:import\s.{1,200}['\"];?|export\s+(?:default|const|function)\b.*)\s*$")
_ANCHOR = re.compile(r"\s*\{#([^{}\s]+)[^{}]*\}[\s#]*$")
_ATTRIBUTES = re.compile(r"\s*\{:?\s*[.#][^{}]*\}[\s#]*$")  # of a heading
_INLINE = re.compile(r"[\\`*_\[<&~{]|  \n")  # without any of these a paragraph has no markup
_COMPONENT = re.compile(r"\s*</?[A-Z][\w.]*(?:\s[^<>]*=[^<>]*>?|\s*/?>)\s*")  # a component's tag, over several lines
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_OPENS_LINK = re.compile(r"""(?i)<a\s[^>]*?\bhref\s*=\s*["']?([^"'\s>]+)""")
_LINK = re.compile(r"<a\b[^<>]*?\bhref\s*=\s*([\"'])([^\"'<>]*)\1[^<>]*>(.{1,500}?)</a\s*>", re.I | re.S)
_PICTURE = re.compile(r"<(figure)\b.*</\1\s*>", re.I | re.S)  # with its caption
_STRUCTURE = re.compile(r"<(?:h[1-6]|[ou]l|dl|table)\b", re.I)  # elements that are more than their text
_SUMMARY = re.compile(r"<summary\b[^<>]{0,200}>(.{1,500}?)</summary\s*>", re.I | re.S)
_WRITTEN = re.compile(r"^ {0,3}(?:#{1,6}|[-*+>]|\d+[.)]|```|~~~)|\*\*|\]\(", re.M)  # what Markdown has and HTML has not
_NOTE = re.compile(r":{3,}\s*\{?([\w-]*)[}\s\[]*(.*?)\]?$")  # `:::tip Title` … `:::`
_ADMONITION = re.compile(r"(?:!!!|\?\?\?\+?)[ ]+[A-Za-z][A-Za-z -]*(?:\"(.*)\")?$")  # its text is indented
_SITE = re.compile(r"\s*[|｜–—·-]\s*\S.{0,60}")  # what follows the title in the head of a page
_NUMBERED_REPLY = re.compile(r"^A\s?\d{1,2}[.、]\s*")
_POINT = re.compile(
    rf"\d{{1,2}}(?:、|[.．](?=[{HAN}]))|[①-⑳]|[（(]\d{{1,2}}[）)](?=\s*[{HAN}])|(?:第[一二三四五六七八九十]步|步骤\s*\w)[：:、]|:[ \t]"
)
_NUMBER = re.compile(r"_\d*|h_(?:[0-9a-f]{10}|[0-9A-Z]{26})")  # an id that a program drew: Python-Markdown, Intercom, Zendesk
_SILENT = ("softbreak", "hardbreak", "html_inline")  # spans that say nothing
_FILE = re.compile(r"(?i)\.(?:png|jpe?g|gif|svg|webp|avif|bmp)$")  # how the name of a picture's file ends
_CALLOUT = re.compile(r"\[!([\w-]+)[^\]]*\][+-]?[ \t]*(.*)")  # of GitHub and Obsidian, with a sign that folds it
_BOLD = re.compile(r"(\*\*|__)(?=\S)([^\n]{1,200}?)(?<=\S)\1")
_ASIDE = 7  # the level of a question that is no heading: below all headings


def outline(text: str, rendered: bool = False, faq: bool = False) -> list[Section | Block]:
    """The headings and blocks of a text with markup, in reading order. A paragraph that asks is a heading, too, when an answer follows.

    `faq`, if what names the document says that it is one of questions and answers.
    """
    items = list(_walk(_page(text) if rendered else _nodes(dialects.to_markdown(text)), faq=faq))
    return _stepped(_asked_and_answered(_numbered_questions(_unframed(items))))


def _asked_and_answered(items: Sequence[Section | Block]) -> Iterator[Section | Block]:
    """The items, with a heading in the place of each paragraph that asks and has an answer, and answers without their mark."""
    heading, replied = Section(0, ""), False
    for item, following in zip(items, [*items[1:], None], strict=False):
        beside = heading.level if heading.asked else _ASIDE  # the level of a question here
        if isinstance(item, Block):
            title, answer = _question(item, following)
            if title:
                yield Section(beside, title, role="question")
                item, replied = item._replace(text=_NUMBERED_REPLY.sub("", answer)), True
            elif replied and (
                mark := REPLY.match(text := item.text.removeprefix("- ")) or _NUMBERED_REPLY.match(text)
            ):  # a list in a quotation, too
                item = item._replace(text=text[mark.end() :])
        elif item.level == _ASIDE:
            item.level, replied = beside if item.title else _ASIDE, bool(item.title)
        else:
            heading, replied = item, False
            if item.asked and isinstance(following, Block) and REPLY.match(following.text):
                item.title, item.role, replied = bare_question(item.title), "question", True
        yield item


def _unframed(items: Sequence[Section | Block]) -> list[Section | Block]:
    """The items without what a saved page shows around its article: its name in the head, marks to click, links to related pages."""
    out, related, held = list[Section | Block](), False, list[Section]()
    title = next((item.title for item in items if isinstance(item, Section)), "")
    headed = False
    for item in items:
        if isinstance(item, Section):
            headed, related = True, bool(WORDS["furniture"].fullmatch(item.title))
            held = [item] if related else []
            if related:
                continue
        elif title and not headed and item.text.startswith(title) and _SITE.fullmatch(item.text, len(title)):
            continue
        elif not item.asks and WORDS["furniture"].fullmatch(item.text):
            related = True
            continue
        elif related and item.links and _packed(item.text) == "".join(_packed(words) for _, words in item.links):
            continue
        else:
            out += held  # there is more below the heading than links
            held = []
        out.append(item)
    return out


def _packed(text: str) -> str:
    return "".join(re.sub(r"(?m)^\s*- ", "", text).split())


def _numbered_questions(items: Sequence[Section | Block]) -> list[Section | Block]:
    """The items, with the paragraphs below a heading that ask and are numbered marked as questions, if there are several.

    So are the items of lists, if most ask and each is over its answer, which nobody indented.
    """
    out, asked, listed, heading = list(items), list[int](), list[int](), Section(0, "")
    for at, item in enumerate([*items, Section(0, "")]):
        if isinstance(item, Section):
            asked = asked or _over_answers(items, listed, at)
            for place in asked if len(asked) > 1 and not heading.asked else ():
                block = out[place]
                assert isinstance(block, Block)
                out[place] = block._replace(kind="text", number=0, asks=block.text.partition("\n")[0])
            asked, listed, heading = [], [], item
        elif item.kind == "step":
            listed.append(at)
        elif (
            item.kind == "text"
            and not item.asks
            and LISTED.match(first := item.text.partition("\n")[0])
            and first.endswith(("?", "？"))
        ):
            asked.append(at)
    return out


def _over_answers(items: Sequence[Section | Block], listed: list[int], end: int) -> list[int]:
    """The places of the items of a list, where most ask and each has an answer, most of them below it; else none."""
    firsts = [item.text.partition("\n") for item in map(items.__getitem__, listed) if isinstance(item, Block)]
    below = [at + 1 < after for at, after in zip(listed, [*listed, end][1:], strict=True)]
    answered = all(first[2] or over for first, over in zip(firsts, below, strict=True)) and 2 * sum(below) > len(listed)
    return listed if answered and 2 * sum(bool(re.search("[?？]", first[0])) for first in firsts) > len(listed) else []


def _stepped(items: Iterable[Section | Block]) -> list[Section | Block]:
    """The items, with paragraphs that are numbered 1, 2, 3 below one heading as steps, whatever stands between them."""
    out, runs, shapes = list[Section | Block](), list[list[int]](), dict[str, list[int]]()
    for item in items:
        if isinstance(item, Section):
            _number(out, runs)
            runs, shapes = [], {}
            out.append(item)
            continue
        for block in _numbered_lines(item) if item.kind == "text" else (item,):
            if mark := _step_mark(block):
                number, shape = numbered(mark), re.sub(r"\w|\s", "", mark[0])
                if number == 1:
                    shapes[shape] = []
                    runs.append(shapes[shape])
                if number == len(run := shapes.get(shape, [])) + 1:
                    run.append(len(out))
            out.append(block)
    _number(out, runs)
    return out


def _number(blocks: list[Section | Block], runs: Iterable[Sequence[int]]) -> None:
    """Makes steps of the blocks in some places, run by run, but for those between the steps of another run."""
    end = -1
    for run in runs:  # in the order of their beginnings
        if len(run) < 2 or run[0] < end:
            continue
        end = run[-1]
        for number, at in enumerate(run, 1):
            block = blocks[at]
            if isinstance(block, Block) and (mark := _step_mark(block)):
                blocks[at] = block._replace(kind="step", number=number, text=block.text[mark.end() :])


def _step_mark(block: Block) -> re.Match[str] | None:
    """The mark that numbers a paragraph, or tells an item of a list to be a step; none of a question."""
    mark = STEP.match(block.text) or (LISTED.match(block.text) if block.kind == "text" else None)
    first, _, rest = block.text.partition("\n")
    if not mark or block.kind not in ("text", "item") or first.endswith(("?", "？")) or REPLY.match(rest):
        return None
    return mark if block.text[mark.end() :].strip() and not mark[0].strip()[-1].isalnum() else None


def _numbered_lines(block: Block) -> list[Block]:
    """The lines of a paragraph as blocks, each that is numbered with those below it, where one number follows another."""
    pieces, marks = [list[str]()], list[int]()
    for line in block.text.split("\n"):
        if mark := _step_mark(block._replace(text=line)):
            marks.append(numbered(mark))
            pieces.append([])
        pieces[-1].append(line)
    if len(marks) < 2 or marks != list(range(marks[0], marks[0] + len(marks))):
        return [block]
    texts = map("\n".join, filter(None, pieces))
    return [block._replace(text=text, links=tuple(link for link in block.links if link[1] in text)) for text in texts]


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": 60}).enable(["table", "strikethrough"])
    parser.core.ruler.at("inline", _inline)
    return parser


def _nodes(text: str) -> list[SyntaxTreeNode]:
    if (
        _STRUCTURE.search(text)
        and not _WRITTEN.search(text)
        and all(map(re.compile(r"\s*<[!/a-z]").match, re.split(r"\n[ \t]*\n", text.strip())))
    ):
        return _page(text)  # HTML all through
    return SyntaxTreeNode(_parser().parse(text)).children


def _page(html: str) -> list[SyntaxTreeNode]:
    """The same of a rendered page."""
    tokens = hypertext.tokens(html)
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "inline":
            cell = before is not None and before.type == "td_open"
            content, token.meta["links"], token.meta["pictured"] = _shown(token.children or [], cell)
            token.content, token.children = _stripped(content), None
    return SyntaxTreeNode(tokens).children


def _inline(state: StateCore) -> None:
    """In the place of the parser's own rule: an inline token gets the text that a reader sees and, in `meta`, the links in it
    and the words in bold that open it."""
    for before, token in zip([None, *state.tokens], state.tokens, strict=False):
        if token.type == "inline":
            source = token.content = dialects.inline(token.content)
            if _INLINE.search(source) and source.count("[") < 1000:  # floods of brackets take quadratic time
                cell = before is not None and before.type in ("th_open", "td_open")
                token.content, token.meta["links"], token.meta["pictured"] = _read(state, source, cell)
                if bold := _BOLD.match(source):
                    token.meta["bold"] = _read(state, bold[2])[0]
            token.content = _stripped(token.content)


def _read(state: StateCore, source: str, cell: bool = False) -> tuple[str, tuple[tuple[str, str], ...], bool]:
    spans: list[Token] = []
    state.md.inline.parse(source, state.md, state.env, spans)
    return _shown(spans, cell)


def _stripped(text: str) -> str:
    return "\n".join(line.strip(" \t") for line in text.split("\n"))


def _shown(spans: Sequence[Token], cell: bool = False) -> tuple[str, tuple[tuple[str, str], ...], bool]:
    """The text that a reader sees of a paragraph or of a `cell` of a table, its links, and whether all of it is what pictures are called."""
    pictures = {id(span): span.content for span in spans if span.type == "image"}
    told = any(id(span) not in pictures and span.type not in _SILENT and span.content.strip() for span in spans)
    named = cell and not told and not any(map(_FILE.search, pictures.values()))  # pictures in the place of words
    out: list[str] = []
    links: list[tuple[str, str]] = []
    link, begin = "", 0
    last = {span.content: at for at, span in enumerate(spans) if span.type == "html_inline"}
    left = enumerate(spans)
    for at, span in left:
        if span.type in ("text", "text_special"):  # CommonMark misses the end of emphasis between punctuation and a Han character
            out.append(re.sub(r"(?<!\d)\*\*|\*\*(?!\d)", "", span.content) if "**" in span.content else span.content)
        elif span.type == "code_inline" or (span.type == "image" and (_is_caption(span.content) or named)):
            out.append(span.content)
        elif span.type == "softbreak":
            out.append("\n\v" if at and spans[at - 1].type == "image" and out and out[-1] else "\n")  # a picture over its caption
        elif span.type == "hardbreak" or (span.type == "html_inline" and span.content[:3].lower() == "<br"):
            out.append("\n\v")  # a line end that stays one
        elif span.type == "link_open":
            link, begin = str(span.attrGet("href") or ""), len(out)
        elif span.type == "link_close" or (link and span.type == "html_inline" and span.content[:3].lower() == "</a"):
            links.append((link, _joined("".join(out[begin:]).split("\n"))))
            link = ""
        elif span.type == "html_inline" and (anchor := _OPENS_LINK.match(span.content)):
            link, begin = html.unescape(anchor[1]), len(out)
        elif span.type == "html_inline" and (tag := re.match(r"<(\w+)\s[^>]*\bsrc\s*=", span.content)):
            end = f"</{tag[1]}>"  # of an element that shows another file, whose text is a mere label
            if last.get(end, 0) > at:
                next(inner for _, inner in left if inner.content == end)
    text = re.sub(r"\{/\*[^{}]*\*/\}", "", "".join(out))
    return "" if _COMPONENT.fullmatch(text) else text, tuple(links), bool(pictures) and not told


def _is_caption(alternative: str) -> bool:
    """Whether the text in the place of a picture says something: it is no name of a file, and not the word "picture"."""
    return bool(
        _WORDS.search(alternative) and not _FILE.search(alternative) and not WORDS["picture"].fullmatch(alternative.strip())
    )


def _question(block: Block, following: Section | Block | None) -> tuple[str, str]:
    """The question that a paragraph asks, and the rest of it, which answers or is empty; no question when none has an answer."""
    match = ASK.match(block.text) if block.kind == "text" else None
    first, _, rest = block.text.partition("\n")
    if block.kind == "text" and first.endswith(("?", "？")) and (reply := REPLY.match(rest) or re.match(r":[ \t]+", rest)):
        return bare_question(first), rest[reply.end() :]
    if block.asks:
        title, answer = bare_question(block.asks), REPLY.sub("", block.text[len(block.asks) :].lstrip(" \n:：—–-"))
        answered = isinstance(following, Block) and not following.asks
    elif match:
        title, answer = split_question(block.text[match.end() :])
        answered = isinstance(following, Block) and bool(REPLY.match(following.text))
    return (" ".join(title.split()), answer) if (block.asks or match) and (answer or answered) else ("", "")


def _asks(node: SyntaxTreeNode) -> str:
    """The words in bold that open a paragraph, if they ask."""
    bold = " ".join(str(node.children[0].meta.get("bold", "")).split()) if node.type == "paragraph" else ""
    match, alone = ASK.match(bold), bold and bold == node.children[0].content and not bold.endswith((":", "："))
    asks = bold.endswith(("?", "？")) or (match and match.end() < len(bold)) or (alone and WORDS["question"].search(bold))
    return bold if asks else ""


def _walk(nodes: Sequence[SyntaxTreeNode], depth: int = 0, faq: bool = False) -> Iterator[Section | Block]:
    """A run of sibling nodes; what is nested in a list item or a quotation is folded into it. `faq`, if all is questions and answers."""
    aside = inside = hanging = False  # in a note between marks; in what a question opens; below a note whose text is indented
    above = top = 0 if faq else _ASIDE  # the level of the heading that stands above questions
    folds, folding = _folds(nodes), False  # the headings that have several folded texts below them; the last one has
    fresh = told = False  # a heading that asks has nothing below it yet; it has an answer, so what is asked there is part of that
    for at, node in enumerate(nodes):
        hanging = hanging and node.type == "code_block"
        if node.type != "heading":
            told, fresh = told or (fresh and not _asked(node)), False
        if node.type in ("paragraph", "heading"):
            content, links = node.children[0].content, node.children[0].meta.get("links", ())
            # A line of dashes under a paragraph makes a heading of it that nobody meant.
            underlined = node.markup in ("-", "=") and (len(content) > 80 or content.endswith(("。", ".")))
            if node.type == "heading" and not depth and not underlined:
                given, id = _ANCHOR.search(content), str(node.meta.get("id", ""))
                title = " ".join((content[: given.start()] if given else _ATTRIBUTES.sub("", content)).split())
                aside = False  # at the latest
                if title and not is_advertisement(title):
                    section = _section(int(node.tag[1]), title, id, given[1] if given else "")
                    fresh, told, folding = section.asked, False, not section.asked and at in folds
                    if section.level <= above:
                        above = section.level if WORDS["faq"].search(title) else top
                    yield section
                continue
            kind: PartKind = "note" if aside else "text"
            lines: list[str] = []
            for line in content.split("\n"):
                if line[:1] == "\v" and _NOTE.match(line, 1):  # after a hard break
                    line = line[1:]
                if mark := _NOTE.match(line):
                    said = re.sub(r"\s*:{3,}$", "", mark[2])  # which ends the note where it begins
                    kind, aside, line = "note", bool(mark[1]) and said == mark[2], said and said + "\v"
                elif depth and not lines and (mark := _CALLOUT.match(line)):
                    line = mark[2] and mark[2] + "\v"
                elif mark := _ADMONITION.match(line):
                    kind, hanging, line = "note", True, mark[1] and mark[1] + "\v"
                if line and not is_advertisement(line) and not _IMPORT.match(line):
                    lines.append(line)
            if lines:
                text, asks = _joined(lines), "" if depth or told or kind == "note" else _asks(node)
                pictured = bool(node.children[0].meta.get("pictured"))
                yield Block(kind, text, links=links, asks=asks if text.startswith(asks) else "", pictured=pictured)
        elif hanging:
            yield from _merged(_walk(_nodes(dialects.to_markdown(node.content)), depth + 1), "note")
        elif node.type == "code_block" and _is_prose(node.content):
            text = "\n".join(line.strip() for line in node.content.split("\n"))
            yield from _walk(_nodes(text), depth + 1) if depth < 3 else (Block("text", text),)
        elif node.type in ("fence", "code_block") and node.content.strip():
            yield Block("draft", node.content.strip("\n").rstrip())
        elif node.type in ("bullet_list", "ordered_list"):
            if not depth and not told and _asked(node):
                for item in node.children:
                    yield from _walk(item.children)
                yield Section(_ASIDE, "")
                continue
            questions = [_opening(item.children) for item in node.children] if above < _ASIDE and not depth else []
            if questions[1:] and all(questions):
                for question, item in zip(questions, node.children, strict=True):
                    _drop_line(item.children[0])
                    yield from (Section(_ASIDE, question, role="question"), *_walk(item.children))
                yield Section(_ASIDE, "")
                continue
            kind = "item" if node.type == "bullet_list" else "step"
            for number, item in enumerate(node.children, int(node.attrGet("start") or 1)):
                yield from _merged(_walk(item.children, depth + 1), kind, number if kind == "step" else 0)
        elif node.type == "blockquote":
            question = "" if depth else _callout_asks(node)
            if question:
                yield from (Section(_ASIDE, question, role="question"), *_walk(node.children), Section(_ASIDE, ""))
            else:
                yield from _merged(_walk(node.children, depth + 1), "note")
        elif node.type == "table":
            yield from _table(
                [[cell.children[0] for cell in row.children] for part in node.children for row in part.children], depth
            )
        elif node.type == "details":
            asked = "" if depth or len(node.children) < 2 else _asks(node.children[0])
            question = asked or ("" if depth else str(node.meta.get("titled", "")))
            id = str(node.meta.get("id", ""))
            yield from [_section(_ASIDE, bare_question(question), id, role="question" * bool(asked))] if question else []
            yield from _walk(node.children[1:] if question else node.children, depth)
            yield from [Section(_ASIDE, "")] if question else []
        elif node.type == "html_block":
            for block in _html(node.content, depth, folding and above < _ASIDE):
                inside = inside or (isinstance(block, Section) and bool(block.role))
                yield block
            if inside and node.content.rfind("</details") > node.content.rfind("<summary"):
                inside = False
                yield Section(_ASIDE, "")


def _folds(nodes: Sequence[SyntaxTreeNode]) -> set[int]:
    """The places of the headings with several texts folded under titles before the next heading."""
    found, count = set[int](), 0
    for at in range(len(nodes) - 1, -1, -1):
        if nodes[at].type == "heading":
            found |= {at} if count > 1 else set()
            count = 0
        elif nodes[at].type == "html_block":
            count += "<summary" in nodes[at].content
    return found


def _is_prose(text: str) -> bool:
    """Whether indented text is Chinese prose with marks of Markdown or numbers, and no code: its author only meant to indent it."""
    letters = re.findall(r"[^\W\d]", text)
    return bool(re.search(r"(?m)\*\*|\]\(|^\s*\d{1,2}[.,，、)）]", text)) and 2 * len(_HAN_LETTER.findall(text)) > len(letters)


def _callout_asks(node: SyntaxTreeNode) -> str:
    """The question that is the title of a callout, which is then without it; none where no answer follows."""
    mark = _CALLOUT.fullmatch(_first_line(node.children))
    if not mark or not mark[2].endswith(("?", "？")):
        return ""
    _drop_line(node.children[0])
    return bare_question(" ".join(mark[2].split()))


def _drop_line(paragraph: SyntaxTreeNode) -> None:
    """Takes the first line off a paragraph."""
    token = paragraph.children[0].token
    assert token
    token.content = token.content.partition("\n")[2]
    token.meta.pop("bold", None)


def _opening(item: Sequence[SyntaxTreeNode]) -> str:
    """The question that an item of a list opens with, on a line of its own, where an answer follows."""
    first = _first_line(item).strip()
    return bare_question(first) if first.endswith(("?", "？")) else ""


def _first_line(nodes: Sequence[SyntaxTreeNode]) -> str:
    """The first line of the paragraph that some nodes open with; "" where they open with none, or nothing follows that line."""
    if not nodes or nodes[0].type != "paragraph":
        return ""
    first, _, rest = nodes[0].children[0].content.partition("\n")
    return first if rest.strip() or nodes[1:] else ""


def _asked(node: SyntaxTreeNode) -> bool:
    """Whether a node opens with a question in bold; of a list, whether each item does and goes on."""
    if node.type not in ("bullet_list", "ordered_list"):
        return bool(_asks(node))
    return all(item.children and _answered(item.children) for item in node.children)


def _answered(item: Sequence[SyntaxTreeNode]) -> bool:
    """Whether an item of a list opens with a question in bold or a mark of one, and goes on."""
    if item[0].type != "paragraph":
        return False
    bold, (first, _, rest) = _asks(item[0]), item[0].children[0].content.partition("\n")
    replied = REPLY.match(rest or (item[1].children[0].content if item[1:] and item[1].type == "paragraph" else ""))
    return bool(item[1:] or first != bold or rest) if bold else bool(ASK.match(first) and replied)


def _table(rows: Sequence[Sequence[SyntaxTreeNode]], depth: int) -> Iterator[Section | Block]:
    """A table, or a question from each row where most of the first cells ask."""
    texts = [[" ".join(cell.content.split()).replace(" | ", " ｜ ") for cell in row] for row in rows]
    links = [tuple(link for cell in row for link in cell.meta.get("links", ())) for row in rows]
    asking = sum(row[0].endswith(("?", "？")) for row in texts if row)
    names = [] if texts and texts[0] and texts[0][0].endswith(("?", "？")) else texts[:1]
    body = texts[len(names) :]
    told = bool(names and WORDS["asked_column"].fullmatch(" | ".join(names[0])))
    if not depth and body and (told or asking * 2 > len(body)) and all(row and row[0] and any(row[1:]) for row in body):
        for (question, *cells), own in zip(body, links[len(names) :], strict=True):
            yield Section(_ASIDE, bare_question(question), role="question")
            labels = names[0][1:] if names and len(cells) > 1 else []
            named = [f"{labels[at]}：{cell}" if at < len(labels) else cell for at, cell in enumerate(cells) if cell]
            yield Block("text", "\n".join(named), links=own)
        yield Section(_ASIDE, "")
    else:
        yield Block("table", "\n".join(map(" | ".join, texts)), links=tuple(link for own in links for link in own))


def _merged(blocks: Iterable[Section | Block], kind: PartKind, number: int = 0) -> Iterator[Block]:
    """One block of what a list item or quotation holds; a block to copy inside stays one, and what follows it goes on as text."""
    lines: list[str] = []
    links: list[tuple[str, str]] = []
    for block in blocks:
        assert isinstance(block, Block)  # headings are read as such at the outermost level alone
        if block.kind != "draft":
            text = block.text if lines else re.sub(r"^\[[ xX]\]\s*", "", block.text)
            indented = text.replace("\n", "\n  ") if block.kind in ("item", "step") else text
            lines += [block._replace(text=indented).line] if text else []
            links += block.links
            continue
        if lines:
            yield Block(kind, "\n".join(lines), number, tuple(links))
            kind, number, lines, links = "note" if kind == "note" else "text", 0, [], []
        yield block
    if lines:
        yield Block(kind, "\n".join(lines), number, tuple(links))


def _joined(lines: Iterable[str]) -> str:
    """The lines of a paragraph as one, without spaces between Han characters; after 。 or ： an author meant the line to end."""
    out = [""]
    for line in filter(None, lines):
        if out[-1]:
            hard = line[0] == "\v" or out[-1][-1] in "\v。：；！？" or REPLY.match(line) or _POINT.match(line)
            out.append("\n" if hard else "" if min(out[-1][-1], line[0]) > "\u2e80" else " ")
        out.append(line)
    return "".join(out).replace("\v", "").strip()


def _html(source: str, depth: int, asked: bool = False) -> Iterator[Section | Block]:
    """What a block of HTML shows: comments, scripts and tags out, the Markdown between them read. `asked`, if what folds its text is a question."""
    shown = hypertext.UNSHOWN.sub("", source).strip()
    if re.match(r"<pre\b", shown, re.I):
        if text := html.unescape(_TAG.sub("", shown)).strip("\n"):
            yield Block("draft", text)
        return
    shown = dialects.without_expressions(shown)
    kind: PartKind = "note" if WORDS["callout"].match(shown) else "text"
    if kind == "text" and (_STRUCTURE.search(shown) or len(_SUMMARY.findall(shown)) > 1):
        yield from _walk(_page(shown), depth)
        return
    summary = None if depth else _SUMMARY.search(shown)
    question = _heading(html.unescape(_TAG.sub("", summary[1]))) if summary else ""
    if summary and (asked or summary[0].startswith(dialects.ASKS) or WORDS["question"].search(question)):
        yield Section(_ASIDE, bare_question(question), role="question")
        shown = shown[: summary.start()] + shown[summary.end() :]
    pictured = bool(_PICTURE.fullmatch(shown))
    shown = _LINK.sub(_markdown_link, shown)
    shown = re.sub(r"</t[dh]>\s*(?=<t[dh]\b)", " | ", shown)
    shown = re.sub(r"</(?:p|li|tr|div|h[1-6]|summary|dt|dd)>|<br\s?/?>", "\n\n", shown)
    text = "\n".join(line.strip() for line in dialects.beside_code(_TAG, "", shown).split("\n")).strip()
    for block in _walk(_nodes(text), depth + 1) if depth < 3 else (Block("text", text),):
        if isinstance(block, Block) and block.kind == "text":
            block = block._replace(kind=kind, pictured=pictured or block.pictured)
        yield block


def _heading(source: str) -> str:
    """What a reader sees of a heading."""
    [node, *_] = _nodes(f"# {' '.join(source.split())}")
    return " ".join(node.children[0].content.split()) if node.children else ""


def _markdown_link(link: re.Match[str]) -> str:
    """A link of HTML as one of Markdown; its text alone where that can't be."""
    words = " ".join(_TAG.sub("", link[3]).split())
    plain = words and not re.search(r"[\[\]\\`]", words) and not re.search(r"[<>\s]", link[2])
    target = html.unescape(link[2]).replace("(", "%28").replace(")", "%29")
    return f"[{words}]({target})" if plain else link[3]


def _section(level: int, title: str, id: str, given: str = "", role: str = "") -> Section:
    """A heading with the anchor that its author gave, or its place in the page, unless that is a mere number."""
    anchor = given or ("" if _NUMBER.fullmatch(id) else id)
    return Section(level, title, anchor, role, id, explicit=bool(anchor) and not _derived(id, title))


def _derived(id: str, title: str) -> bool:
    """Whether an id is what a generator makes of a title: its letters, or the ASCII ones among them, and maybe a number."""
    ids = {key(id), key(re.sub(r"[-_]\d+$", "", id))} if id else set()
    return not ids.isdisjoint((key(title), key(title.encode("ascii", "ignore").decode())))
