import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.normalize import HAN, fold, fold_with_offsets, printable
from search.tables import script_map

ANY = st.text(st.characters(), max_size=60)  # lone surrogates and unassigned characters included


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("ＩＮＮ　１２３", "inn 123"),  # full width, an ideographic space
        ("ﾁｬｯﾄ", "チャット"),  # half width
        ("ﬁve ㎏ ½ ①", "five kg 1⁄2 1"),
        ("Café CAFE\u0301 Ёлка", "cafe cafe елка"),
        ("seller’s pay–out", "seller's pay-out"),
        ("賣家後台無法登錄", "卖家后台无法登录"),
        ("裏面 裡面 里面", "里面 里面 里面"),
        ("a\u200bb\u00adc\ufeffd\u202ee\ufe0f", "abcde"),
        ("a\x00b\x1bc\ud800d\udffe", "a b c d "),
        ("one\ntwo\r\tthree\u2028four", "one\ntwo  three four"),
        ("", ""),
    ],
)
def test_forms_of_the_same_text_fold_together(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_every_single_character_folds_the_same_composed_or_not() -> None:
    every = [chr(code) for code in range(sys.maxunicode + 1)]
    for form in ("NFC", "NFD"):
        assert [c for c in every if fold(unicodedata.normalize(form, c)) != fold(c)] == []
    kept = {character for text in map(fold, every) for character in text} - {"\n", " "}
    assert not {c for c in kept if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Cn", "Mn", "Zs", "Zl", "Zp"}}
    assert not any(c.lower() != c for c in kept if len(c.lower()) == 1)


def test_traditional_text_is_read_as_simplified_and_stays_han() -> None:
    pairs = script_map()
    assert len(pairs) > 3000 and all(len(simple) == 1 for simple in pairs.values())
    han = re.compile(f"[{HAN}]")
    assert all(han.match(simple) for traditional, simple in pairs.items() if han.match(traditional))
    assert fold("訂單號") == fold("订单号") == "订单号"


@given(ANY)
def test_every_folded_character_leads_back_to_the_one_it_came_from(text: str) -> None:
    folded, offsets = fold_with_offsets(text)
    assert folded == fold(text) and len(offsets) == len(folded) + 1
    assert offsets == sorted(offsets) and offsets[-1] == len(text)
    for position, character in enumerate(folded):
        assert character in fold(text[offsets[position]])


@given(ANY, ANY)
def test_what_is_folded_does_not_depend_on_its_surroundings(one: str, other: str) -> None:
    assert fold(one + other) == fold(one) + fold(other)


@given(ANY)
def test_printable_text_can_be_written_and_loses_nothing_else(text: str) -> None:
    out = printable(text)
    out.encode("utf-8")
    assert not any(unicodedata.category(c) in {"Cc", "Cs"} for c in out if c not in "\n\t")
    assert out == "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    assert printable(out) == out
