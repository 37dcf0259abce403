"""A question's words in the other language: terms of this corpus with probabilities, from tables derived from CC-CEDICT.

`cut` takes from the tables what one corpus can use; a `Translator` answers from that alone. A word's terms come from the
dictionary's glosses (1 / place of the sense), from IBM Model 1 trained on the dictionary, from parts of a word, from names by
their sound and from numbers. Phrases of the dictionary are concepts of their own; the words inside them count less.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from search.analyze import LONGEST_PHRASE, shared, stem
from search.names import PLAIN, NameFinder, prune_names
from search.normalize import HAN
from search.numerals import ENGLISH_SCALES, number_in_chinese, numbers_in_english
from search.store import Array, Strings, changes, pack_strings
from search.tables import common_words

if TYPE_CHECKING:
    from search.terms import Terms

CHARACTER = 0.15  # of a single character that a gloss gives: most of its occurrences are inside other words
INSIDE = 0.3  # weight of a word that stands in a phrase of the dictionary
USAGE, PART, REVERSE = 0.5, 0.05, 0.1  # of the model's terms for a Chinese word, for its parts, and read the other way round
GLOSS_WORD = 0.4  # of one word of a longer gloss
LEAST = 0.02  # the smallest probability that is kept

_HAN_ONLY = re.compile(f"[{HAN}]+")
_DICTIONARY, _USAGE, _REVERSE = range(3)  # kinds of rows
_NONE = 0xFFFF  # no stem


class Candidate(NamedTuple):
    """One term of the corpus's vocabulary, by its id, with the probability that it says what the word says."""

    id: int
    p: float


class Translation(NamedTuple):
    """One concept in the other language: the range of the folded question it stands for, its weight, its terms (best first)."""

    start: int
    end: int
    weight: float
    candidates: tuple[Candidate, ...]


class Word(NamedTuple):
    """A word of the question: folded text, the analyser's term, its range in the folded question, whether it says nothing, whether it is Han."""

    text: str
    term: str
    start: int
    end: int
    stop: bool = False
    han: bool = False


# --- cutting the tables -------------------------------------------------------------------------------------------------------


def _packed(prefix: str, keys: Array, terms: Array, kinds: Array, p: Array) -> tuple[Array, dict[str, Array]]:
    """Rows of term, kind, p by ascending key, of equal ones the greatest p; and the keys that have rows."""
    # One number a row, quicker to sort than four columns: 19 bits for keys and 27 for terms are plenty.
    rows = keys.astype(np.uint64) << 45
    for column, shift in ((terms, 18), (kinds, 16), (_NONE - p.astype(np.float16).view(np.uint16), 0)):
        rows |= column.astype(np.uint64) << shift
    rows.sort()
    rows = rows[changes(rows >> 16)]
    found, counts = np.unique(rows >> 45, return_counts=True)
    return found, {
        f"{prefix}_starts": np.append(0, np.cumsum(counts)).astype(np.int32),
        f"{prefix}_terms": (rows >> 18 & (1 << 27) - 1).astype(np.int32),
        f"{prefix}_kinds": (rows >> 16 & 3).astype(np.uint8),
        f"{prefix}_p": (_NONE - (rows & _NONE).astype(np.uint16)).view(np.float16),
    }


def prune(tables: Mapping[str, Array], vocabulary: Terms) -> dict[str, Array]:
    """What a corpus with this vocabulary can use of the tables; all names start with "translate_"."""
    strings = [Strings.named(tables, name) for name in ("units", "stems", "near")]
    (units, stems, near), (unit_ids, stem_ids, near_ids) = strings, map(vocabulary.find, strings)
    arrays = {
        **_to_chinese(tables, units, stems, unit_ids),
        **_to_english(tables, units, stem_ids),
        **_near(tables, near, near_ids),
        **prune_names(tables, vocabulary.strings),
    }
    return {f"translate_{name}": array for name, array in arrays.items()}


def _to_chinese(tables: Mapping[str, Array], units: Strings, stems: Strings, unit_ids: Array) -> dict[str, Array]:
    """`unit_ids` are the units' places in the vocabulary, -1 for none."""
    single = np.diff(units.characters()[1]) == 1
    found = unit_ids[tables["gloss_units"]] >= 0
    gloss_units = tables["gloss_units"][found]
    gloss_p = tables["gloss_p"][found].astype(np.float64) * np.where(single[gloss_units], CHARACTER, 1.0)
    used = unit_ids[tables["usage_units"]] >= 0
    # A key has four stems at most, by numbers in order from 1 on, and 0 for none: these four make one number, in the order of the keys.
    glosses = (tables["gloss_stems"][found] + np.uint16(1)).astype(">u2").view(">u8").ravel()
    usages = tables["usage_stems"][used].astype(np.uint64) + 1 << 48
    numbers, places = np.unique(np.concatenate([glosses.astype(np.uint64), usages]), return_inverse=True)
    written, rows = ["", *stems], numbers.astype(">u8").view(">u2").reshape(-1, LONGEST_PHRASE)
    keys = [" ".join([written[part] for part in row if part]) for row in rows.tolist()]
    alone, of_stems = np.flatnonzero(rows[:, 1] == 0), np.full(len(stems), -1)
    of_stems[rows[alone, 0] - 1] = alone
    _, arrays = _packed(
        "zh",
        places,
        np.concatenate([unit_ids[gloss_units], unit_ids[tables["usage_units"][used]]]),
        np.repeat([_DICTIONARY, _USAGE], [len(glosses), len(usages)]),
        np.concatenate([gloss_p, tables["usage_p"][used].astype(np.float64)]),
    )
    counted, plain = np.zeros((2, len(keys)))  # phrases are counted nowhere
    counted[of_stems[of_stems >= 0]] = tables["stems_glosses"][of_stems >= 0]
    plain[of_stems[of_stems >= 0]] = tables["stems_plain"][of_stems >= 0]
    arrays |= Strings(*pack_strings(keys)).under("zh")
    arrays["zh_plain"] = plain >= PLAIN
    arrays["zh_rarity"] = _rarities(counted, len(tables["gloss_p"]), 20)
    kin = of_stems[tables["kin_to"]] >= 0
    families, relatives = tables["kin_from"][kin], of_stems[tables["kin_to"]][kin]
    order = np.lexsort((tables["kin_p"][kin], relatives, families))
    names, counts = np.unique(families, return_counts=True)
    return (
        arrays
        | stems.at(names).under("kin")
        | {
            "kin_starts": np.append(0, np.cumsum(counts)).astype(np.int32),
            "kin_keys": relatives[order].astype(np.int32),
            "kin_p": tables["kin_p"][kin][order].astype(np.float16),
        }
    )


def _to_english(tables: Mapping[str, Array], units: Strings, stem_ids: Array) -> dict[str, Array]:
    """`stem_ids` are the stems' places in the vocabulary, -1 for none."""
    own, kin = np.flatnonzero(stem_ids >= 0), stem_ids[tables["kin_to"]] >= 0
    sources = np.concatenate([own, tables["kin_from"][kin].astype(np.int64)])
    order = np.argsort(sources, kind="stable")
    starts = np.searchsorted(sources[order], np.arange(len(stem_ids) + 1))
    terms = np.concatenate([stem_ids[own], stem_ids[tables["kin_to"][kin]]])[order]
    near = np.concatenate([np.ones(len(own)), tables["kin_p"][kin].astype(np.float64)])[order]

    def reached(parts: Array) -> tuple[Array, Array]:
        """For each term that a stem leads to, itself and its relatives: which of the stems, and the place of the term."""
        counts = starts[parts + 1] - starts[parts]
        rows = np.repeat(np.arange(len(parts)), counts)
        return rows, np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts) + starts[parts][rows]

    glosses, columns = np.nonzero(tables["gloss_stems"] != _NONE)
    rows, places = reached(tables["gloss_stems"][glosses, columns].astype(np.int64))
    alone = (tables["gloss_stems"] != _NONE).sum(1) == 1
    gloss = glosses[rows]
    gloss_p = tables["gloss_p"].astype(np.float64)[gloss] * near[places] * np.where(alone[gloss], 1.0, GLOSS_WORD)
    enough = gloss_p >= 2 * LEAST
    senses, reach = reached(tables["sense_stems"].astype(np.int64))
    sense_p = tables["sense_p"].astype(np.float64)[senses] * near[reach]
    likely = sense_p >= LEAST
    used = stem_ids[tables["usage_stems"]] >= 0
    keyed = [tables["gloss_units"][gloss][enough], tables["sense_units"][senses][likely], tables["usage_units"][used]]
    found, arrays = _packed(
        "en",
        np.concatenate(keyed),
        np.concatenate([terms[places][enough], terms[reach][likely], stem_ids[tables["usage_stems"][used]]]),
        np.repeat([_DICTIONARY, _USAGE, _REVERSE], list(map(len, keyed))),
        np.concatenate([gloss_p[enough], sense_p[likely], tables["usage_p"][used].astype(np.float64)]),
    )
    keys = units.at(found)
    frequency, total = common_words(), int(tables["words_freq"].sum())
    seen = np.array([frequency.get(key, 0) for key in keys], np.int64)
    return arrays | keys.under("en") | {"en_rarity": _rarities(seen, total, 200)}


def _near(tables: Mapping[str, Array], words: Strings, ids: Array) -> dict[str, Array]:
    """`ids` are the words' places in the vocabulary, -1 for none."""
    there = ids[tables["near_to"]] >= 0
    terms = ids[tables["near_to"][there]]
    found, arrays = _packed("near", tables["near_from"][there], terms, np.zeros(len(terms), np.uint8), tables["near_p"][there])
    return arrays | words.at(found).under("near")


def rarity(count: float, total: float, few: int) -> float:
    """How much a word says, 0 to 1: 1 when it is hardly ever seen, less the commoner it is."""
    return math.log(total / (count + few)) / math.log(total / few)


def _rarities(counts: Array, total: float, few: int) -> Array:
    distinct, places = np.unique(counts, return_inverse=True)
    return np.array([rarity(count, total, few) for count in distinct.tolist()], np.float16)[places]


# --- asking -------------------------------------------------------------------------------------------------------------------

_SPELLINGS = """our or; ise ize; isation ization; ising izing; ised ized; yse yze; tre ter; ogue og; ence ense; lling ling;
lled led; ller ler; ae e; oe e; ph f; programme program; cheque check"""
_RESPELT = [pair.split() for pair in _SPELLINGS.split(";")]


def respelt(word: str) -> list[str]:
    """The word as the other side of the Atlantic may spell it; most results are no words."""
    pairs = [pair for one, other in _RESPELT for pair in ((one, other), (other, one))]
    return [word.replace(one, other) for one, other in pairs if one in word]


class Translator:
    """Finds terms of a vocabulary in the other language, from arrays that `cut` made, which may be mapped into memory."""

    def __init__(self, arrays: Mapping[str, Array], vocabulary: Strings) -> None:
        self._arrays = {name.removeprefix("translate_"): array for name, array in arrays.items() if name.startswith("translate_")}
        self._vocabulary = vocabulary
        self._stems, self._units, self._families = (self._strings(prefix) for prefix in ("zh", "en", "kin"))
        self._near = self._strings("near")
        self._names = NameFinder(self._arrays)

    def _strings(self, prefix: str) -> Strings:
        return Strings.named(self._arrays, prefix)

    def _rows(self, prefix: str, key: int) -> Iterator[tuple[int, int, float]]:
        """(term, kind, p) of one key."""
        starts = self._arrays[f"{prefix}_starts"]
        row = slice(int(starts[key]), int(starts[key + 1]))
        columns = (self._arrays[f"{prefix}_{name}"][row].tolist() for name in ("terms", "kinds", "p"))
        return zip(*columns, strict=True)

    def _rarity(self, prefix: str, key: int) -> float:
        return float(self._arrays[f"{prefix}_rarity"][key]) if key >= 0 else 1.0

    def near(self, word: str) -> list[tuple[int, float]]:
        """Terms in the word's own language that are translated as it is, with their probabilities."""
        key = self._near.find(word)
        return [(term, p) for term, _, p in self._rows("near", key)] if key >= 0 else []

    # English to Chinese

    def english(self, words: Sequence[Word]) -> list[Translation]:
        """Concepts of Chinese terms for the words of content of an English question: first phrases, then every word."""
        words = [word for word in words if not word.stop]
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
            Translation(
                word.start,
                word.end,
                (INSIDE if within else 1.0) * self._rarity("zh", self._stems.find(word.term)),
                self._word(word, after.text if after else "").ranked(),
            )
            for word, after, within in zip(words, [*words, None][1:], inside, strict=True)
        ]
        return phrases + singles

    def _take(self, found: _Found, key: int, factor: float) -> float:
        """Add the terms of a stem; the greatest probability that the dictionary itself gave."""
        best = 0.0
        for term, kind, p in self._rows("zh", key):
            found.add(term, p * factor)
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
        numbers = number_in_chinese(word.text, after if after in ENGLISH_SCALES else "")
        for text, p in numbers.items():
            found.add(self._vocabulary.find(text), p)
        letters = word.text.removesuffix("'s")
        if not letters.isascii() or not letters.isalpha() or numbers:
            return found
        plain = key >= 0 and bool(self._arrays["zh_plain"][key])
        if known <= 0.15 and len(letters) > 3 and not plain:
            for term, p in self._names.sounding(letters):
                found.add(term, p)
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
            common = shared(word.term, other)
            if " " not in other and len(other) - common <= 4 and (near := common / max(len(word.term), len(other))) >= 0.6:
                found.append((key, 0.8 * near))
        return sorted(found, key=lambda pair: -pair[1])[:3]

    # Chinese to English

    def chinese(self, folded: str, words: Sequence[Word], whole: Container[str] = ()) -> list[Translation]:
        """Concepts of English terms for the words of a folded Chinese question; numbers replace the words they cover, and parts a word that
        has no gloss, but for those of `whole`."""
        words = [word for word in words if not word.stop]
        numbers = [(start, end, self._written(texts)) for start, end, texts in numbers_in_english(folded)]
        names = self._names.spelt(folded, {word.start for word in words})
        translations, counted = [], set[int]()
        for word in words:
            if any(start <= word.start and word.end <= end for start, end, _ in numbers):
                continue
            within = [name for name in names if name[0] < word.end and word.start < name[1]]
            piece = bool(within) and word.end == word.start + 1  # of a name, no word
            parts = [] if within else self._parts(word.text)
            if parts and word.text not in whole and not self._has_gloss(word.text):
                translations += [self._part(word, start, end, 1.0) for start, end in parts]
                continue
            translations += [self._part(word, start, end, INSIDE) for start, end in parts]
            found = self._han(word.text) if _HAN_ONLY.fullmatch(word.text) and not piece else _Found()
            for name in within:
                if name[0] not in counted:  # it counts once, with the first word it covers
                    counted.add(name[0])
                    for term, p in name[2]:
                        found.add(term, p)
            translations.append(
                Translation(word.start, word.end, self._rarity("en", self._units.find(word.text)), found.ranked())
            )
        return [*translations, *(Translation(start, end, 1.0, found.ranked()) for start, end, found in numbers)]

    def _has_gloss(self, text: str) -> bool:
        key = self._units.find(text)
        return key >= 0 and any(kind == _DICTIONARY for _, kind, _ in self._rows("en", key))

    def _parts(self, word: str) -> list[tuple[int, int]]:
        """The words that a longer word is made of, the longest first from the left: of two characters and more, or of one where the word
        has no gloss and no such parts."""
        parts = self._cut(word, 2)
        return parts if parts or self._has_gloss(word) else self._cut(word, 1)

    def _cut(self, word: str, least: int) -> list[tuple[int, int]]:
        parts, start = [], 0
        while _HAN_ONLY.fullmatch(word) and start < len(word):
            ends = range(len(word), start + least - 1, -1)
            end = next((end for end in ends if end - start < len(word) and self._has_gloss(word[start:end])), 0)
            if end:
                parts.append((start, end))
            start = end or start + 1
        return parts

    def _part(self, word: Word, start: int, end: int, weight: float) -> Translation:
        text = word.text[start:end]
        weight *= self._rarity("en", self._units.find(text))
        return Translation(word.start + start, word.start + end, weight, self._han(text).ranked())

    def _written(self, texts: Mapping[str, float]) -> _Found:
        found = _Found()
        for text, p in texts.items():
            found.add(self._vocabulary.find(text), p)
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
                    found.add(term, p * (1.0 if kind == _DICTIONARY else USAGE))
                elif kind == _USAGE:
                    found.add(term, p * PART)
        for term, p in reverse.items():
            if p >= 0.05:
                found.add(term, p * REVERSE)
        return found


class _Found:
    """Terms of one concept, each with its greatest probability."""

    def __init__(self) -> None:
        self._terms: dict[int, float] = {}

    def add(self, term: int, p: float) -> None:
        if term >= 0 and p >= LEAST and p > self._terms.get(term, 0.0):
            self._terms[term] = p

    def ranked(self) -> tuple[Candidate, ...]:
        return tuple(
            Candidate(term, min(p, 1.0)) for term, p in sorted(self._terms.items(), key=lambda item: (-item[1], item[0]))
        )
