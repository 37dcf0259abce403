import posixpath
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown import Markdown

from search import Chunk, Document, DocumentError, chunk_documents, read_documents


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


# --- files of HTML --------------------------------------------------------------------------------------------------------------

ZENDESK = """<!DOCTYPE html>
<html dir="ltr" lang="zh-CN"><head><meta charset="utf-8"><title>退货寄到哪里？ &ndash; 小店帮助中心</title>
<link rel="canonical" href="https://help.shop.example/hc/zh-cn/articles/360001-return-address"><script>var a = "<p>脚本</p>";</script></head>
<body class="community-enabled"><a class="skip-navigation" href="#main-content">跳到主内容</a>
<header class="header"><div class="logo"><a href="/">小店</a></div><nav class="user-nav"><a href="/signin">登录</a></nav></header>
<main role="main"><div class="container">
<nav class="sub-nav"><ol class="breadcrumbs"><li><a href="/">小店帮助中心</a></li><li>退货</li></ol><form role="search"><input type="search"></form></nav>
<div class="article-container"><aside class="article-sidebar"><h3 class="sidenav-title">此组别内的文章</h3><ul><li><a href="1">运费</a></li></ul></aside>
<article id="main-content" class="article"><header class="article-header"><h1 title="退货寄到哪里？" class="article-title">退货寄到哪里？</h1>
<div class="article-author"><div class="article-meta">
<a href="/profiles/1">客服小李</a><ul class="meta-group"><li><time datetime="2026-03-05T06:00:00Z">9 个月前</time></li><li>更新于</li></ul></div></div>
<button role="button">关注</button></header>
<section class="article-info"><div class="article-content"><div class="article-body"><p>寄到莫斯科仓，见<a href="https://help.shop.example/hc/zh-cn/articles/360002-steps#h_01HX0A1B2C3D4E5F6G7H8J9K0M">退货步骤</a>。</p>
<h2 id="h_01HX0A1B2C3D4E5F6G7H8J9K0M">仓库地址</h2><p>以后台显示的为准。</p></div></div></section>
<footer><div class="article-share"><ul class="share"><li><a href="#">微信</a></li></ul></div><div class="article-votes"><span>这篇文章有帮助吗？</span><button>是</button></div>
<div class="article-more-questions">还有其它问题？<a href="/hc/requests/new">提交请求</a></div></footer>
<div class="article-relatives"><section class="related-articles"><h3>相关文章</h3><ul><li><a href="2">怎么打包</a></li></ul></section></div>
<div class="article-comments"><section class="comments"><h2>评论</h2><p>0 条评论</p></section></div>
</article></div></div></main><footer class="footer">小店 2026</footer></body></html>"""
INTERCOM = """<!DOCTYPE html><html lang="en"><head><title>How do I return a parcel? | Shop Help Center</title>
<meta property="og:title" content="How do I return a parcel? | Shop Help Center"><meta property="article:published_time" content="2026-05-01T10:00:00Z"></head>
<body><header class="header"><h1><a href="/en">Shop Help Center</a></h1><form class="search"><input></form></header>
<div class="content educate_content"><section class="content"><div class="article intercom-force-break">
<div class="breadcrumb"><a href="/en">All Collections</a><div>Returns</div></div>
<h1 class="t__h1">How do I return a parcel?</h1><div class="avatar"><div class="avatar__info">Written by Ann<br>Updated over a week ago</div></div>
<div class="article_body"><article><p>Ask for a label first.</p><h1 id="h_0a1b2c3d4e">Steps</h1><ol><li><p>Open the order.</p></li><li><p>Print the label.</p></li></ol>
<section class="related_articles my-6"><hr><div>Related Articles</div><a href="x">Refunds</a></section></article></div></div></section></div>
<div class="intercom-reaction-picker"><div>Did this answer your question?</div><button>😞</button><button>😃</button></div>
<footer class="footer">Shop</footer></body></html>"""
DOCUSAURUS = """<!doctype html><html lang="en" data-theme="light"><head><title data-rh="true">Refunds | Shop Docs</title>
<link data-rh="true" rel="canonical" href="https://docs.shop.example/refunds"></head><body><div role="region" aria-label="Skip to main content"><a href="#x">Skip to main content</a></div>
<nav aria-label="Main" class="navbar"><a href="/">Shop Docs</a></nav><div class="theme-announcement-bar">Sale!</div>
<div class="main-wrapper"><aside class="theme-doc-sidebar-container"><ul class="menu__list"><li><a href="/">Start</a></li></ul></aside>
<main><div class="container"><div class="row"><div class="col"><article><nav class="theme-doc-breadcrumbs"><ul class="breadcrumbs"><li>Refunds</li></ul></nav>
<div class="tocCollapsible theme-doc-toc-mobile"><button type="button">On this page</button></div>
<div class="theme-doc-markdown markdown"><header><h1>Refunds</h1></header><p>Money goes back to the card.</p>
<h2 class="anchor" id="how-long">How long does it take?<a href="#how-long" class="hash-link" title="Direct link">\u200b</a></h2><p>Up to 10 days.</p>
<div class="theme-admonition theme-admonition-note alert alert--info"><div>note</div><div><p>Banks differ.</p></div></div>
<div class="tabs-container"><ul role="tablist"><li role="tab">Card</li></ul><div><div role="tabpanel" hidden><p>Visa is fastest.</p></div></div></div></div>
<footer class="theme-doc-footer"><a href="e">Edit this page</a></footer></article><nav class="pagination-nav"><a href="n">Next</a></nav></div>
<div class="col col--3"><div class="tableOfContents theme-doc-toc-desktop"><ul class="table-of-contents"><li><a href="#how-long">How long does it take?</a></li></ul></div></div>
</div></div></main></div><footer class="footer">Built by us</footer></body></html>"""
VITEPRESS = """<!DOCTYPE html><html lang="en-US"><head><title>退款 | 小店文档</title></head><body><div id="app"><div class="Layout"><header class="VPNav">小店文档</header>
<div class="VPContent has-sidebar" id="VPContent"><div class="VPDoc has-sidebar has-aside"><div class="container"><div class="aside"><nav>本页目录</nav></div>
<div class="content"><div class="content-container"><main class="main"><div class="vp-doc _refunds"><div>
<h1 id="退款" tabindex="-1">退款 <a class="header-anchor" href="#退款" aria-label="Permalink">\u200b</a></h1><p>退回原来的银行卡。</p>
<h2 id="多久到账" tabindex="-1">多久到账 <a class="header-anchor" href="#多久到账">#</a></h2><p>十天以内。</p>
<div class="language-text"><button title="Copy Code" class="copy"></button><span class="lang">text</span><pre><code>请退款</code></pre><div class="line-numbers-wrapper">1</div></div>
</div></div></main><footer class="VPDocFooter"><p>最后更新于</p></footer></div></div></div></div></div></div></div></body></html>"""
SPHINX = """<!DOCTYPE html><html lang="en"><head><title>Shipping &#8212; Shop 2.0 documentation</title></head><body><div class="related" role="navigation"><h3>Navigation</h3></div>
<div class="document"><div class="documentwrapper"><div class="bodywrapper"><div class="body" role="main">
<section id="shipping"><span id="ship-label"></span><h1>Shipping<a class="headerlink" href="#shipping">¶</a></h1><p>Pack it well.</p>
<section id="rates"><h2><a class="toc-backref" href="#id1">Rates</a><a class="headerlink" href="#rates">¶</a></h2><p>By weight.</p></section>
<aside class="topic"><p class="topic-title">Contents</p></aside></section></div></div></div>
<div class="sphinxsidebar" role="navigation"><h3>Table of Contents</h3></div></div><div class="footer">© Shop</div></body></html>"""
WORDPRESS = """<!DOCTYPE html><html lang="en-GB"><head><title>Delivery times - Shop</title><meta property="og:site_name" content="Shop"></head><body class="single">
<div id="page"><header id="masthead" class="site-header"><h1 class="site-title"><a href="/">Shop</a></h1></header>
<div id="content"><div id="primary"><div class="post hentry"><h1 class="entry-title">Delivery times</h1><div class="entry-meta">Posted on <time datetime="2026-02-01">1 Feb</time></div>
<div class="entry-content"><p>Three days in town.</p><h3>Abroad</h3><p>Two weeks.</p><div class="sharedaddy share">Share this</div></div></div>
<div id="comments"><h2>One thought</h2><p>Nice.</p></div></div></div><div id="cookie-notice" class="cookie-banner">We use cookies</div></div></body></html>"""
FRESHDESK = """<html lang="en"><head><title>Damaged parcels : Shop</title><meta property="og:title" content="Damaged parcels"></head><body>
<div class="page"><section class="main"><div class="breadcrumb"><a href="/">Solution home</a></div><h2 class="heading">Damaged parcels <a class="solution-print--icon"></a></h2>
<article class="article-body" id="article-body"><p>Send two photos within a week.</p></article><section class="article-vote"><p class="helpful">Did you find it helpful?</p></section>
<section class="related-articles"><h3>Related</h3></section></section></div></body></html>"""
SITES = {
    "zendesk": ZENDESK,
    "intercom": INTERCOM,
    "docusaurus": DOCUSAURUS,
    "vitepress": VITEPRESS,
    "sphinx": SPHINX,
    "wordpress": WORDPRESS,
    "freshdesk": FRESHDESK,
}


def filed(folder: Path, **pages: str) -> list[Document]:
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, "utf-8")
    return read_documents([folder], strict=True)


def entries(folder: Path, html: str) -> list[tuple[str, str, str, str | None]]:
    found = chunk_documents(filed(folder, faq=f"<!doctype html><html><head><title>FAQ</title></head><body>{html}</body></html>"))
    return [(one.kind, one.title, one.answer, one.anchor) for one in found]


def test_a_saved_page_gives_its_article_and_nothing_else(tmp_path: Path) -> None:
    found: dict[str, list[tuple[str, str, str | None]]] = {}
    for one in chunk_documents(filed(tmp_path, **SITES)):
        found.setdefault(one.source.document.removesuffix(".html"), []).append((one.title, one.answer, one.anchor))
    assert found == {
        "zendesk": [
            ("退货寄到哪里？", "寄到莫斯科仓，见退货步骤。", None),
            ("仓库地址", "以后台显示的为准。", "h_01HX0A1B2C3D4E5F6G7H8J9K0M"),
        ],
        "intercom": [
            ("How do I return a parcel?", "Ask for a label first.", None),
            ("Steps", "1. Open the order.\n2. Print the label.", "h_0a1b2c3d4e"),
        ],
        "docusaurus": [
            ("Refunds", "Money goes back to the card.", None),
            ("How long does it take?", "Up to 10 days.\nBanks differ.\nVisa is fastest.", "how-long"),
        ],
        "vitepress": [("退款", "退回原来的银行卡。", "退款"), ("多久到账", "十天以内。\n请退款", "多久到账")],
        "sphinx": [("Shipping", "Pack it well.", "ship-label"), ("Rates", "By weight.", "rates")],
        "wordpress": [("Delivery times", "Three days in town.", None), ("Abroad", "Two weeks.", None)],
        "freshdesk": [("Damaged parcels", "Send two photos within a week.", None)],
    }


def test_what_a_page_says_of_itself(tmp_path: Path) -> None:
    said = {one.name.removesuffix(".html"): (one.title, one.language, one.url, one.published) for one in filed(tmp_path, **SITES)}
    assert said == {
        "zendesk": (
            "退货寄到哪里？",
            "zh",
            "https://help.shop.example/hc/zh-cn/articles/360001-return-address",
            "2026-03-05",
        ),
        "intercom": ("How do I return a parcel?", "en", None, "2026-05-01"),
        "docusaurus": ("Refunds", "en", "https://docs.shop.example/refunds", None),
        "vitepress": ("退款", "zh", None, None),  # whatever its template says
        "sphinx": ("Shipping", "en", None, None),
        "wordpress": ("Delivery times", "en", None, "2026-02-01"),
        "freshdesk": ("Damaged parcels", "en", None, None),
    }


@pytest.mark.parametrize(
    "html",
    [
        """<main><h1>FAQ</h1><div class="accordion"><div class="item" id="late"><button aria-expanded="false" aria-controls="p1">Why is it late?<svg></svg></button>
           <div id="p1" role="region" hidden><p>Snow.</p></div></div>
           <div class="item" id="costs"><button aria-expanded="false">Costs</button><div hidden="">None.</div></div></div></main>""",
        """<main><h1>FAQ</h1><div class="accordion-item"><h2 class="accordion-header" id="late"><button class="accordion-button collapsed" data-bs-toggle="collapse"
           aria-expanded="false">Why is it late?</button></h2><div class="accordion-collapse collapse"><div class="accordion-body">Snow.</div></div></div>
           <div class="accordion-item"><h2 id="costs"><button aria-expanded="false">Costs</button></h2><div hidden>None.</div></div></main>""",
        """<main><h1>FAQ</h1><ul><li id="late"><div role="button" aria-expanded="false">Why is it late?</div><div>Snow.</div></li>
           <li id="costs"><a href="#" aria-expanded="false">Costs</a><div>None.</div></li></ul></main>""",
    ],
)
def test_what_a_click_unfolds_is_an_entry(tmp_path: Path, html: str) -> None:
    assert [one[1:] for one in entries(tmp_path, html)] == [("Why is it late?", "Snow.", "late"), ("Costs", "None.", "costs")]


def test_other_forms_of_questions_in_a_page_are_entries(tmp_path: Path) -> None:
    html = """<article><h1>Help</h1>
      <details id="a"><summary>Is it free?</summary><p>Yes.</p></details>
      <dl><dt id="b">Is it safe?</dt><dd>Yes.</dd><dt><button aria-expanded="true">Is it fast?</button></dt><dd hidden>Yes.</dd></dl>
      <div class="schema-faq-section" id="d"><strong class="schema-faq-question">Is it big?</strong> <p class="schema-faq-answer">Yes.</p></div>
      <div><div class="faq-question">Is it red?</div><div class="faq-answer"><p>Yes.</p></div></div>
      <h3><a name="f"></a>Is it new?</h3><div>Yes.</div>
      <section id="g"><a href="#g">§</a><h3>Is it old?<button id="copy">Copy</button></h3><p>Yes.</p></section></article>"""
    assert entries(tmp_path, html) == [
        ("faq", f"Is it {word}?", "Yes.", anchor)
        for word, anchor in {"free": "a", "safe": "b", "fast": "b", "big": "d", "red": "d", "new": "f", "old": "g"}.items()
    ]


def test_a_button_that_unfolds_nothing_is_left_out(tmp_path: Path) -> None:
    html = """<main><p>Choose<button aria-expanded="false">a size</button> first.</p><button aria-expanded="false" aria-haspopup="menu">Share</button>
      <p>Then pay.</p><h2>Related articles</h2><ul><li><a href="x">Sizes</a></li></ul><h2>On this page</h2><p>Not only links.</p></main>"""
    assert entries(tmp_path, html) == [
        ("section", "FAQ", "Choose first.\nThen pay.", None),
        ("faq", "On this page", "Not only links.", None),
    ]


def test_pages_are_tied_by_their_links(tmp_path: Path) -> None:
    steps = (
        ZENDESK.replace("360001-return-address", "360002-steps")
        .replace("退货寄到哪里？", "退货步骤")
        .replace("见<a", "<i")
        .replace("步骤</a>", "</i>")
    )
    plain = '<h2 id="pay">Paying</h2><p>See <a href="zendesk.html">where</a>, <a href="sub/#top">more</a>.</p>'
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "index.html").write_text(
        "<h2 id='top'>More</h2><p>Text, <a href='../plain.html#pay'>back</a>.</p>", "utf-8"
    )
    found = {one.id: one for one in chunk_documents(filed(tmp_path, zendesk=ZENDESK, steps=steps, plain=plain))}
    assert found["zendesk"].links == ("steps#仓库地址",)
    assert found["plain#pay"].links == ("zendesk", "sub/index#top") and found["sub/index#top"].links == ("plain#pay",)
    [part] = found["zendesk"].parts
    assert [part.text[start:end] for start, end, _ in part.references] == ["退货步骤"] and not part.addresses


def test_a_page_without_an_article_is_told_of_or_passed_over(tmp_path: Path) -> None:
    login = "<html><head><title>Sign in</title></head><body><main><form><label>Name</label><input><input type='password'><a href='x'>Forgot?</a></form></main></body></html>"
    script = (
        "<!doctype html><html><head><title>Shop</title></head><body><div id='root'></div><script>start()</script></body></html>"
    )
    moved = "<html><head><meta http-equiv='refresh' content='0; url=new/'></head><body>Redirecting to new/</body></html>"
    plain = "<meta http-equiv='refresh' content='1800; url=plain.htm'><p>Text</p>"
    for name, text in {"login": login, "script": script, "moved": moved, "plain": plain}.items():
        (tmp_path / f"{name}.htm").write_text(text, "utf-8")
    told: list[DocumentError] = []
    assert [one.name for one in read_documents([tmp_path], on_error=told.append)] == ["plain.htm"]
    assert [Path(str(error).split(": ")[0]).name for error in told] == ["login.htm", "script.htm"]
    assert all("no text of its own" in str(error) and "没有正文" in error.chinese for error in told)


@given(
    st.lists(
        st.sampled_from(
            "<main> <article> <header> <aside> <h1> <button/aria-expanded> </button> <div/hidden> </div> <dt> <details> <summary> <title> <!-- --> <script> 字 \0 <".split()
        ),
        max_size=30,
    )
)
def test_no_file_of_html_does_harm(tmp_path_factory: pytest.TempPathFactory, pieces: list[str]) -> None:
    file = tmp_path_factory.getbasetemp() / "any.html"
    file.write_text("".join(pieces), "utf-8")
    try:
        found = chunk_documents(read_documents([file]))
    except DocumentError as error:
        assert "any.html" in str(error)
        return
    assert len({one.id for one in found}) == len(found)
