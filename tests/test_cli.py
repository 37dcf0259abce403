from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import unicodedata
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from socket import socket
from time import monotonic, sleep
from typing import Any, NamedTuple

import pytest

from search import Document, Index, to_json
from search.cli import main, wenlu, wrap

BUTTON = "看不到聊天按钮"
NONSENSE = "zzxqv wrtplk"


class Result(NamedTuple):
    status: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in this process; `stdin` is bytes."""

    def call(*arguments: str | Path, stdin: bytes = b"", encoding: str = "utf-8") -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding=encoding))
        with pytest.raises(SystemExit) as exit:
            main([str(argument) for argument in arguments])
        return Result(int(exit.value.code or 0), *capsys.readouterr())

    return call


def process(*arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Runs the command in a process of its own."""
    command = [sys.executable, "-m", "search.cli", *arguments]
    return subprocess.run(command, input=stdin, env=os.environ | environment, capture_output=True, timeout=60, check=False)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A small corpus of one's own."""
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "returns.md").write_text(
        "---\ntitle: Returns\nlanguage: en\n---\n\n"
        "## How do I send a parcel back? {#back}\n\nSend it to the \x1b[31mwarehouse\x07.\n\n"
        "1. Print the label.\n2. Drop the parcel off.\n\n```text\nHello,\n  please  take it back.\n```\n",
        "utf-8",
    )
    return folder


def test_an_index_takes_no_document_s_place(run: Run, corpus: Path) -> None:
    document = corpus / "returns.md"
    before = document.read_bytes()
    result = run("index", "--corpus", corpus, "--output", document)
    assert result.status == 2 and "returns.md" in result.err and "index.wenlu" in result.err and document.read_bytes() == before


def test_wanted_ids_that_nothing_has_are_named(run: Run, corpus: Path, tmp_path: Path) -> None:
    (corpus / "help" / "en").mkdir(parents=True)
    (corpus / "help" / "en" / "pay.md").write_text("## How do I pay?\n\nBy card.\n", "utf-8")
    questions, known = tmp_path / "questions.jsonl", ["returns#back", "help/en/pay#how-do-i-pay", "help/pay#how-do-i-pay"]
    for wants, noted in ((known, False), (["returns#bakc", *known], True)):
        questions.write_text(json.dumps({"question": "send a parcel back", "wants": wants}), "utf-8")
        result = run("eval", "--corpus", corpus, questions)
        assert result.status == 0 and ("returns#bakc" in result.err) is noted and "help" not in result.err


# --- ask ----------------------------------------------------------------------------------------------------------------------


def test_an_answer_as_text(run: Run, index: Index) -> None:
    status, out, err = run("ask", BUTTON)
    chunk = index.search(BUTTON).hits[0].chunk
    lines = out.splitlines()
    assert (status, err) == (0, "")
    assert lines[0] == chunk.title and lines[1].startswith("常见问题 · 把握 ")
    for number, step in enumerate(chunk.steps, 1):
        assert f"  {number}. {step}" in lines
    assert any(line.startswith("来源：") and "2026-03-05" in line for line in lines)
    assert "其他结果" in lines and "\x1b" not in out and chunk.id not in out


def test_nothing_is_certain_and_lists_have_no_percentages(run: Run) -> None:
    out = run("ask", "清关文件").out
    assert "常见问题 · 把握 99%\n" in out and "%" not in out.split("其他结果")[1]
    assert "%" not in run("ask", "关税怎么算").out


def test_each_source_stands_under_its_own_text(run: Run, index: Index) -> None:
    question = "工单状态分别是什么意思"
    procedure = index.search(question).procedure
    assert procedure
    before, after = run("ask", question).out.split(f"\n操作步骤：{procedure.title}\n")
    assert before.count("来源：") == after.count("来源：") == 1
    assert before.splitlines()[-1].startswith("来源：") and after.index("来源：") < after.index("其他结果")


def test_an_entry_stands_in_one_place_unless_it_is_explained(run: Run, index: Index) -> None:
    question = "why is my withdrawal blocked"
    answer = index.search(question)
    assert answer.procedure and answer.procedure in [hit.chunk for hit in answer.hits[1:]]
    listed = f"  - {answer.procedure.title}\n"
    assert listed not in run("ask", question).out and listed in run("ask", "--explain", question).out


def test_a_passage_without_a_title_is_named_by_its_id(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text('{"id": "a1", "text": "Send the parcel back."}\n{"id": "a2", "text": "The parcel is late."}\n')
    out = run("ask", "--corpus", file, "send the parcel back").out
    assert out.startswith("a1\n") and "\nSource: x.jsonl:1\n" in out and out.endswith("\n  - a2\n")


def test_a_saved_page_is_asked_like_any_document(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "returns.html"
    page.write_text(
        "<html><head><title>Returns | Shop</title></head><body><nav>Home</nav><main><h1>Returns</h1>"
        "<button aria-expanded=false>Where does a parcel go back to?</button><div hidden>To the warehouse.</div></main></body></html>"
    )
    out = run("ask", "--corpus", page, "where do I send the parcel back to").out
    assert out.startswith("Where does a parcel go back to?\n") and "To the warehouse." in out and "Home" not in out
    assert "there is a document of that name" in run("index", "--corpus", page, "--output", page).err


def test_labels_follow_the_question(run: Run) -> None:
    assert "来源：" in run("ask", BUTTON).out
    out = run("ask", "why", "is", "the", "chat", "button", "missing").out
    assert "Source: " in out and "Other matches" in out


def test_json_is_the_answer(run: Run, index: Index) -> None:
    status, out, _ = run("ask", "--json", "--limit", "3", BUTTON)
    assert status == 0 and out.count("\n") == 1
    assert json.loads(out) == json.loads(json.dumps(to_json(index.search(BUTTON, limit=3))))


def test_words_are_joined_to_a_question(run: Run) -> None:
    assert json.loads(run("ask", "--json", "withdrawal", "is", "blocked").out)["question"] == "withdrawal is blocked"


def test_filters(run: Run) -> None:
    hits = json.loads(run("ask", "--json", "--language", "en", "--kind", "faq", "--kind", "glossary", BUTTON).out)["hits"]
    assert hits and {hit["language"] for hit in hits} == {"en"} and {hit["kind"] for hit in hits} <= {"faq", "glossary"}


def test_a_declined_question_says_what_to_do(run: Run) -> None:
    status, out, err = run("ask", NONSENSE)
    assert (status, err) == (1, "")
    assert out.startswith("No confident answer.\n") and "Not found: " in out and "Ask support: " in out and "  1. " in out
    status, out, _ = run("ask", "量子纠缠的贝尔不等式")
    assert status == 1 and out.startswith("没有找到有把握的答案。\n") and "没有找到：" in out and "联系人工客服：" in out
    assert json.loads(run("ask", "--json", NONSENSE).out)["answered"] is False


@pytest.mark.parametrize("question", ["my ticket has had no reply for three days", "清关文件", "VIP专线怎么开通"])
def test_a_procedure_is_printed_whole_with_its_draft_and_its_source(run: Run, index: Index, question: str) -> None:
    out = run("ask", question).out
    procedure = index.search(question).procedure
    assert procedure and procedure.drafts and not procedure.steps
    after = out.split(procedure.title, 1)[1]
    assert all(f"\n{draft}\n" in after for draft in procedure.drafts) and "\nSource: " in after.replace("来源：", "Source: ")


def test_entries_that_may_answer_as_well_are_named_first(run: Run) -> None:
    lines = run("ask", "怎么写工单").out.splitlines()
    assert lines[2] == "也可能是：商品工单英文模板（LISTING）"
    assert "也可能是" not in run("ask", BUTTON).out


def test_a_question_that_is_not_answered_here_is_named_and_nothing_far_is_offered(run: Run) -> None:
    status, out, _ = run("ask", "关税怎么算")
    assert status == 1 and out.startswith("这里还没有写：关税、增值税和出口退税\n")
    assert "最接近的条目" not in out and "看懂了" not in out
    out = run("ask", "how", "do", "I", "connect", "an", "EDO", "operator").out
    assert re.search(r"Nearest entries\n  - Open live chat\n\Z", out)
    assert "Understood" not in run("ask", "asdfghjkl qwerty").out


def test_russian_is_told_which_languages_are_understood(run: Run) -> None:
    assert "Вопросы понимаются на китайском и английском" in run("ask", "Как вывести деньги").out


def test_a_question_in_no_language_is_answered_in_that_of_the_locale() -> None:
    for question, chinese, english in (
        ("???", "没有找到", "No confident"),
        ("KYC", "即实名认证", "Which papers"),
        ("Ozon", "电商平台", "online marketplaces"),
        ("FBO", "这里还没有写", "Not answered here"),
    ):
        assert chinese in process("ask", question, LC_ALL="zh_CN.UTF-8").stdout.decode()
        assert english in process("ask", question, LC_ALL="en_US.UTF-8").stdout.decode()
    one, other = (process("ask", "--json", "KYC", LC_ALL=locale).stdout for locale in ("zh_CN.UTF-8", "en_US.UTF-8"))
    assert one == other and json.loads(one)["language"] == "en"


def test_a_draft_is_printed_as_it_stands(run: Run, corpus: Path) -> None:
    out = run("ask", "--corpus", corpus, "How do I send a parcel back?").out
    assert "\nHello,\n  please  take it back.\n" in out


def test_a_document_does_not_steer_the_terminal(run: Run, corpus: Path) -> None:
    out = run("ask", "--corpus", corpus, "How do I send a parcel back?").out
    assert "warehouse" in out and not re.search("[\x00-\x08\x0b-\x1f\x7f]", out)


def test_explain_shows_how_each_word_matched(run: Run, index: Index) -> None:
    out = run("ask", "--explain", "--limit", "1", BUTTON).out
    answer = index.search(BUTTON, limit=1)
    hit = answer.hits[0]
    assert f"\n    {hit.chunk.id}：得分 {hit.score:.2f}，由来如下\n" in out
    lines = [line for line in map(re.compile(r" +([\d.]+)  (\S+)(.*)：(.+)").fullmatch, out.splitlines()) if line]
    weights = [float(line[1]) for line in lines]
    assert sum(weights) == pytest.approx(hit.score, abs=0.005 * len(lines)) and weights[:-1] == sorted(weights[:-1])[::-1]
    assert len(lines) == 16 and re.search("  其余 [0-9]+ 项：", lines[-1][0])
    assert {line[2].split("（")[0] for line in lines[:-1]} == {*answer.understood, "字词片段"}


def test_explain_leaves_the_words_of_english_whole_and_folds_syllables(run: Run) -> None:
    out = run("ask", "--explain", "--limit", "1", "my ticket has had no reply for three days").out
    assert "  has → have (word form): title " in out and "pieces of words" not in out
    out = run("ask", "--explain", "--limit", "1", "tixian bei dongjie").out
    assert re.search("[0-9] pieces of words:|字词片段 [0-9]+ 个：", out) and "xian bei" not in out and "tixian → 提现" in out


# --- a stream of questions ----------------------------------------------------------------------------------------------------


def test_a_stream_keeps_its_order_through_bad_lines(run: Run) -> None:
    lines = [
        BUTTON.encode(),
        b"",
        b"   ",
        "提".encode() * 100_000,
        b"withdrawal \xff\xfe blocked",
        b"\xef\xbb\xbfparcel lost\r",
        NONSENSE.encode(),
    ]
    status, out, err = run("ask", "--json", "-", stdin=b"\n".join(lines) + b"\n")
    answers = [json.loads(line) for line in out.splitlines()]
    assert (status, err, len(answers)) == (0, "", len(lines))
    assert answers[0]["question"] == BUTTON and answers[0]["answered"] is True
    assert all(list(answers[place]) == ["question", "error"] for place in (1, 2, 3))
    assert "empty" in answers[1]["error"] and "100,000" in answers[3]["error"] and len(answers[3]["question"]) <= 1000
    assert "blocked" in answers[4]["question"] and answers[5]["question"] == "parcel lost" and answers[6]["answered"] is False


def test_a_stream_of_text(run: Run, index: Index) -> None:
    status, out, err = run("ask", "-", stdin=f"{BUTTON}\n\n{BUTTON}".encode())
    assert status == 0 and out.splitlines().count(index.search(BUTTON).hits[0].chunk.title) == 2
    assert err.startswith("wenlu: the question is empty") and err.count("\n") == 1


def test_a_stream_in_the_encoding_of_a_chinese_console(run: Run) -> None:
    out = run("ask", "--json", "-", stdin=f"{BUTTON}\r\n".encode("gbk") + BUTTON.encode(), encoding="gbk").out
    assert [json.loads(line)["question"] for line in out.splitlines()] == [BUTTON, BUTTON]


def test_each_answer_is_there_before_the_next_question() -> None:
    command = [sys.executable, "-m", "search.cli", "ask", "--json", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin and child.stdout
        for question in (BUTTON, "parcel lost"):
            child.stdin.write(question.encode() + b"\n")
            child.stdin.flush()
            assert json.loads(child.stdout.readline())["question"] == question
        child.stdin.close()
        assert child.wait(10) == 0


def test_a_reader_that_leaves_is_no_error() -> None:
    command = [sys.executable, "-m", "search.cli", "ask", "--json", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdin and child.stdout and child.stderr
        child.stdin.write(f"{BUTTON}\n".encode())
        child.stdin.flush()
        child.stdout.readline()
        child.stdout.close()
        child.stdin.write(f"{BUTTON}\n".encode() * 3)
        child.stdin.close()
        assert child.stderr.read() == b""
        assert child.wait(10) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are closed in another way there")
def test_a_reader_that_leaves_before_the_end_of_an_answer_is_no_error() -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    command = [sys.executable, "-u", "-m", "search.cli", "ask", BUTTON]
    child = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(theirs)
    assert (child.returncode, child.stderr) == (0, b"")


# --- consoles -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["gbk", "ascii", "utf-8", "cp1252"])
def test_output_never_fails_on_a_character(encoding: str) -> None:
    question = "看不到 Chat 按钮 😀 é"
    text = process("ask", question, PYTHONIOENCODING=encoding)
    assert text.returncode in (0, 1) and text.stderr == b"" and text.stdout.decode(encoding)
    answer = process("ask", "--json", question, PYTHONIOENCODING=encoding)
    assert json.loads(answer.stdout.decode(encoding))["question"] == question
    missing = process("ask", "--index", "没有😀.wenlu", question, PYTHONIOENCODING=encoding)
    assert missing.returncode == 2 and missing.stderr.decode(encoding).count("\n") == 1
    helped = process("ask", "--help", PYTHONIOENCODING=encoding, LANG="zh_CN.UTF-8")
    assert helped.returncode == 0 and helped.stderr == b""


def test_a_lone_surrogate_in_the_question_is_answered(run: Run) -> None:
    status, out, err = run("ask", "--json", BUTTON + "\udcff")
    assert (status, err) == (0, "") and json.loads(out)["hits"]
    assert out.encode("utf-8")


def on_terminal(*arguments: str, **environment: str) -> str:
    """What the command writes to a terminal, of 40 columns if the environment says no other number."""
    pty = pytest.importorskip("pty", reason="terminals are tested where there are pseudo-terminals")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "search.cli", *arguments]
    with subprocess.Popen(
        command, stdout=theirs, stdin=theirs, env=os.environ | {"COLUMNS": "40", "TERM": "xterm"} | environment
    ) as child:
        os.close(theirs)
        output = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other side has closed
                break
            if not piece:
                break
            output += piece
        child.wait(10)
    os.close(ours)
    return output.decode().replace("\r\n", "\n")


def columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def test_a_terminal_gets_bold_and_lines_that_fit(index: Index) -> None:
    out = on_terminal("ask", "--limit", "1", BUTTON)
    assert "\x1b[1m" in out
    plain = re.sub(r"\x1b\[[0-9;]*m", "", out)
    assert max(map(columns, plain.splitlines())) <= 40
    squeezed = re.sub(r"\s", "", plain)
    assert all(re.sub(r"\s", "", step) in squeezed for step in index.search(BUTTON).hits[0].chunk.steps)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_lists_and_explanations_fit_a_terminal(width: int) -> None:
    out = on_terminal("ask", "--explain", "提现被冻结了怎么申诉", NO_COLOR="1", COLUMNS=str(width))
    assert max(map(columns, out.splitlines())) <= width


def test_a_line_breaks_in_no_word_and_no_bracket_begins_or_ends_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "文本里有“Waiting for your reply”、[T-1]；还有【方括号】（Ozon）和 don’t。" * 3
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    for width in range(26, 60):
        monkeypatch.setenv("COLUMNS", str(width))
        lines = wrap(text, 2).splitlines()
        assert max(map(columns, lines)) < width and "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert not [line for line in lines if line.strip()[0] in "”、；】）。" or line[-1] in "“【（"]
        assert all(" ".join(lines).count(word) == 3 for word in ("Waiting", "[T-1]", "don’t"))


TABLE = "## What sizes of boxes are there?\n\n| 箱子 | Weight | |\n|---|---|---|\n| 小 | up to 5 kg | 一个人 |\n| Large |  | two people |\n"


def test_a_table_is_aligned_where_it_fits_and_else_a_block_a_row(run: Run, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (corpus / "boxes.md").write_text(f"---\ntitle: Boxes\nlanguage: en\n---\n\n{TABLE}", "utf-8")
    ask = ("ask", "--corpus", corpus, "--language", "en", "What sizes of boxes are there?")
    aligned = "箱子   Weight\n小     up to 5 kg  一个人\nLarge              two people\n"
    blocks = "箱子: 小\nWeight: up to 5 kg\n一个人\n\n箱子: Large\ntwo people\n"
    for width, wanted in (("80", aligned), ("30", aligned), ("29", blocks)):
        monkeypatch.setenv("COLUMNS", width)
        assert f"\n\n{wanted}\n" in run(*ask).out
    out = on_terminal("ask", "工单状态分别是什么意思", NO_COLOR="1", COLUMNS="60")
    assert "\n\n状态：Waiting for your reply\n含义：等卖家补充材料\n你要做的：尽快在原单里补\n\n状态：On hold\n" in out


def test_no_color_is_heeded() -> None:
    assert "\x1b" not in on_terminal("ask", "--limit", "1", BUTTON, NO_COLOR="1")


# --- errors -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask"], "--help"),
        (["ask", ""], "empty"),
        (["ask", " \t "], "empty"),
        (["ask", "问" * 100_000], "100,000"),
        (["ask", "--limit", "0", "x"], "--help"),
        (["ask", "--limit", "many", "x"], "--help"),
        (["ask", "--corpus", "", "x"], "empty"),
        (["export", "--output", ""], "empty"),
        (["eval", ""], "empty"),
        (["ask", "--index", "x" * 256, "x"], "wenlu index"),
        (["ask", "--language", "fr", "x"], "--help"),
        (["ask", "--no-such-option", "x"], "--help"),
        (["no-such-command"], "--help"),
        (["ask", "--index", "a.wenlu", "--corpus", "b", "x"], "--help"),
        (["ask", "--index", "no-such-file.wenlu", "x"], "wenlu index"),
        (["ask", "--corpus", "no-such-folder", "x"], "no-such-folder"),
        (["index", "--output", "/dev/null/x.wenlu"], "/dev/null/x.wenlu"),
        (["index"], "--help"),
        (["eval", "no-such-file.jsonl"], "no-such-file.jsonl"),
    ],
)
def test_an_error_is_one_line_with_the_next_step(run: Run, arguments: list[str], said: str) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith("wenlu: ") and err.count("\n") == 1 and said in err and len(err) < 400


def test_errors_are_chinese_in_a_chinese_locale() -> None:
    usage = [["ask"], ["ask", "--limit", "0", "x"], ["ask", "--nonsense", "x"], ["nonsense"]]
    for arguments in [*usage, ["ask", " "], ["ask", "--corpus", "no-such-folder", "x"], ["ask", "--index", "no-such-file", "x"]]:
        error = process(*arguments, LC_ALL="zh_CN.UTF-8").stderr.decode()
        assert error.startswith("wenlu：") and re.search("[\u4e00-\u9fff]{4}", error) and error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask", "--limit", "0", "x"], "参数 --limit 的值不对（应是 1 到 1000 之间的整数）"),
        (["ask", "--kind", "x", "x"], "参数 --kind 的值不对（可以是 faq、procedure、section、glossary）"),
        (["serve", "--rate", "-1"], "参数 --rate 的值不对（应是不小于 0 的数）"),
        (["ask", "--limit"], "选项 --limit 要么缺一个值"),
        (["serve"], "参数 $PORT 的值不对（应是 0 到 65535 之间的整数）"),
        (["index", "--output", "/dev/null/x"], "写不进去（已有同名文件）"),
        (["index", "--output", "/"], "参数 --output 的值不对（是文件夹，不是文件）"),
        (["export", "--output", __file__], "参数 --output 的值不对（是文件，不是文件夹）"),
        (["nonsense"], "没有命令 nonsense。"),
        (["asks"], "没有命令 asks，相近的有 ask。"),
        (["eval", "a", "b"], "多了一个参数 b。"),
        (["eval", "a", "b", "c"], "多了几个参数 b c。"),
    ],
)
def test_what_is_wrong_with_a_value_is_chinese_as_a_whole(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.setattr("search.cli.INTERFACE", "zh")
    monkeypatch.setenv("PORT", "abc")
    assert said in run(*arguments).err


def test_a_value_from_the_environment_is_called_by_its_variable(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "abc")
    for command in ("serve", "page"):
        err = run(command).err
        assert "$PORT" in err and "--port" not in err
    assert "'--port'" in run("serve", "--port", "x").err


@pytest.mark.skipif(sys.platform == "win32", reason="streams are closed in another way there")
@pytest.mark.parametrize(("closed", "status"), [("2>&-", 0), (">&-", 0), ("<&-", 0), ("<&- >&- 2>&-", 0)])
def test_closed_streams_are_no_error(closed: str, status: int) -> None:
    for question in (BUTTON, "-"):
        line = f'"$0" -m search.cli ask "$1" {closed}'
        child = subprocess.run(
            ["sh", "-c", line, sys.executable, question], capture_output=True, timeout=60, check=False, input=b""
        )
        assert (child.returncode, child.stderr) == (status, b"")
    child = subprocess.run(["sh", "-c", f'"$0" -m search.cli ask " " {closed}', sys.executable], capture_output=True, timeout=60)
    assert child.returncode == 2


def test_output_that_can_not_be_written_is_one_line(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="files are limited in another way there")
    index = tmp_path / "x.wenlu"
    Index.build([Document("a.md", "markdown", "## Parcel\n\nSend it back. " * 99, "A", "en")]).save(index)
    with (tmp_path / "out").open("wb") as out:
        child = subprocess.run(
            [sys.executable, "-m", "search.cli", "ask", "--index", str(index), "parcel"],
            stdout=out,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64)),
            timeout=60,
        )
    assert (child.returncode, child.stderr) == (
        2,
        b"wenlu: File too large; check the path, its permissions and the space left, then try again\n",
    )


@pytest.mark.parametrize(
    ("error", "said"),
    [(RuntimeError("odd\nthing"), "RuntimeError: odd thing"), (RecursionError(), "WENLU_TRACEBACK=1"), (MemoryError(), "memory")],
)
def test_what_nobody_foresaw_is_one_line_too(run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Index, "search", fail)
    status, out, err = run("ask", BUTTON)
    assert (status, out, err.count("\n")) == (2, "", 1) and said in err
    monkeypatch.setenv("WENLU_TRACEBACK", "1")
    with pytest.raises(type(error)):
        main(["ask", BUTTON])


def test_a_damaged_index_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "bad.wenlu"
    for content in (b"", b"not an index", bytes(1000)):
        file.write_bytes(content)
        status, out, err = run("ask", "--index", file, "x")
        assert (status, out) == (2, "") and err.count("\n") == 1 and "wenlu index" in err


def test_a_document_that_cannot_be_read_is_named_and_passed_over(run: Run, corpus: Path) -> None:
    (corpus / "bad.jsonl").write_text("{this is no passage\n")
    status, out, err = run("ask", "--corpus", corpus, "How do I send a parcel back?")
    assert status == 0 and "Print the label" in out and "bad.jsonl" in err and err.count("\n") == 1
    for command in (
        ["ask", "How do I send a parcel back?"],
        ["index", "--output", corpus / "x"],
        ["export", "--output", corpus / "y"],
    ):
        status, out, err = run(*command, "--strict", "--corpus", corpus)
        assert (status, out) == (2, "") and "bad.jsonl" in err and err.count("\n") == 1
    assert not (corpus / "x").exists() and not (corpus / "y").exists()


def test_an_interrupt_ends_with_a_status_of_its_own(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Index, "search", interrupt)
    assert run("ask", BUTTON) == (130, "", "\n")


# --- index, corpus ------------------------------------------------------------------------------------------------------------


def test_an_index_answers_as_its_documents_do(run: Run, corpus: Path, tmp_path: Path) -> None:
    file = tmp_path / "built.wenlu"
    status, out, err = run("index", "--corpus", corpus, "--output", file)
    assert (status, out) == (0, "") and "1 documents" in err
    question = "How do I send a parcel back?"
    assert run("ask", "--json", "--index", file, question) == run("ask", "--json", "--corpus", corpus, question)
    for option, source in (("--index", file), ("--corpus", corpus)):
        assert run("export", option, source, "--output", tmp_path / option).status == 0
    exported, others = (
        {path.name: path.read_bytes() for path in (tmp_path / option).rglob("*.*")} for option in ("--index", "--corpus")
    )
    assert exported == others


def test_an_edit_is_found_by_the_next_question(run: Run, corpus: Path) -> None:
    assert run("ask", "--corpus", corpus, "customs paper").status == 1
    (corpus / "customs.md").write_text("# Customs paper\n\nWrite the tax number on the customs paper.\n")
    assert "tax number" in run("ask", "--corpus", corpus, "customs paper").out


def test_the_corpus_may_come_from_the_environment(run: Run, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENLU_CORPUS", str(corpus))
    assert json.loads(run("ask", "--json", "send a parcel back").out)["hits"][0]["id"] == "returns#back"


# --- eval ---------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    file = tmp_path / "questions.jsonl"
    rows: list[dict[str, Any]] = [
        {"id": "1", "question": "How do I send a parcel back?", "wants": ["returns#back"], "split": "a"},
        {"id": "2", "question": NONSENSE, "wants": [], "split": "b"},
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def test_addresses_stand_behind_the_words_that_lead_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "# How do I file it?\n\nSee [here](https://a.z/x) or <https://b.z/>, mail [us](mailto:c@d.z).\n\n1. Open [it](https://e.z).\n"
        "\n```\nDear [you](https://f.z)\n```\n",
        "utf-8",
    )
    text = run("ask", "how do I file it", "--corpus", tmp_path).out
    assert "See here <https://a.z/x> or https://b.z/, mail us <c@d.z>." in text
    assert "1. Open it <https://e.z>." in text and "Dear [you](https://f.z)\n" in text


def test_eval_prints_a_table_or_json(run: Run, corpus: Path, questions: Path) -> None:
    status, out, err = run("eval", "--corpus", corpus, questions)
    assert (status, err) == (0, "") and out.splitlines()[1].split()[:3] == ["all", "2", "1.000"]
    report = json.loads(run("eval", "--corpus", corpus, "--json", "--split", "a", questions).out)
    assert report["figures"]["all"]["recall@1"] == 1.0 and [row["id"] for row in report["questions"]] == ["1"]
    status, _, err = run("eval", "--corpus", corpus, "--split", "c", questions)
    assert status == 2 and "--split" in err


def test_eval_is_a_gate(run: Run, corpus: Path, questions: Path, tmp_path: Path) -> None:
    baseline = tmp_path / "before.json"
    baseline.write_text(run("eval", "--corpus", corpus, "--json", questions).out)
    assert run("eval", "--corpus", corpus, "--baseline", baseline, questions).status == 0
    document = corpus / "returns.md"
    document.write_text(document.read_text("utf-8").replace("{#back}", "{#again}"), "utf-8")
    status, out, _ = run("eval", "--corpus", corpus, "--baseline", baseline, questions)
    assert status == 1 and "Worse (1)\n  1: How do I send a parcel back?: rank 1, answered → not found, answered" in out
    status, out, err = run("eval", "--corpus", corpus, "--baseline", baseline, "--json", questions)
    assert status == 1 and json.loads(out) and "Worse (1)" in err
    questions.write_text(json.dumps({"id": "3", "question": "Send \x1b[31m\nit\tback", "wants": ["returns#back"]}) + "\n")
    before = run("eval", "--corpus", corpus, "--json", questions).out
    baseline.write_text(before.replace('"rank": null', '"rank": 1'))
    out = run("eval", "--corpus", corpus, "--baseline", baseline, questions).out
    assert "Worse (1)\n  3: Send [31m it back: rank 1, " in out and "\x1b" not in out
    baseline.write_text("{}")
    assert run("eval", "--corpus", corpus, "--baseline", baseline, questions).status == 2


# --- help, completion, page ---------------------------------------------------------------------------------------------------


def test_every_command_and_option_is_explained_in_both_languages() -> None:
    for command in ["", *wenlu.commands]:
        arguments = [*filter(None, [command]), "--help"]
        english, chinese = (process(*arguments, LC_ALL=locale).stdout.decode() for locale in ("en_US.UTF-8", "zh_CN.UTF-8"))
        assert english.startswith("Usage: wenlu") and not re.search("[\u4e00-\u9fff]", english)
        assert chinese.startswith("用法：wenlu") and "选项" in chinese
        options = [param for param in (wenlu.commands[command] if command else wenlu).params if param.param_type_name == "option"]
        assert all(getattr(option, "help", None) for option in options)
        explained = re.split(r"\n  (?=-)", chinese.split("选项：")[1])[1:]
        assert len(explained) >= len(options) and all(re.search("[\u4e00-\u9fff]", text) for text in explained)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_chinese_help_breaks_by_columns_and_in_no_word(width: int) -> None:
    for command in ["", *wenlu.commands]:
        arguments = [*filter(None, [command]), "--help"]
        out = process(*arguments, LC_ALL="zh_CN.UTF-8", COLUMNS=str(width)).stdout.decode()
        lines = out.splitlines()
        assert max(map(columns, lines)) <= min(width, 80) and "[default" not in out and "<=" not in out and ":\n" not in out
        assert not [line for line in lines if line.strip()[:1] in tuple("，。、；：）")]
        if "--corpus" in out:
            assert "$WENLU_CORPUS" in out and ".jsonl" in out
        noted = {"ask": "（默认5，1到1000）。", "export": "（必填）。", "serve": "（默认20.0，不小于0）。"}
        assert noted.get(command, "") in re.sub(r"\s", "", out)


def test_what_was_perhaps_meant_is_named() -> None:
    for arguments, chinese, english in (
        (["aks"], "没有命令 aks，相近的有 ask。", "Did you mean 'ask'?"),
        (["ask", "--limt", "x"], "没有选项 --limt，相近的有 --limit。", "No such option: --limt. Did you mean --limit?"),
        (["ask"], "缺少参数 QUESTION。", "QUESTION"),
        (["completion", "ksh"], "参数 SHELL 的值不对", "bash"),
    ):
        assert chinese in process(*arguments, LC_ALL="zh_CN.UTF-8").stderr.decode()
        assert english in process(*arguments, LC_ALL="en_US.UTF-8").stderr.decode()


def test_the_version(run: Run) -> None:
    from search import __version__

    assert run("--version").out == f"wenlu {__version__}\n"


def test_nothing_typed_shows_the_help(run: Run) -> None:
    assert run().out == run("--help").out


def test_help_starts_without_the_numerical_libraries() -> None:
    code = "import sys, search.cli; print(sorted({'numpy', 'scipy', 'sklearn', 'jieba', 'streamlit'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


LOOKUP = """
import atexit, json, sys, search.cli
atexit.register(lambda: print(json.dumps(list(sys.modules))))
search.cli.main(["ask", sys.argv[1], "--index", sys.argv[2]])
"""


@pytest.mark.parametrize("question", ["提现受限怎么申诉", "How do I appeal a withdrawal restriction?"])
def test_a_lookup_imports_only_what_it_needs(index: Index, tmp_path: Path, question: str) -> None:
    index.save(tmp_path / "x.wenlu")
    command = [sys.executable, "-c", LOOKUP, question, str(tmp_path / "x.wenlu")]
    environment = os.environ | {"PYTHONIOENCODING": "utf-8"}
    printed = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment).stdout
    modules = json.loads(printed.splitlines()[-1])
    tops = {name.partition(".")[0] for name in modules} - sys.stdlib_module_names
    others = {"sitecustomize", "usercustomize", "cython_runtime"}  # of the installation, and of what Cython compiled
    assert {name for name in tops if not name.startswith("_")} - others == {"search", "numpy", "click", "Stemmer"}
    building = {
        "building",
        "read",
        "article",
        "outline",
        "hypertext",
        "dialects",
        "markdown",
        "chunk",
        "counts",
        "vectorize",
        "terms",
        "serve",
        "page",
        "evaluate",
    }
    assert not building & {name.removeprefix("search.") for name in modules if name.startswith("search.")}
    assert "tomllib" not in modules


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(run: Run, shell: str) -> None:
    assert f"_WENLU_COMPLETE={shell}_complete" in run("completion", shell).out
    words = {"bash": {"COMP_WORDS": "wenlu as", "COMP_CWORD": "1"}, "fish": {"COMP_WORDS": "wenlu as", "COMP_CWORD": "as"}}
    found = process(_WENLU_COMPLETE=f"{shell}_complete", **words.get(shell, words["bash"]))
    assert b"ask" in found.stdout and b"eval" not in found.stdout


@pytest.fixture
def port() -> Iterator[int]:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = int(probe.getsockname()[1])
    yield number


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What Streamlit is started with, which it is not."""
    calls: list[list[str]] = []
    monkeypatch.setattr("streamlit.web.cli.main", lambda arguments, **_: calls.append(arguments))
    monkeypatch.setenv("WENLU_CORPUS", "")  # which the command sets, for Streamlit
    return calls


def test_options_reach_the_page(run: Run, corpus: Path, port: int, launched: list[list[str]]) -> None:
    assert run("page", "--corpus", corpus, "--corpus", corpus / "returns.md", "--host", "127.0.0.1", "--port", port).status == 0
    assert {"--server.address=127.0.0.1", f"--server.port={port}"} <= set(*launched)
    assert os.environ["WENLU_CORPUS"] == f"{corpus}{os.pathsep}{corpus / 'returns.md'}"


def test_a_page_that_can_not_be_served_is_not_started(
    run: Run, tmp_path: Path, launched: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    parted = tmp_path / f"d{os.pathsep}e"
    parted.mkdir()
    (parted / "a.md").write_text("# A\n\nb\n")
    with socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wrong: list[tuple[list[str | Path], str, str]] = [
            (["page", "--host", "127.0.0.1", "--port", str(taken.getsockname()[1])], "--host and --port", "已被占用"),
            (["page", "--host", "256.1.1.1"], "--host and --port", "请用 --host 和 --port"),
            (["page", "--port", "0", "--corpus", tmp_path / "nofile"], "nofile", "nofile"),
            (["page", "--port", "0", "--corpus", parted], "rename the folder", "请给文件夹改名"),
            (["serve", "--port", "0", "--page", "--corpus", parted], "rename the folder", "请给文件夹改名"),
        ]
        for arguments, *said in wrong:
            for language, text in zip(("en", "zh"), said, strict=True):
                monkeypatch.setattr("search.cli.INTERFACE", language)
                status, out, err = run(*arguments)
                assert (status, out, err.count("\n")) == (2, "", 1) and text in err
    assert not launched


def test_page_serves_the_page(port: int) -> None:
    command = [sys.executable, "-m", "search.cli", "page", "--port", str(port)]
    environment = os.environ | {"STREAMLIT_SERVER_HEADLESS": "true"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        try:
            deadline = monotonic() + 60
            while True:
                try:
                    with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=5) as response:
                        assert response.read() == b"ok"
                    break
                except OSError:
                    assert monotonic() < deadline and child.poll() is None, "the page did not start"
                    sleep(0.2)
        finally:
            child.terminate()
            try:
                child.wait(20)
            finally:
                child.kill()
