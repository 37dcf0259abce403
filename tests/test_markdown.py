from __future__ import annotations

import pytest

from search import Chunk, Document, chunk_documents


def markdown(text: str, title: str = "标题") -> list[Chunk]:
    return chunk_documents([Document("zh/a.md", "markdown", text, title, "zh")])


def kinds(chunks: list[Chunk]) -> list[tuple[str, str]]:
    return [(one.kind, one.title) for one in chunks]


def test_html_and_code_of_pages_stay_out() -> None:
    [one] = markdown("""<!--
# Licensed
-->
import X from 'y'

<details><summary>更多</summary>

藏着的 **字**

</details>

<Warning>
不可[逆](b.md)。
</Warning>

<script>alert(1)</script>

<style>
.a { color: red }
</style>

行内<b>粗</b>体<br>换行 &amp; <code src="a.tsx">Demo</code>{/* 注释 */}完。

:::tip 提示
请注意
:::

> [!NOTE]
> 记住

<table><tr><td>甲</td><td>乙</td></tr></table>

- [x] 完成
""")
    assert [(part.kind, part.text) for part in one.parts] == [
        ("text", "更多"),
        ("text", "藏着的 字"),
        ("note", "不可逆。"),
        ("text", "行内粗体\n换行 & 完。"),
        ("note", "提示\n请注意"),
        ("note", "记住"),
        ("table", "甲 | 乙"),
        ("item", "完成"),
    ]


def test_a_page_of_html_is_its_text() -> None:
    [one] = markdown(
        "<!DOCTYPE html>\n<html><head><style>a { b }</style></head><body><script>x()</script>\n<h1>退货</h1><p>寄回。</p></body></html>"
    )
    assert (one.title, one.answer) == ("退货", "寄回。")


def test_blocks_of_html_have_headings_lists_and_tables() -> None:
    text = """<h1 id="top">路由器</h1>
<div class="article"><p>导出于 6 月。</p></div>

<h2 id="h_01">怎么恢复出厂设置？</h2>
<ol start="2">
<li>找到 <b>RESET</b>，见<a href="#h_02">灯</a>。</li>
<li>按住十秒。</li>
</ol>
<p>设置会清空。</p>

<h2 id="h_02">灯</h2>
<table><tr><th>灯</th><th>意思</th></tr><tr><td>红</td><td>断网</td></tr></table>

## 保修

两年。

- 条目

  <h3>不是标题</h3>
"""
    chunks = markdown(text, title="路由器")
    assert [(one.id, one.kind, one.title, one.path) for one in chunks] == [
        ("zh/a#top", "section", "路由器", ()),
        ("zh/a#h_01", "faq", "怎么恢复出厂设置？", ("路由器",)),
        ("zh/a#h_02", "section", "灯", ("路由器",)),
        ("zh/a#保修", "section", "保修", ("路由器",)),
    ]
    assert [part.number for part in chunks[1].parts] == [2, 3, 0] and chunks[1].links == ("zh/a#h_02",)
    assert [part.kind for part in chunks[2].parts] == ["table"] and chunks[3].answer == "两年。\n- 条目\n不是标题"


def test_questions_in_paragraphs() -> None:
    chunks = markdown(
        "## 说明\n\n开头\n\n**Q：在哪？**\n\nA：在**右下角：**见图。\n\n还有。\n\n**Q2: When?** A: Now\n\nQ：没有答案的一行"
    )
    assert kinds(chunks) == [("section", "说明"), ("faq", "在哪？"), ("faq", "When?")]
    assert [one.answer for one in chunks[1:]] == ["在右下角：见图。\n还有。", "Now\nQ：没有答案的一行"]


def test_marks_of_site_generators_are_not_shown() -> None:
    [one] = markdown("""::: code-group

```sh
npm i
```

:::

:::{warning} 小心
烫。
:::

!!! note "温馨提示"
    请用**原装**墨盒。

    影响保修。

    - 一条

!!! tip

    快。

??? 这是怎么了

{{< figure src="map.png" title="图" >}}

{{% notice warning %}}
别喂浣熊。
{{% /notice %}}

见{{< ref "a.md" >}}和 `{{< ref >}}`。

    原样
""")
    assert [(part.kind, part.text) for part in one.parts] == [
        ("draft", "npm i"),
        ("note", "小心\n烫。"),
        ("note", "温馨提示\n请用原装墨盒。"),
        ("note", "影响保修。\n- 一条"),
        ("note", "快。"),
        ("text", "??? 这是怎么了"),
        ("note", "别喂浣熊。"),
        ("text", "见和 {{< ref >}}。"),
        ("draft", "原样"),
    ]


def test_pages_of_html_with_empty_lines_in_them() -> None:
    [one, other] = markdown(
        "<h1>标题</h1>\n\n<div>\n\n    <ol>\n\n      <li>甲</li>\n\n      <li>乙</li>\n    </ol>\n\n</div>\n\n<h2>下</h2>\n<p>丙</p>"
    )
    assert (one.steps, other.title, other.answer) == (("甲", "乙"), "下", "丙")


QUESTIONS = [
    "**1. {} 好用？**\n好。",
    "__{} 好用？__\n\n好。",
    "**{} 好用？** 好。",
    "**问题一：{} 好用？**\n\n好。",
    "**Q4、{} 好用？**\n\n好。",
    "1. **{} 好用？**\n\n   好。",
    "- **Q: {} 好用？**\n  A: 好。",
    "- **{} 好用？** — 好。",
    "### Q: {} 好用？\n\nA: 好。",
    "Q：{} 好用？\n\nA：好。",
    "<details>\n<summary><b>{} 好用？</b></summary>\n\n好。\n\n</details>",
    "<details><summary>{} 好用？</summary>好。</details>",
    "<details>\n<summary>{} 好用？</summary>\n<ul><li>好。</li></ul>\n</details>",
    "|问题|答案|\n|-|-|\n|{} 好用|好。|",
    "|内容|说明|\n|-|-|\n|{} 好用？|好。|",
    "::: details {} 好用？\n好。\n:::",
    '??? question "{} 好用？"\n\n    好。',
    '???+ faq "{} 好用？"\n\t好。',
    '!!! question "{} 好用？"\n    好。',
    '<Accordion icon="x" title="{} 好用？">\n    好。\n</Accordion>',
    "<Expandable title={{'{} 好用？'}} open>好。</Expandable>",
    "1、{} 好用？\n答：好。",
    "### 2、{} 好用？\n\n答：好。",
    "- Q: {} 好用？\n  A: 好。",
]


@pytest.mark.parametrize("form", QUESTIONS)
@pytest.mark.parametrize("above", ["", "## 一组\n\n", "## 能用？\n\n能。\n\n## 一组\n\n开头。\n\n"])
def test_a_question_is_an_entry_in_whatever_form(form: str, above: str) -> None:
    chunks = markdown(f"{above}{form.format('甲')}\n\n<!-- -->\n\n{form.format('乙')}\n\n## 另外\n\n话。")
    one, other, last = chunks[-3:]
    assert [(one.kind, one.title.split()) for one in (one, other)] == [("faq", ["甲", "好用？"]), ("faq", ["乙", "好用？"])] or (
        "答案" in form and (one.title, other.title) == ("甲 好用", "乙 好用")
    )
    assert one.answer.removeprefix("- ") == other.answer.removeprefix("- ") == "好。"
    assert one.path == other.path == (("标题", "一组") if above else ("标题",)) and one.id.startswith("zh/a#甲-好用")
    assert last.title == "另外" and len(chunks) == 3 + above.count("\n\n## 一组\n\n开头") * 2


def test_questions_without_a_question_mark() -> None:
    chunks = markdown(
        "## 会员\n\n问：能开发票吗\n答：可以。\n\n**如何开通**\n\n点开通。\n\n**注意**\n\n别泄露。\n\n**怎么退：**\n\n1. 点退"
    )
    assert [(one.title, one.answer) for one in chunks] == [
        ("能开发票吗", "可以。"),
        ("如何开通", "点开通。\n注意\n别泄露。\n怎么退：\n1. 点退"),
    ]


def test_marks_of_other_generators_are_not_shown() -> None:
    [one] = markdown(
        '## 安装\n\n<Steps>\n  <Step title="打开设置">\n    点齿轮。\n  </Step>\n</Steps>\n\n{% hint style="info" %}\n别 `{% raw %}` 泄露。\n'
        '{% endhint %}\n\n{% tabs %}\n{% tab title="手机" %}\n往下滑。\n{% endtab %}\n{% endtabs %}\n\n{% code title="a.sh" %}\n```\n{% if x %}\n```\n{% endcode %}'
    )
    assert [(part.kind, part.text) for part in one.parts] == [
        ("text", "打开设置"),
        ("text", "点齿轮。"),
        ("note", "别 {% raw %} 泄露。"),
        ("text", "手机"),
        ("text", "往下滑。"),
        ("draft", "{% if x %}"),
    ]


def test_more_marks_of_other_generators_are_not_shown() -> None:
    [one, other] = markdown(
        '## 安装 {.big}\n\n[[toc]]\n\n::: tip 别急 :::\n\n=== "手机"\n\n    往下滑。\n\n    1. 点开\n\n=== "电脑"\n\n    ```\n    run\n    ```\n\n'
        "见[[首页|开头]]、[[另一页]]、[[1]](b.md)，`[[ -f x ]]` 是代码。\n\n### 颜色 {: .no_toc }\n\n==要紧==的 a == b。"
    )
    assert (one.title, other.title, other.answer) == ("安装", "颜色", "要紧的 a == b。")
    assert [(part.kind, part.text) for part in one.parts] == [
        ("note", "别急"),
        ("text", "手机"),
        ("text", "往下滑。"),
        ("step", "点开"),
        ("text", "电脑"),
        ("draft", "run"),
        ("text", "见[[首页|开头]]、[[另一页]]、[1]，[[ -f x ]] 是代码。"),
    ]
    assert markdown("见[[首页|开头]]、[[另一页]]。")[0].answer == "见开头、另一页。"


def test_what_follows_a_run_of_questions_belongs_above() -> None:
    for form in (QUESTIONS[5], QUESTIONS[7], *QUESTIONS[10:21]):
        chunks = markdown(f"## 组\n\n头。\n\n{form.format('甲')}\n\n尾。")
        assert [(one.title.split()[0], one.answer.removeprefix("- ")) for one in chunks] == [("组", "头。\n尾。"), ("甲", "好。")]


def test_marks_of_folded_questions_in_code_are_code() -> None:
    [one] = markdown('## 写法\n\n```\n??? question "好用？"\n    好。\n```\n\n~~~\n::: details 好用？\n~~~')
    assert one.drafts == ('??? question "好用？"\n    好。', "::: details 好用？")


def test_what_is_no_question_with_an_answer() -> None:
    for text in (
        "## 说明\n\n**好用？**",
        "## 说明\n\n**好用？**\n\n**好用？**",
        "## 说明\n\n**注意** 这样吗？",
        "## 说明\n\n1. 打开\n2. **不行？** 重来。",
        "## 说明\n\n- **好用？**\n- **好看？**",
        "## 说明\n\n|好用？|好看？|\n|-|-|\n|是|否|",
        "## 怎么退？\n\n看情况。\n\n**超过七天？** 找客服。\n\n- **拆了？** 不退。",
    ):
        [one] = markdown(text)
        assert one.title in ("说明", "怎么退？")
    [one] = markdown("## 怎么退？\n\n看情况。\n\n**超过七天？** 找客服。\n\n- **拆了？** 不退。")
    assert one.answer == "看情况。\n超过七天？ 找客服。\n- 拆了？ 不退。"
    chunks = markdown("## 还有疑问？\n\n**能退？** 能。\n\n**能换？** 能。")
    assert [(one.title, one.path) for one in chunks] == [("能退？", ("标题",)), ("能换？", ("标题",))]


def test_questions_keep_the_parts_of_their_answers() -> None:
    one, other = markdown(
        "1. **怎么装？**\n\n   1. 下载，见[乙](#y)\n   2. 运行\n\n      ```\n      go\n      ```\n\n"
        "2. **怎么卸？** 删掉。\n\n| 问题 | 答案 | 备注 |\n|-|-|-|\n| 在哪？ | 这里 | 二楼 |\n"
    )[:2]
    assert [(part.kind, part.number) for part in one.parts] == [("step", 1), ("step", 2), ("draft", 0)]
    assert other.answer == "删掉。"
    last = markdown("| 问题 | 答案 | 备注 |\n|-|-|-|\n| 在哪？ | 这里 | 二楼 |\n")[0]
    assert last.answer == "这里\n备注：二楼"


def test_a_number_that_counts_stays_in_the_question() -> None:
    chunks = markdown("**2.4 GHz 还是 5 GHz？** 都行。\n\n**2、3 天够吗？** 够。\n\n**4. 几天？** 三天。")
    assert [one.title for one in chunks] == ["2.4 GHz 还是 5 GHz？", "2、3 天够吗？", "几天？"]


def test_a_question_in_a_note_stays_in_it() -> None:
    [one] = markdown(":::tip\n\n**丢了？** 用备用码。\n\n:::")
    assert [(part.kind, part.text) for part in one.parts] == [("note", "丢了？ 用备用码。")]
