"""Numbers, ordinals and months as the other language writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from search.analyze import stem

_DIGITS = "零一二三四五六七八九"
_SCALES = {"千": 10**3, "万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8, "十亿": 10**9, "万亿": 10**12, "百": 100}
_CARDINAL_WORDS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"""
_CARDINALS = dict(zip(_CARDINAL_WORDS.split(), [*range(21), *range(30, 100, 10)], strict=True))
_ORDINAL_WORDS = """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth"""
_ORDINALS = dict(zip(_ORDINAL_WORDS.split(), [*range(1, 21), 30], strict=True))
_MONTH_WORDS = "january february march april may june july august september october november december"
_MONTHS = dict(zip(_MONTH_WORDS.split(), range(1, 13), strict=True))
_STEMS = [{value: stem(word) for word, value in table.items()} for table in (_CARDINALS, _ORDINALS, _MONTHS)]
_LONGEST = 15  # digits; a longer run is a code
ENGLISH_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_ROMAN = re.compile(r"(?=[ivxl]{2})(?:xl|l?x{0,3})(?:ix|iv|v?i{0,3})")
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50}
_CHINESE_NUMBER = re.compile(
    rf"(第?)(?:(\d[\d,]*(?:\.\d+)?)|([{_DIGITS}〇十百千万亿两]+))(百万|千万|十亿|万亿|[百千万亿])?(世纪|月|年代)?"
)


def chinese_numeral(value: int) -> str:
    """A whole number from 0 to 999 in Chinese characters."""
    hundreds, tens, ones = value // 100, value // 10 % 10, value % 10
    head = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        head += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        head += "零"
    return head + (_DIGITS[ones] if ones or not value else "")


def value_of(numeral: str) -> int:
    """The value of Chinese number characters: read digit by digit (一九九八), or with tens, hundreds and so on."""
    digits = {**{digit: value for value, digit in enumerate(_DIGITS)}, "〇": 0, "两": 2}
    if all(character in digits for character in numeral):
        return int("".join(str(digits[character]) for character in numeral))
    total = section = current = 0
    for character in numeral:
        if character in digits:
            current = digits[character]
        elif character in "万亿":
            total, section, current = (total + section + current) * _SCALES[character], 0, 0
        else:
            section, current = section + (current or 1) * {"十": 10, "百": 100, "千": 1000}[character], 0
    return total + section + current


def _scaled(value: float) -> Iterator[tuple[str, float]]:
    """A large number as it may be written before 万, 亿, million or billion."""
    for scale in (10**4, 10**6, 10**8, 10**9):
        if value >= scale and value % (scale / 10) == 0:
            yield f"{value / scale:.15g}", 0.6


def number_in_chinese(word: str, scale: str = "") -> dict[str, float]:
    """What Chinese text may write for an English number, ordinal, month or Roman numeral; empty for any other word."""
    value: float | None
    if word in _MONTHS:
        return {chinese_numeral(_MONTHS[word]) + "月": 1.0, str(_MONTHS[word]): 0.5}
    ordinal = _ORDINALS.get(word) or int((re.fullmatch(r"(\d{1,3})(?:st|nd|rd|th)", word) or ["", "0"])[1])
    if ordinal:
        numeral = chinese_numeral(ordinal)
        return {"第" + numeral: 1.0, str(ordinal): 0.8, numeral: 0.2 if ordinal < 10 else 0.8}
    if (value := _CARDINALS.get(word)) is None:
        if decade := re.fullmatch(r"(\d{2,4})s", word):
            return {decade[1]: 0.8}
        if word.replace(".", "", 1).isdecimal() and len(word) <= _LONGEST:
            value = float(word) if "." in word else int(word)
        elif _ROMAN.fullmatch(word):
            values = [_ROMAN_VALUES[letter] for letter in word]
            value = sum(-one if one < other else one for one, other in zip(values, [*values[1:], 0], strict=True))
        else:
            return {}
    found = {f"{value:.15g}": 0.8}
    if isinstance(value, int) and value < 1000:
        found[chinese_numeral(value)] = 0.3 if value < 11 else 0.8
        if value == 2:
            found["两"] = 0.3
    if scale:
        total = value * ENGLISH_SCALES[scale]
        found |= {f"{total:.0f}": 1.0, **dict(_scaled(total))}
    return found


def numbers_in_english(folded: str) -> Iterator[tuple[int, int, dict[str, float]]]:
    """The numbers of Chinese text with their places, each as English text may write it (stems)."""
    cardinals, ordinals, months = _STEMS
    for match in _CHINESE_NUMBER.finditer(folded):
        before, digits, numeral, scale, unit = match.groups()
        if len(digits or numeral) > _LONGEST or (numeral and len(numeral) == 1 and not before and not unit):
            continue
        value = (float(digits.replace(",", "")) if digits else value_of(numeral)) * _SCALES.get(scale or "", 1)
        if unit == "月" and value in months:
            found = {months[int(value)]: 1.0}
        else:
            found = {f"{value:.15g}": 1.0, **dict(_scaled(value))}
            if value in cardinals:
                found[cardinals[int(value)]] = 0.8
            if (before or unit == "世纪") and value < 1000:
                ending = "th" if 10 < value % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(int(value) % 10, "th")
                found[f"{value:.0f}{ending}"] = 1.0
                if value in ordinals:
                    found[ordinals[int(value)]] = 1.0
        yield match.start(), match.end(), found
