"""Pinyin in all its forms is read as Chinese; English never is."""

import random
import string
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import Index, read_documents
from search.analyze import tokenize
from search.normalize import fold
from search.pinyin import SYLLABLES, Sounds, arrays, is_pinyin, sound
from search.spelling import Known, Rewritten

WORDS = {
    "提现": 9,
    "工单": 9,
    "被": 3,
    "限制": 5,
    "看不到": 2,
    "聊天": 4,
    "按钮": 4,
    "怎么": 9,
    "怎么办": 9,
    "失败": 3,
    "绿色": 1,
}
WORDS |= {
    "时效": 2,
    "失效": 1,
    "回复": 3,
    "账户": 2,
    "认证": 2,
    "模板": 2,
    "重复": 2,
    "西安": 1,
    "女装": 1,
    "没有": 5,
    "没": 4,
    "人": 3,
    "略": 1,
}
NAMED = {"提现", "工单", "提现失效", "提现受限怎么办", "怎么办"}
ENGLISH = {"women", "can", "you", "he", "ban", "pin", "long", "china", "die", "sang", "change", "banana"}
FUNCTIONS = {"how", "to", "the", "what", "is", "do", "i", "a", "my"}
OWN = {"vip", "inn", "finance", "chat"}


def known(word: str) -> Known:
    return "function" if word in FUNCTIONS else "own" if word in OWN else "english" if word in ENGLISH else ""


@pytest.fixture(scope="module")
def sounds() -> Sounds:
    return Sounds(arrays(WORDS, NAMED))


@pytest.mark.parametrize("seed", range(4))
def test_what_sounded_before_changes_nothing(seed: int) -> None:
    draw, every = random.Random(seed), [*WORDS, *NAMED, "长", "长城", "行", "银行卡限额"]
    one, two = ({word: draw.randrange(99) for word in every if draw.random() < 0.6} for _ in range(2))
    some, named = ({word for word in sorted(NAMED) if draw.random() < 0.5} for _ in range(2))
    anew, again = arrays(two, named), arrays(two, named, arrays(one, some))
    assert all(np.array_equal(array, anew[name]) for name, array in again.items())


def read(sounds: Sounds, question: str) -> str:
    folded = fold(question)
    readings = sounds.readings(list(tokenize(folded)), known, lambda token: question[token.start].isupper())
    return Rewritten(folded, readings).text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tixian", "提现"),
        ("ti xian", "提现"),
        ("TiXian", "提现"),
        ("tíxiàn", "提现"),
        ("ti2xian4", "提现"),
        ("tixian bei xianzhi zenmeban", "提现被限制怎么办"),
        ("tixianbeixianzhi", "提现被限制"),
        ("kanbudaoliaotiananniu", "看不到聊天按钮"),
        ("kan bu dao liao tian an niu", "看不到聊天按钮"),
        ("gongdan没人回", "工单没人回"),
        ("我的 gongdan 呢", "我的 工单 呢"),
        ("vip gongdan", "vip 工单"),
        ("gongdan 48 huifu", "工单 48 回复"),
        ("lvse", "绿色"),
        ("lüse", "绿色"),
        ("nǚzhuang", "女装"),
        ("nvzhuang", "女装"),
        ("xi'an", "西安"),
        ("tisian", "tisian"),  # no such syllable
        ("zanghu", "账户"),  # as southerners say it
        ("moban", "模板"),
        ("muban", "模板"),
        ("chongfu", "重复"),
        ("txsx", "提现失效"),
        ("TXSX", "提现失效"),
        ("txsxzmb", "提现受限怎么办"),
        ("tx被限制了zmb", "提现被限制了怎么办"),
        ("what is gongdan", "what is 工单"),
        ("how do i tixian", "how do i 提现"),
        ("Finance tixian", "finance 提现"),
    ],
)
def test_pinyin_is_read(sounds: Sounds, typed: str, meant: str) -> None:
    assert read(sounds, typed) == meant


@pytest.mark.parametrize(
    "question",
    [
        *(
            "women",
            "can you ban women",
            "he can ban you",
            "long china banana",
            "change my pin",
            "how to die",
            "a",
            "e e e",
            "x",
            "",
        ),
        *("tx", "TX 和 FBS 有什么区别", "vip", "chat", "ti", "the xian", "wi-fi", "b2b", "2x", "tixian-gongdan", "tixi", "zzzz"),
    ],
)
def test_what_is_not_pinyin_stays(sounds: Sounds, question: str) -> None:
    assert read(sounds, question) == fold(question)


def test_words_of_the_same_sound_are_others(sounds: Sounds) -> None:
    (reading,) = sounds.readings(list(tokenize("shixiao")), known, lambda token: False)
    assert (reading.text, [other for other, _ in reading.others]) == ("时效", ["失效"])
    assert reading.others[0][1] < reading.probability


def test_nearly_the_same_sound_is_less_sure(sounds: Sounds) -> None:
    exact, nearly, initials = (
        sounds.readings(list(tokenize(typed)), known, lambda token: False)[0].probability
        for typed in ("zhanghu", "zanghu", "txsx")
    )
    assert 1 > exact > nearly > 0 and exact > initials > 0


def test_syllables_lead_back_to_what_was_typed(sounds: Sounds) -> None:
    typed = "ti2xian4 beixianzhi"
    rewritten = Rewritten(typed, sounds.readings(list(tokenize(typed)), known, lambda token: False))
    assert [typed[slice(*rewritten.origin(place, place + 1)[:2])] for place in range(5)] == ["ti2", "xian4", "bei", "xian", "zhi"]


def test_characters_that_sound_alike(sounds: Sounds) -> None:
    assert dict(sounds.alike("人证"))["认证"] > 0
    assert dict(sounds.alike("帐户")) == dict(sounds.alike("张户")) == {"账户": 0.5}
    assert dict(sounds.alike("藏户"))["账户"] < 0.5
    assert sounds.alike("掌沪") == []  # nothing in common but the sound
    assert sounds.alike("账户") == sounds.alike("ab") == sounds.alike("") == []


def test_the_sound_of_a_beginning_is_a_beginning_of_the_sound() -> None:
    for syllable in SYLLABLES:
        for end in range(len(syllable) + 1):
            assert sound(syllable).startswith(sound(syllable[:end]))
    assert sound("zhangliang") == sound("zanniang") == sound("zannian")


def test_syllables() -> None:
    assert len(SYLLABLES) > 390 and {"a", "zhuang", "lv", "lve", "xiong", "er", "nue"} <= SYLLABLES
    assert all(map(is_pinyin, ("tixian", "xian", "fangan", "nv", "anan")))
    assert not any(map(is_pinyin, ("", "a", "tixia n", "ticket", "v", "ng", "chatt", "提现")))


@given(st.text("abcdeghinouxz 1'ü工单,ABX", max_size=80) | st.text(max_size=40))
def test_any_text_is_read_without_overlaps(sounds: Sounds, text: str) -> None:
    folded = fold(text)
    readings = sorted(sounds.readings(list(tokenize(folded)), known, lambda token: False))
    assert all(one.end <= two.start for one, two in pairwise(readings))
    for reading in readings:
        assert 0 <= reading.start < reading.end <= len(folded) and reading.text
        assert all(0 < p <= reading.probability < 1 for _, p in reading.others)
        assert all(reading.start <= start < reading.end for start in reading.starts)
        assert list(reading.starts) == sorted(set(reading.starts)) and len(reading.starts) in (0, len(reading.text))
    assert Rewritten(folded, readings).text == read(sounds, text)


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("zenme tijiao gongdan", "submit-a-request#steps"),
        ("kanbudao liaotian anniu", "chat-with-support#button-hidden"),
        ("tíxiàn wèishénme bèi xiànzhì", "withdrawal-blocked#causes"),
        ("baoguo在莫斯科不动了", "logistics-ticket#parcel-stuck"),
        ("gongdanbeituihui", "submit-a-request#returned"),
        ("zhongwenkefu", "languages#which-languages"),
    ],
)
def test_questions_in_pinyin_find_what_chinese_finds(index: Index, question: str, wanted: str) -> None:
    answer = index.search(question)
    assert answer.language == "zh"
    assert answer.hits[0].chunk.id == f"zh/{wanted}"
    assert "pinyin" in {match.via for match in answer.hits[0].matched}
    assert sum(match.weight for match in answer.hits[0].matched) == pytest.approx(answer.hits[0].score)
    assert all(match.question in question for match in answer.hits[0].matched)


def test_pinyin_does_not_pass_for_what_was_written(index: Index) -> None:
    for chinese, pinyin in (("提现被限制", "tixian bei xianzhi"), ("怎么提交工单", "zenme tijiao gongdan")):
        written, typed = index.search(chinese), index.search(pinyin)
        assert typed.hits[0].chunk.id == written.hits[0].chunk.id
        assert typed.confidence < written.confidence


@pytest.mark.parametrize(
    "question", ["women and men", "can he ban you", "due to a pin change", "she sang a long song", "I can die"]
)
def test_english_is_never_pinyin(index: Index, question: str) -> None:
    query = index.lexicon.query(question)
    assert query.language == "en"
    assert all(term.via != "pinyin" for concepts in query.concepts.values() for concept in concepts for term in concept.terms)


def test_english_documents_answer_pinyin(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("english")
    (folder / "a.md").write_text("# Help\n\n## Customs duty\n\nPaid at the border.\n\n## Refund\n\nIn ten days.\n", "utf-8")
    english = Index.build(read_documents([folder]))
    for question, title in (
        ("guanshui duoshao", "Customs duty"),
        ("zenme tuikuan", "Refund"),
        ("guanshui怎么交", "Customs duty"),
    ):
        answer = english.search(question)
        assert answer.language == "zh" and answer.hits[0].chunk.title == title


def test_hardly_any_letters_are_pinyin(sounds: Sounds) -> None:
    letters = random.Random(5)
    asked = ["".join(letters.choices(string.ascii_lowercase, k=6)) for _ in range(500)]
    assert sum(read(sounds, word) != word for word in asked) < 5


def test_characters_side_by_side_are_doubtful(sounds: Sounds) -> None:
    def sure(typed: str) -> list[tuple[str, float]]:
        readings = sounds.readings(list(tokenize(typed)), known, lambda token: False, ("没",))
        return [(reading.text, reading.probability) for reading in sorted(readings)]

    assert dict(sure("gongdan ren"))["人"] == dict(sure("gongdan mei huifu"))["没"] > 0.3
    assert dict(sure("gongdan ren lve"))["人"] == dict(sure("gongdan renlve"))["人"] < 0.2  # of some word that is not known
    assert dict(sure("gongdan ren"))["工单"] == dict(sure("gongdan renlve"))["工单"]
