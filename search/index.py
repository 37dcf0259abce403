"""The index: documents in, answers out. An index never changes; a new one is built and put in its place."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from itertools import chain, compress
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from search import rank, store
from search.confidence import MEANT, NAMED, ONCE, THRESHOLD, Covered, Evidence, confidence, coverage, lead
from search.document import ALL_KINDS, FIELDS, KINDS, LANGUAGES, Answer, Chunk, Document, Field, Hit, Kind, Language, Match, Via
from search.errors import DocumentError, IndexFileError, QuestionError, WenluError
from search.lexicon import SYNONYM, Concept, Lexicon, Query, intent_number
from search.normalize import printable
from search.places import Found, Text
from search.saved import check_version, unpack_chunk

LONGEST_QUESTION = 2000  # characters; a longer text is a document, not a question
_CLOSE = 10  # of the best chunks are looked at clause by clause
_RIVALS = 4  # of the best hits, from which the best that is not linked with the first tells how far that leads
_POOL = 5  # hits beyond the limit that are looked at, in case some repeat others
REBUILD = "wenlu index --corpus DOCUMENTS --output FILE"
_REBUILDS = (REBUILD, "wenlu ask QUESTION")  # by whether the file is disposable
# Arrays that grow with the chunks, and beginnings of their names; what a question needs to become a query is in the others.
_OF_CHUNKS = frozenset("starts postings tf factors language kind counterpart".split())
_LATE = _OF_CHUNKS.union(  # not touched when an index is loaded
    "ids_positions chunks_pool chunks_offsets chunks_firsts chunks_ends".split()
)
_OF_CHUNKS_ALL = ("chunks_", "ids_", "heading_")


class Index:
    """A searchable corpus. Make one with `Index.build` or `Index.load`; `search` may be called from many threads."""

    _file: Path | None = None  # that it was loaded from,
    _disposable = False  # and whether that is made anew where it is missing

    def __init__(self, meta: dict[str, Any], arrays: dict[str, store.Array], lexicon: Lexicon | None = None) -> None:
        """`lexicon` is the one made already, that of the whole corpus where the arrays are of a part of it; `count` and `df` are then of the whole, too."""
        self._meta, self._arrays = meta, arrays
        self._ids = store.Strings.named(arrays, "ids")
        self.postings = rank.Postings(
            arrays["starts"],
            arrays["postings"],
            arrays["tf"].astype(np.float32),
            len(arrays["language"]),
            arrays.get("df"),
            meta.get("count", 0),
        )
        there = np.ones(1, np.float32)
        headings = rank.Postings(arrays["heading_starts"], arrays["heading_postings"], there, len(arrays["heading_owners"]))
        self.headings = rank.Headings(headings, arrays["heading_owners"], arrays["heading_weights"], arrays["heading_intents"])
        self.lexicon = lexicon or Lexicon(meta, arrays)
        self._at = lru_cache(maxsize=4096)(self._read_chunk)
        self._text_at = lru_cache(maxsize=512)(self._read_text)
        self._letters = lru_cache(maxsize=4096)(lambda position: "".join(self._at(position).answer.split()))
        self._of_kind = cache(lambda kind: np.flatnonzero(arrays["kind"] == ALL_KINDS.index(kind)))
        self.alone = cache(self._alone)
        self._excluded = lru_cache(maxsize=16)(self._mask)

    # --- documents in ---------------------------------------------------------------------------------------------------------

    @classmethod
    def build(
        cls,
        documents: Iterable[Document],
        signature: str = "",
        *,
        failures: Sequence[DocumentError] = (),
        processes: int | None = None,
        progress: Callable[[int, int], object] | None = None,
        before: Path | None = None,
        kept: Path | None = None,
    ) -> Index:
        """The index of some documents. `signature` is kept, to tell later whether the documents have changed, and `failures` of others.

        Text is looked at in `processes`, by default as many as there are processors if that pays, and `progress` is told how many pieces
        of how many have been. Where `kept` is the place that the index will have, counts are kept beside it; where `before` is that of the index before,
        only what has changed since is looked at.

        Raises DocumentError when there is nothing to index.
        """
        from search.building import build  # parsing and counting are not needed for a lookup, which should start at once

        return cls(*build(documents, signature, failures, processes, progress, before, kept))

    def save(self, path: str | Path) -> None:
        """Write the index to a file, at once or not at all. Raises IndexFileError when it can't be written."""
        store.write(path, self._meta, self._arrays)

    @classmethod
    def load(cls, path: str | Path, *, thorough: bool = False, disposable: bool = False) -> Index:
        """The index in a file. Raises IndexFileError, with the command that makes it anew, if it is missing, damaged or of another version.

        Of a large file only a `thorough` look tells every damage; else it is looked for when a search fails. A `disposable` file is then removed.
        """
        rebuild = _REBUILDS[disposable]
        meta, arrays = store.read(path, rebuild, thorough=thorough)
        check_version(meta, path, rebuild)
        try:
            if missing := _LATE - arrays.keys():
                raise KeyError(*missing)
            index = cls(meta, arrays)
        except (KeyError, ValueError, IndexError) as error:
            raise IndexFileError(
                f"{path}: damaged or not an index; make it anew with: {rebuild}",
                f"{path}：已损坏，或者不是索引文件，请重新生成：{rebuild}",
            ) from error
        index._file, index._disposable = Path(path), disposable
        return index

    def _look_for_damage(self) -> None:
        """Raises IndexFileError where the file that the index is in is damaged. One that was removed since tells nothing of what is mapped."""
        try:
            if self._file and self._file.exists():
                store.read(self._file, _REBUILDS[self._disposable], thorough=True)
        except IndexFileError:
            if self._disposable and self._file:
                self._file.unlink(missing_ok=True)
            raise

    def apart(self) -> tuple[dict[str, Any], dict[str, store.Array], dict[str, store.Array]]:
        """The index without its chunks, as JSON and arrays that are the same for all parts of a corpus; and the arrays of the chunks."""
        meta = self._meta | {"count": len(self), "alone": [name for name in self.languages if self.alone(name)]}
        own = {name: array for name, array in self._arrays.items() if name in _OF_CHUNKS or name.startswith(_OF_CHUNKS_ALL)}
        common = {name: array for name, array in self._arrays.items() if name not in own}
        return meta, common | {"df": np.diff(self._arrays["starts"])}, own

    # --- what it holds ----------------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return self.postings.count

    @property
    def signature(self) -> str:
        """What `build` was told about the documents."""
        return str(self._meta["signature"])

    @property
    def documents(self) -> int:
        """How many documents the chunks are of."""
        return int(self._meta["documents"])

    @property
    def failures(self) -> tuple[DocumentError, ...]:
        """What `build` was told of documents that could not be read."""
        return tuple(DocumentError(english, chinese) for english, chinese in self._meta["failures"])

    @property
    def arrays(self) -> Mapping[str, store.Array]:
        """The arrays by name, as they are saved."""
        return self._arrays

    @property
    def synonyms(self) -> list[list[str]]:
        """The groups of words that mean the same."""
        return list(self._meta["synonyms"])

    @property
    def open_words(self) -> Mapping[str, Mapping[Language, tuple[str, str]]]:
        """Words that hardly any chunk with an answer has and that ask a question without one by themselves: its titles and ids, by language."""
        words: Mapping[str, Mapping[Language, tuple[str, str]]] = self._meta["open_words"]
        return words

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages of the chunks."""
        return tuple(self._meta["languages"])

    @property
    def chunks(self) -> Sequence[Chunk]:
        """All chunks in the order of the documents."""
        return [self._at(position) for position in range(len(self))]

    def chunk(self, id: str) -> Chunk | None:
        """The chunk with this id."""
        position = self.position(id)
        return None if position < 0 else self._at(position)

    def chunk_at(self, position: int) -> Chunk:
        """The chunk at a position in the order of the documents."""
        return self._at(position)

    def translations(self, position: int) -> dict[str, str]:
        """The id of the same chunk in the other language, by language; empty when it has none."""
        counterpart = int(self._arrays["counterpart"][position])
        return {} if counterpart < 0 else {self._at(counterpart).language: self._at(counterpart).id}

    def position(self, id: str) -> int:
        """The position of the chunk with this id, -1 when there is none."""
        found = self._ids.find(id)
        return -1 if found < 0 else int(self._arrays["ids_positions"][found])

    def _read_chunk(self, position: int) -> Chunk:
        return unpack_chunk(self.packed_chunk(position))

    def _read_text(self, position: int) -> Text:
        return Text(self._at(position), dict(zip(FIELDS, self._arrays["factors"][:, position].tolist(), strict=True)))

    def packed_chunk(self, position: int) -> bytes:
        """The chunk at a position as JSON, which `unpack_chunk` reads."""
        pool, offsets, firsts, ends = (self._arrays[f"chunks_{name}"] for name in ("pool", "offsets", "firsts", "ends"))
        return store.decompress(pool, offsets, firsts, ends, position)

    # --- a question through -----------------------------------------------------------------------------------------------------

    def search(
        self, question: str, limit: int = 5, *, language: Language | None = None, kinds: Collection[Kind] | None = None
    ) -> Answer:
        """The best answers to a question, at most `limit`, best first.

        `language` and `kinds` keep to chunks of one language or of some kinds. Where the best chunk of another kind scores more, nothing is
        answered, unless it leads to the best hit or says the same, and confidences count it.
        Raises QuestionError for a text too long to be a question, for another language, for what is no kind and for a `limit` below 0.
        """
        try:
            return self.answer(self.query(question, language), limit, language, kinds)
        except WenluError:
            raise
        except Exception:
            self._look_for_damage()
            raise

    def query(self, question: str, language: Language | None = None) -> Query:
        """What a question becomes for the chunks of its own language and of the other one, or of one `language`. Raises QuestionError."""
        if language and language not in LANGUAGES:
            raise QuestionError(
                f"language {language!r}: there is none such; give 'zh' or 'en'", f"语言 {language!r} 不支持，请写 'zh' 或 'en'"
            )
        question = printable(question).strip()
        if len(question) > LONGEST_QUESTION:
            raise QuestionError(
                f"the question has {len(question):,} characters, the limit is {LONGEST_QUESTION:,}; ask in one or two sentences",
                f"问题有 {len(question):,} 个字符，上限是 {LONGEST_QUESTION:,}，请用一两句话来问",
            )
        return self.lexicon.query(question, lambda asked: self._targets(asked, language))

    def answer(self, query: Query, limit: int, language: Language | None = None, kinds: Collection[Kind] | None = None) -> Answer:
        """The best answers to a query, among the chunks that this index has. Raises QuestionError."""
        if limit < 0:
            raise QuestionError(
                f"limit {limit}: give the number of hits, 0 or more", f"limit {limit}：请写要几条结果，不能小于 0"
            )
        asker, allowed = language or query.language, None if kinds is None else frozenset(kinds)
        asked = {target: _Asked(self, concepts, query) for target, concepts in query.concepts.items()}
        most = max((query_part.most for query_part in asked.values()), default=1.0)
        for query_part in asked.values():
            query_part.balance(most)
        score_of, (unanswered, closest) = self._best(asked, max(limit + _POOL, _CLOSE), asker, allowed)
        score_of = self._closest(asked, score_of)
        other, elsewhere = self._other(asked, asker, allowed)
        kept = self._distinct(score_of, max(limit, _RIVALS))
        first = kept[0][0] if kept else -1
        second = next((score_of[position] for position, _ in kept[1:_RIVALS] if self._doubts(position, first, False)), 0.0)
        for query_part in asked.values():
            query_part.explain([position for position, _ in kept[: max(limit, 1)]])
        lacking = asked[self._at(first).language].lacking(first) if kept else None
        open_question = lacking or self._open_question(asked, unanswered, closest, max(score_of.get(first, 0.0), elsewhere))
        hits, rivals = list[Hit](), list[float]()
        for position, similar in kept[: max(limit, 1)]:
            doubt = elsewhere if other >= 0 and self._doubts(other, position, elsewhere > score_of[position]) else 0.0
            rivals.append(math.inf if lacking else max(closest, doubt))
            rival = max(rivals[-1], score_of[first] if hits else second)
            hits.append(self._hit(asked, position, score_of[position], rival, similar))
        best = hits[0] if hits else None
        answered = best is not None and best.confidence >= THRESHOLD and best.score >= rivals[0]
        content = {target: [one for one in concepts if one.content] for target, concepts in query.concepts.items()}
        every = list(chain.from_iterable(content.values()))
        words = dict.fromkeys(concept.text for concept in content.get(query.language) or every)
        # In either language: a word may be met by its translation alone.
        known = {concept.text for concept in every if concept.known}
        return Answer(
            query.question,
            query.language,
            answered,
            best.confidence if best else 0.0,
            tuple(hits[:limit]),
            self._procedure(hits, list(score_of)[:_CLOSE]) if answered else None,
            tuple(word for word in words if word in known),
            tuple(word for word in words if word not in known),
            *(open_question or (None, None)),
        )

    def _open_question(
        self, asked: Mapping[Language, _Asked], unanswered: int, closest: float, best: float
    ) -> tuple[str, str] | None:
        """Title and id of the closest question without an answer if it is closer than the best hit, and close enough to be what is asked."""
        if closest <= best or closest < NAMED * asked[LANGUAGES[int(self._arrays["language"][unanswered])]].most:
            return None
        return self._at(unanswered).title, self._at(unanswered).id

    def _doubts(self, other: int, position: int, better: bool) -> bool:
        """Whether one chunk casts doubt on another. None does that leads to it, as an answer does to its procedure, or says the same, and of
        those that are not better none that it leads to."""
        one, another = self._at(other), self._at(position)
        linked = another.id in one.links or (one.id in another.links and not better)
        return not linked and not _alike(self._letters(other), self._letters(position))

    def _is_open(self, position: int) -> bool:
        return bool(self._arrays["kind"][position] == ALL_KINDS.index("open"))

    def _targets(self, asked: Language, language: Language | None) -> list[Language]:
        """The languages whose chunks may be hits: not the other one where all of it is there in the asker's own."""
        if language:
            return [name for name in self.languages if name == language]
        return [name for name in self.languages if name == asked or self.alone(name)]

    def _mask(self, target: Language, asked: Language, kinds: frozenset[Kind] | None) -> rank.Mask | None:
        """The chunks that are no hits of a query for chunks written in `target`, shape (chunks,); None if there are none.

        A chunk with a counterpart in the asker's language gives way to it.
        """
        excluded: rank.Mask = self._arrays["language"] != LANGUAGES.index(target)
        if target != asked:
            excluded |= self._arrays["counterpart"] >= 0
        if kinds is not None:
            excluded |= ~np.isin(self._arrays["kind"], kind_numbers(kinds))
        return excluded if excluded.any() else None

    def _alone(self, language: Language) -> bool:
        """Whether a chunk written in a language is there in no other."""
        return bool((self._arrays["counterpart"][self._arrays["language"] == LANGUAGES.index(language)] < 0).any())

    def _best(
        self, asked: Mapping[Language, _Asked], limit: int, asker: Language, kinds: frozenset[Kind] | None
    ) -> tuple[dict[int, float], tuple[int, float]]:
        """The best chunks by all queries and their scores, best first; and the best without an answer. No chunk is found by two queries."""
        found = [
            rank.search(
                self.postings, query.weighted, limit, query.adjustment._replace(excluded=self._excluded(target, asker, kinds))
            )
            for target, query in asked.items()
        ]
        pairs = [pair for positions, scores in found for pair in zip(positions.tolist(), scores.tolist(), strict=True)]
        pairs.sort(key=lambda pair: (-pair[1], pair[0]))
        unanswered = next((pair for pair in pairs if self._is_open(pair[0])), (-1, 0.0))
        return dict([pair for pair in pairs if not self._is_open(pair[0])][:limit]), unanswered

    def _other(self, asked: Mapping[Language, _Asked], asker: Language, kinds: frozenset[Kind] | None) -> tuple[int, float]:
        """The best chunk of all other kinds than these, and its score; -1 and 0 when there is none."""
        others = frozenset[Kind]() if kinds is None else frozenset(KINDS) - kinds
        score_of = self._closest(asked, self._best(asked, _CLOSE, asker, others)[0]) if others else {}
        return next(iter(score_of.items()), (-1, 0.0))

    def _closest(self, asked: Mapping[Language, _Asked], score_of: dict[int, float]) -> dict[int, float]:
        """The chunks in a new order: one of the best that has no heading earns by a clause that says much of what is asked."""
        positions = np.array([*score_of][:_CLOSE], np.int64)
        first, last = (np.searchsorted(self.headings.owners, positions, side) for side in ("left", "right"))
        bare = positions[first == last]
        for language, query in asked.items():
            own = bare[self._arrays["language"][bare] == LANGUAGES.index(language)]
            for position, earned in zip(own.tolist(), query.earn_by_clause(own, self._text_at) if len(own) else (), strict=True):
                score_of[position] += earned
        return dict(sorted(score_of.items(), key=lambda pair: (-pair[1], pair[0])))

    def _distinct(self, positions: Iterable[int], limit: int) -> list[tuple[int, tuple[str, ...]]]:
        """The first `limit` of the positions that do not repeat an earlier one's answer, each with the ids of those that do."""
        kept: list[tuple[int, str, list[str]]] = []
        for position in positions:
            answer = self._letters(position)
            twin = next((similar for _, other, similar in kept if _alike(answer, other)), None)
            if twin is not None:
                twin.append(self._at(position).id)
            elif len(kept) < limit:
                kept.append((position, answer, []))
            else:
                break
        return [(position, tuple(similar)) for position, _, similar in kept]

    def _hit(self, asked: Mapping[Language, _Asked], position: int, score: float, rival: float, similar: tuple[str, ...]) -> Hit:
        chunk = self._at(position)
        query = asked[chunk.language]
        earned, text = query.parts(position), self._text_at(position)
        found = text.find({query.concepts[number].terms[place].term for number, place, *_ in earned})
        firm = False  # whether more than one way to ask has what is met
        heading_field: Field = "title" if query.is_title(position) else "alias"
        matches = defaultdict[tuple[str, str, Field, Via], float](float)
        certainty, strong = dict[int, float](), dict[str, Found]()
        for number, place, frequency, heading, clause in earned:
            concept = query.concepts[number]
            term, _, probability, via = concept.terms[place]
            where, certain = found[term], MEANT if probability == SYNONYM else probability
            if certain > certainty.get(number, 0.0):
                certainty[number] = certain
            if concept.content:
                firm |= not where.once
                if concept.terms[place].sure:
                    strong[term] = where
            for name, share in where.shares.items():
                matches[concept.text, term, name, via] += frequency * share
            if heading:
                matches[concept.text, term, heading_field, via] += heading
            if clause:
                matches[concept.text, term, "body", via] += clause
        covered = [Covered(start, end, idf, certainty.get(number, 0.0)) for number, start, end, idf in query.stretches]
        matched = [Match(word, term, name, weight, via) for (word, term, name, via), weight in matches.items()]
        matched.sort(key=attrgetter("weight"), reverse=True)
        alike = query.met(position) ** ONCE
        evidence = Evidence(
            coverage(covered) * (1.0 if firm else alike),
            score / query.most * (1.0 if query.worded else alike),
            lead(score, rival),
            query.amount,
            bool(chunk.title or chunk.aliases),
        )
        return Hit(
            chunk,
            score,
            confidence(evidence),
            tuple(matched),
            text.marks(strong.values()),
            self.translations(position),
            text.best_step(strong.values()),
            similar,
        )

    def _procedure(self, hits: Sequence[Hit], ranked: Sequence[int]) -> Chunk | None:
        """The best hit if it is one, else the first procedure that it links to, those that the question found in their order first."""
        best = hits[0].chunk
        if best.kind == "procedure":
            return best
        order = {self._at(position).id: place for place, position in enumerate(ranked)} if best.links else {}
        linked = map(self.chunk, sorted(best.links, key=lambda id: order.get(id, len(order))))
        among = [] if best.kind == "glossary" else [hit.chunk for hit in hits if hit.confidence >= THRESHOLD]
        return next((chunk for chunk in chain(linked, among) if chunk and chunk.kind == "procedure"), None)


def kind_numbers(kinds: Collection[Kind]) -> list[int]:
    """The numbers, ascending, of the chunks to look at for hits of some kinds: with those of open questions, which are their rivals."""
    if unknown := set(kinds).difference(ALL_KINDS):
        english, chinese, possible = ", ".join(sorted(unknown)), "、".join(sorted(unknown)), [*KINDS]
        raise QuestionError(
            f"kinds {english}: there are none such; give some of {possible}", f"没有这些类型：{chinese}，请从 {possible} 里选"
        )
    return sorted(map(ALL_KINDS.index, (*kinds, "open")))


def _alike(one: str, other: str) -> bool:
    """Whether two answers say the same: of the runs of four characters in the one or the other, nine in ten are in both."""
    if one == other:
        return True
    if min(len(one), len(other)) < 0.9 * max(len(one), len(other)):
        return False
    shingles, others = _shingles(one), _shingles(other)
    return len(shingles & others) >= 0.9 * len(shingles | others)


@lru_cache(maxsize=32)
def _shingles(text: str) -> frozenset[str]:
    return frozenset(map("".join, zip(text, text[1:], text[2:], text[3:], strict=False))) or frozenset((text,))


class Earned(NamedTuple):
    """What a term earned in a chunk: by its frequency, by the agreement of a heading, by a clause. Its `concept` and its `place` there are numbers."""

    concept: int
    place: int
    frequency: float
    heading: float
    clause: float


class _Asked:
    """A question's concepts for the chunks of one language, as ranking takes them, and what it earned in some chunks."""

    def __init__(self, index: Index, concepts: Sequence[Concept], query: Query) -> None:
        self._index, self.concepts = index, concepts
        self.weighted = [concept.weighted(index.postings) for concept in concepts]
        self._content = [number for number, concept in enumerate(concepts) if concept.content]
        clauses = defaultdict[int, list[int]](list)
        for number in self._content:
            clauses[concepts[number].clause].append(number)
        parts = [(query.clauses[clause], numbers) for clause, numbers in clauses.items()] if len(clauses) > 1 else []
        agreed = rank.agreement(
            index.headings,
            index.postings,
            self.weighted,
            [(numbers, intent_number(intent)) for intent, numbers in [(query.intent, self._content), *parts]],
        )
        self._agreed, self._places = agreed, {chunk: place for place, chunk in enumerate(agreed.chunks.tolist())}
        preferences = {
            kind: rank.PREFERENCES.get((query.intent, kind), rank.PREFERENCES.get((None, kind), 1.0)) for kind in ALL_KINDS
        }
        factors = [(index._of_kind(kind), factor) for kind, factor in preferences.items() if factor != 1]
        self.adjustment = rank.Adjustment((agreed.chunks, agreed.earned), factors, apart=index._of_kind("open"))
        self.most = sum(one.gain for one in self.weighted) * (rank.K1 + 1) or 1.0
        self.stretches = [
            (number, concepts[number].start, concepts[number].end, self.weighted[number].idf * concepts[number].rarity)
            for number in self._content
        ]
        rarest = rank.idf(1, index.postings.total)
        self.amount = sum(self.weighted[number].idf for number in self._content) / rarest
        # One character alone is part of many words, and asks for nothing that has not that very name.
        self.worded = sum(len(concepts[number].text) for number in self._content) > 1
        self._columns: dict[int, int] = {}
        self._clauses: dict[int, dict[tuple[int, int], float]] = {}  # by chunk, then by concept and place

    def balance(self, most: float) -> None:
        """Let scores be shares of `most` instead of the most that these concepts could earn: so those of both languages compare."""
        self.adjustment, self.most = self.adjustment._replace(scale=most / self.most), most

    def is_title(self, position: int) -> bool:
        """Whether the chunk's heading that agrees best is its title, rather than an alias."""
        owners = self._index.headings.owners
        heading = int(self._agreed.headings[self._places[position]]) if position in self._places else 0
        return heading <= 0 or int(owners[heading - 1]) != position

    @cached_property
    def _gains(self) -> dict[tuple[str, int], list[tuple[int, int, float]]]:
        """What each term of content, with its id, earns in a clause: by its concept, its place there, how much."""
        gains = defaultdict[tuple[str, int], list[tuple[int, int, float]]](list)
        for number in self._content:
            concept, gain = self.concepts[number], rank.CLAUSE * self.weighted[number].gain
            for place, term in enumerate(concept.terms):
                gains[term.term, term.id].append((number, place, gain * term.probability))
        return gains

    def met(self, position: int) -> float:
        """Which share of the chunk's heading that agrees best is in the question, 0 to 1."""
        return float(self._agreed.shares[self._places[position]]) if position in self._places else 0.0

    def lacking(self, position: int) -> tuple[str, str] | None:
        """Title and id of the question without an answer that a word asks by itself: one that an explained chunk lacks, in the clause by which it
        earned the most."""
        words, language = self._index.open_words, self._index.chunk_at(position).language
        asking = [
            (number, place, question)
            for number in (self._content if words else ())
            for place, term in enumerate(self.concepts[number].terms)
            if term.probability == 1 and (question := words.get(term.term, {}).get(language))
        ]
        if not asking:
            return None
        earned, parts = defaultdict[int, float](float), self.parts(position)
        there = {(part.concept, part.place) for part in parts}
        found = {self.concepts[number].clause: question for number, place, question in asking if (number, place) not in there}
        for part in parts:
            earned[self.concepts[part.concept].clause] += part.frequency + part.heading + part.clause
        return found.get(max(earned, key=earned.__getitem__)) if earned else None

    def earn_by_clause(self, positions: rank.Integers, text_at: Callable[[int], Text]) -> Iterator[float]:
        """What each of some chunks earns by the best of its clauses; `parts` tells of it, too."""
        names, factors = [term for term, _ in self._gains], self.adjustment.factors_at(positions).tolist()
        there = rank.lookup(self._index.postings, np.array([id for _, id in self._gains], np.int64), positions) > 0
        for position, factor, column in zip(positions.tolist(), factors, there.T.tolist(), strict=True):
            gains = dict(compress(zip(names, self._gains.values(), strict=True), column))
            best, most = dict[int, tuple[float, int]](), 0.0
            for terms in text_at(position).clauses(gains):
                earned = dict[int, tuple[float, int]]()
                for term in terms:
                    for concept, place, gain in gains[term]:
                        earned[concept] = max(earned.get(concept, (0.0, 0)), (gain, -place))
                if (total := math.fsum(gain for gain, _ in earned.values())) > most:
                    best, most = earned, total
            self._clauses[position] = {(concept, -place): gain * factor for concept, (gain, place) in best.items()}
            yield most * factor

    def explain(self, positions: Sequence[int]) -> None:
        """Work out what the chunks at `positions` earned; `parts` tells."""
        self._columns = {position: column for column, position in enumerate(positions)}
        some, index = np.array(positions, np.int64), self._index
        factors = self.adjustment.factors_at(some)
        self._terms = [(number, place) for number, concept in enumerate(self.concepts) for place in range(len(concept.terms))]
        self._by_frequency = rank.contributions(index.postings, self.weighted, some) * factors
        self._by_heading = np.zeros_like(self._by_frequency)
        agreed = [column for column, position in enumerate(positions) if position in self._places]
        places = [self._places[positions[column]] for column in agreed]
        content = [self.weighted[number] for number in self._content]
        rows = [row for row, (number, _) in enumerate(self._terms) if self.concepts[number].content]
        parts = rank.agreement_parts(index.headings, content, self._agreed.headings[places], self._agreed.earned[places])
        self._by_heading[np.ix_(rows, agreed)] = parts * factors[agreed]

    def parts(self, position: int) -> list[Earned]:
        """What each term earned in an explained chunk, of those that it has."""
        column, by_clause = self._columns[position], self._clauses.get(position, {})
        some = np.flatnonzero(self._by_frequency[:, column])
        frequencies, headings = (part[some, column].tolist() for part in (self._by_frequency, self._by_heading))
        return [
            Earned(*(term := self._terms[row]), frequency, heading, by_clause.get(term, 0.0))
            for row, frequency, heading in zip(some.tolist(), frequencies, headings, strict=True)
        ]
