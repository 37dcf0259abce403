"""What a corpus's text comes to: its own words, its vocabulary, and how often each chunk has each term.

Texts are counted a batch at a time, in several processes where there is much of it. A posting is one number, its term above its text
above how often, so that sorting puts all batches together.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache, lru_cache, partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from search import analyze, rank
from search.analyze import LONGEST_WORD
from search.document import FIELDS, Chunk, Field
from search.errors import DocumentError, IndexFileError
from search.normalize import fold
from search.store import Array, Strings, changes, compact, narrow, pack_strings, read, write
from search.tables import common_words, tables, tables_version
from search.terms import Terms
from search.vectorize import FOUND, MOST, WRITTEN, TermCounts, Vectorizer
from search.workers import parallel

_FORMAT = 3  # of the file in which counts are kept
BATCH, _LARGE = 4000, 1 << 20  # texts of a batch, and characters, from which on no text is added
_MANY = 2_000_000  # postings; the frequencies of more are in half precision, so that fewer differ, at a loss of less than 0.05 %
_LITTLE = 2000  # texts; fewer are counted anew each time
_BLOCK = 1 << 20  # postings that are looked at together
_BITS, _TIMES = 63, MOST.bit_length()  # of a posting, and of these those that say how often
_TERMS = chr(ord(max(WRITTEN, FOUND)) + 1)  # from here on strings are terms

Progress = Callable[[int, int], object]  # is told how many texts have been looked at, and of how many


class Counts(NamedTuple):
    """What was counted: the vocabulary; how often each word of Latin letters is written; the corpus's own Han words.

    `arrays` gives the arrays of the index and `keep` writes the file that is to keep the counts, which both takes a while.
    """

    vocabulary: Terms
    written: dict[str, int]
    own_words: dict[str, int]
    arrays: Callable[[], dict[str, Array]]
    keep: Callable[[], None]


class _Part(NamedTuple):
    """Counted texts: which ones of all they are, their lengths, terms as in a `TermCounts`, and how often the first of the others occur, which
    are no terms. `blocks` gives the postings, `most` of them at most: their terms, by number, their texts and how often.
    """

    rows: Array
    lengths: Array
    grams: Array
    others: Sequence[str]
    marked: Sequence[int]
    most: int
    blocks: Callable[[], Iterator[tuple[Array, Array, Array]]]

    @classmethod
    def of(cls, counts: TermCounts, rows: Array) -> _Part:
        first, count = len(counts.grams), bisect_left(counts.others, _TERMS)
        some = (counts.terms >= first) & (counts.terms < first + count)
        marked = np.bincount(counts.terms[some] - first, counts.times[some], count).astype(int).tolist()
        blocks = partial(cls._blocks, counts._replace(others=()), rows)  # the strings would be as many again for each part
        return cls(rows, counts.lengths, counts.grams, counts.others, marked, len(counts.terms), blocks)

    @staticmethod
    def _blocks(counts: TermCounts, rows: Array) -> Iterator[tuple[Array, Array, Array]]:
        for start in range(0, len(counts.terms), _BLOCK):
            some = slice(start, start + _BLOCK)
            yield counts.terms[some], rows[counts.texts[some]], counts.times[some]


class TextCounts(NamedTuple):
    """The texts of a corpus, counted one by one: each with its field, its chunk and its length.

    `parts` are the counts of some texts, and which texts they are; `numbers` those of the terms that are no characters or pairs, and `which` tells
    the numbers of each part's. `before` are the words among them that `_add_words` had found in the texts that are not `new`. `kept` is the
    file for the counts, with its settings and the texts' digests.
    """

    texts: list[str]
    fields: Array
    owners: Array
    lengths: Array
    parts: list[_Part]
    numbers: dict[str, int]
    which: list[Array]
    written: dict[str, int]
    own_words: dict[str, int]
    before: frozenset[str]
    new: Array
    kept: tuple[Path, str, Array] | None


class _Postings(NamedTuple):
    """The postings of `terms`: `packed` (int64, ascending) is a number a posting, the place of its term, its text in `bits` bits, how often.
    Those of term t are `starts[t]` to `starts[t + 1]`.
    """

    terms: Terms
    starts: Array
    packed: Array
    bits: int

    def texts(self, some: slice) -> Array:
        """The texts of some postings."""
        return _texts_of(self.packed[some], self.bits)


def _texts_of(packed: Array, bits: int) -> Array:
    """The texts that some postings are of."""
    return packed >> _TIMES & (1 << bits) - 1


class _Cached:
    """What was counted before, for the texts that are still there; nothing, if there is no such file or it was made with other settings."""

    def __init__(self, file: Path | None, settings: str, digests: Array) -> None:
        self.words, self._places = frozenset[str](), np.full(len(digests), -1)
        with suppress(IndexFileError, KeyError):
            meta, arrays = read(file or "", "", thorough=True)
            if meta["settings"] == settings:
                known = arrays["digests"]
                order = np.argsort(known[:, 0], kind="stable")
                place = order[np.minimum(np.searchsorted(known[order, 0], digests[:, 0]), len(order) - 1)]
                self._arrays, self.words = arrays, frozenset(meta["words"])
                self._places = np.where((known[place] == digests).all(1), place, -1)
        self.new = self._places < 0

    def parts(self) -> Iterator[_Part]:
        """The counts of the texts that are not new."""
        rows = np.flatnonzero(~self.new)
        if not len(rows):
            return
        arrays, others = self._arrays, list(Strings.named(self._arrays, "others"))
        terms, starts = Terms.of(arrays["grams"], others), np.append(0, np.cumsum(arrays["sizes"]))
        count, row, number = bisect_left(others, _TERMS), np.full(len(arrays["lengths"]), -1), np.empty(len(terms), np.int32)
        row[self._places[rows]] = rows
        number[np.concatenate([terms.of_grams, terms.of_others])] = np.arange(len(terms))

        def blocks() -> Iterator[tuple[Array, Array, Array]]:
            for low, high in _ranges(starts):
                some = slice(starts[low], starts[high])
                texts = row[arrays["texts"][some]]
                there = texts >= 0
                yield (
                    np.repeat(number[low:high], np.diff(starts[low : high + 1]))[there],
                    texts[there],
                    arrays["times"][some][there],
                )

        first = slice(0, starts[count])  # those that are no terms come first
        times = np.where(row[arrays["texts"][first]] >= 0, arrays["times"][first], 0)
        marked = np.bincount(np.repeat(np.arange(count), arrays["sizes"][:count]), times, count).astype(int).tolist()
        lengths = arrays["lengths"][self._places[rows]]
        yield _Part(rows, lengths, terms.grams, others, marked, len(arrays["texts"]), blocks)


def count_texts(
    chunks: Sequence[Chunk],
    synonyms: Sequence[Sequence[str]],
    processes: int = 1,
    progress: Progress | None = None,
    before: Path | None = None,
    kept: Path | None = None,
) -> TextCounts:
    """What some chunks say. Every title, alias, heading path and body is a text of its own.

    What was counted is read from the file `before`, for texts that it has, and goes to the file `kept`.
    """
    import rjieba

    jieba = rjieba.Jieba()
    members = dict.fromkeys(member for group in synonyms for member in group)
    segmented = {member: jieba.add_word(member, None, None) for member in members if not member.isascii()}
    names = "".join(map(chr, tables()["name_characters"].tolist()))
    words = [Strings.named(tables(), name) for name in ("words", "units")]
    phrases = {member for member in members if " " in member}
    placed = [(text, field, owner) for owner, chunk in enumerate(chunks) for field, text in _texts(chunk) if text]
    texts = [text for text, _, _ in placed]
    fields, owners = (np.array([row[place] for row in placed], kind) for place, kind in ((1, np.uint8), (2, np.int32)))
    before, kept = (before, kept) if len(texts) >= _LITTLE else (None, None)
    settings = hashlib.blake2b(
        repr((_FORMAT, analyze.VERSION, tables_version(), list(members))).encode("utf-8", "replace")
    ).hexdigest()
    digests = _digests(texts) if before or kept else np.zeros((len(texts), 2), np.uint64)
    known = _Cached(before, settings, digests)
    vectorizer = cache(lambda: Vectorizer(words, phrases, names, jieba.cut, words[0]))
    lengths, numbers, written, own = np.zeros(len(texts), np.float32), defaultdict[str, int](), Counter[str](), Counter[str]()
    numbers.default_factory = numbers.__len__
    parts, which = list[_Part](), list[Array]()
    for part in _count_batches(texts, known, vectorizer, processes, progress):
        lengths[part.rows] = part.lengths
        which.append(np.fromiter(map(numbers.__getitem__, part.others), np.int64, len(part.others)))
        for term, times in zip(part.others, part.marked, strict=False):
            if times:
                (written if term[0] == WRITTEN else own)[term[1:]] += times
        parts.append(part._replace(others=()))
    for member, frequency in segmented.items():
        if 1 < len(member) <= LONGEST_WORD and not common_words().get(member):
            own[member] = max(own[member], frequency)
    keeping = (kept, settings, digests) if kept else None
    return TextCounts(texts, fields, owners, lengths, parts, dict(numbers), which, written, own, known.words, known.new, keeping)


def build_postings(counted: TextCounts, languages: Array, processes: int = 1) -> Counts:
    """The counts of chunks in some languages, of what was counted of them; it is used up."""
    words = sorted(
        word for word in counted.own_words if len(word) > 2 and (word in counted.before or word not in counted.numbers)
    )
    others = [*counted.numbers, *(word for word in words if word not in counted.numbers)]
    postings = _add_words(_merge(counted.parts, counted.which, others, len(counted.texts)), counted, words, processes)
    used = np.diff(postings.starts) > 0
    used[postings.terms.of_others[: bisect_left(postings.terms.others, _TERMS)]] = False
    terms, starts = postings.terms.among(used), np.append(postings.starts[:-1][used], postings.starts[-1])
    strings = terms.strings  # made before other processes are, which need them, too
    return Counts(
        terms,
        counted.written,
        counted.own_words,
        lambda: _arrays(strings, postings._replace(starts=starts), counted.lengths, counted.fields, counted.owners, languages),
        lambda: _save(*counted.kept, words, postings, counted.lengths) if counted.kept else None,
    )


def _texts(chunk: Chunk) -> list[tuple[int, str]]:
    """The texts of a chunk, each with the place of its field."""
    aliases = [(1, alias) for alias in chunk.aliases]
    return [(0, chunk.title), *aliases, (2, "\n".join(chunk.path)), (3, "\n".join(part.own for part in chunk.parts))]


def _count_batches(
    texts: Sequence[str], before: _Cached, vectorizer: Callable[[], Vectorizer], processes: int, progress: Progress | None
) -> Iterator[_Part]:
    """The counts of the texts: what is kept, and of the others a batch after the other."""
    new, ends, size = np.flatnonzero(before.new), list[int](), 0
    for number, row in enumerate(new.tolist()):
        size += len(texts[row])
        if size >= _LARGE or number + 1 - (ends[-1] if ends else 0) == BATCH:
            ends.append(number + 1)
            size = 0
    bounds = list(pairwise(dict.fromkeys([0, *ends, len(new)])))
    if len(bounds) > 1:
        vectorizer()  # made before other processes are, so that they share it
    tasks = [partial(lambda rows: vectorizer()([texts[row] for row in rows]), new[slice(*bound)].tolist()) for bound in bounds]
    with parallel(tasks, processes) as batches:
        yield from before.parts()
        for (start, end), counts in zip(bounds, batches, strict=True):
            if progress:
                progress(end, len(new))
            yield _Part.of(counts, new[start:end])


def _digests(texts: Sequence[str]) -> Array:
    """A digest of each text, and of which one it is among equal ones, shape (texts, 2)."""
    seen, digests = defaultdict[str, int](int), list[bytes]()
    for text in texts:
        salt = seen[text].to_bytes(8, "little")
        digests.append(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16, salt=salt).digest())
        seen[text] += 1
    return np.frombuffer(b"".join(digests), np.uint64).reshape(-1, 2)


def _save(file: Path, settings: str, digests: Array, words: list[str], postings: _Postings, lengths: Array) -> None:
    sizes, packed = np.diff(postings.starts), postings.packed
    terms = postings.terms.among(sizes > 0)
    others = pack_strings(terms.others)
    texts, times = np.empty(len(packed), np.uint32), np.empty(len(packed), np.uint16)
    for start in range(0, len(packed), _BLOCK):
        some = slice(start, start + _BLOCK)
        texts[some], times[some] = postings.texts(some), packed[some] & MOST
    arrays = {"digests": digests, "lengths": lengths, "grams": terms.grams, "others_pool": others[0], "others_offsets": others[1]}
    arrays |= {"sizes": sizes[sizes > 0], "texts": texts, "times": times}
    with suppress(IndexFileError):  # it costs time at the next build, nothing else
        write(file, {"settings": settings, "words": [word for word in words if terms.place(word) >= 0]}, arrays)


def _merge(parts: list[_Part], which: Sequence[Array], others: list[str], size: int) -> _Postings:
    """The postings of all parts, which are used up, of `size` texts. `which` tells the place in `others` of each part's other terms.

    Raises DocumentError when there are too many terms and texts.
    """
    grams = np.sort(np.concatenate([np.zeros(0, np.int64), *(part.grams for part in parts)]))
    alone = sorted(range(len(others)), key=others.__getitem__)
    terms, bits = Terms.of(grams[changes(grams)], [others[number] for number in alone]), size.bit_length()
    if len(terms).bit_length() + bits + _TIMES > _BITS:
        raise DocumentError(
            f"{size:,} texts with {len(terms):,} terms are more than one index holds; index the documents in parts",
            f"共 {size:,} 段文字、{len(terms):,} 个词，一个索引放不下，请把文档分成几批分别建索引",
        )
    place = np.empty(len(others), np.int64)
    place[alone] = terms.of_others
    packed, end = np.empty(sum(part.most for part in parts), np.int64), 0
    for numbers in reversed(which):
        part = parts.pop()
        own = np.append(terms.of_grams[np.searchsorted(terms.grams, part.grams)], place[numbers]) << bits + _TIMES
        for number, texts, times in part.blocks():
            start, end = end, end + len(number)
            packed[start:end] = own[number] | (texts.astype(np.int64) << _TIMES) | times
    packed.resize(end, refcheck=False)
    packed.sort(kind="stable")  # which merges the runs that are in order: each part's characters and pairs, and its other terms
    return _Postings(terms, np.searchsorted(packed, np.arange(len(terms) + 1) << bits + _TIMES), packed, bits)


def _add_words(postings: _Postings, counted: TextCounts, words: Sequence[str], processes: int) -> _Postings:
    """The postings, and those of some Han words of three characters or more; of such words, no others."""
    terms, starts, packed, bits = postings
    shift = bits + _TIMES
    if gone := [place for place in map(terms.place, counted.before.difference(words)) if place >= 0]:
        left = np.ones(len(starts) - 1, np.bool_)
        left[gone] = False
        packed, starts = packed[np.repeat(left, np.diff(starts))], np.append(0, np.cumsum(np.diff(starts) * left))
    rows = list(zip(words, map(terms.place, words), terms.of_pairs(words), strict=True))
    known = [row for row in rows if row[0] in counted.before]
    every = [packed[start : start + _BLOCK] for start in range(0, len(packed) if known else 0, _BLOCK)]
    new = np.concatenate([packed[:0], *(some[counted.new[_texts_of(some, bits)]] for some in every)])
    among = [(packed, [row for row in rows if row[0] not in counted.before]), (new, known)]
    tasks = [
        partial(_word_postings, some, bits, counted.texts, row[n::processes]) for some, row in among for n in range(processes)
    ]
    with parallel(tasks, processes) as found:
        more = np.sort(np.concatenate(list(found)))
    packed.resize(len(packed) + len(more), refcheck=False)  # in its place: as much again would have to be had first
    packed[len(packed) - len(more) :] = more
    packed.sort(kind="stable")
    return postings._replace(packed=packed, starts=starts + np.searchsorted(more, np.arange(len(starts)) << shift))


def _word_postings(packed: Array, bits: int, texts: Sequence[str], words: Iterable[tuple[str, int, list[int]]]) -> Array:
    """The postings of some Han words, each with the places of its term and of its pairs, among texts with these postings, in no order.

    A word may stand where all its pairs do.
    """
    folded, found, shift = lru_cache(maxsize=1 << 15)(lambda text: fold(texts[text])), list[int](), bits + _TIMES
    for word, term, pairs in words:
        bounds = np.searchsorted(packed, np.array([pairs, np.add(pairs, 1)]) << shift).T.tolist()
        shortest, *longer = sorted((_texts_of(packed[slice(*bound)], bits) for bound in bounds), key=len)
        for other in longer if len(shortest) else ():
            shortest = shortest[other[np.minimum(np.searchsorted(other, shortest), len(other) - 1)] == shortest]
        for text in shortest.tolist():
            if times := sum(1 for _ in analyze.starts(folded(text), word)):
                found.append((term << bits | text) << _TIMES | min(times, MOST))
    return np.array(found, np.int64)


def _arrays(
    vocabulary: Strings, postings: _Postings, lengths: Array, fields: Array, owners: Array, languages: Array
) -> dict[str, Array]:
    """The vocabulary, whose postings these are, and the postings of chunks and of headings over it."""
    starts = postings.starts
    factors, alias = _factors(lengths, fields, owners, languages), FIELDS.index("alias")
    factor = factors[fields, owners]
    is_heading = fields <= alias
    heading = np.cumsum(is_heading, dtype=np.int32) - 1
    found, end = np.empty(starts[-1] - starts[0], np.uint32), 0
    tfs, headings, counts, heading_counts = ([np.zeros(0, kind)] for kind in (np.float32, np.int32, int, int))
    for low, high in _ranges(starts):
        block, first = slice(starts[low], starts[high]), starts[low:high] - starts[low]
        text = postings.texts(block)
        chunk, is_alias, in_heading = owners[text], (fields == alias)[text], is_heading[text]
        new = changes(chunk)
        new[first] = True  # of a term
        counts.append(np.add.reduceat(new, first, dtype=int))
        heading_counts.append(np.add.reduceat(in_heading, first, dtype=int))
        headings.append(heading[text[in_heading]])
        values = (postings.packed[block] & MOST).astype(np.float32) * factor[text]
        values[is_alias] = 0
        places = np.flatnonzero(new)
        start, end = end, end + len(places)
        found[start:end] = chunk[places]
        tfs.append(np.add.reduceat(values, places))
        if is_alias.any():
            asked = rank.asked(np.add.reduceat(is_alias, places, dtype=np.float32))
            tfs[-1] += asked * factors[alias, chunk[places]]
    precision = np.float16 if end > _MANY else np.float32
    lists, tf = rank.pack(found[:end], np.concatenate(tfs, dtype=precision, casting="same_kind"))
    return {
        **{f"terms_{name}": array for name, array in compact(vocabulary).items()},
        "starts": narrow(np.append(0, np.cumsum(np.concatenate(counts)))),
        "postings": lists,
        "tf": tf,
        "factors": factors.astype(precision),
        "heading_starts": narrow(np.append(0, np.cumsum(np.concatenate(heading_counts)))),
        "heading_postings": np.concatenate(headings),
        "heading_owners": owners[is_heading],
    }


def _factors(lengths: Array, fields: Array, owners: Array, languages: Array) -> Array:
    """The factor of each field's frequencies in each chunk, float32, shape (fields, chunks)."""
    measured = np.zeros((len(FIELDS), len(languages)))
    np.add.at(measured, (fields, owners), lengths)
    names: Sequence[Field] = FIELDS
    rows = [rank.field_factors(name, row, languages) for name, row in zip(names, measured, strict=True)]
    return np.array(rows, np.float32)


def _ranges(starts: Array) -> Iterator[tuple[int, int]]:
    """Ranges of terms whose postings, which begin at `starts`, are looked at together."""
    bounds = np.searchsorted(starts, np.arange(starts[0], starts[-1], _BLOCK))
    return pairwise(np.unique(np.append(bounds, len(starts) - 1)).tolist())
