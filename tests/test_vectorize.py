import re
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import Analyzer
from sklearn.feature_extraction.text import CountVectorizer
from test_analyze import LATIN

from search.analyze import LONGEST_WORD, is_written, tokenize
from search.normalize import HAN, HAN_RUN, fold
from search.store import Strings
from search.tables import tables
from search.terms import Terms
from search.vectorize import FOUND, MOST, WRITTEN, TermCounts, Vectorizer

WORDS = Strings.of(["提现失败", "供应商", "工单号", "看不到按钮", "提现", "失败的大象不在这里"])
PHRASES = {"seller support", "custom declar form", "add order"}
NAMES = "商工单提"
COMMON = Strings.of(["提现", "工单"])
PIECES = st.sampled_from(
    [*"提现失败供应商工单号看不到按钮賣éⅣ😀、。 .-'/\n\0\1\u200b", "供应商", "看不到按钮", "商工单提", " ", *LATIN]
)
TEXTS = st.lists(st.lists(PIECES | st.text(st.characters(), max_size=3), max_size=25).map("".join), max_size=6)


def pairs(text: str) -> list[str]:
    """A segmentation that is easy to foretell: two Han characters at a time, and any other character by itself."""
    return re.findall(f"[{HAN}]{{1,2}}|.", text, re.DOTALL)


def counted(counts: TermCounts, size: int) -> list[Counter[str]]:
    grams = list(Terms.of(counts.grams, []).strings)
    names, rows = [*grams, *counts.others], [Counter[str]() for _ in range(size)]
    assert len(set(names)) == len(names) and grams == sorted(grams) and list(counts.others) == sorted(counts.others)
    for term, text, times in zip(counts.terms.tolist(), counts.texts.tolist(), counts.times.tolist(), strict=True):
        assert times > 0 and names[term] not in rows[text]
        rows[text][names[term]] = times
    return rows


def one_by_one(text: str) -> Counter[str]:
    return Counter(one_by_one_terms(text))


def one_by_one_terms(text: str) -> list[str]:
    folded = fold(text)
    terms = Analyzer(WORDS, PHRASES, NAMES)(text)
    written = [WRITTEN + token.text for token in tokenize(folded) if is_written(token.kind, token.text)]
    found = [word for run in HAN_RUN.findall(folded) for word in pairs(run) if len(word) == 2 and COMMON.find(word) < 0]
    return [*terms, *written, *(FOUND + word for word in found)]


def test_no_two_words_of_the_dictionaries_hash_to_the_same() -> None:
    words = [Strings.named(tables(), name) for name in ("words", "units")]
    hashed = [known for known, _, _ in Vectorizer(words, (), "", pairs, COMMON)._known]
    assert sum(map(len, hashed)) == len({word for some in words for word in some if 2 < len(word) <= LONGEST_WORD})


@settings(max_examples=400, deadline=None)
@given(TEXTS, TEXTS)
def test_texts_counted_together_have_the_terms_that_each_has_alone(texts: list[str], others: list[str]) -> None:
    vectorizer = Vectorizer([WORDS], PHRASES, NAMES, pairs, COMMON)
    for batch in (texts, others):  # what a vectorizer has seen changes nothing
        counts = vectorizer(batch)
        assert counted(counts, len(batch)) == [one_by_one(text) for text in batch]
        tokens = [[token for token in tokenize(fold(text)) if token.kind != "han"] for text in batch]
        han = [sum(map(len, HAN_RUN.findall(fold(text)))) for text in batch]
        assert counts.lengths.tolist() == [count + 1.5 * len(row) for count, row in zip(han, tokens, strict=True)]


def test_the_shipped_corpus_is_counted_as_scikit_learn_counts_it() -> None:
    texts = [
        text
        for path in sorted((Path(__file__).parent.parent / "corpus").rglob("*.md"))
        for text in path.read_text("utf-8").split("\n\n")
    ]
    vectorizer = CountVectorizer(analyzer=one_by_one_terms)
    matrix = vectorizer.fit_transform(texts)
    names = vectorizer.get_feature_names_out()
    expected = [{str(names[column]): int(matrix[row, column]) for column in matrix[row].indices} for row in range(len(texts))]
    assert counted(Vectorizer([WORDS], PHRASES, NAMES, pairs, COMMON)(texts), len(texts)) == expected
    assert len(texts) > 1000


def test_a_phrase_does_not_go_on_in_the_next_text() -> None:
    counts = Vectorizer([WORDS], PHRASES, NAMES, pairs, COMMON)(["seller", "support", "seller support"])
    assert [row["seller support"] for row in counted(counts, 3)] == [0, 0, 1]


def test_what_stands_very_often_counts_as_often_as_fits() -> None:
    [row] = counted(Vectorizer([WORDS], PHRASES, NAMES, pairs, COMMON)(["提" * 70_000 + " 100" * 5]), 1)
    assert row["提"] == MOST and row["100"] == 5
