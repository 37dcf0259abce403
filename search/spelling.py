"""Misspelt words: other ways to read a stretch of the question, each with its probability."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import zip_longest
from math import log1p
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np

from search.analyze import Token, is_written, stem, tokenize
from search.document import Via
from search.normalize import fold
from search.store import Array, Strings
from search.tables import english_stems

SHORTEST, SHORT, LONGEST = 4, 6, 30  # letters: below, nothing is corrected; below, one slip at most; above, it is no word
MOST = 8  # words that are corrected; a question with more is in a language that is neither English nor Chinese
WINDOW, MOST_HAN = 4, 100  # characters of the longest Chinese word that is corrected; words of a question that are looked at
ONE, TWO, APART, SHAPE = 0.8, 0.6, 0.8, 0.5  # probabilities by kind of slip
SLIP = 0.4  # factor of them where the word as typed is a word
RARE = 200  # times that jieba's dictionary saw a word; one that is commoner is meant, whatever sounds like it
_SMALL = frozenset(("at", "by", "in", "is", "it", "my", "no", "of", "off", "on", "or", "out", "to", "up"))
_NUMERALS = frozenset("零一二三四五六七八九十百千万两几第")
_ALIKE = """体提 陆录 帐账 定订 须需 象像 做作 份分 己已巳 末未 天夭 辍缀 拨拔 侯候 干千 土士 日曰 治冶 晴睛 析折 拆折
徒徙 贷货 住往 竞竟 弛驰 摸模 嫌赚 栽载 盲育 免兔 历厉 技枝 抄炒 沉沈 暑署 喝渴 揭竭 密蜜 峰锋 驱躯 待侍 坐座 刊刑 代伐 狠狼
令今 勿匆 壮状 版板 薄簿 辨辩 申甲 绝决 即既 气汽 连联 查察"""

# What a Latin word is: a function word, one of the corpus's own, an English word or a name of the dictionary's, or unknown.
Known = Literal["function", "own", "english", "name", ""]


class Reading(NamedTuple):
    """What a range of the folded question may stand for, how probably, and `others` that it may be too.

    `starts` are where in the question the characters of `text` begin, () when they can't be told apart.
    """

    start: int
    end: int
    text: str
    probability: float
    via: Via
    others: tuple[tuple[str, float], ...] = ()
    starts: tuple[int, ...] = ()


class Rewritten:
    """A text with some ranges read otherwise, and where each of its characters comes from. Readings must not overlap."""

    def __init__(self, text: str, readings: Iterable[Reading]) -> None:
        pieces: list[str] = []
        self._origins: list[tuple[int, int, Reading | None]] = []
        end, last = 0, None
        for reading in sorted(readings):
            between = text[end : reading.start]
            if not (last and last.via == reading.via == "pinyin" and not between.strip()):  # syllables are typed with spaces
                pieces.append(between)
                self._origins += [(place, place + 1, None) for place in range(end, reading.start)]
            pieces.append(reading.text)
            starts = reading.starts or [reading.start] * len(reading.text)
            ends = [*starts[1:], reading.end] if reading.starts else [reading.end] * len(starts)
            self._origins += [(start, end, reading) for start, end in zip(starts, ends, strict=True)]
            end, last = reading.end, reading
        self._origins += [(place, place + 1, None) for place in range(end, len(text))]
        self.text = "".join([*pieces, text[end:]])

    def origin(self, start: int, end: int) -> tuple[int, int, list[Reading]]:
        """The range that a range of the new text comes from, and the readings in it."""
        row = self._origins[start:end]
        return row[0][0], row[-1][1], list(dict.fromkeys(reading for _, _, reading in row if reading))


def arrays(texts: Iterable[str], counted: Mapping[str, int] = MappingProxyType({})) -> dict[str, Array]:
    """What `Speller` takes: the words of Latin letters in some texts, and of some counted already, as they are written; their stems; how
    often they occur."""
    tokens = (token for text in texts for token in tokenize(fold(text)))
    written = Counter(token.text for token in tokens if is_written(token.kind, token.text))
    written.update(counted)
    counts = dict(written)
    for word, count in written.items():
        counts[stem(word)] = max(counts.get(stem(word), 0), count)
    words = Strings.of(counts)
    numbers = np.array([counts[word] for word in words], np.int32)
    return {**words.under("written"), "written_counts": numbers}


class Speller:
    """Corrects unknown words of Latin letters, to words of the corpus or stems of the dictionary, whichever is nearer."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._words, self._numbers = Strings.named(arrays, "written"), arrays["written_counts"]
        self.corrections = lru_cache(maxsize=1 << 12)(self._corrections)

    def __contains__(self, word: str) -> bool:
        """Whether the corpus has the word, in this form or another."""
        return word in self._words or stem(word) in self._words

    @cached_property
    def _counts(self) -> dict[str, int]:  # made when the first unknown word is asked for
        return dict(zip(self._words, self._numbers.tolist(), strict=True))

    @cached_property
    def _dictionary(self) -> dict[str, int]:
        return dict.fromkeys(english_stems(), 0)

    def _corrections(self, word: str, name: bool = False) -> tuple[tuple[str, float], ...]:
        """What a folded word that nobody knows may be meant for, likeliest first, at most three, with probabilities.

        A very short word has none. A `name` is corrected to a word of the corpus one slip away, or not at all.
        """
        if not SHORTEST <= len(word) <= LONGEST or not (word.isascii() and word.isalpha()):
            return ()
        found = _near(word, self._counts, 1)
        if found or name:
            return found
        if apart := self._apart(word):
            return ((apart, APART),)
        if found := _near(stem(word), self._dictionary, 1):
            return found
        return (len(word) >= SHORT and _near(word, self._counts, 2)) or _near(stem(word), self._counts, 1)

    def _apart(self, word: str) -> str | None:
        """Two words of the corpus written as one."""
        pairs = [(word[:cut], word[cut:]) for cut in range(2, len(word) - 1)]
        known = [pair for pair in pairs if all(part in self._counts and (len(part) > 2 or part in _SMALL) for part in pair)]
        return " ".join(max(known, key=lambda pair: min(self._counts[part] for part in pair))) if known else None

    def readings(
        self, tokens: Sequence[Token], known: Callable[[str], Known], capital: Callable[[Token], bool]
    ) -> Iterator[Reading]:
        """The tokens that are misspelt, or two of them that are one word, read aright. Names are told by their capitals."""
        start = corrected = 0
        for one, two in zip_longest(tokens, tokens[1:]):
            if one.kind != "word" or one.start < start or corrected == MOST:
                continue
            if two and two.kind == "word" and two.start == one.end + 1 and not (known(one.text) and known(two.text)):
                joined = one.text + two.text
                if len(joined) >= SHORT and joined in self._counts:
                    start = two.end
                    yield Reading(one.start, two.end, joined, APART, "spelling")
                    continue
            if not known(one.text):
                corrected += 1
                if corrections := self.corrections(one.text, one is not tokens[0] and capital(one)):
                    yield Reading(one.start, one.end, *corrections[0], "spelling", corrections[1:])


def _near(word: str, words: Mapping[str, int], most: int) -> tuple[tuple[str, float], ...]:
    """The words that as many slips as `most` lead to: letters left out, put in, changed, or changed places with a neighbour."""
    from rapidfuzz.distance import OSA  # takes 50 ms to import, and most questions do without
    from rapidfuzz.process import extract

    if len(word) < SHORTEST:
        return ()
    found = extract(word, words.keys(), scorer=OSA.distance, score_cutoff=most, limit=None)
    weigh = ((_likelihood(word, other) * (1 + log1p(words[other])), other) for other, *_ in found if len(other) > 2)
    weights = sorted(weigh, reverse=True)[:3]
    return tuple((other, (ONE if most == 1 else TWO) * weight / weights[0][0]) for weight, other in weights)


def _likelihood(typed: str, meant: str) -> float:
    """How likely a slip is, in no unit: first letters are seldom wrong, and doubled letters and vowels often are."""
    likely = 1.0 if typed[0] == meant[0] else 0.3
    if sorted(typed) == sorted(meant) or _skeleton(typed) == _skeleton(meant):
        likely *= 2.0
    return likely


def _skeleton(word: str) -> str:
    consonants = [letter for letter in word if letter not in "aeiouy"]
    return "".join(one for one, before in zip(consonants, ["", *consonants], strict=False) if one != before)


def _shapes(groups: str) -> dict[str, str]:
    others: dict[str, str] = {}
    for group in groups.split():
        for character in group:
            others[character] = others.get(character, "") + group.replace(character, "")
    return others


_SHAPES = _shapes(_ALIKE)


def han_readings(
    words: Sequence[tuple[str, int, int, bool]],
    known: Callable[[str], bool],
    common: Callable[[str], float],
    sounding: Callable[[str], list[tuple[str, float]]],
) -> list[Reading]:
    """Rows of Han words (text, start, end, whether it is a question word) that are no word but look or sound like a known one.

    `common` is how often the dictionary saw a word. A misspelt word falls apart into characters or is a rare word, so only rows
    with such a part are looked at; common words give way only where characters are often confused. Question words and numerals
    stay.
    """
    words, found = words[:MOST_HAN], list[Reading]()
    for first in range(len(words)):
        for last in range(first, len(words)):
            row = words[first : last + 1]
            text, start, end = "".join(word[0] for word in row), row[0][1], row[-1][2]
            if len(text) > WINDOW or len(text) != end - start or not _NUMERALS.isdisjoint(text):
                break
            if len(text) == 1 or known(text) or all(stop or (len(word) > 1 and known(word)) for word, _, _, stop in row):
                continue
            candidates = {other: SHAPE for other in _misread(text) if known(other)}
            if common(text) < RARE:
                candidates |= dict(sounding(text))
            kept = [(word, at - start) for word, at, _, stop in row if stop]
            likely = sorted(
                (-p, other) for other, p in candidates.items() if all(other.startswith(word, at) for word, at in kept)
            )
            if likely:
                (p, best), *others = likely
                alternatives = tuple((other, -p) for p, other in others[:2])
                found.append(Reading(start, end, best, -p, "spelling", alternatives, tuple(range(start, end))))
    chosen: list[Reading] = []
    for reading in sorted(found, key=lambda reading: (-reading.probability, len(reading.text), reading.start)):
        if all(reading.end <= other.start or other.end <= reading.start for other in chosen):
            chosen.append(reading)
    return chosen


def _misread(text: str) -> Iterable[str]:
    for place, character in enumerate(text):
        for other in _SHAPES.get(character, ""):
            yield text[:place] + other + text[place + 1 :]
