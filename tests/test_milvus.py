import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from search import Answer, DependencyError, Document, Index, IndexFileError, WenluError, milvus, read_documents, to_json
from search.cli import main
from search.document import Language
from search.evaluate import read_questions
from search.milvus import Published, load, place_of, publish
from search.serve import Supply, create_app

pytestmark = pytest.mark.skipif(
    not (find_spec("pymilvus") and find_spec("milvus_lite")), reason="no Milvus; run: pip install 'wenlu[milvus]'"
)
LONG = "".join(f"一共有 {number} 种情况，都要写清楚。" for number in range(8000))  # more than two fields of Milvus hold
ODD = '"quoted" \\ id \u2028 𠮷'


@pytest.fixture(scope="module", autouse=True)
def engines() -> Iterator[None]:
    """Stops the engines that the tests started."""
    yield
    from milvus_lite.server_manager import server_manager_instance

    server_manager_instance.release_all()


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here nothing written arrives late."""
    monkeypatch.setattr(milvus, "_STALENESS", 0.0)


@pytest.fixture(scope="module")
def published(index: Index, tmp_path_factory: pytest.TempPathFactory) -> Index:
    """The shipped corpus, published and opened."""
    return opened(index, tmp_path_factory.mktemp("milvus") / "corpus.db")


def opened(index: Index, file: Path) -> Index:
    assert publish(index, str(file))
    return load(str(file))


def passages(*texts: tuple[str, str]) -> Index:
    """An index of passages, each an id and a text."""
    return Index.build([Document(f"{id}.md", "markdown", f"## {id}\n\n{text}", "Passages", "zh") for id, text in texts])


@cache
def small(mark: str) -> Index:
    """A small index whose every answer has the mark."""
    return passages(*((f"退货 {mark} {number}", f"请把第 {number} 个包裹 {mark} 寄到莫斯科仓。") for number in range(8)))


def shape(answer: Answer) -> Any:
    """An answer as JSON, without the figures, which two ways to them leave apart in the last digits."""
    shaped = to_json(answer)
    for hit in shaped["hits"]:
        hit["matched"] = sorted((match["question"], match["term"], match["field"], match["via"]) for match in hit["matched"])
        del hit["score"], hit["confidence"]
    del shaped["confidence"]
    return shaped


def agreement(one: Index, other: Index, questions: Sequence[str]) -> tuple[float, float]:
    """The share of questions with the same first hit, and with the same ten; scores and confidences agree wherever hits do."""
    first = ten = 0
    for question in questions:
        hits, others = (index.search(question, limit=10).hits for index in (one, other))
        ids, other_ids = ([hit.chunk.id for hit in found] for found in (hits, others))
        first += ids[:1] == other_ids[:1]
        ten += ids == other_ids
        for hit, same in zip(hits, others, strict=False):
            if hit.chunk.id == same.chunk.id:
                assert same.score == pytest.approx(hit.score, abs=1e-3)
    return first / len(questions), ten / len(questions)


# --- the same answers -------------------------------------------------------------------------------------------------------------


def test_what_is_published_answers_as_the_index_does(index: Index, published: Index, root: Path) -> None:
    questions = [question.text for question in read_questions(root / "tests" / "quality" / "questions.jsonl")][::7]
    assert len(questions) > 90 and agreement(index, published, questions) == (1.0, 1.0)
    for question in questions[::4]:
        answer, same = index.search(question), published.search(question)
        assert shape(same) == shape(answer)
        assert same.confidence == pytest.approx(answer.confidence, abs=1e-3)
        for hit in same.hits:
            assert sum(match.weight for match in hit.matched) == pytest.approx(hit.score, abs=1e-6)


def test_filters_are_those_of_the_index(index: Index, published: Index) -> None:
    for question in ("怎么提现", "withdraw my balance", "包裹卡在莫斯科分拣中心"):
        for language in ("zh", "en"):
            for kinds in (["procedure"], ["faq", "glossary"], []):
                answer = index.search(question, 10, language=language, kinds=kinds)
                same = published.search(question, 10, language=language, kinds=kinds)
                assert shape(same) == shape(answer) and same.confidence == pytest.approx(answer.confidence, abs=1e-3)


def test_a_question_without_a_known_word_has_no_hits(published: Index) -> None:
    assert published.search("?!").hits == ()


@pytest.mark.parametrize("written", ["zh", "en"])
def test_development_questions_find_the_same(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    folder = shared / "eval" / "xquad-dev"
    index = Index.build(read_documents([folder / f"passages.{written}.jsonl"]))
    published = opened(index, tmp_path / "xquad.db")
    for asked in ("zh", "en"):
        lines = (folder / f"questions.{asked}.jsonl").read_text("utf-8").splitlines()[::12]
        questions = [json.loads(line)["question"] for line in lines]
        for name in ("CANDIDATES", "FOREIGN_CANDIDATES"):
            monkeypatch.setattr(milvus, name, 80)  # of 120, so that it matters what the engine finds
        first, ten = agreement(index, published, questions)
        assert first >= 0.999 and ten >= 0.99


def test_chunks_are_found_by_id_and_by_position(index: Index, published: Index) -> None:
    assert len(published) == len(index) and published.languages == index.languages
    for position in range(0, len(index), 30):
        chunk = index.chunk_at(position)
        assert published.position(chunk.id) == position
        assert published.chunk_at(position) == published.chunk(chunk.id) == chunk
        assert published.translations(position) == index.translations(position)
    with pytest.raises(WenluError, match="can be saved or exported"):
        published.save("corpus.wenlu")
    assert published.position("nothing") == -1 and published.chunk("nothing") is None


def test_translations_are_found_wherever_the_language_folders_are(tmp_path: Path) -> None:
    texts: dict[Language, str] = {"zh": "退货找客服。", "en": "Ask support about returns."}
    index = Index.build([Document(f"A/{name}/r.md", "markdown", f"## R\n\n{text}", "R", name) for name, text in texts.items()])
    published = opened(index, tmp_path / "both.db")
    assert [published.translations(place) for place in range(2)] == [{"en": "A/en/r#r"}, {"zh": "A/zh/r#r"}]


def test_what_is_long_or_odd_arrives_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(milvus, "_ASCII", 20_000)  # several pieces of the file, too
    lines = [{"id": ODD, "text": f"退货地址 {LONG}"}, {"id": "empty", "text": "。"}, {"id": "other", "text": "退货步骤"}]
    file = tmp_path / "passages.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    index = Index.build(read_documents([file]))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # nothing is kept there yet
    published = opened(index, tmp_path / "odd.db")
    assert published.chunks == index.chunks and len(index.chunks) == 3 and len(index.chunks[0].answer) > 2 * 65_535
    assert shape(published.search("退货地址")) == shape(index.search("退货地址"))


# --- publishing -------------------------------------------------------------------------------------------------------------------


def rows(index: Index) -> dict[int, dict[str, Any]]:
    """All rows of a collection by number."""
    assert isinstance(index, Published)
    found = index._client.query(index._collection, filter="row >= 0", output_fields=["*"])
    assert len(found) == len({row["row"] for row in found})
    return {int(row["row"]): dict(row) for row in found}


@pytest.fixture
def upserts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each request wrote."""
    from pymilvus import MilvusClient

    sizes: list[int] = []
    real: Callable[..., Any] = MilvusClient.upsert

    def upsert(client: Any, name: str, data: list[Any], **arguments: Any) -> Any:
        sizes.append(len(data))
        return real(client, name, data, **arguments)

    monkeypatch.setattr(MilvusClient, "upsert", upsert)
    return sizes


def test_publishing_the_same_again_changes_nothing(tmp_path: Path, upserts: list[int]) -> None:
    file = tmp_path / "same.db"
    published = opened(small("a"), file)
    before, written = rows(published), list(upserts)
    assert not publish(small("a"), str(file))
    assert rows(published) == before and upserts == written and published._client.list_collections() == [published._collection]


KILLED = """
import os, signal, sys
from search import Index, milvus
milvus._BATCH_ROWS = 20
batches = 0
def killed(rows):
    global batches
    batches += 1
    if batches == 5:
        os.kill(os.getpid(), signal.SIGKILL)
milvus.publish(Index.load(sys.argv[1]), sys.argv[2], killed)
"""


def test_a_publish_that_was_killed_goes_on_where_it_stopped(
    index: Index, tmp_path: Path, upserts: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(milvus, "_BATCH_ROWS", 20)
    index.save(tmp_path / "corpus.wenlu")
    arguments = [sys.executable, "-c", KILLED, str(tmp_path / "corpus.wenlu"), str(tmp_path / "killed.db")]
    done = subprocess.run(arguments, env=os.environ, capture_output=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    with pytest.raises(IndexFileError, match="nothing is published"):
        load(str(tmp_path / "killed.db"))
    killed = rows(opened(index, tmp_path / "killed.db"))
    written = sum(upserts)
    assert killed == rows(opened(index, tmp_path / "whole.db")) and {number >> 20 for number in killed} == {
        *range(len(index) + 1)
    }
    assert written <= len(killed) - 80  # what had arrived was not sent again


def test_what_others_left_unfinished_is_tidied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = str(tmp_path / "tidy.db")

    def stop(rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish(small("a"), file, stop)
    published = opened(small("b"), Path(file))
    assert isinstance(published, Published) and published._client.list_collections() == [published._collection]


def test_an_index_whose_name_goes_on_is_another_s(tmp_path: Path) -> None:
    file = str(tmp_path / "names.db")
    for alias, mark in (("help_b", "甲"), ("help", "乙"), ("help", "丙")):
        assert publish(small(mark), f"{file}#{alias}")
    for alias, mark in (("help_b", "甲"), ("help", "丙")):
        assert mark in load(f"{file}#{alias}").search(f"退货 {mark} 1").hits[0].chunk.answer


def test_readers_see_one_index_or_the_other(tmp_path: Path) -> None:
    file = str(tmp_path / "switch.db")
    indexes = [small("甲"), small("乙")]
    truth = [shape(index.search("包裹寄到哪里", 8)) for index in indexes]
    reader = opened(indexes[0], Path(file))
    done: list[bool] = []

    def read(_: int) -> set[int]:
        seen = set()
        while not done:
            seen.add(truth.index(shape(reader.search("包裹寄到哪里", 8))))
        return seen

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read, number) for number in range(3)]
        try:
            for turn in range(1, 6):
                assert publish(indexes[turn % 2], file)
        finally:
            done.append(True)
        assert set().union(*(future.result() for future in readers)) == {0, 1}
    assert shape(reader.search("包裹寄到哪里", 8)) == truth[1]
    found = reader.chunk("退货-乙-3") or reader.chunk(indexes[1].chunks[3].id)
    assert found and "乙" in found.answer


def test_rows_that_have_vanished_send_a_reader_to_the_index_that_took_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(tmp_path / "vanish.db")
    index = small("乙")
    for request, nothing, ask in (
        ("search", [[]], lambda reader: shape(reader.search("包裹寄到哪里", 8))),
        ("query", [], lambda reader: reader.chunk(index.chunks[3].id)),
        ("get", [], lambda reader: reader.translations(3)),
    ):
        reader = opened(small("甲"), Path(file))
        assert publish(index, file)
        monkeypatch.setattr(reader._client, request, lambda *asked, nothing=nothing, **more: nothing)
        if request == "get":  # of an id that was found before: whoever asks asks again
            with pytest.raises(WenluError, match="rows are missing; ask again"):
                ask(reader)
        else:
            assert ask(reader) == ask(index)


def test_two_names_at_one_address(tmp_path: Path) -> None:
    address = str(tmp_path / "two.db")
    assert publish(small("甲"), f"{address}#one") and publish(small("乙"), f"{address}#other")
    assert "甲" in load(f"{address}#one").chunks[0].answer and "乙" in load(f"milvus-lite:{address}#other").chunks[0].answer


# --- a server, and what can go wrong ----------------------------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """A server's address, and what stops it."""
    from milvus_lite.adapter.grpc.server import start_server_in_thread

    engine, data, port = start_server_in_thread(str(tmp_path / "server.db"))
    running = [True]

    def stop() -> None:
        if running:
            running.clear()
            engine.stop(grace=0).wait()
            data.close()

    yield f"http://127.0.0.1:{port}", stop
    stop()


def test_a_server_is_asked_in_the_same_way_until_it_is_lost(
    server: tuple[str, Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, stop = server
    index = small("a")
    assert publish(index, address)
    published = load(address)
    assert shape(published.search("包裹寄到哪里")) == shape(index.search("包裹寄到哪里"))
    supply = Supply(file=address)
    assert supply.published and supply.stamp() == {(published._collection, 0, 0)}  # type: ignore[attr-defined]
    client = TestClient(create_app(published))
    assert client.get("/api/search?q=包裹寄到哪里").json()["hits"]
    assert client.get("/api/suggest?q=包裹").json() == {"suggestions": []}
    stop()
    monkeypatch.setattr(milvus, "_PATIENCE", 0.5)
    monkeypatch.setattr(milvus, "_WAITING", 0.5)
    with pytest.raises(WenluError, match=r"no reply .*; check that Milvus runs there"):
        published.search("包裹寄到哪里")
    assert supply.stamp() == frozenset()
    for path in ("/api/search?q=包裹", f"/api/chunks/{quote(index.chunks[0].id)}"):
        reply = client.get(path)
        assert (reply.status_code, reply.headers["content-type"]) == (503, "application/problem+json")
        assert "can't be reached" in reply.json()["detail"] and address not in reply.text


def test_what_can_not_be_reached_is_said_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(milvus, "_PATIENCE", 0.5)
    for ask in (load, lambda address: publish(small("a"), address)):
        with pytest.raises(WenluError) as caught:
            ask("http://127.0.0.1:1")
        assert str(caught.value).startswith("http://127.0.0.1:1: no reply (") and str(caught.value).endswith("then try again")
        assert "没有得到答复" in caught.value.chinese and caught.value.chinese.endswith("然后重试")


def test_the_token_is_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import pymilvus

    class Refused(Exception):
        pass

    def client(address: str, token: str, **_: object) -> None:
        raise Refused(address, token)

    monkeypatch.setattr(pymilvus, "MilvusClient", client)
    monkeypatch.setenv("WENLU_MILVUS_TOKEN", "user:password")
    with pytest.raises(Refused) as caught:
        load("http://127.0.0.1:1")
    assert caught.value.args == ("http://127.0.0.1:1", "user:password")


def test_rows_that_are_missing_are_no_answer(tmp_path: Path) -> None:
    published = opened(small("a"), tmp_path / "broken.db")
    assert isinstance(published, Published)
    texts = published._whole
    published._whole = lambda found, field: texts(found, field)[:1]  # type: ignore[method-assign]
    with pytest.raises(WenluError, match="rows are missing"):
        published._texts([1 << 20, 2 << 20])


def test_another_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert publish(small("a"), str(tmp_path / "old.db"))
    monkeypatch.setattr("search.saved.analysis_version", lambda: "another")
    with pytest.raises(IndexFileError, match=r"another version; make it anew with: wenlu index .* --to"):
        load(str(tmp_path / "old.db"))


@pytest.mark.parametrize("package", ["pymilvus", "milvus_lite"])
def test_without_the_package_the_install_line_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(DependencyError, match=r"pip install 'wenlu\[milvus\]'"):
        publish(small("a"), str(tmp_path / "x.db"))


def test_what_is_an_address(tmp_path: Path) -> None:
    (tmp_path / "own.db").write_bytes(b"PK")
    assert place_of(str(tmp_path / "own.db")) is place_of("corpus.wenlu") is None
    assert place_of("x.db") == place_of("milvus-lite:x.db") == ("x.db", "wenlu")
    assert place_of("https://host:19530/shop#help") == ("https://host:19530/shop", "help")
    with pytest.raises(WenluError, match=r"not an address of Milvus; give http://"):
        publish(small("a"), "corpus.wenlu")
    with pytest.raises(IndexFileError, match="nothing is published there"):
        load(str(tmp_path / "nothing.db"))
    assert not (tmp_path / "nothing.db").exists()


# --- the command ------------------------------------------------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    with pytest.raises(SystemExit) as exit:
        main(list(arguments))
    return (int(exit.value.code or 0), *capsys.readouterr())


def test_the_command_publishes_and_asks(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = str(tmp_path / "corpus.db")
    corpus = str(root / "corpus" / "en" / "help-center.md")
    assert run(capsys, monkeypatch, "index", "--corpus", corpus, "--to", address)[2].startswith(f"{address}: 1 documents, ")
    assert run(capsys, monkeypatch, "index", "--corpus", corpus, "--to", address)[2].endswith(" as published before\n")
    status, out, _ = run(capsys, monkeypatch, "ask", "--index", address, "--json", "where is the Help Center")
    assert status == 0 and json.loads(out)["hits"][0]["id"].startswith("help-center#")
    status, _, err = run(capsys, monkeypatch, "index", "--corpus", corpus)
    assert status == 2 and "--output or --to" in err
