from collections.abc import Callable
from pathlib import Path

import pytest

from search import Index, read_documents
from search.document import Language
from search.reply import CLOSE, NEAR, is_russian, missing, near, reply, rivals, translated, understood


@pytest.mark.parametrize(
    ("question", "reads", "language"),
    [
        ("？？？", "zh", "zh"),
        ("😀", "zh", "zh"),
        ("Ozon", "zh", "zh"),
        ("12345", "en", "en"),
        ("EDO", "zh", "zh"),
        ("Как вывести деньги", "zh", "zh"),
        ("看不到聊天按钮", "en", "zh"),
        ("why is the chat button missing", "zh", "en"),
        ("what is the weather in Paris", "zh", "en"),
    ],
)
def test_a_question_in_no_language_is_answered_in_the_one_that_is_read(
    index: Index, question: str, reads: Language, language: Language
) -> None:
    answer = reply(index, question, 5, reads)
    assert answer.language == language and {hit.chunk.language for hit in answer.hits} <= {language}


@pytest.mark.parametrize("question", ["Waiting for your reply", "waiting for your reply?", "KYC", "INN"])
@pytest.mark.parametrize("reads", ["zh", "en"])
def test_the_name_of_an_entry_finds_it_in_the_language_that_is_read(index: Index, question: str, reads: Language) -> None:
    answer = reply(index, question, 5, reads)
    assert answer.answered and answer.language == reads == answer.hits[0].chunk.language


def test_documents_in_one_language_are_found_whatever_is_read(fill: Callable[[dict[str, str]], Path]) -> None:
    english = Index.build(read_documents([fill({"inn.md": "# Tax\n\n## What is an INN?\n\nThe INN is a tax number.\n"})]))
    answer = reply(english, "INN", 5, "zh")
    assert answer.language == "zh" and answer.hits[0].chunk.title == "What is an INN?"


def test_hits_close_to_the_best_are_rivals(index: Index) -> None:
    answer = index.search("怎么写工单", 6)
    found = rivals(answer)
    assert [hit.chunk.id for hit in found] == ["zh/submit-a-request#draft-listing", "zh/submit-a-request#draft-payment"]
    assert all(hit.score >= CLOSE * answer.hits[0].score for hit in found)
    assert rivals(index.search("提现被冻结了怎么申诉", 6)) == ()


def test_only_what_is_near_is_worth_a_look(index: Index) -> None:
    assert near(index.search("关税怎么算", 6)) == near(index.search("你好", 6)) == ()
    answer = index.search("how do I connect an EDO operator", 6)
    assert not answer.answered and near(answer) == answer.hits[:1] and answer.hits[0].confidence >= NEAR


def test_words_are_understood_as_a_whole_and_not_by_a_guess_at_their_spelling(index: Index) -> None:
    answer = index.search("asdfghjkl qwerty")
    assert answer.understood == ("qwerty",) and understood(answer) == []
    answer = index.search("提现被冻结了怎么申诉")
    assert "被冻" in answer.understood and understood(answer) == ["提现", "冻结", "申诉"]
    assert understood(answer._replace(understood=("现", "提现"))) == ["提现"]


def test_what_is_missing_is_named_by_whole_words(index: Index) -> None:
    answer = index.search("看不到聊天按钮")._replace(missing=("看不到", "不到", "聊天", "聊天按钮", "按钮"))
    assert missing(answer) == ["看不到", "聊天按钮"]


def test_an_answer_is_told_in_the_other_language(index: Index) -> None:
    found = translated(index, index.search("提现被冻结了怎么申诉", 3), "en")
    assert {hit.chunk.language for hit in found.hits} == {"en"} and found.procedure and found.procedure.language == "en"
    assert all(hit.translations["zh"].startswith("zh/") and not hit.marks for hit in found.hits)
    assert translated(index, index.search("关税怎么算"), "en").open_question == "Customs duty, VAT and export tax rebate"
    assert translated(index, index.search("红烧肉怎么做"), "en").open_question is None


def test_what_is_in_one_language_alone_stays_as_it_is(fill: Callable[[dict[str, str]], Path]) -> None:
    english = Index.build(read_documents([fill({"en/inn.md": "# Tax\n\n## What is an INN?\n\nThe INN is a tax number.\n"})]))
    answer = english.search("What is an INN?")
    assert answer.answered and translated(english, answer, "zh") == answer


def test_russian_is_told_by_its_letters() -> None:
    assert is_russian("Как вывести деньги с Ozon?")
    assert not any(map(is_russian, ("", "123", "Ozon что", "提现 вывод 冻结了怎么办", "how do I withdraw")))
