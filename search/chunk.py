"""Documents become chunks: one FAQ entry, procedure, section or glossary entry each, whole, with the heading path above it.

Markdown and plain text are read into the same flat list of blocks (`_markdown`, `_text`); the rest of the module sees only blocks.
What makes a chunk of which kind is decided in `_kind`, what joins or splits sections in `_fold` and `_split`.
"""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from search.document import Chunk, Document, Kind, Part, PartKind, Source
from search.errors import DocumentError

TARGET = {"zh": 600, "en": 1200}  # characters of a piece of a long section; one of up to twice as many stays whole
_LONGEST_ENTRY = 6000  # characters; a question with more than this below it, subheadings included, heads a chapter
_LONGEST_STEP = 120  # characters of a step in plain text that reads as one item of a list, not as a section of its own

# --- words that mark a role -------------------------------------------------------------------------------------------------------

_N = r"[一二三四五六七八九十百\d]"
_MARK = re.compile(  # a numbering mark before a heading; "502 Bad Gateway" and "3 steps to …" have none
    rf"(?:(?:Q|Question|问|问题)\s*\d*\s*[:：.、]|第{_N}+步\s*[:：、,，.]?|步骤\s*{_N}+\s*[:：、.]?|Step\s*\d+\s*[:：.)]|[一二三四五六七八九十]+、"
    rf"|[(（]{_N}+[)）]|\d+(?:\.\d+)+[.、]?\s|\d+[.、)）](?!\d))\s*", re.I)
_ASK = re.compile(r"(?:Q\s*\d*|Question\s*\d*|问题?\s*\d*)\s*[:：.、]\s*|Q\d+\s+", re.I)
_REPLY = re.compile(r"(?:(?:A|Answer)\s*\d*\s*[:：]|(?:答|答案|回答)\s*\d*\s*[:：])\s*", re.I)
_REPLY_INSIDE = re.compile(r"(?<=[\s?？])(?:(?:A|Answer)\s*\d*\s*[:：]|(?:答|答案|回答)\s*\d*\s*[:：])\s*", re.I)
_STEP = re.compile(rf"(?:第{_N}+步|步骤\s*{_N}+|Step\s*\d+)\s*[:：、,，.)]?\s*", re.I)
_QUESTION = re.compile(r"[?？]\s*$|^(?:为什么|为何|怎么|怎样|如何|how (?:do|does|can|to|should|long|many|much)\b|why\b|what (?:is|are|does|if|happens)\b"
                       r"|(?:can|does|do|is there|are there|where (?:do|is|can)) )|(?:吗|怎么办|怎么回事)$", re.I)
_HOW_TO = re.compile(r"^(?:如何|怎样|怎么)|^how to\b", re.I)
_FAQ = re.compile(r"\bfaqs?\b|q\s*&\s*a\b|frequently[ _-]asked|troubleshoot|(?:common|known)[ _-](?:issue|problem|error|question)|常见(?:问|错误|报错|故障|疑)"
                  r"|问答|答疑|疑难|(?:问题|故障)排[查除]", re.I)
_GLOSSARY = re.compile(r"(?:.*/)?(?:glossary|terms|terminology|术语表?|术语与.{1,4}|词汇表?|名词解释)(?:\.\w+)?", re.I)
_TEMPLATE = re.compile(r"草稿|模板|范文|写法|邮件|\b(?:draft|template|mail)\b", re.I)
_ALSO = re.compile(r"(?:也(?:会|可能|常)?这样问|(?:其他|相似|类似)问法|also asked(?: as)?|other ways to ask)\s*[:：]?\s*", re.I)
_DEFINITION = re.compile(r"([^：:]{1,40}?)\s*(?:：|:\s|\s[–—-]\s|——)\s*(\S.*)", re.S)

# A line that is only an advertisement or a contact: it names a way to reach somebody, and says little else.
_CONTACT = re.compile(r"电话|热线|手机|微信|公众号|咨询|联系|客服|扫码|二维码|合作|加群|\b(?:tel|phone|call|contact|hotline|whatsapp|telegram|wechat|qq|vx)\b", re.I)
_REACH = re.compile(
    r"(?<![\d.])(?:\+?\d{1,3}[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)|(?<!\d)(?:400|800)[- ]?\d{3,4}[- ]?\d{3,4}(?!\d)|(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)"
    r"|(?<![\w.])(?:\+\d{1,3}|8)[- ]?\(?\d{3}\)?[- ]?\d{3}[- ]?\d{2}[- ]?\d{2}(?!\d)"
    r"|(?:微信|公众号|加[VvＶ]|QQ群?|VX|WeChat|Telegram|WhatsApp)(?:号|ID)?\s*[:：]?\s*[@+\w][\w-]{4,}|(?:扫码|扫描.{0,6}二维码|关注.{0,8}公众号|加(?:我|好友|群|微信))",
    re.I)
_ACTION = re.compile(r"进入|登[录陆]|点击?|选择?|打开|检查|查看|切换|前往|上传|填写|提交|单击|按下|\b(?:go to|open|click|select|choose|log ?in|sign in|press|tap)\b"
                     r"|路径|\bpath\b|\bnavigate\b", re.I)
_ARROW = re.compile(r"\s*(?:→|⇒|➔|-{1,2}>|(?<=[^\s\d]) > (?=[^\s\d=]))\s*")
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_IMPORT = re.compile(r"(?:import\s.{1,200}['\"];?|export\s+(?:default|const|function)\b.*)\s*$")
_ADMONITION = re.compile(r":{3,}")
_CALLOUT = re.compile(r"\s*<(?:Warning|Note|Tip|Info|Caution|Check|Callout|Admonition|Danger)\b", re.I)


def bare_title(title: str) -> str:
    """A title without the mark that numbers it: "Q1: Which languages?" → "Which languages?", "1.1.3 Upgrade" → "Upgrade"."""
    return _MARK.sub("", title, count=1) if _MARK.match(title) and _MARK.sub("", title, count=1) else title


def is_advertisement(line: str) -> bool:
    """Whether a line says no more than how to reach somebody: a number or account beside a word of contact, and little else."""
    line = line.strip()
    if not 0 < len(line) <= 120:
        return False
    reach = list(_REACH.finditer(line))
    rest = _REACH.sub("", line)
    if not reach or len(rest) > (40 if re.search(r"[\u4e00-\u9fff]", rest) else 80) or re.search(r"[。！!?？；;].", rest):
        return False
    return bool(_CONTACT.search(line)) or len(rest.strip(" :：,，.。")) <= 6


# --- blocks -----------------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Block:
    kind: PartKind | str  # a part's kind, or "head"
    text: str
    number: int = 0
    links: tuple[str, ...] = ()
    level: int = 0
    anchor: str = ""
    role: str = ""  # of a head: "question" or "step" where plain text marks it as one

    @property
    def line(self) -> str:
        return Part("step" if self.kind == "step" else "item" if self.kind == "item" else "text", "", self.number).prefix + self.text


def _anchors(state: StateCore) -> None:
    """Before inline parsing: takes `{#anchor}` out of headings, and keeps floods of brackets from a quadratic search for links."""
    for at, token in enumerate(state.tokens):
        if token.type != "inline":
            continue
        if token.content.count("[") > 1000:
            token.type, token.children = "flood", []
        elif at and state.tokens[at - 1].type == "heading_open" and (match := re.search(r"\{#([^{}\s]{1,200})[^{}]*\}[ \t#]*$", token.content[-400:])):
            token.meta["anchor"] = match[1]
            token.content = token.content[: -len(match[0])].rstrip()


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": 60}).enable(["table", "strikethrough"])
    parser.core.ruler.after("block", "anchors", _anchors)
    return parser


def _markdown(text: str) -> list[_Block]:
    return list(_walk(_parser().parse(text), 0))


def _closing(tokens: Sequence[Token], start: int) -> int:
    depth = 0
    for at in range(start, len(tokens)):
        depth += tokens[at].nesting
        if not depth:
            return at
    return len(tokens)


def _walk(tokens: Sequence[Token], depth: int) -> Iterator[_Block]:
    """The blocks of a run of sibling tokens; what is nested in a list item or quotation is folded into it."""
    at, aside = 0, False
    while at < len(tokens):
        token = tokens[at]
        end = _closing(tokens, at)
        inner = tokens[at + 1 : end]
        if token.type in ("paragraph_open", "heading_open"):
            content, links = _inline(inner[0])
            # A line of dashes under a sentence or a paragraph makes a heading of it that nobody meant.
            heading = token.type == "heading_open" and not depth and not (token.markup in "-=" and (len(content) > 80 or content.endswith(("。", "."))))
            if heading:
                content = " ".join(content.split())
                if content and not is_advertisement(content):
                    yield _Block("head", content, level=int(token.tag[1]), anchor=str(inner[0].meta.get("anchor", "")))
            else:
                lines = []
                for line in content.split("\n"):
                    if mark := _ADMONITION.match(line):
                        title = re.sub(r"^\w*\s*|[\[\]]", "", line[mark.end():].strip())
                        aside = bool(line[mark.end():].strip())
                        line = title
                    if line and not is_advertisement(line) and not _IMPORT.match(line):
                        lines.append(line)
                if lines:
                    yield _Block("note" if aside else "text", _join(lines), links=links)
        elif token.type in ("fence", "code_block") and token.content.strip():
            yield _Block("draft", token.content.strip("\n").rstrip())
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            number = int(token.attrGet("start") or 1) if token.type[0] == "o" else 0
            place = 0
            while place < len(inner):
                close = _closing(inner, place)
                kind = "step" if token.type[0] == "o" else "item"
                yield from _merged(_walk(inner[place + 1 : close], depth + 1), kind, number)
                number, place = number + 1, close + 1
        elif token.type == "blockquote_open":
            yield from _merged(_walk(inner, depth + 1), "note", 0)
        elif token.type == "table_open":
            yield _table(inner)
        elif token.type == "html_block":
            yield from _html(token.content, depth)
        at = end + 1


def _merged(blocks: Iterable[_Block], kind: PartKind, number: int) -> Iterator[_Block]:
    """One block of what a list item or quotation holds; a block to copy inside stays one, and what follows it goes on as text."""
    lines: list[str] = []
    links: tuple[str, ...] = ()
    for block in blocks:
        if block.kind == "draft":
            if lines or links:
                yield _Block(kind, "\n".join(lines), number, links)
                kind, lines, links = ("note" if kind == "note" else "text"), [], ()
            yield block
            continue
        text = re.sub(r"^\[!\w+\]\s*", "", block.text) if kind == "note" and not lines else block.text
        if text:
            lines.append(replace(block, text=text.replace("\n", "\n  ") if block.kind in ("step", "item") else text).line)
        links += block.links
    if lines:
        yield _Block(kind, "\n".join(lines), number, links)


def _table(tokens: Sequence[Token]) -> _Block:
    rows: list[list[str]] = []
    links: tuple[str, ...] = ()
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type in ("inline", "flood"):
            text, found = _inline(token)
            rows[-1].append(" ".join(text.split()))
            links += found
    return _Block("table", "\n".join(" | ".join(row) for row in rows), links=links)


def _inline(token: Token) -> tuple[str, tuple[str, ...]]:
    """The text a reader sees in an inline token, and the targets of its links."""
    if token.type == "flood" or token.children is None:
        return token.content, ()
    out: list[str] = []
    links: list[str] = []
    embed = ""  # inside an element that shows another file, whose text is a mere label
    for at, child in enumerate(token.children):
        if embed:
            if child.type == "html_inline" and child.content.startswith(f"</{embed}"):
                embed = ""
        elif child.type == "text":
            out.append(re.sub(r"(?<!\s)\*\*|\*\*(?!\s)", "", child.content))  # emphasis that CommonMark misses beside Han characters
        elif child.type == "code_inline":
            out.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            out.append("\n" if child.type == "softbreak" else "\v")
        elif child.type == "link_open":
            links.append(str(child.attrGet("href") or ""))
        elif child.type == "image":
            if re.search(r"[\u4e00-\u9fff]|\w \w", child.content):
                out.append(child.content)
        elif child.type == "html_inline":
            if re.match(r"<br\b", child.content, re.I):
                out.append("\v")
            elif (match := re.match(r"<(\w+)\s[^>]*\bsrc\s*=", child.content)) and not child.content.endswith("/>") and any(
                later.content.startswith(f"</{match[1]}") for later in token.children[at + 1 :]
            ):
                embed = match[1]
    text = re.sub(r"\{/\*[^{}]*\*/\}", "", "".join(out))
    if re.fullmatch(r"\s*</?[A-Z][\w.]*[^<]*>\s*", text):  # a component's tag over several lines
        return "", tuple(links)
    return "\n".join(line.strip() for line in text.replace("\v", "\n\v").split("\n")), tuple(links)


def _join(lines: Sequence[str]) -> str:
    """The lines of a paragraph as one, without a space between Han characters; a line end after 。 or ： stays, as its author meant it."""
    out = ""
    for line in lines:
        hard, line = line.startswith("\v"), line.lstrip("\v")
        if not out or hard or out[-1] in "。：；！？":
            out += "\n" * bool(out) + line
        else:
            wide = min(ord(out[-1]), ord(line[0]) if line else 0) > 0x2E80
            out += line if wide else " " + line
    return out.strip()


def _html(source: str, depth: int) -> Iterator[_Block]:
    """What a block of HTML shows: comments, scripts and tags out, the Markdown between them read."""
    if re.match(r"\s*<(?:script|style|[?!](?!--))", source, re.I):
        return
    pieces = source.split("<!--")
    shown = pieces[0] + "".join(piece.partition("-->")[2] for piece in pieces[1:])
    if re.match(r"\s*<pre\b", shown, re.I):
        if text := html.unescape(_untagged(shown)).strip("\n"):
            yield _Block("draft", text)
        return
    shown = re.sub(r"</t[dh]>\s*(?=<t[dh]\b)", " | ", shown)
    shown = re.sub(r"</(?:p|li|tr|div|h[1-6]|summary|dt|dd)>|<br\s?/?>", "\n\n", shown)
    kind = "note" if _CALLOUT.match(shown) else "text"
    text = "\n".join(line.strip() for line in _untagged(shown).split("\n")).strip()
    if not text:
        return
    blocks = _walk(_parser().parse(text), depth + 1) if depth < 3 else iter([_Block("text", text)])
    for block in blocks:
        yield replace(block, kind=kind) if block.kind == "text" else block


def _untagged(source: str) -> str:
    return re.sub(r"</?[A-Za-z][^<>]*>", "", source)


# --- plain text -------------------------------------------------------------------------------------------------------------------


def _text(text: str) -> list[_Block]:
    """The blocks of plain text, by the marks that people number things with."""
    blocks: list[_Block] = []
    lines = [line.strip() for line in _unwrapped(text) if not is_advertisement(line)]
    structure = 0  # the level of the last numbered heading
    for at, line in enumerate(lines):
        following = next((later for later in lines[at + 1 :] if later), "")
        if not line:
            continue
        level, title = _numbered_heading(line, following)
        if level:
            structure = level
            blocks.append(_Block("head", title, level=level))
        elif match := _STEP.match(line):
            title, rest = _run_in(line[match.end():])
            blocks.append(_Block("head", title or line, level=structure + 1, role="step"))
            blocks += _prose(rest)
        elif _ASK.match(line) and (asked := line[_ASK.match(line).end():].strip()):  # type: ignore[union-attr]
            title, rest = _asked(asked)
            blocks.append(_Block("head", title, level=structure + 1, role="question"))
            blocks += _prose(rest)
        elif (match := re.match(r"(?:\d{1,2}[.、)）](?!\d)|[(（]\d{1,2}[)）])\s*", line)) or line[0] in _CIRCLED:
            number = int(re.search(r"\d+", match[0])[0]) if match else _CIRCLED.index(line[0]) + 1  # type: ignore[index]
            rest = line[match.end() if match else 1 :].strip()
            if rest.endswith(("?", "？")) and len(rest) <= 100 and following:
                blocks.append(_Block("head", rest, level=structure + 1, role="question"))
            elif rest:
                blocks.append(_Block("step", rest, number))
        elif match := re.match(r"[-*•·●]\s+(?=\S)", line):
            blocks.append(_Block("item", line[match.end():]))
        elif line.endswith(("?", "？")) and len(line) <= 80 and following and not re.search(r"[。；;]", line):
            blocks.append(_Block("head", line, level=structure + 1, role="question"))
        else:
            blocks += _prose(_REPLY.sub("", line, count=1) if _REPLY.match(line) else line)
    return blocks


def _unwrapped(text: str) -> Iterator[str]:
    """The lines of a text, those that a fixed width broke in Latin prose joined again."""
    held = ""
    for line in text.split("\n"):
        line = line.strip()
        if held and line and 50 <= len(held.rsplit("\n")[-1]) and held[-1].isascii() and held[-1] not in ".?!:;" and line[0].isascii() \
                and line[0].isalnum() and not _MARK.match(line) and not _REPLY.match(line):
            held += " " + line
            continue
        yield held
        held = line
    yield held


def _numbered_heading(line: str, following: str) -> tuple[int, str]:
    """Level and title of a line that reads as a heading, or level 0."""
    if match := re.match(r"(#{1,6})\s+(?=\S)", line):
        return len(match[1]), line[match.end():]
    if len(line) > 60 or line.endswith(("。", "；", ";")) or not following:
        return 0, line
    for level, mark in enumerate((rf"第{_N}+[章节篇部]分?\s*[:：、]?\s*", r"[一二三四五六七八九十]+[、.．]\s*", r"[(（][一二三四五六七八九十]+[)）]\s*",
                                  r"\d+(?:\.\d+)+[.、]?\s+"), 1):
        if (match := re.match(mark, line)) and line[match.end():]:
            return level, line[match.end():]
    return 0, line


def _run_in(text: str) -> tuple[str, str]:
    """A heading run into its paragraph, and the rest: up to the first full stop, when that leaves both."""
    match = re.match(r"([^。]{1,60})。(?=.)|(.{1,80}?)\.\s+(?=\S)", text)
    if match and not _ARROW.search(match[0]):
        return (match[1] or match[2]).strip(), text[match.end():]
    return (text.rstrip("。"), "") if len(text) <= _LONGEST_STEP else (re.split(r"[,，。;；]", text, maxsplit=1)[0][:60], text)


def _asked(text: str) -> tuple[str, str]:
    """A question and the answer that follows on its line, if one does."""
    if match := _REPLY_INSIDE.search(text):
        return text[: match.start()].strip(), text[match.end():]
    match = re.match(r"((?:[^。！!?？]*[?？])+)(.*)", text)
    if match and len(match[2]) > 6 and match[2][0] not in "(（)）”\"'」】":
        return match[1].strip(), match[2].strip()
    return text, ""


def _prose(text: str) -> list[_Block]:
    """A paragraph; where it enumerates conditions (①②③, 首先…其次…) or walks a path (A → B → C), these become steps."""
    text = text.strip()
    if not text:
        return []
    for find in (_enumerated, _sequence, _route):
        if found := find(text):
            before, steps, after = found
            out = [*_prose(before)]
            out += [_Block("step", step.strip(), number) for number, step in enumerate(steps, 1)]
            return out + _prose(after)
    return [_Block("text", text)]


def _sentence_end(text: str, start: int) -> int:
    match = re.compile(r"[。！!？?](?=[^”\"』」）)]|$)|\.(?=\s|$)").search(text, start)
    return match.end() if match else len(text)


def _enumerated(text: str) -> tuple[str, list[str], str] | None:
    for marks in (list(_CIRCLED), [f"（{n}）" for n in range(1, 10)], [f"({n})" for n in range(1, 10)]):
        places: list[int] = []
        for mark in marks:
            at = text.find(mark, places[-1] if places else 0)
            if at < 0:
                break
            places.append(at)
        if len(places) > 1:
            end = _sentence_end(text, places[-1])
            width = len(marks[0])
            steps = [text[at + width : stop].strip().rstrip("；;。，,") for at, stop in zip(places, [*places[1:], end], strict=True)]
            return (text[: places[0]], steps, text[end:]) if all(steps) else None
    return None


def _sequence(text: str) -> tuple[str, list[str], str] | None:
    start = re.search(r"(?:^|(?<=[。：:；;]))首先", text)
    if not start:
        return None
    end = _sentence_end(text, start.start())
    steps = re.split(r"[；;，,]\s*(?=(?:其次|再次|然后|接着|最后))", text[start.start() : end])
    return (text[: start.start()], [step.rstrip("。") for step in steps], text[end:]) if len(steps) > 1 else None


def _route(text: str) -> tuple[str, list[str], str] | None:
    """The first sentence that walks a path through menus: three stops or more, at least one of them an action."""
    start = 0
    while start < len(text):
        end = _sentence_end(text, start)
        sentence = text[start:end]
        if "→" in sentence or ">" in sentence or "⇒" in sentence or "➔" in sentence:
            stops = _outside(sentence, _ARROW)
            head = max((match.end() for match in _outside_matches(stops[0], re.compile(r"[,，；;：:]\s*"))), default=0)
            first = stops[0][head:].strip()
            steps = [stop.strip() for stop in [first, *stops[1:]]]
            steps[-1] = steps[-1].rstrip("。")
            if len(steps) > 2 and all(steps) and any(_ACTION.search(step) for step in [stops[0], *steps[1:]]) and max(map(len, steps[:-1])) <= 120:
                return text[:start] + stops[0][:head], steps, text[end:]
        start = end
    return None


def _outside_matches(text: str, pattern: re.Pattern[str]) -> list[re.Match[str]]:
    """The matches outside of parentheses."""
    opened = [0]
    for character in text:
        opened.append(max(0, opened[-1] + (character in "(（") - (character in ")）")))
    return [match for match in pattern.finditer(text) if not opened[match.start()]]


def _outside(text: str, pattern: re.Pattern[str]) -> list[str]:
    matches = _outside_matches(text, pattern)
    edges = [0, *(edge for match in matches for edge in match.span()), len(text)]
    return [text[edges[i] : edges[i + 1]] for i in range(0, len(edges), 2)]


# --- sections ---------------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Section:
    head: _Block
    path: tuple[str, ...]
    blocks: list[_Block] = field(default_factory=list)
    children: list[_Section] = field(default_factory=list)
    anchor: str = ""
    gone: bool = False  # folded into the section above

    @property
    def asked(self) -> bool:
        return bool(self.head.role == "question" or self.head.text.endswith(("?", "？")) or _ASK.match(self.head.text))

    @property
    def stepped(self) -> bool:
        return self.head.role == "step" or bool(_STEP.match(self.head.text))

    @property
    def size(self) -> int:
        return sum(len(block.text) for block in self.blocks)

    def below(self) -> Iterator[_Section]:
        for child in self.children:
            yield child
            yield from child.below()


def _key(title: str) -> str:
    return re.sub(r"\W+", "", title).casefold()


def _slug(title: str) -> str:
    return re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", title.lower())).strip("-")[:60] or "section"


def _sections(title: str, blocks: Sequence[_Block]) -> list[_Section]:
    """The sections in reading order; the first is the document itself, which takes over a top heading that repeats its title."""
    root = _Section(_Block("head", title), ())
    sections, open_ = [root], [root]
    for block in blocks:
        if block.kind != "head":
            open_[-1].blocks.append(block)
        elif block.level == 1 and len(sections) == 1 and not root.blocks and not root.head.level and _key(block.text) == _key(title):
            root.head = block
        else:
            while len(open_) > 1 and open_[-1].head.level >= block.level:
                open_.pop()
            path = [section.head.text for section in open_]
            path = [above for at, above in enumerate(path) if above and _key(above) not in map(_key, (*path[:at], block.text))]
            section = _Section(block, tuple(path))
            open_[-1].children.append(section)
            sections.append(section)
            open_.append(section)
    return sections


def _name(sections: Sequence[_Section]) -> set[str]:
    """Gives each section an anchor of its own, the authors' first, and returns those taken. The document itself needs none."""
    used: set[str] = set()
    for explicit in (True, False):
        for section in sections:
            if bool(section.head.anchor) is explicit and (explicit or section is not sections[0]):
                section.anchor = _free(section.head.anchor or _slug(section.head.text), used)
    return used


def _free(anchor: str, used: set[str]) -> str:
    count, free = 1, anchor
    while free in used:
        count += 1
        free = f"{anchor}-{count}" if anchor else str(count)
    used.add(free)
    return free


def _fold(sections: Sequence[_Section], plain: bool) -> None:
    """Joins what belongs together: the parts of one answer, the steps of one procedure."""
    for section in sections:
        below = list(section.below())
        if section.gone or not below:
            continue
        if section.asked and section.head.level and not any(part.asked or part.head.anchor for part in below) and (
            sum(part.size for part in (section, *below)) <= _LONGEST_ENTRY
        ):
            for part in below:
                section.blocks += [_Block("text", part.head.text), *part.blocks]
                part.gone = True
            continue
        steps = [child for child in section.children if child.stepped]
        if len(steps) < 2:
            continue
        # Short steps of plain text are the items of one list; longer ones stay sections, and the heading above them lists them.
        short = plain and all(not step.children and step.size + len(step.head.text) <= _LONGEST_STEP for step in steps)
        for number, step in enumerate(steps, 1):
            text = [_STEP.sub("", step.head.text, count=1) or step.head.text, *(block.line for block in step.blocks if short)]
            section.blocks.append(_Block("step", "\n".join(text), number, () if short else (f"#{step.anchor}",)))
            step.gone = short


def _kind(section: _Section, blocks: Sequence[_Block], aliases: Sequence[str], document: Document) -> Kind:
    """What a section is to somebody who asks. The first rule that fits decides."""
    title, context = section.head.text, (document.title, *section.path)
    if section.head.level and any(_GLOSSARY.fullmatch(name) for name in (document.name, *context)):
        return "glossary"
    if section.asked:
        return "faq"
    if section.stepped:
        return "procedure"
    if section.head.level and not section.children and any(_FAQ.search(name) for name in (document.name, *context)):
        return "faq"
    if any(block.kind == "step" for block in blocks) or (_TEMPLATE.search(title) and any(block.kind == "draft" for block in blocks)):
        return "procedure"
    return "faq" if aliases or _QUESTION.search(title) else "section"


def _aliases(blocks: Sequence[_Block]) -> tuple[list[str], list[_Block]]:
    """The other ways to ask, and the blocks without their list."""
    aliases: list[str] = []
    rest: list[_Block] = []
    listing = False
    for block in blocks:
        match = _ALSO.match(block.text) if block.kind == "text" else None
        if match and (match.end() == len(block.text) or match[0].rstrip()[-1] in ":："):
            aliases += [alias.strip() for alias in re.split(r"[；;/|\n]", block.text[match.end():]) if alias.strip()]
            listing = match.end() == len(block.text)
        elif listing and block.kind in ("item", "step"):
            aliases.append(block.text)
        else:
            listing = False
            rest.append(block)
    return aliases, rest


def _definitions(blocks: Sequence[_Block]) -> tuple[list[tuple[str, _Block]], list[_Block]]:
    """The entries of a glossary that come as list items or table rows, and the other blocks."""
    entries: list[tuple[str, _Block]] = []
    rest: list[_Block] = []
    for block in blocks:
        match = _DEFINITION.fullmatch(block.text) if block.kind == "item" else None
        if match:
            entries.append((match[1].strip("*` "), replace(block, kind="text", text=match[2])))
        elif block.kind == "table" and block.text.count("\n") and " | " in block.text:
            names, *rows = (line.split(" | ") for line in block.text.split("\n"))
            for row in rows:
                cells = row[1:] if len(names) == 2 else [f"{name}：{cell}" for name, cell in zip(names[1:], row[1:], strict=False) if cell]
                entries.append((row[0], replace(block, kind="text", text="\n".join(cells))))
        else:
            rest.append(block)
    return ([], list(blocks)) if len(entries) < 2 else ([entry for entry in entries if entry[0] and entry[1].text], rest)


def _split(blocks: Sequence[_Block], target: int) -> list[list[_Block]]:
    """The blocks in runs of about `target` characters; only text and tables of more than twice that are cut, at sentences and rows."""
    if sum(len(block.text) for block in blocks) <= 2 * target:
        return [list(blocks)]
    runs: list[list[_Block]] = [[]]
    size = 0
    for block in blocks:
        pieces = [block]
        if len(block.text) > 2 * target and block.kind in ("text", "table"):
            pattern = r"(?<=\n)" if block.kind == "table" else r"(?<=[。！？!?；\n])|(?<=[.;])\s+"
            pieces = [replace(block, text=text) for text in _packed(re.split(pattern, block.text), target)]
        for piece in pieces:
            if size and size + len(piece.text) > target:
                runs.append([])
                size = 0
            runs[-1].append(piece)
            size += len(piece.text)
    return runs


def _packed(texts: Iterable[str], target: int) -> Iterator[str]:
    held = ""
    for text in texts:
        if held and len(held) + len(text) > target:
            yield held.strip()
            held = ""
        held += text if not held or held[-1] in "\n。！？；" else " " + text
        while len(held) > 2 * target:  # no sentence ends for a whole piece: cut between words where there are any
            cut = held.rfind(" ", target // 2, target) + 1 or target
            yield held[:cut].strip()
            held = held[cut:]
    if held.strip():
        yield held.strip()


# --- chunks -----------------------------------------------------------------------------------------------------------------------


def chunk(document: Document) -> list[Chunk]:
    """The chunks of one document, in reading order, with links among themselves. An empty document has none."""
    return chunk_documents([document])


def chunk_documents(documents: Iterable[Document]) -> list[Chunk]:
    """The chunks of all documents in order, ids unique, links resolved across documents.

    Raises DocumentError when two passages have one id.
    """
    documents = list(documents)
    used: dict[str, str] = {}
    for document in documents:
        if document.id is not None:
            if document.id in used:
                raise DocumentError(f"{document.name}: the id {document.id[:80]!r} is already that of {used[document.id]}; "
                                    "give every passage an id of its own")
            used[document.id] = document.name
    stems: dict[str, int] = {}
    for document in documents:
        stems[_stem(document.name)] = stems.get(_stem(document.name), 0) + 1
    taken = set(used)
    places: dict[str, str] = {}  # "document#anchor", with and without the file's ending, → chunk id
    found: list[Chunk] = []
    for document in documents:
        stem = _stem(document.name)
        prefix = stem if stems[stem] == 1 else document.name
        for anchors, made in _chunks(document):
            if document.id is None:
                made = replace(made, id=_free(prefix + (f"#{made.anchor}" if made.anchor else ""), taken))
            for anchor in anchors:
                for name in (document.name, stem):
                    places.setdefault(f"{name}#{anchor}", made.id)
            found.append(made)
    return [replace(one, links=_resolved(one, places)) if one.links else one for one in found]


def _stem(name: str) -> str:
    return posixpath.splitext(name)[0]


def _resolved(one: Chunk, places: dict[str, str]) -> tuple[str, ...]:
    """The ids that the chunk's link targets lead to, each once."""
    ids: dict[str, None] = {}
    for target in one.links:
        if "://" in target:
            continue
        file, _, anchor = unquote(target).partition("#")
        below = posixpath.normpath(posixpath.join(posixpath.dirname(one.source.document), file.lstrip("/"))) if file else one.source.document
        if (id := places.get(f"{below}#{anchor}")) and id != one.id:
            ids[id] = None
    return tuple(ids)


def _chunks(document: Document) -> Iterator[tuple[tuple[str, ...], Chunk]]:
    """The chunks, their links still as written, each with the anchors that lead to it; "" leads to the document's first chunk."""
    source = Source(document.name, document.title, document.url, document.published, document.source)

    def made(kind: Kind, title: str, path: tuple[str, ...], aliases: Sequence[str], blocks: Sequence[_Block], anchor: str) -> Chunk:
        parts = tuple(Part(block.kind, block.text, block.number) for block in blocks)  # type: ignore[arg-type]
        links = tuple(link for block in blocks for link in block.links)
        return Chunk(document.id or "", kind, document.language, title, path, tuple(aliases), parts, links, source, anchor or None)

    if document.format == "passage":
        if text := document.text.strip():
            yield (), made("section", document.title, (), (), [_Block("text", text)], "")
        return
    plain = document.format == "text"
    sections = _sections(document.title, _text(document.text) if plain else _markdown(document.text))
    used = _name(sections)
    _fold(sections, plain)
    waiting: list[str] = [""]
    for section in sections:
        waiting.append(section.anchor)
        if section.gone:
            continue
        aliases, blocks = _aliases(section.blocks)
        kind = _kind(section, blocks, aliases, document)
        title = section.head.text
        entries: list[tuple[str, _Block]] = []
        if kind == "glossary" or any(_GLOSSARY.fullmatch(name) for name in (document.name, document.title, title)):
            entries, blocks = _definitions(blocks)
        runs = _split(blocks, TARGET[document.language]) if kind == "section" else [blocks]
        for number, run in enumerate(runs):
            if run:
                anchor = section.anchor if not number else _free(section.anchor, used)
                yield tuple(waiting), made(kind, title, section.path, () if number else aliases, run, anchor)
                waiting = []
        for term, block in entries:
            anchor = _free(_slug(term), used)
            above = section.path if _key(title) in map(_key, section.path) else (*section.path, title)
            yield (*waiting, anchor), made("glossary", term, above, (), [block], anchor)
            waiting = []
