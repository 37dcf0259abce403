from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search import Document, DocumentError, chunk_documents, read_documents
from search.read import decode, front_matter, iso_date, text_language

CHINESE = "退货流程说明：登录后台，点击右上角的头像，选择帮助中心，然后提交工单。\n复核通常需要三个工作日，请保留运单号。\n"
TRADITIONAL = "退貨流程說明：登錄後臺，點擊右上角的頭像，選擇幫助中心，然後提交工單。\n復核通常需要三個工作日，請保留運單號。\n"
RUSSIAN = "Возврат товара: войдите в личный кабинет и откройте раздел поддержки. Проверка занимает три рабочих дня.\n"


def one(path: Path) -> Document:
    [document] = read_documents([path])
    return document


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def assert_each(folder: Path, files: dict[str, tuple[str, str]], attribute: str) -> None:
    """Each file, of this text, is read into a document with that attribute, and nothing else is."""
    for name, (text, _) in files.items():
        write(folder, name, text)
    documents = read_documents([folder], strict=True)
    assert {document.name: getattr(document, attribute) for document in documents} == {
        name: wanted for name, (_, wanted) in files.items()
    }


# --- encodings ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gbk", "gb18030", "gb2312"])
@pytest.mark.parametrize("text", [CHINESE, "Chat with support 按钮", "运单号"])
def test_chinese_encodings(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding), "a.txt") == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "big5"])
def test_traditional_encodings(encoding: str) -> None:
    assert decode(TRADITIONAL.encode(encoding, "ignore"), "a.txt") == TRADITIONAL.encode(encoding, "ignore").decode(encoding)


def test_other_encodings() -> None:
    assert decode("plain ASCII, nothing else".encode("utf-16-le"), "a.txt") == "plain ASCII, nothing else"
    assert decode((RUSSIAN * 5).encode("cp1251"), "a.txt") == RUSSIAN * 5
    assert decode(b"", "a.txt") == ""
    assert decode("一个😀表情，四字节。".encode("gb18030"), "a.txt") == "一个😀表情，四字节。"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (CHINESE.encode()[:-40] + b"\xff\xfe" + CHINESE.encode(), "UTF-8 at byte 1"),
        (CHINESE.encode()[:-2], "UTF-8 at byte"),
        (b"\xff\xfe" + "退货".encode("utf-16-le") + b"\x00", "UTF-16-LE at byte"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)), "not readable as text"),
        (bytes(range(256)) * 40, "not readable as text"),
    ],
)
def test_what_is_no_text(tmp_path: Path, data: bytes, says: str) -> None:
    path = write(tmp_path, "bad.md", data)
    with pytest.raises(DocumentError, match=says) as caught:
        read_documents([path])
    assert "bad.md" in str(caught.value) and "\n" not in str(caught.value) and "; " in str(caught.value)


def test_a_gbk_file_with_front_matter(tmp_path: Path) -> None:
    text = "---\ntitle: 退货\nlanguage: zh\npublished: 2026-03-05\n---\n\n## 怎么退？ {#how}\n\n1. 打开\n2. 提交\n"
    [chunk] = chunk_documents([one(write(tmp_path, "a.md", text.encode("gbk")))])
    assert (chunk.id, chunk.steps, chunk.source.published) == ("a#how", ("打开", "提交"), "2026-03-05")


def test_control_characters_and_line_ends(tmp_path: Path) -> None:
    document = one(write(tmp_path, "a.md", "# 标\x00题\r\n\r\n一\x07行\u2028二\x85三\r四\ufeff\x1b[31m\tx"))
    assert document.title == "标题" and document.text == "# 标题\n\n一行\n二\n三\n四[31m\tx"


# --- files and folders ----------------------------------------------------------------------------------------------------------


def test_a_folder_is_read_in_order_and_hidden_files_are_not(tmp_path: Path) -> None:
    for name in ("b.md", "a/z.txt", "a/b.markdown", "A.MD", ".hidden.md", ".git/x.md", "a/.x/y.md", "note.rst", "a.pdf"):
        write(tmp_path, name, "字")
    assert [document.name for document in read_documents([tmp_path])] == ["A.MD", "a/b.markdown", "a/z.txt", "b.md"]
    assert [document.name for document in read_documents([str(tmp_path / "a" / "z.txt")])] == ["z.txt"]
    assert read_documents(tmp_path) == read_documents([tmp_path])  # type: ignore[arg-type]


def test_names_are_unique_across_corpora(tmp_path: Path) -> None:
    for name in ("one/zh/a.md", "one/zh/b.md", "one/en/a.md", "two/zh/a.md", "three/c.md"):
        write(tmp_path, name, "字")
    names = [
        [tmp_path / "one" / "zh", tmp_path / "one" / "en"],
        [tmp_path / "one" / "zh", tmp_path / "two" / "zh", tmp_path / "three"],
    ]
    first, second = ([document.name for document in read_documents(paths)] for paths in names)
    assert first == ["zh/a.md", "zh/b.md", "en/a.md"]
    assert second == ["zh/a.md", "zh/b.md", "zh/a-2.md", "c.md"]
    again = [tmp_path / "one", tmp_path / "one" / "zh" / "a.md", tmp_path / "one"]
    assert [document.name for document in read_documents(again)] == ["en/a.md", "zh/a.md", "zh/b.md"]
    typed = [tmp_path / "one" / "zh", tmp_path / "one" / "en" / ".." / "zh", tmp_path / "two" / ".." / "one" / "zh" / "b.md"]
    assert [document.name for document in read_documents(typed)] == ["a.md", "b.md"]


def test_one_bad_file_is_named_and_the_others_load(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "字")
    write(tmp_path, "b.md", b"\x00\xff\x00\x01\x02" * 50)
    write(tmp_path, "c.txt", "   \n")
    (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere.md")
    (tmp_path / "folder.md").mkdir()
    seen: list[DocumentError] = []
    documents = read_documents([tmp_path, tmp_path / "missing", tmp_path / "x\x00y"], on_error=seen.append)
    assert [document.name for document in documents] == ["a.md"]
    assert [str(error).split(": ")[1].split(";")[0] for error in seen] == [
        "there is no such file or folder",
        "there is no such file or folder",
        "not readable as text in UTF-8, UTF-16 or GB18030",
        "the file is empty",
        "there is no such file or folder",  # a link that leads nowhere; or a file that went away meanwhile
    ]
    assert all("\n" not in str(error) and "; " in str(error) for error in seen)
    with pytest.raises(DocumentError, match=r"b\.md"):
        read_documents([tmp_path], strict=True)


@pytest.mark.skipif(
    sys.platform == "win32" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser reads everything"
)
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = write(tmp_path, "a.md", "字")
    path.chmod(0)
    with pytest.raises(DocumentError, match=r"a\.md: Permission denied; check"):
        read_documents([path])


def test_what_the_system_refuses_is_said_in_one_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    write(tmp_path, "a.md", "字")
    for owner, name in ((Path, "read_bytes"), (os, "scandir")):
        seen: list[DocumentError] = []
        with monkeypatch.context() as context, suppress(DocumentError):
            context.setattr(owner, name, refuse)
            read_documents([tmp_path], on_error=seen.append)
        assert ": Permission denied; " in str(seen[0]) and "：没有权限，请" in seen[0].chinese


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="No document to read; give"):
        read_documents([])
    with pytest.raises(DocumentError, match="the folder holds no document; put"):
        read_documents([tmp_path])
    with pytest.raises(DocumentError, match="there is no such file or folder; check"):
        read_documents([tmp_path / ("x" * 5000)])
    with pytest.raises(DocumentError, match=r"a\.pdf: unknown kind of file; Wenlu reads \.md, ") as caught:
        read_documents([write(tmp_path, "a.pdf", "%PDF")])
    assert "能读的是 .md、" in caught.value.chinese
    with pytest.raises(DocumentError, match="not an ordinary file"):
        os.mkfifo(tmp_path / "pipe.md")
        read_documents([tmp_path / "pipe.md"])


# --- metadata -------------------------------------------------------------------------------------------------------------------


def test_front_matter(tmp_path: Path) -> None:
    text = """---
title: "看不到按钮: 怎么办"
language: zh-CN
source: Ozon 平台
url: https://example.com/a
published: 2026-3-5
reviewed: 2026年11月24日
keywords:
  - a
  - {b: c}
---

正文
"""
    document = one(write(tmp_path, "en/a.md", text))
    assert document == Document(
        "a.md",
        "markdown",
        "\n\n正文\n",
        "看不到按钮: 怎么办",
        "zh",
        "Ozon 平台",
        "https://example.com/a",
        "2026-03-05",
    )


@pytest.mark.parametrize(
    ("text", "meta", "rest"),
    [
        ("---\ntitle: [a\npublished: 2026-01-02\n---\nb", {"title": "[a", "published": "2026-01-02"}, "\nb"),
        ("---\ntitle: 'x': y\n---\nb", {"title": "x': y"}, "\nb"),
        ("---\n# nothing\n---\nb", {}, "\nb"),
        ("---\ntext between rules\n---\nb", {}, None),
        ("---\n*[a\n---\nb", {}, None),
        ("---\ntitle: a\nno end", {}, None),
        ("--- \nTitle: a\nyes: no\n...\nb", {"title": "a", "yes": "no"}, "\nb"),
        ("---\ntitle: !!python/object:os.system x\n---\nb", {"title": "x"}, "\nb"),
        ("---\n" + "[" * 9_000 + "\n---\nb", {}, None),
        ("a: b", {}, None),
        (
            '+++\nTitle = "a"\ndate = 2025-03-01T10:00:00+02:00\ndraft = false\n[params]\nx = 1\n+++\nb',
            {"title": "a", "date": "2025-03-01 10:00:00+02:00"},
            "\nb",
        ),
        ("+++\ntext between marks\n+++\nb", {}, None),
        ("+++\ntitle = 'a'\n---\nb", {}, None),
    ],
)
def test_front_matter_as_it_comes(text: str, meta: dict[str, str], rest: str | None) -> None:
    assert front_matter(text) == (meta, text if rest is None else rest)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-05", "2026-03-05"),
        ("2026/3/5", "2026-03-05"),
        ("2026年3月5日", "2026-03-05"),
        ("2026-13-45", None),
        ("", None),
        ("2026-03-051", None),
        ("Updated on March 5, 2026 by Ozon", "2026-03-05"),
        ("5 Sept. 2026", "2026-09-05"),
        ("31st May 2026 and 2026-01-02", "2026-05-31"),
        ("Feb 30, 2026", None),
        ("Market 5, 2026", None),
    ],
)
def test_dates(text: str, day: str | None) -> None:
    assert iso_date(text) == day


def test_titles(tmp_path: Path) -> None:
    titles = {
        "a.md": ("<!--\n# 许可\n-->\n\n# 看不到 `Chat` [按钮](b.md) {#top}\n\n```sh\n# 注释\n```\n", "看不到 Chat 按钮"),
        "setext.md": ("标题在此\n====\n\n字", "标题在此"),
        "two-tops.md": ("# 一\n\n字\n\n# 二\n\n字", "two tops"),
        "1071-sender-names.md": ("All help\n\n# Sender names\n\n# What they are\n\nText", "Sender names"),
        "stray.md": ("# 退货\n\n## 地址\n\n字\n\n# 附录\n\n字", "退货"),
        "late.md": ("字\n\n# 退货\n\n## 地址\n\n字\n\n# 附录\n\n字", "late"),
        "card.md": ("---\nquestion: Which card do I need?\n---\n\nThe blue one.", "Which card do I need?"),
        "no_top.md": ("## 二\n\n字", "no top"),
        "c#.md": ("# About C#\n\n字", "About C#"),
        "page.md": ("<h1 class='a'>A &amp;\n <b>B</b></h1>\n<p>字</p>\n\n## 二", "A & B"),
        "unclosed.md": ("# 甲\n\n```\n# 乙", "甲"),
        "t.txt": ("卖家须知\n发布时间：2026-03-05 10:20\n\n字。", "卖家须知"),
        "asked.txt": ("怎么联系客服？\n2026年3月5日\n一、聊天\n字。", "怎么联系客服？"),
        "q.txt": ("怎么联系客服？\n点右下角。", "q"),
        "line.txt": ("只有一行", "line"),
    }
    for name, (text, title) in titles.items():
        assert one(write(tmp_path, name, text)).title == title


def test_titles_of_pages(tmp_path: Path) -> None:
    pages = {
        "shared.html": ("<title>Returns | Acme Help</title><p>a", "Returns"),
        "other.htm": ("<title>E-mail - Acme Help</title><p>a", "E-mail"),
        "named.html": ("<title>运费-小店</title><meta property='og:site_name' content='小店'><p>a", "运费"),
        "own.html": ("<title>Sizes | Colours</title><p>a", "Sizes | Colours"),
        "top.html": ("<title>Acme</title><h1>Pay\n <b>later</b></h1><p>a", "Pay later"),
        "two.html": ("<title>Pay now - Acme</title><h1>Acme</h1><h1>Pay now</h1><p>a", "Pay now"),
        "two_tops.html": ("<title>Acme: all</title><h1>One</h1><h1>Two</h1><p>a", "Acme: all"),
        "no-title_here.html": ("<p>a", "no title here"),
        "front.html": ("---\ntitle: Mine\nlanguage: zh\n---\n<title>Its</title><h1>Its</h1><p>a", "Mine"),
    }
    assert_each(tmp_path, pages, "title")


@pytest.mark.parametrize(
    ("lang", "text", "language", "guessed"),
    [
        ("zh-Hans", "<p>退货</p>", "zh", False),
        ("en", "<p class='a b c d e f'>退货地址</p>", "zh", True),  # a template's
        ("zh", "<p>Only English words</p>", "en", True),
        ("zh", "<p>Only English words but 退货</p>", "zh", False),
        ("ru", "<p>English words</p>", "en", True),
    ],
)
def test_the_language_of_a_page(tmp_path: Path, lang: str, text: str, language: str, guessed: bool) -> None:
    document = one(write(tmp_path, "a.html", f"<html lang={lang}>{text}"))
    assert (document.language, document.guessed) == (language, guessed)


@pytest.mark.parametrize(
    ("encoding", "said"), [("gb18030", "gb2312"), ("utf-16", "utf-16"), ("big5", "big5"), ("cp1252", "windows-1252")]
)
def test_pages_in_other_encodings(tmp_path: Path, encoding: str, said: str) -> None:
    words = "The café’s naïve façade" if encoding == "cp1252" else TRADITIONAL if encoding == "big5" else CHINESE
    page = f'<html><head><meta charset="{said}"></head><body><p>{words}</p></body></html>'.encode(encoding, "ignore")
    assert words.split()[-1][-4:] in one(write(tmp_path, "a.html", page)).text


def test_aliases_of_a_page_are_those_of_its_beginning(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "---\naliases:\n  - 退款\n  - Old/Refunds\n---\n退货须知。\n\n## 后面\n\n字")
    write(tmp_path, "b.md", "---\naliases: [别的]\n---\n## 只有小节\n\n字")
    entries = chunk_documents(read_documents([tmp_path]))
    assert [one.aliases for one in entries] == [("退款",), (), ()] and entries[0].kind == "section"


def test_what_a_page_imports_stands_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "docs" / "parts").mkdir(parents=True)
    page = "import A from './parts/_a.md';\nimport B from '@site/docs/parts/_b.mdx'\nimport C from './../../c.md'\nimport D from './parts/d.md'\n"
    write(tmp_path, "docs/x.mdx", page + "\n## 注册\n\n<A />\n\n## 登录\n\n<B/>\n\n<C />\n\n<D />\n")
    write(tmp_path, "docs/parts/_a.md", "---\ntitle: T\n---\n1. 打开\n2. 提交")
    write(tmp_path, "docs/parts/_b.mdx", "点登录。")
    write(tmp_path, "docs/parts/d.md", "公用。")
    write(tmp_path, "docs/parts/_lonely.md", "没人引用。")
    entries = chunk_documents(read_documents([tmp_path]))
    assert [(one.id, one.answer) for one in entries] == [
        ("docs/parts/_lonely", "没人引用。"),
        ("docs/parts/d", "公用。"),
        ("docs/x#注册", "1. 打开\n2. 提交"),
        ("docs/x#登录", "点登录。\n公用。"),
    ]


def test_the_head_of_an_article(tmp_path: Path) -> None:
    document = one(write(tmp_path, "a.txt", "卖家须知\n2026-03-05 1Ozon作为平台，2023Q4。\n字"))
    assert (document.published, document.text) == ("2026-03-05", "Ozon作为平台，2023Q4。\n字")
    for line in ("2026年3月5日起，Ozon 收费。", "2026-03-05至2026-04-01有效。"):
        assert line in one(write(tmp_path, "b.txt", f"卖家须知\n{line}\n字")).text
    for line in ("March 5, 2026", "Published on 5 March 2026", "Thursday, Mar. 5th, 2026", "Last updated: 5 Mar 2026 | Ozon"):
        document = one(write(tmp_path, "d.txt", f"A Guide for Sellers\n{line}\nWords follow.\n"))
        assert (document.title, document.published) == ("A Guide for Sellers", "2026-03-05")
        assert document.text.strip().removeprefix("Ozon\n") == "Words follow."
    for line in ("March 5, 2026 was the day when fees rose.", "5 May 2026 orders"):
        assert line in one(write(tmp_path, "e.txt", f"A Guide for Sellers\n{line}\nWords")).text
    assert one(write(tmp_path, "c.txt", "卖家须知\n2026-03-05 3个月内 5Days\n字")).text == "3个月内 5Days\n字"


def test_folders_above_the_corpus_say_nothing_of_its_language_however_its_path_is_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("en/site/a.md", "en/site/zh/b.md", "en/c.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("只有中文。\n" if name != "en/site/zh/b.md" else "only English\n", "utf-8")

    def languages(path: str | Path) -> list[str]:
        return [document.language for document in read_documents([path])]

    monkeypatch.chdir(tmp_path / "en")
    for typed in (tmp_path / "en" / "site", "site", "../en/site", "site/zh/.."):  # "en" stands above it
        assert languages(typed) == ["zh", "zh"]
    for typed in (tmp_path / "en", ".", "../en"):
        assert languages(typed) == ["en", "en", "zh"]
    for typed in (tmp_path / "en" / "c.md", "c.md", "../en/c.md"):  # a file is in its folder, and no further up
        assert languages(typed) == ["en"]
    assert languages("site/a.md") == languages(tmp_path / "en" / "site" / "a.md") == ["zh"]


def test_languages(tmp_path: Path) -> None:
    assert (
        text_language("看不到 Chat with support 按钮") == "zh"
        and text_language("the words 运单号 mean a tracking number here") == "en"
    )
    files = {
        "x/a.md": ("English words only", "en"),
        "x/b.md": ("只有中文", "zh"),
        "zh/c.md": ("English words only", "zh"),
        "en-US/d.md": ("只有中文", "en"),
        "en/zh/e.md": ("words", "zh"),
        "x/index.zh-CN.md": ("words", "zh"),
        "zh/f.md": ("---\nlanguage: en\n---\n中文", "en"),
        "zh/g.md": ("---\nlanguage: klingon\n---\nwords", "zh"),
    }
    assert_each(tmp_path, files, "language")


# --- passages -------------------------------------------------------------------------------------------------------------------


def test_passages(tmp_path: Path) -> None:
    lines = [
        '{"id": "a", "text": "文字", "title": "题", "source": "书", "url": "https://a.b", "published": "2026-1-2"}',
        "",
        '{"id": 7, "text": "words\\ud800\\u0000 here", "language": "en", "extra": [1]}',
    ]
    first, second = read_documents([write(tmp_path, "p.zh.jsonl", "\ufeff" + "\r\n".join(lines))])
    assert first == Document("p.zh.jsonl:1", "passage", "文字", "题", "zh", "书", "https://a.b", "2026-01-02", id="a")
    assert second == Document("p.zh.jsonl:3", "passage", "words here", "", "en", id="7")
    assert [(chunk.id, chunk.answer) for chunk in chunk_documents([first, second])] == [("a", "文字"), ("7", "words here")]


def test_a_question_with_its_answer_is_a_passage(tmp_path: Path) -> None:
    lines = [
        '{"question": "怎么\\n退货？", "answer": "寄回莫斯科仓。"}',
        '{"id": "r1", "Q": "How long?", "A": "Ten days.", "source": "Shop", "title": "x"}',
        '{"问题": "怎么退货？", "答案": "另一个答案。"}',
        '{"问题": "怎么 退货？", "答案": "第三个。"}',
        '{"id": "t", "text": "words", "question": "Not asked?"}',
        '{"question": "No answer?", "answer": " "}',
    ]
    write(tmp_path, "faq.md", "## 怎么退货？\n\n看说明。")
    write(tmp_path, "faq.jsonl", "\n".join(lines))
    seen: list[DocumentError] = []
    documents = read_documents([tmp_path], on_error=seen.append)
    found = chunk_documents(documents)
    assert [(one.id, one.kind, one.title, one.answer, one.source.document) for one in found] == [
        ("faq.jsonl#怎么-退货", "faq", "怎么 退货？", "寄回莫斯科仓。", "faq.jsonl:1"),
        ("r1", "faq", "How long?", "Ten days.", "faq.jsonl:2"),
        ("faq.jsonl#怎么退货", "faq", "怎么退货？", "另一个答案。", "faq.jsonl:3"),
        ("faq.jsonl#怎么-退货-2", "faq", "怎么 退货？", "第三个。", "faq.jsonl:4"),
        ("t", "section", "", "words", "faq.jsonl:5"),
        ("faq.md#怎么退货", "faq", "怎么退货？", "看说明。", "faq.md"),
    ]
    assert [str(error).split("faq.jsonl")[1] for error in seen] == [
        ' line 6: a passage needs an "id" and a "text", or a "question" and an "answer"; add them or remove the line'
    ]
    assert chunk_documents(read_documents([tmp_path])) == found
    assert next(one.id for one in chunk_documents(read_documents([tmp_path / "faq.jsonl"]))) == "faq#怎么-退货"


def test_bad_lines_are_named_by_number(tmp_path: Path) -> None:
    lines = [
        '{"id": "a", "text": "x"}',
        "{",
        "[]",
        '{"id": "b"}',
        '{"id": "a", "text": "y"}',
        '{"id": " ", "text": "y"}',
        "[" * 9000,
        '"s"',
    ]
    path = write(tmp_path, "p.jsonl", "\n".join(lines))
    seen: list[DocumentError] = []
    assert [document.id for document in read_documents([path], on_error=seen.append)] == ["a"]
    assert [str(error).split("p.jsonl")[1][:8] for error in seen] == [
        " line 2:",
        " line 3:",
        " line 4:",
        ":5: the ",
        " line 6:",
        " line 7:",
        " line 8:",
    ]
    assert str(seen[3]) == "p.jsonl:5: the id 'a' is already that of p.jsonl:1; give every passage its own"
    with pytest.raises(DocumentError, match="line 2") as caught:
        read_documents([path], strict=True)
    assert "第 2 行：" in caught.value.chinese


def test_one_id_in_two_files(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        write(tmp_path, name, '{"id": "1", "text": "x"}')
    with pytest.raises(DocumentError, match=r"b\.jsonl:1.*a\.jsonl:1"):
        read_documents([tmp_path], strict=True)


# --- anything -------------------------------------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=300)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.builds(str.encode, st.text(st.characters(codec="gb18030"), max_size=60), st.just("gb18030"))
    | st.builds(lambda text: b"---\n" + text.encode("utf-8", "replace") + b"\n---\n", st.text(max_size=80)),
    st.sampled_from(["a.md", "a.txt", "a.jsonl", "a.html"]),
)
def test_any_bytes_give_chunks_or_a_documented_error(tmp_path: Path, data: bytes, name: str) -> None:
    path = write(tmp_path, name, data)
    try:
        documents = read_documents([path])
    except DocumentError as error:
        assert name in str(error) and "\n" not in str(error) and "; " in str(error)
        return
    assert documents == read_documents([path])
    chunks = chunk_documents(documents)
    for chunk in chunks:
        assert not any(
            (character < " " and character not in "\n\t") or "\ud800" <= character <= "\udfff" for character in chunk.answer
        )
    assert len({chunk.id for chunk in chunks}) == len(chunks)


def test_odd_files_are_read_without_comparing_all_with_all(tmp_path: Path) -> None:
    """With a step for each pair of empty lines, or of attributes, this would take hours."""
    (tmp_path / "gap.md").write_text("Above\n" + "\n" * 400_000 + "below\n", "utf-8")
    (tmp_path / "tags.md").write_text("Text.\n\n" + '<A title="a" ' * 40_000, "utf-8")
    assert len(read_documents([tmp_path])) == 2


def test_questions_in_metadata_are_entries(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "---\ntitle: 退款\ntags: [a, b]\nfaqs:\n  - question: 怎么退款？\n    answer: |\n      点**退款**。\n    order: 1\n  - question: 没有答案\n---\n开头。\n",
        encoding="utf-8",
    )
    found = chunk_documents(read_documents([tmp_path]))
    assert [(one.title, one.parts[0].text) for one in found] == [("退款", "开头。"), ("怎么退款？", "点退款。")]


def test_the_title_of_a_page_is_its_top_heading_not_a_comment_in_code(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "<!doctype html>\n<html><body><h1>帮助</h1><pre>\n# 一\n# 二\n</pre></body></html>", encoding="utf-8"
    )
    assert [one.title for one in read_documents([tmp_path])] == ["帮助"]
