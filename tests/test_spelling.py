"""Misspelt words are read aright, and what is spelt right stays: English by distance, Chinese by sound and shape."""

import random
import re
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import Index, read_documents
from search.analyze import tokenize
from search.evaluate import evaluate, read_questions
from search.normalize import fold
from search.spelling import MOST, Known, Reading, Rewritten, Speller, arrays, han_readings

TEXTS = [
    "How do I withdraw money?",
    "My account was blocked. Accounts, accounts!",
    "Submit a ticket in the portal; follow up, sign in.",
]
TEXTS += [
    "We receive the logistics ticket and attach the appendix.",
    "Chart and chat. Wait for the withdrawal of the withdrawals.",
]


@pytest.fixture(scope="module")
def speller() -> Speller:
    return Speller(arrays(TEXTS))


def known(speller: Speller) -> Callable[[str], Known]:
    return lambda word: "own" if word in speller else ""


def corrected(speller: Speller, question: str) -> str:
    folded = fold(question)
    readings = speller.readings(list(tokenize(folded)), known(speller), lambda token: question[token.start].isupper())
    return Rewritten(folded, readings).text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("widthdrawl", "withdrawal"),
        ("withdrwa", "withdraw"),
        ("acount", "account"),
        ("accuont", "account"),
        ("tiket", "ticket"),
        ("tickket", "ticket"),
        ("recieve", "receive"),
        ("logistcis", "logistics"),
        ("submti", "submit"),
        ("chatt", "chat"),
        ("followup", "follow up"),
        ("signin", "sign in"),
    ],
)
def test_the_likeliest_correction(speller: Speller, typed: str, meant: str) -> None:
    (best, probability), *others = speller.corrections(typed)
    assert best == meant
    assert 0.5 < probability < 1
    assert all(p <= probability for _, p in others) and len(others) < 3


@pytest.mark.parametrize("typed", ["cat", "my", "", "qzxwvk", "a" * 31, "123456", "tícket", "工单工单", "ticket-no"])
def test_no_correction(speller: Speller, typed: str) -> None:
    assert speller.corrections(typed) == ()


def test_a_dictionary_word_one_slip_away_comes_before_a_word_of_the_corpus_two_slips_away(speller: Speller) -> None:
    assert speller.corrections("survivve")[0][0] == "surviv"  # stems, as translations take them
    assert speller.corrections("potral")[0][0] == "portal"


def test_a_name_is_corrected_one_slip_away_only(speller: Speller) -> None:
    assert corrected(speller, "ask Portal or Potral") == "ask portal or portal"
    assert corrected(speller, "ask Porttol") == "ask porttol"
    assert corrected(speller, "ask porttol") == "ask portal"


def test_words_apart_and_together(speller: Speller) -> None:
    assert corrected(speller, "log istics followup") == "logistics follow up"
    assert corrected(speller, "follow up and sign in") == "follow up and sign in"


def test_a_question_in_another_language_is_corrected_a_little_only(speller: Speller) -> None:
    folded = "tickez " * (MOST + 5)
    assert len(list(speller.readings(list(tokenize(folded)), known(speller), lambda token: False))) == MOST


def test_the_new_text_leads_back_to_the_old_one() -> None:
    pieces = [Reading(0, 6, "工单", 0.8, "pinyin", starts=(0, 3)), Reading(7, 13, "退回", 0.8, "pinyin", starts=(7, 10))]
    text = Rewritten("gongda tuihui, acount", [*pieces, Reading(15, 21, "account", 0.8, "spelling")])
    assert text.text == "工单退回, account"
    assert text.origin(1, 2)[:2] == (3, 6)
    assert text.origin(0, 4) == (0, 13, pieces)
    assert [text.origin(place, place + 1)[:2] for place in (6, 12)] == [(15, 21)] * 2
    assert text.origin(4, 6) == (13, 15, [])


@given(st.text("abcdeghilnou ,x'工单", max_size=60))
def test_any_text_is_corrected_without_overlaps(speller: Speller, text: str) -> None:
    readings = sorted(speller.readings(list(tokenize(text)), known(speller), lambda token: False))
    assert all(one.end <= two.start for one, two in pairwise(readings))
    assert all(0 < p <= reading.probability < 1 for reading in readings for _, p in reading.others)
    rewritten = Rewritten(text, readings)
    origins = [rewritten.origin(place, place + 1)[:2] for place in range(len(rewritten.text))]
    assert origins == sorted(origins)
    assert all(0 <= start < end <= len(text) for start, end in origins)


WORDS = {"工单": 0, "状态": 4000, "账户": 300, "提现": 30, "翻译": 2000, "结构化": 50, "客户": 3000, "模板": 100, "没有": 99999}
SOUNDS = {
    "帐户": [("账户", 0.5)],
    "番译": [("翻译", 0.5)],
    "工但": [("工单", 0.5)],
    "结构话": [("结构化", 0.5)],
    "形式": [("形势", 0.5)],
}


def chinese(*words: str, stops: str = "的了怎么") -> list[tuple[int, int, str]]:
    rows, start = [], 0
    for word in words:
        rows.append((word, start, start + len(word), word in stops))
        start += len(word)
    frequency = {
        "形式": 9000.0,
        "体现": 5000.0,
        "帐户": 110.0,
        "没电": 0.0,
        **{word: float(count) for word, count in WORDS.items()},
    }
    found = han_readings(rows, WORDS.__contains__, lambda word: frequency.get(word, 0.0), lambda text: SOUNDS.get(text, []))
    return [reading[:3] for reading in found]


def test_chinese_words_that_sound_or_look_alike() -> None:
    assert chinese("帐户", "怎么", "开") == [(0, 2, "账户")]
    assert chinese("机器", "番", "译", "的") == [(2, 4, "翻译")]
    assert chinese("结构", "话", "的") == [(0, 3, "结构化")]
    assert chinese("壮", "态") == [(0, 2, "状态")]  # by shape
    assert chinese("体现") == [(0, 2, "提现")]  # often confused, common as it is
    assert chinese("工", "但", "摸板") == [(0, 2, "工单"), (2, 4, "模板")]


def test_chinese_words_that_are_meant_stay() -> None:
    assert chinese("提现", "的", "状态") == []
    assert chinese("形式") == []  # a common word, whatever sounds like it
    assert chinese("没", "了") == chinese("了", "没") == []  # question words are no slips
    assert chinese("两", "但") == []


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("widthdrawl blocked how to apeal", "withdrawal-blocked#appeal"),
        ("how to sumbit a requst to ozon", "submit-a-request#steps"),
        ("机器番译的工单内容会出错吗", "languages#translation-tool"),
        ("工单壮态怎么看", "ticket-overdue#ticket-status"),
    ],
)
def test_misspelt_questions_find_what_the_right_spelling_finds(index: Index, question: str, wanted: str) -> None:
    hit = index.search(question).hits[0]
    assert hit.chunk.id.split("/")[1] == wanted
    assert "spelling" in {match.via for match in hit.matched}
    assert sum(match.weight for match in hit.matched) == pytest.approx(hit.score)


def test_words_of_english_are_hardly_misspellings_of_the_corpus(index: Index) -> None:
    for question in (
        "how far is the moon",
        "my guitar string broke",
        "where does Shelley live",
        "a quieter pattern for the desert",
    ):
        concepts = [concept for concepts in index.lexicon.query(question).concepts.values() for concept in concepts]
        assert not any(term.via == "spelling" and term.sure for concept in concepts for term in concept.terms), question
        answer = index.search(question)
        assert not answer.answered and answer.missing, question


def test_a_word_of_english_that_the_corpus_lacks_may_be_a_slip(index: Index) -> None:
    hit = index.search("acount manger").hits[0]
    assert hit.chunk.id == "en/support-levels#account-manager"
    assert ("manger", "manag", "spelling") in {(match.question, match.term, match.via) for match in hit.matched}


def test_long_questions_are_quick(index: Index) -> None:
    letters, readings = random.Random(7), index.lexicon._readings
    readings("warm acount 工但", lambda token: False)
    for alphabet, most in (("abcdefghijklmnopqrstuvwxyz      ", 0.05), ("aeioungxhz ", 0.05), ("帐户番译工但状太体现了的", 0.2)):
        taken = []
        for _ in range(3):
            question = "".join(letters.choices(alphabet, k=2000))
            start = time.process_time()
            readings(question, lambda token: False)
            taken.append(time.process_time() - start)
        assert min(taken) < most, alphabet


def slip(word: str, at: random.Random) -> str:
    """The word with two letters swapped, or one left out, doubled or replaced."""
    place = at.randrange(len(word) - 1)
    head, tail = word[:place], word[place + 1 :]
    slips = [
        head + tail[0] + word[place] + tail[1:],
        head + tail,
        head + word[place] * 2 + tail,
        head + at.choice("aeinorst") + tail,
    ]
    return at.choice([other for other in slips if other != word])


def test_a_slip_in_the_longest_word_costs_little(shared: Path) -> None:
    folder = shared / "eval" / "xquad-dev"
    passages = Index.build(read_documents([folder / "passages.en.jsonl"]))
    clean = [question for question in read_questions(folder / "questions.en.jsonl") if question.text.isascii()][:200]
    at, typed = random.Random(3), []
    for question in clean:
        longest = max(re.findall("[A-Za-z]+", question.text), key=len)
        typed.append(replace(question, text=question.text.replace(longest, slip(longest, at), 1)))
    before, after = (evaluate(passages, questions).figures()["all"]["ndcg@10"] for questions in (clean, typed))
    assert (after or 0) >= 0.97 * (before or 1), (before, after)
