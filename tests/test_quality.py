"""How well the shipped corpus answers the labelled questions, held by floors; nothing may be tuned on the split "figures"."""

from collections import Counter
from pathlib import Path

import pytest

from search import Index
from search.evaluate import Outcome, Question, Report, evaluate, figures, read_questions

# What was measured when these lines were last written, less 0.01 at most. "answered" is the share of those with an answer,
# "declined" of those without.
FLOORS = """
split    kind         recall@1  recall@3  mrr@10  answered  declined
tune     plain            0.97      0.99    0.98      0.99         –
tune     paraphrase       0.94      0.99    0.97      0.98         –
tune     colloquial       0.93      0.99    0.96      0.91         –
tune     mixed            0.96      0.99    0.98      0.99         –
tune     glossary         0.97      0.99    0.98      0.99         –
tune     traditional      0.96      0.99    0.98      0.99         –
tune     typo             0.97      0.97    0.97      0.97         –
tune     pinyin           0.89      0.96    0.93      0.99         –
tune     none-near           –         –       –         –      0.99
tune     none-far            –         –       –         –      0.99
figures  plain            0.99      0.99    0.99      0.99         –
figures  paraphrase       0.93      0.99    0.96      0.96         –
figures  colloquial       0.93      0.98    0.96      0.97         –
figures  mixed            0.91      0.99    0.95      0.97         –
figures  glossary         0.98      0.99    0.99      0.99         –
figures  traditional      0.89      0.94    0.92      0.99         –
figures  typo             0.90      0.99    0.95      0.99         –
figures  pinyin           0.99      0.99    0.99      0.99         –
figures  none-near           –         –       –         –      0.97
figures  none-far            –         –       –         –      0.95
hard     plain            0.97      0.99    0.98      0.97         –
hard     paraphrase       0.94      0.99    0.97      0.96         –
hard     colloquial       0.90      0.98    0.94      0.77         –
hard     mixed            0.92      0.99    0.96      0.92         –
hard     glossary         0.86      0.99    0.92      0.97         –
hard     traditional      0.89      0.96    0.92      0.89         –
hard     typo             0.86      0.96    0.91      0.86         –
hard     pinyin           0.81      0.93    0.87      0.72         –
hard     none-near           –         –       –         –      0.94
hard     none-far            –         –       –         –      0.92
"""
HEAD, *ROWS = [line.split() for line in FLOORS.strip().splitlines()]
# What the corpus answers in the language of the question comes first, and hardly ever after the third place. What is missing is mostly
# paraphrases, whose right entry stands second. The hard questions (stories, pasted messages, several slips in one) have floors of their own.
FIRST, THIRD = 0.95, 0.99


@pytest.fixture(scope="module")
def questions(root: Path) -> list[Question]:
    return [
        question for name in ("questions", "hard") for question in read_questions(root / "tests" / "quality" / f"{name}.jsonl")
    ]


@pytest.fixture(scope="module")
def report(index: Index, questions: list[Question]) -> Report:
    return evaluate(index, questions)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{row[1]}")
def test_figures_hold_their_floors(report: Report, row: list[str]) -> None:
    now = figures(o for o in report.outcomes if [o.split, o.kind] == row[:2])
    assert now["questions"]
    floors = {name: float(cell) for name, cell in zip(HEAD[2:], row[2:], strict=True) if cell != "–"}
    measured = {name: now[name] for name in floors}
    assert all((value or 0) >= floors[name] for name, value in measured.items()), f"{measured} below {floors}"


def test_every_group_has_a_floor(report: Report) -> None:
    assert {(o.split, o.kind) for o in report.outcomes} == {(row[0], row[1]) for row in ROWS}


def test_what_the_corpus_answers_in_the_language_of_the_question_comes_first(index: Index, report: Report) -> None:
    def answerable(outcome: Outcome) -> bool:
        languages = ["zh", "en"] if outcome.language == "mixed" else [outcome.language]
        return outcome.split != "hard" and any(
            index.chunk(f"{language}/{want}") for language in languages for want in outcome.wants
        )

    now = figures(filter(answerable, report.outcomes))
    assert int(now["questions"] or 0) >= 150
    assert (now["recall@1"] or 0) >= FIRST and (now["recall@3"] or 0) >= THIRD, now


def test_hits_are_in_the_language_of_the_question(index: Index, questions: list[Question]) -> None:
    for q in questions:
        if q.split == "tune" and q.wants and q.language != "mixed":
            answer = index.search(q.text, 1)
            assert [hit.chunk.language for hit in answer.hits] in ([answer.language], []), q.text
            assert answer.language == q.language or q.kind in {"pinyin", "glossary", "mixed"}, q.text


def test_the_questions_are_what_they_should_be(index: Index, questions: list[Question]) -> None:
    assert len({q.id for q in questions}) == len({q.text for q in questions}) == len(questions) >= 150
    kinds = Counter(q.kind for q in questions)
    assert {"plain", "paraphrase", "colloquial", "mixed", "typo", "traditional", "pinyin", "glossary"} <= set(kinds)
    assert sum(not q.wants for q in questions) >= 30 and all((not q.wants) == q.kind.startswith("none") for q in questions)
    for q in questions:
        assert q.language in {"zh", "en", "mixed"} and q.split in {"tune", "figures", "hard"}
        for want in q.wants:
            assert index.chunk(want) or index.chunk(f"zh/{want}") or index.chunk(f"en/{want}"), want
