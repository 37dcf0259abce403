"""A rendered page as the tokens that its Markdown would be parsed to, so that both are read alike.

A heading's token has the id that the page gives it, as `meta["id"]`.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import dropwhile, pairwise

from markdown_it.token import Token

_DEEPEST = 60  # elements within each other; what is nested deeper stands beside its parent
_MOST_ROWS = 100  # that a cell is repeated in, and columns that have such cells
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = frozenset(
    "address article aside blockquote body dd details div dl dt fieldset figcaption figure footer form header hgroup hr html li "
    "main ol p pre section summary table tbody td tfoot th thead tr ul".split()
).union(_HEADINGS)
_UNSEEN = frozenset("button datalist embed head iframe input label nav noscript object script select style svg template".split())
_FURNITURE = frozenset(
    "headerlink linenos footnote-ref footnote-backref tabbed-labels md-annotation__index navheader navfooter toc skip-link breadcrumbs".split()
)
# What an opening tag ends when its end was left out, and what keeps that from reaching further up.
_ENDS = {name: ({name}, {"ul", "ol", "dl", "table"}) for name in ("li", "td", "th", "tr", "dt", "dd")}
_ENDS["dt"] = _ENDS["dd"] = ({"dt", "dd"}, {"dl"})
_ENDS["td"] = _ENDS["th"] = ({"td", "th"}, {"tr"})


@dataclass(slots=True)
class _Node:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[_Node | str] = field(default_factory=list)

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    @property
    def elements(self) -> list[_Node]:
        return [child for child in self.children if isinstance(child, _Node)]

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else "\n" * (child.tag == "br") + child.text for child in _shown(self))

    def all(self, *tags: str) -> Iterator[_Node]:
        """The nearest elements below with one of these tags."""
        for child in self.elements:
            if child.tag in tags:
                yield child
            else:
                yield from child.all(*tags)


class _Tree(HTMLParser):
    """Builds the tree of a page; like a browser, it makes something of any text."""

    def __init__(self) -> None:
        super().__init__()
        self.root = _Node("body")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS and self.open[-1].tag == "p":
            self.open.pop()
        ended, walls = _ENDS.get(tag, (set(), set()))
        for at in range(len(self.open) - 1, 0, -1):
            if self.open[at].tag in walls:
                break
            if self.open[at].tag in ended:
                del self.open[at:]
                break
        node = _Node(tag, {name: value or "" for name, value in attributes})
        self.open[-1].children.append(node)
        if tag not in _VOID and len(self.open) < _DEEPEST:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in _BLOCKS:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        at = max((at for at, node in enumerate(self.open) if node.tag == tag), default=0)
        if at:
            del self.open[at:]

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def tokens(page: str) -> list[Token]:
    """The block tokens of a page's HTML, each `inline` one with its children, as markdown-it makes them."""
    tree = _Tree()
    tree.feed(page)
    tree.close()
    return list(_blocks(tree.root))


def _shown(node: _Node) -> Iterator[_Node | str]:
    """What of an element's content a reader sees as part of the text; a heading that is left out takes its section along."""
    left_out = 0
    for child in node.children:
        if not isinstance(child, str):
            level = _HEADINGS.index(child.tag) + 1 if child.tag in _HEADINGS else 0
            excluded = "data-search-exclude" in child.attributes
            if 0 < level <= left_out or (level and excluded):
                left_out = level if excluded else 0
            hidden = excluded or "hidden" in child.attributes or child.tag in _UNSEEN or not _FURNITURE.isdisjoint(child.classes)
            if not (left_out or hidden):
                yield child
        elif not left_out:
            yield child


def _is_block(node: _Node | str) -> bool:
    return not isinstance(node, str) and (node.tag in _BLOCKS or any(map(_is_block, node.children)))


def _wrapped(kind: str, inner: Iterable[Token], tag: str = "", **attributes: str) -> Iterator[Token]:
    yield Token(f"{kind}_open", tag, 1, attrs=dict(attributes))
    yield from inner
    yield Token(f"{kind}_close", tag, -1)


def _blocks(node: _Node) -> Iterator[Token]:
    """The block tokens of an element's content; what stands between blocks makes paragraphs."""
    run: list[_Node | str] = []
    for child in _shown(node):
        if isinstance(child, str) or not _is_block(child):
            run.append(child)
        else:
            yield from _paragraph(run)
            yield from _block(child)
            run = []
    yield from _paragraph(run)


def _paragraph(nodes: Sequence[_Node | str]) -> Iterator[Token]:
    """A paragraph; a line that a question in bold opens begins another one."""
    said = [at for at, node in enumerate(nodes) if not isinstance(node, str) or node.strip()]
    asked = [
        at
        for before, at in pairwise(said)
        if _tag(nodes[before]) == "br" and _is_bold(nodes[at]) and _text(nodes[at]).endswith(("?", "？"))
    ]
    for start, end in zip([0, *asked], [*asked, len(nodes)], strict=True):
        line = _line(nodes[start:end])
        first = next((nodes[at] for at in said if start <= at < end), "")
        if _is_bold(first) or _tag(first) == "summary":
            line.meta["bold"] = _text(first)
        if any(child.content.strip() for child in line.children or ()):
            yield from _wrapped("paragraph", [line])


def _tag(node: _Node | str) -> str:
    return "" if isinstance(node, str) else node.tag


def _is_bold(node: _Node | str) -> bool:
    return _tag(node) in ("b", "strong")


def _text(node: _Node | str) -> str:
    return node if isinstance(node, str) else node.text.strip()


def _block(node: _Node) -> Iterator[Token]:
    tag, classes = node.tag, node.classes
    if tag in _HEADINGS:
        opening, *rest = _wrapped("heading", [_line([node])], tag)
        opening.meta["id"] = node.attributes.get("id", "")
        yield from (opening, *rest)
    elif tag == "pre":
        yield Token("fence", "code", 0, content=node.text)
    elif tag in ("ul", "ol"):
        items = (token for item in node.all("li") for token in _wrapped("list_item", _blocks(item)))
        yield from _wrapped("bullet_list" if tag == "ul" else "ordered_list", items, start=_number(node))
    elif tag == "dl":
        entries = list(_definitions(node))
        yield from entries if entries and entries[0].type == "paragraph_open" else _wrapped("bullet_list", entries)
    elif tag == "blockquote" or "admonition" in classes or (tag == "details" and classes):
        title = next(node.all("p", "summary"), None)
        if title and title.text.strip().lower() in classes:  # "Note" over a note
            title.children.clear()
        yield from _wrapped("blockquote", _blocks(node))
    elif tag == "details":
        yield from _wrapped("details", _blocks(node))
    elif tag == "summary" and not any(map(_is_block, node.children)):
        yield from _paragraph([node])
    elif tag == "table" and not any(node.all("pre")):
        rows = [[token for cell in row for token in _wrapped("td", [_line([cell])])] for row in _rows(node)]
        yield from _wrapped("table", _wrapped("tbody", (token for row in rows for token in _wrapped("tr", row))))
    else:
        yield from _blocks(node)


def _number(node: _Node) -> str:
    start = node.attributes.get("start", "")
    return start if re.fullmatch(r"\d{1,9}", start) else "1"


def _rows(table: _Node) -> Iterator[list[_Node]]:
    """The cells of each row; one that goes down over more rows is in all of them."""
    held: dict[int, tuple[int, _Node]] = {}  # by column: for how many rows still, and the cell
    for row in table.all("tr"):
        cells = list[_Node]()
        own = deque(row.all("th", "td"))
        while own or len(cells) in held:
            left, cell = held.pop(len(cells), (0, None))
            if cell is None:
                cell = own.popleft()
                span = cell.attributes.get("rowspan", "")
                left = min(int(span), _MOST_ROWS) if re.fullmatch(r"\d{1,9}", span) else 1
            if left > 1 and len(cells) < _MOST_ROWS:
                held[len(cells)] = (left - 1, cell)
            cells.append(cell)
        yield cells


def _definitions(node: _Node) -> Iterator[Token]:
    terms: list[_Node | str] = []
    asked = [child.text.strip().endswith(("?", "？")) for child in node.all("dt")]
    for child in node.all("dt", "dd"):
        if asked and all(asked):
            asking = _line([child])
            asking.meta["bold"] = child.text.strip()
            yield from _wrapped("paragraph", [asking]) if child.tag == "dt" else _blocks(child)
        elif child.tag == "dt":
            terms = [*terms, ", ", child] if terms else [child]
        else:
            named = "".join(map(_text, terms)).rstrip()
            between = "" if not named else " " if named[-1] in ":：" else ": "
            said = dropwhile(
                lambda token: not token.content.strip() and token.type in ("text", "softbreak", "hardbreak"), _inline([child])
            )
            line = Token("inline", "", 0, children=[*_inline([*terms, between]), *said])
            yield from _wrapped("list_item", _wrapped("paragraph", [line]))
            terms = []


def _line(nodes: Iterable[_Node | str]) -> Token:
    return Token("inline", "", 0, children=list(_inline(nodes)))


def _inline(nodes: Iterable[_Node | str]) -> Iterator[Token]:
    broken = False  # the line has just begun
    for node in nodes:
        after, broken = broken, not isinstance(node, str) and node.tag == "br"
        if isinstance(node, str):
            node = node.lstrip() if after else node
            for at, line in enumerate(re.split(r"[ \t\r\f]*\n\s*", node)):
                if at:
                    yield Token("softbreak", "br", 0)
                yield Token("text", "", 0, content=re.sub(r"[ \t\r\f]+", " ", line))
        elif node.tag == "br":
            yield Token("hardbreak", "br", 0)
        elif node.tag == "img":
            yield Token("image", "img", 0, content=node.attributes.get("alt", ""))
        elif node.tag == "a":
            yield from _wrapped("link", _inline(_shown(node)), "a", href=node.attributes.get("href", ""))
        elif node.tag in ("code", "kbd", "samp"):
            yield Token("code_inline", "code", 0, content=" ".join(node.text.split()))
        elif node.tag in ("p", "div", "li", "tr", "pre"):
            yield Token("hardbreak", "br", 0)
            yield from _inline(_shown(node))
        else:
            yield from _inline(_shown(node))
