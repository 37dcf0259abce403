"""Any text gives an answer or a documented error: 10,000 random inputs and a list of hostile ones, read, chunked and asked."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search import Chunk, Document, Index, WenluError, chunk_documents, read_documents, to_json
from search.document import KINDS

CHAT = """# 联系客服

## 看不到聊天按钮怎么办 {#button}

- 检查 INN

1. 打开资料页
2. 提交工单

见[提现](pay.md#failed)。
"""
PAY = "## 提现失败 {#failed}\n\n也会这样问：\n\n- 钱取不出来\n\n48 小时后再试，写信到 support-seller@ozon.ru。\n"
ENGLISH = "## Why is the chat button hidden {#button}\n\n1. Open the profile\n2. Submit a request #T-1\n"
WORDS = "## Synonyms {#same}\n\n- 提现 = withdrawal = payout\n\n## KYC\n\nKYC: know your customer\n"
DOCUMENTS = {"zh/chat.md": CHAT, "zh/pay.md": PAY, "en/chat.md": ENGLISH, "en/words.md": WORDS}

ANY = st.text(st.characters(), max_size=80)  # lone surrogates, control and unassigned characters included
KNOWN = ["看不到", "聊天按鈕", "提现", "失敗", "怎么办", "withdrawals", "what is ", "KYC", "tixian", "buton", "INN", "48", "#T-1"]
ASKED = st.lists(st.sampled_from(KNOWN) | st.text(st.characters(), max_size=4), max_size=15).map("".join)
TABLE = "| a | b |\n|---|---|\n| c | d |\n"
BLOCKS = ["# ", "## ", "- ", "1. ", "  1) ", "> ", "```\n", "---\n", "=====\n", TABLE, "也会这样问：\n", "", "\n"]
INLINE = ["{#a}", "[工单](b.md#a)", "![](", "](", "**", "`", "<!--", "-->", "<p>", "</p>", "&amp;", "\\", "\t", "\r", "\0"]
RAW = ["一、", "第一步：", "Q1：", "A：", "①", "②", " → ", "Also asked:\n", "2026-03-05", "title: x", "微信咨询 13800138000"]
MARKS = st.sampled_from([*(f"\n{block}" for block in BLOCKS), *INLINE, *RAW, "同义词", "提现 = payout"])
MARKED = st.lists(MARKS | st.text(st.characters(), max_size=6), max_size=40).map("".join)
ENCODED = st.builds(
    lambda text, encoding, mark: mark + text.encode(encoding, "replace"),
    MARKED,
    st.sampled_from(["utf-8", "utf-8", "gb18030", "utf-16", "utf-16-be", "big5", "latin-1"]),
    st.sampled_from([b"", b"", b"\xef\xbb\xbf", b"\xff\xfe", b"---\ntitle: ["]),
)
FIELDS = st.sampled_from(["id", "text", "title", "language", "source", "published", "question", "answer"])
VALUES = ANY | st.none() | st.booleans() | st.integers() | st.floats() | st.lists(st.integers(), max_size=2)
PASSAGES = st.lists(st.dictionaries(FIELDS, VALUES).map(json.dumps) | ANY, max_size=4).map("\n".join)


@pytest.fixture(scope="module")
def folder(fill: Callable[[dict[str, str]], Path]) -> Path:
    return fill(DOCUMENTS)


@pytest.fixture(scope="module")
def small(folder: Path) -> Index:
    return Index.build(read_documents([folder]))


def random_inputs(count: int) -> settings:
    return settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))


def ask(index: Index, question: str) -> None:
    """Asks, and checks what holds of every answer."""
    try:
        answer = index.search(question, 3)
    except WenluError as error:
        assert "\n" not in str(error) and len(question) > 2000
        return
    text = json.dumps(to_json(answer), ensure_ascii=False, allow_nan=False)
    text.encode("utf-8")
    assert 0 <= answer.confidence <= 1 and len(answer.hits) <= 3 and answer.answered <= bool(answer.hits)
    for hit in answer.hits:
        assert hit.score > 0 and 0 <= hit.confidence <= 1
        assert sum(match.weight for match in hit.matched) == pytest.approx(hit.score, rel=1e-5)
        for name, whole in (("title", hit.chunk.title), ("answer", hit.chunk.answer)):
            assert all(0 <= start < end <= len(whole) for start, end in hit.marks[name])


def read(file: Path) -> list[Document]:
    """The documents of a file; what can't be read is a documented error, one line that names the file."""
    problems: list[WenluError] = []
    try:
        documents = read_documents([file], on_error=problems.append)
    except WenluError as error:
        problems, documents = [*problems, error], []
    for problem in problems:
        assert file.name in str(problem) and "\n" not in str(problem)
    return documents


def chunked(documents: list[Document]) -> list[Chunk]:
    """The chunks, and what holds of every chunk."""
    try:
        chunks = chunk_documents(documents)
    except WenluError as error:
        assert "\n" not in str(error)
        return []
    assert len({chunk.id for chunk in chunks}) == len(chunks)
    assert chunks == chunk_documents(documents)
    for chunk in chunks:
        assert chunk.kind in (KINDS if chunk.parts else ["open"]) and chunk.language in ("zh", "en") and chunk.id.strip()
        assert (chunk.title + chunk.answer).strip()
        assert set(chunk.links) <= {other.id for other in chunks}
        for part, start in chunk.placed():
            assert chunk.answer[start : start + len(part.text)] == part.text
        json.dumps([chunk.title, chunk.answer, chunk.id, *chunk.aliases, *chunk.path], ensure_ascii=False).encode("utf-8")
    return chunks


@random_inputs(2000)
@given(ANY)
def test_any_question_is_answered(small: Index, question: str) -> None:
    ask(small, question)


@random_inputs(3000)
@given(ASKED)
def test_any_question_of_known_words_is_answered(small: Index, question: str) -> None:
    ask(small, question)


@random_inputs(1000)
@given(st.binary(max_size=200), st.sampled_from([".md", ".txt", ".jsonl", ".html"]))
def test_any_bytes_are_read_or_refused(folder: Path, data: bytes, ending: str) -> None:
    (file := folder.parent / f"bytes{ending}").write_bytes(data)
    chunked(read(file))


@random_inputs(2500)
@given(ENCODED, st.sampled_from([".md", ".txt", ".html"]))
def test_any_marked_text_is_chunked(folder: Path, data: bytes, ending: str) -> None:
    (file := folder.parent / f"marked{ending}").write_bytes(data)
    chunked(read(file))


@random_inputs(1000)
@given(PASSAGES)
def test_any_passages_are_read_or_refused(folder: Path, text: str) -> None:
    (file := folder.parent / "passages.jsonl").write_bytes(text.encode("utf-8", "surrogatepass"))
    chunked(read(file))


@random_inputs(500)
@given(ANY, st.integers(0, 10), st.sampled_from([None, "zh", "en"]), st.none() | st.sets(st.sampled_from(KINDS)))
def test_any_options_are_kept_to(small: Index, noise: str, limit: int, language: str | None, kinds: set[str] | None) -> None:
    answer = small.search(f"提现失败 chat button {noise}", limit, language=language, kinds=kinds)  # type: ignore[arg-type]
    assert len(answer.hits) <= limit
    assert all(hit.chunk.language == (language or hit.chunk.language) for hit in answer.hits)
    assert all(kinds is None or hit.chunk.kind in kinds for hit in answer.hits)


@random_inputs(4)
@given(st.lists(MARKED, min_size=1, max_size=4), ASKED)
def test_any_corpus_answers(tmp_path_factory: pytest.TempPathFactory, texts: list[str], question: str) -> None:
    folder = tmp_path_factory.mktemp("corpus")
    for number, text in enumerate(texts):
        (folder / f"{number}.md").write_bytes(text.encode("utf-8", "replace"))
    try:
        index = Index.build(read_documents([folder]))
    except WenluError as error:
        assert "\n" not in str(error)
        return
    ask(index, question)
    for chunk in index.chunks:
        ask(index, chunk.title[:200])


HOSTILE = {
    "nothing": "",
    "blank": " \t\n\r\u3000\u00a0",
    "null bytes": "提\0现\0" * 20,
    "surrogates": "提现\ud800\udfff\udc80 payout",
    "right to left": "\u202e提现\u2067 شكوى \u2069 payout\u200f",
    "joined emoji": "👩‍👩‍👧‍👦🏳️‍🌈🇷🇺提现" * 50,
    "stacked accents": "提" + "\u0301\u0489\u20dd" * 600 + "现",
    "one long word": "a" * 2000,
    "long words": ("withdrawal" * 190 + " ") + "x" * 90,
    "long Han": "提现失败怎么办看不到聊天按钮" * 142,
    "long codes": "a-b_c.d/e@f." * 160,
    "nested quantifiers": "a" * 1000 + "!" + "-a" * 400,
    "commas": "1,111" * 400,
    "apostrophes": "'a" * 1000,
    "mail": "a@" * 500 + "a.b@c." * 160,
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>提现",
    "SQL": "'; DROP TABLE chunks; --",
    "templates": "{{7*7}} ${PATH} %s %n {0}",
    "a path": "../../../../etc/passwd\0.md",
    "punctuation": "？！。，、；：“”‘’…—·~@#$%^&*()_+{}|:<>?`-=[]\\;',./",
    "stop words": "的了吗呢怎么什么 the of and is what how",
    "digits": "0123456789" * 200,
    "other digits": "٣٤٥ ४५६ ⅧⅨ ㊿ 🄌 ½",
    "line ends": "提现\r\n\u2028\u2029\x85\v\f" * 100,
    "private": "\ue000\uf8ff\U000f0000\U0010ffff",
    "no characters": "\ufffe\uffff\ufdd0",
    "ligatures": "ﬁﬂ㎏㏂﷽" * 60,
    "dotless": "İıſßẞΣς" * 50,
}


@pytest.mark.parametrize("question", HOSTILE.values(), ids=HOSTILE)
def test_hostile_questions_are_answered_soon(small: Index, question: str) -> None:
    started = time.process_time()
    ask(small, question)
    assert time.process_time() - started < 3


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("ending", [".md", ".txt", ".html"])
def test_hostile_documents_are_chunked_soon(tmp_path: Path, text: str, ending: str) -> None:
    (file := tmp_path / f"hostile{ending}").write_bytes(f"# 标题\n\n{text}\n\n## {text}\n\n- {text}\n".encode("utf-8", "replace"))
    started = time.process_time()
    chunked(read(file))
    assert time.process_time() - started < 3
