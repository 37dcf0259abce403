from __future__ import annotations

import html
import json
import re
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import Chunk, Document, DocumentError, chunk_documents, read_documents
from search.chunk import TARGET
from search.saved import pack_chunk, unpack_chunk


def markdown(text: str, name: str = "zh/a.md", title: str = "标题", language: str = "zh") -> list[Chunk]:
    return chunk_documents([Document(name, "markdown", text, title, language)])  # type: ignore[arg-type]


def kinds(chunks: list[Chunk]) -> list[tuple[str, str]]:
    return [(one.kind, one.title) for one in chunks]


def everything(one: Chunk) -> str:
    return "\n".join([one.id, one.title, *one.path, *one.aliases, one.answer, one.source.title])


# --- the development files: every FAQ entry is one chunk, whole -----------------------------------------------------------------


def _entry(source: str, heading: str) -> list[str]:
    """The words below each heading of this name, until the next of its level, by a reading of Markdown of its own."""
    lines, headings, fence = source.split("\n"), [], ""
    for number, line in enumerate(lines):
        mark = re.match(r"\s*(`{3,}|~{3,})", line)
        if fence:
            fence = "" if mark and mark[1].startswith(fence) else fence
        elif mark:
            fence = mark[1]
        elif match := re.match(r"(#{1,6})\s+(.*?)(\s*\{#[^}]*\})?\s*$", line):
            headings.append((number, len(match[1]), match[2]))
    found = []
    for place, (number, level, title) in enumerate(headings):
        if title == heading:
            end = next((later for later, other, _ in headings[place + 1 :] if other <= level), len(lines))
            found.append("\n".join(lines[number + 1 : end]))
    return found


def _words(text: str) -> list[str]:
    return re.findall(r"[A-Za-z]+|[\u4e00-\u9fff]", text)


def _shown(source: str) -> list[str]:
    """The words that a reader of some Markdown sees."""
    source = re.sub(r"(?s)<!--.*?-->|^<style>.*?^</style>|^:::\w*", "", source, flags=re.MULTILINE)
    pieces = re.split(r"(?ms)^[ ]*```[^\n]*\n(.*?)^[ ]*```+[ ]*$", source)
    shown = []
    for place, piece in enumerate(pieces):
        spans = re.split(r"(`+)(.+?)\1", piece) if place % 2 == 0 else ["", "", piece]  # outside, mark, inside, …
        for at in range(0, len(spans), 3):
            outside = re.sub(r"!\[[^\]]*\]\([^)]*\)|\]\([^()]*\)|<(?!https?:)/?[A-Za-z][^<>]*>", "", spans[at])
            shown += [html.unescape(outside), *spans[at + 2 : at + 3]]
    return _words("".join(shown))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_entry_of_the_development_files_is_one_whole_chunk(shared: Path, language: str) -> None:
    folder = shared / "eval" / "faq-dev"
    chunks: dict[str, list[Chunk]] = {}
    for one in chunk_documents(read_documents([folder / language])):
        chunks.setdefault(one.source.document, []).append(one)
    wrong = []
    for line in (folder / "pairs.jsonl").read_text("utf-8").splitlines():
        pair = json.loads(line)
        name, heading = f"{pair['source']}/{pair['file']}", pair[f"{language}_heading"]
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)|`", r"\1", heading)
        titled = [one for one in chunks[name] if "".join(one.title.split()) == "".join(plain.split())]
        entries = [_shown(entry) for entry in _entry((folder / language / name).read_text("utf-8"), heading)]
        if len(titled) != 1 or titled[0].kind != "faq" or _words(titled[0].answer) not in entries:
            wrong.append((name, heading, len(titled)))
    assert wrong == []


# --- the raw article ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def raw(shared: Path) -> list[Chunk]:
    return chunk_documents(read_documents([shared / "documents" / "ozon-seller-support-article.txt"]))


def test_the_raw_article_has_its_parts(raw: list[Chunk]) -> None:
    document = "Ozon平台卖家如何咨询客服"
    part = "实操路径:三步精准触达客服"
    assert kinds(raw) == [
        ("section", document),
        ("section", "Ozon卖家客服通道全解析"),
        ("procedure", part),
        ("procedure", "登录Seller Portal后定位入口"),
        ("procedure", "工单提交规范操作"),
        ("procedure", "高优先级问题直连通道"),
        ("faq", "Ozon卖家客服支持哪些语言?中文咨询是否可行?"),
        ("faq", "为什么登录Seller Portal后看不到“Chat with support”按钮?"),
        ("faq", "提交工单后超过48小时未收到回复,应如何升级处理?"),
        ("faq", "物流异常(如包裹停滞在莫斯科分拣中心超5天)该找哪个客服团队?"),
        ("faq", "遇到账户被限制提现(Withdrawal blocked),能否通过客服直接解封?"),
    ]
    assert {one.source.published for one in raw} == {"2026-03-05"} and {one.source.title for one in raw} == {document}
    assert raw[0].answer.startswith("Ozon作为俄罗斯最大电商平台之一")
    assert [one.path for one in raw] == [(), *[(document,)] * 2, *[(document, part)] * 3, *[(document, "常见问题解答(FAQ)")] * 5]
    assert raw[2].links == tuple(one.id for one in raw[3:6])


def test_the_raw_article_has_its_steps(raw: list[Chunk]) -> None:
    assert raw[1].steps == ()  # 知识库→在线聊天→工单→客户经理 are levels, not steps
    assert raw[2].steps == tuple(one.title for one in raw[3:6])
    assert raw[3].steps == (
        "进入seller.ozon.ru",
        "右上角点击头像",
        "选择【Help Center】",
        "页面顶部切换至【Russian】或【English】语言(中文界面暂未开放,建议使用浏览器翻译插件+英文关键词搜索)",
        "点击【Chat with support】按钮(仅限已通过KYC认证且店铺状态为“Active”的账号可见)",
    )
    button = raw[7]
    assert button.steps == (
        "账户已完成KYC认证(含营业执照、法人身份证、银行账户证明)",
        "店铺状态为“Active”,非“Pending Verification”或“Inactive”",
        "近7天内有至少1笔有效订单产生",
        "进入【Settings】",
        "【Legal Information】",
        "检查INN字段是否显示绿色对勾;若为红色警告,需重新上传清晰扫描件并等待人工复核(通常耗时2–4工作日)",
    )
    assert [part.number for part in button.parts if part.kind == "step"] == [1, 2, 3, 1, 2, 3]
    assert button.answer.index("该按钮隐藏") < button.answer.index("1. 账户已完成") < button.answer.index("31.7%")
    assert [step[:8] for step in raw[8].steps] == ["首先检查邮箱垃圾", "其次登录Sell"]
    assert [step[:10] for step in raw[10].steps] == ["唯一路径是登录Sel", "【Finance】", "【Withdrawa"]


def test_the_raw_article_keeps_every_word_but_the_advertisement(raw: list[Chunk], shared: Path) -> None:
    said = Counter(_words("".join(one.title + one.answer for one in raw)))
    for line in (shared / "documents" / "ozon-seller-support-article.txt").read_text("utf-8").splitlines():
        if "13122891139" in line:
            continue
        line = re.sub(r"^(2026-03-05 1|[一二三]、|第.步:|Q\d:)", "", line)
        if not line.startswith("常见问题"):  # a heading above others, found in their paths
            assert not Counter(_words(line)) - said, line
    for one in raw:
        assert "13122891139" not in everything(one) and "一对一" not in everything(one)
    assert "掌握Ozon客服" in raw[0].answer and "掌握Ozon客服" not in raw[-1].answer


def test_the_article_reads_the_same_in_a_markdown_file(raw: list[Chunk], shared: Path, tmp_path: Path) -> None:
    (tmp_path / "article.md").write_bytes((shared / "documents" / "ozon-seller-support-article.txt").read_bytes())
    pasted = chunk_documents(read_documents([tmp_path]))
    assert [(one.kind, one.title, one.parts) for one in pasted] == [(one.kind, one.title, one.parts) for one in raw]


# --- Markdown -------------------------------------------------------------------------------------------------------------------


def test_a_heading_with_ways_to_ask_and_no_answer_is_an_open_question() -> None:
    chunks = markdown(
        "# 还没有答案\n\n## 退货谁付运费 {#returns}\n\n也会这样问：\n\n- 退货运费\n- 谁出邮费\n\n## 空的\n\n## 一组\n\n也会这样问：甲\n\n### 有答案\n\n答案。"
    )
    assert [(chunk.kind, chunk.title, chunk.aliases, chunk.answer) for chunk in chunks] == [
        ("open", "退货谁付运费", ("退货运费", "谁出邮费"), ""),
        ("section", "有答案", (), "答案。"),
    ]
    assert chunks[0].anchor == "returns"


def test_an_entry_has_aliases_steps_draft_note_table_and_links() -> None:
    other = Document("zh/b.md", "markdown", "## 步骤 {#steps}\n\n1. 打开\n\n## 空的 {#empty}\n\n## 后面\n\n有字。", "乙", "zh")
    text = """
## 按钮[不见了](x.md) `Chat`？ {#button-hidden}

也会这样问：

- 看不到聊天
- no chat

因为**账号**没有达标，见[步骤](b.md#steps)、[空](b.md#empty)、[乙](b.md)、[外](https://a.b/c)、[自己](#button-hidden)。

3. 先[查](b.md#steps)

   ```text
   Dear support,
     SKU [XXXX]
   ```

   再发
4. 等
   - 一天
     - 两天

> 这是草稿的说明。

| 状态 | 含义 |
|---|---|
| `a\\|b` | [等](#x) |
"""
    first = Document("zh/a.md", "markdown", text, "甲", "zh", "来源", "https://o.z", "2026-03-05")
    one, *others = chunk_documents([first, other])
    assert (one.id, one.anchor, one.kind, one.path) == ("zh/a#button-hidden", "button-hidden", "faq", ("甲",))
    assert one.title == "按钮不见了 Chat？" and one.aliases == ("看不到聊天", "no chat")
    assert [(part.kind, part.number, part.text) for part in one.parts] == [
        ("text", 0, "因为账号没有达标，见步骤、空、乙、外、自己。"),
        ("step", 3, "先查"),
        ("draft", 0, "Dear support,\n  SKU [XXXX]"),
        ("text", 0, "再发"),
        ("step", 4, "等\n- 一天\n  - 两天"),
        ("note", 0, "这是草稿的说明。"),
        ("table", 0, "状态 | 含义\na|b | 等"),
    ]
    assert one.links == ("zh/b#steps", "zh/b#后面")
    assert [part.references for part in one.parts[:2]] == [
        ((10, 12, "zh/b#steps"), (13, 14, "zh/b#后面"), (15, 16, "zh/b#steps")),
        ((1, 2, "zh/b#steps"),),
    ]
    assert one.parts[0].own == "因为账号没有达标，见\n\n、\n、\n、外、自己。" and not any(
        part.references for part in one.parts[2:]
    )
    assert one.source.document == "zh/a.md" and one.source.published == "2026-03-05" and one.source.name == "来源"
    assert kinds(others) == [("procedure", "步骤"), ("section", "后面")]


def test_links_out_of_the_corpus_keep_their_address() -> None:
    text = (
        "## 备案 {#a}\n\n看[这里](https://a.z/x?y=1)、[这里](b.md)和[这里](mailto:a@o.z)，<https://o.z>。\n\n- [运行](javascript:alert)[相对](/x)"
        "\n\n| 名称 | 网址 |\n|---|---|\n| 阿里 | [点击](HTTPS://c.z) |\n"
    )
    other = Document("zh/b.md", "markdown", "字", "乙", "zh")
    one = chunk_documents([Document("zh/a.md", "markdown", text, "甲", "zh"), other])[0]
    assert [part.addresses for part in one.parts] == [
        ((1, 3, "https://a.z/x?y=1"), (7, 9, "mailto:a@o.z"), (10, 21, "https://o.z")),
        (),
        ((13, 15, "HTTPS://c.z"),),
    ]
    assert one.parts[0].references == ((4, 6, "zh/b"),) and one.links == ("zh/b",) and unpack_chunk(pack_chunk(one)) == one


def test_an_address_stays_with_its_words_where_a_block_is_cut() -> None:
    rows = "".join(f"| 词{number} | {'字' * 50}[这里](https://{number}.z) |\n" for number in range(40))
    whole = chunk_documents([Document("a.md", "markdown", f"## 表\n\n| 一 | 二 |\n|---|---|\n{rows}", "甲", "zh")])
    terms = chunk_documents([Document("a.md", "markdown", f"## 术语表\n\n| 一 | 二 |\n|---|---|\n{rows}", "甲", "zh")])
    assert len(whole) > 1 and len(terms) == 40
    parts = [part for chunk in whole for part in chunk.parts]
    for part in [*parts, *(chunk.parts[0] for chunk in terms)]:
        assert all(part.text[start:end] == "这里" for start, end, _ in part.addresses)
    assert [to for part in parts for _, _, to in part.addresses] == [f"https://{number}.z" for number in range(40)]
    assert [chunk.parts[0].addresses[0][2] for chunk in terms] == [f"https://{number}.z" for number in range(40)]


def test_no_link_leads_to_a_question_without_an_answer() -> None:
    text = "## 退货谁付运费 {#open}\n\n也会这样问：\n\n- 谁出邮费\n\n## 后面 {#next}\n\n字\n"
    page = Document("zh/b.md", "markdown", text, "乙", "zh")
    link = Document("zh/a.md", "markdown", "## 甲\n\n见[运费](b.md#open)和[乙](b.md)。", "甲", "zh")
    one, asked, answered = chunk_documents([link, page])
    assert (asked.kind, asked.id, answered.id) == ("open", "zh/b#open", "zh/b#next")
    assert one.links == ("zh/b#next",) and one.parts[0].references == ((4, 5, "zh/b#next"),)


@pytest.mark.parametrize(
    ("name", "target", "found"),
    [
        ("zh/a.md", "/zh/b.md#q", "zh/b#q"),
        ("zh/deep/a.md", "/zh/b.md#q", "zh/b#q"),
        ("zh/deep/a.md", "/b.md#q", "zh/b#q"),
        ("a.md", "/zh/b#q", "zh/b#q"),
        ("A/zh/a.md", "/zh/b.md#q", "A/zh/b#q"),
        ("zh/a.md", "/en/b.md#q", None),
    ],
)
def test_a_link_from_the_root_leads_to_the_file_below_it(name: str, target: str, found: str | None) -> None:
    other = Document(f"{'A/' * name.startswith('A/')}zh/b.md", "markdown", "## 问 {#q}\n\n字", "乙", "zh")
    one, _ = chunk_documents([Document(name, "markdown", f"## 甲\n\n见[乙]({target})。", "甲", "zh"), other])
    assert one.links == ((found,) if found else ())


def test_headings_as_they_come() -> None:
    chunks = markdown(
        "# 安装\n\n甲\n\n#### 细节\n\n乙\n\n## 502 Bad Gateway\n\n丙\n\n# FAQ\n\n组的说明\n\n"
        "### Q1: 一\n\n支持。\n\n### 1.1.3 二\n\n#### 空\n\n"
        "## 注意\n\n### Q1: 一\n\n丁\n\n```sh\n# 不是标题\n```\n\n一整段普通的话。\n---\n\n完"
    )
    assert [(one.kind, one.title, one.path) for one in chunks] == [
        ("section", "安装", ("标题",)),
        ("section", "细节", ("标题", "安装")),
        ("section", "502 Bad Gateway", ("标题", "安装")),
        ("section", "FAQ", ("标题",)),
        ("faq", "Q1: 一", ("标题", "FAQ")),
        ("faq", "Q1: 一", ("标题", "FAQ", "注意")),
    ]
    assert [one.id for one in chunks[-2:]] == ["zh/a#q1-一", "zh/a#q1-一-2"]
    assert chunks[-1].drafts == ("# 不是标题",) and chunks[-1].answer.endswith("一整段普通的话。\n完")


def test_a_top_heading_that_is_the_title_is_no_section() -> None:
    chunks = markdown("# 标题 {#top}\n\n开头\n\n## 下面\n\n字，见[上](#top)和[乙](../zh/a.md#top)")
    assert [(one.id, one.title, one.path, one.links) for one in chunks] == [
        ("zh/a#top", "标题", (), ()),
        ("zh/a#下面", "下面", ("标题",), ("zh/a#top",)),
    ]


def test_kinds() -> None:
    text = """## 怎么退货？

1. 申请

## 如何提交工单

1. 打开

## 如何理解时效

字

## 提交工单的步骤

也会这样问：怎么提

1. 打开

## 催办邮件草稿

```
Dear
```

## 四级客服

Also asked: how many

字

## 说明

字
"""
    assert [kind for kind, _ in kinds(markdown(text))] == ["faq", "procedure", "faq", "procedure", "procedure", "faq", "section"]
    assert [one.kind for one in markdown("## 端口冲突\n\n1. 停\n\n## 组\n\n字\n\n### 甲\n\n字", title="故障排查")] == [
        "faq",
        "section",
        "faq",
    ]


def test_a_question_keeps_its_subheadings_and_is_never_cut() -> None:
    long = "这是很长的一段话。" * 400
    one, other = markdown(f"## 怎么办？\n\n先看\n\n### 情况一\n\n{long}\n\n### 情况二\n\n换\n\n## 说明\n\n字")
    assert one.kind == "faq" and one.answer == f"先看\n情况一\n{long}\n情况二\n换" and other.title == "说明"
    [parts] = markdown("## 端口冲突\n\n### 原因\n\n占用。\n\n### 解决方法：\n\n1. 停", title="常见问题")
    assert (parts.kind, parts.answer) == ("faq", "原因\n占用。\n解决方法：\n1. 停")
    [deep] = markdown("## 怎么办？\n\n### 情况\n\n#### 细节\n\n字")
    assert deep.answer == "情况\n细节\n字"
    chapter = markdown("# 错误码有哪些？\n\n" + "".join(f"### 错误 {code}\n\n原因{code}。\n\n" for code in range(100, 107)))
    assert [(one.title, one.answer) for one in chapter[:2]] == [("错误 100", "原因100。"), ("错误 101", "原因101。")]
    split = markdown("## 怎么办？\n\n先看\n\n### 步骤 {#steps}\n\n1. 做\n\n## Q1 什么？\n\n### 还有吗？\n\n有")
    assert kinds(split) == [("faq", "怎么办？"), ("procedure", "步骤"), ("faq", "还有吗？")]


def test_long_sections_are_cut_between_paragraphs_and_keep_every_word() -> None:
    paragraphs = [f"第{number}段。" + "字" * 250 for number in range(9)]
    paragraphs.append("很长的一句话，" * 300 + "完。")
    chunks = markdown("## 说明 {#s}\n\n也叫：甲\n\n" + "\n\n".join(paragraphs))
    assert [one.id for one in chunks] == ["zh/a#s", *(f"zh/a#s-{number}" for number in range(2, len(chunks) + 1))]
    assert {one.anchor for one in chunks} == {"s"}
    assert {(one.kind, one.title, one.path) for one in chunks} == {("section", "说明", ("标题",))}
    assert all(len(one.answer) <= 2 * TARGET["zh"] for one in chunks) and len(chunks) > 4
    assert "".join("".join(part.text for part in one.parts) for one in chunks) == "也叫：甲" + "".join(paragraphs)
    [whole] = markdown("## 说明\n\n" + "字" * 1000)
    assert len(whole.answer) == 1000
    top = markdown("\n\n".join(paragraphs))
    assert [one.id for one in top[:3]] == ["zh/a", "zh/a#2", "zh/a#3"]


def test_numbered_subheadings_are_a_procedure() -> None:
    chunks = markdown("## 安装\n\n### 第一步：下载\n\n甲\n\n### 第二步：运行\n\n乙")
    assert kinds(chunks) == [("procedure", "安装"), ("procedure", "第一步：下载"), ("procedure", "第二步：运行")]
    assert chunks[0].steps == ("下载", "运行") and chunks[0].links == (chunks[1].id, chunks[2].id)


def test_a_list_of_links_into_the_page_is_no_answer() -> None:
    chunks = markdown(
        "## 目录\n\n- [甲](#甲)\n  - [乙](#乙)\n- [丙](#丙)\n\n## 甲\n\n- [乙](#乙)\n- 另外\n\n## 乙\n\n- [丙](#丙)\n"
    )
    assert [(one.title, one.links) for one in chunks] == [("甲", ("zh/a#乙",)), ("乙", ())]


def test_a_glossary_has_entries() -> None:
    text = (
        "# 术语表\n\n说明。\n\n- SKU：商品编号\n- **KYC**：身份认证，见[甲](#tn)\n\n"
        "| 术语 | 英文 | 含义 |\n|---|---|---|\n| 工单 | ticket | 请求 |\n| 税号 | INN | |\n\n"
        "## 运单号 {#tn}\n\n也会这样问：快递单号\n\n单号。"
    )
    chunks = markdown(text, "zh/glossary.md", "术语表")
    assert [(one.kind, one.id, one.title, one.answer) for one in chunks] == [
        ("section", "zh/glossary", "术语表", "说明。"),
        ("glossary", "zh/glossary#sku", "SKU", "商品编号"),
        ("glossary", "zh/glossary#kyc", "KYC", "身份认证，见甲"),
        ("glossary", "zh/glossary#工单", "工单", "英文：ticket\n含义：请求"),
        ("glossary", "zh/glossary#税号", "税号", "英文：INN"),
        ("glossary", "zh/glossary#tn", "运单号", "单号。"),
    ]
    assert chunks[2].links == ("zh/glossary#tn",) and chunks[5].aliases == ("快递单号",)


def test_a_wiki_link_to_several_pages_as_near_leads_to_the_first() -> None:
    pages = [Document(f"{folder}/退货.md", "markdown", "# 退货\n\n寄回仓库。", "退货", "zh") for folder in "hgfedcba"]
    [asked, *_] = chunk_documents([Document("start.md", "markdown", "# 开始\n\n见 [[退货]]。", "开始", "zh"), *pages])
    assert asked.links == ("h/退货",)


# --- ids, passages, anything ----------------------------------------------------------------------------------------------------


def test_ids_are_the_same_twice_and_never_shared() -> None:
    documents = [
        Document("zh/a.md", "markdown", "## 甲\n\n一\n\n## 甲\n\n二\n\n## 乙 {#甲}\n\n三\n\n## ☆\n\n四", "甲", "zh"),
        Document("zh/a.txt", "text", "一、甲\n\n字。", "甲", "zh"),
        Document("p.jsonl:1", "passage", "文", "", "zh", id="zh/a.md#甲"),
        Document("p.jsonl:2", "passage", " \n ", "", "zh", id="empty"),
    ]
    chunks = chunk_documents(documents)
    assert [one.id for one in chunks] == [
        "zh/a.md#甲-2",
        "zh/a.md#甲-3",
        "zh/a.md#甲-4",
        "zh/a.md#section",
        "zh/a.txt#甲",
        "zh/a.md#甲",
    ]
    assert chunk_documents(documents) == chunks


def test_passages_keep_their_ids_and_text() -> None:
    text = "第一段\n\n# 不是标题\n1. 不是步骤"
    [one] = chunk_documents([Document("p.jsonl:7", "passage", text, "", "zh", "维基", id="00-0")])
    assert (one.id, one.kind, one.answer, one.title, one.path, one.anchor) == ("00-0", "section", text, "", (), None)
    assert one.source.document == "p.jsonl:7" and one.source.name == "维基"
    [named] = chunk_documents(
        [Document("faq/withdrawals#3", "passage", "text", "", "en")]
    )  # made by a program, not read from a file
    assert named.id == "faq/withdrawals#3"
    twice = [Document(f"p.jsonl:{line}", "passage", "a", "", "en", id="1") for line in (3, 9)]
    with pytest.raises(DocumentError, match=r"p\.jsonl:9.*p\.jsonl:3"):
        chunk_documents(twice)


@pytest.mark.parametrize("text", ["", " \n\t", "# 只有标题\n\n## 还是标题", "<!-- 注释 -->", "\x00", "---", "```\n```"])
def test_documents_without_text_have_no_chunks(text: str) -> None:
    assert [one.answer for one in markdown(text)] in ([], ["\ufffd"])


_marks = "# |## |- |1. |> |```|[a](|](#b)|{#c}|**|`|<b>|<!--|-->|Q1：|A：|?|？|。|；|①|②|→| > "
_words_too = (
    "一、|（一）|第一步：|Step 1: |首先|其次|点击|：|1.1 |也会这样问：|微信 abc12345|13122891139|FAQ|术语表|字|word |😀|    "
)
_lines = [
    "\n",
    "\n\n",
    "|",
    "|-|-|\n",
    ":::tip\n",
    ":::\n",
    "**字？**",
    "<details>",
    "<summary>字?</summary>",
    "</details>",
    "<h2>",
    "<ul><li>",
    "!!! tip\n",
    "{{% note %}}",
    "Q. ",
    "A. ",
    "a) ",
    "【字】\n",
    "WORD\n",
    "-----\n",
    "\u2028",
    "\r",
    "\x0b",
    "\x00",
    "\ud800",
]
_pieces = st.sampled_from([*_marks.split("|"), *_words_too.split("|"), *_lines])
anything = st.text(max_size=400) | st.lists(_pieces, max_size=60).map("".join)


@settings(max_examples=400, deadline=None)
@given(anything, st.sampled_from(["markdown", "text", "passage"]), st.sampled_from(["标题", "FAQ", "术语表", ""]))
def test_any_text_gives_chunks(text: str, form: str, title: str) -> None:
    id = "id" if form == "passage" else None
    document = Document("zh/a.md", form, text, title, "zh", id=id)  # type: ignore[arg-type]
    chunks = chunk_documents([document, Document("zh/b.md", "markdown", text, title, "zh")])
    assert chunks == chunk_documents([document, Document("zh/b.md", "markdown", text, title, "zh")])
    ids = [one.id for one in chunks]
    assert len(set(ids)) == len(ids)
    for one in chunks:
        assert one.parts and set(one.links) <= set(ids)
        answer = one.answer
        for part, offset in one.placed():
            assert part.text.strip() and answer[offset : offset + len(part.text)] == part.text


_floods = [
    *"[`<>&#?(",
    "![",
    "*a_",
    "<!--",
    "a|",
    "[a](",
    "①a②b",
    "点→",
    "首先",
    "(→",
    "第一步:a。b\n",
    "a**b",
    "{/*",
    "\\*",
    "&lt;",
    "退款",
]
_floods += [
    "- ",
    "## a\n",
    "?\n",
    "点a→b→c。\n",
    "一、a\n",
    ":::tip\n",
    "# {#a ",
    "<code src=a>",
    "</td>  ",
    "13812345678\n",
    "- a：b\n",
    "**a?** b\n\n",
    "- **a?** b\n",
    "<summary>",
    "<details><summary>a?</summary>",
    "<h2>",
    "<li>\n\n",
    "{{< a",
    "!!! a\n    b\n",
    "A\n---\n",
    "[a](https://b.c) ",
    "<a href='https://b.c'>",
    "[[a#b|c]] ",
    "![[",
    "[[`",
    "{:a=a",
    "](x{{'",
    "<A>{{",
    "a :::\n",
]


@pytest.mark.parametrize("form", ["markdown", "text"])
@pytest.mark.parametrize("piece", [*_floods, "x|y\n", "> a\n\n", " ", "`"])
def test_floods_cost_no_more_than_their_length(piece: str, form: str) -> None:
    text = piece * (100_000 // len(piece))
    begun = time.process_time()
    chunk_documents([Document("zh/a.md", form, text, "FAQ", "zh")])  # type: ignore[arg-type]
    assert time.process_time() - begun < 5  # about 0.5 s where this was written; a quadratic step takes minutes


def test_a_list_of_contents_in_groups_is_no_entry() -> None:
    text = "# 常见问题\n\n分为几个部分：\n\n- [安装]\n  - [怎么装？](#怎么装)\n  - [怎么卸？](#怎么卸)\n- 其他\n  - [要钱吗？](#要钱吗)\n\n## 怎么装？\n\n点它。\n\n"
    text += "## 怎么卸？\n\n- [怎么装？](#怎么装)\n- [官网](https://example.com)\n\n## 要钱吗？\n\n不要。"
    assert [one.title for one in chunk_documents([Document("zh/a.md", "markdown", text, "常见问题", "zh")])] == [
        "怎么装？",
        "怎么卸？",
        "要钱吗？",
    ]
