import numpy as np
import pytest

from search.names import NameFinder, Names, prune_names
from search.store import Strings
from search.tables import tables

VOCABULARY = Strings.of(
    ["坎克利", "杰克逊维尔", "马德里", "路德", "退款", "按钮", "carolina", "jacksonvill", "luther", "refund", "button", "fresno"]
)


@pytest.fixture(scope="module")
def finder() -> NameFinder:
    return NameFinder(prune_names(tables(), VOCABULARY))


@pytest.mark.parametrize(
    ("letters", "name"), [("kuechly", "坎克利"), ("jacksonville", "杰克逊维尔"), ("madrid", "马德里"), ("luther", "路德")]
)
def test_an_english_name_finds_its_transliteration(finder: NameFinder, letters: str, name: str) -> None:
    found = finder.sounding(letters)
    assert VOCABULARY[found[0][0]] == name
    assert 0.15 < found[0][1] <= 0.8


@pytest.mark.parametrize("letters", ["refund", "withdraw", "xqzzk", "abcdefghijklmnopqrstuvwxyz"])
def test_other_words_sound_like_no_name(finder: NameFinder, letters: str) -> None:
    assert finder.sounding(letters) == []


def test_a_transliteration_finds_the_name_it_spells(finder: NameFinder) -> None:
    text = "卡罗莱纳队和弗雷斯诺队"
    found = [(text[start:end], VOCABULARY[terms[0][0]]) for start, end, terms in finder.spelt(text, {0, 6})]
    assert ("卡罗莱纳", "carolina") in found and ("弗雷斯诺", "fresno") in found


def test_common_words_spell_no_name(finder: NameFinder) -> None:
    assert finder.spelt("怎么申请退款并且联系客服", {0, 2, 4, 6, 8, 10}) == []


def test_probabilities_of_all_letters_sum_to_no_more_than_one() -> None:
    names = Names(tables())
    seen = sum(names.column(0)[0][:-1])
    assert 0 < seen <= 1 and np.isclose(seen + names.column(0)[1], 1, atol=0.02)


def test_a_corpus_without_names_finds_none() -> None:
    finder = NameFinder(prune_names(tables(), Strings.of(["退", "refund"])))
    assert finder.sounding("madrid") == [] and finder.spelt("马德里", {0}) == []
