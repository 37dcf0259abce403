"""What a document is read into before it is cut: headings with the blocks below them.

The words that tell a question, a step, a glossary or an advertisement are in marks.toml.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from unicodedata import numeric

from search.document import Part, PartKind
from search.normalize import HAN

LONGEST_ITEM = 120  # characters of a plain text's step that reads as an item of a list, not as a section of its own

_MARKS: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("marks.toml").read_text("utf-8"))
WORDS = {name: re.compile("|".join(patterns), re.IGNORECASE) for name, patterns in _MARKS.items()}
HAN_NUMBER = "[一二三四五六七八九十百]"
ASK = re.compile(rf"(?i)(?:Q|Question|问|问题)\s*(?:\d*|{HAN_NUMBER}+)\s*[:：.、]\s*")
REPLY = re.compile(r"(?i)^(?:A|Answer|答|答案|回答)\s*\d*\s*[:：]\s*")
_REPLY_WITHIN = re.compile(r"(?i)(?<=[\s?？。])(?:A|Answer|答|答案|回答)\s*\d*\s*[:：]\s*")
STEP = re.compile(
    rf"(?i)(?:第(?:{HAN_NUMBER}+|\d+)步|步骤\s*(?:{HAN_NUMBER}+|\d+)|Step\s*\d+)(?:\s*[:：、,，.)–—]\s*|\s+-\s+|\s+|$)"
)
LISTED = re.compile(r"(?:(\d{1,3})(?:[、)）]|[.，](?!\d))|[(（](\d{1,3})[)）]|([①-⑳]))\s*")
_HAN = re.compile(f"[{HAN}]")


class Block(NamedTuple):
    """A part of an answer with the target and the words of each of its links; `line` is how it reads in a list.

    `asks` is the question that opens it, as it stands in the text; `pictured`, whether all of it is what pictures are called.
    """

    kind: PartKind
    text: str
    number: int = 0
    links: tuple[tuple[str, str], ...] = ()
    asks: str = ""
    pictured: bool = False

    @property
    def line(self) -> str:
        return Part(self.kind, "", self.number).prefix + self.text


@dataclass(slots=True)
class Section:
    """A heading; `blocks` and `children` are what stands below it. `role` says what a plain text marks it as.

    `anchor` names it in ids and links; `explicit`, an author gave it. `id` is the place in a rendered page.
    """

    level: int
    title: str
    anchor: str = ""
    role: str = ""
    id: str = ""
    path: tuple[str, ...] = ()
    blocks: list[Block] = field(default_factory=list)
    children: list[Section] = field(default_factory=list)
    explicit: bool = False
    gone: bool = False  # folded into the section above

    @property
    def asked(self) -> bool:
        return self.role == "question" or self.title.rstrip("!！").endswith(("?", "？")) or bool(ASK.match(self.title))

    @property
    def stepped(self) -> bool:
        return self.role == "step" or bool(STEP.match(self.title))

    @property
    def size(self) -> int:
        return sum(len(block.text) for block in self.blocks)

    def below(self) -> Iterator[Section]:
        for child in self.children:
            yield child
            yield from child.below()


def key(title: str) -> str:
    """What titles that read the same have in common."""
    return re.sub(r"\W+", "", title).casefold()


def bare_question(title: str) -> str:
    """A question without the mark that numbers it: "Q1: Which?" → "Which?", "2. Which?" → "Which?"."""
    match = ASK.match(title) or LISTED.match(title)
    rest = title[match.end() :] if match else ""
    return title if not rest or rest[0].isdigit() else rest


def numbered(mark: re.Match[str]) -> int:
    """The number in a mark of a step or an item: "2)" → 2, "②" → 2, "第二步" → 2; 0 where it is larger than ten in words."""
    found = re.search(rf"\d+|[①-⑳]|{HAN_NUMBER}+", mark[0])
    number = found[0] if found else "〇"
    return int(number) if number.isdecimal() else int(numeric(number)) if len(number) == 1 else 0


def split_question(text: str) -> tuple[str, str]:
    """A question, and the answer that follows it at once, if one does."""
    if match := _REPLY_WITHIN.search(text):
        return text[: match.start()].strip(), text[match.end() :]
    match = re.match(r"((?:[^。！!?？]*[?？])+)(.*)", text, re.S)
    if match and len(match[2]) > 6 and match[2][0] not in "(（)）”\"'」】":
        return match[1].strip(), match[2].strip()
    return text, ""


def is_advertisement(line: str) -> bool:
    """Whether a line says that it is paid for, or only promises something to those who get in touch."""
    return len(line) <= 120 and bool(WORDS["sponsored"].match(line.strip()) or (_reaches(line) and WORDS["promise"].search(line)))


def is_contact(line: str, heading: str = "") -> bool:
    """Whether a line gives a contact and says little else. Below a heading that asks for a number, a number is an answer."""
    return _reaches(line) and not WORDS["number_asked"].search(heading)


def _reaches(line: str) -> bool:
    """Whether a line is a way to reach somebody and little else."""
    line = line.strip()
    rest, found = WORDS["reach"].subn("", line) if len(line) <= 120 else ("", 0)
    little = len(rest) <= (40 if _HAN.search(rest) else 80) and not re.search(r"[。！!?？；;].", rest)
    return bool(found and little and (WORDS["contact"].search(line) or not rest.strip()))
