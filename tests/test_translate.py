import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import Index, read_documents
from search.analyze import stem, tokenize
from search.normalize import fold
from search.store import Strings
from search.tables import tables
from search.terms import Terms
from search.translate import Candidate, Translation, Translator, Word, prune, respelt

CHINESE = [
    "退款",
    "退",
    "款",
    "手语",
    "语言",
    "申请",
    "按钮",
    "防守",
    "辩护",
    "包裹",
    "颜色",
    "法国",
    "马德里",
    "第三",
    "三",
    "人",
    "5",
    "十月",
    "议会",
]
ENGLISH = [
    "refund",
    "languag",
    "sign",
    "appli",
    "button",
    "defens",
    "parcel",
    "packag",
    "color",
    "franc",
    "french",
    "madrid",
    "third",
    "3",
    "parliament",
]
VOCABULARY = Strings.of([*CHINESE, *ENGLISH])


def words(text: str, stop: tuple[str, ...] = ()) -> list[Word]:
    """The words of folded text split at blanks; Han words stand as they are."""
    found, start = [], 0
    for part in text.split(" "):
        found.append(Word(part, stem(part) if part.isascii() else part, start, start + len(part), part in stop))
        start += len(part) + 1
    return found


def pruned_for(vocabulary: Strings) -> dict[str, np.ndarray]:
    return prune(tables(), Terms.of(np.zeros(0, np.int64), list(vocabulary)))


@pytest.fixture(scope="module")
def translator() -> Translator:
    return Translator(pruned_for(VOCABULARY), VOCABULARY)


def terms(translation: Translation) -> list[str]:
    return [VOCABULARY[candidate.id] for candidate in translation.candidates]


def to_chinese(translator: Translator, text: str, stop: tuple[str, ...] = ()) -> dict[str, Translation]:
    return {text[found.start : found.end]: found for found in translator.english(words(text, stop))}


def to_english(translator: Translator, text: str) -> dict[str, Translation]:
    folded = text.replace(" ", "")
    pieces, start = [], 0
    for part in text.split(" "):
        pieces.append(Word(part, part, start, start + len(part)))
        start += len(part)
    return {folded[found.start : found.end]: found for found in translator.chinese(folded, pieces)}


def test_a_word_finds_the_terms_that_the_dictionary_gives(translator: Translator) -> None:
    found = to_chinese(translator, "refund")["refund"]
    assert terms(found)[0] == "退款"
    assert found.candidates[0].p == 1
    assert terms(to_english(translator, "包裹")["包裹"])[:2] in (["parcel", "packag"], ["packag", "parcel"], ["parcel"])


def test_characters_of_the_model_follow_at_lower_probability(translator: Translator) -> None:
    found = to_chinese(translator, "refund")["refund"]
    assert {"退", "款"} <= set(terms(found))
    assert all(candidate.p < 0.6 for candidate, term in zip(found.candidates, terms(found), strict=True) if len(term) == 1)


def test_a_phrase_is_a_concept_of_its_own_and_its_words_count_less(translator: Translator) -> None:
    found = to_chinese(translator, "sign language")
    assert terms(found["sign language"])[0] == "手语" and found["sign language"].weight == 1
    assert 0 < found["sign"].weight < 0.31 and 0 < found["language"].weight < 0.31


def test_words_that_say_nothing_give_nothing_and_do_not_break_phrases(translator: Translator) -> None:
    found = to_chinese(translator, "sign of language", stop=("of",))
    assert "of" not in found and "sign of language" in found


def test_families_irregular_and_british_forms_meet(translator: Translator) -> None:
    assert "防守" in terms(to_chinese(translator, "defended")["defended"])
    assert "颜色" in terms(to_chinese(translator, "colours")["colours"])
    assert "color" in respelt("colour") and "organise" in respelt("organize")


def test_a_people_leads_to_its_country(translator: Translator) -> None:
    assert "法国" in terms(to_chinese(translator, "french")["french"])
    assert {"franc", "french"} <= set(terms(to_english(translator, "法国")["法国"]))


def test_names_are_found_by_their_sound(translator: Translator) -> None:
    narrow = Strings.of(["坎克利", "卢克"])
    found = Translator(pruned_for(narrow), narrow).english(words("kuechly's"))[0]
    assert [narrow[candidate.id] for candidate in found.candidates] == ["坎克利"]


def test_numbers_take_the_place_of_the_words_they_cover(translator: Translator) -> None:
    assert "第三" in terms(to_chinese(translator, "third")["third"])
    found = to_english(translator, "第三 申请")
    assert "third" in terms(found["第三"]) and len(found) == 2


def test_a_common_word_weighs_less_than_a_rare_one(translator: Translator) -> None:
    assert to_chinese(translator, "people")["people"].weight < to_chinese(translator, "parliament")["parliament"].weight
    assert 0 < to_english(translator, "议会")["议会"].weight <= 1


def test_an_unknown_word_has_no_terms_and_full_weight(translator: Translator) -> None:
    assert translator.english(words("qqxyzzy")) == [Translation(0, 7, 1.0, ())]


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_gives_terms_of_the_vocabulary_best_first(text: str) -> None:
    translator = _translator()
    folded = fold(text)
    given_words = [
        Word(token.text, stem(token.text) if token.kind == "word" else token.text, token.start, token.end)
        for token in tokenize(folded)
    ]
    for found in [*translator.english(given_words), *translator.chinese(folded, given_words)]:
        assert 0 <= found.start < found.end <= len(folded) and 0 < found.weight <= 1
        probabilities = [candidate.p for candidate in found.candidates]
        assert probabilities == sorted(probabilities, reverse=True) and all(0 < p <= 1 for p in probabilities)
        assert all(isinstance(candidate, Candidate) and 0 <= candidate.id < len(VOCABULARY) for candidate in found.candidates)


_made: list[Translator] = []


def _translator() -> Translator:
    if not _made:
        _made.append(Translator(pruned_for(VOCABULARY), VOCABULARY))
    return _made[0]


def test_the_same_corpus_is_cut_to_the_same_arrays() -> None:
    one, other = (pruned_for(VOCABULARY) for _ in range(2))
    assert one.keys() == other.keys() and all(name.startswith("translate_") for name in one)
    for name, array in one.items():
        assert array.dtype == other[name].dtype and np.array_equal(array, other[name]), name


def test_an_empty_vocabulary_can_be_cut() -> None:
    none = Strings.of([])
    translator = Translator(pruned_for(none), none)
    assert translator.english(words("refund madrid 5")) and translator.chinese("马德里退款", [Word("退款", "退款", 3, 5)])


@pytest.mark.parametrize(("asked", "answers"), [("en", "zh"), ("zh", "en")])
def test_questions_find_passages_of_the_other_language(shared: Path, asked: str, answers: str) -> None:
    folder = shared / "eval" / "xquad-dev"
    index = Index.build(read_documents([folder / f"passages.{answers}.jsonl"]))
    questions = [json.loads(line) for line in (folder / f"questions.{asked}.jsonl").read_text("utf-8").splitlines()][::4]
    first = [index.search(question["question"], 1).hits[:1] for question in questions]
    right = sum(bool(hits) and hits[0].chunk.id == question["passage"] for hits, question in zip(first, questions, strict=True))
    assert right / len(questions) > 0.8
