import math
from itertools import pairwise
from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import rank
from search.rank import K1, Headings, Postings, Weighted

Table = list[dict[int, float]]  # for each chunk its terms and their frequencies
Asked = tuple[list[int], list[float], float]  # a concept: its terms, their probabilities, its weight


def postings(table: Table, terms: int) -> Postings:
    rows = [[(chunk, row[term]) for chunk, row in enumerate(table) if term in row] for term in range(terms)]
    starts = np.cumsum([0, *map(len, rows)])
    flat = [pair for row in rows for pair in row]
    chunks, tf = np.array([c for c, _ in flat], np.int32), np.array([f for _, f in flat], np.float32)
    return Postings(starts.astype(np.int64), *rank.pack(chunks, tf), len(table))


TERMS = 5
TABLES = st.lists(
    st.dictionaries(st.integers(0, TERMS - 1), st.floats(0.125, 8, width=16), max_size=TERMS), min_size=1, max_size=12
)
CONCEPTS = st.lists(
    st.builds(
        lambda pairs, weight: ([t for t, _ in pairs], [p for _, p in pairs], weight),
        st.lists(st.tuples(st.integers(0, TERMS - 1), st.floats(0.05, 1)), max_size=4, unique_by=lambda pair: pair[0]),
        st.floats(0.1, 2),
    ),
    max_size=4,
)


def weighted(lists: Postings, asked: list[Asked]) -> list[Weighted]:
    return [Weighted.of(lists, *concept) for concept in asked]


def formula(table: Table, concepts: list[Weighted], chunk: int, known: dict[int, int] | None = None) -> float:
    """The formula of the module's docstring, word for word."""
    total = 0.0
    counts = known or {term: sum(term in row for row in table) for concept in concepts for term in concept.terms}
    for concept in concepts:
        tf = sum(p * table[chunk].get(term, 0.0) for term, p in zip(concept.terms, concept.probabilities, strict=True))
        dfs = [p * counts[term] for term, p in zip(concept.terms, concept.probabilities, strict=True)]
        df = max(dfs, default=0.0)
        idf = math.log(1 + (len(table) - df + 0.5) / (df + 0.5))
        total += concept.weight * idf * tf * (K1 + 1) / (tf + K1)
    return total


@settings(max_examples=300, deadline=None)
@given(TABLES, CONCEPTS)
def test_scores_are_those_of_the_formula_and_contributions_sum_to_them(table: Table, asked: list[Asked]) -> None:
    lists, everywhere = postings(table, TERMS), np.arange(len(table))
    concepts = weighted(lists, asked)
    scores = oracles.scores(lists, concepts)
    assert scores.shape == (len(table),) and scores.dtype == np.float32
    parts = rank.contributions(lists, concepts, everywhere)
    some = [concept for concept in concepts if concept.terms]
    tf = rank.lookup(lists, np.array([term for concept in some for term in concept.terms], np.int64), everywhere)
    exact = rank.saturated(some, tf).sum(0)
    sizes = [len(concept.terms) for concept in concepts]
    assert parts.shape == (sum(sizes), len(table))
    of_concept = np.split(parts, np.cumsum(sizes)[:-1]) if sizes else []
    for chunk in range(len(table)):
        assert exact[chunk] == pytest.approx(formula(table, concepts, chunk), rel=1e-6, abs=1e-9)
        assert scores[chunk] == pytest.approx(exact[chunk], rel=1e-5, abs=1e-6)
        assert parts[:, chunk].sum() == pytest.approx(exact[chunk], rel=1e-12, abs=1e-12)
        for part, concept in zip(of_concept, concepts, strict=True):
            for earned, term in zip(part[:, chunk], concept.terms, strict=True):
                assert bool(earned > 0) is (term in table[chunk])


def adjusted(table: Table, concepts: list[Weighted], adjustment: rank.Adjustment) -> dict[int, float]:
    """The final scores by position, each worked out on its own."""
    earned = dict(zip(*map(np.ndarray.tolist, adjustment.earned), strict=True))
    factors = {int(chunk): factor for chunks, factor in adjustment.factors for chunk in chunks}
    df = {term: sum(term in row for row in table) for concept in concepts for term in concept.terms}
    return {
        chunk: (formula(table, concepts, chunk, df) + earned.get(chunk, 0.0)) * factors.get(chunk, 1.0)
        for chunk in range(len(table))
        if adjustment.excluded is None or not adjustment.excluded[chunk]
    }


@pytest.mark.parametrize(
    ("count", "kinds", "words"),
    [
        (700, 700, 30),
        (9_000, 9_000, 30),
        (9_000, 5, 30),
        (3_000, 1, 30),
        (9_000, 9_000, 900),
        (9_000, 40, 90),
        (9_000, 9_000, 20_000),
    ],
)
@pytest.mark.parametrize("seed", range(6))
def test_the_best_are_those_that_scoring_every_chunk_gives(
    count: int, kinds: int, words: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also among many equal chunks, which come in the order of their positions, however few or many are asked for, and whether all, some or none
    of the common terms have a row."""
    rows = (0, 20_000, 1 << 25)[seed // 2]
    monkeypatch.setattr(rank, "_ROWS", rows)
    monkeypatch.setattr(rank, "_LEAST", 50)
    random = np.random.default_rng(seed)
    made = [
        {int(term): float(np.float16(random.uniform(0.2, 4))) for term in random.choice(words, random.integers(0, 9), False)}
        for _ in range(kinds)
    ]
    table = [made[int(number)] for number in random.integers(0, kinds, count)]
    lists = postings(table, words)
    asked: list[Asked] = [
        (random.choice(words, size, False).tolist(), random.uniform(0.05, 1, size).tolist(), float(random.uniform(0.1, 2)))
        for size in (1, 1, 1, 7, 3, 0)
    ]
    concepts = weighted(lists, asked)
    some = np.sort(random.choice(count, 40, False))
    adjustment = (
        rank.Adjustment(
            (some, random.uniform(0, 9, 40)),
            [(np.arange(0, count, 7), 1.3), (np.arange(1, count, 7), 0.9)],
            random.random(count) < 0.4,
            np.arange(3, count, 11),
        )
        if seed % 2
        else rank.Adjustment()
    )
    finals = {chunk: score for chunk, score in adjusted(table, concepts, adjustment).items() if score > 0}
    expected = sorted(finals, key=lambda chunk: (-round(finals[chunk], 9), chunk))
    for limit in (0, 1, 10, 300, count + 1):
        positions, scores = rank.search(lists, concepts, limit, adjustment)
        apart = set(adjustment.apart.tolist())
        given = [chunk for chunk in expected if chunk not in apart][:limit] + [chunk for chunk in expected if chunk in apart][:1]
        given.sort(key=expected.index)
        assert positions.tolist() == given
        assert scores == pytest.approx([finals[chunk] for chunk in given], rel=1e-6)
    assert len(lists._rows) * count <= rows


def test_the_commonest_terms_keep_their_rows_where_there_is_no_room_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    lists = postings([{term: 1.0 for term in range(4) if chunk % (term + 1) == 0} for chunk in range(12)], 4)
    monkeypatch.setattr(rank, "_ROWS", 2 * lists.count)
    there = [lists.everywhere(term, False) is not None for term in (3, 2, 3, 0, 1, 2, 3, 0)]
    assert there == [True, True, True, True, True, False, False, True]
    assert sorted(lists._rows) == [(0, False), (1, False)]
    row = lists.everywhere(1, False)
    assert row is not None and row.tolist() == [1.0, 0.0] * 6


@settings(max_examples=200, deadline=None)
@given(TABLES, st.lists(st.integers(0, TERMS - 1), min_size=1, max_size=3, unique=True))
def test_words_without_synonyms_rank_as_in_bm25(table: Table, question: list[int]) -> None:
    def bm25(row: dict[int, float]) -> float:
        n = {term: sum(term in other for other in table) for term in question}
        idf = {term: math.log(1 + (len(table) - n[term] + 0.5) / (n[term] + 0.5)) for term in question}
        return sum(idf[term] * row[term] * (K1 + 1) / (row[term] + K1) for term in question if term in row)

    lists = postings(table, TERMS)
    scores = oracles.scores(lists, [Weighted.of(lists, [term], [1.0]) for term in question])
    assert scores == pytest.approx([bm25(row) for row in table], rel=1e-6)


def test_terms_of_a_concept_count_as_one_word() -> None:
    table: Table = [{0: 2.0, 1: 1.0}, {0: 2.5}, {2: 1.0}]
    lists = postings(table, 3)
    scores = oracles.scores(lists, [Weighted.of(lists, [0, 1], [1.0, 0.5])])
    assert scores[0] == pytest.approx(scores[1]) and scores[2] == 0
    apart = oracles.scores(lists, [Weighted.of(lists, [0], [1.0]), Weighted.of(lists, [1], [0.5])])
    assert apart[0] > scores[0]


@pytest.mark.parametrize("kind", [np.float16, np.float32])
@pytest.mark.parametrize("most", [3, (1 << 30) - 1, 1 << 30])
def test_a_posting_takes_four_bytes_where_they_hold_it(kind: type, most: int) -> None:
    chunks, tf = np.array([0, most, most]), np.array([0.5, 3, 0.25], kind)
    lists, values = rank.pack(chunks, tf)
    assert values.tolist() == [0.25, 0.5, 3] and values.dtype == kind
    assert lists.dtype == (np.uint32 if most < 1 << 30 else np.int64)
    read = Postings(np.array([0, 2, 3]), lists, values.astype(np.float32), most + 1)
    assert [row.tolist() for row in read.of(0)] == [[0, most], [0.5, 3]] and [row.tolist() for row in read.of(1)] == [
        [most],
        [0.25],
    ]
    assert rank.lookup(read, np.array([0, 1]), np.array([most, 1])).tolist() == [[3, 0], [0.25, 0]]


@given(st.lists(st.sampled_from([0.0, 1e-12, 0.5, 0.5, 1.0, 2.0, 3.25]), max_size=30), st.integers(-1, 35), st.integers(1, 300))
def test_the_top_holds_what_a_sort_puts_first(scores: list[float], limit: int, times: int) -> None:
    values = np.array(scores * times, np.float32)
    expected = np.sort(values[values > 0])[::-1][: max(limit, 0)].tolist()
    found = rank.top(values, limit)
    assert len(set(found.tolist())) == len(found)
    assert sorted(values[found].tolist(), reverse=True)[: max(limit, 0)] == expected
    assert set(values[found].tolist()) == set(expected)
    assert len(found) == sum((values == value).sum() for value in set(expected))


def test_idf_falls_with_frequency_and_is_never_negative() -> None:
    values = [rank.idf(df, 20) for df in range(21)]
    assert values == sorted(values, reverse=True) and values[-1] > 0
    assert rank.idf(1, 1) > 0


def test_a_field_counts_by_its_weight_and_its_length_in_its_language() -> None:
    lengths, languages = np.array([10.0, 30.0, 0.0, 5.0, 5.0]), np.array([0, 0, 0, 1, 1], np.uint8)
    factors = rank.field_factors("body", lengths, languages)
    b = rank.FIELD_B["body"]
    assert factors[:2] == pytest.approx([1 / (1 - b + b * 10 / 20), 1 / (1 - b + b * 30 / 20)])  # the mean is of those not empty
    assert factors[3:] == pytest.approx([1.0, 1.0])
    assert rank.field_factors("alias", lengths, languages) == pytest.approx([rank.FIELD_WEIGHTS["alias"]] * 5)
    assert np.isfinite(rank.field_factors("title", np.zeros(3), np.zeros(3, np.uint8))).all()


WHOLE = 1 + rank.EXACT  # what a heading earns of the words that it shares where neither it nor the question has others
DFS = [1, 2, 4, 8, 16]  # of the terms, among 20 chunks
CORPUS = Postings(np.zeros(TERMS + 1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32), 20, np.array(DFS))
RARITIES = [rank.idf(df, 20) for df in DFS]


def headings(rows: list[tuple[int, set[int]]]) -> Headings:
    """Headings as pairs of the chunk they belong to and their words."""
    lists = postings([dict.fromkeys(words, 1.0) for _, words in rows], TERMS)
    owners, weights = (
        np.array([owner for owner, _ in rows], np.int32),
        [sum(RARITIES[word] for word in words) for _, words in rows],
    )
    return Headings(lists, owners, np.rint(np.array(weights) * rank.FINE).astype(np.int32), np.zeros(len(weights), np.uint8))


def test_a_heading_that_asks_the_same_agrees_fully() -> None:
    known = headings([(0, {0, 1}), (1, {0, 1, 2}), (1, {2}), (2, {2})])
    asked = [Weighted([0], [1.0], 1.0, 3.0), Weighted([1], [1.0], 1.0, 2.0)]
    chunks, earned, which, shares = rank.agreement(known, CORPUS, asked, [([0, 1], 0)])
    assert chunks.tolist() == [0, 1] and which.tolist() == [0, 1]
    assert shares == pytest.approx([1, 5 / (5 + RARITIES[2])], abs=1e-3)
    assert earned == pytest.approx([5 * WHOLE, 5 * 2 * 5 / (5 + 5 + RARITIES[2])], abs=1e-3)


def test_of_headings_with_the_same_words_the_one_that_asks_for_the_same_kind_of_answer_agrees_more() -> None:
    known = headings([(0, {0}), (1, {0}), (2, {0})])._replace(intents=np.array([0, 3, 4], np.uint8))
    asked = [Weighted([0], [1.0], 1.0, 3.0)]
    none, same, other = rank.agreement(known, CORPUS, asked, [([0], 3)])[1].tolist()
    assert same == pytest.approx((3 + rank.INTENT) * WHOLE, abs=1e-3) and same > none > other > 0


def test_a_heading_that_asks_for_more_than_its_word_means_agrees_less_with_the_word_alone() -> None:
    known = headings([(0, {0}), (1, {0}), (2, {0})])._replace(intents=np.array([0, 1, 2], np.uint8))
    none, what, how = rank.agreement(known, CORPUS, [Weighted([0], [1.0], 1.0, 3.0)], [([0], 0)])[1].tolist()
    assert none == what == pytest.approx(3 * WHOLE, abs=1e-3) and how == pytest.approx(3 * 6 / (6 + rank.INTENT), abs=1e-3)


def test_of_what_a_question_and_its_clauses_agree_on_the_most_counts() -> None:
    known = headings([(0, {0, 1}), (1, {0}), (2, {2})])
    words, parts = [Weighted([term], [1.0], 1.0, 3.0) for term in (0, 1, 2)], [([0, 1, 2], 0), ([0, 1], 0), ([2], 0)]
    whole, first, second = (rank.agreement(known, CORPUS, words, [part]) for part in parts)
    chunks, earned, which, _ = rank.agreement(known, CORPUS, words, parts)
    assert (chunks.tolist(), which.tolist()) == ([0, 1, 2], [0, 1, 2])
    assert (
        earned == pytest.approx([first[1][0], first[1][1], second[1][0]])
        and first[1][0] > whole[1][0]
        and second[1][0] > whole[1][2]
    )
    assert all(map(np.array_equal, rank.agreement(known, CORPUS, words, [parts[0], parts[0]]), whole))


def test_each_further_way_to_ask_tells_less() -> None:
    assert rank.asked(np.array([0, 1, 8, 27], np.float32)) == pytest.approx([0, 1, 2, 3])


ROWS = st.lists(st.tuples(st.integers(0, 5), st.sets(st.integers(0, TERMS - 1), min_size=1)), min_size=1, max_size=10)


@settings(max_examples=200, deadline=None)
@given(ROWS.map(lambda rows: sorted(rows, key=lambda row: row[0])), CONCEPTS, st.lists(st.floats(0.1, 5), min_size=4, max_size=4))
def test_what_agreement_earns_is_the_sum_of_its_parts(rows: Any, asked: list[Asked], idfs: list[float]) -> None:
    known, concepts = headings(rows), [Weighted(*concept, idf) for concept, idf in zip(asked, idfs, strict=False)]
    agreeing, some, best_headings, shares = rank.agreement(known, CORPUS, concepts, [(range(len(concepts)), 0)])
    assert (some > 0).all() and (np.diff(agreeing) > 0).all() and ((shares > 0) & (shares <= 1)).all()
    earned = dict.fromkeys(range(6), 0.0) | dict(zip(agreeing.tolist(), some.tolist(), strict=True))
    which = dict.fromkeys(range(6), -1) | dict(zip(agreeing.tolist(), best_headings.tolist(), strict=True))
    for chunk in range(6):
        common, dice = {}, {}
        for heading, (owner, words) in enumerate(rows):
            if owner == chunk:
                pairs = [[(p, t) for t, p in zip(c.terms, c.probabilities, strict=True) if t in words] for c in concepts]
                met = [
                    (concept.idf * max(found)[0], RARITIES[max(found)[1]])
                    for found, concept in zip(pairs, concepts, strict=True)
                    if found
                ]
                part, rest = sum(gain for gain, _ in met), sum(RARITIES[word] for word in words) - sum(own for _, own in met)
                common[heading], dice[heading] = part, 2 * part / (sum(c.idf for c in concepts) + part + max(rest, 0) + 1e-9)
        heading = which[chunk]
        if heading < 0:
            assert earned[chunk] == 0 and not any(dice.values())
            continue
        assert dice[heading] == pytest.approx(max(dice.values()), abs=1e-3)
        agreed = WHOLE if dice[heading] > rank.FULL else dice[heading]
        assert earned[chunk] == pytest.approx(agreed * common[heading], abs=1e-3)
        parts = rank.agreement_parts(known, concepts, np.array([heading, heading]), np.array([earned[chunk], 0.0]))
        assert parts.sum(0) == pytest.approx([earned[chunk], 0], abs=1e-6)
        starts = np.cumsum([0, *(len(concept.terms) for concept in concepts)])
        assert all(((parts[start:end] > 0).sum(0) <= 1).all() for start, end in pairwise(starts))
