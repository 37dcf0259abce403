from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracles import Analyzer

from search import Index, chunk_documents, counts, rank, read_documents
from search.analyze import is_written, tokenize
from search.building import shipped_groups
from search.document import FIELDS, Chunk
from search.errors import DocumentError
from search.lexicon import synonym_groups
from search.normalize import HAN_RUN, fold
from search.store import Compact, Strings
from search.vectorize import Vectorizer

ALIAS = FIELDS.index("alias")


@pytest.fixture(scope="module")
def chunks(root: Path) -> list[Chunk]:
    return synonym_groups(chunk_documents(read_documents([root / "corpus"])))[0]


def counted(chunks: list[Chunk], **options: Any) -> counts.Counts:
    languages = np.array([chunk.language == "en" for chunk in chunks], np.uint8)
    return counts.build_postings(counts.count_texts(chunks, shipped_groups(), **options), languages, options.get("processes", 1))


def test_what_is_counted_is_what_stands_in_the_text(chunks: list[Chunk]) -> None:
    terms, written, own, postings, _ = counted(chunks)
    vocabulary, arrays = list(terms.strings), postings()
    names = "".join(map(chr, counts.tables()["name_characters"].tolist()))
    words = {*own, *(word for name in ("words", "units") for word in Strings.named(counts.tables(), name))}
    analyzer = Analyzer(words, {member for group in shipped_groups() for member in group if " " in member}, names)
    factors, expected, latin = arrays["factors"], Counter[tuple[str, int]](), Counter[str]()
    for position, chunk in enumerate(chunks):
        asked = Counter[str]()
        for field, text in counts._texts(chunk):
            latin.update(token.text for token in tokenize(fold(text)) if is_written(token.kind, token.text))
            for term, times in Counter(analyzer(text)).items():
                asked[term] += field == ALIAS
                expected[term, position] += 0 if field == ALIAS else float(factors[field, position]) * times
        for term, times in asked.items():
            expected[term, position] += float(factors[ALIAS, position]) * times ** (1 / 3)
    assert vocabulary == sorted({term for term, _ in expected}, key=str.encode) and written == latin
    rows = np.repeat(np.arange(len(vocabulary)), np.diff(arrays["starts"])).tolist()
    positions, tf = rank.Postings(arrays["starts"], arrays["postings"], arrays["tf"], len(chunks)).read(
        arrays["postings"].astype(int)
    )
    found = zip([vocabulary[row] for row in rows], positions.tolist(), strict=True)
    assert dict(zip(found, tf.tolist(), strict=True)) == pytest.approx(dict(expected), rel=1e-5)


def test_the_frequencies_of_many_postings_are_halved_and_rank_alike(
    index: Index, chunks: list[Chunk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "_MANY", 0)
    arrays = counted(chunks).arrays()
    assert arrays["tf"].dtype == np.float16 and len(arrays["tf"]) < len(index.postings.tf)
    halved = replace(index.postings, lists=arrays["postings"], tf=arrays["tf"].astype(np.float32))
    term = index.lexicon.vocabulary.find("提现")
    assert halved.of(term)[1] == pytest.approx(index.postings.of(term)[1], rel=1e-3)
    question = [rank.Weighted.of(index.postings, [term], [1.0])]
    assert rank.search(halved, question, 9)[1] == pytest.approx(rank.search(index.postings, question, 9)[1], rel=1e-3)


def test_headings_are_counted_in_their_order(chunks: list[Chunk]) -> None:
    arrays = counted(chunks).arrays()
    headings = [(place, text) for place, chunk in enumerate(chunks) for text in (chunk.title, *chunk.aliases) if text]
    assert arrays["heading_owners"].tolist() == [place for place, _ in headings]
    vocabulary = Compact.named(arrays, "terms")
    for word in ("提现", "ticket", "工单"):
        place = vocabulary.find(word)
        row = arrays["heading_postings"][arrays["heading_starts"][place] : arrays["heading_starts"][place + 1]]
        assert row.tolist() == [number for number, (_, text) in enumerate(headings) if word in Analyzer()(text)]


def test_processes_and_batches_change_nothing(chunks: list[Chunk], monkeypatch: pytest.MonkeyPatch) -> None:
    once, seen = counted(chunks), list[tuple[int, int]]()
    monkeypatch.setattr(counts, "BATCH", 100)
    for processes in (1, 2):
        again = counted(chunks, processes=processes, progress=lambda *done: seen.append(done))
        assert (again.written, again.own_words) == (once.written, once.own_words)
        arrays, expected = again.arrays(), once.arrays()
        assert list(arrays) == list(expected)
        assert all(np.array_equal(array, expected[name]) for name, array in arrays.items())
    total = sum(text != "" for chunk in chunks for _, text in counts._texts(chunk))
    assert seen[-1] == (total, total) and len(seen) == 2 * -(-total // 100)


def jiebas_words(chunks: list[Chunk], groups: list[list[str]]) -> dict[str, int]:
    """The words of the text that the dictionary lacks, as jieba finds them, and how often."""
    import jieba

    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    for member in dict.fromkeys(member for group in groups for member in group if not member.isascii()):
        tokenizer.add_word(member)
    runs = (run for chunk in chunks for _, text in counts._texts(chunk) for run in HAN_RUN.findall(fold(text)))
    words = Counter(word for run in runs for word in tokenizer.cut(run) if 1 < len(word) < 8)
    return {word: times for word, times in words.items() if word not in counts.common_words()}


@pytest.mark.filterwarnings("ignore")
def test_the_corpus_s_own_words_are_those_that_jieba_finds(chunks: list[Chunk]) -> None:
    theirs, ours = jiebas_words(chunks, shipped_groups()), counted(chunks).own_words
    members = {member for group in shipped_groups() for member in group}
    assert {word: times for word, times in ours.items() if word not in members} == {
        word: times for word, times in theirs.items() if word not in members
    }
    assert theirs.keys() - ours.keys() == set()


@pytest.mark.filterwarnings("ignore")
def test_words_of_the_development_text_are_those_that_jieba_finds(shared: Path) -> None:
    paths = [shared / "documents", shared / "eval" / "faq-dev" / "zh", shared / "eval" / "xquad-dev" / "passages.zh.jsonl"]
    chunks = chunk_documents(read_documents(paths))
    ours = counts.build_postings(counts.count_texts(chunks, []), np.zeros(len(chunks), np.uint8)).own_words
    assert ours == jiebas_words(chunks, []) and len(ours) > 400


def test_a_changed_corpus_is_counted_as_if_anew(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "_LITTLE", 0)
    kept, analysed, vectorize = tmp_path / "kept.wenlu", list[int](), Vectorizer.__call__
    monkeypatch.setattr(
        Vectorizer, "__call__", lambda vectorizer, texts: analysed.append(len(texts)) or vectorize(vectorizer, texts)
    )
    documents = read_documents([root / "corpus" / "zh"])
    Index.build(documents, kept=kept).save(kept)
    total = sum(analysed)
    changed = [
        documents[0]._replace(text=documents[0].text + "\n\n## 卡皮巴拉怎么退货 {#new}\n\n卡皮巴拉退货。\n"),
        *documents[1:-1],
    ]
    for number, some in enumerate((changed, documents, documents[3:], changed)):
        analysed.clear()
        Index.build(some, before=kept, kept=kept).save(kept)
        assert sum(analysed) <= (16, total // 4, 12, total - 1)[number]  # with those that led to what is gone
        if number == 3:
            kept.with_suffix(".counts").write_bytes(b"damaged")
        Index.build(some, before=kept if number == 3 else None).save(tmp_path / "anew.wenlu")
        assert kept.read_bytes() == (tmp_path / "anew.wenlu").read_bytes()
    monkeypatch.setattr(counts, "tables_version", lambda: "another")
    kept.write_bytes(b"damaged")
    analysed.clear()
    Index.build(changed, before=kept)
    assert sum(analysed) > total // 2


def test_text_without_words_counts_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text("# …\n\n!!!\n", "utf-8")
    arrays = counts.build_postings(
        counts.count_texts(chunk_documents(read_documents([tmp_path])), []), np.zeros(1, np.uint8)
    ).arrays()
    assert len(arrays["postings"]) == 0


def test_more_than_one_index_holds_is_refused(chunks: list[Chunk], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "_BITS", 40)
    with pytest.raises(DocumentError, match="index the documents in parts") as error:
        counted(chunks)
    assert "一个索引放不下" in error.value.chinese


def test_an_index_has_what_was_counted(index: Index, chunks: list[Chunk]) -> None:
    assert np.array_equal(index.postings.lists, counted(chunks).arrays()["postings"])
