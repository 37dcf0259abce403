from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from search.document import Chunk, Field, Part, Source
from search.places import Text, merged

CHUNK = Chunk(
    "zh/chat#button",
    "procedure",
    "zh",
    "看不到聊天按钮",
    ("联系客服",),
    ("聊天按钮不见了",),
    (Part("text", "先查聊天设置。再看 INN。"), Part("step", "打开设置", 1), Part("step", "打开聊天设置，点按钮", 2)),
    (),
    Source("zh/chat.md", "联系客服"),
)


def test_terms_are_marked_in_the_title_and_in_the_plain_answer() -> None:
    text = Text(CHUNK)
    marks = text.marks(text.find({"聊天", "按钮", "inn"}).values())
    assert [CHUNK.title[start:end] for start, end in marks["title"]] == ["聊天按钮"]
    assert [CHUNK.answer[start:end] for start, end in marks["answer"]] == ["聊天", "INN", "聊天", "按钮"]


def test_terms_are_told_as_they_are_written() -> None:
    chunk = CHUNK._replace(title="No Replies to my Ticket", parts=(Part("text", "A reply to the INN check"),))
    words = Text(chunk).words_of({"repli", "ticket", "inn", "聊天", "no repli", "absent"})
    assert words == {"repli": "Replies", "ticket": "Ticket", "inn": "INN", "聊天": "聊天", "no repli": "No Replies"}


def test_a_frequency_divides_over_the_fields_as_they_weigh() -> None:
    factors: dict[Field, float] = {"title": 4.0, "alias": 3.0, "path": 2.0, "body": 0.5}
    found = Text(CHUNK, factors).find({"聊天", "联系", "没有"})
    assert found["聊天"].shares == {"title": 0.5, "alias": 0.375, "body": 0.125}
    assert found["联系"].shares == {"path": 1.0}
    assert found["没有"].shares == {"body": 1.0}


def test_what_was_found_before_is_found_again() -> None:
    text = Text(CHUNK)
    first = text.find({"聊天", "inn"})
    assert text.find({"聊天", "按钮", "inn"}) == Text(CHUNK).find({"聊天", "按钮", "inn"}) and text.find(first.keys()) == first


def test_clauses_are_those_of_the_body() -> None:
    assert Text(CHUNK).clauses({"聊天", "按钮", "inn", "联系"}) == [{"聊天"}, {"inn"}, {"聊天"}, {"按钮"}]


def test_a_step_stands_out_by_two_terms_that_no_other_has() -> None:
    text = Text(CHUNK)
    assert [text.best_step(text.find(terms).values()) for terms in ({"聊天", "按钮"}, {"打开", "设置"}, {"按钮"})] == [
        1,
        None,
        None,
    ]


RANGES = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9)).map(lambda pair: (pair[0], sum(pair))))


@given(RANGES)
def test_merged_ranges_cover_the_same_and_do_not_touch(ranges: list[tuple[int, int]]) -> None:
    joined = merged(ranges)
    assert all(one[1] < other[0] for one, other in pairwise(joined))
    assert {place for one in joined for place in range(*one)} == {place for one in ranges for place in range(*one)}
