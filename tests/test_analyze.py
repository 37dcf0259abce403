import gc
import re
import time
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import Analyzer

from dictionary.derive import OWN_FREQUENCY, own_entries
from search import Index
from search.analyze import LONGEST_WORD, Segmenter, Words, find, tokenize
from search.normalize import HAN, fold
from search.tables import common_words, tables

WORDS = {"提现失败", "供应商", "工单号", "看不到按钮"}
PHRASES = {"seller support", "custom declar form", "add order"}


def tokens(text: str) -> list[tuple[str, str]]:
    return [(token.text, token.kind) for token in tokenize(fold(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("工单#T-20240512-XXXXX的进度", ["工单", "#t-20240512-xxxxx", "的进度"]),
        ("写信到support-seller@ozon.ru。", ["写信到", "support-seller@ozon.ru"]),
        ("User.Name+x@mail.example.co.uk", ["user.name+x@mail.example.co.uk"]),
        ("48h内, 48小时", ["48h", "内", "48", "小时"]),
        ("核对INN码", ["核对", "inn", "码"]),
        ("1,247 件; 1,2,3; 10,000.50", ["1,247", "件", "1", "2", "3", "10,000.50"]),
        ("3.2天 98.2% ¥5", ["3.2", "天", "98.2", "5"]),
        ("e-mail 24/7 v2.1.3 2024-05-12 ids_123", ["e-mail", "24/7", "v2.1.3", "2024-05-12", "ids_123"]),
        ("seller’s don't 'quoted'", ["seller's", "don't", "quoted"]),
        ("x@y a@ -- #", ["x", "y", "a"]),
        ("「…」!?\n\t\0", []),
        ("", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert [token for token, _ in tokens(text)] == expected


def test_kinds_of_tokens() -> None:
    kinds = dict(tokens("提现 payout 48 48h #T-1 a@b.ru e-mail"))
    assert kinds == {
        "提现": "han", "payout": "word", "48": "number", "48h": "word", "#t-1": "code", "a@b.ru": "code", "e-mail": "code",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("1,247 1247", ["1247", "1247"]),
        ("#T-20240512-XXXXX", ["#t-20240512-xxxxx", "t", "20240512", "xxxxx"]),
        ("support-seller@ozon.ru", ["support-seller@ozon.ru", "support", "seller", "ozon", "ru"]),
        ("the seller's sellers sellers’ seller", ["the", *["seller"] * 4]),
        ("paid pays paying payment", ["pay", "pay", "pay", "payment"]),
        ("sent lost children shelves withdrew", ["send", "lose", "child", "shelf", "withdraw"]),
        ("misunderstood misled withheld undertow", ["misunderstand", "mislead", "withhold", "undertow"]),
        ("提现", ["提", "提现", "现"]),
        ("供应商", ["供", "供应", "供应商", "应", "应商", "商"]),
        ("Seller   Support", ["seller", "support", "seller support"]),
        ("seller-support", ["seller-support", "seller", "support", "seller support"]),
        ("seller. Support", ["seller", "support"]),
        ("seller 的 support", ["的", "seller", "support"]),
        ("adding orders", ["add", "order", "add order"]),
    ],
)
def test_terms(text: str, terms: list[str]) -> None:
    assert sorted(Analyzer(WORDS, PHRASES)(text)) == sorted(terms)


def test_han_terms_are_characters_pairs_and_known_words_wherever_they_stand() -> None:
    for text in ("供应商", "大供应商们", "供应商供应商", "應商供應商"):
        assert "供应商" in Analyzer(WORDS)(text)
    terms = Analyzer(WORDS)("看不到按钮")
    assert sorted(terms) == sorted([*"看不到按钮", "看不", "不到", "到按", "按钮", "看不到按钮"])
    assert len("看不到按钮") <= LONGEST_WORD


def test_traditional_and_full_width_text_gives_the_same_terms() -> None:
    analyzer = Analyzer(WORDS, PHRASES)
    assert analyzer("供應商提現失敗 ＳＥＬＬＥＲ　Ｓｕｐｐｏｒｔ １，２４７") == analyzer("供应商提现失败 seller support 1,247")


LATIN = (
    "seller",
    "support",
    "Sellers’",
    "adding order",
    "customs declaration form",
    "e-mail",
    "#T-1",
    "a@b.ru",
    "1,247",
    "48h",
    "3.2",
)
PIECES = st.sampled_from([*"提现失败供应商工单号看不到按钮賣éⅣ😀 .-'/\n\0\u200b", "供应商", "看不到按钮", " ", *LATIN])
MIXED = st.lists(PIECES | st.text(st.characters(), max_size=3), max_size=25).map("".join)


@pytest.mark.parametrize(
    "text", ["提提提 现现现现", "seller 的 support", "seller-support seller's support", "供应商供应商", "Ⅳ㎏ #T-1#T-1"]
)
def test_find_gives_every_place_of_every_term(text: str) -> None:
    analyzer, folded = Analyzer(WORDS, PHRASES), fold(text)
    terms = {*analyzer(text), *WORDS, *PHRASES}
    assert sorted(find(folded, Words(folded), terms)) == sorted(analyzer.places(folded))


@settings(max_examples=400, deadline=None)
@given(MIXED, MIXED, st.data())
def test_find_gives_the_places_of_some_terms(text: str, other: str, data: st.DataObject) -> None:
    analyzer, folded = Analyzer(WORDS, PHRASES), fold(text)
    places = list(analyzer.places(folded))
    known = sorted({term for term, _, _ in places} | set(analyzer(other)) | WORDS | PHRASES)
    terms = data.draw(st.sets(st.sampled_from(known)))
    assert sorted(find(folded, Words(folded), terms)) == sorted(place for place in places if place[0] in terms)


@settings(max_examples=300, deadline=None)
@given(MIXED)
def test_places_lie_in_the_text_and_give_their_term(text: str) -> None:
    folded = fold(text)
    end = 0
    for token in tokenize(folded):
        assert end <= token.start < token.end and folded[token.start : token.end] == token.text
        end = token.end
    for term, start, end in Analyzer(WORDS, PHRASES).places(folded):
        assert 0 <= start < end <= len(folded) and term
        if re.match(f"[{HAN}]", term):
            assert folded[start:end] == term
        else:
            assert term in Analyzer(WORDS, PHRASES)(folded[start:end])


@pytest.mark.parametrize("piece", ["a--", "a+", "a.b@", "..a", "1,111", "'a", "#a", "a@", "9.9", "提a", "提"])
def test_no_text_takes_more_than_its_length_in_time(piece: str) -> None:
    analyzer, seconds = Analyzer(WORDS, PHRASES), []
    for size in (20_000, 80_000):
        text, tries = piece * (size // len(piece)), []
        gc.collect()
        gc.disable()  # it looks at all objects of the process, which are many here
        for _ in range(3):  # the best of three, since other work may slow one
            started = time.process_time()
            sum(1 for _ in analyzer.places(fold(text)))
            tries.append(time.process_time() - started)
        gc.enable()
        seconds.append(min(tries))
    assert seconds[1] < 8 * seconds[0] + 0.05


@pytest.fixture(scope="module")
def jieba() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    jieba.setLogLevel("WARNING")
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    for entry in own_entries():  # what our own list of words adds to its dictionary
        was, total = tokenizer.FREQ.get(entry.word, 0), tokenizer.total
        if re.fullmatch(f"[{HAN}]+", entry.word) and was < OWN_FREQUENCY:
            tokenizer.add_word(entry.word, OWN_FREQUENCY)
            tokenizer.total = total + OWN_FREQUENCY - was
    return tokenizer


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return Segmenter([common_words().get], float(tables()["words_freq"].sum()))


def han_runs(text: str) -> list[str]:
    return re.findall(f"[{HAN}]+", fold(text))


def agreement(segmenter: Segmenter, tokenizer: Any, runs: list[str]) -> float:
    """The harmonic mean of precision and recall of words, place for place."""
    common = total = 0
    for run in runs:
        ours = set(segmenter(run))
        theirs = set(tokenizer.tokenize(run, HMM=False))
        assert "".join(word for word, _, _ in segmenter(run)) == run
        common += len(ours & theirs)
        total += len(ours) + len(theirs)
    return 2 * common / total


def test_words_are_those_that_jieba_finds_without_its_hidden_markov_model(root: Path, segmenter: Segmenter, jieba: Any) -> None:
    runs = [run for file in sorted((root / "corpus" / "zh").glob("*.md")) for run in han_runs(file.read_text("utf-8"))]
    assert len(runs) > 1000
    assert agreement(segmenter, jieba, runs) >= 0.999


def test_words_of_the_article_and_those_that_the_corpus_adds(
    shared: Path, index: Index, segmenter: Segmenter, jieba: Any
) -> None:
    runs = han_runs((shared / "documents" / "ozon-seller-support-article.txt").read_text("utf-8"))
    tokenizer = jieba
    assert agreement(segmenter, tokenizer, runs) >= 0.999
    ends = crossing = 0
    for run in runs:  # the corpus's own words, 工单 or 运单号, join what jieba takes apart and hardly ever part what it joins
        theirs = {end for _, _, end in tokenizer.tokenize(run, HMM=False)}
        ours = {end for _, _, end in index.lexicon.segmenter(run)}
        ends, crossing = ends + len(ours), crossing + len(ours - theirs)
    assert crossing <= 0.01 * ends
    assert "工单" in [word for word, _, _ in index.lexicon.segmenter("给工单写标题")]


def test_runs_of_the_characters_of_names_are_terms() -> None:
    analyzer = Analyzer(["奥巴马"], (), "奥巴马斯")
    for text in ("在奥巴马斯说", "奥巴马斯"):
        terms = analyzer(text)
        assert len(set(terms)) == len(terms) and {"奥巴马", "巴马斯", "奥巴马斯"} <= set(terms)
    assert "在奥巴" not in analyzer("在奥巴马")


def test_the_first_dictionary_with_a_word_gives_its_frequency() -> None:
    segmenter = Segmenter([{"工单": 9}.get, {"工单": 2, "单子": 2}.get], 100.0)
    assert (segmenter.frequency("工单"), segmenter.frequency("单子"), segmenter.frequency("子")) == (9.0, 2.0, 0.0)
    assert segmenter("工单子") == [("工单", 0, 2), ("子", 2, 3)]
    assert segmenter("") == []
