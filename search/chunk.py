"""Documents become chunks: one FAQ entry, procedure, section or glossary entry each, whole, with the heading path above it.

Markdown and rendered pages (`markdown`) and plain text (`article`) are read into the same run of headings and blocks; nothing
else is seen here. What makes a chunk of which kind is decided in `_kind`, what joins or splits sections in `_fold` and `_split`.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from urllib.parse import unquote, urljoin

from search import article, markdown
from search.document import OUTSIDE, Chunk, Document, Kind, Language, Part, Source
from search.outline import LONGEST_ITEM, STEP, WORDS, Block, Section, key
from search.read import meant, same_id, text_language
from search.workers import parallel

TARGET = {"zh": 600, "en": 1200}  # characters in a piece of a long section; up to twice as many stay whole
_LONGEST_ENTRY = 6000  # characters; a question with more below it, subheadings included, heads a chapter and not an answer,
_MOST_PARTS = 6  # and so does one with more subheadings
_LONGEST_ANCHOR = 60  # characters of one that is made of a heading, in ids
_TELLING = 40  # characters from which on a text's own language is told
_NO_PROSE = re.compile(r"https?://\S+")
_DEFINITION = re.compile(r"([^：:]{1,40}?)\s*(?:：|:\s|\s[–—-]\s|——)\s*(\S.*)", re.S)

_PASSAGES = ("passage", "faq")  # formats of lines in a file
_Links = Sequence[tuple[tuple[str, str], ...]]  # of each part of a chunk: targets as written, and the words that lead there


# --- sections -----------------------------------------------------------------------------------------------------------------


def _free(name: str, used: Counter[str]) -> str:
    """`name`, or with the first number behind it that nobody has."""
    free = name
    while used[free]:
        used[name] += 1
        free = f"{name}-{used[name]}" if name else str(used[name])
    used[free] += 1
    return free


def _sections(title: str, items: Iterable[Section | Block], rendered: bool) -> tuple[list[Section], Counter[str]]:
    """The sections in reading order, the document first, and their anchors. A top heading that is the title makes no section."""
    root = Section(0, title)
    sections, above = [root], [root]
    for item in items:
        if isinstance(item, Block):
            above[-1].blocks += [item] if item.text.strip() else []
        elif item.level == 1 and len(sections) == 1 and not root.blocks and not root.role and key(item.title) == key(title):
            root.title, root.anchor, root.role, root.id = item.title, item.anchor if item.explicit else "", "title", item.id
        else:
            while len(above) > 1 and above[-1].level >= item.level:
                above.pop()
            if not item.title:  # it ends what stands beside the headings
                continue
            names = {key(section.title): section.title for section in reversed(above)}
            names.pop(key(item.title), None)
            item.path = tuple(filter(None, reversed(names.values())))
            above[-1].children.append(item)
            sections.append(item)
            above.append(item)
    used = Counter([""])
    for section in sections:  # the authors' anchors first
        section.anchor = _free(section.anchor, used) if section.anchor else ""
    for section in sections[1:]:
        if not section.anchor:
            place = _place(section.title)
            section.anchor = _free(_slug(section.title), used)
            if len(place) > _LONGEST_ANCHOR and not rendered:  # a site does not cut it
                section.id = _free(place, used)
    return sections, used


def _place(title: str) -> str:
    """What sites make of a heading for links to it."""
    return re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", title[:1000].lower())).strip("-")


def _slug(title: str) -> str:
    return _place(title[:200])[:_LONGEST_ANCHOR] or "section"


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
    return bool(section.level and whole and not own and 0 < len(below) <= _MOST_PARTS and size <= _LONGEST_ENTRY)


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
    """Whether all that a section has is a list of links to places in its own page, maybe in groups that have names."""
    opens = section.blocks[:1] and section.blocks[0].kind == "text" and section.blocks[0].text.endswith((":", "："))
    blocks = section.blocks[1:] if opens else section.blocks
    links = [link for block in blocks for link in block.links]
    lines = [re.sub(r"^\s*(?:-|\d+\.)\s+", "", line) for block in blocks for line in block.text.split("\n")]
    listed = all(block.kind in ("item", "step") for block in blocks) and all(target.startswith("#") for target, _ in links)
    linked = [words for _, words in links]
    known = set(linked)
    return listed and len(links) > 1 and 2 * len(links) > len(lines) and linked == [line for line in lines if line in known]


def _is_empty(section: Section) -> bool:
    """Whether a section says no more than that it is to be written, or what its pictures are called."""
    return all(block.pictured or WORDS["pending"].fullmatch(block.text) for block in section.blocks)


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
            head, *lines = block.text.split("\n")
            names, end, row = head.split(" | "), len(head), _cutter(block)
            for line in lines:
                start, end = end + 1, end + 1 + len(line)
                term, *cells = line.split(" | ")
                named = [(name, cell) for name, cell in zip(names[1:], cells, strict=False) if cell]
                text = "\n".join(f"{name}：{cell}" if len(names) > 2 else cell for name, cell in named)
                entries += [(term, row(start, end)._replace(kind="text", text=text))] if term and text else []
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
    piece, ends = _cutter(block), re.compile(r"\n" if block.kind == "table" else r"[。！？!?；\n]|[.;]\s")
    while start < len(text):
        window = text[start : start + target]
        cut = max((match.end() for match in ends.finditer(window)), default=0) or window.rfind(" ") + 1 or target
        cut = cut if start + target < len(text) else target
        if window[:cut].strip():
            yield piece(start, start + cut)
        start += cut


def _placed(text: str, links: Iterable[tuple[str, str]]) -> Iterator[tuple[int, tuple[str, str]]]:
    """Where the words of each link begin, in the order in which they stand in the text; −1 for words that don't."""
    end = 0
    for target, words in links:
        start = text.find(words, end) if words else -1
        end = start + len(words) if start >= 0 else end
        yield start, (target, words)


def _cutter(block: Block) -> Callable[[int, int], Block]:
    """What cuts the piece between two characters out of a block, with all its links but those that lead out of the corpus from elsewhere."""
    kept, led = list[tuple[int, tuple[str, str]]](), list[tuple[int, int, tuple[str, str]]]()
    for at, (place, link) in enumerate(_placed(block.text, block.links)):
        if not OUTSIDE.match(link[0]):
            kept.append((at, link))
        elif place >= 0:
            led.append((place, at, link))

    def cut(start: int, end: int) -> Block:
        within = led[bisect_left(led, (start,)) : bisect_left(led, (end,))]
        links = sorted([*kept, *((at, link) for _, at, link in within)])
        return block._replace(text=block.text[start:end].strip(), links=tuple(link for _, link in links))

    return cut


# --- chunks -------------------------------------------------------------------------------------------------------------------


def chunk_documents(documents: Iterable[Document], processes: int = 1) -> list[Chunk]:
    """The chunks of all documents in order, ids unique, links resolved across documents. So many `processes` parse them.

    Raises DocumentError when two passages have one id.
    """
    documents = list(documents)
    passages: dict[str, str] = {}  # ids → names
    for document in documents:
        if document.id in passages:
            raise same_id(document, passages[document.id])
        if document.id is not None:
            passages[document.id] = document.name
    # A line of a file is a passage, named by its number.
    file_of = {one.name: one.name.rpartition(":")[0] * (one.format in _PASSAGES) or one.name for one in documents}
    stem_of = {file: posixpath.splitext(file)[0] for file in dict.fromkeys(file_of.values())}
    stems = Counter(stem_of.values())
    sites = Counter(one.url.rstrip("/") for one in documents if one.format == "html" and one.url and OUTSIDE.match(one.url))
    used = Counter(passages.keys())
    pages: dict[str, list[str]] = {}  # what wikis call a document → its names, without the file's ending
    for stem in stems:
        pages.setdefault(posixpath.basename(stem).casefold(), []).append(stem)
    places: dict[str, str] = {}  # "document#anchor", with and without the file's ending, → chunk id
    found: list[tuple[Chunk, _Links, str]] = []
    tasks = [partial(_parsed, document) for document in documents if document.format not in _PASSAGES]
    with parallel(tasks, processes) as parsed:
        for document in documents:
            file, url = file_of[document.name], document.url or ""
            stem = stem_of[file]
            # Links start from the file, but those of a page that a site generator hands over.
            here = unquote(url) if url and document.format == "html" and not OUTSIDE.match(url) else document.name
            starts = list[str]()  # what links to it name
            if document.format != "passage":
                starts += [posixpath.normpath(here), stem]
                starts += [posixpath.dirname(stem) or "."] if posixpath.basename(stem) == "index" else []
                starts += [unquote(url.rstrip("/"))] if sites[url.rstrip("/")] == 1 else []
            for anchors, one, links in _chunks(document) if document.format in _PASSAGES else next(parsed):
                if document.id is None:
                    name, own = stem if stems[stem] == 1 else file, anchors[-1]
                    one = one._replace(id=_free(f"{name}#{own}" if own else name, used))
                for anchor in anchors if one.kind != "open" else ():
                    for start in starts:
                        places.setdefault(f"{start}#{anchor}", one.id)
                found.append((one, links, here))
    return [_linked(one, links, here, places, pages) if any(links) else one for one, links, here in found]


def _language(one: Chunk) -> Language:
    """The language of a chunk in a document whose language nothing names: that of its own text, where there is enough to tell."""
    text = _NO_PROSE.sub(" ", "\n".join([one.title, *(part.text for part in one.parts if part.kind != "draft")]))
    return text_language(text) if len(text) > _TELLING else one.language


def _linked(one: Chunk, links: _Links, here: str, places: Mapping[str, str], pages: Mapping[str, Sequence[str]]) -> Chunk:
    """The chunk with those of its links that lead to other chunks, or out of the corpus."""
    ids, parts = dict[str, None](), list[Part]()
    for part, own in zip(one.parts, links, strict=True):
        references, addresses, end = list[tuple[int, int, str]](), list[tuple[int, int, str]](), 0
        for target, words in own:
            file, _, anchor = unquote(target).partition("#")
            ways = _wiki_places(file, anchor, here, pages) or [f"{place}#{anchor}" for place in meant(file, here)]
            ways += [f"{place}#{anchor}" for place in _addresses(file, one.source.url or "")]
            id = next(filter(None, map(places.get, ways)), one.id)
            outside = OUTSIDE.match(target) if id == one.id else None
            if outside or id != one.id:
                ids |= {} if outside else {id: None}
                if words and (start := part.text.find(words, end)) >= 0:
                    end = start + len(words)
                    (addresses if outside else references).append((start, end, target if outside else id))
        found = bool(references or addresses)
        parts.append(part._replace(references=tuple(references), addresses=tuple(addresses)) if found else part)
    return one._replace(parts=tuple(parts), links=tuple(ids))


def _wiki_places(file: str, heading: str, here: str, pages: Mapping[str, Sequence[str]]) -> list[str]:
    """The places that a link of a wiki may lead to: a page is called by its name, from any folder, and a heading by its words."""
    if not file.startswith("[["):
        return []
    page = file[2:].removesuffix(".md")
    anchor = _slug(heading.rpartition("#")[2]) if heading else ""
    if not page:
        return [f"{here}#{anchor}"]
    stems = [stem for stem in pages.get(posixpath.basename(page).casefold(), ()) if _ends(stem, page)]
    nearest = max(stems, key=lambda stem: len(posixpath.commonprefix([stem, here])), default="")
    return [f"{nearest}#{anchor}", f"{nearest}#"]


def _addresses(file: str, url: str) -> Iterator[str]:
    """What a link in a page of that address leads to, in full."""
    with suppress(ValueError):  # it is no address
        if OUTSIDE.match(place := urljoin(url, file)):
            yield unquote(place).rstrip("/")


def _ends(stem: str, page: str) -> bool:
    return f"/{stem}".casefold().endswith(f"/{page}".casefold())


def _parsed(document: Document) -> list[tuple[Sequence[str], Chunk, _Links]]:
    return list(_chunks(document))


def _chunks(document: Document) -> Iterator[tuple[Sequence[str], Chunk, _Links]]:
    """The chunks, each with the anchors that lead to it, its own last, and the links of its parts; "" leads to the first."""
    source = Source(document.name, document.title, document.url, document.published, document.source)
    first = Chunk(document.id or "", "section", document.language, document.title, (), (), (), (), source)
    if document.format in _PASSAGES:
        if text := document.text.strip():
            kind: Kind = "faq" if document.format == "faq" else "section"
            slug = _slug(document.title) if document.id is None and document.title else ""
            yield ("", slug), first._replace(kind=kind, parts=(Part("text", text),)), ((),)
        return
    plain, rendered = document.format == "text", document.format == "html"
    faq = any(map(WORDS["faq"].search, (document.name, document.title)))
    items = article.outline(document.text) if plain else markdown.outline(document.text, rendered, faq)
    sections, used = _sections(document.title, items, rendered)
    _fold(sections, plain)
    waiting, place = [""], ""
    for section in sections:
        place = section.id or (place if rendered else section.anchor)
        names = [section.id, section.anchor] if section.id else [section.anchor]
        waiting += names
        if section.gone:
            continue
        aliases, blocks = _aliases([] if _is_contents(section) or _is_empty(section) else section.blocks)
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
        if document.aliases and made[0][-1] and (not section.level or section.role == "title"):
            aliases += [alias for alias in document.aliases if alias not in aliases]
        for anchor, own, title, above, run in made:
            if run or own == "open":
                parts = tuple(Part(block.kind, block.text, block.number) for block in run)
                one = first._replace(kind=own, title=title, path=above, aliases=tuple(aliases), parts=parts, anchor=place or None)
                one = one._replace(language=_language(one)) if document.guessed else one
                yield (*waiting, anchor), one, tuple(block.links for block in run)
                waiting, aliases = waiting[: -len(names)] if own == "open" else [], []  # a link leads to what can be shown
