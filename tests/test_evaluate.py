import json
import os
from math import log2
from pathlib import Path
from typing import Any

import pytest

from search import Answer, Chunk, DocumentError, Hit, Part, Source
from search.evaluate import Question, Report, compare, evaluate, read_questions, read_report


class Ranked:
    """Stands for an index: gives the ids named in the question, in that order; "!" in front means that it is sure."""

    def search(self, question: str, limit: int = 5) -> Answer:
        hits = [hit(name) for name in question.removeprefix("!").split()]
        return Answer(question, "zh", question.startswith("!"), 0.5, tuple(hits[:limit]))


def hit(name: str) -> Hit:
    language: Any = "en" if name.startswith("en/") else "zh"
    return Hit(Chunk(name, "faq", language, name, (), (), (Part("text", "x"),), (), Source("d.md", "d")), 1.0, 0.5)


def run(*questions: Question) -> Report:
    return evaluate(Ranked(), questions)  # type: ignore[arg-type]


def asked(text: str, *wants: str, **groups: str) -> Question:
    return Question(text, text, wants, **groups)


def test_figures_are_those_of_the_textbook() -> None:
    ten = " ".join(f"zh/f#{n}" for n in range(10))
    report = run(
        asked(f"!{ten}", "f#0"),
        asked(ten, "f#2"),
        asked(ten, "f#9"),
        asked(ten, "f#elsewhere"),
        asked("!zh/f#1"),
        asked("zh/f#1"),
    )
    assert [outcome.rank for outcome in report.outcomes] == [1, 3, 10, None, None, None]
    row = report.figures()["all"]
    assert row["questions"] == 6
    assert (row["recall@1"], row["recall@3"], row["recall@5"]) == (0.25, 0.5, 0.5)
    assert row["mrr@10"] == pytest.approx((1 + 1 / 3 + 1 / 10) / 4, abs=1e-4)
    assert row["ndcg@10"] == pytest.approx((1 + 1 / 2 + 1 / log2(11)) / 4, abs=1e-4)
    assert (row["answered"], row["declined"]) == (0.25, 0.5)


def test_figures_by_group_and_none_of_nothing() -> None:
    rows = run(asked("zh/f#1", "f#1", language="en", kind="typo", split="tune"), asked("zh/f#2", kind="typo")).figures()
    assert list(rows) == ["all", "direction zh→zh", "language en", "language zh", "kind typo", "split tune"]
    assert rows["language en"]["recall@1"] == 1.0 and rows["language en"]["declined"] is None
    assert rows["language zh"]["recall@1"] is None and rows["language zh"]["declined"] == 1.0


def test_the_calibration_sets_confidence_beside_the_share_that_is_right() -> None:
    report = run(asked("zh/f#1", "f#1"), asked("zh/f#2", "f#1"), asked("zh/f#1"), asked(""))
    assert report.calibration() == [{"questions": 3, "confidence": 0.5, "right": 0.3333}]
    assert "0.500     0.333          3" in report.table() and report.to_json()["calibration"] == report.calibration()


@pytest.mark.parametrize(
    ("want", "found", "right"),
    [
        ("f#1", "zh/f#1", True),
        ("f#1", "en/f#1", True),
        ("zh/f#1", "zh/f#1", True),
        ("zh/f#1", "en/f#1", False),
        ("00-0", "00-0", True),
        ("f#1", "zh/zh/f#1", False),
        ("A/f#1", "A/zh/f#1", True),
        ("A/f#1", "A/f#zh/1", False),
        ("f#1", "de/f#1", False),
    ],
)
def test_a_label_without_its_language_folder_means_any_language(want: str, found: str, right: bool) -> None:
    assert (run(asked(found, want)).outcomes[0].rank == 1) is right


def test_any_of_several_wanted_will_do() -> None:
    assert run(asked("zh/f#1 zh/f#2 zh/f#3", "f#3", "f#2")).outcomes[0].rank == 2


def test_both_forms_of_questions_are_read(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    own = {"id": "a", "question": "q", "wants": ["f#1", "f#2"], "language": "en", "kind": "typo", "split": "tune"}
    file.write_text(
        "\ufeff" + json.dumps(own) + '\n\n{"question": "r", "passage": "00-1"}\n{"question": "s", "wants": []}\n', "utf-8"
    )
    assert read_questions(file) == [
        Question("a", "q", ("f#1", "f#2"), "en", "typo", "tune"),
        Question("3", "r", ("00-1",)),
        Question("4", "s", ()),
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030"])
def test_questions_and_an_earlier_run_may_be_in_the_encoding_of_a_shell(tmp_path: Path, encoding: str) -> None:
    before = run(asked("zh/f#1 怎么退货", "f#1"))
    (tmp_path / "before.json").write_bytes(f"{json.dumps(before.to_json(), ensure_ascii=False)}\r\n".encode(encoding))
    (tmp_path / "q.jsonl").write_bytes('{"question": "怎么退货？", "wants": []}\r\n'.encode(encoding))
    assert compare(read_report(tmp_path / "before.json"), before) == ([], [])
    assert read_questions(tmp_path / "q.jsonl") == [Question("1", "怎么退货？", ())]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "q.jsonl")
    for reader in (read_questions, read_report):
        with pytest.raises(DocumentError, match=r"q\.jsonl: can't be read \(not an ordinary file\)"):
            reader(tmp_path / "q.jsonl")


def test_a_question_that_is_too_long_is_named(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text('{"question": "q", "wants": []}\n' + json.dumps({"question": "q" * 2001, "wants": []}))
    with pytest.raises(DocumentError, match=r"line 2: the question has more than 2,000 characters"):
        read_questions(file)


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '"text"',
        "{}",
        '{"question": "q"}',
        '{"question": "q", "wants": 3}',
        '{"question": "q", "wants": "abc"}',
        '{"question": ["q"], "wants": []}',
        "[" * 100_000,
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text(f'{{"question": "q", "wants": []}}\n{line}\n')
    with pytest.raises(DocumentError, match="line 2: not a labelled question"):
        read_questions(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"none\.jsonl: can't be read"):
        read_questions(tmp_path / "none.jsonl")


def test_a_comparison_names_each_question_that_changed(tmp_path: Path) -> None:
    before = run(asked("zh/f#1 zh/f#2", "f#2"), asked("!zh/f#1", "f#1"), asked("!zh/f#9"), asked("zh/f#1", "f#7"), asked("gone"))
    texts = {"zh/f#1 zh/f#2": "zh/f#2 zh/f#1", "!zh/f#1": "zh/f#1", "!zh/f#9": "zh/f#9", "zh/f#1": "zh/f#1", "new": "new"}
    after = evaluate(  # the same questions, other hits
        type("Later", (), {"search": lambda _, text, limit: Ranked().search(texts[text], limit)})(),
        [asked("zh/f#1 zh/f#2", "f#2"), asked("!zh/f#1", "f#1"), asked("!zh/f#9"), asked("zh/f#1", "f#7"), asked("new")],
    )
    (tmp_path / "before.json").write_text(json.dumps(before.to_json()), "utf-8")
    better, worse = compare(read_report(tmp_path / "before.json"), after)
    assert [line.split(": ")[-1] for line in better] == ["rank 2, declined → rank 1, declined", "answered → declined"]
    assert [line.split(": ")[-1] for line in worse] == ["rank 1, answered → rank 1, declined"]
    assert compare(after, after) == ([], [])
    rewritten = [run(asked("!zh/f#1", *wants)) for wants in ((), ("f#1",))]  # the file says otherwise, the answer is the same
    assert compare(*rewritten) == compare(*reversed(rewritten)) == ([], [])


def _changed(**changes: object) -> str:
    row = run(asked("zh/f#1", "f#1")).to_json()["questions"][0]
    return json.dumps({"questions": [row | changes]})


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        "{",
        '{"questions": [1]}',
        '{"questions": [{"id": "a"}]}',
        '{"questions": 3}',
        "[" * 100_000,
        _changed(rank="1"),
        _changed(answered="no"),
        _changed(id=[]),
        _changed(question=None),
        _changed(wants=3),
        _changed(other=1),
    ],
)
def test_an_earlier_run_of_another_shape_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "before.json"
    file.write_text(text)
    with pytest.raises(DocumentError, match=r"before\.json: not an earlier run; .*wenlu eval --json"):
        read_report(file)


def test_the_table_has_a_line_for_each_group() -> None:
    lines = run(asked("zh/f#1", "f#1", kind="typo")).table().splitlines()
    assert [line.split()[0] for line in lines[1 : lines.index("")]] == ["all", "direction", "language", "kind"]
    assert lines[0].split()[:2] == ["questions", "recall@1"] and lines[1].split()[1:3] == ["1", "1.000"]
