"""Chinese typed as it sounds: pinyin with or without tones and spaces, and first letters; and words that sound alike.

One sorted list of strings "SOUND PINYIN WORD" serves every look-up. PINYIN is toneless; SOUND is PINYIN with what speakers often
confuse made the same (zh/z, ch/c, sh/s, n/l, ang/an, eng/en, ing/in, ü/u). Initials stand for both, in capitals.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import chain, groupby, islice, pairwise, product
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from search.analyze import LONGEST_WORD, Token
from search.spelling import Known, Reading
from search.store import Array, Strings, pack_strings
from search.tables import tables
from search.workers import parallel

LONGEST = 200  # letters of a question that is read as pinyin
WORD, NEARLY, CHARACTER, INITIALS = 0.8, 0.5, 0.5, 0.4  # probabilities of what was typed
DOUBTFUL = 0.1  # of a character that may well be part of a word that the corpus lacks
MOST_READINGS = 8  # of a text whose characters have several
UNKNOWN = 3.0  # cost of a syllable that is no word of the corpus; see `_Word.cost`
SAME, NEARLY_SAME = 0.5, 0.4  # probabilities of a word that sounds like what was typed, or nearly
AGAINST: dict[Known, int] = {"function": 2, "own": 0, "english": 1, "name": 1, "": 1}
_SYLLABLES = """
a ai an ang ao e ei en er o ou; b a ai an ang ao ei en eng i ian iao ie in ing o u; c a ai an ang ao e en eng i ong ou u uan
ui un uo; ch a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo; d a ai an ang ao e ei en eng i ia ian iao ie ing iu
ong ou u uan ui un uo; f a an ang ei en eng o ou u; g a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo; h a ai an
ang ao e ei en eng ong ou u ua uai uan uang ui un uo; j i ia ian iang iao ie in ing iong iu u uan ue un; k a ai an ang ao e ei
en eng ong ou u ua uai uan uang ui un uo; l a ai an ang ao e ei eng i ia ian iang iao ie in ing iu o ong ou u uan ue un uo v
ve; m a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u; n a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong
ou u uan ue uo v ve; p a ai an ang ao ei en eng i ian iao ie in ing o ou u; q i ia ian iang iao ie in ing iong iu u uan ue un;
r an ang ao e en eng i ong ou u ua uan ui un uo; s a ai an ang ao e en eng i ong ou u uan ui un uo; sh a ai an ang ao e ei en
eng i ou u ua uai uan uang ui un uo; t a ai an ang ao e eng i ian iao ie ing ong ou u uan ui un uo; w a ai an ang ei en eng o
u; x i ia ian iang iao ie in ing iong iu u uan ue un; y a an ang ao e i in ing o ong ou u uan ue un; z a ai an ang ao e ei en
eng i ong ou u uan ui un uo; zh a ai an ang ao e ei en eng i ong ou u ua uai uan uang ui un uo"""


def _syllables(table: str) -> frozenset[str]:
    rows = [row.split() for row in table.split(";")]
    return frozenset([*rows[0], *(initial + final for initial, *finals in rows[1:] for final in finals)])


SYLLABLES = _syllables(_SYLLABLES)


def sound(letters: str) -> str:
    """Pinyin with what speakers confuse made the same. The sound of a beginning is a beginning of the sound."""
    for confused, one in (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"), ("l", "n"), ("v", "u")):
        letters = letters.replace(confused, one)
    return letters


class _Spoken:
    """How Han text is read aloud, by the dictionary's words."""

    def __init__(self) -> None:
        self._tables = tables()
        self._words = Strings.named(self._tables, "readings_words")
        self._syllables = list(Strings.named(self._tables, "pinyin"))
        self.word = lru_cache(maxsize=1 << 14)(self._word)

    def _word(self, text: str) -> tuple[str, ...]:
        """The readings of a word of the dictionary, syllables joined by spaces; none for other text."""
        if text == "谁":
            return "shei", "shui"  # the dictionary has the first alone
        if (index := self._words.find(text)) < 0:
            return ()
        first, last = np.searchsorted(self._tables["readings_of"], [index, index + 1])
        starts = self._tables["readings_starts"][first : last + 1].tolist()
        rows = [self._tables["readings_syllables"][start:end].tolist() for start, end in pairwise(starts)]
        return tuple(dict.fromkeys(" ".join(self._syllables[syllable] for syllable in row) for row in rows))

    def all(self) -> dict[str, tuple[str, ...]]:
        """The readings of every word of the dictionary: for many words this is quicker than to look each up."""
        syllables = [self._syllables[syllable] for syllable in self._tables["readings_syllables"].tolist()]
        readings = [" ".join(syllables[start:end]) for start, end in pairwise(self._tables["readings_starts"].tolist())]
        starts = np.searchsorted(self._tables["readings_of"], np.arange(len(self._words) + 1)).tolist()
        rows = ((readings[at],) if end - at == 1 else tuple(dict.fromkeys(readings[at:end])) for at, end in pairwise(starts))
        return dict(zip(self._words, rows, strict=True)) | {"谁": self.word("谁")}


def _readings(text: str, dictionary: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The ways to read any Han text: by its words, the longest first, and by its characters; () when one is unknown."""
    nothing = tuple[str, ...]()
    characters = [dictionary.get(character, nothing) for character in text]
    parts = [dictionary[text]] if text in dictionary else list(_parts(text, dictionary)) if len(text) > 2 else characters
    ways = [parts] if parts == characters else [parts, characters]
    rows = chain.from_iterable(islice(product(*way), MOST_READINGS) for way in ways)
    return list(dict.fromkeys(map(" ".join, rows))) if all(parts) else []


def _parts(text: str, dictionary: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """The readings of the words that a text begins with, the longest first; () for an unknown character."""
    start = 0
    while start < len(text):
        end = next((end for end in range(len(text), start, -1) if text[start:end] in dictionary), start + 1)
        yield dictionary.get(text[start:end], ())
        start = end


@lru_cache(maxsize=1)
def _spoken() -> _Spoken:
    return _Spoken()


def spoken(word: str) -> tuple[str, ...]:
    """The readings of a word of the dictionary, syllables joined by spaces; none for other text."""
    return _spoken().word(word)


def arrays(
    words: Mapping[str, int],
    named: Collection[str],
    before: Mapping[str, Array] = MappingProxyType({}),
    processes: int = 1,
) -> dict[str, Array]:
    """What `Sounds` takes, of Han words with their frequencies, and of those `named` by their initials too.

    How a word sounds that sounds in one way is taken from the arrays of an index `before`.
    """
    known = {word: string for word, string in _alone(before) if word in words and word not in named}
    found = {string: words[word] for word, string in known.items()}
    dictionary, rest = _spoken().all(), list({*words, *named} - known.keys())
    tasks = [partial(_entries, rest[number::processes], words, named, dictionary) for number in range(processes)]
    with parallel(tasks, processes) as parts:
        for part in parts:
            found |= part
    strings = sorted(found)  # which is quick where most are in order already
    frequencies = np.array([found[string] for string in strings], np.int32)
    return {**Strings(*pack_strings(strings)).under("sounds"), "sounds_frequencies": frequencies}


def _alone(before: Mapping[str, Array]) -> Iterator[tuple[str, str]]:
    """The words that have one string among those of an index, for their sound and not for initials, and this string."""
    strings = list(Strings.named(before, "sounds")) if before else []
    words = [string.rpartition(" ")[2] for string in strings]
    times = Counter(words)
    return ((word, string) for word, string in zip(words, strings, strict=True) if times[word] == 1 and string[0].islower())


def _entries(
    some: Iterable[str], words: Mapping[str, int], named: Collection[str], dictionary: Mapping[str, tuple[str, ...]]
) -> dict[str, int]:
    """The strings for some words, and how often they are seen."""
    found = dict[str, int]()
    rows = [(word, order, reading) for word in some for order, reading in enumerate(_readings(word, dictionary))]
    written = "\n".join(reading for _, _, reading in rows).replace(" ", "")
    for (word, order, reading), letters, key in zip(rows, written.split("\n"), sound(written).split("\n"), strict=False):
        if len(word) <= LONGEST_WORD:
            found.setdefault(f"{key} {letters} {word}", words.get(word, 0) // (8 if order else 1))
        if word in named and len(word) > 1:
            initials = "".join(syllable[0] for syllable in reading.split()).upper()
            found[f"{initials} {initials} {word}"] = words.get(word, 0)
    return found


class _Word(NamedTuple):
    text: str
    exact: bool
    frequency: int

    @property
    def kind(self) -> tuple[bool, bool]:
        return len(self.text) == 1, not self.exact

    @property
    def cost(self) -> float:
        """How unlikely it is to be meant, next to others: fewer and longer words read better, then commoner ones."""
        return (2.0 if len(self.text) == 1 else 1.0) + (0.0 if self.exact else 0.5) - math.log1p(self.frequency) / 100


class Sounds:
    """A corpus's words by their sound."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._strings = Strings.named(arrays, "sounds")
        self._frequencies = arrays["sounds_frequencies"]

    def _under(self, key: str, written: str, low: int = 0) -> tuple[int, list[_Word]]:
        """Where the entries beginning with `key` stand, and the words whose whole sound it is, likeliest first."""
        place = low = bisect_left(self._strings, key, low)
        words = []
        while place < len(self._strings) and (entry := self._strings[place].split(" "))[0] == key:
            words.append(_Word(entry[2], entry[1].replace("v", "u") == written.replace("v", "u"), int(self._frequencies[place])))
            place += 1
        return low, sorted(words, key=lambda word: (word.cost, word.text))

    def _begins(self, place: int, key: str) -> bool:
        return place < len(self._strings) and self._strings[place].startswith(key)

    def alike(self, text: str) -> list[tuple[str, float]]:
        """The words that sound like some Han characters and have one of them, with probabilities."""
        found: dict[str, float] = {}
        for reading in islice(product(*map(_spoken().word, text)), MOST_READINGS):
            written = "".join(reading)
            for word in self._under(sound(written), written)[1]:
                common = sum(one == other for one, other in zip(word.text, text, strict=False))
                if len(word.text) == len(text) and 0 < common < len(text):
                    found[word.text] = max(SAME if word.exact else NEARLY_SAME, found.get(word.text, 0.0))
        return list(found.items())

    def initials(self, letters: str) -> list[str]:
        """The words and headings whose syllables begin with these letters, likeliest first; four may begin a longer one."""
        key = letters.upper()
        place, words = self._under(key, key)
        if not words and len(letters) > 3 and self._begins(place, key):
            return [self._strings[place].split(" ")[2][: len(letters)]]
        return [word.text for word in words]

    def beginning(self, letters: str, *, whole: bool = False) -> list[str]:
        """The words and headings whose pinyin or initials begin with these letters (are they, if `whole`), likeliest first."""
        found: dict[str, int] = {}
        for key, written in ((sound(letters), letters.replace("v", "u")), (letters.upper(), letters.upper())):
            for place in self._strings.starting_with(key):
                _, sounded, word = self._strings[place].split(" ")
                sounded = sounded.replace("v", "u")
                if sounded == written if whole else sounded.startswith(written):
                    found[word] = max(int(self._frequencies[place]), found.get(word, 0))
        return sorted(found, key=lambda word: (-found[word], len(word), word))

    def readings(
        self,
        tokens: Sequence[Token],
        known: Callable[[str], Known],
        capital: Callable[[Token], bool],
        asking: Collection[str] = (),
    ) -> list[Reading]:
        """The tokens of a folded question that are pinyin, read as Chinese; beside Chinese, what has a capital is no initials.

        A question without Han characters is in pinyin when the words that can only be pinyin have more letters than those that
        can't be, the corpus's own aside and function words of English counted twice. In other questions a single word may be.
        Syllables that only make characters side by side, but for the question words `asking`, say little.
        """
        words = [token for token in tokens if token.kind == "word" and re.fullmatch("[a-z][a-z1-5']*", token.text)]
        letters = {token: re.sub("[1-5']", "", token.text) for token in words}
        if not words or sum(map(len, letters.values())) > LONGEST:
            return []
        status = {token: known(token.text) for token in words}
        spoken = {token for token in words if len(letters[token]) > 1 and _cuts(letters[token])}
        strange = {token for token in words if status[token] in ("", "name")}  # cities are named in pinyin
        mixed = any(token.kind == "han" for token in tokens)
        short = [token for token in words if token in strange - spoken and not (mixed and capital(token))]
        initials = [reading for token in short for reading in self._initials(token, letters[token])]
        if mixed:
            rows = [self._row(row, letters, asking) for row in _rows(tokens, spoken & strange)]
            return [*(reading for row in rows for reading in row), *initials]
        against = sum(AGAINST[status[token]] * len(letters[token]) for token in words if token not in spoken)
        if sum(len(letters[token]) for token in spoken & strange) > against:
            found = [reading for row in _rows(tokens, spoken) for reading in self._row(row, letters, asking)]
            other = {token for token in words if status[token] not in ("own", "function")}
            kept = [row for row in found if any(token.start < row.end and row.start < token.end for token in other)]
            return [*kept, *initials] if any(len(reading.text) > 1 for reading in kept) else []
        if len(initials) == len(words) and sum(map(len, letters.values())) > 2:
            return initials
        alone = [(token, self._row([token], letters, asking)) for token in spoken & strange if len(letters[token]) > 4]
        return [row[0] for token, row in alone if [reading[:2] for reading in row] == [(token.start, token.end)]]

    def _initials(self, token: Token, letters: str) -> list[Reading]:
        found = [(text, INITIALS) for text in self.initials(letters)[:3]] if 1 < len(letters) < 9 else []
        return [Reading(token.start, token.end, *found[0], "pinyin", tuple(found[1:]))] if found else []

    def _row(self, row: Sequence[Token], letters: Mapping[Token, str], asking: Collection[str]) -> list[Reading]:
        """The likeliest words for tokens in a row, none when no word of two characters is among them."""
        text, bounds, cuts, places = "", [0], {0}, list[int]()
        for token in row:
            cuts |= {len(text) + cut for cut in _cuts(letters[token])}
            text += letters[token]
            bounds.append(len(text))
            places += [token.start + place for place, character in enumerate(token.text) if character.isalpha()]
        ways: dict[int, tuple[float, int, list[_Word]]] = {len(text): (0.0, len(text), [])}
        positions = sorted(cuts)
        for index, start in reversed(list(enumerate(positions[:-1]))):
            found, low = [], 0
            for end in positions[index + 1 :]:
                key = sound(text[start:end])
                low, words = self._under(key, text[start:end], low)
                inside = not any(start < bound < end for bound in bounds)
                whole = start in bounds and end in bounds
                typed = row[bounds.index(start) : bounds.index(end)] if whole and words else []
                if typed and all(token.text in SYLLABLES for token in typed):  # written syllable by syllable
                    words = [word for word in words if len(word.text) == len(typed)]
                if inside or whole:  # a word stands in one token, or is some whole ones
                    if words:
                        found.append((words[0].cost + ways[end][0], end, words))
                    elif inside and text[start:end] in SYLLABLES:
                        found.append((UNKNOWN + ways[end][0], end, []))
                if end - start > 5 and not self._begins(low, key):
                    break
            ways[start] = min(found, key=lambda way: way[:2], default=(math.inf, len(text), []))
        readings, start = [], 0
        while start < len(text):
            _, end, words = ways[start]
            if words:
                p = CHARACTER if len(words[0].text) == 1 else WORD if words[0].exact else NEARLY
                same = [word for word in words[1:3] if word.kind == words[0].kind]
                others = [(word.text, p * (word.frequency + 1) / (words[0].frequency + 1)) for word in same]
                last = row[bounds.index(end) - 1].end if end in bounds else places[end]
                starts = tuple(places[start + cut] for cut in _starts(text[start:end], len(words[0].text)))
                readings.append(Reading(places[start], last, words[0].text, p, "pinyin", tuple(others), starts))
            start = end
        return _weighed(readings, row, asking) if any(len(reading.text) > 1 for reading in readings) else []


def _weighed(readings: Sequence[Reading], row: Sequence[Token], asking: Collection[str]) -> list[Reading]:
    """The readings, with less probability for characters side by side, which are likely parts of a word that nobody knows."""
    strange = {reading for reading in readings if len(reading.text) == 1 and reading.text not in asking}
    doubtful: set[Reading] = set()
    for token, group in groupby(readings, lambda reading: next(token for token in row if reading.start < token.end)):
        inside = list(group)
        if token.text in SYLLABLES:
            place = readings.index(inside[0])
            if len(strange.intersection(readings[max(place - 1, 0) : place + 2])) > 1:
                doubtful |= strange.intersection(inside)
            continue
        for single, run in groupby(inside, lambda reading: len(reading.text) == 1):
            part = list(run)
            if single and not strange.isdisjoint(part) and (len(part) > 1 or len(inside) == 1):
                doubtful |= set(part)
    return [reading._replace(probability=DOUBTFUL, others=()) if reading in doubtful else reading for reading in readings]


def is_pinyin(text: str) -> bool:
    """Whether a folded word splits into syllables."""
    return len(text) > 1 and bool(_cuts(text))


def _rows(tokens: Iterable[Token], chosen: Collection[Token]) -> Iterator[list[Token]]:
    """The chosen tokens in runs with one character between them at most, so that no word goes across a comma."""
    row: list[Token] = []
    for token in tokens:
        if row and (token not in chosen or token.start > row[-1].end + 1):
            yield row
            row = []
        if token in chosen:
            row.append(token)
    if row:
        yield row


@lru_cache(maxsize=1 << 12)
def _starts(letters: str, count: int) -> tuple[int, ...]:
    """Where each syllable begins when the letters are split into `count`, () if they can't be."""
    if count == 1:
        return (0,) if letters in SYLLABLES else ()
    for size in range(1, min(6, len(letters) - 1) + 1):
        if letters[:size] in SYLLABLES and (rest := _starts(letters[size:], count - 1)):
            return (0, *(size + start for start in rest))
    return ()


@lru_cache(maxsize=1 << 12)
def _cuts(letters: str) -> tuple[int, ...]:
    """Where syllables may end when the letters are split into syllables in all ways, () if they can't be."""
    size = len(letters)
    spans = [(start, end) for start in range(size) for end in range(start + 1, min(start + 6, size) + 1)]
    syllables = [(start, end) for start, end in spans if letters[start:end] in SYLLABLES]
    ahead, back = {0}, {size}
    for start, end in syllables:
        if start in ahead:
            ahead.add(end)
    for start, end in reversed(syllables):
        if end in back:
            back.add(start)
    return tuple(sorted(ahead & back - {0})) if size in ahead else ()
