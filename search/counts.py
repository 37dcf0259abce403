"""What a corpus's text comes to: its own words, its vocabulary, and how often each chunk has each term.

Texts are counted a batch at a time, in several processes where there is much of it. A posting is one number, its term above its text
above how often, so that sorting puts all batches together.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from itertools import compress, pairwise
from operator import add
from pathlib import Path
from typing import NamedTuple

import numpy as np

from search import analyze, rank
from search.analyze import LONGEST_WORD
from search.document import FIELDS, Chunk, Field
from search.errors import DocumentError, IndexFileError
from search.normalize import fold
from search.store import Array, Strings, pack_strings, read, write
from search.tables import tables, tables_version
from search.tally import FOUND, MOST, WRITTEN, Tally, Teller, changes, grams_among, spelt
from search.workers import spread

BATCH, _LARGE = 4000, 1 << 20  # texts of a batch, and characters, from which on no text is added
_MANY = 2_000_000  # postings; the numbers of more are halved on disk, at a loss of less than 0.05 %
_LITTLE = 2000  # texts; fewer are counted anew each time
_BLOCK = 1 << 20  # postings that are looked at together
_BITS, _TIMES = 63, MOST.bit_length()  # of a posting, and of these those that say how often
_TERMS = chr(ord(max(WRITTEN, FOUND)) + 1)  # from here on strings are terms

Counted = tuple[Tally, Array]  # some texts, and which ones of all they are
Progress = Callable[[int, int], object]  # is told how many texts have been looked at, and of how many


class Counts(NamedTuple):
    """What was counted: the vocabulary; how often each word of Latin letters is written; the corpus's own Han words.

    `arrays` gives the arrays of the index, which takes a while.
    """

    vocabulary: Strings
    written: dict[str, int]
    own_words: dict[str, int]
    arrays: Callable[[], dict[str, Array]]


@lru_cache(maxsize=1)
def common_words() -> dict[str, int]:
    """The words of the dictionary that Chinese text is segmented by, and how often each was seen."""
    arrays = tables()
    return dict(zip(Strings.named(arrays, "words"), arrays["words_freq"].tolist(), strict=True))


class Told(NamedTuple):
    """The texts of a corpus, counted one by one: each with its field, its chunk and its length.

    `parts` are the counts of some texts, and which texts they are; `numbers` those of the terms that are no characters or pairs, and `which` tells
    the numbers of each part's. `kept` is the file for the counts, with its settings and the texts' digests.
    """

    texts: list[str]
    fields: Array
    owners: Array
    lengths: Array
    parts: list[Counted]
    numbers: dict[str, int]
    which: list[Array]
    written: dict[str, int]
    own_words: dict[str, int]
    kept: tuple[Path, str, Array] | None


class _Postings(NamedTuple):
    """The postings of `terms`, which are in order: `packed` (int64, ascending) is a number a posting, the place of its term, its text in `bits`
    bits, how often. Those of term t are `starts[t]` to `starts[t + 1]`.
    """

    terms: list[str]
    starts: Array
    packed: Array
    bits: int

    def texts(self, some: slice) -> Array:
        """The texts of some postings."""
        return (self.packed[some] >> _TIMES) & ((1 << self.bits) - 1)


def tell(
    chunks: Sequence[Chunk],
    synonyms: Sequence[Sequence[str]],
    processes: int = 1,
    progress: Progress | None = None,
    kept: Path | None = None,
) -> Told:
    """What some chunks say. Every title, alias, heading path and body is a text of its own.

    What was counted is read from the file `kept`, for texts that it has.
    """
    import rjieba

    jieba = rjieba.Jieba()
    members = dict.fromkeys(member for group in synonyms for member in group)
    segmented = {member: jieba.add_word(member, None, None) for member in members if not member.isascii()}
    names = "".join(map(chr, tables()["name_characters"].tolist()))
    words = [Strings.named(tables(), name) for name in ("words", "units")]
    teller = Teller(words, {member for member in members if " " in member}, names, jieba.cut_for_search, common_words())
    placed = [(text, field, owner) for owner, chunk in enumerate(chunks) for field, text in _texts(chunk) if text]
    texts = [text for text, _, _ in placed]
    fields, owners = (np.array([row[place] for row in placed], kind) for place, kind in ((1, np.uint8), (2, np.int32)))
    tallies, keeping = _told(texts, teller, processes, progress), None
    if kept and len(texts) >= _LITTLE:
        settings = hashlib.blake2b(
            repr((analyze.VERSION, tables_version(), list(members))).encode("utf-8", "replace")
        ).hexdigest()
        keeping = kept, settings, _digests(texts)
        tallies = _recalled(texts, *keeping, lambda some: _told(some, teller, processes, progress))
    lengths, numbers, written, own = np.zeros(len(texts), np.float32), dict[str, int](), Counter[str](), Counter[str]()
    parts, which = list[Counted](), list[Array]()
    for tally, rows in tallies:
        lengths[rows] = tally.lengths
        which.append(np.array([numbers.setdefault(term, len(numbers)) for term in tally.others], np.int64))
        sums = np.bincount(tally.terms, tally.times)
        for number, term in enumerate(tally.others, len(tally.grams)):
            if term < _TERMS:
                (written if term[0] == WRITTEN else own)[term[1:]] += int(sums[number])
        parts.append((tally._replace(others=()), rows))  # the strings would be as many again for each part
    for member, frequency in segmented.items():
        if 1 < len(member) <= LONGEST_WORD and member not in common_words():
            own[member] = max(own[member], frequency)
    return Told(texts, fields, owners, lengths, parts, numbers, which, written, own, keeping)


def count(told: Told, languages: Array, processes: int = 1) -> Counts:
    """The counts of chunks in some languages, of what was told of them; it is used up, and written to the file that is to keep it."""
    uncounted = sorted(word for word in told.own_words if len(word) > 2 and word not in told.numbers)
    postings = _joined(told.parts, told.which, [*told.numbers, *uncounted], len(told.texts))
    with spread([partial(_keep, *told.kept, postings, told.lengths)] if told.kept else [], min(processes - 1, 1)) as done:
        postings = _with_words(postings, told.texts, uncounted, processes)
        list(done)
    first = bisect_left(postings.terms, _TERMS)
    used = np.flatnonzero(np.diff(postings.starts[first:])) + first
    terms = [postings.terms[place] for place in used.tolist()]
    vocabulary, starts = Strings(*pack_strings(terms), terms), np.append(postings.starts[used], postings.starts[-1])
    return Counts(
        vocabulary,
        told.written,
        told.own_words,
        lambda: _arrays(vocabulary, postings._replace(starts=starts), told.lengths, told.fields, told.owners, languages),
    )


def _texts(chunk: Chunk) -> list[tuple[int, str]]:
    """The texts of a chunk, each with the place of its field."""
    aliases = [(1, alias) for alias in chunk.aliases]
    return [(0, chunk.title), *aliases, (2, "\n".join(chunk.path)), (3, "\n".join(part.text for part in chunk.parts))]


def _told(texts: Sequence[str], teller: Teller, processes: int, progress: Progress | None) -> Iterator[Counted]:
    """The counts of the texts, a batch after the other."""
    ends, size = list[int](), 0
    for number, text in enumerate(texts):
        size += len(text)
        if size >= _LARGE or number + 1 - (ends[-1] if ends else 0) == BATCH:
            ends.append(number + 1)
            size = 0
    bounds = list(pairwise(dict.fromkeys([0, *ends, len(texts)])))
    tasks = [partial(lambda some: teller(texts[some]), slice(*bound)) for bound in bounds]
    with spread(tasks, processes if processes > 1 else 0) as tallies:
        for (start, end), tally in zip(bounds, tallies, strict=True):
            if progress:
                progress(end, len(texts))
            yield tally, np.arange(start, end)


def _digests(texts: Sequence[str]) -> Array:
    """A digest of each text, and of which one it is among equal ones, shape (texts, 2)."""
    seen, digests = Counter[str](), list[bytes]()
    for text in texts:
        salt = seen[text].to_bytes(8, "little")
        digests.append(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16, salt=salt).digest())
        seen[text] += 1
    return np.frombuffer(b"".join(digests), np.uint64).reshape(-1, 2)


def _recalled(
    texts: Sequence[str], kept: Path, settings: str, digests: Array, tell: Callable[[Sequence[str]], Iterable[Counted]]
) -> Iterator[Counted]:
    """The counts of the texts, of those counted before as they were kept."""
    found = np.zeros(len(texts), np.bool_)
    with suppress(IndexFileError, KeyError):
        meta, arrays = read(kept, "")
        if meta["settings"] == settings:
            known = arrays["digests"]
            order = np.argsort(known[:, 0], kind="stable")
            place = order[np.minimum(np.searchsorted(known[order, 0], digests[:, 0]), len(order) - 1)]
            found = (known[place] == digests).all(1)
            yield _remaining(arrays, meta["bits"], place[found]), np.flatnonzero(found)
    new = np.flatnonzero(~found)
    for tally, rows in tell([texts[number] for number in new.tolist()]):
        yield tally, new[rows]


def _remaining(arrays: Mapping[str, Array], bits: int, texts: Array) -> Tally:
    """What was kept of some texts."""
    terms, shift = Strings.named(arrays, "terms"), bits + _TIMES
    number = np.full(len(arrays["lengths"]), -1, np.int32)
    number[texts] = np.arange(len(texts), dtype=np.int32)
    blocks = [arrays["packed"][start : start + _BLOCK] for start in range(0, len(arrays["packed"]), _BLOCK)]
    packed = np.concatenate([block[number[(block >> _TIMES) & ((1 << bits) - 1)] >= 0] for block in blocks])
    is_gram, grams = grams_among(terms)
    used = np.zeros(len(terms), np.bool_)
    used[packed >> shift] = True
    place = np.cumsum(is_gram & used, dtype=np.int32) - 1
    place[~is_gram] = place[-1] + np.cumsum(used[~is_gram])
    others = list(compress(terms, (used & ~is_gram).tolist()))
    rows = number[(packed >> _TIMES) & ((1 << bits) - 1)]
    return Tally(
        grams[used[is_gram]], others, place[packed >> shift], rows, (packed & MOST).astype(np.uint16), arrays["lengths"][texts]
    )


def _keep(file: Path, settings: str, digests: Array, postings: _Postings, lengths: Array) -> None:
    pool, offsets = pack_strings(postings.terms)
    arrays = {"digests": digests, "lengths": lengths, "terms_pool": pool, "terms_offsets": offsets, "packed": postings.packed}
    with suppress(IndexFileError):  # it costs time at the next build, nothing else
        write(file, {"settings": settings, "bits": postings.bits}, arrays)


def _joined(parts: list[Counted], which: Sequence[Array], others: list[str], size: int) -> _Postings:
    """The postings of all parts, which are used up, of `size` texts. `which` tells the place in `others` of each part's other terms.

    Raises DocumentError when there are too many terms and texts.
    """
    grams = np.sort(np.concatenate([np.zeros(0, np.int64), *(tally.grams for tally, _ in parts)]))
    grams = grams[changes(grams)]
    alone = sorted(range(len(others)), key=others.__getitem__)  # so that the next sorting is of two runs
    terms, bits = [*spelt(grams), *map(others.__getitem__, alone)], size.bit_length()
    if len(terms).bit_length() + bits + _TIMES > _BITS:
        raise DocumentError(
            f"{size:,} texts with {len(terms):,} terms are more than one index holds; index the documents in parts",
            f"共 {size:,} 段文字、{len(terms):,} 个词，一个索引放不下，请把文档分成几批分别建索引",
        )
    order = sorted(range(len(terms)), key=terms.__getitem__)
    places, counts = np.empty((2, len(terms)), np.int64)
    places[order] = np.arange(len(order))
    place = np.empty(len(others), np.int64)
    place[alone] = places[len(grams) :]
    counts[:] = 0
    packed, end = np.empty(sum(len(tally.terms) for tally, _ in parts), np.int64), 0
    for numbers in reversed(which):
        tally, rows = parts.pop()
        own = np.append(places[np.searchsorted(grams, tally.grams)], place[numbers])
        counts[own] += np.bincount(tally.terms, minlength=len(own))
        own <<= bits + _TIMES
        for start in range(0, len(tally.terms), _BLOCK):
            some = slice(start, start + _BLOCK)
            start, end = end, end + len(tally.terms[some])
            packed[start:end] = own[tally.terms[some]] | (rows << _TIMES)[tally.texts[some]] | tally.times[some]
    packed.sort()
    return _Postings([terms[number] for number in order], np.append(0, np.cumsum(counts)), packed, bits)


def _with_words(postings: _Postings, texts: Sequence[str], words: Sequence[str], processes: int) -> _Postings:
    """The postings and those of some Han words of three or more characters."""
    tasks = [partial(_standing, postings, texts, words[number::processes]) for number in range(processes)]
    with spread(tasks, processes if processes > 1 else 0) as found:
        more = np.sort(np.concatenate(list(found)))
    packed = np.insert(postings.packed, np.searchsorted(postings.packed, more), more)
    before = np.searchsorted(more, np.arange(len(postings.starts)) << (postings.bits + _TIMES))
    return postings._replace(packed=packed, starts=postings.starts + before)


def _standing(postings: _Postings, texts: Sequence[str], words: Sequence[str]) -> Array:
    """The postings of some Han words, which may stand where all their pairs do, in no order."""
    folded, found = lru_cache(maxsize=1 << 15)(lambda text: fold(texts[text])), list[int]()
    for word in words:
        term, *pairs = (bisect_left(postings.terms, part) for part in (word, *map(add, word, word[1:])))
        if any(postings.terms[place : place + 1] != [word[start : start + 2]] for start, place in enumerate(pairs)):
            continue
        rows = [postings.texts(slice(*postings.starts[place : place + 2])) for place in pairs]
        shortest, *longer = sorted(rows, key=len)
        for other in longer:
            shortest = shortest[other[np.minimum(np.searchsorted(other, shortest), len(other) - 1)] == shortest]
        for text in shortest.tolist():
            if times := sum(1 for _ in _starts(folded(text), word)):
                found.append((term << postings.bits | text) << _TIMES | min(times, MOST))
    return np.array(found, np.int64)


def _starts(text: str, word: str) -> Iterator[int]:
    start = text.find(word)
    while start >= 0:
        yield start
        start = text.find(word, start + 1)


def _arrays(
    vocabulary: Strings, postings: _Postings, lengths: Array, fields: Array, owners: Array, languages: Array
) -> dict[str, Array]:
    """The vocabulary, whose postings these are, and the postings of chunks and of headings over it."""
    starts = postings.starts
    factors, alias = _factors(lengths, fields, owners, languages), FIELDS.index("alias")
    factor = factors[fields, owners]
    is_heading = fields <= alias
    heading = np.cumsum(is_heading, dtype=np.int32) - 1
    found, end = np.empty(starts[-1] - starts[0], np.int32), 0
    tfs, headings, counts, heading_counts = ([np.zeros(0, kind)] for kind in (np.float32, np.int32, int, int))
    bounds = np.unique(np.append(np.searchsorted(starts, np.arange(starts[0], starts[-1], _BLOCK)), len(vocabulary)))
    for low, high in pairwise(bounds.tolist()):
        block = slice(starts[low], starts[high])
        text, term = postings.texts(block), np.repeat(np.arange(low, high), np.diff(starts[low : high + 1]))
        chunk, is_alias, in_heading = owners[text], (fields == alias)[text], is_heading[text]
        new = np.append(True, (chunk[1:] != chunk[:-1]) | (term[1:] != term[:-1]))
        values = np.where(is_alias, 1, postings.packed[block] & MOST).astype(np.float32) * factor[text]
        values[1:][~new[1:] & is_alias[1:] & is_alias[:-1]] = 0  # many ways to ask are no more evidence than one
        tfs.append(np.add.reduceat(values, np.flatnonzero(new)))
        start, end = end, end + len(tfs[-1])
        found[start:end] = chunk[new]
        counts.append(np.bincount(term[new] - low, minlength=high - low))
        headings.append(heading[text[in_heading]])
        heading_counts.append(np.bincount(term[in_heading] - low, minlength=high - low))
    precision = np.float16 if end > _MANY else np.float32
    return {
        "terms_pool": vocabulary.pool,
        "terms_offsets": vocabulary.offsets,
        "starts": np.append(0, np.cumsum(np.concatenate(counts))),
        "postings": found[:end],
        "tf": np.concatenate(tfs, dtype=precision, casting="same_kind"),
        "factors": factors.astype(precision),
        "heading_starts": np.append(0, np.cumsum(np.concatenate(heading_counts))),
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
