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
        ("step", "打开设置\n点齿轮。"),
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
        ("text", "见开头、另一页、[1]，[[ -f x ]] 是代码。"),
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


def told(text: str) -> list[tuple[str, str]]:
    return [(part.kind, part.text) for one in markdown(text) for part in one.parts]


def test_elements_with_expressions_are_not_shown() -> None:
    [one] = markdown(
        "## 设置\n\n<img src={require('./a.png').default} width=\"80%\" title='图 一' />\n\n### 打开\n\n<img\n  src={require('./b.png').default}\n"
        "  style={{width: '9px'}}\n/>\n\n### 环境\n\n<div>\n<CodeBlock language=\"bash\">{Env}</CodeBlock>\n</div>\n\n### 图标\n\n"
        "1. <Icon path={cloud} size={1} /> - 只在本机，`<b x={y} />` 与 {shop_id} 照写\n"
    )
    assert one.title == "图标" and [(part.kind, part.text) for part in one.parts] == [
        ("step", "只在本机，<b x={y} /> 与 {shop_id} 照写")
    ]


@pytest.mark.parametrize(
    "note",
    [
        "::: tip 标题\n第一行  \n第二行  \n:::",
        "::: tip 标题\n第一行 第二行 :::",
        "::: tip 标题\n第一行 第二行\n\n  :::",
    ],
)
def test_a_note_ends_where_its_mark_stands(note: str) -> None:
    kinds, texts = zip(*told(f"前面。\n{note}\n\n后面。"), strict=True)
    assert kinds == ("text", "note", "text") and texts[0] == "前面。" and texts[-1] == "后面。"
    assert texts[1].startswith("标题\n第一行") and ":" not in texts[1]


def test_a_note_ends_after_a_list_and_at_a_heading() -> None:
    assert told("## 甲\n\n:::note\n1. 一\n2. 二 :::\n\n后面。\n\n:::tip\n- 三\n:::\n\n再后面。") == [
        ("step", "一"),
        ("step", "二"),
        ("text", "后面。"),
        ("item", "三"),
        ("text", "再后面。"),
    ]
    assert told("## 甲\n\n:::tip\n忘了关\n\n## 乙\n\n正文。") == [("note", "忘了关"), ("text", "正文。")]
    assert told("## 甲\n\n1. 一\n:::\n2. 二")[-1] == ("step", "二"), "a mark that ends no note ends no list"


def test_liquid_and_kramdown_are_not_shown() -> None:
    text = (
        '去[浏览器]({{ site.baseurl }}/b)或<a href="{{ site.baseurl }}/y">这里</a>，看[乙]({% link zh/b.md %}){:target="\\_blank"}{: .btn}。\n\n'
        '![]({{ "/i.png" | relative_url }})\n\n`{:x="y"}` 和 {:.2f} 照写。'
    )
    one = chunk_documents([Document("zh/a.md", "markdown", text, "甲", "zh"), Document("zh/b.md", "markdown", "字", "乙", "zh")])[
        0
    ]
    assert [part.text for part in one.parts] == ["去浏览器或这里，看乙。", '{:x="y"} 和 {:.2f} 照写。']


def test_callouts_have_their_title_on_a_line_and_those_that_ask_are_entries() -> None:
    text = "> [!FAQ]- Q1. 要多久？\n> 三天。\n>\n> 1. 等\n\n> [!tip]+ 谁能用\n> 学生。\n\n> [!NOTE]\n> 记住\n\n> [!faq] 只有问题？\n\n后面。"
    first, asked = markdown(f"## 优惠\n\n开头。\n\n{text}")
    assert (asked.kind, asked.title, asked.answer) == ("faq", "要多久？", "三天。\n1. 等")
    assert [part.text for part in first.parts] == ["开头。", "谁能用\n学生。", "记住", "只有问题？", "后面。"]


def test_links_of_a_wiki_lead_to_its_pages() -> None:
    text = (
        "## 同步\n\n看[[#历史]]、[[别处/指南#How to Apply|这样申请]]、[[指南]]和[[没有]]、[[#没有]]。 ^block-1\n\n"
        "打开菜单（![[menu.svg#icon]]）。![[图.png|300]] 用 `[[x]]`\n\n![[指南#How to Apply]]\n\n## 历史\n\n字 ^2\n"
    )
    guide = Document("vault/别处/指南.md", "markdown", "前言\n\n## How to Apply\n\n填表", "指南", "zh")
    other = Document("旧/指南.md", "markdown", "旧的", "指南", "zh")
    one, history, *_ = chunk_documents([Document("vault/a.md", "markdown", text, "甲", "zh"), other, guide])
    assert [part.text for part in one.parts] == [
        "看历史、这样申请、指南和没有、没有。",
        "打开菜单。用 [[x]]",
        "指南 > How to Apply",
    ]
    where = "vault/别处/指南#how-to-apply"
    assert one.parts[0].references == ((1, 3, "vault/a#历史"), (4, 8, where), (9, 11, "vault/别处/指南"))
    assert one.parts[2].references == ((0, 17, where),) and history.answer == "字 ^2"


def test_marks_of_docsify_and_vuepress_are_not_shown() -> None:
    first, second = markdown(
        "## 准备 :id=prepare\n\n?> 请注意\n\n:::: tabs\n\n@tab 简易\n\n一。\n\n@tab:active 高级\n\n二。\n\n::::\n\n三。\n\n## 内容\n\n?> _TODO_\n\n## 尾\n\n待补充。\n\n## 完\n\n字"
    )
    assert (first.id, first.title, second.title) == ("zh/a#prepare", "准备", "完")
    assert [(part.kind, part.text) for part in first.parts] == [
        ("note", "请注意"),
        *(("text", text) for text in ("简易", "一。", "高级", "二。", "三。")),
    ]


def test_a_caption_is_no_entry_and_an_icon_in_a_table_has_its_name() -> None:
    entries = markdown(
        "## 安装\n\n![软件安装界面](a.png)\n\n## 打开\n\n<figure><img src='x'><figcaption>点击 图标</figcaption></figure>\n\n## 图标\n\n![界面 图](c.png)\n\n"
        "| 图标 | 含义 |\n|---|---|\n| ![cloud](a.svg) | 云 |\n| ![x.png](x.png) | 无 |\n| 有 ![cloud](a.svg) | 字 |\n"
    )
    assert [(one.title, one.answer) for one in entries] == [("图标", "界面 图\n图标 | 含义\ncloud | 云\n | 无\n有 | 字")]


def test_an_anchor_is_as_long_as_its_heading() -> None:
    heading = "What do I do if I receive a suspicious phone call, email or message from a stranger?"
    place = "what-do-i-do-if-i-receive-a-suspicious-phone-call-email-or-message-from-a-stranger"
    first, second, last = markdown(f"## {heading}\n\n看[后面](#{place}-2)。\n\n## {heading}\n\n乙\n\n## 短\n\n[前面](#{place})")
    assert (first.anchor, second.anchor) == (place, f"{place}-2")
    assert (first.id, second.id) == (f"zh/a#{place[:60]}", f"zh/a#{place[:60]}-2")
    assert first.links == (second.id,) and last.links == (first.id,) and last.anchor == "短"


def test_steps_are_told_by_a_dash() -> None:
    overview = markdown("开始：\n\n## Step 1 - Register\n\n甲\n\n## Step 2 – Pay\n\n乙\n\n## Step 3—Go\n\n丙\n")[0]
    assert overview.steps == ("Register", "Pay", "Go")


def test_links_in_html_lead_on() -> None:
    text = '看<a class="x" href="https://a.z/?x=1&amp;y=2">这里</a>。\n\n<div>\n<p>或<a href=\'https://b.z\'><b>那里</b></a>。</p>\n</div>'
    assert [part.addresses for part in markdown(text)[0].parts] == [((1, 3, "https://a.z/?x=1&y=2"),), ((1, 3, "https://b.z"),)]


@pytest.mark.parametrize("heading", ["常见问题", "排查网络"])
def test_plain_questions_in_a_list_are_entries_below_a_heading_that_says_so(heading: str) -> None:
    text = f"# {heading}\n\n1. 怎么付款？\n   用银行卡付款。\n2. 怎么退货？\n\n   填表寄回。\n\n另外请留意通知。\n"
    chunks = markdown(text)
    if heading == "常见问题":
        assert [(chunk.kind, chunk.title, chunk.answer) for chunk in chunks if chunk.kind == "faq"] == [
            ("faq", "怎么付款？", "用银行卡付款。"),
            ("faq", "怎么退货？", "填表寄回。"),
        ]
    else:  # what is to be looked at, step by step
        assert [len(chunk.steps) for chunk in chunks] == [2]


def test_a_bar_in_a_table_s_cell_makes_no_cell() -> None:
    (chunk,) = markdown("# Types\n\n| Type | Note |\n|---|---|\n| `a \\| b` | either |\n")
    assert chunk.parts[0].text.split("\n")[1].split(" | ") == ["a ｜ b", "either"]


def said(one: Chunk) -> tuple[str, str]:
    return one.title, "\n\n".join(part.text for part in one.parts)


def parts(text: str) -> list[tuple[str, str]]:
    return [(f"{part.kind} {part.number or ''}".strip(), part.text) for one in markdown(text) for part in one.parts]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("## 退款\n\n1、打开订单。\n2、点退款（[规则](b.md)）。\n\n完。", ["打开订单。", "点退款（规则）。"]),
        ("## 退款\n\n1.打开订单\n\n![图](a.png)\n\n> 记得登录\n\n2.点退款", ["打开订单", "点退款"]),
        ("## 退款\n\n- 第一步：打开订单\n\n![图](a.png)\n\n- 第二步：点退款", ["打开订单", "点退款"]),
        ("## Reset\n\n**Step 1:** Open it.\n\nA mail follows.\n\n**Step 2:** Click *Reset*.", ["Open it.", "Click Reset."]),
        ("## 退款\n\n<div><p>1) 打开订单</p><ul><li>任一</li></ul><p>2) 点退款</p></div>", ["打开订单", "点退款"]),
        ("## 退款\n\n1、打开订单。\n\n（1）在手机上\n\n（2）在电脑上\n\n2、点退款。", ["打开订单。", "点退款。"]),
        ("## 退款\n\n1、只有这一条。\n\n2.5 元起。", []),
        ("## 退款\n\n3、从三开始。\n\n4、没有一。", []),
        ("## Reset\n\nStep 1 is easy.\n\nStep 2 is hard.", []),
    ],
)
def test_numbered_paragraphs_are_steps(text: str, expected: list[str]) -> None:
    assert [said for kind, said in parts(text) if kind.startswith("step")] == expected
    assert [kind for kind, _ in parts(text) if kind.startswith("step")] == [f"step {n}" for n in range(1, len(expected) + 1)]


def test_a_link_stays_with_its_numbered_line() -> None:
    [one] = markdown("## 退款\n\n1、打开[订单](https://a.cn/1)。\n2、看[规则](https://a.cn/2)。")
    assert [[address for _, _, address in part.addresses] for part in one.parts] == [["https://a.cn/1"], ["https://a.cn/2"]]


@pytest.mark.parametrize(
    "text",
    [
        "1、怎么退款？\n\n点退款。\n\n2、多久到账？\n\n三天。",
        "1、怎么退款？\n点退款。\n\n2、多久到账？\n三天。",
        "**Q1. 怎么退款？**\n\n**A1.** 点退款。\n\n**Q2. 多久到账？**\n\n**A2.** 三天。",
        "- **怎么退款？**\n\n  > - 答：点退款。\n\n- **多久到账？**\n  > - 答：三天。",
        "怎么退款？\n: 点退款。\n\n多久到账？\n: 三天。",
        "<dl><dt>怎么退款？</dt><dd>点退款。</dd><dt>多久到账？</dt><dd><p>三天。</p></dd></dl>",
        "== 怎么退款？ ==\n\n点退款。\n\n== 多久到账？ ==\n\n三天。",
        '<AccordionGroup>\n  <Accordion title="怎么退款？">\n    点退款。\n  </Accordion>\n\n  <Accordion title="多久到账？">\n    三天。\n  </Accordion>\n</AccordionGroup>',
    ],
)
def test_more_forms_of_questions_and_answers(text: str) -> None:
    found = markdown(f"## 帮助\n\n{text}")
    assert [(one.kind, *said(one)) for one in found] == [
        ("faq", "怎么退款？", "点退款。"),
        ("faq", "多久到账？", "三天。"),
    ]


def test_a_component_that_folds_an_answer_needs_no_question_mark() -> None:
    text = '## 帮助\n\n<Accordion title="怎么退款">\n点退款。\n</Accordion>\n\n<Card title="怎么退款">\n点退款。\n</Card>'
    assert kinds(markdown(text)) == [("section", "帮助"), ("faq", "怎么退款")]


def test_a_table_of_problems_and_solutions_is_entries() -> None:
    found = markdown(
        "## 排错\n\n| 问题 | 原因 | 解决方案 |\n|---|---|---|\n| 认证失败 | 令牌过期 | 换令牌 |\n| 找不到命令 | 没装 | 装上 |"
    )
    assert [said(one) for one in found] == [
        ("认证失败", "原因：令牌过期\n解决方案：换令牌"),
        ("找不到命令", "原因：没装\n解决方案：装上"),
    ]


def test_what_a_saved_page_shows_around_its_article_is_left_out() -> None:
    found = markdown(
        "Reset | Acme Help Center\n\n[Skip to main content](#main)\n\n# Reset\n\nWritten by Ann\n\nTable of contents\n\n## Steps\n\nClick it. Was this page helpful? Ask.\n\n"
        "---\n\nRelated Articles\n\n[Sign up](https://a.com/1)[Sign in](https://a.com/2)\n\nDid this answer your question?\n\n😞😐😃\n\n"
        "## 其他\n\n> ## Documentation Index\n> Fetch the complete documentation index at: https://a.com/llms.txt\n\n看 [这里](https://a.com/3)\n\n以上内容是否对您有帮助？",
        "Reset",
    )
    assert [said(one) for one in found] == [
        ("Steps", "Click it. Was this page helpful? Ask."),
        ("其他", "看 这里"),
    ]


def test_blocks_of_readme_are_read() -> None:
    text = (
        '开头。\n[block:callout]\n{\n  "type": "info",\n  "title": "注意",\n  "body": "先看[这里](doc:a)。"\n}\n[/block]\n中间。\n'
        '[block:image]\n{"images": [{"image": ["https://a.com/a.png", "a.png", 1]}]}\n[/block]\n[block:api-header]\n{"title": "权限"}\n[/block]\n'
        '[block:parameters]\n{"data": {"h-0": "角色", "h-1": "说明", "0-0": "甲", "0-1": "都|行", "10-0": "丙", "2-0": "乙"}, "cols": 2, "rows": 11}\n[/block]\n'
        '[block:code]\n{"codes": [{"code": "ls -l", "language": "shell"}]}\n[/block]\n[block:html]\n{"html": "<p>完。</p>"}\n[/block]\n[block:embed]\nno JSON\n[/block]\n'
        "```\n[block:code]\n[/block]\n```\n"
    )
    assert [(one.title, [part.text for part in one.parts]) for one in markdown(text)] == [
        ("标题", ["开头。", "注意\n先看这里。", "中间。"]),
        ("权限", ["角色 | 说明\n甲 | 都|行\n乙 | \n丙 | ", "ls -l", "完。", "[block:code]\n[/block]"]),
    ]


def test_steps_of_components_and_of_gitbook_are_steps() -> None:
    mintlify = '<Steps>\n  <Step title="登录">\n    打开首页。\n\n    ```bash\n    ls\n    ```\n  </Step>\n  <Step title="提交">\n    点按钮。\n  </Step>\n</Steps>'
    assert parts(f"## 安装\n\n{mintlify}") == [("step 1", "登录\n打开首页。"), ("draft", "ls"), ("step 2", "提交\n点按钮。")]
    gitbook = '{% stepper %}\n{% step %}\n### 登录\n\n* 打开首页\n{% endstep %}\n\n{% step %}\n### 提交\n\n{% hint style="info" %}\n点按钮。\n{% endhint %}\n{% endstep %}\n{% endstepper %}'
    assert parts(f"## 安装\n\n{gitbook}") == [("step 1", "登录\n- 打开首页"), ("step 2", "提交\n点按钮。")]
    assert parts("## 安装\n\n<Steps>\n\n1. 登录\n2. 提交\n\n</Steps>") == [("step 1", "登录"), ("step 2", "提交")]


def test_a_picture_without_words_says_nothing_and_one_with_words_stands_over_its_caption() -> None:
    assert parts(
        "## 看\n\n点它：\n\n![图片](a.png)\n\n![截图 2](b.png)\n\n![屏幕 录像 1.gif](c)\n\n![设置页面](d.png)\n_图示：设置_"
    ) == [
        ("text", "点它："),
        ("text", "设置页面\n图示：设置"),
    ]


def test_cells_with_an_expression_are_read_and_go_down_over_their_rows() -> None:
    table = "<table className='a'>\n<tr><td rowSpan={2}>首页</td><td style={{color: 'red'}}>查询</td></tr>\n<tr><td>新增</td></tr>\n</table>"
    assert parts(f"## 模块\n\n{table}") == [("table", "首页 | 查询\n首页 | 新增")]


@pytest.mark.parametrize(
    "flood",
    ["1、a。\n", "<Steps>\n", "[block:code]\n", "{% stepper %}\n", "1、甲？\n\n", "Related articles\n\n", "<td rowspan=99>\n"],
)
def test_floods_of_marks_are_read_in_linear_time(flood: str) -> None:
    markdown("## 甲\n\n" + flood * 20_000)


def test_a_folded_text_that_is_marked_as_a_question_is_an_entry_whatever_it_reads_like() -> None:
    chunks = markdown(
        '# 设备\n\n??? question "I can\'t connect to **Wi-Fi**!"\n    * 换一个信道。\n    * 靠近路由器。\n\n??? help "没有画面"\n    换线。\n\n??? note "没有声音"\n    不支持。'
    )
    assert kinds(chunks) == [("section", "设备"), ("faq", "I can't connect to Wi-Fi!"), ("faq", "没有画面")]
    assert chunks[1].answer == "- 换一个信道。\n- 靠近路由器。"


@pytest.mark.parametrize("title", ["常见问题", "设备"])
def test_folded_texts_below_questions_are_entries_if_there_are_several(title: str) -> None:
    folded = "<details>\n<summary>{}</summary>\n\n换线。\n\n</details>\n\n"
    text = f"# {title}\n\n## 显示\n\n{folded.format('没有画面')}{folded.format('画面模糊')}## 声音\n\n{folded.format('展开日志')}"
    found = [one.title for one in markdown(text) if one.kind == "faq" and one.title not in ("显示", "声音")]
    assert found == (["没有画面", "画面模糊"] if title == "常见问题" else [])


def test_a_mark_of_a_question_makes_one_of_a_heading_that_does_not_ask() -> None:
    chunks = markdown(
        "## Q： 管理员不能建项目\n\nA ： 没有租户。\n\n## Q：预览乱码\nA：1，首先装字体\n\n\t2，**再**重启服务\n\n\t3，刷新页面"
    )
    assert kinds(chunks) == [("faq", "管理员不能建项目"), ("faq", "预览乱码")]
    assert chunks[1].steps == ("首先装字体", "再重启服务", "刷新页面") and not chunks[1].drafts


def test_indented_code_stays_code() -> None:
    [one] = markdown("## 运行\n\n这样写：\n\n    # 1. 打印\n    print(1)\n\n\t尊敬的客服：\n\t请查询我的包裹。")
    assert [part.kind for part in one.parts] == ["text", "draft"]


def test_items_over_their_answers_are_questions_if_most_ask() -> None:
    chunks = markdown(
        "# 常见问题\n\n1. 一定要常驻后台吗？我只想截图。\n\n  要。\n\n1. 选项太多了。\n\n  用默认的。\n\n1. 透明度能调吗？\n\n  能。"
    )
    assert [(one.kind, one.title, one.answer) for one in chunks] == [
        ("faq", "一定要常驻后台吗？我只想截图。", "要。"),
        ("faq", "选项太多了。", "用默认的。"),
        ("faq", "透明度能调吗？", "能。"),
    ]


def test_the_indents_of_components_are_not_code() -> None:
    [one] = markdown(
        '## 接入\n\n<Tabs>\n  <Tab title="私聊">\n    控制权限：\n\n    - `pairing`（默认）\n    - `open`\n\n    ```json\n    {\n      "a": 1\n    }\n    ```\n'
        "  </Tab>\n</Tabs>\n\n1. 打开：\n   <Note>\n   先登录。\n   </Note>\n2. 保存\n\n<TOKEN>\n\n    code"
    )
    assert [(part.kind, part.text) for part in one.parts if part.kind != "text"] == [
        ("item", "pairing（默认）"),
        ("item", "open"),
        ("draft", '{\n  "a": 1\n}'),
        ("step", "打开：\n先登录。"),
        ("step", "保存"),
        ("draft", "code"),
    ]


def test_code_in_html_keeps_what_looks_like_a_tag() -> None:
    [one] = markdown("## 邀请\n\n<Note>\n把 `<server_id>` 加<b>进去</b>。\n</Note>\n\n!!! Warning\n    别泄露 `<TOKEN>`。")
    assert [(part.kind, part.text) for part in one.parts] == [("note", "把 <server_id> 加进去。"), ("note", "别泄露 <TOKEN>。")]
