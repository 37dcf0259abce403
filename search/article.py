"""A plain text, such as an article that was pasted into a file, as headings and blocks, by the marks that people number things with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from search.normalize import HAN
from search.outline import (
    ASK,
    HAN_NUMBER,
    LISTED,
    LONGEST_ITEM,
    REPLY,
    STEP,
    WORDS,
    Block,
    Section,
    is_advertisement,
    is_contact,
    key,
    numbered,
    split_question,
)

_LONGEST_PROSE = 5000  # characters of a line; a longer one is no sentence that walks anybody through anything

_HEADINGS = [  # outermost first
    re.compile(
        rf"第\s*(?:{HAN_NUMBER}+|\d+)\s*[章节篇部]分?(?:\s*[:：、.]\s*|\s+)|(?:Chapter|Part)\s+(?:\d+|[IVX]+)\s*[.:：–—-]\s*"
    ),
    re.compile(rf"{HAN_NUMBER}+、\s*"),
    re.compile(rf"[(（]{HAN_NUMBER}+[)）]\s*"),
    re.compile(r"\d+(?:\.\d+)+[.、]?\s\s*"),
]
_LETTERED = re.compile(r"[(（]?([a-t])[)）]\s*(?=\S)")
_CLOSE = re.compile(f"[{HAN}“”]{{2}}|[，。；：、！？（）].|.[，。；：、！？（）]")  # two characters without a space between them
_BULLET = re.compile(r"[-*•·●]\s+(?=\S)")
_RULE = re.compile(r"([-=*_~—─═])\1{2,}")
_BARE = re.compile(r"【([^【】]{1,30})】|(?=.*[A-Z]{4})([A-Z][A-Z &/,'’-]{3,40})")  # a heading by its brackets or its capitals
_REPLIED = re.compile(r"^A\s*\d*[.、]\s*")  # opens the answer to "Q. …"; elsewhere it is the first of some options
_OPENS = re.compile(
    r"(?i)^(?!\(?\d{1,3}[.、)）]).*[。.!！]$|^[(（]?1[.、)）]|^\d{1,3}\.1\s|^(?:Q|问|第|步骤|Step)[\w\s]*[:：.]"
)  # what stands below a heading
_ENUMERATED = re.compile(r"[(（](\d)[)）]|([①-⑳])")
_FIRST = re.compile(r"(?:^|(?<=[。：:；;]))(?=首先)")
_NEXT = re.compile(r"[；;，,]\s*(?=其次|再次|然后|接着|最后)")
_ARROW = re.compile(r"\s*(?:→|⇒|➔|-{1,2}>|(?<=[^\s\d]) > (?=[^\s\d=]))\s*")
_STOP = re.compile(r"[。！!？?](?![”\"』」）)])|\.(?=\s|$)")


def bare_title(title: str) -> str:
    """A title without the mark that numbers it: "Q1: Which languages?" → "Which languages?", "1.1.3 Upgrade" → "Upgrade"."""
    for mark in (ASK, STEP, *_HEADINGS, LISTED, _LETTERED):
        if (match := mark.match(title)) and match.end() < len(title):
            return title[match.end() :]
    return title


def outline(text: str) -> list[Section | Block]:
    """The headings and blocks of a plain text, in reading order."""
    structure, title = 0, ""  # the level of the last numbered heading; the last heading
    items: list[Section | Block] = []
    contacts: list[Block] = []  # which nobody asked for; they stay where a heading has nothing else below it
    lines = _without_contents([line for line in _unwrapped(text) if line])
    closing = _closing(lines)
    for before, line, following in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        if is_advertisement(line):
            if items and isinstance(items[-1], Section) and not items[-1].role:
                items[-1].role = "emptied"
            continue
        if is_contact(line, title):
            contacts.append(Block("text", line))
            continue
        before, said = REPLY.sub("", before), REPLY.sub("", line)
        if ASK.match(before) and not following.startswith("B"):
            said = _REPLIED.sub("", said)
        section, rest = _heading(line, before, following, structure)
        prose = said != line and not (LISTED.match(following) and said.startswith("1"))  # a reply that begins no list
        if section:
            items += contacts if items and isinstance(items[-1], Section) else []
            contacts = []
            title, structure = section.title, structure if section.role else section.level
            items += [section, *_prose(_REPLIED.sub("", rest))]
        elif not prose and (listed := LISTED.match(said)) and listed.end() < len(said):
            items.append(Block("step", said[listed.end() :], numbered(listed)))
        elif listed := _LETTERED.match(line):
            items.append(Block("step", line[listed.end() :], ord(listed[1]) - ord("a") + 1))
        elif bullet := _BULLET.match(line):
            items.append(Block("item", line[bullet.end() :]))
        elif not following and closing:  # it joins the opening
            items.insert(next(at for at, item in enumerate(items) if isinstance(item, Section)), Block("text", line))
        else:
            items += _prose(said)
    return items + (contacts if not items or isinstance(items[-1], Section) else [])


def _heading(line: str, before: str, following: str, structure: int) -> tuple[Section | None, str]:
    """The heading that a line is, if it is one, and the text that follows in the line. Steps and questions stand below `structure`."""
    if heading := _numbered(line, before, following, structure):
        return heading, ""
    title, rest, role = "", "", "question"
    listed = LISTED.match(line)
    body = line[listed.end() :] if listed else line
    if match := STEP.match(line):
        (title, rest), role = _run_in(line[match.end() :] or line), "step"
    elif (match := ASK.match(line)) and line[match.end() :]:
        title, rest = split_question(line[match.end() :])
    elif body.endswith(("?", "？")) and len(body) <= 80 and not re.search(r"[。；;]", body):
        title = body
    return (Section(structure + 1, title, role=role), rest) if title else (None, line)


def _numbered(line: str, before: str, following: str, structure: int) -> Section | None:
    """The heading that a line is by its number, the level by the kind of number."""
    if match := re.match(r"(#{1,6})\s+(?=\S)", line):
        return Section(len(match[1]), line[match.end() :])
    if len(line) <= (200 if line.endswith(("?", "？")) else 60) and not line.endswith(("。", "；", ";")):
        for level, mark in enumerate(_HEADINGS, 1):
            if (match := mark.match(line)) and match.end() < len(line):
                return Section(level + match[0].count(".", 0, -2), line[match.end() :])
    # A lone number over a paragraph is no item of a list; nor, after such a one, is a number over letters.
    opens = _OPENS.search(following) or (structure == len(_HEADINGS) and _LETTERED.match(following))
    if (match := LISTED.match(line)) and not LISTED.match(before) and opens:
        title = line[match.end() :]
        return Section(len(_HEADINGS), title) if len(title) <= 40 and title[-1:].isalnum() else None
    return None


def _without_contents(lines: list[str]) -> list[str]:
    """The lines without a list of the headings that stand below it."""
    at = next((at for at, line in enumerate(lines[:-1]) if WORDS["contents"].fullmatch(line.lstrip("# "))), -1)
    titles = [key(bare_title(line)) for line in lines] if at >= 0 else []
    if at < 0 or titles[at + 1] not in titles[at + 3 :]:
        return lines
    end = titles.index(titles[at + 1], at + 3)
    below = set(titles[end:])
    return lines[:at] + lines[end:] if 2 * sum(title in below for title in titles[at + 1 : end]) > end - at - 1 else lines


def _closing(lines: Sequence[str]) -> bool:
    """Whether the last line closes the article: a short one more than the one line that each of the last answers has."""
    *asked, last = ["Q" if ASK.match(line) else "A" for line in lines if not (is_advertisement(line) or is_contact(line))][
        -7:
    ] or [""]
    return "".join(asked) == "QAQAQA" and last == "A" and len(lines[-1]) <= 80 and not re.search(r"\d", lines[-1])


def _columns(text: str) -> int:
    return len(text) + sum(map("\u2e80".__lt__, text))


def _full(line: str, following: str, width: int) -> bool:
    """Whether the next line follows because what it begins with has no room in this one, of so many columns."""
    begin = re.match(r"[!-~]+|.", following.strip())
    return bool(begin and _columns(line.rstrip()) + _columns(begin[0]) + (begin[0] < "\u2e80") > width)


def _marked(line: str) -> bool:
    """Whether a line begins with the mark of a heading, a step, an item or a reply."""
    return bare_title(line) != line or bool(REPLY.match(line) or _BULLET.match(line))


def _fixed_width(lines: Sequence[str]) -> int:
    """The columns that a text was broken at; 0 where its lines end where their author meant them to end."""
    widths = sorted(_columns(line.rstrip()) for line in lines if line.strip() and not _RULE.fullmatch(line.strip()))
    width = widths[len(widths) * 49 // 50] if widths else 0
    pairs = [pair for pair in pairwise(lines) if all(map(str.strip, pair)) and not _marked(pair[1].strip())]
    full = sum(_full(line, following, width) for line, following in pairs)
    return width if 40 <= width <= 100 and len(pairs) > 5 and 3 * full > 2 * len(pairs) else 0


def _unwrapped(text: str) -> Iterator[str]:
    """The lines of a text, those that a fixed width broke joined again, and without one those of a question or of Latin prose.

    A line above a rule, in 【】 or, on its own, in capitals gets the mark of a heading.
    """
    held: list[str] = []
    alone = above = True  # an empty line is above the one held; above this one
    raw = [*text.split("\n"), ""]
    width = _fixed_width(raw)
    for before, source in zip(["", *raw], raw, strict=False):
        line = source.strip()
        last = held[-1] if held else ""
        if _RULE.fullmatch(line):
            if (
                last
                and alone
                and len(held) == 1
                and len(last) <= 60
                and last[-1] not in "。.;；,，:："
                and bare_title(last) == last
            ):
                held = ["#" * (1 if line[0] == "=" else 2) + " " + last.lstrip("# ")]
            line = ""
        elif (bare := _BARE.fullmatch(line)) and (bare[1] or above) and not WORDS["note"].fullmatch(bare[1] or line):
            line = f"## {bare[1] or line}"
        broken = len(last) >= 50 and last[-1] not in ".?!:;" and last.isascii() and line.isascii() and line[:1].isalnum()
        if (
            line
            and not _marked(line)
            and (
                _full(before, line, width)
                if width and last
                else broken or (ASK.match(last) and line[-1] in "?？" and last[-1] not in "?？。")
            )
        ):
            held.append(line)
        else:
            yield _run_on(held)
            held, alone = [line] if line else [], above
        above = not line


def _run_on(lines: Sequence[str]) -> str:
    """The lines as one, without spaces between Han characters or beside their punctuation."""
    text = ""
    for line in lines:
        text += (" " if text and not _CLOSE.match(text[-1] + line[0]) else "") + line
    return text


def _run_in(text: str) -> tuple[str, str]:
    """A heading run into its paragraph, and the rest: up to the first full stop, when that leaves both."""
    if (match := re.match(r"(.{1,80}?)(?:。|\.\s)\s*(?=\S)", text)) and not _ARROW.search(match[0]):
        return match[1], text[match.end() :]
    return (text.rstrip("。"), "") if len(text) <= LONGEST_ITEM else (re.split(r"[,，。;；:：]", text)[0][:60], text)


def _prose(text: str) -> Iterator[Block]:
    """A paragraph; where it enumerates (①②③, 首先…其次…) or walks a path (A → B → C), these become steps."""
    text = text.strip()
    finders = (_enumerated, _sequence, _route) if len(text) <= _LONGEST_PROSE else ()
    while text:
        found = next(filter(None, (find(text) for find in finders)), None)
        if not found:
            yield Block("text", text)
            return
        before, steps, after = found
        yield from _prose(before)
        yield from (Block("step", step.strip(" ；;。，,"), number) for number, step in enumerate(steps, 1))
        text = after.strip()


_Found = tuple[str, list[str], str] | None  # what stands before the steps, the steps, and what follows


def _enumerated(text: str) -> _Found:
    run: list[re.Match[str]] = []
    for mark in _ENUMERATED.finditer(text):
        place = numbered(mark)
        if place == 1 and len(run) > 1:
            break
        if place in (1, len(run) + 1):
            run = [*run[: place - 1], mark]
    return _cut(text, run)


def _sequence(text: str) -> _Found:
    if not (first := _FIRST.search(text)):
        return None
    return _cut(text, [first, *_NEXT.finditer(text, first.end(), _sentence_end(text, first.end()))])


def _cut(text: str, marks: Sequence[re.Match[str]]) -> _Found:
    """Steps that begin after the marks, two at least; the last goes on to the end of its sentence."""
    if len(marks) < 2:
        return None
    edges = [*(mark.start() for mark in marks[1:]), _sentence_end(text, marks[-1].end())]
    steps = [text[mark.end() : edge] for mark, edge in zip(marks, edges, strict=True)]
    return text[: marks[0].start()], steps, text[edges[-1] :]


def _sentence_end(text: str, start: int) -> int:
    stop = _STOP.search(text, start)
    return stop.end() if stop else len(text)


def _route(text: str) -> _Found:
    """The first sentence that walks a path through menus: three stops or more, at least one of them an action."""
    start = 0
    for end in [*(match.end() for match in _STOP.finditer(text)), len(text)]:
        sentence = text[start:end]
        if _ARROW.search(sentence):
            first, *stops = _outside(sentence, _ARROW)
            lead = "".join(_outside(first, re.compile(r"(?<=[,，；;：:])"))[:-1])
            steps = [first[len(lead) :], *stops]
            if (
                len(steps) > 2
                and all(0 < len(step) <= 120 for step in steps[:-1])
                and any(map(WORDS["action"].search, [first, *stops]))
            ):
                return text[:start] + lead, steps, text[end:]
        start = end
    return None


def _outside(text: str, pattern: re.Pattern[str]) -> list[str]:
    """The text split where the pattern matches outside of parentheses."""
    masked = re.sub(r"[(（][^()（）]*[)）]", lambda aside: "（" * len(aside[0]), text)
    spans = [match.span() for match in pattern.finditer(masked)]
    starts, ends = [0, *(end for _, end in spans)], [*(start for start, _ in spans), len(text)]
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]
