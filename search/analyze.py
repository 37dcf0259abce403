"""What text becomes: tokens, and the terms that an index counts. Documents and questions go through the same functions.

A term of Han text is a substring: every character, every pair of neighbours, and every word of three to seven characters that a
dictionary or jieba knows. So a word is found wherever its characters stand, however the sentence around it was segmented.
A term of other text is a Snowball stem, a number, or a code kept whole; known phrases are terms too, their stems joined by spaces.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from itertools import chain
from typing import Literal, NamedTuple

import Stemmer

from search.normalize import HAN_RUN

VERSION = 3  # of the terms that text becomes; an index made by another one must be rebuilt
LONGEST_WORD = 7  # characters of a Han term
LONGEST_PHRASE = 4  # words of a phrase

Place = tuple[str, int, int]  # a term and where it stands in folded text, a half-open range of characters
TokenKind = Literal["han", "word", "number", "code"]

_LETTER = r"[^\W_]"
TOKEN = re.compile(  # of text between runs of Han characters
    rf"""(?P<number>(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?(?![-_./]?{_LETTER}))
    |(?P<code>[a-z0-9][a-z0-9._+-]{{0,63}}@[a-z0-9-]+(?:\.[a-z0-9-]+)+ | \#?{_LETTER}+(?:[-_./]{_LETTER}+)+ | \#{_LETTER}+)
    |(?P<word>{_LETTER}+(?:'{_LETTER}+)*)""",
    re.VERBOSE,
)
_INSIDE = re.compile(f"{_LETTER}+")

# Past tenses, participles and plurals that no suffix rule reaches, after the base form they are taken for.
_IRREGULAR = """
be am are is was were been being; begin began begun; become became; break broke broken; bring brought; build built; buy bought;
catch caught; child children; choose chose chosen; come came; cost; deal dealt; do did done does; draw drew drawn; drink drank drunk;
drive drove driven; eat ate eaten; fall fell fallen; feel felt; fight fought; find found; fly flew flown; foot feet; forbid forbade forbidden;
forget forgot forgotten; freeze froze frozen; get got gotten; give gave given; go went goes; grow grew grown; have had has; hear heard;
hide hid hidden; hold held; keep kept; know knew known; lay laid; lead led; leave left; lend lent; lose lost; make made; man men; mean meant;
meet met; mouse mice; pay paid; person people; ride rode ridden; ring rang rung; rise rose risen; run ran; say said; see saw seen; seek sought;
sell sold; send sent; shake shook shaken; shine shone; shoot shot; show shown; shrink shrank shrunk; sing sang sung; sink sank sunk; sit sat;
sleep slept; speak spoke spoken; spend spent; stand stood; steal stole stolen; stick stuck; strike struck; swear swore sworn; sweep swept;
swim swam swum; take took taken; teach taught; tear tore torn; tell told; think thought; throw threw thrown; tooth teeth;
understand understood; wake woke woken; wear wore worn; win won; withdraw withdrew withdrawn; woman women; write wrote written;
die died dying; lie lied lying; tie tied tying; life lives; wife wives; leaf leaves; half halves; shelf shelves; goose geese; ox oxen;
analysis analyses; basis bases; crisis crises; hypothesis hypotheses; phenomenon phenomena; criterion criteria; medium media; bear bore borne born;
bind bound; bite bit bitten; bleed bled; blow blew blown; breed bred; creep crept; dig dug; feed fed; flee fled; forgive forgave forgiven;
hang hung; overcome overcame; arise arose arisen; awake awoke; beat beaten; weave wove woven; wind wound; bend bent; swing swung; spring sprang sprung
"""


def _irregular_forms(table: str) -> dict[str, str]:
    groups = [entry.split() for entry in table.split(";")]
    return {form: group[0] for group in groups for form in group[1:]}


IRREGULAR = _irregular_forms(_IRREGULAR)
_PREFIXED = re.compile("(re|mis|over|under|out|un|with|fore)(.+)")  # misled as led, unfrozen as frozen
# Nouns whose stem would be another word's: customs papers are no customer's, a listing is no list.
_OWN_STEM = {
    "customs": "customs",
    "listing": "listing",
    "listings": "listing",
    "rating": "rating",
    "ratings": "rating",
    "packaging": "packaging",
}
_stemmer = Stemmer.Stemmer("english", 0)


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """The term of one folded word: its base form if it is irregular, then its Snowball (Porter 2) stem."""
    word = word.removesuffix("'s")
    if word in _OWN_STEM:
        return _OWN_STEM[word]
    if word in IRREGULAR:
        word = IRREGULAR[word]
    elif (match := _PREFIXED.fullmatch(word)) and match[2] in IRREGULAR:
        word = match[1] + IRREGULAR[match[2]]
    return str(_stemmer.stemWord(word.replace("'", "")))


class Token(NamedTuple):
    """A run of folded text, `text[start:end]`: Han characters, a word, a number, or a code (mail address, ticket id, hyphenated name)."""

    text: str
    start: int
    end: int
    kind: TokenKind


def tokenize(folded: str) -> Iterator[Token]:
    """The tokens of folded text in order; what stands between them is no term."""
    end = 0
    for run in chain(HAN_RUN.finditer(folded), [None]):
        start = run.start() if run else len(folded)
        for match in TOKEN.finditer(folded, end, start):
            yield Token(match.group(), match.start(), match.end(), match.lastgroup)  # type: ignore[arg-type]
        if run:
            end = run.end()
            yield Token(run.group(), start, end, "han")


def is_written(kind: TokenKind, text: str) -> bool:
    """Whether a token is a word of Latin letters that others may misspell, one with hyphens too: "Wi-Fi" is typed "wifi"."""
    return kind in ("word", "code") and text.isascii() and (kind == "word" or text.replace("-", "").isalpha())


def token_terms(token: Token) -> list[Place]:
    """The terms of a token that is not Han, with their places in the folded text. A code gives itself and the words inside it."""
    text, start, end, kind = token
    if kind == "number":
        return [(text.replace(",", ""), start, end)]
    if kind == "word":
        return [(stem(text), start, end)]
    inside = [(stem(part.group()), start + part.start(), start + part.end()) for part in _INSIDE.finditer(text)]
    return [(text, start, end), *inside]


def words(folded: str) -> Iterator[list[Place]]:
    """The terms of folded text that are not Han, with their places, each word's in a list; an empty list where a phrase can't go on."""
    previous_end = -1
    for token in tokenize(folded):
        if token.kind != "han":
            if previous_end >= 0 and folded[previous_end : token.start].strip(" -'\"/"):
                yield []
            yield token_terms(token)
            previous_end = token.end


def _by_last(phrases: Iterable[str]) -> dict[str, set[str]]:
    """The phrases by their last stems."""
    found: dict[str, set[str]] = {}
    for phrase in phrases:
        found.setdefault(phrase.rpartition(" ")[2], set()).add(phrase)
    return found


def _phrases(words: Iterable[list[Place]], phrases: Mapping[str, Collection[str]]) -> Iterator[Place]:
    row: list[Place] = []
    for word in words if phrases else ():
        if not word:
            row = []
        for stem in word[1:] or word:
            row = [*row[1 - LONGEST_PHRASE :], stem]
            ending = phrases.get(stem[0], ())
            for first in range(len(row) - 1) if ending else ():
                if (phrase := " ".join(term for term, _, _ in row[first:])) in ending:
                    yield phrase, row[first][1], stem[2]


class Words:
    """What `words` gives of folded text, the places of each term, and all terms in one line; each worked out when it is asked for."""

    def __init__(self, folded: str) -> None:
        self._folded = folded

    @cached_property
    def row(self) -> list[list[Place]]:
        return list(words(self._folded))

    @cached_property
    def places(self) -> dict[str, list[Place]]:
        places = dict[str, list[Place]]()
        for place in chain.from_iterable(self.row):
            places.setdefault(place[0], []).append(place)
        return places

    @cached_property
    def line(self) -> str:
        return " ".join(term for word in self.row for term, _, _ in (word[1:] or word))


@lru_cache(maxsize=1 << 14)
def _is_han(term: str) -> bool:
    return HAN_RUN.match(term) is not None


def find(folded: str, words: Words, terms: Collection[str]) -> Iterator[Place]:
    """The places of some terms in folded text with these words, each term's in their order."""
    phrases = []
    for term in terms:  # of hundreds of terms a text has a few
        if _is_han(term):
            if term in folded:
                yield from ((term, start, start + len(term)) for start in starts(folded, term))
        elif term in words.places:
            yield from words.places[term]
        elif " " in term and term in words.line:
            phrases.append(term)
    if phrases:
        yield from _phrases(words.row, _by_last(phrases))


def shared(one: str, other: str) -> int:
    """How many characters two strings have in common before they differ."""
    return next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def starts(text: str, piece: str) -> Iterator[int]:
    """Where a piece of text begins, however its places overlap."""
    start = text.find(piece)
    while start >= 0:
        yield start
        start = text.find(piece, start + 1)


class Segmenter:
    """Han text to words by the most probable route through a dictionary, as jieba does without its hidden Markov model.

    `dictionaries` give the frequency of a word, None for one that they lack; that of the first one which has the word counts.
    """

    def __init__(self, dictionaries: Iterable[Callable[[str], float | None]], total: float) -> None:
        self._dictionaries = tuple(dictionaries)
        self.total = total
        self._logarithm_of_total = math.log(total)
        self.frequency = lru_cache(maxsize=1 << 15)(self._frequency)

    def _frequency(self, word: str) -> float:
        """How often the word was seen where the dictionary was counted; 0 for no word."""
        return next((seen for known in self._dictionaries if (seen := known(word)) is not None), 0.0)

    def __call__(self, text: str) -> list[tuple[str, int, int]]:
        """The words of a run of Han characters, in order, with their places."""
        best: list[tuple[float, int]] = [(0.0, 0)] * (len(text) + 1)
        for start in range(len(text) - 1, -1, -1):
            routes = []
            for end in range(start + 1, min(start + LONGEST_WORD, len(text)) + 1):
                frequency = self.frequency(text[start:end])
                if frequency or end == start + 1:
                    routes.append((math.log(frequency or 1.0) - self._logarithm_of_total + best[end][0], end))
            best[start] = max(routes)
        words, start = [], 0
        while start < len(text):
            end = best[start][1]
            words.append((text[start:end], start, end))
            start = end
        return words
