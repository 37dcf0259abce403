"""A searchable corpus as files for a browser: a manifest, shards, and the engine that reads them.

    wenlu-index.json     what is here, and where: the one name that does not change
    wenlu-index/         shards, each a gzip named by what it holds; a question fetches those it needs
    engine.js            the question's side of the index in JavaScript, with foreign.js and unusual.js, which it fetches for questions that
                         need them, and faq-search.js, the box

A table is sorted keys with whole numbers for each, in blocks: keys that share their beginning with the one before, a line each, then
a zero byte, then the numbers as varints. The core has the beginning of each block's first key, as much as tells it
from the block before, and the block's size. Constants, words and patterns come from the
modules that define them, so that they are written once. The same index gives the same bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, reduce
from itertools import chain, pairwise, product
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from search import (
    analyze,
    confidence,
    document,
    lexicon,
    names,
    normalize,
    numerals,
    pinyin,
    rank,
    spelling,
    suggest,
    translate,
)
from search import index as indices
from search.errors import IndexFileError, reasons
from search.index import Index
from search.javascript import minified
from search.names import Names
from search.normalize import HAN
from search.store import Array, Strings
from search.tables import script_map, tables

FORMAT = 8  # of the files; an engine refuses another
MANIFEST, FOLDER = "wenlu-index.json", "wenlu-index"
SCRIPTS = ("engine.js", "foreign.js", "unusual.js", "faq-search.js")
BLOCK, MANY = 3000, 1500  # bytes of a block before it is compressed, about; where a question needs a block for most of its words
SHORT = 4  # chunks in a list that stands beside its term; a longer one stands apart, to be fetched when it is needed
CODES = 4  # counts that are written together with a chunk, the last meaning that they follow
RADIX = 92  # of numbers written as text: characters that need one byte and no escape, but for one
# Han characters that every question may need, and those whose traditional forms may be likely; the rest are in files of their own.
COMMON, TRADITIONAL = 2500, 1200
DIVIDED = 16  # files that those others are divided among
DIVISION = 200  # ids in a file of them, about
PRECISION = 1e-6  # relative, to which counts must give a frequency
# Counts of a term in title, alias and path beside those in the body, likeliest first; other counts are written as the frequency.
COUNTS = sorted(product(range(3), range(64), range(5)), key=lambda counts: (sum(counts), counts))
OTHER = len(COUNTS)  # stands for none of them

# What the scripts take from each module, by name; a leading underscore is dropped. engine.js knows the constants by their order, the two that
# it fetches know the modules by theirs.
_TAKEN: dict[ModuleType, str] = {
    analyze: "LONGEST_WORD LONGEST_PHRASE TOKEN _INSIDE _PREFIXED IRREGULAR _OWN_STEM",
    confidence: "ONCE MEANT THRESHOLD NAMED BIAS STRENGTH LEAD AMOUNT HEADED",
    document: "LANGUAGES KINDS FIELDS",
    indices: "LONGEST_QUESTION _POOL _CLOSE _RIVALS",
    lexicon: "_CHINESE_ASKS SYNONYM BIGRAM CHARACTER STOP PHRASE _STOP_STEMS QUESTION_WORDS _OTHER_FUNCTION_WORDS ORDINARY FEW WITHIN GUESS "
    "INTENTS _ASKED_BY _ASKING _IDENTIFIER _EVIDENCE _LONGEST_DEFINED",
    normalize: "HAN _QUOTES CLAUSE_END",
    pinyin: "MOST_READINGS SAME NEARLY_SAME",
    rank: "K1 FULL EXACT INTENT FINE PREFERENCES",
    spelling: "WINDOW MOST_HAN SHAPE RARE _NUMERALS _SHAPES",
}
_LATER: dict[ModuleType, str] = {
    analyze: "LONGEST_PHRASE",
    indices: "LONGEST_QUESTION",
    lexicon: "DICTIONARY_BESIDE_GROUP STOP",
    normalize: "HAN",
    pinyin: "LONGEST WORD NEARLY CHARACTER INITIALS DOUBTFUL UNKNOWN AGAINST _SYLLABLES",
    rank: "CLAUSE",
    spelling: "SHORTEST SHORT LONGEST MOST ONE TWO APART SLIP _SMALL",
    names: "CERTAIN BAND DOUBT EVIDENCE_CHINESE EVIDENCE_ENGLISH LOOKS LONGEST_NAME LONGEST_SPELLING",
    numerals: "_DIGITS _SCALES _CARDINALS _ORDINALS _MONTHS _STEMS _LONGEST ENGLISH_SCALES _ROMAN _ROMAN_VALUES _CHINESE_NUMBER",
    suggest: "LONGEST _LOOKED_AT _SOUNDS _LONGEST_SOUND _SHORTEST_STEM",
    translate: "INSIDE USAGE PART REVERSE LEAST _RESPELT",
}


class Exported(NamedTuple):
    """What was written: how many files, and their bytes as a browser loads them."""

    files: int
    bytes: int


def export(index: Index, folder: str | Path) -> Exported:
    """Write the files into a folder, the manifest last, and remove the shards of an earlier export.

    Raises IndexFileError when the folder can't be written.
    """
    folder, shards = Path(folder), _Shards()
    core = shards.whole("core", _core(index, shards))
    manifest = {"wenlu": FORMAT, "folder": FOLDER, "core": core}
    text = json.dumps(manifest, indent=1) + "\n"
    scripts = {name: minified(name) for name in SCRIPTS}
    try:
        (folder / FOLDER).mkdir(parents=True, exist_ok=True)
        for name, data in shards.files.items():
            (folder / FOLDER / name).write_bytes(data)
        for name, data in scripts.items():
            (folder / name).write_bytes(data)
        (folder / MANIFEST).write_bytes(text.encode())
        for file in (folder / FOLDER).iterdir():
            if file.name not in shards.files and re.fullmatch(r"[a-z]+-[0-9a-f]{8}(-\d+)?\.bin", file.name):
                file.unlink()
    except OSError as error:
        english, chinese = reasons(error)
        raise IndexFileError(
            f"{folder}: can't be written ({english}); free some space or choose another folder",
            f"{folder}：写不进去（{chinese}），请腾出空间或换一个文件夹",
        ) from error
    sizes = [len(text), *map(len, scripts.values()), *map(len, shards.files.values())]
    return Exported(len(sizes), sum(sizes))


# --- shards -------------------------------------------------------------------------------------------------------------------


class _Shards:
    """The files by name."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def whole(self, name: str, value: Any) -> str:
        """One file of JSON; its name."""
        name, [data] = self._named(name, [_json(value)])
        self.files[f"{name}.bin"] = data
        return f"{name}.bin"

    def listed(self, name: str, values: Iterable[Any]) -> dict[str, Any]:
        """JSON values in blocks, to be found by their place."""
        blocks, counts = [], []
        for block in _blocks(((len(text), text) for text in map(_json, values)), BLOCK):
            blocks.append(b"[" + b",".join(block) + b"]")
            counts.append(len(block))
        return self._add(name, blocks) | {"count": counts}

    def table(self, name: str, rows: Iterable[tuple[str, Array | Sequence[int]]], size: int = BLOCK) -> dict[str, Any]:
        """Sorted keys with whole numbers, in blocks."""
        blocks, counts, firsts, last = [], [], [], ""
        sized = ((len(key) + 2 * len(numbers), (key, numbers)) for key, numbers in rows)
        for block in _blocks(sized, size):
            text = "\n".join(_shared([key for key, _ in block])).encode()
            blocks.append(text + b"\0" + varints(np.concatenate([numbers for _, numbers in block]).astype(np.int64)))
            counts.append(len(block))
            first = block[0][0]
            firsts.append(next(first[:end] for end in range(1, len(first) + 1) if first[:end] > last))
            last = block[-1][0]
        return self._add(name, blocks) | {"count": counts, "first": firsts}

    def divided(self, name: str, places: Mapping[str, int]) -> dict[str, Any]:
        """Numbers by their keys, in files among which each key's sum tells its own; for a table that is seldom looked into."""
        parts: list[dict[str, int]] = [{} for _ in range(1 + len(places) // DIVISION)]
        for key, place in places.items():
            parts[reduce(lambda hash, one: (hash * 31 + ord(one)) % 65521, key, 0) % len(parts)][key] = place
        return self._add(name, list(map(_json, parts))) | {"count": len(parts)}

    def _add(self, name: str, blocks: Sequence[bytes]) -> dict[str, str]:
        name, files = self._named(name, blocks)
        self.files |= {f"{name}-{number}.bin": data for number, data in enumerate(files)}
        return {"name": name}

    @staticmethod
    def _named(name: str, blocks: Sequence[bytes]) -> tuple[str, list[bytes]]:
        files = [gzip.compress(block, 9, mtime=0) for block in blocks]
        digest = hashlib.blake2b(digest_size=4)
        for data in files:
            digest.update(hashlib.blake2b(data).digest())
        return f"{name}-{digest.hexdigest()}", files


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _blocks(items: Iterable[tuple[int, Any]], size: float) -> Iterator[list[Any]]:
    """Items with sizes in rows of about one size."""
    row: list[Any] = []
    total = 0
    for length, item in items:
        if row and total + length > size:
            yield row
            row, total = [], 0
        row.append(item)
        total += length
    if row:
        yield row


def _shared(keys: Sequence[str]) -> Iterator[str]:
    """Each key as how much of its beginning it shares with the one before (a character from "0" on), and the rest."""
    before = ""
    for key in keys:
        same = analyze.shared(key, before)
        if same > 60 or max(key, default="") > "\uffff":  # which JavaScript counts as two
            same = 0
        yield chr(48 + same) + key[same:]
        before = key


def varints(numbers: Array) -> bytes:
    """Whole numbers from 0, seven bits a byte, the lowest first, the highest bit set where more follow."""
    width = np.ones(len(numbers), np.int64)
    for bits in range(7, 64, 7):
        width += numbers >> bits > 0
    starts = np.cumsum(width) - width
    out = np.zeros(int(width.sum()), np.uint8)
    for place in range(int(width.max(initial=0))):
        rows = width > place
        more = (width[rows] > place + 1).astype(np.uint8) << 7
        out[starts[rows] + place] = (numbers[rows] >> (7 * place) & 127).astype(np.uint8) | more
    return out.tobytes()


def _deltas(ascending: Array) -> Array:
    return np.diff(ascending, prepend=0)


# --- the core -----------------------------------------------------------------------------------------------------------------


def _core(index: Index, shards: _Shards) -> dict[str, Any]:
    """What every question needs; the shards of the rest are added."""
    arrays = index.arrays
    common, *rare = _characters(index)
    owners = arrays["heading_owners"]
    made, counts = _tables(index, shards)
    return {
        "constants": [value for module, taken in _TAKEN.items() for value in _taken(module, taken).values()],
        "later": [_taken(module, taken) for module, taken in _LATER.items()],
        "languages": index.languages,
        "open": {word: {language: title for language, (title, _) in titles.items()} for word, titles in index.open_words.items()},
        "alone": {language: index.alone(language) for language in index.languages},
        "counts": counts,
        "codes": CODES,
        "short": SHORT,
        "radix": RADIX,
        "language": _text(arrays["language"]),
        "kind": _text(arrays["kind"]),
        "translated": _text(arrays["counterpart"] >= 0),
        "factors": [_repeated(row) for row in arrays["factors"]],
        "headings": _text(np.bincount(owners, minlength=len(index))),
        "weights": _text(arrays["heading_weights"]),
        "intents": _text(arrays["heading_intents"]),
        "total": int(tables()["words_freq"].sum()),
        "characters": common,
        "files": {"rare": [shards.whole("rare", part) for part in rare], **_script(shards), **_names(index, shards)},
        "namely": _namely(index),
        "ids": shards.divided("i", {chunk.id: position for position, chunk in enumerate(index.chunks)}),
        "tables": made,
    }


def _taken(module: ModuleType, taken: str) -> dict[str, Any]:
    return {name.strip("_"): _plain(getattr(module, name)) for name in taken.split()}


def _plain(value: Any) -> Any:
    """A constant as JSON: sets in order, patterns as JavaScript writes them, pairs as keys one after the other."""
    if isinstance(value, re.Pattern):
        return javascript(value)
    if isinstance(value, Mapping):
        if any(isinstance(key, tuple) for key in value):
            return {one: {key: item for (first, key), item in value.items() if first == one} for one, _ in value}
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def javascript(pattern: re.Pattern[str]) -> str:
    """The source of the same pattern in JavaScript, with its `u` flag: letters and digits are Unicode's there too."""
    source = pattern.pattern
    if pattern.flags & re.VERBOSE:
        source = re.sub(r"\s+", "", source)
    word = r"[\p{L}\p{N}_]"
    source = source.replace(analyze._LETTER, rf"(?:(?![{HAN}])[\p{{L}}\p{{N}}])").replace("(?P<", "(?<").replace(r"\#", "#")
    return source.replace(r"\b", f"(?:(?<={word})(?!{word})|(?<!{word})(?={word}))").replace(r"\d", r"\p{Nd}")


def _repeated(values: Array) -> dict[str, Any]:
    """Floats of which many are alike: the different ones, and which of them stands where."""
    different, places = np.unique(values, return_inverse=True)
    return {"values": _floats(different), "places": _text(places)}


def _text(numbers: Array) -> list[str]:
    """Whole numbers from 0 as their digits, the highest first, those of one place in a text: what is alike stands together."""
    digits, rest = list[str](), numbers.astype(np.int64)
    while not digits or rest.any():
        rest, digit = np.divmod(rest, RADIX)
        digits.append((digit + 35).astype(np.uint8).tobytes().decode())
    return digits[::-1]


def _floats(values: Array) -> list[float]:
    """Floats of 32 bits with no more digits than they need."""
    return [float(str(value)) for value in values.astype(np.float32).ravel()]


def _characters(index: Index) -> list[dict[str, Any]]:
    """Han characters with their frequencies and readings: the common ones and the corpus's own; the others, divided."""
    script, common = script_map(), tables()
    words = zip(Strings.named(common, "words"), common["words_freq"].tolist(), strict=True)
    seen = {word: count for word, count in words if len(word) == 1 and re.match(f"[{HAN}]", word)}
    read = [word for word in Strings.named(common, "readings_words") if len(word) == 1]
    seen = dict.fromkeys(read, 0) | seen
    order = sorted(seen, key=lambda character: (-seen[character], character))
    usual = {*order[:COMMON], *(term for term in index.lexicon.vocabulary if len(term) == 1)}.difference(script)

    def listed(characters: Sequence[str]) -> dict[str, Any]:
        return {
            "text": "".join(characters),
            "seen": [seen[character] for character in characters],
            "read": " ".join(",".join(pinyin.spoken(character)) for character in characters),
        }

    return [listed([one for one in order if one in usual]), *map(listed, _divided(one for one in order if one not in usual))]


def _divided(characters: Iterable[str]) -> list[list[str]]:
    """Characters that few questions need in DIVIDED rows, by their codes."""
    rows: list[list[str]] = [[] for _ in range(DIVIDED)]
    for one in characters:
        rows[ord(one) % DIVIDED].append(one)
    return rows


def _script(shards: _Shards) -> dict[str, list[str]]:
    """Characters to be simplified, and what they become: those of common ones, and the others, divided."""
    common = tables()
    words = zip(Strings.named(common, "words"), common["words_freq"].tolist(), strict=True)
    usual = {word for word, _ in sorted(words, key=lambda one: -one[1] * (len(one[0]) == 1))[:TRADITIONAL]}
    script = script_map()
    common_ones = [one for one, other in script.items() if other in usual]
    made = {"script": [common_ones], "scripts": _divided(one for one, other in script.items() if other not in usual)}
    return {
        name: [shards.whole(name, ["".join(row), "".join(map(script.__getitem__, row))]) for row in rows]
        for name, rows in made.items()
    }


def _namely(index: Index) -> dict[str, float]:
    """How much rather a character stands in a name, for those that do in any: most questions need no more of the model."""
    characters = map(chr, index.arrays["translate_name_characters"].tolist())
    return dict(zip(characters, _floats(index.arrays["translate_name_ratios"]), strict=True))


# --- the tables ---------------------------------------------------------------------------------------------------------------


def _tables(index: Index, shards: _Shards) -> tuple[dict[str, Any], list[list[int]]]:
    """The tables, and the counts that their lists have."""
    arrays = index.arrays
    chunks, tf = index.postings.read(arrays["postings"].astype(np.int64))
    codes, counts = _counts(arrays["factors"].astype(np.float64)[:, chunks], tf.astype(np.float64))
    lists = dict(zip(index.lexicon.vocabulary, _lists(arrays, chunks, tf, codes, counts), strict=True))
    common, files = _dictionary()
    shards.files |= files
    made = {
        **common,
        "terms": shards.table("t", _terms(index, lists), MANY),
        "lists": shards.table("l", lists.items(), MANY) | {"first": []},
        "written": shards.table("r", _written(arrays)),
        "sounds": shards.table("s", _sounds(arrays)),
        "chunks": shards.listed("c", _chunks(index)),
        "asked": shards.listed("h", _headings(index)),
    }
    if "zh" in index.languages:
        terms = [index.lexicon.vocabulary[term] for term in arrays["translate_trie_terms"].tolist() if term >= 0]
        made["sounding"] = shards.table("m", ((term, ()) for term in sorted(terms)))
    return made, counts


@cache
def _dictionary() -> tuple[dict[str, Any], dict[str, bytes]]:
    """The tables that are the same for every corpus, and their files."""
    shards, common = _Shards(), tables()
    made = {"words": shards.table("w", _words(common), MANY), "english": shards.table("g", _english(common))}
    return made, shards.files


def _stems(index: Index) -> set[str]:
    """The stems of English words in synonyms."""
    text = " ".join(chain(*index.synonyms))
    return {analyze.stem(token.text) for token in analyze.tokenize(text) if token.text.isascii()}


def _terms(index: Index, lists: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
    """All that questions look up: the vocabulary, the corpus's own words, synonyms and their words, what can be translated. For each key
    [frequency as a word of the corpus's own · 32 + 1 where it is written so + 2, 4, 8, 16 where there are translations to English, to Chinese,
    relatives, words translated alike; 1 + number as a term or 0; for a term df up to SHORT + 1 and the list up to SHORT; 1 + how many synonyms or 0 for no group, their numbers;
    the translations, relatives and words translated alike]."""
    arrays, synonyms = index.arrays, lexicon.Synonyms(index.synonyms)
    own = dict(zip(Strings.named(arrays, "words"), arrays["words_freq"].tolist(), strict=True))
    stems = _stems(index)
    written, numbers = {*Strings.named(arrays, "written"), *stems}, {term: number for number, term in enumerate(lists)}
    to_english = _translations(arrays, "en", arrays["translate_en_rarity"].view(np.uint16)) if "en" in index.languages else {}
    to_chinese, kin = {}, {}
    if "zh" in index.languages:
        rarity = arrays["translate_zh_rarity"].view(np.uint16).astype(np.int64) * 2 + arrays["translate_zh_plain"]
        to_chinese, kin = _translations(arrays, "zh", rarity), _kin(arrays)
    near = _cells(arrays, "near", arrays["translate_near_terms"])
    keys = sorted({*lists, *own, *chain(*index.synonyms), *stems, *to_english, *to_chinese, *kin, *near})
    place = {key: place for place, key in enumerate(keys)}
    for key in keys:
        flags = 32 * own.get(key, 0) + sum(
            (key in some) << bit for bit, some in enumerate((written, to_english, to_chinese, kin, near))
        )
        term = [numbers[key] + 1, *(lists[key] if lists[key][0] <= SHORT else [SHORT + 1])] if key in lists else [0]
        others = [numbers[one] for one in synonyms.of(key) if one in lists]
        group = [len(others) + 1, *others] if key in synonyms else [0]
        relatives, p = kin.get(key, ((), ()))
        family = [len(p), *_deltas(np.array([place[one] for one in relatives])), *p] if key in kin else []
        yield (
            key,
            np.array(
                [flags, *term, *group, *to_english.get(key, ()), *to_chinese.get(key, ()), *family, *near.get(key, ())], np.int64
            ),
        )


def _lists(
    arrays: Mapping[str, Array], chunks: Array, tf: Array, codes: Array, counts: Sequence[Sequence[int]]
) -> Iterator[Array]:
    """For each term [df, steps to the next chunk · CODES + place of its counts up to CODES − 1, the other places, frequencies without counts,
    df of headings, steps to the next heading]; a term of no chunks has nothing but its df."""
    starts, heading_starts = arrays["starts"].tolist(), arrays["heading_starts"].tolist()
    for number in range(len(starts) - 1):
        row, headings = slice(*starts[number : number + 2]), slice(*heading_starts[number : number + 2])
        code, other = codes[row], np.array([not counts[code] for code in codes[row].tolist()], bool)
        yield np.concatenate(
            [
                [row.stop - row.start],
                (np.diff(chunks[row], prepend=-1) - 1) * CODES + np.minimum(code, CODES - 1),
                code[code >= CODES - 1],
                tf[row][other].view(np.uint32),
                [headings.stop - headings.start],
                _deltas(arrays["heading_postings"][headings]),
            ]
        ).astype(np.int64)


def _counts(factors: Array, tf: Array) -> tuple[Array, list[list[int]]]:
    """For each posting, of which these are its chunk's factors, shape (fields, postings), and its frequency, the place of counts that give it; and
    the counts by field, commonest first, none for other frequencies."""
    codes = np.full(len(tf), OTHER, np.int64)
    for place, above_body in enumerate(COUNTS):
        open_ = np.flatnonzero(codes == OTHER)
        title, asked, path = above_body
        above = title * factors[0, open_] + rank.asked(asked) * factors[1, open_] + path * factors[2, open_]
        body = np.rint((tf[open_] - above) / factors[3, open_])
        near = (body >= 0) & (np.abs(above + body * factors[3, open_] - tf[open_]) <= PRECISION * tf[open_])
        codes[open_[near]] = body[near] * (OTHER + 1) + place
    found, places, seen = np.unique(codes, return_inverse=True, return_counts=True)
    order = np.argsort(-seen, kind="stable")
    counts = [
        [*COUNTS[place], body] if place < OTHER else []
        for body, place in (divmod(code, OTHER + 1) for code in found[order].tolist())
    ]
    return np.argsort(order)[places], counts


def _words(common: Mapping[str, Array]) -> Iterator[tuple[str, Sequence[int]]]:
    """Han words of two characters and more: how often each was seen."""
    words = Strings.named(common, "words")
    han = re.compile(f"[{HAN}]{{2,{analyze.LONGEST_WORD}}}")
    for word, count in zip(words, common["words_freq"].tolist(), strict=True):
        if count and han.fullmatch(word):
            yield word, [count]


def _by_length(words: Mapping[str, Sequence[int]]) -> Iterator[tuple[str, Sequence[int]]]:
    """Words with their length before them, so that those of one length stand together."""
    yield from sorted((chr(48 + min(len(word), 60)) + word, numbers) for word, numbers in words.items())


def _english(common: Mapping[str, Array]) -> Iterator[tuple[str, Sequence[int]]]:
    """Stems in glosses: in how many, up to 3."""
    stems = Strings.named(common, "stems")
    return _by_length({word: [min(count, 3)] for word, count in zip(stems, common["stems_plain"].tolist(), strict=True)})


def _written(arrays: Mapping[str, Array]) -> Iterator[tuple[str, Sequence[int]]]:
    """The corpus's words as they are written: how often."""
    words = Strings.named(arrays, "written")
    return _by_length({word: [count] for word, count in zip(words, arrays["written_counts"].tolist(), strict=True)})


def _sounds(arrays: Mapping[str, Array]) -> Iterator[tuple[str, Sequence[int]]]:
    """ "SOUND PINYIN WORD": the frequency."""
    strings = Strings.named(arrays, "sounds")
    return ((key, [count]) for key, count in zip(strings, arrays["sounds_frequencies"].tolist(), strict=True))


def _cells(arrays: Mapping[str, Array], name: str, cells: Array) -> dict[str, Array]:
    """Words: [how many cells, the cells, p]; floats are the bits of their 16."""
    starts, p = arrays[f"translate_{name}_starts"].tolist(), arrays[f"translate_{name}_p"].view(np.uint16)
    keys, rows = Strings.named(arrays, f"translate_{name}"), [slice(*ends) for ends in pairwise(starts)]
    return {
        key: np.concatenate([[row.stop - row.start], _deltas(cells[row]), p[row]]) for key, row in zip(keys, rows, strict=True)
    }


def _translations(arrays: Mapping[str, Array], name: str, rarity: Array) -> dict[str, Array]:
    """Words: [rarity, how many terms, terms · 3 + kind, p]."""
    cells = _cells(arrays, name, arrays[f"translate_{name}_terms"].astype(np.int64) * 3 + arrays[f"translate_{name}_kinds"])
    return {key: np.append(rarity[number], row) for number, (key, row) in enumerate(cells.items())}


def _kin(arrays: Mapping[str, Array]) -> dict[str, tuple[list[str], Array]]:
    """Stems: their relatives, and p."""
    starts, p = arrays["translate_kin_starts"].tolist(), arrays["translate_kin_p"].view(np.uint16)
    stems, places = list(Strings.named(arrays, "translate_zh")), arrays["translate_kin_keys"].tolist()
    rows = [slice(*ends) for ends in pairwise(starts)]
    keys = Strings.named(arrays, "translate_kin")
    return {key: ([stems[place] for place in places[row]], p[row]) for key, row in zip(keys, rows, strict=True)}


def _names(index: Index, shards: _Shards) -> dict[str, str]:
    """The model of names, and the terms that may be names in either script."""
    arrays = {name.removeprefix("translate_"): array for name, array in index.arrays.items()}
    model, vocabulary = Names(arrays), index.lexicon.vocabulary
    made = {
        "names": shards.whole(
            "n",
            {
                "syllables": list(model.characters.values()),
                "segments": list(model.segments),
                "sizes": _text(np.diff(arrays["name_starts"])),
                "cells": _text(arrays["name_cells"]),
                **{name: _floats(arrays[f"name_{name}"]) for name in ("p", "unseen", "lengths", "letters", "follow")},
            },
        )
    }
    if "en" in index.languages:
        made["spelt"] = shards.whole("p", " ".join(vocabulary[term] for term in arrays["spelt_terms"].tolist()))
    return made


def _chunks(index: Index) -> Iterator[dict[str, Any]]:
    """The chunks, with the ids of their translations and the places of what they link to."""
    for position, chunk in enumerate(index.chunks):
        parts, source = [part._asdict() for part in chunk.parts], chunk.source._asdict()
        own = chunk._asdict() | {"parts": parts, "source": source}
        yield own | {"translations": index.translations(position), "at": [index.position(id) for id in chunk.links]}


def _headings(index: Index) -> Iterator[list[Any]]:
    """Titles and aliases, the least wordy first: [text, field, id, title, kind, language]."""
    for heading in np.argsort(index.headings.weights, kind="stable").tolist():
        chunk, text, field = suggest.heading(index, heading)
        yield [text, field, chunk.id, chunk.title, chunk.kind, chunk.language]
