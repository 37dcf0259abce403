import math
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.confidence import AMOUNT, BIAS, HEADED, LEAD, STRENGTH, Covered, Evidence, confidence, coverage, lead

EVEN = Evidence(coverage=1.0, strength=0.98, lead=0.0, amount=0.8, headed=False)  # every feature is 0


def logit(evidence: Evidence) -> float:
    p = confidence(evidence)
    return math.log(p / (1 - p))


# --- coverage -----------------------------------------------------------------------------------------------------------------


def test_coverage_is_a_share_of_the_idf() -> None:
    assert coverage([Covered(0, 2, 3.0, 1.0), Covered(3, 5, 1.0, 0.0)]) == 0.75
    assert coverage([Covered(0, 2, 3.0, 0.5), Covered(3, 5, 1.0, 1.0)]) == 0.625
    assert coverage([Covered(0, 2, 3.0, 0.0)]) == coverage([Covered(0, 2, 0.0, 1.0)]) == coverage([]) == 0.0


def test_a_word_that_the_hit_has_counts_instead_of_its_parts() -> None:
    parts = [Covered(0, 2, 2.0, 0.0), Covered(2, 4, 2.0, 0.0)]
    assert coverage([*parts, Covered(0, 4, 4.0, 1.0)]) == 1.0
    assert coverage([*parts, Covered(0, 4, 4.0, 0.25)]) == 0.25


def test_a_word_that_the_hit_lacks_counts_as_its_parts() -> None:
    parts = [Covered(0, 2, 1.0, 1.0), Covered(2, 4, 3.0, 0.0)]
    assert coverage([Covered(0, 4, 5.0, 0.0), *parts]) == 0.25
    for beside in (Covered(0, 2, 5.0, 1.0), Covered(6, 8, 5.0, 1.0)):  # which is no part of it
        assert coverage([Covered(2, 6, 5.0, 0.0), beside]) == 0.5


def test_words_within_words_within_words_count_once() -> None:
    nested = [Covered(0, 6, 9.0, 0.0), Covered(0, 4, 4.0, 1.0), Covered(0, 2, 2.0, 0.0), Covered(4, 6, 4.0, 0.0)]
    assert coverage(nested) == 0.5


def test_words_that_overlap_count_both() -> None:
    assert coverage([Covered(0, 3, 1.0, 1.0), Covered(2, 5, 3.0, 0.0)]) == 0.25
    assert coverage([Covered(0, 3, 1.0, 0.0), Covered(2, 5, 3.0, 1.0)]) == 0.75


def test_one_stretch_counts_once() -> None:
    assert coverage([Covered(0, 2, 1.0, 1.0), Covered(0, 2, 8.0, 1.0), Covered(3, 5, 1.0, 0.0)]) == 0.5


STRETCHES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(1, 4), st.sampled_from([0.5, 1.0, 2.0]), st.sampled_from([0.0, 0.25, 1.0])),
    min_size=1,
    max_size=4,
    unique_by=lambda stretch: stretch[:2],
)


@given(STRETCHES)
def test_the_order_of_concepts_does_not_matter(stretches: list[tuple[int, int, float, float]]) -> None:
    concepts = [Covered(start, start + size, idf, certainty) for start, size, idf, certainty in stretches]
    found = {round(coverage(order), 9) for order in permutations(concepts)}
    assert len(found) == 1 and 0 <= found.pop() <= 1


# --- lead ---------------------------------------------------------------------------------------------------------------------


def test_the_lead_is_a_logarithm_within_one() -> None:
    assert (
        lead(3.0, 2.0) == pytest.approx(math.log(1.5)) and lead(2.0, 3.0) == pytest.approx(-math.log(1.5)) and lead(2.0, 2.0) == 0
    )
    assert lead(2.8, 1.0) == lead(1e9, 1.0) == 1.0 and lead(1.0, 2.8) == lead(1.0, 1e9) == -1.0
    assert 0.99 < lead(2.7, 1.0) < 1 and -1 < lead(1.0, 2.7) < -0.99


def test_a_hit_without_rivals_leads() -> None:
    assert lead(0.001, 0.0) == 1.0


# --- confidence ---------------------------------------------------------------------------------------------------------------


def test_each_feature_has_its_weight() -> None:
    assert logit(EVEN) == pytest.approx(BIAS)
    assert logit(EVEN._replace(strength=math.e - 0.02)) == pytest.approx(BIAS + STRENGTH)
    assert logit(EVEN._replace(lead=0.5)) == pytest.approx(BIAS + LEAD / 2)
    assert logit(EVEN._replace(amount=math.e - 0.2)) == pytest.approx(BIAS + AMOUNT)
    assert logit(EVEN._replace(headed=True)) == pytest.approx(BIAS + HEADED)


@pytest.mark.parametrize("lower", [EVEN, Evidence(0.4, 0.1, 0.3, 0.2, True), Evidence(0.9, 2.0, 0.9, 3.0, False)])
def test_more_of_each_makes_surer_and_a_heading_less_sure(lower: Evidence) -> None:
    for name in ("strength", "lead", "amount"):
        assert 0 < confidence(lower) < confidence(lower._replace(**{name: getattr(lower, name) + 0.1})) < 1
    assert logit(lower._replace(headed=True)) < logit(lower._replace(headed=False)) - 0.1


def test_a_lead_counts_for_as_much_as_was_found() -> None:
    ahead, behind = EVEN._replace(lead=0.5), EVEN._replace(lead=-0.5)
    assert confidence(ahead._replace(coverage=0.5)) < confidence(ahead)
    assert confidence(behind._replace(coverage=0.5)) > confidence(behind)
    assert confidence(ahead._replace(coverage=0.0)) == confidence(behind._replace(coverage=0.0)) == confidence(EVEN)


def test_nothing_at_all_is_no_answer_and_no_error() -> None:
    assert 0 < confidence(Evidence(0.0, 0.0, -1.0, 0.0, True)) < 0.001
