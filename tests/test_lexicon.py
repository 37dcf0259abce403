from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import Index, read_documents
from search.lexicon import Synonyms, language_of, synonym_key

DOCUMENTS = {
    "zh/money.md": """## 提现失败怎么办 {#failed}

核对收款账户，48 小时后再试。

## 工单超时 {#overdue}

写信到 support-seller@ozon.ru 催办 #T-20240512-XXXXX。
""",
    "zh/words.md": "## 同义词 {#same}\n\n- 提现 = 出金 = withdrawal\n- 工单 = 请求单 = support ticket = T单\n",
    "en/money.md": """## The withdrawal failed {#failed}

Check the receiving account and try again after 48 hours.

## Overdue tickets {#overdue}

Write to support-seller@ozon.ru about #T-20240512-XXXXX.
""",
}


@pytest.fixture(scope="module")
def small(fill: Callable[[dict[str, str]], Path]) -> Index:
    return Index.build(read_documents([fill(DOCUMENTS)]))


def ways(index: Index, question: str, language: str) -> set[tuple[str, str, str]]:
    """Word of the question, term of the corpus, and how the one led to the other, of the concepts that carry meaning."""
    concepts = index.lexicon.query(question).concepts[language]  # type: ignore[index]
    return {(concept.text, term.term, term.via) for concept in concepts if concept.content for term in concept.terms}


def probabilities(index: Index, question: str, language: str, via: str) -> list[float]:
    concepts = index.lexicon.query(question).concepts[language]  # type: ignore[index]
    return [term.probability for concept in concepts for term in concept.terms if term.via == via]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("提现失败怎么办", "zh"),
        ("How do I withdraw?", "en"),
        ("Chat with support 按钮不见了", "zh"),
        ("賣家後台", "zh"),
        ("Что делать", "en"),
        ("почему не могу 提现", "zh"),
        ("what does 工单 mean", "en"),
        ("", "en"),
        ("123", "en"),
    ],
)
def test_the_language_of_a_question(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("怎么提交工单", "how"),
        ("提交工单的步骤", "how"),
        ("How do I submit a request", "how"),
        ("为什么按钮不见了", "why"),
        ("why was my request closed", "why"),
        ("工单是什么意思", "what"),
        ("What does INN mean?", "what"),
        ("KYC 中文", "what"),
        ("客服支持中文", None),
        ("多久有人回复", "when"),
        ("how long does it take", "when"),
        ("在哪里找到帮助中心", "where"),
        ("Where is the chat?", "where"),
        ("提现失败", None),
        ("withdrawal blocked", None),
    ],
)
def test_what_is_asked_for(index: Index, question: str, intent: str | None) -> None:
    assert index.lexicon.query(question).intent == intent


@pytest.mark.parametrize(
    ("question", "clauses", "found"),
    [
        ("GMV是啥意思，群里老板们天天挂嘴上", ("what", None), {"GMV": 0, "天天": 1}),
        ("Tickets cost 1.5 days. How do I follow up? Thanks", (None, "how", None), {"Tickets": 0, "follow": 1}),
        ("提现", (None,), {"提现": 0}),
    ],
)
def test_clauses_ask_for_something_each(
    index: Index, question: str, clauses: tuple[str | None, ...], found: dict[str, int]
) -> None:
    query = index.lexicon.query(question)
    assert query.clauses == clauses
    assert found.items() <= {concept.text: concept.clause for concept in query.concepts[query.language]}.items()


def test_a_word_leads_to_itself_its_stem_and_its_synonyms(small: Index) -> None:
    assert ("提现", "提现", "exact") in ways(small, "提现", "zh")
    assert ("出金", "提现", "synonym") in ways(small, "出金失败", "zh")
    assert ("accounts", "account", "stem") in ways(small, "my accounts", "en")
    assert ("account", "account", "exact") in ways(small, "my account", "en")
    best = small.search("请求单没人回").hits[0]
    assert best.chunk.id == "zh/money#overdue"
    assert ("请求单", "工单", "synonym") in {(match.question, match.term, match.via) for match in best.matched}


def test_synonyms_lead_to_the_other_language_too(small: Index) -> None:
    assert ("出金", "withdraw", "synonym") in ways(small, "出金", "en")
    assert small.search("出金", language="en").hits[0].chunk.id == "en/money#failed"
    assert small.search("support ticket", language="zh").hits[0].chunk.id == "zh/money#overdue"


def test_the_dictionary_leads_to_the_other_language(small: Index) -> None:
    hits = small.search("收款账户", language="en").hits
    assert hits[0].chunk.id == "en/money#failed" and "translation" in {match.via for match in hits[0].matched}
    hits = small.search("account", language="zh").hits
    assert hits[0].chunk.id == "zh/money#failed" and ("account", "账户") in {(m.question, m.term) for m in hits[0].matched}


@pytest.mark.parametrize(
    ("question", "word", "term", "via"),
    [
        ("tixian shibai zenme ban", "tixian", "提现", "pinyin"),
        ("gongdan chaoshi", "chaoshi", "超时", "pinyin"),
        ("withdrawl", "withdrawl", "withdraw", "spelling"),
        ("recieving acount", "acount", "account", "spelling"),
        ("提线失败", "提线", "提现", "spelling"),
        ("我的工丹超时了", "工丹", "工单", "spelling"),
    ],
)
def test_pinyin_and_misspelt_words_lead_to_what_was_meant(small: Index, question: str, word: str, term: str, via: str) -> None:
    answer = small.search(question)
    assert answer.answered and answer.hits[0].chunk.id.partition("#")[2] == ("failed" if term not in "超时工单" else "overdue")
    assert (word, term, via) in ways(small, question, answer.language)
    assert all(p < 1 for p in probabilities(small, question, answer.language, via))


def test_words_that_are_right_are_not_corrected(small: Index) -> None:
    for question in ("提现失败", "receiving account", "overdue tickets", "收款账户"):
        for language in ("zh", "en"):
            assert not probabilities(small, question, language, "spelling") + probabilities(small, question, language, "pinyin")


def test_lists_of_synonyms_are_no_answers(small: Index) -> None:
    assert {chunk.source.document for chunk in small.chunks} == {"zh/money.md", "en/money.md"}
    assert not small.search("同义词").answered


def test_a_synonym_may_have_letters_beside_han(small: Index) -> None:
    for question in ("我的T单超时了", "ｔ单"):
        found = ways(small, question, "zh")
        assert {term for word, term, via in found if word.upper() in ("T单", "Ｔ单") and via == "synonym"} >= {"工单"}
    assert not any(word == "T 单" for word, *_ in ways(small, "T 单", "zh"))


def test_what_is_written_about_synonyms_is_an_answer(fill: Callable[[dict[str, str]], Path]) -> None:
    about = "## How do I add synonyms to the search?\n\nOpen the settings and choose Words.\n"
    index = Index.build(read_documents([fill({"en/about.md": about, "en/words.md": "## Synonyms\n\n- parcel = gizmotron\n"})]))
    answer = index.search("how do I add synonyms")
    assert answer.answered and [chunk.id for chunk in index.chunks] == [answer.hits[0].chunk.id]
    assert ["parcel", "gizmotron"] in index.synonyms


@pytest.mark.parametrize("question", ["support-seller@ozon.ru", "#T-20240512-XXXXX", "#t-20240512-xxxxx", "48"])
def test_codes_and_numbers_are_found_whole_in_both_languages(small: Index, question: str) -> None:
    expected = "money#failed" if question == "48" else "money#overdue"
    for language in ("zh", "en"):
        assert small.search(question, language=language).hits[0].chunk.id == f"{language}/{expected}"
        assert (question.lower(), "exact") in {(term, via) for _, term, via in ways(small, question, language)}


@pytest.mark.parametrize("question", ["提现失败 #T-20260301-88213", "withdrawal failed, order 39475610-0042-1"])
def test_the_parts_of_a_ticket_or_an_order_are_no_words(small: Index, question: str) -> None:
    for concepts in small.lexicon.query(question).concepts.values():
        parts = [concept for concept in concepts if any(map(str.isdigit, concept.text))]
        assert parts and not any(concept.content or concept.terms for concept in parts)
        assert "T" not in {concept.text for concept in concepts}


@pytest.mark.parametrize("question", ["怎么办", "请问一下，这个是什么呢？", "how do I do this?", "what is it about"])
def test_question_words_carry_no_meaning(small: Index, question: str) -> None:
    concepts = small.lexicon.query(question).concepts
    assert not [concept.text for language in concepts for concept in concepts[language] if concept.content and concept.terms]
    assert not small.search(question).answered


def test_traditional_and_full_width_questions_ask_the_same(small: Index) -> None:
    for written, same in (("提現失敗怎麼辦", "提现失败怎么办"), ("Ｗｉｔｈｄｒａｗａｌ　ｆａｉｌｅｄ", "withdrawal failed")):
        one, other = small.search(written), small.search(same)
        assert one.answered and one.confidence == other.confidence
        assert [(hit.chunk.id, hit.score) for hit in one.hits] == [(hit.chunk.id, hit.score) for hit in other.hits]


def test_words_in_traditional_characters_say_that_they_met_by_script(small: Index) -> None:
    found = {(match.question, match.term): match.via for match in small.search("提現失败").hits[0].matched}
    assert found["提現", "提现"] == "script" and found["失败", "失败"] == "exact"


def test_keys_of_synonyms() -> None:
    assert synonym_key(" 提現 失敗 ") == "提现失败"
    assert synonym_key("Support Tickets") == synonym_key("support  ticket") == "support ticket"


QUESTIONS = st.lists(
    st.sampled_from(["提现", "失敗", "工单", "withdrawals", "support ticket", "㎏", "\u200b", " ", "怎么办", "48", "#T-1"])
    | st.text(st.characters(), max_size=3),
    max_size=12,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(QUESTIONS)
def test_concepts_stand_where_they_say_and_lead_to_terms_of_the_corpus(small: Index, question: str) -> None:
    query = small.lexicon.query(question)
    assert query.question == question and set(query.concepts) == {"zh", "en"}
    for concepts in query.concepts.values():
        for concept in concepts:
            assert 0 <= concept.start < concept.end <= len(question)
            assert concept.text == question[concept.start : concept.end]
            assert concept.weight > 0
            ids = [term.id for term in concept.terms]
            assert len(set(ids)) == len(ids), "a term counts once in a concept"
            for term in concept.terms:
                assert 0 < term.probability <= 1 and small.lexicon.vocabulary[term.id] == term.term


def test_content_of_a_text_is_its_words_without_question_words(small: Index) -> None:
    found, _ = small.lexicon.heading("提现的时候失败了怎么办 the account xyzzy")
    assert set(found) == {"提现", "失败", "account"}
    assert all(small.lexicon.vocabulary[index] == term for term, index in found.items())


def test_a_single_character_is_no_other_way_to_say_a_longer_word() -> None:
    synonyms = Synonyms([["几级", "级", "等级"], ["封", "冻"]])
    assert synonyms.of("几级") == ["等级"] and synonyms.of("级") == ["几级", "等级"] and synonyms.of("封") == ["冻"]
