import posixpath
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown import Markdown

from search import Chunk, Document, chunk_documents, read_documents


def page(html: str, name: str = "zh/a.md", title: str = "标题", url: str = "../zh/a/") -> list[Chunk]:
    return chunk_documents([Document(name, "html", html, title, "zh", url=url)])


def parts(html: str) -> list[tuple[str, str]]:
    return [(part.kind, part.text) for one in page(html) for part in one.parts]


def rendered(document: Document, directories: bool) -> Document:
    """The document as MkDocs renders it, its links to other pages those of the site."""
    text = re.sub(r"\\$", "  ", document.text, flags=re.MULTILINE)  # Python-Markdown's way to end a line
    html = Markdown(extensions=["toc", "attr_list", "tables", "fenced_code", "sane_lists"]).convert(text)
    above, ending = ("../", "/") if directories else ("", ".html")
    html = re.sub(r'(?<=href=")([\w-]+)\.md', rf"{above}\1{ending}", html)
    return document._replace(format="html", text=html, url=f"../{posixpath.splitext(document.name)[0]}{ending}")


@pytest.mark.parametrize("directories", [True, False])
def test_a_rendered_page_gives_the_chunks_of_its_markdown(root: Path, directories: bool) -> None:
    documents = read_documents([root / "corpus"])
    expected = chunk_documents(documents)
    found = chunk_documents([rendered(document, directories) for document in documents])
    assert [one._replace(source=expected[0].source) for one in found] == [
        one._replace(source=expected[0].source) for one in expected
    ]
    assert sum(len(one.links) for one in found) > 100


def test_what_surrounds_the_text_is_left_out() -> None:
    html = (
        '<h2 id="a">标题<a class="headerlink" href="#a">¶</a></h2><script>x()</script><style>a{}</style><svg><title>x</title></svg>'
        "<p>正文<sup><a class='footnote-ref' href='#fn'>1</a></sup><button>复制</button>。</p><nav><ul><li>目录</li></ul></nav>"
    )
    assert parts(html) == [("text", "正文。")]
    assert page(html)[0].title == "标题"


def test_blocks_become_the_parts_that_they_are() -> None:
    html = """
      <p>先看
      这里。</p>
      <ol start="3"><li>打开 <b>Settings</b></li><li><p>点按钮</p><ul><li>红色</li></ul><pre><code>a  b
c</code></pre></li></ol>
      <ul><li>一<li>二</ul>
      <div class="admonition note"><p class="admonition-title">Note</p><p>小心。</p></div>
      <details class="tip"><summary>诀窍</summary><p>快。</p></details>
      <details><summary>更多</summary><p>全文。</p></details>
      <table><thead><tr><th>词</th><th>义</th></tr></thead><tbody><tr><td>KYC</td><td>实名<br>认证</td></tr></tbody></table>
      <table class="highlighttable"><tr><td class="linenos"><pre>1</pre></td><td class="code"><div><pre>print(1)</pre></div></td></tr></table>
      <p><img alt="按钮的位置" src="x.png"> <code>a &lt; b</code></p>"""
    assert parts(html) == [
        ("text", "先看这里。"),
        ("step", "打开 Settings"),
        ("step", "点按钮\n- 红色"),
        ("draft", "a  b\nc"),
        ("item", "一"),
        ("item", "二"),
        ("note", "小心。"),
        ("note", "诀窍\n快。"),
        ("text", "更多"),
        ("text", "全文。"),
        ("table", "词 | 义\nKYC | 实名 认证"),
        ("draft", "print(1)"),
        ("text", "按钮的位置 a < b"),
    ]
    assert [part.number for part in page(html)[0].parts if part.kind == "step"] == [3, 4]


def test_questions_that_are_no_headings_are_entries() -> None:
    html = """<h2 id="faq">问答</h2>
      <p><strong>1. 能退？</strong><br>能。</p>
      <ul><li><p><b>能换？</b></p><p>能。</p></li></ul>
      <details><summary>能修？</summary><p>能。</p></details>
      <table><tr><th>问题</th><th>答案</th></tr><tr><td>能寄？</td><td>能。</td></tr></table>
      <p>完。</p>"""
    assert [(one.title, one.answer, one.anchor) for one in page(html)] == [
        ("问答", "完。", "faq"),
        *((f"能{verb}？", "能。", "faq") for verb in "退换修寄"),
    ]


def test_a_list_of_definitions_is_a_glossary() -> None:
    found = page("<h2 id='t'>术语</h2><dl><dt>INN</dt><dd>税号。</dd><dt>KYC</dt><dd><p>实名认证。</p></dd></dl>")
    assert [(one.kind, one.title, one.answer, one.anchor) for one in found] == [
        ("glossary", "INN", "税号。", "t"),
        ("glossary", "KYC", "实名认证。", "t"),
    ]


def test_a_link_leads_to_an_anchor_that_the_page_has() -> None:
    html = """
      <h1 id="_1">标题</h1><p>开头。</p>
      <h2 id="_2">为什么退款？</h2><p>因为。</p>
      <h2 id="button">按钮</h2><p>在左边。</p>
      <h2>没有编号</h2><p>也行。</p>
      <h2 id="kyc">KYC 认证</h2><p>材料。</p>"""
    assert [(one.id, one.anchor) for one in page(html)] == [
        ("zh/a", "_1"),
        ("zh/a#为什么退款", "_2"),  # a number would change with the page
        ("zh/a#button", "button"),
        ("zh/a#没有编号", "button"),
        ("zh/a#kyc", "kyc"),
    ]
    long = "<h2 id='s'>说明</h2>" + "".join(f"<p>第 {n} 段。{'字' * 400}</p>" for n in range(9))
    assert {one.anchor for one in page(long)} == {"s"}
    assert len({one.id for one in page(long)}) > 3


def test_ids_that_come_from_titles_do_not_keep_an_answer_from_being_whole() -> None:
    html = '<h2 id="q">为什么退款？</h2><p>因为。</p><h3 id="{}">原因</h3><p>没付款。</p>'
    assert [one.id for one in page(html.format("_1"))] == ["zh/a#q"]
    assert [one.id for one in page(html.format("own"))] == ["zh/a#q", "zh/a#own"]


def test_links_are_followed_from_page_to_page() -> None:
    one = Document(
        "zh/a.md", "html", '<h2 id="a">甲</h2><p><a href="../b%20c/#_1">乙</a> <a href="#x">丙</a></p>', "A", "zh", url="../zh/a/"
    )
    other = Document("zh/b c.md", "html", '<h2 id="_1">乙</h2><p>文。</p>', "B", "zh", url="../zh/b%20c/")
    assert chunk_documents([one, other])[0].links == ("zh/b c#乙",)


def test_a_section_can_be_kept_out() -> None:
    html = (
        "<h2 id='a'>甲</h2><p>一。</p><h2 id='b' data-search-exclude>乙</h2><p>二。</p><h3 id='c'>丙</h3><p>三。</p>"
        "<h2 id='d'>丁</h2><p>四。</p><p data-search-exclude>五。</p>"
    )
    assert [one.answer for one in page(html)] == ["一。", "四。"]


def test_depth_and_damage_are_borne() -> None:
    assert parts("<div>" * 5000 + "深" + "</div>" * 5000) == [("text", "深")]
    assert parts("<p>一<p>二</div></b><table><tr><td>甲<td>乙</table><li>三") == [
        ("text", "一"),
        ("text", "二"),
        ("table", "甲 | 乙"),
        ("text", "三"),
    ]


@given(
    st.lists(
        st.sampled_from(
            "<p> <li> <ol> <ul> </ul> <table> <tr> <td> <th> </table> <pre> </pre> <h2> <a> <b> <br> <dd> 字 <".split()
        )
    )
)
def test_no_page_is_refused(pieces: list[str]) -> None:
    found = page("".join(pieces))
    assert sum(one.answer.count("字") + one.title.count("字") for one in found) <= 2 * pieces.count("字")


def test_questions_in_bold_on_lines_of_one_paragraph_are_entries() -> None:
    html = "<p><strong>在哪里？</strong><br>\n在<b>浏览器</b>里。<br><b>注意</b><br>别删。<br><br><strong>怎么改？</strong><br>\n<a href='x'>设置</a> 里改。</p>"
    assert [(one.title, one.answer) for one in page(html)] == [
        ("在哪里？", "在浏览器里。\n注意\n别删。"),
        ("怎么改？", "设置 里改。"),
    ]


def test_a_whole_page_in_a_markdown_file_is_read_as_a_page(tmp_path: Path) -> None:
    html = (
        '<?xml version="1.0"?>\n<!DOCTYPE html>\n<html><head><title>站</title><style>\n\n  body { color: red }\n</style></head><body>\n'
        '<div class="navheader">上一页</div><h1>帮助</h1><div class="toc"><a href="#a">目录</a></div>\n\n'
        "<h2>怎么退款？</h2><pre>\n# 一\n\n# 二\n</pre><p>点退款。</p></body></html>"
    )
    (tmp_path / "a.md").write_text(html, "utf-8")
    found = chunk_documents(read_documents([tmp_path]))
    assert [(one.title, [part.text for part in one.parts]) for one in found] == [("怎么退款？", ["# 一\n\n# 二", "点退款。"])]


def test_a_term_keeps_its_own_colon() -> None:
    assert parts("<dl><dt>自由：</dt><dd>\n<p>可以复制。</p></dd><dt>开放</dt><dd><p>人人可改。</p></dd></dl>") == [
        ("item", "自由： 可以复制。"),
        ("item", "开放: 人人可改。"),
    ]
