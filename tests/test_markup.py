import html
import re
from itertools import starmap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import Chunk, Hit, Index, Match, Part, Source
from search.markup import Ranges, explanation, informative, marked, pieces, plain, published, table

SOURCE = Source("zh/a.md", "a")


def chunk(*parts: Part) -> Chunk:
    return Chunk("zh/a#b", "faq", "zh", "题", (), (), parts, (), SOURCE)


def text(markup: str) -> str:
    """What a reader sees of the markup."""
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


def whole(entry: Chunk, ranges: Ranges = (), best: int | None = None) -> str:
    return "".join(piece for piece, draft in pieces(entry, ranges, best, "best", "?id={}".format) if not draft)


@given(st.text(), st.integers(0, 50), st.lists(st.integers(0, 99), max_size=8))
def test_marking_keeps_the_text_and_escapes_it(words: str, start: int, cuts: list[int]) -> None:
    cuts = sorted(set(cuts))
    ranges = list(zip(cuts[::2], cuts[1::2], strict=False))
    out = marked(words, start, ranges)
    assert text(out) == words
    assert set(re.findall(r"<[^>]*>", out)) <= {"<mark>", "</mark>", '<span class="code">', '<span class="mail">', "</span>"}
    inside = "".join(html.unescape(found) for found in re.findall(r"<mark>(.*?)</mark>", out, re.DOTALL))
    assert inside == "".join(words[max(a - start, 0) : max(b - start, 0)] for a, b in ranges)


def test_a_date_a_code_and_an_address_are_each_in_one_piece() -> None:
    said = "2026-03-05 的文章：发到 support-seller@ozon.ru，写上 #T-20240512-12345。A follow-up of 2-4 days; UTF-8."
    assert re.findall('<span class="(.*?)">(.*?)</span>', marked(said)) == [
        ("code", "2026-03-05"),
        ("mail", "support-seller@ozon.ru"),
        ("code", "#T-20240512-12345"),
        ("code", "2-4"),
        ("code", "UTF-8"),
    ]
    assert "<mark>T-2</mark>0" in marked("#T-20", 0, [(1, 4)])
    for text in ("follow-up", "a-1", "1-" * 20 + "1", "https://a.b/2026-03-05-c", "x" * 40 + "@ozon.ru"):
        assert marked(text) == text


def test_marks_count_in_the_plain_answer() -> None:
    entry = chunk(
        Part("text", "先看按钮"),
        Part("step", "点按钮", 1),
        Part("step", "等", 2),
        Part("item", "按钮没了"),
        Part("table", "按钮 | 灯\n红按钮 | 亮"),
    )
    ranges = [(found.start(), found.end()) for found in re.finditer("按钮", entry.answer)]
    assert len(ranges) == 5
    assert re.findall("<mark>(.*?)</mark>", whole(entry, ranges=ranges)) == ["按钮"] * 5


def test_references_are_links_and_keep_their_marks() -> None:
    entry = chunk(Part("item", "先看 <按钮>，再[申诉]。", 0, ((3, 7, 'zh/a"b#c'), (10, 12, "zh/d#e"))), Part("text", "申诉"))
    start = entry.answer.index("按钮")
    out = whole(entry, ranges=[(start - 2, start + 1), (start + 7, start + 9)])
    assert text(out) == "先看 <按钮>，再[申诉]。申诉"
    assert re.findall(r'<a href="(.*?)">(.*?)</a>', out) == [
        ("?id=zh/a&quot;b#c", "<mark>&lt;按</mark>钮&gt;"),
        ("?id=zh/d#e", "申<mark>诉</mark>"),
    ]
    assert re.findall("<mark>(.*?)</mark>", out) == [" ", "&lt;按", "诉", "]"], (
        "a mark that runs into a link is one on either side"
    )


def test_lists_open_and_close_where_they_should() -> None:
    steps = [
        Part("step", "a", 1),
        Part("step", "b", 2),
        Part("step", "c", 1),
        Part("item", "d"),
        Part("text", "e"),
        Part("item", "f"),
    ]
    tags = re.sub(r'<li[^>]*>[^<]*</li>| value="\d"', "", whole(chunk(*steps)))
    assert tags == "<ol></ol><ol></ol><ul></ul><p>e</p><ul></ul>"


def test_the_best_step_is_counted_over_all_lists() -> None:
    entry = chunk(Part("step", "a", 1), Part("text", "then"), Part("step", "b", 1), Part("step", "c", 2))
    out = whole(entry, best=2)
    assert re.findall(r'<li value="(\d)" class="best"><span class="badge">best</span> (\w)</li>', out) == [("2", "c")]


def test_drafts_come_as_they_are_in_their_place() -> None:
    draft = 'Subject: [X] <b>&"\n  indented'
    entry = chunk(Part("text", "before"), Part("draft", draft), Part("note", "aid"))
    assert list(pieces(entry, (), None, "", str)) == [
        ("<p>before</p>", False),
        (draft, True),
        ("<blockquote>aid</blockquote>", False),
    ]


def test_a_table_has_its_heads_and_cells() -> None:
    out = table(Part("table", "Status | Meaning\nOpen | not <yet>"), 0, (), str)
    assert re.findall(r"<t[hd]>.*?</t[hd]>", out) == [
        "<th>Status</th>",
        "<th>Meaning</th>",
        "<td>Open</td>",
        "<td>not &lt;yet&gt;</td>",
    ]


@pytest.mark.parametrize("kind", ["text", "table"])
def test_an_address_is_a_link_and_nothing_that_runs(kind: str) -> None:
    words = "名称 | 网址\n备案 | 见<这里> 和那里、此处"
    ranges = ((words.index("<"), words.index(" 和"), 'https://a.z/"b'), (words.index("此"), len(words), "javascript:alert(1)"))
    part = Part(kind, words, 0, ((words.index("那里"), words.index("、"), "zh/d#e"),), ranges)  # type: ignore[arg-type]
    out = whole(chunk(Part("text", "前"), part))
    assert re.findall(r"<a (.*?)>(.*?)</a>", out) == [
        ('href="https://a.z/&quot;b" target="_blank" rel="noopener noreferrer"', "&lt;这里&gt;"),
        ('href="?id=zh/d#e"', "那里"),
    ]
    assert "javascript" not in out and "此处" in out


@pytest.mark.parametrize("kind", ["text", "step", "item", "note", "table"])
def test_no_part_becomes_markup(kind: str) -> None:
    bad = "<img src=x onerror=alert(1)></p></li></ol><script>alert(1)</script>&amp;"
    out = whole(chunk(Part(kind, bad, 1)))  # type: ignore[arg-type]
    assert bad in text(out) and "<img" not in out and "<script" not in out


def test_a_label_has_no_markdown_left() -> None:
    assert plain(":red[x] $a$ **b** `c` [d](e) <f>\n# g") == r"\:red\[x\] \$a\$ \*\*b\*\* \`c\` \[d\]\(e\) \<f\> \# g"
    for link in ("https://a.b/c", "www.a.b", "me@a.b"):
        assert "\u2060" in plain(link) and plain(link).replace("\u2060", "").replace("\\", "") == link


def test_only_a_web_address_becomes_a_link() -> None:
    def shown(url: str | None) -> str:
        return published(Source("a.md", "a", url, "2026-03-05", "<b>"), lambda key, *values: " ".join([key, *values]))

    assert shown(None) == '<p class="source">source &lt;b&gt; <span>published 2026-03-05</span></p>'
    assert '<a href="https://a.b/?x=1&amp;y=&quot;" target="_blank" rel="noopener noreferrer">' in shown('https://a.b/?x=1&y="')
    for url in ("javascript:alert(1)", "data:text/html,x", "//a.b", "JAVASCRIPT:alert(1)"):
        assert shown(url) == shown(None)


def test_the_explanation_sums_to_the_score(index: Index) -> None:
    answer = index.search("看不到聊天按钮怎么办")
    for hit in answer.hits:
        out = explanation(hit, answer.understood, {}, lambda key, *values: f"{key}{''.join(map(str, values))}")
        weights = [float(number) for number in re.findall(r"<td>(-?[\d.]+)</td></tr>", out.split("</table>", 1)[1])]
        assert weights[-1] == pytest.approx(hit.score, abs=0.006)
        assert sum(weights[:-1]) == pytest.approx(hit.score, abs=0.006 * len(weights))


def test_the_explanation_shows_words_and_no_fragments_of_them() -> None:
    met = [("写工单", term, "title", weight, "synonym") for term, weight in (("提交工单", 3.0), ("交工单", 1.0))]
    hit = Hit(chunk(Part("text", "x")), 6.0, 1.0, (*starmap(Match, met), Match("reply", "repli", "body", 2.0, "stem")))
    out = explanation(hit, ["写工单", "reply"], {"repli": "replies"}, lambda key, *values: key)
    assert "<td>写工单</td><td>提交工单</td><td>title</td><td>synonym</td><td>4.00</td>" in out
    assert "<td>交工单</td>" not in out and "<td>replies</td>" in out and "<td>repli</td>" not in out


def test_the_explanation_counts_pieces_of_a_word_with_it() -> None:
    rows = [("聊天按钮", 5.0), ("按钮", 3.0), ("钮", 1.0), ("天按", 0.5), ("到聊", 4.0), ("聊天", 2.0)]
    met = [Match(word, word, "title", weight, "exact") for word, weight in rows]
    met += [
        Match("no", "no", "body", 0.5, "exact"),
        Match("no reply", "no repli", "body", 2.0, "exact"),
        Match("now", "now", "body", 9.0, "exact"),
    ]
    met += [Match("聊天", f"chat {n}", "body", (n + 1) / 10, "synonym") for n in range(9)]
    hit = Hit(chunk(Part("text", "x")), sum(match.weight for match in met), 1.0, tuple(met))
    out = explanation(hit, ["no reply", "聊天按钮"], {}, lambda key, *values: "".join(map(str, (key, *values))))
    lines = [re.findall("<td>(.*?)</td>", line) for line in out.split("</table>")[1].split("<tr>")[2:]]
    assert lines[0] == ["聊天按钮", "聊天按钮", "title", "exact", "11.50"]
    assert lines[1] == ["no reply", "no repli", "body", "exact", "2.50"]
    assert [float(line[-1]) for line in lines[:5]] == [11.5, 2.5, 0.9, 0.8, 0.7]
    assert [line[0] for line in lines[5:]] == ["rest8", "total"]


def test_a_single_character_is_not_marked_beside_a_word() -> None:
    assert informative("天不亮，聊天", [(1, 2), (4, 6)]) == [(4, 6)]
    assert informative("3 天", [(0, 1), (2, 3)]) == [(0, 1)]
    assert informative("天不亮", [(0, 1)]) == [(0, 1)]


def test_the_explanation_of_odd_hits() -> None:
    entry = chunk(Part("text", "x"))
    bad = Match("<b>", "<i>", "body", 1.0, "exact")
    for hit in (
        Hit(entry, 0.0, 0.0),
        Hit(entry, 1.0, 1.0, (bad,)),
        Hit(entry, 30.0, 1.0, tuple(bad._replace(term=str(n)) for n in range(30))),
    ):
        for words in ((), ("<b>",)):
            out = explanation(hit, words, {}, lambda key, *values: key)
            assert "<b>" not in out and "<i>" not in out and out.endswith(f"<td>{hit.score:.2f}</td></tr></table></div>")
