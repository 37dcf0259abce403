"""The engine in the browser against the index in Python: the same questions, the same answers."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import Stemmer

from search import Index, IndexFileError, javascript, read_documents
from search.analyze import IRREGULAR
from search.cli import main
from search.export import _TAKEN, FOLDER, FORMAT, MANIFEST, export, varints
from search.suggest import suggest
from search.wire import chunk_to_json

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "benchmarks"))

import parity  # noqa: E402

ALIKE = 0.999  # share of questions with the same answer

Ask = Callable[[Path, list[dict[str, Any]]], list[dict[str, Any]]]


@pytest.fixture(scope="session")
def ask() -> Ask:
    """Asks the engine of an export, in one process of Node."""
    if not shutil.which("node"):
        reason = "no Node on the path; install one (on Debian: apt-get install nodejs)"
        if os.environ.get("WENLU_REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    return parity.ask


@pytest.fixture(scope="module")
def exported(index: Index, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    export(index, folder)
    return folder


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def questions(root: Path) -> list[str]:
    return [row["question"] for row in lines(root / "tests" / "quality" / "questions.jsonl")]


def check(found: parity.Parity) -> None:
    print(found)
    assert found.asked and found.ranked >= ALIKE * found.asked and found.same >= ALIKE * found.asked, found.differing[:5]


def test_the_shipped_corpus_gives_the_same_answers(ask: Ask, index: Index, exported: Path, questions: list[str]) -> None:
    check(parity.compare(index, exported, questions))


@pytest.mark.parametrize(
    "options",
    [
        {"limit": 1},
        {"language": "en"},
        {"language": "zh"},
        {"kinds": ["procedure", "glossary"]},
        {"kinds": ["procedure"], "limit": 1},
        {"kinds": ["faq"], "language": "zh"},
    ],
)
def test_options_give_the_same_answers(
    ask: Ask, index: Index, exported: Path, questions: list[str], options: dict[str, Any]
) -> None:
    check(parity.compare(index, exported, questions[::9], **options))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_development_questions_give_the_same_answers(ask: Ask, shared: Path, tmp_path: Path, language: str) -> None:
    for name, index, asked in parity.development(shared, language):
        export(index, tmp_path / name)
        for direction, texts in asked.items():
            print(direction, end=": ")
            check(parity.compare(index, tmp_path / name, texts))


def test_a_corpus_with_entries_in_one_language_each_gives_the_same_answers(
    ask: Ask, root: Path, tmp_path: Path, questions: list[str]
) -> None:
    names = ["zh/withdrawal-blocked", "zh/languages", "zh/submit-a-request", "en/glossary", "en/help-center", "en/ticket-overdue"]
    index = Index.build(read_documents([root / "corpus" / f"{name}.md" for name in names]))
    export(index, tmp_path)
    check(parity.compare(index, tmp_path, questions[::7]))


def test_suggestions_are_the_same(ask: Ask, index: Index, exported: Path) -> None:
    typed = "提 提现 聊天按钮 t ti tix tixian tx kyc KYC w with withdrawa how do zhanghu dongjie 账户dj 帳戶 发票 inn. - 12 é support 找ke".split(
        " "
    )
    typed += ["how to con", "聊天 anniu", "看不到 chat", "", "  ", "x" * 300]
    replies = ask(exported, [{"suggest": text} for text in typed])
    for text, reply in zip(typed, replies, strict=True):
        assert reply["suggestions"] == json.loads(json.dumps([one._asdict() for one in suggest(index, text)])), text
    assert sum(bool(reply["suggestions"]) for reply in replies) > len(typed) / 2


def test_a_chunk_is_found_by_its_id(ask: Ask, index: Index, exported: Path) -> None:
    there = range(0, len(index), 7)
    ids = [*(index.chunks[position].id for position in there), "", "zh/glossary#nothing", "constructor", "提𠀀"]
    expected = [chunk_to_json(index.chunks[position], index.translations(position)) for position in there] + [None] * 4
    assert [reply.get("chunk") for reply in ask(exported, [{"chunk": one} for one in ids])] == json.loads(json.dumps(expected))


def test_stems_are_those_of_the_index(ask: Ask, index: Index, exported: Path) -> None:
    endings = "s es ed eed ing ying ingly edly ies ly ness ment ation ational izer fulness ousli ogist ative ism ible ion sion y ll".split()
    bases = {word for word in [*IRREGULAR, *IRREGULAR.values(), *index.lexicon.vocabulary] if word.isascii() and word.isalpha()}
    words = sorted(
        {*bases, *(base + ending for base in bases for ending in endings), "yyay", "ayyy", "proceed", "evening", "skis"}
    )
    [reply] = ask(exported, [{"stems": words}])
    assert reply["stems"] == Stemmer.Stemmer("english", 0).stemWords(words)


def test_hostile_questions_have_answers(ask: Ask, index: Index, exported: Path) -> None:
    written = [
        "",
        " \n\t",
        "\ud800",
        "提现\udc00",
        "__proto__",
        "constructor toString hasOwnProperty",
        "(?<x>[",
        "a.*b|c)$^\\",
        "\0提\a现",
    ]
    written += [
        "'; DROP TABLE",
        "<img src=x onerror=alert(1)>",
        "🙂 提现 🙂",
        "ｔｉｘｉａｎ",
        "é" * 500,
        "提" * 2000,
        "a " * 900,
        "1" * 2000,
        "a-" * 900,
    ]
    replies = ask(exported, [{"question": question} for question in written])
    for question, reply in zip(written, replies, strict=True):
        assert [hit["id"] for hit in reply["hits"]] == [hit.chunk.id for hit in index.search(question).hits], question
        assert not re.search("[\0-\x08\ud800-\udfff]", reply["question"])


def test_a_text_that_is_no_question_is_an_error_in_both_languages(ask: Ask, exported: Path) -> None:
    [reply] = ask(exported, [{"question": "提" * 100_000}])
    assert "100000" in reply["error"] and "ask in one or two sentences" in reply["error"]
    assert "请用一两句话来问" in reply["chinese"]


def shard(folder: Path, name: str) -> Path:
    return next((folder / FOLDER).glob(f"{name}-*"))


@pytest.mark.parametrize(
    ("name", "damage"), [("core", "missing"), ("core", "cut"), ("t", "missing"), ("t", "changed"), ("c", "cut")]
)
def test_a_damaged_shard_is_an_error_in_both_languages(ask: Ask, exported: Path, tmp_path: Path, name: str, damage: str) -> None:
    shutil.copytree(exported, tmp_path, dirs_exist_ok=True)
    for file in (tmp_path / FOLDER).glob(f"{name}-*"):
        data = file.read_bytes()
        if damage == "missing":
            file.unlink()
        else:
            file.write_bytes(data[: len(data) // 2] if damage == "cut" else data[:-6] + b"\0\0" + data[-4:])
    [reply] = ask(tmp_path, [{"question": "提现 chat with support"}])
    assert f"/{name}-" in reply["error"] and "can't be loaded" in reply["error"] and "wenlu export" in reply["error"]
    assert "加载失败" in reply["chinese"] and "wenlu export" in reply["chinese"]


def test_the_engine_asks_for_the_version_that_is_written() -> None:
    assert f".wenlu !== {FORMAT})" in (javascript.FOLDER / "engine.js").read_text("utf-8")


def test_the_engine_names_the_constants_in_the_order_in_which_they_are_written() -> None:
    source = (javascript.FOLDER / "engine.js").read_text("utf-8")
    known = source[: source.index("] = K.constants")].rsplit("[", 1)[1]
    taken = [name.strip("_") for names in _TAKEN.values() for name in names.split()]
    assert [name.removesuffix("_SOURCE") for name in re.findall(r"\w+", known)] == taken


def test_files_of_another_version_are_refused(ask: Ask, exported: Path, tmp_path: Path) -> None:
    shutil.copytree(exported, tmp_path, dirs_exist_ok=True)
    manifest = json.loads((tmp_path / MANIFEST).read_text("utf-8"))
    (tmp_path / MANIFEST).write_text(json.dumps(manifest | {"wenlu": 999}))
    [reply] = ask(tmp_path, [{"question": "提现"}])
    assert "(version 999)" in reply["error"] and "（version 999）" in reply["chinese"]


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_the_same_index_gives_the_same_bytes(index: Index, exported: Path, tmp_path: Path) -> None:
    written = export(index, tmp_path)
    found = files(tmp_path)
    assert found == files(exported)
    assert written == (len(found), sum(map(len, found.values())))


@pytest.fixture
def small(tmp_path: Path) -> Index:
    (tmp_path / "one.jsonl").write_text(
        '{"id": "a", "text": "退货寄到莫斯科仓"}\n{"id": "b", "text": "Parcels go to the 2 warehouses"}\n', "utf-8"
    )
    return Index.build(read_documents([tmp_path / "one.jsonl"]))


def test_an_export_replaces_an_earlier_one_and_leaves_other_files(small: Index, exported: Path, tmp_path: Path) -> None:
    folder, alone = tmp_path / "site", tmp_path / "alone"
    shutil.copytree(exported, folder)
    (folder / FOLDER / "notes.txt").write_text("mine")
    export(small, folder)
    export(small, alone)
    assert files(folder) == files(alone) | {f"{FOLDER}{os.sep}notes.txt": b"mine"}


def test_small_corpora_and_those_of_one_language_are_asked(ask: Ask, small: Index, tmp_path: Path) -> None:
    (tmp_path / "zh.jsonl").write_text('{"id": "x", "text": "退货寄到 U+1F600 莫斯科仓 🙂，𠀀"}\n', "utf-8")
    for name, index in (("both", small), ("zh", Index.build(read_documents([tmp_path / "zh.jsonl"])))):
        export(index, tmp_path / name)
        check(
            parity.compare(index, tmp_path / name, ["退货地址", "莫斯科仓", "warehouse in moscow", "tuihuo", "prcel", "仓库 二"])
        )


def test_synonyms_with_letters_beside_han_lead_alike(ask: Ask, tmp_path: Path) -> None:
    entry = "## 安全密钥坏了怎么办？\n\n到柜台换一个。\n\n## 密码忘了怎么办？\n\n点找回密码。\n\n"
    (tmp_path / "a.md").write_text(f"{entry}## 同义词\n\n- 安全密钥 = U盾 = security key\n", "utf-8")
    index = Index.build(read_documents([tmp_path / "a.md"]))
    export(index, tmp_path / "out")
    questions = ["U盾坏了", "我的u盾坏了吗", "U盾", "security key 坏了", "U 盾"]
    check(parity.compare(index, tmp_path / "out", questions))
    assert all(index.search(question).answered for question in questions[:3])


def test_large_numbers_are_written_alike(ask: Ask, tmp_path: Path) -> None:
    texts = {"a": "营业额二百亿卢布，也就是 2000000 万", "b": "It sold 10000000000 parcels", "c": "One of 1000000000000000 codes"}
    (tmp_path / "x.jsonl").write_text("".join(json.dumps({"id": id, "text": text}) + "\n" for id, text in texts.items()), "utf-8")
    index = Index.build(read_documents([tmp_path / "x.jsonl"]))
    export(index, tmp_path / "out")
    questions = {"20 billion": "a", "卖了100亿个": "b", "1000万亿": None, "999999999999999.9": None}
    check(parity.compare(index, tmp_path / "out", list(questions)))
    for question, id in questions.items():
        assert id in [None, *(hit.chunk.id for hit in index.search(question).hits)]


def test_a_folder_that_cannot_be_written_is_an_error(small: Index, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(IndexFileError, match="choose another folder") as error:
        export(small, tmp_path / "file" / "site")
    assert "写不进去" in error.value.chinese


def test_the_command_exports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one.md").write_text("# 退货\n\n寄到莫斯科仓\n", "utf-8")
    with pytest.raises(SystemExit) as exit:
        main(["export", "--corpus", str(tmp_path / "one.md"), "--output", str(tmp_path / "site")])
    assert not exit.value.code and str(tmp_path / "site") in capsys.readouterr().err
    assert {file.name for file in (tmp_path / "site").iterdir()} >= {MANIFEST, FOLDER, "engine.js"}


def test_every_shard_is_a_gzip_and_the_manifest_is_small(exported: Path) -> None:
    assert (exported / MANIFEST).stat().st_size < 1000
    for file in (exported / FOLDER).iterdir():
        assert gzip.decompress(file.read_bytes())


def varint_values(data: bytes) -> Iterator[int]:
    value = shift = 0
    for byte in data:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield value
            value = shift = 0


def test_varints_are_read_back() -> None:
    numbers = [0, 1, 127, 128, 300, 16383, 16384, 2**31, 2**32 - 1, 5]
    assert list(varint_values(varints(np.array(numbers)))) == numbers
    assert varints(np.array([], np.int64)) == b""
