import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from search.store import Strings
from search.terms import CHARACTER, Terms

HAN = st.sampled_from("㐀一丁鿿\U00020000\U0003ffff")
GRAMS = st.sets(st.text(HAN, min_size=1, max_size=2), max_size=9)
OTHERS = st.sets(
    st.text(HAN, min_size=3, max_size=4) | st.text(st.sampled_from("\0a~éあー😀\U0010ffff"), min_size=1, max_size=4), max_size=9
)


def terms(grams: set[str], others: set[str]) -> Terms:
    numbers = [ord(gram[0]) << CHARACTER | (ord(gram[1]) if gram[1:] else 0) for gram in sorted(grams)]
    return Terms.of(np.array(numbers, np.int64), sorted(others))


@given(GRAMS, OTHERS)
def test_numbers_and_strings_are_in_the_order_of_all_strings(grams: set[str], others: set[str]) -> None:
    every, found = sorted(grams | others), terms(grams, others)
    assert list(found.strings) == every
    assert [every[place] for place in found.of_grams] == sorted(grams)
    assert [every[place] for place in found.of_others] == sorted(others)
    some = np.arange(len(every)) % 2 == 0
    assert list(found.among(some).strings) == every[::2]


@given(GRAMS, st.lists(st.text(HAN, min_size=3, max_size=5), max_size=4))
def test_pairs_of_words_are_found_among_the_terms(grams: set[str], words: list[str]) -> None:
    every = sorted(grams | set(words))
    places = {term: place for place, term in enumerate(every)}
    pairs = [[word[start : start + 2] for start in range(len(word) - 1)] for word in words]
    assert terms(grams, set(words)).of_pairs(words) == [[places.get(pair, -1) for pair in row] for row in pairs]


@given(GRAMS, OTHERS, GRAMS | OTHERS)
def test_strings_are_found_where_they_stand(grams: set[str], others: set[str], strings: set[str]) -> None:
    every, asked = sorted(grams | others), Strings.of({*strings, *list(others)[:2], *list(grams)[:2], ""})
    assert terms(grams, others).find(asked).tolist() == [every.index(one) if one in every else -1 for one in asked]
    places = [every.index(one) if one in others else -1 for one in asked]
    assert list(map(terms(grams, others).place, asked)) == places
