"""The index: documents in, answers out. An index never changes; a new one is built and put in its place."""

from __future__ import annotations

import gc
import hashlib
import json
import math
import os
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache, cached_property, lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from search import analyze, pinyin, rank, spelling, store
from search.analyze import Segmenter
from search.confidence import THRESHOLD, Covered, Evidence, confidence, cover, lead
from search.document import FIELDS, KINDS, Answer, Chunk, Document, Field, Hit, Kind, Language, Match, Part, Source, Via
from search.errors import DocumentError, IndexFileError, QuestionError
from search.lexicon import INTENTS, QUESTION_WORDS, Concept, Intent, Lexicon, Query, Synonyms, synonym_groups
from search.normalize import HAN, fold, fold_with_offsets, printable
from search.tables import tables, tables_version
from search.translate import Translator, cut

FORMAT = 4  # of the saved form
LONGEST_QUESTION = 2000  # characters; a longer text is a document, not a question
_FEW = 10_000  # chunks; fewer are indexed before other processes would pay
_COMMON = 50  # how often jieba's dictionary saw a Chinese word that a corpus without Chinese knows by its sound
_CLOSE = 10  # of the best chunks are looked at clause by clause
_CLAUSE_END = re.compile(r"[。!?;,:\n]|\.(?=\s)")
_POOL = 5  # hits beyond the limit that are looked at, in case some repeat others
REBUILD = "wenlu index --corpus DOCUMENTS --output FILE"
_LANGUAGES: tuple[Language, ...] = ("zh", "en")
# Arrays that grow with the chunks, and beginnings of their names; what a question needs to become a query is in the others.
_OF_CHUNKS = frozenset("starts postings tf factors language kind counterpart".split())
_OF_CHUNKS_ALL = ("chunks_", "ids_", "heading_")
_CORPUS = next(
    (place for place in (Path(__file__).parent / "corpus", Path(__file__).parent.parent / "corpus") if place.is_dir()),
    Path("corpus"),
)


def _analysis_version() -> str:
    return f"{analyze.VERSION}.{tables_version()}"


def check_version(meta: Mapping[str, Any], place: str | Path, rebuild: str) -> None:
    """Raises IndexFileError for an index that another version made."""
    if meta.get("format") != FORMAT or meta.get("analysis") != _analysis_version():
        raise IndexFileError(
            f"{place}: made by another version; make it anew with: {rebuild}",
            f"{place}：是别的版本生成的，请重新生成：{rebuild}",
        )


class Index:
    """A searchable corpus. Make one with `Index.build` or `Index.load`; `search` may be called from many threads."""

    def __init__(self, meta: dict[str, Any], arrays: dict[str, store.Array], lexicon: Lexicon | None = None) -> None:
        """`lexicon` is the one made already, that of the whole corpus where the arrays are of a part of it; `count` and `df` are then of the whole, too."""
        self._meta, self._arrays = meta, arrays
        self._ids = store.Strings.named(arrays, "ids")
        self.postings = rank.Postings(
            arrays["starts"], arrays["postings"], arrays["tf"], len(arrays["language"]), arrays.get("df"), meta.get("count", 0)
        )
        there = np.broadcast_to(np.float32(1), len(arrays["heading_postings"]))
        headings = rank.Postings(arrays["heading_starts"], arrays["heading_postings"], there, len(arrays["heading_owners"]))
        self.headings = rank.Headings(headings, arrays["heading_owners"], arrays["heading_weights"], arrays["heading_intents"])
        self.lexicon = lexicon or self._lexicon(meta, arrays)
        self._at = lru_cache(maxsize=4096)(self._read_chunk)
        self._text_at = lru_cache(maxsize=512)(lambda position: _Text(self._at(position)))
        self._of_kind = cache(lambda kind: np.flatnonzero(arrays["kind"] == KINDS.index(kind)))
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
        kept: Path | None = None,
    ) -> Index:
        """The index of some documents. `signature` is kept, to tell later whether the documents have changed, and `failures` of others.

        Text is looked at in `processes`, by default as many as there are processors if that pays, and `progress` is told how many pieces
        of how many have been. In the file `kept` counts are kept for the next build, which looks only at what has changed.

        Raises DocumentError when there is nothing to index.
        """
        from search.chunk import chunk_documents  # parsing and counting are not needed for a lookup, which should start at once
        from search.counts import count, tell
        from search.workers import cores, spread

        chunks, synonyms = synonym_groups(chunk_documents(documents))
        synonyms += [group for group in _shipped_groups() if group not in synonyms]
        if not chunks:
            raise DocumentError(
                "no text was found in the documents; name a file or folder of .md, .txt or .jsonl documents with --corpus",
                "文档里没有文字，请用 --corpus 指定 .md、.txt 或 .jsonl 文档或文件夹",
            )
        languages = np.array([_LANGUAGES.index(chunk.language) for chunk in chunks], np.uint8)
        processes = processes or (cores() if len(chunks) > _FEW else 1)
        beside = 1 if processes > 1 else 0
        told = tell(chunks, synonyms, processes, progress, kept)
        with spread([lambda: store.squeezed(chunks, _written)], beside) as squeezed:
            vocabulary, written, words, postings = count(told, languages, processes)
            if not vocabulary:
                raise DocumentError(
                    "the documents have no words; name documents with text in Chinese or English with --corpus",
                    "文档里没有中文或英文，请用 --corpus 指定有正文的文档",
                )
            with spread([lambda: cut(tables(), vocabulary)], beside) as given:
                arrays = postings()
                translations = {} if (languages == _LANGUAGES.index("zh")).any() else next(given)  # whose words sound, too
                sounds = _sounds(chunks, synonyms, words, vocabulary, arrays["starts"], translations, processes)
                translations = translations or next(given)
            arrays |= {f"chunks_{name}": array for name, array in next(squeezed).items()}
        ids = store.Strings.of(chunk.id for chunk in chunks)
        positions = {chunk.id: position for position, chunk in enumerate(chunks)}
        own_words = store.Strings.of(words)
        arrays |= {
            "language": languages,
            "kind": np.array([KINDS.index(chunk.kind) for chunk in chunks], np.uint8),
            "ids_pool": ids.pool,
            "ids_offsets": ids.offsets,
            "ids_positions": np.array([positions[id] for id in ids], np.int32),
            "counterpart": _counterparts(chunks),
            "words_pool": own_words.pool,
            "words_offsets": own_words.offsets,
            "words_freq": np.array([words[word] for word in own_words], np.int32),
        }
        meta = {
            "format": FORMAT,
            "analysis": _analysis_version(),
            "languages": [language for number, language in enumerate(_LANGUAGES) if (languages == number).any()],
            "synonyms": synonyms,
            "signature": signature,
            "documents": len({chunk.source.document for chunk in chunks}),
            "failures": [[str(failure), failure.chinese] for failure in failures],
        }
        arrays |= spelling.arrays((" ".join(group) for group in synonyms), written)
        arrays |= translations | sounds
        lexicon = cls._lexicon(meta, arrays)
        return cls(meta, arrays | _headings(chunks, lexicon, arrays), lexicon)

    @staticmethod
    def _lexicon(meta: dict[str, Any], arrays: dict[str, store.Array]) -> Lexicon:
        words, frequencies, common = store.Strings.named(arrays, "words"), arrays["words_freq"], tables()
        common_words, common_frequencies = store.Strings.named(common, "words"), common["words_freq"]
        segmenter = Segmenter(
            [(words, lambda i: float(frequencies[i])), (common_words, lambda i: float(common_frequencies[i]))],
            float(common_frequencies.sum()),
        )
        vocabulary = store.Strings.named(arrays, "terms")
        return Lexicon(
            vocabulary,
            segmenter,
            Synonyms(meta["synonyms"]),
            Translator(arrays, vocabulary),
            spelling.Speller(arrays),
            pinyin.Sounds(arrays),
            meta["languages"],
        )

    def save(self, path: str | Path) -> None:
        """Write the index to a file, at once or not at all. Raises IndexFileError when it can't be written."""
        store.write(path, self._meta, self._arrays)

    @classmethod
    def load(cls, path: str | Path) -> Index:
        """The index in a file. Raises IndexFileError, with the command that makes it anew, if it is missing, damaged or of another version."""
        meta, arrays = store.read(path, REBUILD)
        check_version(meta, path, REBUILD)
        try:
            return cls(meta, arrays)
        except (KeyError, ValueError, IndexError) as error:
            raise IndexFileError(
                f"{path}: damaged or not an index; make it anew with: {REBUILD}",
                f"{path}：已损坏，或者不是索引文件，请重新生成：{REBUILD}",
            ) from error

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
        return chunk_of(self.written(position))

    def written(self, position: int) -> bytes:
        """The chunk at a position as JSON, which `chunk_of` reads."""
        common, pool, offsets = (self._arrays[f"chunks_{name}"] for name in ("common", "pool", "offsets"))
        return store.stretched(common, pool, offsets, position)

    # --- a question through -----------------------------------------------------------------------------------------------------

    def search(
        self, question: str, limit: int = 5, *, language: Language | None = None, kinds: Collection[Kind] | None = None
    ) -> Answer:
        """The best answers to a question, at most `limit`, best first.

        `language` and `kinds` keep to chunks of one language or of some kinds. Raises QuestionError for a text too long to be a question.
        """
        return self.answer(self.query(question, language), limit, language, kinds)

    def query(self, question: str, language: Language | None = None) -> Query:
        """What a question becomes for the chunks of its own language and of the other one, or of one `language`. Raises QuestionError."""
        question = printable(question).strip()
        if len(question) > LONGEST_QUESTION:
            raise QuestionError(
                f"the question has {len(question):,} characters, the limit is {LONGEST_QUESTION:,}; ask in one or two sentences",
                f"问题有 {len(question):,} 个字符，上限是 {LONGEST_QUESTION:,}，请用一两句话来问",
            )
        return self.lexicon.query(question, lambda asked: self._targets(asked, language))

    def answer(self, query: Query, limit: int, language: Language | None = None, kinds: Collection[Kind] | None = None) -> Answer:
        """The best answers to a query, among the chunks that this index has."""
        allowed = None if kinds is None else frozenset(kinds)
        asked = {
            target: _Asked(self, concepts, query.intent, self._excluded(target, language or query.language, allowed))
            for target, concepts in query.concepts.items()
        }
        positions, scores = self._closest(asked, *self._best(asked.values(), max(limit + _POOL, _CLOSE)))
        kept = self._distinct(positions, max(limit, 2))
        score_of = dict(zip(positions, scores, strict=True))
        ranked = [score_of[position] for position, _ in kept] + [0.0]
        for query_part in asked.values():
            query_part.explain([position for position, _ in kept[: max(limit, 1)]])
        hits = [
            replace(self._hit(asked, position, ranked[number], ranked[0] if number else ranked[1]), similar=similar)
            for number, (position, similar) in enumerate(kept[: max(limit, 1)])
        ]
        best = hits[0] if hits else None
        answered = best is not None and best.confidence >= THRESHOLD
        words = [concept for concept in query.concepts.get(query.language, ()) if concept.content] or [
            concept for concepts in query.concepts.values() for concept in concepts if concept.content
        ]
        return Answer(
            query.question,
            query.language,
            answered,
            best.confidence if best else 0.0,
            tuple(hits[:limit]),
            self._procedure(hits) if answered else None,
            tuple(dict.fromkeys(concept.text for concept in words if concept.known)),
            tuple(dict.fromkeys(concept.text for concept in words if not concept.known)),
        )

    def _targets(self, asked: Language, language: Language | None) -> list[Language]:
        """The languages whose chunks may be hits: not the other one where all of it is there in the asker's own."""
        if language:
            return [name for name in self.languages if name == language]
        return [name for name in self.languages if name == asked or self.alone(name)]

    def _mask(self, target: Language, asked: Language, kinds: frozenset[Kind] | None) -> rank.Mask | None:
        """The chunks that are no hits of a query for chunks written in `target`, shape (chunks,); None if there are none.

        A chunk with a counterpart in the asker's language gives way to it.
        """
        excluded: rank.Mask = self._arrays["language"] != _LANGUAGES.index(target)
        if target != asked:
            excluded |= self._arrays["counterpart"] >= 0
        if kinds is not None:
            excluded |= ~np.isin(self._arrays["kind"], [KINDS.index(kind) for kind in kinds])
        return excluded if excluded.any() else None

    def _alone(self, language: Language) -> bool:
        """Whether a chunk written in a language is there in no other."""
        return bool((self._arrays["counterpart"][self._arrays["language"] == _LANGUAGES.index(language)] < 0).any())

    def _best(self, asked: Iterable[_Asked], limit: int) -> tuple[list[int], list[float]]:
        """The best chunks by all queries and their scores, best first; no chunk is a hit of two."""
        found = [rank.search(self.postings, query.weighted, limit, query.adjustment) for query in asked]
        pairs = [pair for positions, scores in found for pair in zip(positions.tolist(), scores.tolist(), strict=True)]
        pairs = sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:limit]
        return [position for position, _ in pairs], [score for _, score in pairs]

    def _closest(
        self, asked: Mapping[Language, _Asked], positions: list[int], scores: list[float]
    ) -> tuple[list[int], list[float]]:
        """The best of the chunks in a new order: one that has no heading earns by a clause that says much of what is asked."""
        first, last = (np.searchsorted(self.headings.owners, positions[:_CLOSE], side) for side in ("left", "right"))
        for place in np.flatnonzero(first == last).tolist():
            position = positions[place]
            scores[place] += asked[self._at(position).language].earn_by_clause(position, self._text_at(position))
        pairs = sorted(zip(positions, scores, strict=True), key=lambda pair: (-pair[1], pair[0]))
        return [position for position, _ in pairs], [score for _, score in pairs]

    def _distinct(self, positions: Sequence[int], limit: int) -> list[tuple[int, tuple[str, ...]]]:
        """The first `limit` of the positions that do not repeat an earlier one's answer, each with the ids of those that do."""
        kept: list[tuple[int, str, list[str]]] = []
        for position in positions:
            answer = "".join(self._at(position).answer.split())
            twin = next((similar for _, other, similar in kept if _alike(answer, other)), None)
            if twin is not None:
                twin.append(self._at(position).id)
            elif len(kept) < limit:
                kept.append((position, answer, []))
            else:
                break
        return [(position, tuple(similar)) for position, _, similar in kept]

    def _hit(self, asked: Mapping[Language, _Asked], position: int, score: float, rival: float) -> Hit:
        chunk = self._at(position)
        query = asked[chunk.language]
        pieces = list(zip(query.concepts, query.idfs, *query.parts(position), strict=True))
        finder = _Finder(
            self._text_at(position),
            {term.term for concept, _, body, *_ in pieces for term, weight in zip(concept.terms, body, strict=True) if weight},
        )
        factors = dict(zip(FIELDS, self._arrays["factors"][:, position].tolist(), strict=True))
        heading_field: Field = "title" if query.is_title(position) else "alias"
        matches: dict[tuple[str, str, Field, Via], float] = {}
        covered, strong = [], set()
        for concept, idf, body, heading, clause in pieces:
            certainty = 0.0
            for term, weight, agreed, close in zip(concept.terms, body, heading, clause, strict=True):
                if not weight:
                    continue
                certainty = max(certainty, term.probability)
                if concept.content and term.sure:
                    strong.add(term.term)
                shares = {name: weight * share for name, share in finder.shares(term.term, factors).items()}
                for field, more in ((heading_field, agreed), ("body", close)):
                    if more:
                        shares[field] = shares.get(field, 0.0) + more
                for name, part in shares.items():
                    key = (concept.text, term.term, name, term.via)
                    matches[key] = matches.get(key, 0.0) + part
            if concept.content:
                covered.append(Covered(concept.start, concept.end, idf * concept.rarity, certainty))
        matched = sorted((Match(*key[:3], weight, key[3]) for key, weight in matches.items()), key=lambda match: -match.weight)
        evidence = Evidence(*cover(covered), score / query.most, lead(score, rival), query.amount)
        return Hit(
            chunk,
            score,
            confidence(evidence),
            tuple(matched),
            finder.marks(strong),
            self.translations(position),
            finder.best_step(strong),
        )

    def _procedure(self, hits: Sequence[Hit]) -> Chunk | None:
        best = hits[0].chunk
        linked = map(self.chunk, best.links)
        among = [] if best.kind == "glossary" else [hit.chunk for hit in hits if hit.confidence >= THRESHOLD]
        return next((chunk for chunk in chain([best], linked, among) if chunk and chunk.kind == "procedure"), None)


def chunk_of(text: str | bytes) -> Chunk:
    """The chunk in JSON, as an index holds it."""
    id, kind, language, title, path, aliases, parts, links, source, anchor = json.loads(text)
    parts = tuple(Part(*part) for part in parts)
    return Chunk(id, kind, language, title, tuple(path), tuple(aliases), parts, tuple(links), Source(*source), anchor)


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


class _Asked:
    """A question's concepts for the chunks of one language, as ranking takes them, and what it earned in some chunks."""

    def __init__(self, index: Index, concepts: Sequence[Concept], intent: Intent | None, excluded: rank.Mask | None) -> None:
        self._index, self.concepts = index, concepts
        self.weighted = [concept.weighted for concept in concepts]
        self.idfs = rank.concept_idfs(index.postings, self.weighted)
        self._content = [number for number, concept in enumerate(concepts) if concept.content]
        owners, earned, headings = rank.agreement(index.headings, *self._carrying(), _number(intent))
        self._agreed = {owner: place for place, owner in enumerate(owners.tolist())}
        self._earned, self._headings = earned, headings
        preferences = {kind: rank.PREFERENCES.get((intent, kind), rank.PREFERENCES.get((None, kind), 1.0)) for kind in KINDS}
        factors = [(index._of_kind(kind), factor) for kind, factor in preferences.items() if factor != 1]
        self.adjustment = rank.Adjustment((owners, earned), factors, excluded)
        self.most = sum(one.weight * idf for one, idf in zip(self.weighted, self.idfs, strict=True)) * (rank.K1 + 1) or 1.0
        rarest = rank.idf(1, index.postings.whole or index.postings.count)
        self.amount = sum(self.idfs[number] for number in self._content) / rarest
        self._columns: dict[int, int] = {}
        self._parts: list[rank.Floats] = []
        self._clauses: dict[int, dict[int, tuple[float, int]]] = {}

    def _carrying(self) -> tuple[list[rank.Weighted], list[float]]:
        return [self.weighted[number] for number in self._content], [self.idfs[number] for number in self._content]

    def is_title(self, position: int) -> bool:
        """Whether the chunk's heading that agrees best is its title, rather than an alias."""
        owners = self._index.headings.owners
        heading = int(self._headings[self._agreed[position]]) if position in self._agreed else 0
        return heading <= 0 or int(owners[heading - 1]) != position

    @cached_property
    def _gains(self) -> dict[str, list[tuple[int, int, float]]]:
        """What each term of content earns in a clause: by its concept, its place there, how much."""
        gains = defaultdict[str, list[tuple[int, int, float]]](list)
        for number in self._content:
            concept, gain = self.concepts[number], rank.CLAUSE * self.concepts[number].weight * self.idfs[number]
            for place, term in enumerate(concept.terms):
                gains[term.term].append((number, place, gain * term.probability))
        return gains

    def earn_by_clause(self, position: int, text: _Text) -> float:
        """What a chunk with this text earns by the best of its clauses; `parts` tells of it, too."""
        best, most = dict[int, tuple[float, int]](), 0.0
        for terms in text.clauses(self._gains):
            earned = dict[int, tuple[float, int]]()
            for term in terms:
                for concept, place, gain in self._gains[term]:
                    earned[concept] = max(earned.get(concept, (0.0, 0)), (gain, -place))
            if (total := math.fsum(gain for gain, _ in earned.values())) > most:
                best, most = earned, total
        self._clauses[position] = best
        return most * self._factor(position)

    def _factor(self, position: int) -> float:
        return float(self.adjustment.factors_at(np.array([position]))[0])

    def explain(self, positions: Sequence[int]) -> None:
        """Work out what the chunks at `positions` earned; `parts` tells."""
        self._columns = {position: column for column, position in enumerate(positions)}
        self._parts = rank.contributions(self._index.postings, self.weighted, np.array(positions, np.int64))

    def parts(self, position: int) -> tuple[list[list[float]], ...]:
        """For each concept what its terms earned in an explained chunk: by their frequencies, by the agreement of a heading, by a clause."""
        factor = self._factor(position)
        by_frequency = [(part[:, self._columns[position]] * factor).tolist() for part in self._parts]
        by_heading = [[0.0] * len(concept.terms) for concept in self.concepts]
        if (place := self._agreed.get(position)) is not None:
            parts = rank.agreement_parts(
                self._index.headings, *self._carrying(), int(self._headings[place]), float(self._earned[place])
            )
            for number, part in zip(self._content, parts, strict=True):
                by_heading[number] = (part * factor).tolist()
        by_clause = [[0.0] * len(concept.terms) for concept in self.concepts]
        for number, (gain, place) in self._clauses.get(position, {}).items():
            by_clause[number][-place] = gain * factor
        return by_frequency, by_heading, by_clause


class _Text:
    """All text of one chunk, folded as one, and where its pieces stand."""

    def __init__(self, chunk: Chunk) -> None:
        pieces: list[tuple[Field, str, int]] = [
            ("title", chunk.title, 0),
            *(("alias", alias, 0) for alias in chunk.aliases),
            *(("path", heading, 0) for heading in chunk.path),
            *(("body", part.text, start) for part, start in chunk.placed()),
        ]
        self.fields = [name for name, _, _ in pieces]
        self.shifts, self.starts = [], []
        first_part = len(pieces) - len(chunk.parts)
        self.steps = [first_part + number for number, part in enumerate(chunk.parts) if part.kind == "step"]
        self.folded, self.offsets = fold_with_offsets("\n".join(text for _, text, _ in pieces))
        written = 0
        for _, text, offset in pieces:
            self.shifts.append(offset - written)
            self.starts.append(written)
            written += len(text) + 1
        self.words = list(analyze.words(self.folded))

    def piece(self, place: int) -> int:
        """The number of the piece that has the character at a place of the folded text."""
        return bisect_right(self.starts, self.offsets[place]) - 1

    def clauses(self, terms: Collection[str]) -> list[set[str]]:
        """Which of the terms stand in each clause of the body that has any."""
        ends, found = [match.end() for match in _CLAUSE_END.finditer(self.folded)], defaultdict[int, set[str]](set)
        for term, first, _ in analyze.find(self.folded, self.words, terms):
            if self.fields[self.piece(first)] == "body":
                found[bisect_right(ends, first)].add(term)
        return [found[clause] for clause in sorted(found)]


class _Finder:
    """Where the terms of a question stand in one chunk."""

    def __init__(self, text: _Text, terms: set[str]) -> None:
        self._text = text
        self.places: list[list[tuple[str, int, int]]] = [[] for _ in text.fields]
        self._counts: dict[Field, dict[str, int]] = {name: {} for name in FIELDS}
        for term, first, last in analyze.find(text.folded, text.words, terms):
            start, end, piece = text.offsets[first], text.offsets[last - 1] + 1, text.piece(first)
            self.places[piece].append((term, start + text.shifts[piece], end + text.shifts[piece]))
            counts, name = self._counts[text.fields[piece]], text.fields[piece]
            counts[term] = 1 if name == "alias" else counts.get(term, 0) + 1

    def shares(self, term: str, factors: dict[Field, float]) -> dict[Field, float]:
        """How a term's frequency in the chunk divides over the fields; the shares sum to 1."""
        parts = {name: factors[name] * counts[term] for name, counts in self._counts.items() if term in counts}
        total = sum(parts.values())
        return {name: part / total for name, part in parts.items()} if total else {"body": 1.0}

    def marks(self, terms: Collection[str]) -> dict[str, tuple[tuple[int, int], ...]]:
        """The ranges of the terms in the title and in the plain answer, merged where they touch."""
        named: tuple[tuple[str, Field], ...] = (("title", "title"), ("answer", "body"))
        return {
            label: merged(
                (start, end)
                for field, piece in zip(self._text.fields, self.places, strict=True)
                if field == name
                for term, start, end in piece
                if term in terms
            )
            for label, name in named
        }

    def best_step(self, terms: Collection[str]) -> int | None:
        """The index of the step with the most of the terms, two at least; None when no step stands out."""
        found = [len({term for term, _, _ in self.places[number] if term in terms}) for number in self._text.steps]
        best = max(found, default=0)
        return found.index(best) if best > 1 and found.count(best) == 1 else None


def merged(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The ranges sorted, those that touch made one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


# --- building ---------------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _shipped_groups() -> list[list[str]]:
    """How marketplace sellers say things, from the package's own corpus: knowledge that any documents of that trade can use."""
    from search.chunk import chunk_documents
    from search.read import read_documents

    return synonym_groups(chunk_documents(read_documents(_synonym_files())))[1] if _synonym_files() else []


def _synonym_files() -> list[Path]:
    return sorted(_CORPUS.glob("*/synonyms.md"))


def _written(chunk: Chunk) -> bytes:
    """The chunk as JSON: a list of its fields' values in their order, and so its parts and its source."""
    source = chunk.source
    fields = (
        *(chunk.id, chunk.kind, chunk.language, chunk.title, chunk.path, chunk.aliases),
        [(part.kind, part.text, part.number) for part in chunk.parts],
        chunk.links,
        (source.document, source.title, source.url, source.published, source.name),
        chunk.anchor,
    )
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _number(intent: Intent | None) -> int:
    """An intent as `rank` knows it: its place in INTENTS from 1, 0 for none."""
    return INTENTS.index(intent) + 1 if intent else 0


def _headings(chunks: Sequence[Chunk], lexicon: Lexicon, arrays: dict[str, store.Array]) -> dict[str, store.Array]:
    """Of each heading the idf of its words of content, summed, and what kind of answer it asks for: in a glossary what its word is."""
    df, count = np.diff(arrays["starts"]), len(arrays["language"])
    defined: dict[Kind, Intent] = {"glossary": "what"}
    read = [
        (terms, intent or defined.get(chunk.kind))
        for chunk in chunks
        for terms, intent in map(lexicon.heading, filter(None, (chunk.title, *chunk.aliases)))
    ]
    return {
        "heading_weights": np.array(
            [sum(rank.idf(float(df[id]), count) for id in terms.values()) for terms, _ in read], np.float32
        ),
        "heading_intents": np.array([_number(intent) for _, intent in read], np.uint8),
    }


def _sounds(
    chunks: Sequence[Chunk],
    synonyms: Sequence[Sequence[str]],
    own: Mapping[str, int],
    vocabulary: store.Strings,
    starts: store.Array,
    translations: Mapping[str, store.Array],
    processes: int,
) -> dict[str, store.Array]:
    """How the corpus's Han words sound, and those that make up questions; of what titles, aliases and synonyms hold, the initials too.

    The common words among `translations` do, too, which are there where nothing is in Chinese.
    """
    from search.counts import common_words

    seen = common_words()
    known = {word for word, count in seen.items() if count > 2 or len(word) > 2} | {
        word for word, count in own.items() if count > 2
    }
    known |= {chr(code) for code in np.unique(vocabulary.characters()[0]).tolist() if code > 0x7F}
    words = {term: count for term, count in zip(vocabulary, np.diff(starts).tolist(), strict=True) if term in known}
    if translations:
        foreign = store.Strings.named(translations, "translate_en")
        words |= {word: seen[word] for word in foreign if len(word) > 1 and seen.get(word, 0) >= _COMMON}
    members = {member for group in synonyms for member in group if not member.isascii()}
    asking = {word: words.get(word, 0) + len(chunks) for word in QUESTION_WORDS}
    headings = {
        run
        for chunk in chunks
        for heading in (chunk.title, *chunk.aliases)
        if heading
        for run in re.findall(f"[{HAN}]{{2,12}}", fold(heading))
    }
    return pinyin.arrays(dict.fromkeys(members, 0) | words | asking, members | asking.keys() | headings, processes)


def counterpart_id(chunk: Chunk) -> str | None:
    """The id of the same chunk in the other language, if it has one: the same below that language's folder."""
    if not chunk.id.startswith(f"{chunk.language}/"):
        return None
    return {"zh": "en", "en": "zh"}[chunk.language] + chunk.id.removeprefix(chunk.language)


def _counterparts(chunks: Sequence[Chunk]) -> store.Array:
    """For each chunk the position of the same chunk in the other language, or -1."""
    places = {chunk.id: position for position, chunk in enumerate(chunks)}
    return np.array([places.get(counterpart_id(chunk) or "", -1) for chunk in chunks], np.int32)


def corpus_paths(paths: Sequence[str | Path] | None = None) -> list[str | Path]:
    """The paths given, else those in $WENLU_CORPUS, else that of the corpus that comes with the package."""
    return list(paths or filter(None, os.environ.get("WENLU_CORPUS", "").split(os.pathsep))) or [_CORPUS]


def load_corpus(
    paths: Sequence[str | Path] | None = None,
    *,
    strict: bool = False,
    on_error: Callable[[DocumentError], None] | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Index:
    """The index of the documents at `paths` (by default those in $WENLU_CORPUS, else the corpus that comes with the package).

    It is kept in the user's cache folder and built anew when a document or the analysis has changed.
    Raises DocumentError when there is no document; `strict` and `on_error` are those of `read_documents`, `progress` that of `Index.build`.
    """
    from platformdirs import user_cache_path

    paths = corpus_paths(paths)
    signature = _signature(paths)
    key = hashlib.blake2b(
        "\n".join(str(Path(path).resolve()) for path in paths).encode("utf-8", "replace"), digest_size=8
    ).hexdigest()
    cached = user_cache_path("wenlu", appauthor=False) / f"{key}.wenlu"
    index = None
    with suppress(IndexFileError):  # not there yet, or of another version: made anew below
        index = Index.load(cached)
    if index is None or index.signature != signature or (strict and index.failures):
        index = _built(paths, signature, strict, progress, cached.with_suffix(".counts"))
        with suppress(IndexFileError):  # a cache that can't be written costs time at the next start, nothing else
            index.save(cached)
    if on_error:
        for failure in index.failures:
            on_error(failure)
    return index


def _built(
    paths: Sequence[str | Path], signature: str, strict: bool, progress: Callable[[int, int], object] | None, kept: Path
) -> Index:
    from search.read import read_documents

    failures: list[DocumentError] = []
    collecting = gc.isenabled()
    gc.disable()  # it would look at every document again and again, and a build makes no garbage that goes in circles
    try:
        documents = iter(read_documents(paths, strict=strict, on_error=failures.append))  # who takes them can let them go
        return Index.build(documents, signature, progress=progress, failures=failures, kept=kept)
    finally:
        if collecting:
            gc.enable()


def _signature(paths: Sequence[str | Path]) -> str:
    """A digest of the names and contents of all files at the paths."""
    digest = hashlib.blake2b(_analysis_version().encode(), digest_size=16)
    for path in map(Path, [*paths, *_synonym_files()]):
        files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        for file in files:
            digest.update(str(file.relative_to(path) if file != path else file.name).encode("utf-8", "replace") + b"\0")
            try:
                digest.update(hashlib.blake2b(file.read_bytes()).digest())
            except OSError as error:
                digest.update(str(error.errno).encode())  # the reader will name the file
    return digest.hexdigest()
