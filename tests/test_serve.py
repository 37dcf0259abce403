from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from socket import IPPROTO_TCP, TCP_NODELAY, create_connection, socket
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from search import Document, Index, WenluError, openapi, to_json
from search.cli import _listen, main, wenlu
from search.guard import Buckets, Settings
from search.javascript import minified
from search.serve import Edition, Supply, create_app, watch

BUTTON = "看不到聊天按钮"
OPEN = Settings(rate=0)
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def client(index: Index) -> TestClient:
    return TestClient(create_app(index, OPEN))


@cache
def corpus(mark: str) -> Index:
    """A small index whose every title has the mark."""
    text = "\n\n".join(f"## How to return parcel {mark} {n}\n\nBring the parcel {mark} back." for n in range(3))
    return Index.build([Document("returns.md", "markdown", text, f"Returns {mark}", "en")])


def is_problem(response: Any, status: int) -> dict[str, Any]:
    """The body of a reply in the one shape of errors."""
    assert (response.status_code, response.headers["content-type"]) == (status, PROBLEM)
    body: dict[str, Any] = response.json()
    openapi.Problem.model_validate(body)
    assert body["status"] == status and body["type"] == "about:blank" and body["detail"].count("\n") == 0
    assert response.headers["cache-control"] == "no-store" and "Traceback" not in response.text
    return body


class Failing:
    """An index that fails, or takes its time."""

    signature = "failing"
    languages = ("zh", "en")

    def __init__(self, search: Callable[[str], Any]) -> None:
        self._search = search

    def __len__(self) -> int:
        return 1

    def search(self, question: str, *_: object, **__: object) -> Any:
        return self._search(question)


# --- what it answers ----------------------------------------------------------------------------------------------------------


def test_a_question_gets_the_json_of_the_command_line(client: TestClient, index: Index) -> None:
    reply = client.get("/api/search", params={"q": BUTTON, "limit": 3})
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
    assert reply.json() == json.loads(json.dumps(to_json(index.search(BUTTON, 3))))
    assert reply.headers["vary"] == "Accept-Encoding" and reply.headers["content-encoding"] == "gzip"


def test_language_and_kinds_keep_to_some_entries(client: TestClient) -> None:
    params = [("q", "withdrawal 提现"), ("language", "en"), ("kind", "glossary"), ("kind", "procedure"), ("limit", "10")]
    hits = client.get("/api/search", params=params).json()["hits"]
    assert hits and {hit["language"] for hit in hits} == {"en"} and {hit["kind"] for hit in hits} == {"glossary", "procedure"}


def test_an_entry_by_its_id(client: TestClient, index: Index) -> None:
    hit = client.get("/api/search", params={"q": BUTTON, "limit": 1}).json()["hits"][0]
    entry = client.get("/api/chunks/" + quote(hit["id"])).json()
    assert entry == {key: hit[key] for key in entry} and set(hit) - set(entry) == {
        "score",
        "confidence",
        "matched",
        "marks",
        "step",
        "similar",
    }
    assert entry["translations"] == {"en": entry["id"].replace("zh/", "en/")}
    for chunk in index.chunks[::20]:
        reply = client.get("/api/chunks/" + quote(chunk.id))
        assert reply.status_code == 404 if chunk.kind == "open" else reply.json()["title"] == chunk.title


def test_health_tells_the_version(client: TestClient, index: Index) -> None:
    assert client.get("/healthz").json() == {
        "status": "ok",
        "version": Edition(index).version,
        "chunks": len(index),
        "languages": ["zh", "en"],
    }


def keys(model: Any, value: Any, path: str = "") -> None:
    """Fails where a JSON has a key that its model has not, or lacks one that the model has."""
    if isinstance(value, dict) and hasattr(model, "model_fields"):
        assert set(value) == set(model.model_fields), path
        for name, field in model.model_fields.items():
            keys(field.annotation, value[name], f"{path}.{name}")
    elif isinstance(value, list):
        for item in value:
            keys(getattr(model, "__args__", (None,))[0], item, path + "[]")
    elif isinstance(value, dict):
        for kind in getattr(model, "__args__", ()):
            if hasattr(kind, "model_fields"):
                keys(kind, value, path)


def test_the_described_shapes_are_those_of_the_json(client: TestClient) -> None:
    answer = client.get("/api/search", params={"q": "提现被冻结了怎么申诉"}).json()
    assert answer["procedure"] and answer["hits"][0]["matched"] and answer["hits"][0]["parts"]
    for model, value in (
        (openapi.Answer, answer),
        (openapi.Chunk, client.get("/api/chunks/" + quote(answer["hits"][0]["id"])).json()),
        (openapi.Suggestions, client.get("/api/suggest", params={"q": "提"}).json()),
        (openapi.Health, client.get("/healthz").json()),
    ):
        model.model_validate_json(json.dumps(value), strict=True)
        keys(model, value)


def test_the_documentation_needs_no_network(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200 and "//" not in page.text.replace("<!doctype", "")
    assert "script-src 'self';" in page.headers["content-security-policy"]
    names = [part.split('"')[0] for part in page.text.replace('href="', 'src="').split('src="')[1:]]
    assert len(names) == 4
    for name in names:
        file = client.get(f"/{name}")
        assert file.status_code == 200 and len(file.content) > 50 and b"http://cdn" not in file.content
    assert client.get("/openapi.json").json()["openapi"].startswith("3.1")


# --- the OpenAPI document, and hostile questions ------------------------------------------------------------------------------


DESCRIBED = create_app(Failing(str), OPEN)  # type: ignore[arg-type]
schema = schemathesis.openapi.from_asgi("/openapi.json", DESCRIBED)


@pytest.fixture(scope="module")
def described(index: Index) -> None:
    """The corpus, for the application whose document pytest read when it collected tests."""
    DESCRIBED.state.edition = Edition(index)


@schema.parametrize()
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_the_service_does_what_its_document_says(described: None, case: Any) -> None:
    case.call_and_validate()


hostile = st.one_of(
    st.text(min_size=1, max_size=300),
    st.text("\0\r\n\t\x1b\u202e\u2028\ufeff\ud800% &+#/\\<>\"'$;", min_size=1, max_size=60),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            "' OR 1=1 --",
            "../../../etc/passwd",
            "%00%0d%0aSet-Cookie: a=b",
            "提" * 300,
            "a " * 150,
            "\u0301" * 300,
            "𠀀" * 300,
            "=cmd|' /C calc'!A0",
            "{{7*7}}${7*7}",
        ]
    ),
)


@given(hostile)
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_hostile_questions(client: TestClient, question: str) -> None:
    encoded = quote(question.encode("utf-8", "surrogatepass"), safe="")
    for path in ("/api/search?q=", "/api/suggest?q=", "/api/chunks/"):
        reply = client.get(path + encoded)
        assert reply.status_code in (200, 404, 422)
        assert reply.headers["x-content-type-options"] == "nosniff" and "set-cookie" not in reply.headers
        assert reply.headers["content-type"] == ("application/json" if reply.status_code == 200 else PROBLEM)
        reply.json()


# --- errors in one shape ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/api/chunks/none", 404),
        ("GET", "/docs/none.js", 404),
        ("GET", "/api/search/", 404),
        ("POST", "/api/search?q=a", 405),
        ("DELETE", "/api/chunks/a", 405),
        ("GET", "/api/search", 422),
        ("GET", "/api/search?q=%20%09", 422),
        ("GET", "/api/search?q=%00", 422),
        ("GET", "/api/suggest?q=%1b%0a", 422),
        ("GET", "/api/search?q=a&limit=0", 422),
        ("GET", "/api/search?q=a&kind=secret&language=xx", 422),
        ("GET", "/api/suggest?q=" + "a" * 301, 422),
        ("GET", "/api/search?q=" + "a" * 40_000, 414),
    ],
)
def test_errors_have_one_shape(client: TestClient, method: str, path: str, status: int) -> None:
    body = is_problem(client.request(method, path), status)
    assert ("errors" in body) == (status == 422)
    chinese = client.request(method, path, headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})
    assert is_problem(chinese, status)["detail"] != body["detail"]
    assert (chinese.headers["content-language"], chinese.headers["vary"]) == ("zh", "Accept-Language")


def test_what_may_be_done_instead_is_told(client: TestClient) -> None:
    for path in ("/api/search?q=a", "/api/chunks/a", "/healthz"):
        assert client.post(path).headers["allow"] == "GET, HEAD" and client.head(path).status_code != 405


def test_a_wrong_parameter_is_named_and_not_repeated(client: TestClient) -> None:
    body = is_problem(client.get("/api/search?limit=secret-value&q=a"), 422)
    assert [fault["name"] for fault in body["errors"]] == ["limit"] and "secret-value" not in json.dumps(body)
    body = is_problem(client.get("/api/search?q=a&kind=faq&kind=bad"), 422)
    assert [fault["name"] for fault in body["errors"]] == ["kind"] and "(kind)" in body["detail"]


@pytest.mark.parametrize(
    ("path", "status"), [("/api/search?q=a", 200), ("/api/search", 422), ("/healthz", 200), ("/docs", 200), ("/x", 404)]
)
def test_head_is_answered_where_get_is(client: TestClient, path: str, status: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    head, get = client.head(path), client.get(path)
    assert (head.status_code, head.content) == (status, b"") and head.headers == get.headers
    assert f"HEAD {path.partition('?')[0]} {status}" in caplog.text


def test_other_layers_answer_in_the_same_shape(client: TestClient) -> None:
    reply = client.get("/docs/favicon.png", headers={"Range": "bytes=99999999-"})
    is_problem(reply, 416)
    assert reply.headers["content-range"] == f"bytes */{len(client.get('/docs/favicon.png').content)}"


def test_a_failure_tells_clients_nothing_and_the_log_where(caplog: pytest.LogCaptureFixture) -> None:
    def fail(question: str) -> None:
        raise ValueError(f"can't read {question}")

    client = TestClient(create_app(Failing(fail), OPEN))  # type: ignore[arg-type]
    reply = client.get("/api/search", params={"q": "密码 hunter2"})
    assert "hunter2" not in str(is_problem(reply, 500)) and "ValueError" not in reply.text
    assert "ValueError" in caplog.text and "in fail" in caplog.text and "hunter2" not in caplog.text
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_an_index_out_of_reach_is_said_in_both_languages(caplog: pytest.LogCaptureFixture) -> None:
    def lost(question: str) -> None:
        raise WenluError("http://10.0.0.7:19530: no reply; check it", "http://10.0.0.7:19530：没有得到答复，请检查")

    client = TestClient(create_app(Failing(lost), OPEN))  # type: ignore[arg-type]
    for language, said in (("en", "can't be reached at the moment; try again in 2 s"), ("zh", "暂时连不上索引，请 2 秒后再试")):
        reply = client.get("/api/search?q=a", headers={"Accept-Language": language})
        assert said in is_problem(reply, 503)["detail"] and "10.0.0.7" not in reply.text
        assert (reply.headers["retry-after"], reply.headers["content-language"]) == ("2", language)
    assert caplog.text.count("http://10.0.0.7:19530: no reply") == 2 and client.get("/healthz").status_code == 200


def test_a_reply_that_takes_too_long_is_given_up() -> None:
    release = threading.Event()
    app = create_app(Failing(lambda _: release.wait(10)), Settings(rate=0, timeout=0.2))  # type: ignore[arg-type]
    try:
        start = time.monotonic()
        reply = TestClient(app).get("/api/search?q=slow")
        assert time.monotonic() - start < 5
        assert is_problem(reply, 503)["title"] == "Service Unavailable" and reply.headers["retry-after"] == "2"
        assert TestClient(app).get("/healthz").status_code == 200
    finally:
        release.set()


def test_more_than_can_wait_are_sent_away() -> None:
    release = threading.Event()
    app = create_app(Failing(lambda _: release.wait(10) and to_json), Settings(rate=0, waiting=2, timeout=3))  # type: ignore[arg-type]
    with serving(app) as url:
        statuses: list[int] = []
        threads = [threading.Thread(target=lambda: statuses.append(fetch(url, "/api/search?q=a").status)) for _ in range(6)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 2.5
        while statuses.count(503) < 4 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert statuses == [503] * 4
        release.set()
        for thread in threads:
            thread.join()


# --- limits, headers, caches --------------------------------------------------------------------------------------------------


def test_an_address_has_its_rate(index: Index) -> None:
    client = TestClient(create_app(index, Settings(rate=0.5, burst=3)))
    replies = [client.get("/api/suggest?q=a") for _ in range(5)]
    assert [reply.status_code for reply in replies] == [200, 200, 200, 429, 429]
    assert "2 s" in is_problem(replies[3], 429)["detail"] and replies[3].headers["retry-after"] == "2"
    assert client.get("/healthz").status_code == 200
    other = TestClient(client.app, client=("203.0.113.9", 1))
    assert other.get("/api/suggest?q=a").status_code == 200


def test_a_long_question_counts_as_several(index: Index) -> None:
    client = TestClient(create_app(index, Settings(rate=0.01, burst=10)))
    long = "/api/suggest?q=" + quote("提" * 150)  # 1,350 bytes
    assert [client.get(path).status_code for path in (long, long, "/api/suggest?q=a")] == [200, 429, 200]


def test_an_ipv6_client_is_its_network(index: Index) -> None:
    app = create_app(index, Settings(rate=0.01, burst=1))
    statuses = [
        TestClient(app, client=(address, 1)).get("/api/suggest?q=a").status_code
        for address in ("2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1")
    ]
    assert statuses == [200, 429, 200]


@given(st.lists(st.floats(0, 3), min_size=1, max_size=60), st.floats(0.1, 50), st.integers(1, 20))
def test_buckets_let_through_what_a_token_bucket_does(gaps: list[float], rate: float, burst: int) -> None:
    buckets, tokens, now, last = Buckets(rate, burst), float(burst), 1000.0, 1000.0
    for gap in gaps:
        now += gap
        tokens, last = min(burst, tokens + (now - last) * rate), now
        if abs(tokens - 1) < 1e-6:
            return  # rounding decides
        assert (buckets.wait("a", now) == 0) == (tokens >= 1)
        tokens -= tokens >= 1


def test_buckets_remember_a_bounded_number_of_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.guard.MOST_CLIENTS", 10)
    buckets = Buckets(0.001, 1)
    assert all(buckets.wait(str(number), 0.0) == 0 for number in range(100))
    assert len(buckets._full) == 10 and buckets.wait("99", 0.0) > 0


def test_buckets_forget_those_that_are_full_again() -> None:
    buckets = Buckets(10, 5)
    for number in range(1000):
        assert buckets.wait(str(number), number * 1.0) == 0
    assert len(buckets._full) <= 2


def test_headers_protect_whoever_shows_a_reply(client: TestClient) -> None:
    for path in ("/api/search?q=a", "/nowhere", "/docs", "/healthz"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY" and "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["content-security-policy"].startswith("default-src 'none'") and "server" not in headers


def test_the_search_box_is_handed_out(index: Index, root: Path) -> None:
    ours = {"Origin": "https://help.example"}
    client = TestClient(create_app(index, Settings(origins=(ours["Origin"],), rate=0)))
    box = client.get("/faq-search.js", headers=ours)
    assert box.content == minified("faq-search.js")
    assert box.headers["content-type"] == "text/javascript; charset=utf-8"
    assert box.headers["cache-control"] == "public, max-age=3600" and box.headers["access-control-allow-origin"] == ours["Origin"]
    assert client.get("/faq-search.js", headers={"If-None-Match": box.headers["etag"]}).status_code == 304
    assert "access-control-allow-origin" not in client.get("/faq-search.js", headers={"Origin": "https://other.example"}).headers


def test_no_origin_may_ask_by_default(client: TestClient) -> None:
    reply = client.get("/api/search?q=a", headers={"Origin": "https://shop.example"})
    assert reply.status_code == 200 and not [name for name in reply.headers if name.startswith("access-control")]


def test_allowed_origins_may_ask_and_read_errors(index: Index) -> None:
    client = TestClient(create_app(index, Settings(origins=("https://help.example",), rate=0.01, burst=2)))
    ours, other = {"Origin": "https://help.example"}, {"Origin": "https://other.example"}
    preflight = {"Access-Control-Request-Method": "GET"}
    assert client.options("/api/search", headers=ours | preflight).headers["access-control-allow-origin"] == ours["Origin"]
    refused = client.options("/api/search", headers=other | preflight)
    is_problem(refused, 400)
    assert "access-control-allow-origin" not in refused.headers
    assert "access-control-allow-origin" not in client.get("/api/suggest?q=a", headers=other).headers
    for status in (200, 429):
        reply = client.get("/api/suggest?q=a", headers=ours)
        assert (reply.status_code, reply.headers["access-control-allow-origin"]) == (status, ours["Origin"])
        assert "Origin" in reply.headers["vary"] and "ETag" in reply.headers["access-control-expose-headers"]


@pytest.mark.parametrize("rate", ["inf", "nan", "1e308", "-1"])
def test_a_rate_that_is_none_is_refused(rate: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--rate" in failing(capsys, f"--rate={rate}")


@pytest.mark.parametrize("origin", ["help.example", "https://help.example/", "javascript:alert(1)", "https://a b", "null", ""])
def test_an_origin_that_is_none_is_refused(origin: str) -> None:
    with pytest.raises(WenluError, match="allow-origin"):
        Settings(origins=(origin,))


@pytest.mark.parametrize("path", ["/api/search?q=" + quote(BUTTON), "/api/suggest?q=a", "/api/chunks/zh/glossary%23withdrawal"])
def test_a_reply_is_kept_until_the_version_changes(path: str, index: Index) -> None:
    app = create_app(index, OPEN)
    client = TestClient(app)
    first = client.get(path)
    tag = first.headers["etag"]
    assert tag == f'W/"{Edition(index).version}"' and first.headers["cache-control"] == "public, no-cache"
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.get("/api/chunks/none", headers={"If-None-Match": "*"}).status_code == 404
    app.state.edition = Edition(corpus("beta"))
    changed = client.get("/api/suggest?q=a", headers={"If-None-Match": tag})
    assert changed.status_code == 200 and changed.headers["etag"] != tag


def test_the_version_is_that_of_the_documents(tmp_path: Path) -> None:
    corpus("alpha").save(tmp_path / "same.wenlu")
    same = Index.load(tmp_path / "same.wenlu")
    assert Edition(same).version == Edition(corpus("alpha")).version != Edition(corpus("beta")).version


def test_gzip_is_for_those_who_ask(client: TestClient) -> None:
    path = "/api/search?q=" + quote(BUTTON)
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers and "Accept-Encoding" in plain.headers["vary"]
    with client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as packed:
        assert gzip.decompress(b"".join(packed.iter_raw())) == plain.content


# --- the log ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("log_questions", [False, True])
def test_the_log_has_questions_only_when_told(index: Index, caplog: pytest.LogCaptureFixture, log_questions: bool) -> None:
    caplog.set_level(logging.INFO)
    client = TestClient(create_app(index, Settings(rate=0, log_questions=log_questions)))
    for path in ("/api/search", "/api/suggest", "/nowhere"):
        client.get(path, params={"q": "我的密码是hunter2\nGET"})
    client.get("/a%0d%0a2026 forged line")
    lines = [record.getMessage() for record in caplog.records if record.name == "wenlu.access"]
    assert len(lines) == 4 and all("\n" not in line and "\r" not in line for line in lines)
    assert lines[0].startswith("testclient GET /api/search 200 ") and " 404 " in lines[2]
    assert all(("hunter2" in line) is log_questions for line in lines[:3])
    others = [record.getMessage() for record in caplog.records if record.name.startswith(("wenlu.serve", "uvicorn"))]
    assert not others


# --- a running server ---------------------------------------------------------------------------------------------------------


class Fetched:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = response.status, response.headers, response.read()


def fetch(url: str, path: str, **headers: str) -> Fetched:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        return Fetched(connection.getresponse())
    finally:
        connection.close()


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The address of a server in a thread of this process."""
    with socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none", timeout_graceful_shutdown=5))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def test_every_reply_is_of_one_version_while_the_index_is_replaced() -> None:
    indexes = {mark: corpus(mark) for mark in ("alpha", "beta")}
    marks = {f'W/"{Edition(index).version}"': mark for mark, index in indexes.items()}
    app = create_app(indexes["alpha"], OPEN)
    seen: list[tuple[int, str, str]] = []
    stop = threading.Event()

    def ask(url: str) -> None:
        while not stop.is_set():
            for path in ("/api/search?q=return+parcel&limit=3", "/api/suggest?q=return"):
                reply = fetch(url, path)
                seen.append((reply.status, reply.headers["etag"], reply.body.decode()))

    with serving(app) as url:
        threads = [threading.Thread(target=ask, args=(url,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        end = time.monotonic() + 2
        while time.monotonic() < end or len(seen) < 60:
            for index in indexes.values():
                app.state.edition = Edition(index)
                time.sleep(0.02)
        stop.set()
        for thread in threads:
            thread.join()
    assert {status for status, _, _ in seen} == {200} and {tag for _, tag, _ in seen} == set(marks)
    for _, tag, body in seen:
        other = "alpha" if marks[tag] == "beta" else "beta"
        assert marks[tag] in body and other not in body and json.loads(body)


def write(folder: Path, mark: str) -> None:
    (folder / "returns.md").write_text(f"# Returns\n\n## How to return parcel {mark}?\n\nBring it to {mark}.\n", "utf-8")


def test_documents_that_change_are_followed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    write(folder, "alpha")
    supply = Supply((folder,))
    caplog.set_level(logging.INFO)

    async def until(condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                await asyncio.sleep(0.05)

    async def follow() -> None:
        seen = supply.stamp()
        app = create_app(corpus("alpha"), OPEN)
        first = app.state.edition
        task = asyncio.create_task(watch(app, supply, seen))
        await asyncio.sleep(0.3)
        folder.rename(tmp_path / "away")  # nothing can be read: the last edition stays, and the folder is waited for
        await until(lambda: "earlier ones still are" in caplog.text)
        assert app.state.edition is first and not task.done()
        (tmp_path / "new").mkdir()
        write(tmp_path / "new", "gamma")
        (tmp_path / "new").rename(folder)
        await until(lambda: app.state.edition is not first)
        assert "gamma" in app.state.edition.index.chunks[0].title
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(follow())


def test_documents_that_can_not_be_looked_at_are_looked_at_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Supply):
        looked = 0

        def stamp(self) -> frozenset[tuple[str, int, int]]:
            Broken.looked += 1
            if Broken.looked < 3:
                raise PermissionError(13, "Permission denied")
            return frozenset({("changed", 0, 0)})

        async def renew(self, folder: str) -> Index:
            return corpus("beta")

    monkeypatch.setattr("search.serve.CHECK", 0.01)

    async def follow() -> None:
        app = create_app(corpus("alpha"), OPEN)
        task = asyncio.create_task(watch(app, Broken(), frozenset()))
        async with asyncio.timeout(20):
            while app.state.edition.version != Edition(corpus("beta")).version:
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(follow())
    assert caplog.text.count("can't tell whether the documents changed") == 2 and "Permission denied" in caplog.text


def test_an_index_file_that_changes_is_followed(tmp_path: Path) -> None:
    file = tmp_path / "corpus.wenlu"
    corpus("alpha").save(file)
    supply = Supply(file=str(file))
    after = corpus("beta")

    async def follow() -> None:
        seen = supply.stamp()
        app = create_app(Index.load(file), OPEN)
        task = asyncio.create_task(watch(app, supply, seen))
        await asyncio.sleep(0.3)
        after.save(file)
        async with asyncio.timeout(20):
            while app.state.edition.version != Edition(after).version:
                await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(follow())


@pytest.mark.skipif(sys.platform == "win32", reason="no file that is mapped can be written to there")
def test_an_index_file_may_be_written_over(tmp_path: Path) -> None:
    file = tmp_path / "corpus.wenlu"
    corpus("alpha").save(file)
    with command("--index", str(file), "--watch", "--rate", "0") as (url, process):
        file.write_bytes(file.read_bytes()[:1000])
        for number in range(20):
            reply = fetch(url, f"/api/search?q=return+parcel+{number}")
            assert reply.status == 200 and b"alpha" in reply.body
        corpus("beta").save(tmp_path / "other.wenlu")
        file.write_bytes((tmp_path / "other.wenlu").read_bytes())
        deadline = time.monotonic() + 30
        while b"beta" not in fetch(url, "/api/search?q=return+parcel").body:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)


@contextmanager
def command(*arguments: str, **environment: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`wenlu serve` in a process of its own, and its address."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    line = [sys.executable, "-m", "search.cli", "serve", "--port", str(port), *arguments]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True, env=os.environ | environment) as process:
        url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 60
        try:
            while True:
                try:
                    fetch(url, "/healthz")
                    break
                except OSError:
                    assert process.poll() is None and time.monotonic() < deadline
                    time.sleep(0.1)
            yield url, process
        finally:
            process.kill()


def test_a_reply_is_sent_at_once() -> None:
    """Its second piece need not wait until the first has been acknowledged."""
    with _listen("127.0.0.1", 0) as listener, create_connection(listener.getsockname()), listener.accept()[0] as accepted:
        assert accepted.getsockopt(IPPROTO_TCP, TCP_NODELAY)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are different there")
def test_the_command_serves_and_stops_when_told(index: Index, tmp_path: Path) -> None:
    index.save(tmp_path / "corpus.wenlu")
    with command("--index", str(tmp_path / "corpus.wenlu")) as (url, process):
        reply = fetch(url, "/api/search?q=" + quote(BUTTON))
        assert reply.status == 200 and json.loads(reply.body)["answered"] and "server" not in reply.headers
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in (0, -signal.SIGTERM)
        assert process.stderr
        log = process.stderr.read()
        assert "127.0.0.1 GET /api/search 200" in log and "q=" not in log and "Traceback" not in log


def test_what_was_asked_before_the_stop_is_answered() -> None:
    release, answer = threading.Event(), corpus("alpha").search("parcel")
    app = create_app(Failing(lambda _: release.wait(10) and answer), OPEN)  # type: ignore[arg-type]
    replies: list[Fetched] = []
    with serving(app) as url:
        asking = threading.Thread(target=lambda: replies.append(fetch(url, "/api/search?q=a")))
        asking.start()
        time.sleep(0.3)
        threading.Timer(0.5, release.set).start()
    asking.join()
    assert [reply.status for reply in replies] == [200]


# --- the command --------------------------------------------------------------------------------------------------------------


def failing(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What `wenlu serve` says on standard error before it ends with status 2."""
    with pytest.raises(SystemExit) as exit:
        main(["serve", *arguments])
    out, err = capsys.readouterr()
    assert (exit.value.code, out, err.count("\n")) == (2, "", 1)
    return err


def test_wrong_options_say_so_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--index and --corpus exclude each other" in failing(capsys, "--index", "a", "--corpus", "b")
    assert "--index and --page exclude each other" in failing(capsys, "--index", "a", "--page")
    assert "write --allow-origin like https://" in failing(capsys, "--allow-origin", "help.example.com")
    with socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "choose others with --host and --port" in failing(capsys, "--port", str(taken.getsockname()[1]))
    assert "choose others with --host and --port" in failing(capsys, "--host", "a..b")
    assert "make it with: wenlu index" in failing(capsys, "--index", str(tmp_path / "none.wenlu"))


def test_options_reach_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[Supply, Settings, str | None]] = []

    def fake(supply: Supply, settings: Settings, listener: socket, *, page: bool, **_: object) -> None:
        ran.append((supply, settings, os.environ["WENLU_CORPUS"] if page else None))
        listener.close()

    monkeypatch.setattr("search.serve.run", fake)
    monkeypatch.setenv("WENLU_CORPUS", "")
    for arguments in ([], ["--rate", "7", "--log-questions"], ["--page", "--corpus", str(tmp_path), "--corpus", "b"]):
        with pytest.raises(SystemExit) as exit:
            main(["serve", "--port", "0", *arguments])
        assert not exit.value.code
    (_, usual, _), (_, other, _), (supply, _, paths) = ran
    assert (usual.rate, usual.burst, usual.log_questions) == (20, 60, False)
    assert (other.rate, other.burst, other.log_questions) == (7, 21, True)
    assert supply.corpus == (str(tmp_path), "b") and paths == os.pathsep.join([str(tmp_path), os.path.abspath("b")])


@pytest.mark.parametrize("module", ["fastapi", "fastapi_offline", "uvicorn", "watchfiles"])
def test_what_is_not_installed_is_named_with_the_line_that_installs_it(
    module: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("search.serve", "search.guard"):
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    assert "pip install 'wenlu[serve]'" in failing(capsys)


def test_the_page_and_the_api_in_one_process(tmp_path: Path) -> None:
    write(tmp_path, "alpha")
    with command("--corpus", str(tmp_path), "--page") as (url, process):
        page = fetch(url, "/?q=parcel")
        assert page.status == 200 and b"streamlit" in page.body.lower() and "content-security-policy" not in page.headers
        script = re.search(rb'src="\./(static/js/[^"]+)"', page.body)
        assert script and fetch(url, f"/{script[1].decode()}", accept_encoding="gzip").headers["content-encoding"] == "gzip"
        assert fetch(url, "/_stcore/health").body == b"ok"
        assert "alpha" in json.loads(fetch(url, "/api/search?q=parcel").body)["hits"][0]["title"]
        assert fetch(url, "/docs").status == 200 and fetch(url, "/api/nowhere").headers["content-type"] == PROBLEM
        process.terminate()
        assert process.stderr
        log = process.stderr.read()
        assert "GET /api/search 200" in log and "parcel" not in log


@pytest.mark.browser
def test_the_documentation_in_a_browser(index: Index, chromium: str) -> None:
    from playwright.sync_api import sync_playwright

    asked, said = [], []
    with serving(create_app(index, OPEN)) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{url}/docs")
        page.locator(".opblock").nth(3).wait_for(timeout=30_000)
        browser.close()
    assert said == [] and len(asked) > 4 and all(address.startswith((url, "data:")) for address in asked)


# --- what is written about it -------------------------------------------------------------------------------------------------

DOCUMENTATION = (Path(__file__).resolve().parent.parent / "docs" / "http-api.md").read_text("utf-8")


def test_every_option_is_documented_and_every_documented_one_exists() -> None:
    exists = {name for parameter in wenlu.commands["serve"].params for name in parameter.opts if name not in ("-h", "--help")}
    assert set(re.findall(r"`(--[a-z-]+)", DOCUMENTATION)) | {"--json"} == exists | {"--json"}
    for line in re.findall(r"wenlu serve (.*)", DOCUMENTATION):
        assert set(re.findall(r"--[a-z-]+", line)) <= exists


def test_every_address_is_documented(client: TestClient) -> None:
    described = client.get("/openapi.json").json()["paths"]
    assert set(re.findall(r"^\| `GET ([^?`]+)", DOCUMENTATION, re.MULTILINE)) == set(described)


def test_the_documented_json_is_real(client: TestClient) -> None:
    suggestions, wrong = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", DOCUMENTATION, re.DOTALL))
    assert client.get("/api/suggest?q=tixian&limit=1").json() == suggestions
    assert client.get("/api/search?q=a&limit=21").json() == wrong


def test_the_documented_program_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs" / "help").mkdir(parents=True)
    write(tmp_path / "docs" / "help", "alpha")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", DOCUMENTATION, re.DOTALL)[0], names)
    assert "alpha" in TestClient(names["app"]).get("/api/search?q=parcel").text
