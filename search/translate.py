"""A question's words in the other language: terms of this corpus with probabilities, from tables derived from CC-CEDICT.

`cut` takes from the tables what one corpus can use; a `Translator` answers from that alone. A word's terms come from the dictionary's
glosses (1 / place of the sense), from IBM Model 1 trained on the dictionary ("usage"), from parts of a word ("part"), from names by
their sound ("name") and from numbers ("number"). Phrases of the dictionary are concepts of their own; the words inside them count less.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple, Protocol

import numpy as np

from search.analyze import LONGEST_PHRASE, stem
from search.normalize import HAN
from search.store import Array, Strings

Detail = Literal["dictionary", "usage", "part", "name", "number"]

CHARACTER = 0.2  # of a single character that a gloss gives: most of its occurrences are inside other words
INSIDE = 0.3  # weight of a word that stands in a phrase of the dictionary
USAGE, PART, REVERSE = 0.5, 0.25, 0.2  # of the model's terms for a Chinese word, for its parts, and read the other way round
GLOSS_WORD = 0.4  # of one word of a longer gloss
LEAST = 0.01  # the smallest probability that is kept
NAME, NAME_BAND = 0.8, 3.0  # of a certain name; how far (nats) below the best match others are kept
NAME_EVIDENCE = {"zh": 8.0, "en": 9.0}  # log likelihood ratio at which a name is as likely as not
LONGEST_NAME, LONGEST_SPELLING = 6, 14  # characters; letters

_HAN_ONLY = re.compile(f"[{HAN}]+")
_DICTIONARY, _USAGE, _REVERSE = range(3)  # kinds of rows


class Candidate(NamedTuple):
    """One term of the corpus's vocabulary, by its id, with the probability that it says what the word says."""

    id: int
    p: float
    detail: Detail


class Translation(NamedTuple):
    """One concept in the other language: the range of the folded question it stands for, its weight, its terms (best first)."""

    start: int
    end: int
    weight: float
    candidates: tuple[Candidate, ...]


class Word(Protocol):
    """A word of content: folded text, the analyser's term for it, its range in the folded question."""

    text: str
    term: str
    start: int
    end: int


# --- cutting the tables -------------------------------------------------------------------------------------------------------------


class _Rows:
    """Collects p by key and term, keeping the greatest, and packs them."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[tuple[int, int], float]] = defaultdict(dict)

    def add(self, key: str, term: int, kind: int, p: float) -> None:
        row = self._rows[key]
        row[term, kind] = max(row.get((term, kind), 0.0), p)

    def arrays(self, prefix: str) -> tuple[Strings, dict[str, Array]]:
        keys = Strings.of(self._rows)
        rows = [sorted(self._rows[key].items()) for key in keys]
        cells = [(term, kind, p) for row in rows for (term, kind), p in row]
        return keys, {
            f"{prefix}_pool": keys.pool,
            f"{prefix}_offsets": keys.offsets,
            f"{prefix}_starts": np.cumsum([0, *map(len, rows)]).astype(np.int32),
            f"{prefix}_terms": np.array([cell[0] for cell in cells], np.int32),
            f"{prefix}_kinds": np.array([cell[1] for cell in cells], np.uint8),
            f"{prefix}_p": np.array([cell[2] for cell in cells], np.float16),
        }


def cut(tables: Mapping[str, Array], vocabulary: Strings) -> dict[str, Array]:
    """What a corpus with this vocabulary can use of the tables; all names start with "translate_"."""
    arrays = {**_to_chinese(tables, vocabulary), **_to_english(tables, vocabulary), **_names(tables, vocabulary)}
    return {f"translate_{name}": array for name, array in arrays.items()}


def _known(names: Strings, vocabulary: Strings) -> tuple[list[str], Array]:
    """The names, and for each its id in the vocabulary or -1."""
    ids = {term: index for index, term in enumerate(vocabulary)}
    texts = list(names)
    return texts, np.array([ids.get(text, -1) for text in texts], np.int64)


def _to_chinese(tables: Mapping[str, Array], vocabulary: Strings) -> dict[str, Array]:
    units, unit_ids = _known(Strings(tables["units_pool"], tables["units_offsets"]), vocabulary)
    stems = list(Strings(tables["stems_pool"], tables["stems_offsets"]))
    rows, none = _Rows(), 0xFFFF
    found = unit_ids[tables["gloss_units"]] >= 0
    for unit, p, gloss in zip(
        tables["gloss_units"][found].tolist(),
        tables["gloss_p"][found].tolist(),
        tables["gloss_stems"][found].tolist(),
        strict=True,
    ):
        key = " ".join(stems[part] for part in gloss if part != none)
        rows.add(key, int(unit_ids[unit]), _DICTIONARY, p * (CHARACTER if len(units[unit]) == 1 else 1.0))
    found = unit_ids[tables["usage_units"]] >= 0
    for part, unit, p in zip(
        tables["usage_stems"][found].tolist(),
        tables["usage_units"][found].tolist(),
        tables["usage_p"][found].tolist(),
        strict=True,
    ):
        rows.add(stems[part], int(unit_ids[unit]), _USAGE, p)
    keys, arrays = rows.arrays("zh")
    places = {key: index for index, key in enumerate(keys)}
    relatives: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for one, other, p in zip(tables["kin_from"].tolist(), tables["kin_to"].tolist(), tables["kin_p"].tolist(), strict=True):
        if (place := places.get(stems[other], -1)) >= 0:
            relatives[stems[one]].append((place, p))
    families = Strings.of(relatives)
    members = [sorted(relatives[name]) for name in families]
    return arrays | {
        "kin_pool": families.pool,
        "kin_offsets": families.offsets,
        "kin_starts": np.cumsum([0, *map(len, members)]).astype(np.int32),
        "kin_keys": np.array([key for row in members for key, _ in row], np.int32),
        "kin_p": np.array([p for row in members for _, p in row], np.float16),
    }


def _to_english(tables: Mapping[str, Array], vocabulary: Strings) -> dict[str, Array]:
    units = list(Strings(tables["units_pool"], tables["units_offsets"]))
    _, stem_ids = _known(Strings(tables["stems_pool"], tables["stems_offsets"]), vocabulary)
    reach: dict[int, list[tuple[int, float]]] = defaultdict(list)  # from a stem to terms: itself and its relatives
    for index in np.flatnonzero(stem_ids >= 0).tolist():
        reach[index].append((int(stem_ids[index]), 1.0))
    for one, other, p in zip(tables["kin_from"].tolist(), tables["kin_to"].tolist(), tables["kin_p"].tolist(), strict=True):
        if stem_ids[other] >= 0:
            reach[one].append((int(stem_ids[other]), p))
    rows, none = _Rows(), 0xFFFF
    for unit, p, gloss in zip(
        tables["gloss_units"].tolist(), tables["gloss_p"].tolist(), tables["gloss_stems"].tolist(), strict=True
    ):
        parts = [part for part in gloss if part != none]
        for part in parts:
            for term, near in reach.get(part, ()):
                if (value := p * near * (1.0 if len(parts) == 1 else GLOSS_WORD)) >= 2 * LEAST:
                    rows.add(units[unit], term, _DICTIONARY, value)
    for part, unit, p in zip(
        tables["sense_stems"].tolist(), tables["sense_units"].tolist(), tables["sense_p"].tolist(), strict=True
    ):
        for term, near in reach.get(part, ()):
            if p * near >= LEAST:
                rows.add(units[unit], term, _USAGE, p * near)
    for part, unit, p in zip(
        tables["usage_stems"].tolist(), tables["usage_units"].tolist(), tables["usage_p"].tolist(), strict=True
    ):
        if stem_ids[part] >= 0:
            rows.add(units[unit], int(stem_ids[part]), _REVERSE, p)
    return rows.arrays("en")[1]


def _names(tables: Mapping[str, Array], vocabulary: Strings) -> dict[str, Array]:
    model = Names(tables)
    plain = set()
    stems = Strings(tables["stems_pool"], tables["stems_offsets"])
    for index in np.flatnonzero(tables["stems_plain"] >= 4).tolist():
        plain.add(stems[index])
    sounds, spelt = [], []
    for index, term in enumerate(vocabulary):
        if re.fullmatch("[a-z]{3,14}", term):
            if term not in plain:
                spelt.append((index, term))
        elif (
            2 <= len(term) <= LONGEST_NAME
            and all(character in model.characters for character in term)
            and model.penalty(term) > -6
        ):
            sounds.append((term, index))
    return {
        **{name: array for name, array in tables.items() if name.startswith("name_")},
        **_trie(model, sounds),
        **_spellings(model, spelt),
    }


def _spellings(model: Names, spelt: Sequence[tuple[int, str]]) -> dict[str, Array]:
    """The English names: their terms, sizes, and by place the segments that begin there, what unseen ones cost, and the background."""
    shape = (len(spelt), LONGEST_SPELLING + 1)
    segments = np.full((*shape, model.longest + 1), len(model.segments), np.uint16)
    unseen = np.zeros((*shape, model.longest + 1), np.float32)
    background = np.zeros(shape, np.float32)
    ids = {segment: index for index, segment in enumerate(model.segments)}
    for row, (_, term) in enumerate(spelt):
        background[row, : len(term) + 1] = model.background(term)
        for start in range(len(term) + 1):
            for size in range(min(model.longest, len(term) - start) + 1):
                segment = term[start : start + size]
                segments[row, start, size] = ids.get(segment, len(ids))
                unseen[row, start, size] = model.unseen_segment(segment)
    return {
        "spelt_terms": np.array([index for index, _ in spelt], np.int32),
        "spelt_sizes": np.array([len(term) for _, term in spelt], np.uint8),
        "spelt_segments": segments,
        "spelt_unseen": unseen.astype(np.float16),
        "spelt_background": background.astype(np.float16),
    }


def _trie(model: Names, sounds: Sequence[tuple[str, int]]) -> dict[str, Array]:
    """The names level by level: each node's parent in the level above, its syllable, its term (or -1) and its penalty."""
    terms = dict(sounds)
    levels: list[list[str]] = []
    for size in range(1, LONGEST_NAME + 1):
        levels.append(sorted({term[:size] for term in terms if len(term) >= size}))
    nodes = [
        (0 if size == 1 else places[name[:-1]], model.characters[name[-1]], terms.get(name, -1), model.penalty(name))
        for size, (above, level) in enumerate(pairwise([[], *levels]), 1)
        for places in [{name: index for index, name in enumerate(above)}]
        for name in level
    ]
    return {
        "trie_levels": np.cumsum([0, *map(len, levels)]).astype(np.int32),
        "trie_parents": np.array([node[0] for node in nodes], np.int32),
        "trie_syllables": np.array([node[1] for node in nodes], np.uint16),
        "trie_terms": np.array([node[2] for node in nodes], np.int32),
        "trie_penalties": np.array([node[3] for node in nodes], np.float32),
    }


# --- names --------------------------------------------------------------------------------------------------------------------------


class Names:
    """How names sound: p(letters | syllable) with the unseen smoothed by the letters' own frequencies, and how names look in each script."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        readings, ratios = arrays["name_readings"].tolist(), arrays["name_ratios"].tolist()
        characters = list(map(chr, arrays["name_characters"].tolist()))
        self.characters: dict[str, int] = dict(zip(characters, readings, strict=True))  # to ids of syllables
        self._ratios: dict[str, float] = dict(zip(characters, ratios, strict=True))
        self.syllables = Strings(arrays["name_syllables_pool"], arrays["name_syllables_offsets"])
        self.segments = Strings(arrays["name_segments_pool"], arrays["name_segments_offsets"])
        self._starts, self._cells, self._p = arrays["name_starts"], arrays["name_cells"], arrays["name_p"]
        self._unseen, self._lengths, self._letters = arrays["name_unseen"], arrays["name_lengths"], arrays["name_letters"]
        self._follow = arrays["name_follow"]
        self.longest = len(self._lengths) - 1

    def penalty(self, word: str) -> float:
        """How much likelier the word's characters are in other text than in names, in nats, 0 or less."""
        return sum(min(0.0, self._ratios[character]) for character in word)

    def looks(self, word: str) -> float:
        """How much likelier the word's characters are in names than in other text, in nats."""
        return sum(self._ratios[character] for character in word)

    def background(self, letters: str) -> Array:
        """The log probability of the letters before each place, shape (letters + 1,), the last one with the end of the word."""
        codes = [26, *(ord(letter) - 97 for letter in letters), 26]
        steps = np.cumsum([float(self._follow[left, right]) for left, right in pairwise(codes)])
        return np.concatenate([[0.0], steps[:-2], steps[-1:]])

    def unseen_segment(self, segment: str) -> float:
        """The probability of letters by their frequencies alone."""
        return float(self._lengths[len(segment)]) * math.prod(float(self._letters[ord(letter) - 97]) for letter in segment)

    def column(self, syllable: int) -> tuple[Array, float]:
        """The seen part of p(segment | syllable) for all segments and one more (0), and the weight of the unseen part."""
        cells = np.flatnonzero(self._cells == syllable)
        column = np.zeros(len(self.segments) + 1)
        column[np.searchsorted(self._starts, cells, "right") - 1] = (1 - self._unseen[syllable]) * self._p[cells]
        return column, float(self._unseen[syllable])

    def _row(self, segment: str) -> Array:
        """p(segment | syllable) for all syllables."""
        row = self._unseen * self.unseen_segment(segment)
        if (index := self.segments.find(segment)) >= 0:
            cells = slice(int(self._starts[index]), int(self._starts[index + 1]))
            row[self._cells[cells]] += (1 - self._unseen[self._cells[cells]]) * self._p[cells]
        return np.asarray(row)

    def steps(self, letters: str) -> Array:
        """p(letters[i:j] | syllable), shape (syllables, letters + 1, letters + 1)."""
        size = len(letters)
        table = np.zeros((len(self.syllables), size + 1, size + 1))
        for start in range(size + 1):
            for end in range(start, min(size, start + self.longest) + 1):
                table[:, start, end] = self._row(letters[start:end])
        return table

    def probability(self, syllables: Sequence[str], letters: str) -> float:
        """log p(letters | syllables)."""
        table, forward = self.steps(letters), np.eye(1, len(letters) + 1)[0]
        for syllable in syllables:
            forward = forward @ table[self.syllables.find(syllable)]
        return math.log(float(forward[-1]) + 1e-300)


# --- numbers ------------------------------------------------------------------------------------------------------------------------

_DIGITS = "零一二三四五六七八九"
_SCALES = {"千": 10**3, "万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8, "十亿": 10**9, "万亿": 10**12, "百": 100}
_CARDINALS = dict(
    zip(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"],
        [*range(21), *range(30, 100, 10)],
        strict=True,
    )
)
_ORDINALS = dict(
    zip(
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth", "thirtieth"],
        [*range(1, 21), 30],
        strict=True,
    )
)
_MONTHS = dict(
    zip(
        ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"], range(1, 13), strict=True
    )
)
_ENGLISH_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_ROMAN = re.compile(r"(?=[ivxl]{2})(?:xl|l?x{0,3})(?:ix|iv|v?i{0,3})")
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50}
_CHINESE_NUMBER = re.compile(
    rf"(第?)(?:(\d[\d,]*(?:\.\d+)?)|([{_DIGITS}〇十百千万亿两]+))(百万|千万|十亿|万亿|[百千万亿])?(世纪|月|年代)?"
)


def chinese_numeral(value: int) -> str:
    """A whole number from 0 to 999 in Chinese characters."""
    hundreds, tens, ones = value // 100, value // 10 % 10, value % 10
    head = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        head += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        head += "零"
    return head + (_DIGITS[ones] if ones or not value else "")


def value_of(numeral: str) -> int:
    """The value of Chinese number characters: read digit by digit (一九九八), or with tens, hundreds and so on."""
    digits = {**{digit: value for value, digit in enumerate(_DIGITS)}, "〇": 0, "两": 2}
    if all(character in digits for character in numeral):
        return int("".join(str(digits[character]) for character in numeral))
    total = section = current = 0
    for character in numeral:
        if character in digits:
            current = digits[character]
        elif character in "万亿":
            total, section, current = (total + section + current) * _SCALES[character], 0, 0
        else:
            section, current = section + (current or 1) * {"十": 10, "百": 100, "千": 1000}[character], 0
    return total + section + current


def _scaled(value: float) -> Iterator[tuple[str, float]]:
    """A large number as it may be written before 万, 亿, million or billion."""
    for scale in (10**4, 10**6, 10**8, 10**9):
        if value >= scale and value % (scale / 10) == 0:
            yield f"{value / scale:g}", 0.6


def number_in_chinese(word: str, scale: str = "") -> dict[str, float]:
    """What Chinese text may write for an English number, ordinal, month or Roman numeral; empty for any other word."""
    found: dict[str, float] = {}
    if word in _MONTHS:
        return {chinese_numeral(_MONTHS[word]) + "月": 1.0, str(_MONTHS[word]): 0.5}
    ordinal = _ORDINALS.get(word) or int((re.fullmatch(r"(\d{1,3})(?:st|nd|rd|th)", word) or ["", "0"])[1])
    if ordinal:
        numeral = chinese_numeral(ordinal)
        return {"第" + numeral: 1.0, str(ordinal): 0.8, numeral: 0.2 if ordinal < 10 else 0.8}
    if (value := _CARDINALS.get(word)) is None:
        if decade := re.fullmatch(r"(\d{2,4})s", word):
            return {decade[1]: 0.8}
        if word.replace(".", "", 1).isdecimal():
            value = float(word) if "." in word else int(word)
        elif _ROMAN.fullmatch(word):
            values = [_ROMAN_VALUES[letter] for letter in word]
            value = sum(-one if one < other else one for one, other in zip(values, [*values[1:], 0], strict=True))
        else:
            return {}
    found[f"{value:g}" if value < 10**6 else str(value)] = 0.8
    if isinstance(value, int) and value < 1000:
        found[chinese_numeral(value)] = 0.3 if value < 11 else 0.8
        if value == 2:
            found["两"] = 0.3
    if scale:
        total = value * _ENGLISH_SCALES[scale]
        found |= {f"{total:.0f}": 1.0, **dict(_scaled(total))}
    return found


def numbers_in_english(folded: str) -> Iterator[tuple[int, int, dict[str, float]]]:
    """The numbers of Chinese text with their places, each as English text may write it (stems)."""
    cardinals, ordinals = ({value: stem(word) for word, value in table.items()} for table in (_CARDINALS, _ORDINALS))
    months = {value: stem(word) for word, value in _MONTHS.items()}
    for match in _CHINESE_NUMBER.finditer(folded):
        before, digits, numeral, scale, unit = match.groups()
        if numeral and len(numeral) == 1 and not before and not unit:
            continue
        value = (float(digits.replace(",", "")) if digits else value_of(numeral)) * _SCALES.get(scale or "", 1)
        if unit == "月" and value in months:
            found = {months[int(value)]: 1.0}
        else:
            found = {f"{value:.10g}": 1.0, **dict(_scaled(value))}
            if value in cardinals:
                found[cardinals[int(value)]] = 0.8
            if (before or unit == "世纪") and value < 1000:
                ending = "th" if 10 < value % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(int(value) % 10, "th")
                found[f"{value:.0f}{ending}"] = 1.0
                if value in ordinals:
                    found[ordinals[int(value)]] = 1.0
        yield match.start(), match.end(), found


# --- asking -------------------------------------------------------------------------------------------------------------------------

_RESPELT = (
    ("our", "or"), ("ise", "ize"), ("isation", "ization"), ("ising", "izing"), ("ised", "ized"), ("yse", "yze"), ("tre", "ter"), ("ogue", "og"),
    ("ence", "ense"), ("lling", "ling"), ("lled", "led"), ("ller", "ler"), ("ae", "e"), ("oe", "e"), ("ph", "f"), ("programme", "program"), ("cheque", "check"),
)  # fmt: skip


def respelt(word: str) -> list[str]:
    """The word as the other side of the Atlantic may spell it; most results are no words."""
    pairs = [pair for one, other in _RESPELT for pair in ((one, other), (other, one))]
    return [word.replace(one, other) for one, other in pairs if one in word]


class Translator:
    """Finds terms in the other language. Reads arrays that `cut` made, which may be mapped into memory, and a vocabulary of sorted terms."""

    def __init__(self, arrays: Mapping[str, Array], vocabulary: Strings) -> None:
        self._arrays = {name.removeprefix("translate_"): array for name, array in arrays.items() if name.startswith("translate_")}
        self._vocabulary = vocabulary
        self._stems, self._units, self._families = (self._strings(prefix) for prefix in ("zh", "en", "kin"))
        self._names = Names(self._arrays)
        self._run = re.compile(f"[{''.join(map(re.escape, self._names.characters))}]{{2,}}")

    def _strings(self, prefix: str) -> Strings:
        return Strings(self._arrays[f"{prefix}_pool"], self._arrays[f"{prefix}_offsets"])

    def _rows(self, prefix: str, key: int) -> Iterator[tuple[int, int, float]]:
        """(term, kind, p) of one key."""
        starts = self._arrays[f"{prefix}_starts"]
        row = slice(int(starts[key]), int(starts[key + 1]))
        columns = (self._arrays[f"{prefix}_{name}"][row].tolist() for name in ("terms", "kinds", "p"))
        return zip(*columns, strict=True)

    # English to Chinese

    def english(self, words: Sequence[Word]) -> list[Translation]:
        """Concepts of Chinese terms for the words of an English question: first phrases, then every word."""
        phrases, inside = [], [False] * len(words)
        for size in range(min(LONGEST_PHRASE, len(words)), 1, -1):
            for start in range(len(words) - size + 1):
                key = " ".join(word.term for word in words[start : start + size])
                if not any(inside[start : start + size]) and (index := self._stems.find(key)) >= 0:
                    found = _Found()
                    self._take(found, index, 1.0)
                    phrases.append(Translation(words[start].start, words[start + size - 1].end, 1.0, found.ranked()))
                    inside[start : start + size] = [True] * size
        singles = [
            Translation(word.start, word.end, INSIDE if within else 1.0, self._word(word, after.text if after else "").ranked())
            for word, after, within in zip(words, [*words, None][1:], inside, strict=True)
        ]
        return phrases + singles

    def _take(self, found: _Found, key: int, factor: float) -> float:
        """Add the terms of a stem; the greatest probability that the dictionary itself gave."""
        best = 0.0
        for term, kind, p in self._rows("zh", key):
            found.add(term, p * factor, "dictionary" if kind == _DICTIONARY else "usage")
            if kind == _DICTIONARY:
                best = max(best, p)
        return best

    def _word(self, word: Word, after: str) -> _Found:
        found = _Found()
        key = self._stems.find(word.term)
        known = self._take(found, key, 1.0) if key >= 0 else 0.0
        family = self._families.find(word.term)
        if family >= 0:
            starts = self._arrays["kin_starts"]
            for place in range(int(starts[family]), int(starts[family + 1])):
                self._take(found, int(self._arrays["kin_keys"][place]), float(self._arrays["kin_p"][place]))
        numbers = number_in_chinese(word.text, after if after in _ENGLISH_SCALES else "")
        for text, p in numbers.items():
            found.add(self._vocabulary.find(text), p, "number")
        letters = word.text.removesuffix("'s")
        if not letters.isascii() or not letters.isalpha() or numbers:
            return found
        if known <= 0.15 and len(letters) > 3:
            for term, p in self._sounding(letters[:LONGEST_SPELLING]):
                found.add(term, p, "name")
        if key < 0 and family < 0 and self._vocabulary.find(word.term) < 0:
            for other, near in self._alike(word):
                self._take(found, other, near)
        return found

    def _alike(self, word: Word) -> list[tuple[int, float]]:
        """Stems that an unknown word may be another form of: spelt the other way, or beginning alike."""
        for text in respelt(word.text.removesuffix("'s")):
            if (key := self._stems.find(stem(text))) >= 0:
                return [(key, 1.0)]
        if len(word.term) < 5:
            return []
        found = []
        for key in self._stems.starting_with(word.term[: max(4, len(word.term) - 4)]):
            other = self._stems[key]
            common = next(
                (i for i, (a, b) in enumerate(zip(word.term, other, strict=False)) if a != b), min(len(word.term), len(other))
            )
            if " " not in other and len(other) - common <= 4 and (near := common / max(len(word.term), len(other))) >= 0.6:
                found.append((key, 0.8 * near))
        return sorted(found, key=lambda pair: -pair[1])[:3]

    def _sounding(self, letters: str) -> list[tuple[int, float]]:
        """Chinese terms that may be the name, with probabilities."""
        steps, before = self._names.steps(letters), self._names.background(letters)
        ratio = np.exp(-before)
        forward = np.eye(1, len(letters) + 1)
        where = np.zeros(1, np.int64)  # by node of the level above: its row in `forward`, -1 for a dead one
        found: list[tuple[float, int]] = []
        for start, end in pairwise(self._arrays["trie_levels"].tolist()):
            parents = self._arrays["trie_parents"][start:end]
            rows = np.flatnonzero(where[parents] >= 0)
            if not len(rows):
                break
            forward = np.einsum("ni,nij->nj", forward[where[parents[rows]]], steps[self._arrays["trie_syllables"][start + rows]])
            scores = np.log(forward[:, -1] * ratio[-1] + 1e-300) + self._arrays["trie_penalties"][start + rows]
            terms = self._arrays["trie_terms"][start + rows]
            found += [
                (float(scores[row]), int(terms[row])) for row in np.flatnonzero((terms >= 0) & (scores > NAME_EVIDENCE["zh"] - 4))
            ]
            living = np.flatnonzero((forward * ratio).max(1) > math.exp(-4))
            forward, where = forward[living], np.full(end - start, -1)
            where[rows[living]] = np.arange(len(living))
        return _certain(found, NAME_EVIDENCE["zh"])

    # Chinese to English

    def chinese(self, folded: str, words: Sequence[Word]) -> list[Translation]:
        """Concepts of English terms for the words of a folded Chinese question; numbers take the place of the words they cover."""
        numbers = [
            (start, end, found) for start, end, texts in numbers_in_english(folded) if (found := self._spelled(texts)) is not None
        ]
        spelt = self._spelt(folded, words)
        translations = []
        for word in words:
            if any(start <= word.start and word.end <= end for start, end, _ in numbers):
                continue
            found = self._han(word.text) if _HAN_ONLY.fullmatch(word.text) else _Found()
            for name in [name for name in spelt if name[0] < word.end and word.start < name[1]]:
                spelt.remove(name)  # it counts once, with the first word it covers
                for term, p in name[2]:
                    found.add(term, p, "name")
            translations.append(Translation(word.start, word.end, 1.0, found.ranked()))
        return [*translations, *(Translation(start, end, 1.0, found.ranked()) for start, end, found in numbers)]

    def _spelled(self, texts: Mapping[str, float]) -> _Found | None:
        found = _Found()
        for text, p in texts.items():
            found.add(self._vocabulary.find(text), p, "number")
        return found

    def _han(self, word: str) -> _Found:
        found, reverse = _Found(), defaultdict[int, float](float)
        pieces = {word[start : start + size] for size in (1, 2) for start in range(len(word) - size + 1)} - {word}
        for text in [word, *sorted(pieces)]:
            if (key := self._units.find(text)) < 0:
                continue
            for term, kind, p in self._rows("en", key):
                if kind == _REVERSE:
                    reverse[term] += p
                elif text == word:
                    found.add(term, p * (1.0 if kind == _DICTIONARY else USAGE), "dictionary" if kind == _DICTIONARY else "usage")
                elif kind == _USAGE:
                    found.add(term, p * PART, "part")
        for term, p in reverse.items():
            if p >= 0.05:
                found.add(term, p * REVERSE, "usage")
        return found

    def _spelt(self, folded: str, words: Sequence[Word]) -> list[tuple[int, int, list[tuple[int, float]]]]:
        """The names in the text that the corpus spells in letters: places that do not overlap, and the terms for each."""
        starts = {word.start for word in words}
        found: list[tuple[float, int, int, int]] = []
        for run in self._run.finditer(folded):
            for start in range(run.start(), run.end() - 1):
                if start in starts or start == run.start():
                    found += self._from(folded[start : min(run.end(), start + LONGEST_NAME)], start)
        found.sort(key=lambda match: (-match[0], match[1:]))
        names: list[tuple[int, int, list[tuple[int, float]]]] = []
        for _, start, end, _ in found:
            if not any(start < other[1] and other[0] < end for other in names):
                same = [(score, term) for score, first, last, term in found if (first, last) == (start, end)]
                if certain := _certain(same, NAME_EVIDENCE["en"]):
                    names.append((start, end, certain))
        return names

    def _from(self, characters: str, offset: int) -> list[tuple[float, int, int, int]]:
        """(score, start, end, term) for the names that begin here."""
        model, terms = self._names, self._arrays["spelt_terms"]
        sizes, segments = self._arrays["spelt_sizes"], self._arrays["spelt_segments"]
        rows, found = np.arange(len(terms)), []
        forward = np.zeros((len(rows), LONGEST_SPELLING + 1))
        forward[:, 0] = 1.0
        for count, character in enumerate(characters, 1):
            column, unseen = model.column(model.characters[character])
            steps = column[segments[rows]] + unseen * self._arrays["spelt_unseen"][rows]
            after = np.zeros_like(forward)
            for length in range(model.longest + 1):
                width = forward.shape[1] - length
                after[:, length:] += forward[:, :width] * steps[:, :width, length]
            ratios = np.log(after + 1e-300) - self._arrays["spelt_background"][rows]
            if count > 1:
                scores = ratios[np.arange(len(rows)), sizes[rows]] + model.penalty(characters[:count])
                for row in np.flatnonzero(scores > NAME_EVIDENCE["en"] - 3).tolist() if model.looks(characters[:count]) > 2 else ():
                    found.append((float(scores[row]), offset, offset + count, int(terms[rows[row]])))
            living = ratios.max(1) > -3
            rows, forward = rows[living], after[living]
            if not len(rows):
                break
        return found


def _certain(found: Iterable[tuple[float, int]], even: float) -> list[tuple[int, float]]:
    """Terms with probabilities for matches with scores, those near the best."""
    best = sorted(found, reverse=True)[:8]
    return [
        (term, NAME * p)
        for score, term in best
        if score >= best[0][0] - NAME_BAND and (p := 1 / (1 + math.exp((even - score) / 1.5))) > 0.05
    ]


class _Found:
    """Terms of one concept, each with its greatest probability and where that came from."""

    def __init__(self) -> None:
        self._terms: dict[int, tuple[float, Detail]] = {}

    def add(self, term: int, p: float, detail: Detail) -> None:
        if term >= 0 and p >= LEAST and p > self._terms.get(term, (0.0,))[0]:
            self._terms[term] = (p, detail)

    def ranked(self) -> tuple[Candidate, ...]:
        return tuple(
            Candidate(term, min(p, 1.0), detail)
            for term, (p, detail) in sorted(self._terms.items(), key=lambda item: (-item[1][0], item[0]))
        )
