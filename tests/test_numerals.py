import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.numerals import chinese_numeral, number_in_chinese, numbers_in_english, value_of


@given(st.integers(0, 999))
def test_a_chinese_numeral_has_the_value_it_was_made_from(value: int) -> None:
    assert value_of(chinese_numeral(value)) == value


@pytest.mark.parametrize(
    ("numeral", "value"),
    [("十", 10), ("二十五", 25), ("一百零五", 105), ("一九九八", 1998), ("三百万", 3_000_000), ("两亿", 200_000_000)],
)
def test_numerals_are_read_by_digit_or_by_place(numeral: str, value: int) -> None:
    assert value_of(numeral) == value


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("1000", "1000"),
        ("three", "三"),
        ("nineteen", "十九"),
        ("third", "第三"),
        ("18th", "十八"),
        ("october", "十月"),
        ("xlix", "49"),
        ("1990s", "1990"),
    ],
)
def test_an_english_number_is_looked_for_as_chinese_text_writes_it(word: str, written: str) -> None:
    assert 0 < number_in_chinese(word)[written] <= 1


def test_a_scale_multiplies_the_number_before_it() -> None:
    assert number_in_chinese("3", "million")["3000000"] == 1
    assert "300" in number_in_chinese("3", "million")  # 300万
    assert {"2000000", "200"} <= number_in_chinese("20", "billion").keys()  # 2000000万, 200亿


@pytest.mark.parametrize("word", ["refund", "mix", "civil", "second-hand", "v", "ix2", "1.2.3", "9" * 400, ""])
def test_other_words_are_no_numbers(word: str) -> None:
    assert number_in_chinese(word) == {}


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("1,000元", "1000"),
        ("三百万人", "3000000"),
        ("3百万", "3"),
        ("第三次", "third"),
        ("十八世纪", "18th"),
        ("5月", "may"),
        ("一九九八年", "1998"),
        ("100亿", "10000000000"),
        ("123456.7亿", "12345670000000"),
        ("99999999万", "99999999"),
    ],
)
def test_a_chinese_number_is_looked_for_as_english_text_writes_it(text: str, term: str) -> None:
    assert any(term in found for _, _, found in numbers_in_english(text))


def test_a_lone_character_is_a_word_and_not_a_number() -> None:
    assert list(numbers_in_english("一下")) == []


@given(st.text(alphabet="0123456789.,零一二三十百千万亿第世纪月年代", max_size=60))
def test_no_string_of_digits_and_units_is_too_odd(text: str) -> None:
    for start, end, found in numbers_in_english(text):
        assert 0 <= start < end <= len(text) and found
