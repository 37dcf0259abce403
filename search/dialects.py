"""What site generators write beyond Markdown, in the marks that Markdown has: notes, tabs, folded questions, steps, links of wikis."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from textwrap import dedent

from search.outline import WORDS

_SHORTCODE = re.compile(r"(?<!`)\{\{[<%]\s*(/?)\s*(\w*)[^{}]{0,500}[>%]\}\}(?!`)")  # of Hugo
_FOLDED = re.compile(
    r"""(?:(:{3,})[ ]*details[ ]+(\S.{0,300})|(?:!!!|\?\?\?\+?)[ ]+[\w-]+[ ]+"(.{1,300}[?？])"|\?\?\?\+?[ ]+(?:question|help|faq)[ ]+"(.{1,300})")[ ]*"""
)  # a question over its answer, or what may be one
ASKS = "<summary role=question>"  # opens a question that need not read as one
_INDENTED = "\t"  # what ends an answer that is indented: a line that is not
_TITLED = re.compile(  # a component of MDX with a title, and maybe all of it
    r"""\s*<([A-Z]\w*)\b[^<>]*?\b(?:title|label|question|summary|heading|header)\s*=\s*\{?(["'`])(.{1,300}?)\2\}?[^<>]*(?<!/)>(.*?)(</\1>)?\s*"""
)
_LONGEST_TAG = 2000  # characters; matching takes the square of it
_TAGS = re.compile(r"\{%-?\s*(end)?([\w-]+)([^{}%]{0,300}?)-?%\}")  # of GitBook and of Liquid
_TAB = re.compile(r'===[!+]?[ ]+"(.{1,100})"[ ]*')  # of Material for MkDocs; its text is indented
_CONTENTS = re.compile(r"\s*(?:\[\[?_?toc_?\]?\]|\{:toc\})\s*", re.I)  # where a generator puts a list of the headings
_WIKI = re.compile(  # a link of a wiki, or what it embeds: a page, a place there, and the words to show; marked words
    r"!?\[\[(?:([^\[\]|#<>\n]*)(?:#([^\[\]|<>\n]*))?\|)?([^\[\]|]+)\]\](?!\()|==(?=\S)([^=\n]+)(?<=\S)=="
)
_README = re.compile(r"^\[block:([a-z-]+)\]", re.M)
_README_ENDS = re.compile(r"^\[/block\]", re.M)
_STEPS = re.compile(r"^[ \t]*(?:<(Steps)\b[^<>]*>|\{%-?[ ]*stepper[ ]*-?%\})", re.M)
_STEPS_END = re.compile(r"</Steps>|\{%-?[ ]*endstepper[ ]*-?%\}")
_STEP_OPENS = re.compile(r"^[ \t]*(?:<Step\b([^<>]*)>|\{%-?[ ]*step[ ]*-?%\})", re.M)
_STEP_ENDS = re.compile(r"</Step>|\{%-?[ ]*endstep[ ]*-?%\}")
_EMBED = re.compile(  # a picture in a wiki
    r"(?i)([（(]?)[ \t]*!\[\[[^\[\]|#]+\.(?!md\b)[a-z]\w{1,4}(?:[|#][^\[\]]*)?\]\][ \t]*([)）]?)"
)
_BLOCK_ID = re.compile(r"(?m)(?:^|[ \t])\^(?=\w*[A-Za-z])[A-Za-z0-9-]{4,}[ \t]*$")  # of Obsidian, for links to a paragraph
_CODE_SPAN = re.compile(r"((?<!`)`+(?!`)[^`]+`+)")
_BRACED = r"\{(?:[^{}]|\{[^{}]*\})*\}"
_EXPRESSION = re.compile(  # an element of JSX with an expression in braces, which no reader sees, and the dash after an icon
    rf"""<(?=[^<>]*=\{{)[A-Za-z][\w.]*(?:\s+[\w:-]+(?:=(?:"[^"]*"|'[^']*'|{_BRACED}))?)*\s*(?:/>(?:\s*[-–—]\s)?|>)|<([A-Z][\w.]*)(?:\s[^<>]*)?>\s*{_BRACED}\s*</\1>"""
)
_LIQUID = re.compile(  # of Jekyll and Hugo, before an address or around it
    r"""(\]\(\s*<?|\b(?:href|src)=["']?)\{[{%][^{}]{0,200}?(?:["']([^"'{}]{0,200})["'][^{}]{0,200})?[}%]\}"""
)
_ATTRIBUTE = r"""(?:[.#][A-Za-z][\w.#-]*|[\w-]+=(?:"[^"{}]*"|'[^'{}]*'|[^\s"'{}]+))"""
_KRAMDOWN = re.compile(rf"\{{:\s*{_ATTRIBUTE}(?:\s+{_ATTRIBUTE})*\s*\}}")  # attributes of what is before them
_NOTE_LINE = re.compile(r"[ \t]*:{3,}[ \t]*(?:\{?([\w-]+).*?([ \t]:{3,})?[ \t]*)?")
_NOTE_ENDS = re.compile(r"(.*[^\s:])[ \t]+:{3,}[ \t]*")  # at the end of a line
_DOCSIFY = re.compile(r"([ \t]*)[?!]>[ \t](.*)")  # a note
_DOCSIFY_ID = re.compile(r"( {0,3}#{1,6}[ \t].*?\S)[ \t]+:id=([\w-]+)[ \t]*")
_VUEPRESS_TAB = re.compile(r"[ \t]*@tab(?::active)?[ \t]+(\S.*)")
_WIKI_HEADING = re.compile(r"(={2,6})[ \t]+(\S.*?)[ \t]+\1[ \t]*")  # of MediaWiki
_TAGGED = re.compile(r"\s*\{%.*%\}\s*")
_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})")
_FENCE_WITHIN = re.compile(r"\s*(`{3,}|~{3,})")
_INDENTS = re.compile(r"(?m)^[ \t]*<([A-Z][\w.]*)\b[^<>\n]*(?<!/)>[ \t]*$")  # opens a component on a line of its own


def to_markdown(source: str) -> str:
    """What site generators write around text in marks of their own, in marks that the parser knows.

    Questions that VitePress, MkDocs or a component of MDX fold over their answers (`::: details`, `??? question`, `<Accordion title="…?">`) are
    folded as in HTML. Notes of GitBook (`{% hint %}`) are those of VitePress, other tags of it leave their title.
    """
    if "\n " in source and _INDENTS.search(source):
        source = _dedented(source)
    if "[block:" in source:
        source = _between(_README, _README_ENDS, source, _readme)
    if "<Steps" in source or "stepper" in source:
        source = _between(_STEPS, _STEPS_END, source, _steps)
    out, fence, end = list[str](), "", ""  # the mark that ends the code or the answer that a line is in
    indent: str | None = ""  # of the answer's lines; None until one is seen
    noted = 0  # notes that are open
    closing = list[str]()  # what ends the answer in the parser's marks
    for line in source.split("\n"):
        if end == _INDENTED and line.strip() and not line.startswith(("    ", "\t")):
            out += closing
            end = ""
        if indent is None and line.strip():
            indent = line[: len(line) - len(line.lstrip())]
        text = line.removeprefix("\t" if end == _INDENTED and line[:1] == "\t" else indent or "") if end else line
        if mark := _FENCE.match(text):
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
        if fence or mark:
            out.append(text)
        elif end and text.strip() == end:
            out += closing
            end = ""
        elif not end and (folded := _FOLDED.fullmatch(line)):
            end, indent = (folded[1], "") if folded[1] else (_INDENTED, "    ")
            opening, closing = _details(folded[2] or folded[3] or folded[4], bool(folded[4]))
            out += opening
        elif not end and (tab := _TAB.fullmatch(line)):
            end, indent, closing = _INDENTED, "    ", [""]
            out += ["", tab[1], ""]
        elif not end and len(line) <= _LONGEST_TAG and (titled := _TITLED.fullmatch(line)):
            name, _, title, answer, closed = titled.groups()
            if title.rstrip().endswith(("?", "？")) or WORDS["folded"].fullmatch(name):
                opening, closing = _details(title)
                out += [*opening, answer, *(closing if closed else ())]
                end, indent = ("", "") if closed else (f"</{name}>", None)
            else:
                out.append(f"<p>{html.escape(title)}</p>{answer}")
        elif _TAGGED.fullmatch(text):
            out += ["", *_TAGS.sub(_untagged, text.strip()).split("\n"), ""]
        elif not _CONTENTS.fullmatch(text):
            out += _lines(text, noted > 0)
            if mark := _NOTE_LINE.fullmatch(text):
                noted = max(0, noted + (bool(mark[1]) and not mark[2]) - (not mark[1]))
    return "\n".join([*out, *closing] if end else out)


def _dedented(source: str) -> str:
    """The source without the indents by which components of MDX, where there is no indented code, show what stands in which."""
    out, fence, waiting = list[str](), "", -1  # the indent of a component whose text has not begun
    inside, total = list[tuple[str, int]](), 0  # the components that a line is in, with the indent that each gives its text
    closed = set(re.findall(r"</([A-Z][\w.]*)>", source))
    for line in source.split("\n"):
        indent = len(line) - len(line.lstrip())
        if inside and waiting >= 0 and line.strip():
            more, waiting = max(0, indent - waiting), -1
            inside[-1], total = (inside[-1][0], more), total + more
        closing = bool(inside) and not fence and line.strip() == f"</{inside[-1][0]}>"
        if closing:
            total -= inside.pop()[1]
        out.append(line[min(indent, total) :])
        if mark := _FENCE_WITHIN.match(line):
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
        elif not fence and not closing and (opening := _INDENTS.match(line)) and opening[1] in closed:
            inside.append((opening[1], 0))
            waiting = indent
    return "\n".join(out)


def inline(source: str) -> str:
    """The source of a paragraph with what generators write into lines in Markdown's own marks, or without it."""
    source = _SHORTCODE.sub(_container, source)
    if "[[" in source or "==" in source:
        source = beside_code(_EMBED, lambda found: "".join(found.groups()) if not all(found.groups()) else "", source)
        source = beside_code(_WIKI, _wiki_link, source)
    if "{" in source:
        source = beside_code(_KRAMDOWN, "", source)
        source = beside_code(_EXPRESSION, "", source)
    return beside_code(_BLOCK_ID, "", source) if "^" in source else source


def without_expressions(source: str) -> str:
    """HTML without the expressions of JSX, which no reader sees: attributes in braces, but for numbers, and components."""
    return _EXPRESSION.sub(_without_braces, source)


def _without_braces(element: re.Match[str]) -> str:
    tag = element[0]
    if not tag[1].islower() or tag.rstrip(" -–—").endswith("/>"):
        return ""
    return re.sub(rf"\s[\w:-]+={_BRACED}", "", re.sub(r"=\{\s*(\d{1,4})\s*\}", r'="\1"', tag))


def _between(opens: re.Pattern[str], ends: re.Pattern[str], source: str, by: Callable[[str, str], str]) -> str:
    """The source with what stands between two marks replaced, by the opening one's name and what is there; code stays."""
    out, at, coded = list[str](), 0, False
    while (opening := opens.search(source, at)) and (end := ends.search(source, opening.end())):
        before = source[at : opening.start()]
        coded ^= sum(map(bool, map(_FENCE.match, before.split("\n")))) % 2 == 1
        out += [before, opening[0] if coded else by(opening[1], source[opening.end() : end.start()])]
        at = opening.end() if coded else end.end()
    return "".join([*out, source[at:]])


def _steps(_: str, source: str) -> str:
    """Steps of GitBook, and of components of MDX, as a numbered list; as they are where each is not marked."""
    _, *pieces = _STEP_OPENS.split(source)
    out = list[str]()
    for number, (attributes, said) in enumerate(zip(pieces[::2], pieces[1::2], strict=True), 1):
        title = re.search(r"""\btitle=\{?(["'])(.+?)\1""", attributes or "")
        text = dedent(_STEP_ENDS.sub("", said)).strip("\n")
        text = f"{html.unescape(title[2])}\n\n{text}" if title else re.sub(r"\A\s*#{1,6}[ \t]+", "", text)
        first, *lines = to_markdown(text).split("\n")
        out += [f"{number}. {first}", *(f"   {' ' * len(str(number))}{line}".rstrip() for line in lines), ""]
    return "\n\n" + "\n".join(out) if out else f"\n{source}\n"


def _readme(name: str, source: str) -> str:
    """A block of ReadMe, which is JSON, in Markdown; nothing where it shows no text."""
    try:
        data = json.loads(source, strict=False)
    except (ValueError, RecursionError):
        data = None
    data = data if isinstance(data, dict) else {}
    title, body, lines = str(data.get("title") or ""), str(data.get("body") or ""), list[str]()
    if name == "callout":
        lines = [f"> {line}" for line in (f"{title}\n\n{body}" if title else body).split("\n")]
    elif name == "api-header" and title:
        lines = [f"## {title}"]
    elif name == "html":
        lines = [str(data.get("html") or "")]
    elif name == "code" and isinstance(data.get("codes"), list):
        lines = [f"~~~~\n{one.get('code', '')}\n~~~~\n" for one in data["codes"] if isinstance(one, dict)]
    elif name == "parameters" and isinstance(cells := data.get("data"), dict):
        places = [place.split("-") for place in cells if re.fullmatch(r"(?:h|\d{1,4})-\d{1,2}", place)]
        columns = sorted({at for _, at in places}, key=int)
        rows = ["h", *sorted({row for row, _ in places if row != "h"}, key=int)]
        shown = [[" ".join(str(cells.get(f"{row}-{at}", "")).replace("|", "\\|").split()) for at in columns] for row in rows]
        lines = [f"| {' | '.join(row)} |" for row in shown]
        lines[1:1] = ["|---" * len(columns) + "|"]
    return "\n\n" + "\n".join(lines) + "\n\n"


def _lines(line: str, noted: bool) -> list[str]:
    """A line without the marks that the parser can't know. What opens a note, or closes the one that the line is in, begins a paragraph, so
    that a list before it ends."""
    if "{{" in line or "{%" in line:
        line = beside_code(_LIQUID, lambda found: found[1] + (found[2] or ""), line)
    if ":" in line:
        line = _DOCSIFY_ID.sub(r"\1 {#\2}", line)
        if mark := _NOTE_LINE.fullmatch(line):
            return [""] if (mark[1] or "").startswith(("tabs", "code-group")) else ["", line] if mark[1] or noted else [line]
        if noted and (mark := _NOTE_ENDS.fullmatch(line)):
            return [mark[1], "", ":::"]
    if line[:1] == "=" and (mark := _WIKI_HEADING.fullmatch(line)):
        return ["", f"{'#' * len(mark[1])} {mark[2]}", ""]
    if mark := _VUEPRESS_TAB.fullmatch(line):
        return ["", mark[1], ""]
    mark = _DOCSIFY.fullmatch(line)
    return [f"{mark[1]}> {mark[2]}"] if mark else [line]


def _details(title: str, asks: bool = False) -> tuple[list[str], list[str]]:
    """The lines around an answer that is folded under a title in HTML, which `asks` if the author says so."""
    return ["", "<details>", f"{ASKS if asks else '<summary>'}{html.escape(title)}</summary>", ""], ["", "</details>", ""]


def _untagged(tag: re.Match[str]) -> str:
    """In the place of a tag of GitBook: the mark of a note, a title, or nothing."""
    title = re.search(r'\btitle="([^"]+)"', tag[3]) if tag[2] != "code" else None
    return _container(tag) or (f"\n{title[1]}\n" if title else "\n")


def beside_code(pattern: re.Pattern[str], by: str | Callable[[re.Match[str]], str], source: str) -> str:
    """The source with what the pattern finds replaced, but for what stands in code."""
    pieces = _CODE_SPAN.split(source)
    pieces[::2] = [pattern.sub(by, piece) for piece in pieces[::2]]
    return "".join(pieces)


def _wiki_link(found: re.Match[str]) -> str:
    """In the place of a link of a wiki: one of Markdown, to what `[[` tells from a path."""
    page, place, words, marked = (" ".join(group.split()) for group in found.groups(default=""))
    if marked:
        return marked
    if not (page or place):
        page, _, place = words.partition("#")
        words = " > ".join(filter(None, (page.rpartition("/")[2], "" if place.startswith("^") else place)))
    return words if re.search("[<>]", page + place) else f"[{words}](<[[{page}#{place}>)"


def _container(shortcode: re.Match[str]) -> str:
    """In the place of a shortcode of Hugo, or a tag like it: the mark of a note, or nothing."""
    return f"\n:::{'' if shortcode[1] else 'note'}\n" if WORDS["note"].fullmatch(shortcode[2]) else ""
