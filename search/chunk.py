"""Documents become chunks: one FAQ entry, procedure, section or glossary entry each, whole, with the heading path above it.

Markdown and rendered pages (`_marked`) and plain text (`article`) are read into the same run of headings and blocks; the rest
sees nothing else. What makes a chunk of which kind is decided in `_kind`, what joins or splits sections in `_fold` and `_split`.
"""

from __future__ import annotations

import html
import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from search import article, hypertext
from search.document import Chunk, Document, Kind, Part, PartKind, Source
from search.normalize import HAN
from search.outline import ASK, LONGEST_ITEM, REPLY, STEP, WORDS, Block, Section, is_advertisement, split_question
from search.read import same_id

TARGET = {"zh": 600, "en": 1200}  # characters in a piece of a long section; up to twice as many stay whole
_LONGEST_ENTRY = 6000  # characters; a question with more below it, subheadings included, heads a chapter and not an answer
_DEFINITION = re.compile(r"([^：:]{1,40}?)\s*(?:：|:\s|\s[–—-]\s|——)\s*(\S.*)", re.S)
_WORDS = re.compile(rf"[{HAN}]|\w \w")  # of a caption, where a mere name of a file has none
_IMPORT = re.compile(r"(?:import\s.{1,200}['\"];?|export\s+(?:default|const|function)\b.*)\s*$")
_ANCHOR = re.compile(r"\s*\{#([^{}\s]+)[^{}]*\}[\s#]*$")
_INLINE = re.compile(r"[\\`*_\[<&~{]|  \n")  # without any of these a paragraph has no markup
_COMPONENT = re.compile(r"\s*</?[A-Z][\w.]*(?:\s[^<>]*=[^<>]*>?|\s*/?>)\s*")  # a component's tag, over several lines
_UNSHOWN = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\s*>|\Z)|<[?!][^<>]*>", re.I | re.S)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_STRUCTURE = re.compile(r"<(?:h[1-6]|[ou]l|dl|table)\b", re.I)  # elements that are more than their text
_SUMMARY = re.compile(r"<summary\b[^<>]{0,200}>(.{1,500}?)</summary\s*>", re.I | re.S)
_WRITTEN = re.compile(r"^ {0,3}(?:#{1,6}|[-*+>]|\d+[.)]|```|~~~)|\*\*|\]\(", re.M)  # what Markdown has and HTML has not
_SHORTCODE = re.compile(r"(?<!`)\{\{[<%]\s*(/?)\s*(\w*)[^{}]{0,500}[>%]\}\}(?!`)")  # of Hugo
_NOTE = re.compile(r":{3,}\s*\{?([\w-]*)[}\s\[]*(.*?)\]?$")  # `:::tip Title` … `:::`
_ADMONITION = re.compile(r"(?:!!!|\?\?\?\+?)[ ]+[a-z][a-z -]*(?:\"(.*)\")?$")  # its text is indented
_BOLD = re.compile(r"(\*\*|__)(?=\S)([^\n]{1,200}?)(?<=\S)\1")
_ASIDE = 7  # the level of a question that is no heading: below all headings

_Links = Sequence[tuple[tuple[str, str], ...]]  # of each part of a chunk: targets as written, and the words that lead there


# --- Markdown -----------------------------------------------------------------------------------------------------------------


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
    for token in tokens:
        if token.type == "inline":
            content, token.meta["links"] = _shown(token.children or [])
            token.content, token.children = _stripped(content), None
    return SyntaxTreeNode(tokens).children


def _inline(state: StateCore) -> None:
    """In the place of the parser's own rule: an inline token gets the text that a reader sees and, in `meta`, the links in it
    and the words in bold that open it."""
    for token in state.tokens:
        if token.type == "inline":
            source = token.content = _SHORTCODE.sub(_container, token.content)
            if _INLINE.search(source) and source.count("[") < 1000:  # floods of brackets take quadratic time
                token.content, token.meta["links"] = _read(state, source)
                if bold := _BOLD.match(source):
                    token.meta["bold"] = _read(state, bold[2])[0]
            token.content = _stripped(token.content)


def _container(shortcode: re.Match[str]) -> str:
    """In the place of a shortcode of Hugo: the mark of a note, or nothing."""
    return f"\n:::{'' if shortcode[1] else 'note'}\n" if WORDS["note"].fullmatch(shortcode[2]) else ""


def _read(state: StateCore, source: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    spans: list[Token] = []
    state.md.inline.parse(source, state.md, state.env, spans)
    return _shown(spans)


def _stripped(text: str) -> str:
    return "\n".join(line.strip(" \t") for line in text.split("\n"))


def _shown(spans: Sequence[Token]) -> tuple[str, tuple[tuple[str, str], ...]]:
    out: list[str] = []
    links: list[tuple[str, str]] = []
    link, begin = "", 0
    last = {span.content: at for at, span in enumerate(spans) if span.type == "html_inline"}
    left = enumerate(spans)
    for at, span in left:
        if span.type in ("text", "text_special"):  # CommonMark misses the end of emphasis between punctuation and a Han character
            out.append(re.sub(r"(?<!\d)\*\*|\*\*(?!\d)", "", span.content) if "**" in span.content else span.content)
        elif span.type == "code_inline" or (span.type == "image" and _WORDS.search(span.content)):
            out.append(span.content)
        elif span.type == "softbreak":
            out.append("\n")
        elif span.type == "hardbreak" or (span.type == "html_inline" and span.content[:3].lower() == "<br"):
            out.append("\n\v")  # a line end that stays one
        elif span.type == "link_open":
            link, begin = str(span.attrGet("href") or ""), len(out)
        elif span.type == "link_close":
            links.append((link, _joined("".join(out[begin:]).split("\n"))))
        elif span.type == "html_inline" and (tag := re.match(r"<(\w+)\s[^>]*\bsrc\s*=", span.content)):
            end = f"</{tag[1]}>"  # of an element that shows another file, whose text is a mere label
            if last.get(end, 0) > at:
                next(inner for _, inner in left if inner.content == end)
    text = re.sub(r"\{/\*[^{}]*\*/\}", "", "".join(out))
    return "" if _COMPONENT.fullmatch(text) else text, tuple(links)


def _marked(nodes: Iterable[SyntaxTreeNode]) -> Iterator[Section | Block]:
    """What a text with markup holds. A paragraph that asks is a heading, too, when an answer follows."""
    heading, replied = Section(0, ""), False
    items = list(_walk(nodes))
    for item, following in zip(items, [*items[1:], None], strict=False):
        beside = heading.level if heading.asked else _ASIDE  # the level of a question here
        if isinstance(item, Block):
            title, answer = _question(item, following)
            if title:
                yield Section(beside, title, role="question")
                item, replied = item._replace(text=answer), True
            elif replied:
                item = item._replace(text=REPLY.sub("", item.text))
        elif item.level == _ASIDE:
            item.level, replied = beside if item.title else _ASIDE, bool(item.title)
        else:
            heading, replied = item, False
            if (match := ASK.match(item.title)) and isinstance(following, Block) and REPLY.match(following.text):
                item.title, replied = item.title[match.end() :] or item.title, True
        yield item


def _question(block: Block, following: Section | Block | None) -> tuple[str, str]:
    """The question that a paragraph asks, and the rest of it, which answers or is empty; no question when none has an answer."""
    match = ASK.match(block.text) if block.kind == "text" else None
    if block.asks:
        title, answer = article.bare_title(block.asks), REPLY.sub("", block.text[len(block.asks) :].lstrip(" \n:：—–-"))
        answered = isinstance(following, Block) and not following.asks
    elif match:
        title, answer = split_question(block.text[match.end() :])
        answered = isinstance(following, Block) and bool(REPLY.match(following.text))
    return (" ".join(title.split()), answer) if (block.asks or match) and (answer or answered) else ("", "")


def _asks(node: SyntaxTreeNode) -> str:
    """The words in bold that open a paragraph, if they ask."""
    bold = " ".join(str(node.children[0].meta.get("bold", "")).split()) if node.type == "paragraph" else ""
    match = ASK.match(bold)
    return bold if bold.endswith(("?", "？")) or (match and match.end() < len(bold)) else ""


def _walk(nodes: Iterable[SyntaxTreeNode], depth: int = 0) -> Iterator[Section | Block]:
    """A run of sibling nodes; what is nested in a list item or a quotation is folded into it."""
    aside = inside = hanging = False  # in a note between marks; in what a question opens; below a note whose text is indented
    fresh = told = False  # a heading that asks has nothing below it yet; it has an answer, so what is asked there is part of that
    for node in nodes:
        hanging = hanging and node.type == "code_block"
        if node.type != "heading":
            told, fresh = told or (fresh and not _asked(node)), False
        if node.type in ("paragraph", "heading"):
            content, links = node.children[0].content, node.children[0].meta.get("links", ())
            # A line of dashes under a paragraph makes a heading of it that nobody meant.
            underlined = node.markup in ("-", "=") and (len(content) > 80 or content.endswith(("。", ".")))
            if node.type == "heading" and not depth and not underlined:
                given, id = _ANCHOR.search(content), str(node.meta.get("id", ""))
                title = " ".join((content[: given.start()] if given else content).split())
                anchor = given[1] if given else "" if re.fullmatch(r"_\d*", id) else id
                if title and not is_advertisement(title):
                    explicit = bool(anchor) and not _derived(id, title)
                    section = Section(int(node.tag[1]), title, anchor, id=id, explicit=explicit)
                    fresh, told = section.asked, False
                    yield section
                continue
            kind: PartKind = "note" if aside else "text"
            lines = []
            for line in content.split("\n"):
                if mark := _NOTE.match(line):
                    kind, aside, line = "note", bool(mark[1]), mark[2] and mark[2] + "\v"
                elif mark := _ADMONITION.match(line):
                    kind, hanging, line = "note", True, mark[1] and mark[1] + "\v"
                if line and not is_advertisement(line) and not _IMPORT.match(line):
                    lines.append(line)
            if lines:
                text, asks = _joined(lines), "" if depth or told else _asks(node)
                yield Block(kind, text, links=links, asks=asks if text.startswith(asks) else "")
        elif hanging:
            yield from _merged(_walk(_nodes(node.content), depth + 1), "note")
        elif node.type in ("fence", "code_block") and node.content.strip():
            yield Block("draft", node.content.strip("\n").rstrip())
        elif node.type in ("bullet_list", "ordered_list"):
            if not depth and not told and _asked(node):
                for item in node.children:
                    yield from _walk(item.children)
                yield Section(_ASIDE, "")
                continue
            kind = "item" if node.type == "bullet_list" else "step"
            for number, item in enumerate(node.children, int(node.attrGet("start") or 1)):
                yield from _merged(_walk(item.children, depth + 1), kind, number if kind == "step" else 0)
        elif node.type == "blockquote":
            yield from _merged(_walk(node.children, depth + 1), "note")
        elif node.type == "table":
            yield from _table(
                [[cell.children[0] for cell in row.children] for part in node.children for row in part.children], depth
            )
        elif node.type == "details":
            question = "" if depth or len(node.children) < 2 else _asks(node.children[0])
            yield from [Section(_ASIDE, article.bare_title(question), role="question")] if question else []
            yield from _walk(node.children[1:] if question else node.children, depth)
            yield from [Section(_ASIDE, "")] if question else []
        elif node.type == "html_block":
            for block in _html(node.content, depth):
                inside = inside or (isinstance(block, Section) and bool(block.role))
                yield block
            if inside and node.content.rfind("</details") > node.content.rfind("<summary"):
                inside = False
                yield Section(_ASIDE, "")


def _asked(node: SyntaxTreeNode) -> bool:
    """Whether a node opens with a question in bold; of a list, whether each item does and goes on."""
    if node.type not in ("bullet_list", "ordered_list"):
        return bool(_asks(node))
    items = [item.children for item in node.children]
    return all(item and (bold := _asks(item[0])) and (item[1:] or item[0].children[0].content != bold) for item in items)


def _table(rows: Sequence[Sequence[SyntaxTreeNode]], depth: int) -> Iterator[Section | Block]:
    """A table, or a question from each row where most of the first cells ask."""
    texts = [[" ".join(cell.content.split()) for cell in row] for row in rows]
    links = [tuple(link for cell in row for link in cell.meta.get("links", ())) for row in rows]
    asking = sum(row[0].endswith(("?", "？")) for row in texts if row)
    names = [] if texts and texts[0] and texts[0][0].endswith(("?", "？")) else texts[:1]
    body = texts[len(names) :]
    told = bool(names and WORDS["asked_column"].fullmatch(" | ".join(names[0])))
    if not depth and body and (told or asking * 2 > len(body)) and all(row and row[0] and any(row[1:]) for row in body):
        for (question, *cells), own in zip(body, links[len(names) :], strict=True):
            yield Section(_ASIDE, article.bare_title(question), role="question")
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
            text = block.text if lines else re.sub(r"^\[(?:!\w+|[ xX])\]\s*", "", block.text)
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
    for line in lines:
        if out[-1]:
            hard = line[0] == "\v" or out[-1][-1] in "\v。：；！？"
            out.append("\n" if hard else "" if min(out[-1][-1], line[0]) > "\u2e80" else " ")
        out.append(line)
    return "".join(out).replace("\v", "").strip()


def _html(source: str, depth: int) -> Iterator[Section | Block]:
    """What a block of HTML shows: comments, scripts and tags out, the Markdown between them read."""
    shown = _UNSHOWN.sub("", source).strip()
    if re.match(r"<pre\b", shown, re.I):
        if text := html.unescape(_TAG.sub("", shown)).strip("\n"):
            yield Block("draft", text)
        return
    kind: PartKind = "note" if WORDS["callout"].match(shown) else "text"
    if kind == "text" and (_STRUCTURE.search(shown) or len(_SUMMARY.findall(shown)) > 1):
        yield from _walk(_page(shown), depth)
        return
    summary = None if depth else _SUMMARY.search(shown)
    question = " ".join(html.unescape(_TAG.sub("", summary[1])).split()) if summary else ""
    if summary and question.endswith(("?", "？")):
        yield Section(_ASIDE, article.bare_title(question), role="question")
        shown = shown[: summary.start()] + shown[summary.end() :]
    shown = re.sub(r"</t[dh]>\s*(?=<t[dh]\b)", " | ", shown)
    shown = re.sub(r"</(?:p|li|tr|div|h[1-6]|summary|dt|dd)>|<br\s?/?>", "\n\n", shown)
    text = "\n".join(line.strip() for line in _TAG.sub("", shown).split("\n")).strip()
    for block in _walk(_nodes(text), depth + 1) if depth < 3 else (Block("text", text),):
        yield block._replace(kind=kind) if isinstance(block, Block) and block.kind == "text" else block


# --- sections -----------------------------------------------------------------------------------------------------------------


def _key(title: str) -> str:
    return re.sub(r"\W+", "", title).casefold()


def _derived(id: str, title: str) -> bool:
    """Whether an id is what a generator makes of a title: its letters, or the ASCII ones among them, and maybe a number."""
    ids = {_key(id), _key(re.sub(r"[-_]\d+$", "", id))} if id else set()
    return not ids.isdisjoint((_key(title), _key(title.encode("ascii", "ignore").decode())))


def _free(name: str, used: Counter[str]) -> str:
    """`name`, or with the first number behind it that nobody has."""
    free = name
    while used[free]:
        used[name] += 1
        free = f"{name}-{used[name]}" if name else str(used[name])
    used[free] += 1
    return free


def _sections(title: str, items: Iterable[Section | Block]) -> tuple[list[Section], Counter[str]]:
    """The sections in reading order, the document first, and their anchors. A top heading that is the title makes no section."""
    root = Section(0, title)
    sections, above = [root], [root]
    for item in items:
        if isinstance(item, Block):
            above[-1].blocks += [item] if item.text.strip() else []
        elif item.level == 1 and len(sections) == 1 and not root.blocks and not root.role and _key(item.title) == _key(title):
            root.title, root.anchor, root.role, root.id = item.title, item.anchor if item.explicit else "", "title", item.id
        else:
            while len(above) > 1 and above[-1].level >= item.level:
                above.pop()
            if not item.title:  # it ends what stands beside the headings
                continue
            names = {_key(section.title): section.title for section in reversed(above)}
            names.pop(_key(item.title), None)
            item.path = tuple(filter(None, reversed(names.values())))
            above[-1].children.append(item)
            sections.append(item)
            above.append(item)
    used = Counter([""])
    for section in sections:  # the authors' anchors first
        section.anchor = _free(section.anchor, used) if section.anchor else ""
    for section in sections[1:]:
        section.anchor = section.anchor or _free(_slug(section.title), used)
    return sections, used


def _slug(title: str) -> str:
    return re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", title[:200].lower())).strip("-")[:60] or "section"


def _fold(sections: Sequence[Section], plain: bool) -> None:
    """Joins what belongs together: the parts of one answer, the steps of one procedure."""
    for section in sections:
        if section.gone:
            continue
        if _is_one_answer(section):
            for part in section.below():
                section.blocks += [Block("text", part.title), *part.blocks]
                part.gone = True
        else:
            _list_steps(section, plain)


def _is_one_answer(section: Section) -> bool:
    """Whether all that stands below a heading is one answer, of no more than a reader wants and with no entry of its own in it."""
    below = list(section.below())
    whole = section.asked or all(WORDS["aspect"].fullmatch(part.title) for part in below)
    own = any(part.asked or part.explicit for part in below)
    size = section.size + sum(part.size for part in below)
    return bool(section.level and below and whole and not own and size <= _LONGEST_ENTRY)


def _list_steps(section: Section, plain: bool) -> None:
    """Steps with headings of their own are listed above them; short ones of a plain text, and bare headings, become the list."""
    leaves = [child for child in section.children if not child.children]
    steps = [child for child in leaves if child.stepped]
    short = len(steps) > 1 and all(step.size + len(step.title) <= LONGEST_ITEM for step in steps)
    number = 0
    for child in leaves:
        child.gone = plain and ((not child.blocks and child.role != "emptied") or (short and child.stepped))
        if child.gone and child.asked:
            section.blocks.append(Block("text", child.title))
        elif child.gone or (child.stepped and len(steps) > 1):
            number += 1
            lines = [STEP.sub("", child.title, count=1) or child.title]
            lines += [block.line for block in child.blocks if child.gone]
            section.blocks.append(Block("step", "\n".join(lines), number, () if child.gone else ((f"#{child.anchor}", ""),)))


def _kind(section: Section, blocks: Sequence[Block], aliases: Sequence[str], document: Document) -> Kind:
    """What a section is to somebody who asks. The first rule that fits decides."""
    names, kinds = (document.name, document.title, *section.path), {block.kind for block in blocks}
    if section.level and any(map(WORDS["glossary"].fullmatch, names)):
        return "glossary"
    if section.asked:
        return "faq"
    if section.stepped:
        return "procedure"
    if section.level and all(child.gone for child in section.children) and any(map(WORDS["faq"].search, names)):
        return "faq"
    if "step" in kinds or ("draft" in kinds and WORDS["template"].search(section.title)):
        return "procedure"
    return "faq" if aliases or WORDS["question"].search(section.title) else "section"


def _is_contents(section: Section) -> bool:
    """Whether all that a section has is a list of links to places in its own page."""
    links = [link for block in section.blocks for link in block.links]
    lines = [re.sub(r"^\s*(?:-|\d+\.)\s+", "", line) for block in section.blocks for line in block.text.split("\n")]
    listed = all(block.kind in ("item", "step") for block in section.blocks)
    return listed and len(lines) > 1 and lines == [words for target, words in links if target.startswith("#")]


def _aliases(blocks: Iterable[Block]) -> tuple[list[str], list[Block]]:
    """The other ways to ask, and the blocks without their list."""
    aliases: list[str] = []
    rest: list[Block] = []
    listing = False
    for block in blocks:
        text = block.text
        if block.kind == "text" and (match := WORDS["also"].match(text)):
            aliases += filter(None, map(str.strip, re.split(r"[；;/|\n]", text[match.end() :])))
            listing = match.end() == len(text)
        elif listing and block.kind in ("item", "step"):
            aliases.append(text)
        else:
            listing = False
            rest.append(block)
    return aliases, rest


def _definitions(blocks: Sequence[Block]) -> tuple[list[tuple[str, Block]], list[Block]]:
    """The entries of a glossary that come as list items or table rows, and the other blocks."""
    entries: list[tuple[str, Block]] = []
    rest: list[Block] = []
    for block in blocks:
        if block.kind == "item" and (match := _DEFINITION.fullmatch(block.text)):
            entries.append((match[1], block._replace(kind="text", text=match[2])))
        elif block.kind == "table":
            names, *rows = (line.split(" | ") for line in block.text.split("\n"))
            for term, *cells in rows:
                named = [(name, cell) for name, cell in zip(names[1:], cells, strict=False) if cell]
                text = "\n".join(f"{name}：{cell}" if len(names) > 2 else cell for name, cell in named)
                entries += [(term, block._replace(kind="text", text=text))] if term and text else []
        else:
            rest.append(block)
    return (entries, rest) if len(entries) > 1 else ([], list(blocks))


def _split(blocks: Sequence[Block], target: int) -> list[list[Block]]:
    """The blocks in runs of about `target` characters, or in one of up to twice as many."""
    if sum(len(block.text) for block in blocks) <= 2 * target:
        return [list(blocks)]
    runs: list[list[Block]] = [[]]
    size = 0
    for piece in (piece for block in blocks for piece in _pieces(block, target)):
        if size and size + len(piece.text) > target:
            runs.append([])
            size = 0
        runs[-1].append(piece)
        size += len(piece.text)
    return runs


def _pieces(block: Block, target: int) -> Iterator[Block]:
    """The block; text or a table of more than twice `target` characters is cut at the last sentence or row that ends before it."""
    text, start = block.text, 0
    if len(text) <= 2 * target or block.kind not in ("text", "table"):
        yield block
        return
    ends = re.compile(r"\n" if block.kind == "table" else r"[。！？!?；\n]|[.;]\s")
    while start < len(text):
        window = text[start : start + target]
        cut = max((match.end() for match in ends.finditer(window)), default=0) or window.rfind(" ") + 1 or target
        cut = cut if start + target < len(text) else target
        if window[:cut].strip():
            yield block._replace(text=window[:cut].strip())
        start += cut


# --- chunks -------------------------------------------------------------------------------------------------------------------


def chunk_documents(documents: Iterable[Document]) -> list[Chunk]:
    """The chunks of all documents in order, ids unique, links resolved across documents.

    Raises DocumentError when two passages have one id.
    """
    documents = list(documents)
    passages: dict[str, str] = {}  # ids → names
    for document in documents:
        if document.id in passages:
            raise same_id(document, passages[document.id])
        if document.id is not None:
            passages[document.id] = document.name
    stem_of = {document.name: posixpath.splitext(document.name)[0] for document in documents}
    stems = Counter(stem_of.values())
    used = Counter(passages.keys())
    places: dict[str, str] = {}  # "document#anchor", with and without the file's ending, → chunk id
    found: list[tuple[Chunk, _Links, str]] = []
    for document in documents:
        stem = stem_of[document.name]
        here = unquote(document.url or "") if document.format == "html" else document.name  # what its links start from
        for anchors, one, links in _chunks(document):
            if document.id is None:
                name, own = stem if stems[stem] == 1 else document.name, anchors[-1]
                one = replace(one, id=_free(f"{name}#{own}" if own else name, used))
            for anchor in anchors:
                places.setdefault(f"{posixpath.normpath(here)}#{anchor}", one.id)
                places.setdefault(f"{stem}#{anchor}", one.id)
            found.append((one, links, here))
    return [_linked(one, links, here, places) if any(links) else one for one, links, here in found]


def _linked(one: Chunk, links: _Links, here: str, places: Mapping[str, str]) -> Chunk:
    """The chunk with those of its links that lead to other chunks."""
    ids, parts = dict[str, None](), list[Part]()
    for part, own in zip(one.parts, links, strict=True):
        references, end = list[tuple[int, int, str]](), 0
        for target, words in own:
            file, _, anchor = unquote(target).partition("#")
            place = posixpath.normpath(posixpath.join(posixpath.dirname(here), file.lstrip("/")) if file else here)
            if (id := places.get(f"{place}#{anchor}")) and id != one.id:
                ids[id] = None
                if words and (start := part.text.find(words, end)) >= 0:
                    end = start + len(words)
                    references.append((start, end, id))
        parts.append(replace(part, references=tuple(references)) if references else part)
    return replace(one, parts=tuple(parts), links=tuple(ids))


def _chunks(document: Document) -> Iterator[tuple[Sequence[str], Chunk, _Links]]:
    """The chunks, each with the anchors that lead to it, its own last, and the links of its parts; "" leads to the first."""
    source = Source(document.name, document.title, document.url, document.published, document.source)
    parts = tuple(Part("text", text) for text in [document.text.strip()] if document.format == "passage" and text)
    first = Chunk(document.id or "", "section", document.language, document.title, (), (), parts, (), source)
    if document.format == "passage":
        if parts:
            yield ("",), first, ((),)
        return
    plain, rendered = document.format == "text", document.format == "html"
    marked = _page if rendered else _nodes
    sections, used = _sections(document.title, article.outline(document.text) if plain else _marked(marked(document.text)))
    _fold(sections, plain)
    waiting, place = [""], ""
    for section in sections:
        place = section.id or (place if rendered else section.anchor)
        waiting += [section.id, section.anchor] if section.id else [section.anchor]
        if section.gone:
            continue
        aliases, blocks = _aliases([] if _is_contents(section) else section.blocks)
        kind = _kind(section, blocks, aliases, document)
        entries: list[tuple[str, Block]] = []
        if kind == "glossary" or any(map(WORDS["glossary"].fullmatch, (document.name, document.title, section.title))):
            entries, blocks = _definitions(blocks)
        if section.level and aliases and not (blocks or entries or section.children):
            kind = "open"
        path = section.path if section.title in section.path else (*section.path, section.title)
        runs = _split(blocks, TARGET[document.language]) if kind == "section" else [blocks]
        made = [
            (_free(section.anchor, used) if at else section.anchor, kind, section.title, section.path, runs[at])
            for at in range(len(runs))
        ]
        made += [(_free(_slug(term), used), "glossary", term, path, [block]) for term, block in entries]
        for anchor, own, title, above, run in made:
            if run or own == "open":
                parts = tuple(Part(block.kind, block.text, block.number) for block in run)
                one = replace(first, kind=own, title=title, path=above, aliases=tuple(aliases), parts=parts, anchor=place or None)
                yield (*waiting, anchor), one, tuple(block.links for block in run)
                waiting, aliases = [], []
