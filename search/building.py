"""Documents to what an index is made of: JSON and arrays."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from itertools import chain, compress
from pathlib import Path
from typing import Any

import numpy as np

from search import pinyin, rank, saved, shipped, spelling, store
from search.analyze import tokenize
from search.chunk import chunk_documents
from search.counts import Progress, build_postings, count_texts
from search.document import ALL_KINDS, LANGUAGES, Chunk, Document, Kind, Language
from search.errors import DocumentError, IndexFileError
from search.lexicon import QUESTION_WORDS, Intent, Lexicon, intent_number, synonym_groups
from search.normalize import HAN, fold
from search.read import read_documents
from search.tables import common_words, tables
from search.terms import Terms
from search.translate import prune
from search.workers import cores, parallel

_LITTLE = 500_000  # characters; less text is indexed before other processes would pay
_COMMON = 50  # how often jieba's dictionary saw a Chinese word that a corpus without Chinese knows by its sound
_MENTIONS = 2  # chunks with an answer that may have a word which asks a question without one by itself: they compare, or deny


def build(
    documents: Iterable[Document],
    signature: str,
    failures: Sequence[DocumentError],
    processes: int | None,
    progress: Progress | None,
    before: Path | None,
    kept: Path | None,
) -> tuple[dict[str, Any], dict[str, store.Array], Lexicon]:
    """The JSON and the arrays of the index, and the lexicon over them; the parameters are those of `Index.build`."""
    if processes is not None and processes < 0:
        raise ValueError(f"processes={processes}: give how many processes may work, or None for as many as there are processors")
    documents = list(documents)
    processes = processes or (cores() if sum(len(document.text) for document in documents) > _LITTLE else 1)
    chunks, synonyms = synonym_groups(chunk_documents(documents, processes))
    del documents  # whose text would otherwise stay in memory beside that of the chunks
    synonyms += [group for group in shipped_groups() if group not in synonyms]
    if not chunks:
        raise DocumentError(
            "no text was found in the documents; write some into them, or give others",
            "文档里没有文字，请写上内容，或换成别的文档",
        )
    languages = np.array([LANGUAGES.index(chunk.language) for chunk in chunks], np.uint8)
    counted = count_texts(
        chunks, synonyms, processes, progress, before and before.with_suffix(".counts"), kept and kept.with_suffix(".counts")
    )
    past = _past(before)
    old = {name.removeprefix("chunks_"): array for name, array in past.items() if name.startswith("chunks_")}
    with parallel([lambda: store.compress(chunks, saved.pack_chunk, old)], processes) as compressed:
        vocabulary, written, words, postings, keep = build_postings(counted, languages, processes)
        if not vocabulary:
            raise DocumentError(
                "the documents have no words; give documents with text in Chinese or English",
                "文档里没有中文或英文，请换成有正文的文档",
            )
        with parallel([lambda: prune(tables(), vocabulary)], processes) as given, parallel([keep], processes) as done:
            arrays = postings()
            translations = {} if (languages == LANGUAGES.index("zh")).any() else next(given)  # whose words sound, too
            sounds = _sounds(chunks, synonyms, words, vocabulary, arrays["starts"], translations, past, processes)
            translations = translations or next(given)
            list(done)
        arrays |= {f"chunks_{name}": array for name, array in next(compressed).items()}
    ids = store.Strings.of(chunk.id for chunk in chunks)
    positions = {chunk.id: position for position, chunk in enumerate(chunks)}
    own_words = store.Strings.of(words)
    arrays |= {
        "language": languages,
        "kind": np.array([ALL_KINDS.index(chunk.kind) for chunk in chunks], np.uint8),
        **ids.under("ids"),
        "ids_positions": np.array([positions[id] for id in ids], np.int32),
        "counterpart": _counterparts(chunks),
        **own_words.under("words"),
        "words_freq": np.array([words[word] for word in own_words], np.int32),
    }
    meta = {
        "format": saved.FORMAT,
        "analysis": saved.analysis_version(),
        "languages": [language for number, language in enumerate(LANGUAGES) if (languages == number).any()],
        "synonyms": synonyms,
        "signature": signature,
        "documents": len({chunk.source.document for chunk in chunks}),
        "failures": [[str(failure), failure.chinese] for failure in failures],
    }
    arrays |= spelling.arrays((" ".join(group) for group in synonyms), written)
    arrays |= translations | sounds
    lexicon = Lexicon(meta, arrays, (words, common_words()))
    headings, meta["open_words"] = _headings(chunks, lexicon, arrays, processes)
    return meta, arrays | headings, lexicon


def _past(before: Path | None) -> dict[str, store.Array]:
    """The arrays of the index in a file; none if it is damaged or of another version."""
    with suppress(IndexFileError):
        if before:
            meta, arrays = store.read(before, "", thorough=True)
            saved.check_version(meta, before, "")
            return arrays
    return {}


@lru_cache(maxsize=1)
def shipped_groups() -> list[list[str]]:
    """How marketplace sellers say things, from the package's own corpus: knowledge that any documents of that trade can use."""
    files = shipped.synonym_files()
    return synonym_groups(chunk_documents(read_documents(files)))[1] if files else []


def _headings(
    chunks: Sequence[Chunk], lexicon: Lexicon, arrays: dict[str, store.Array], processes: int
) -> tuple[dict[str, store.Array], dict[str, dict[Language, tuple[str, str]]]]:
    """Of each heading the idf of its words of content, summed, and what kind of answer it asks for: in a glossary what its word is.

    And the words that are a heading over no answer by themselves, where hardly any chunk with an answer has them, with title and id of that chunk.
    """
    postings = rank.Postings(arrays["starts"], arrays["postings"], arrays["tf"], len(chunks))
    defined: dict[Kind, Intent] = {"glossary": "what"}
    weights, intents, open_words = [], [], dict[str, dict[Language, tuple[str, str]]]()
    answered = arrays["kind"] != ALL_KINDS.index("open")
    headings = [(chunk, heading) for chunk in chunks for heading in (chunk.title, *chunk.aliases) if heading]
    size = max(1, -(-len(headings) // processes))
    tasks = [partial(_told, lexicon, headings[start : start + size]) for start in range(0, len(headings), size)]
    with parallel(tasks, processes) as told:
        for (chunk, heading), (terms, intent) in zip(headings, chain.from_iterable(told), strict=True):
            weights.append(round(rank.FINE * sum(rank.idf(postings.df(id), len(chunks)) for id in terms.values())))
            intents.append(intent_number(intent or defined.get(chunk.kind)))
            if chunk.kind == "open" and len(terms) == 1:
                ((term, id),), tokens = terms.items(), list(tokenize(fold(heading)))
                alone = len(tokens) == 1 and (tokens[0].kind != "han" or tokens[0].text == term)
                if alone and answered[postings.of(id)[0]].sum() <= _MENTIONS:
                    open_words.setdefault(term, {}).setdefault(chunk.language, (chunk.title, chunk.id))
    return {"heading_weights": np.array(weights, np.int32), "heading_intents": np.array(intents, np.uint8)}, open_words


def _told(lexicon: Lexicon, headings: Sequence[tuple[Chunk, str]]) -> list[tuple[dict[str, int], Intent | None]]:
    return [lexicon.heading(heading) for _, heading in headings]


def _sounds(
    chunks: Sequence[Chunk],
    synonyms: Sequence[Sequence[str]],
    own: Mapping[str, int],
    vocabulary: Terms,
    starts: store.Array,
    translations: Mapping[str, store.Array],
    before: Mapping[str, store.Array],
    processes: int,
) -> dict[str, store.Array]:
    """How the corpus's Han words sound, and those that make up questions; of what titles, aliases and synonyms hold, the initials too.

    The common words among `translations` do, too, which are there where nothing is in Chinese.
    """
    seen, dictionary, df = common_words(), store.Strings.named(tables(), "words"), np.diff(starts)
    places, sizes = vocabulary.find(dictionary), np.diff(dictionary.characters()[1])
    known = (places >= 0) & ((tables()["words_freq"] > 2) | (sizes > 2))
    words = dict(zip(compress(seen, known.tolist()), df[places[known]].tolist(), strict=True))
    more = store.Strings.of(
        {word for word, count in own.items() if count > 2}
        | {chr(code) for code in np.unique(vocabulary.strings.characters()[0]).tolist() if code > 0x7F}
    )
    words |= {word: int(df[place]) for word, place in zip(more, vocabulary.find(more).tolist(), strict=True) if place >= 0}
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
    return pinyin.arrays(dict.fromkeys(members, 0) | words | asking, members | asking.keys() | headings, before, processes)


def _counterparts(chunks: Sequence[Chunk]) -> store.Array:
    """For each chunk the position of the same chunk in the other language, or -1."""
    places = {chunk.id: position for position, chunk in enumerate(chunks)}
    return np.array([places.get(chunk.counterpart or "", -1) for chunk in chunks], np.int32)
