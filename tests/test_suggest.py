from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search import Document, Index
from search.normalize import fold
from search.pinyin import Sounds
from search.suggest import Suggestion, suggest


def texts(index: Index, typed: str, limit: int = 8) -> list[str]:
    return [suggestion.text for suggestion in suggest(index, typed, limit)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("提", "提现"),
        ("提现", "提现"),
        ("提現", "提现"),
        ("tixian", "提现"),
        ("tixia", "提现"),
        ("ti xian", "提现"),
        ("ti4xian4", "提现"),
        ("tx", "提现"),
        ("TX", "提现"),
        ("怎么提", "怎么提工单"),
        ("withd", "Withdrawal"),
        ("withdrawa", "Withdrawal"),
        ("ＩＮＮ", "INN"),
        ("chat with s", "Chat with support"),
        ("with support chat", "Chat with support"),
        ("lianxi kefu", "联系客服"),
        ("lianxikefu", "联系客服"),
        ("gongdan 模板", "工单模板"),
    ],
)
def test_what_is_typed_finds_headings(index: Index, typed: str, first: str) -> None:
    assert texts(index, typed)[0] == first


def test_words_are_typed_from_their_beginning(index: Index) -> None:
    assert texts(index, "ithdrawal") == [] and texts(index, "hat with support") == []


def test_what_is_written_comes_before_what_sounds_so(index: Index) -> None:
    found = texts(index, "can", 20)  # which begins 参 and 残 too
    english = [text for text in found if "can" in text.lower()]
    assert english and found[: len(english)] == english


@pytest.mark.parametrize("typed", ["提现", "工单", "客服"])
def test_what_starts_so_comes_first_then_titles_then_the_shortest(index: Index, typed: str) -> None:
    found = suggest(index, typed, 20)
    order = [(not one.text.startswith(typed), one.field == "alias", len(one.text)) for one in found]
    assert order == sorted(order) and len({key[:2] for key in order}) > 1


def test_a_chunk_is_suggested_once_and_a_text_too(index: Index) -> None:
    found = suggest(index, "w", 100)
    assert len(found) > 10 and len({one.id for one in found}) == len({one.text for one in found}) == len(found)
    assert suggest(index, "w", 3) == found[:3]


def test_a_suggestion_tells_its_entry_and_what_was_typed(index: Index) -> None:
    expected = Suggestion("Withdrawal", "title", ((0, 5),), "en/glossary#withdrawal", "Withdrawal", "glossary", "en")
    assert suggest(index, "withd")[0] == expected
    chunk = index.chunk("zh/chat-with-support#button-hidden")
    assert chunk
    alias = next(one for one in suggest(index, "看不到聊天") if one.id == chunk.id)
    assert (alias.field, alias.title) == ("alias", chunk.title) and alias.text in chunk.aliases
    assert [alias.text[start:end] for start, end in alias.marks] == ["看不到聊天"]


@pytest.mark.parametrize("typed", ["", " ", "!?", "\0", "zzqx", "提zzqx"])
def test_nothing_is_suggested_for_what_no_heading_has(index: Index, typed: str) -> None:
    assert suggest(index, typed) == []


def test_headings_without_words_or_titles_do_no_harm() -> None:
    index = Index.build([Document("a.md", "markdown", "just text about parcels\n\n## !!!\n\nMore parcels.", "", "en")])
    assert suggest(index, "parcels") == []


@given(st.text(max_size=150) | st.text("abeinghoxzt' 提现工单", max_size=60))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_anything_can_be_typed(index: Index, typed: str) -> None:
    for suggestion in suggest(index, typed):
        chunk = index.chunk(suggestion.id)
        assert chunk and suggestion.text in (chunk.title, *chunk.aliases)
        places = [place for mark in suggestion.marks for place in mark]
        assert places and places == sorted(set(places)) and places[-1] <= len(suggestion.text) and fold(suggestion.text)


def test_letters_that_may_be_cut_in_many_ways_are_looked_up_once_a_rest(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, beginning = list[str](), Sounds.beginning

    def counted(self: Sounds, letters: str, *, whole: bool = False) -> list[str]:
        asked.append(letters)
        return beginning(self, letters, whole=whole)

    monkeypatch.setattr(Sounds, "beginning", counted)
    assert suggest(index, "xian" * 9 + "vvvv") == []
    assert len(asked) < 1000  # a rest for each letter, with each of its beginnings
