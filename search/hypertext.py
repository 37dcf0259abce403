"""A page of HTML: its article without what the site shows around it, and the tokens that its Markdown would be parsed to, so
that both are read alike.

The token of a heading, or of what is folded, has the id that the page gives it, as `meta["id"]`.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from itertools import dropwhile, pairwise

from markdown_it.token import Token

# What no reader sees, and what takes the parser long where its end is missing.
UNSHOWN = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style)(?=[\s>/]).*?(?:</\1\s*>|\Z)|<[?!][^<>]*>", re.I | re.S)
_DEEPEST = 60  # elements within each other; what is nested deeper stands beside its parent
_MOST_ROWS = 100  # that a cell is repeated in, and columns that have such cells
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = frozenset(
    "address article aside blockquote body dd details div dl dt fieldset figcaption figure footer form header hgroup hr html li "
    "main ol p pre section summary table tbody td tfoot th thead tr ul".split()
).union(_HEADINGS)
_PLAIN_BLOCKS = _BLOCKS.difference(_HEADINGS)
_UNSEEN = frozenset("button datalist embed head iframe input label nav noscript object script select style svg template".split())
_FURNITURE = frozenset(
    "headerlink linenos line-numbers-wrapper lang footnote-ref footnote-backref tabbed-labels md-annotation__index navheader navfooter toc skip-link breadcrumbs".split()
)
# What a site shows around an article: by tag, by role, by a word in its classes, and by a class or id as a whole.
_FRAME = frozenset("aside dialog footer form".split())
_FRAME_ROLES = frozenset("alertdialog banner complementary contentinfo dialog navigation search tablist".split())
_FRAME_WORDS = frozenset(
    "author avatar breadcrumb breadcrumbs byline comments consent cookie cookies feedback genindex helpful meta newsletter pager "
    "pagination paginator popup promo reaction reactions related relatives share sharing sidebar skip social subscribe toc vote votes".split()
)
_FRAME_NAMES = frozenset(
    "bottom comment comments footer header indextable menu nav navbar navigation search sidebar top topbar".split()
)
_NOTES = frozenset("admonition alert callout caution danger hint important info note tip warning".split())  # asides that stay
_ARTICLES = frozenset("article-body entry-content markdown-body post-content theme-default-content vp-doc".split())
_KEPT = frozenset(
    "alt aria-expanded aria-haspopup aria-level class data-bs-toggle data-search-exclude data-toggle hidden href id name role "
    "rowspan start".split()
)
_FOLDED = re.compile(  # the class of a question over an answer that a script shows
    r"(?i)(?:accordion|collaps\w*|expander|faq|toggle)[\w-]*?(?:title|head(?:er|ing)?|question|button|trigger|summary)\b"
    r"|(?:^|[\s_-])question(?:[_-]?(?:title|text))?(?:\s|$)"
)
_CALLOUTS = frozenset("admonition custom-block starlight-aside theme-admonition".split())  # classes of notes
_LONGEST_QUESTION = 300  # characters
# What an opening tag ends when its end was left out, and what keeps that from reaching further up.
_ENDS = {name: ({name}, {"ul", "ol", "dl", "table"}) for name in ("li", "td", "th", "tr", "dt", "dd")}
_ENDS["dt"] = _ENDS["dd"] = ({"dt", "dd"}, {"dl"})
_ENDS["td"] = _ENDS["th"] = ({"td", "th"}, {"tr"})


@dataclass(slots=True, eq=False)
class _Node:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[_Node | str] = field(default_factory=list)
    size: int = 0  # characters that are seen of it, those of buttons included

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    @property
    def elements(self) -> list[_Node]:
        return [child for child in self.children if isinstance(child, _Node)]

    @property
    def told(self) -> list[_Node | str]:
        """What of its content has text."""
        return [child for child in self.children if (child.strip() if isinstance(child, str) else child.size)]

    @property
    def is_section(self) -> bool:
        return self.tag == "section" or "section" in self.classes

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else "\n" * (child.tag == "br") + child.text for child in _shown(self))

    @property
    def words(self) -> str:
        return " ".join(self.text.split())

    @property
    def html(self) -> str:
        kept = (f' {name}="{escape(value)}"' for name, value in self.attributes.items() if name in _KEPT)
        opening = f"<{self.tag}{''.join(kept)}>"
        return opening if self.tag in _VOID else f"{opening}{_html(self.children)}</{self.tag}>"

    def below(self) -> Iterator[_Node]:
        """All elements within, in the order of the page."""
        left = self.elements[::-1]
        while left:
            node = left.pop()
            yield node
            left += node.elements[::-1]

    def all(self, *tags: str) -> Iterator[_Node]:
        """The nearest elements below with one of these tags."""
        left = self.elements[::-1]
        while left:
            node = left.pop()
            if node.tag in tags:
                yield node
            else:
                left += node.elements[::-1]


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
        for at in range(len(self.open) - 1, 0, -1) if ended else ():
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
        if (size := len(data.strip())) and all(node.tag not in _UNSEEN or node.tag == "button" for node in self.open):
            for node in self.open:
                node.size += size


def _tree(page: str) -> _Node:
    tree = _Tree()
    tree.feed(UNSHOWN.sub("", page))
    tree.close()
    return tree.root


def _html(nodes: Iterable[_Node | str]) -> str:
    return "".join(escape(node, quote=False) if isinstance(node, str) else node.html for node in nodes)


# --- the article of a page ----------------------------------------------------------------------------------------------------


def article(page: str) -> tuple[str, dict[str, str]]:
    """The HTML of a page's article, without what a site shows around it, and what the page says of itself: `title`, `site`,
    `language`, `url`, `published`, and `moved`, where another page takes its place at once."""
    root = _tree(page)
    said = {name: value for name, value in _said(root).items() if value}
    place = _place(root)
    own, others = _days(place), set(_days(root))  # those of other articles stand around it, too
    day = own[0] if own else min(others) if len(others) == 1 else ""
    heads = [node.words for node in root.below() if node.tag in ("h1", "h2") and node.words]
    _cut(place, place.size)
    tops = [node.words for node in place.below() if node.tag == "h1" and node.words]
    title = said.get("title", "")
    if len(tops) != 1 or tops[0] not in title:  # the heading that the page is called by; the site's name may follow
        named = [one for one in heads if one == title or (title.startswith(one) and re.match(r"\s*[^\w\s]", title[len(one) :]))]
        tops = named or (tops if len(tops) == 1 else [])
    said |= {"title": max(tops, key=len)} if tops else {}
    return _html(place.children), {"published": day} | said


def _days(node: _Node) -> list[str]:
    return [day for time in node.all("time") if (day := time.attributes.get("datetime"))]


def _said(root: _Node) -> dict[str, str]:
    meta, said = dict[str, str](), dict[str, str]()
    for node in root.below():
        own = node.attributes
        if node.tag == "meta":
            name = own.get("property") or own.get("name") or own.get("itemprop") or own.get("http-equiv") or ""
            meta.setdefault(name.lower(), own.get("content", "").strip())
        elif node.tag == "link" and own.get("rel", "").lower() == "canonical":
            meta["canonical"] = own.get("href", "").strip()
        elif node.tag == "html":
            said["language"] = own.get("lang") or own.get("xml:lang", "")
        elif node.tag == "title":
            said.setdefault("title", node.words)
    title = meta.get("og:title", "")
    names = ("article:published_time", "datepublished", "date", "dc.date", "article:modified_time")
    return said | {
        "title": title if title and said.get("title", "").startswith(title) else said.get("title") or title,
        "site": meta.get("og:site_name", ""),
        "url": next((url for name in ("canonical", "og:url") if re.match("https?://", url := meta.get(name, ""))), ""),
        "published": next((meta[name] for name in names if meta.get(name)), ""),
        "moved": "".join(re.findall(r"(?i)^\s*\d\s*[;,]\s*url\s*=\s*(.+)", meta.get("refresh", ""))),
    }


def _place(root: _Node) -> _Node:
    """The element that holds the article, as far as the page tells."""
    mains = (node for node in root.below() if node.tag == "main" or node.attributes.get("role") == "main")
    place = max(mains, key=lambda node: node.size, default=root)
    for inner in (
        list(place.all("article")),
        [node for node in place.below() if not _ARTICLES.isdisjoint(node.classes)],
    ):
        if len(inner) == 1 and inner[0].size * 3 > place.size:  # and not one of several cards
            return inner[0]
    return place


def _cut(node: _Node, whole: int) -> None:
    """Takes out what a site shows around the article, of which `whole` is the size: no heading of the page, and not most of it."""
    kept = list[_Node | str]()
    for child in node.children:
        if not isinstance(child, str):
            if child.tag in _UNSEEN and child.tag != "button":
                continue
            if _is_frame(child) and (child.size * 2 < whole or _is_menu(child) or _is_login(child)) and not any(child.all("h1")):
                continue
            _cut(child, whole)
            if child.tag == "header":
                child.children = [inner for inner in child.below() if inner.tag in _HEADINGS or inner.tag == "p"]
        kept.append(child)
    node.children = kept


def _is_frame(node: _Node) -> bool:
    words = _class_words(node)
    if node.tag in _FRAME or node.attributes.get("role") in _FRAME_ROLES:
        panels = any(inner.attributes.get("role") == "tabpanel" for inner in node.below())
        return not panels and (node.tag != "aside" or words.isdisjoint(_NOTES))
    id = "" if node.is_section else node.attributes.get("id", "")  # that of a section is made of its heading
    return node.tag in _PLAIN_BLOCKS and not (words.isdisjoint(_FRAME_WORDS) and _FRAME_NAMES.isdisjoint([*node.classes, id]))


def _class_words(node: _Node) -> set[str]:
    return {word.lower() for word in re.findall("[A-Z]?[a-z]+", node.attributes.get("class", ""))}


def _is_menu(node: _Node) -> bool:
    return sum(link.size for link in node.all("a")) * 4 > node.size * 3


def _is_login(node: _Node) -> bool:
    return any(inner.attributes.get("type") == "password" for inner in node.below())


# --- what is folded, and what has a name --------------------------------------------------------------------------------------


def _unfold(node: _Node) -> None:
    """Makes `details` of a question and the answer that a script shows below it; a heading or a term stays one, with its words."""
    told, folded, gone = node.told, dict[int, _Node](), set[int]()
    for child, answer in pairwise(told):
        if isinstance(child, str) or isinstance(answer, str) or answer.tag not in _PLAIN_BLOCKS or id(child) in gone:
            continue
        opener = _opener(child)
        if not opener or _opener(answer):
            continue
        answer.attributes.pop("hidden", None)
        if opener.tag in _UNSEEN:
            opener.tag = "span"
        if child.tag not in (*_HEADINGS, "dt", "summary"):
            alone = [node] if told == [child, answer] else []
            name = next((name for one in (*alone, opener, child, answer) if (name := one.attributes.get("id", ""))), "")
            titled = {"data-titled": ""} if "aria-expanded" in opener.attributes else {}
            asked = _Node("summary", {}, [opener.text])
            folded[id(child)] = _Node("details", {"id": name, **titled}, [asked, answer], child.size + answer.size)
            gone.add(id(answer))
    if folded:
        node.children = [folded.get(id(child), child) for child in node.children if id(child) not in gone]
    for child in node.elements:
        _unfold(child)


def _opener(node: _Node) -> _Node | None:
    """The element with all the text of another, where it is what people click to see what follows."""
    while not _opens(node):
        told = node.told
        if len(told) != 1 or not isinstance(told[0], _Node):
            return None
        node = told[0]
    return node if 0 < node.size <= _LONGEST_QUESTION else None


def _opens(node: _Node) -> bool:
    own = node.attributes
    if node.tag in _HEADINGS or "aria-haspopup" in own:
        return False
    toggled = "aria-expanded" in own or "collapse" in (own.get("data-toggle"), own.get("data-bs-toggle"))
    return toggled or (bool(_FOLDED.search(own.get("class", ""))) and not any(node.all(*_HEADINGS)))


def _name(node: _Node, id: str = "") -> None:
    """Gives the headings without an id that of the section which they open, or of an anchor before or in them."""
    for child in node.elements:
        own = _id(child)
        if child.attributes.get("role") == "heading":
            child.tag = f"h{re.sub('[^1-6]', '', child.attributes.get('aria-level', ''))[:1] or 2}"
        if child.tag in _HEADINGS:
            inner = (_id(one) for one in child.below() if one.tag in ("a", "span"))
            child.attributes["id"] = own or next(filter(None, inner), "") or id
            id = ""
        elif child.size and not _is_mark(child):
            _name(child, own if own and _opens_with_its_heading(child) else id)
            id = ""
        else:
            id = own or id


def _id(node: _Node) -> str:
    return node.attributes.get("id") or (node.attributes.get("name", "") if node.tag == "a" else "")


def _opens_with_its_heading(node: _Node) -> bool:
    levels = [inner.tag for inner in node.below() if inner.tag in _HEADINGS]
    return bool(levels) and levels[0] < min(levels[1:], default="h7") and (node.is_section or levels[0] > "h1")


# --- tokens -------------------------------------------------------------------------------------------------------------------


def tokens(page: str) -> list[Token]:
    """The block tokens of a page's HTML, each `inline` one with its children, as markdown-it makes them."""
    root = _tree(page)
    if any(map(_opens, root.below())):
        _unfold(root)
    _name(root)
    return list(_blocks(root))


def _shown(node: _Node) -> Iterator[_Node | str]:
    """What of an element's content a reader sees as part of the text; a heading that is left out takes its section along."""
    left_out = 0
    for child in node.children:
        if not isinstance(child, str):
            level = _HEADINGS.index(child.tag) + 1 if child.tag in _HEADINGS else 0
            excluded = "data-search-exclude" in child.attributes
            if 0 < level <= left_out or (level and excluded):
                left_out = level if excluded else 0
            hidden = excluded or child.tag in _UNSEEN or not _FURNITURE.isdisjoint(child.classes) or _is_hidden(child)
            if not (left_out or hidden or _is_mark(child)):
                yield child
        elif not left_out:
            yield child


def _is_mark(node: _Node) -> bool:
    """Whether an element is a sign that links into its own page, as those beside headings do."""
    sign = node.text.strip() if node.tag == "a" and node.attributes.get("href", "").startswith("#") else ""
    return bool(sign) and not re.search(r"\w", sign)


def _is_hidden(node: _Node) -> bool:
    """Whether nobody sees an element, not even after a click."""
    own = node.attributes
    return "hidden" in own and own["hidden"] != "until-found" and own.get("role") not in ("region", "tabpanel")


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
        if (entries := list(node.all("li"))) and all([one.tag for one in item.elements] == ["details"] for item in entries):
            for item in entries:
                yield from _blocks(item)
            return
        items = (token for item in entries for token in _wrapped("list_item", _blocks(item)))
        yield from _wrapped("bullet_list" if tag == "ul" else "ordered_list", items, start=_number(node))
    elif tag == "dl":
        if (terms := list(node.all("dt"))) and all(term.text.strip().endswith(("?", "？")) for term in terms):
            yield from _questions(node)
        else:
            yield from _wrapped("bullet_list", _definitions(node))
    elif tag == "blockquote" or not _CALLOUTS.isdisjoint(classes) or (tag == "details" and classes):
        for title in node.elements[:1]:
            if title.text.strip().lower() in _class_words(node):  # "Note" over a note
                title.children.clear()
        yield from _wrapped("blockquote", _blocks(node))
    elif tag == "details":
        opening, *rest = _wrapped("details", _blocks(node))
        summary = next(node.all("summary"), node)
        opening.meta |= {"id": _id(node) or _id(summary), "titled": summary.words if "data-titled" in node.attributes else ""}
        yield from (opening, *rest)
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


def _questions(node: _Node) -> Iterator[Token]:
    """A list of definitions that are answers."""
    folded = list[_Node]()
    for child in node.all("dt", "dd"):
        if child.tag == "dt":
            inner = next(filter(None, map(_id, (child, *child.below()))), "")
            folded.append(_Node("details", {"id": inner}, [_Node("summary", {}, [child.text])]))
        elif folded:
            folded[-1].children.append(child)
    for one in folded:
        yield from _block(one)


def _definitions(node: _Node) -> Iterator[Token]:
    terms: list[_Node | str] = []
    for child in node.all("dt", "dd"):
        if child.tag == "dt":
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
