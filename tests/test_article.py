from __future__ import annotations

import pytest

from search import Chunk, Document
from search.article import bare_title
from search.chunk import chunk_documents


def article(text: str, title: str = "标题", language: str = "zh") -> list[Chunk]:
    return chunk_documents([Document("a.txt", "text", text, title, language)])  # type: ignore[arg-type]


def kinds(chunks: list[Chunk]) -> list[tuple[str, str]]:
    return [(one.kind, one.title) for one in chunks]


def test_text_in_english() -> None:
    chunks = article(
        "Returns are free, and this line goes on until the editor breaks it at its\nedge.\n\n"
        "Step 1: Open the portal. Go to Settings > Returns > New.\nStep 2: Print the label\n\n"
        "Q: How long does it\ntake?\nA: Five days.\nQ3. Can I cancel? A: Yes, go to Orders -> Returns -> Cancel.\n"
        "Question 4: Who pays? Ozon pays for the first parcel.",
        language="en",
    )
    assert kinds(chunks) == [
        ("procedure", "标题"),
        ("faq", "How long does it take?"),
        ("faq", "Can I cancel?"),
        ("faq", "Who pays?"),
    ]
    assert chunks[0].answer == (
        "Returns are free, and this line goes on until the editor breaks it at its edge.\n"
        "1. Open the portal\n1. Go to Settings\n2. Returns\n3. New.\n2. Print the label"
    )
    assert [one.answer for one in chunks[1:]] == [
        "Five days.",
        "Yes,\n1. go to Orders\n2. Returns\n3. Cancel.",
        "Ozon pays for the first parcel.",
    ]


def test_text_in_chinese() -> None:
    chunks = article(
        "一、基本规则\n（一）范围\n适用于所有卖家。\n（二）时限\n1、7天内申请；\n2、15天内寄回。\n二、常见问题\n"
        "问：怎么申请？\n答：进入后台 → 订单 → 退货，点击申请。\n问题2：丢了怎么办？\n"
        "联系承运商：（1）保留单号；（2）拍照。然后等待。\n"
        "也会这样问：包裹不见了；没收到\n3. 能加急吗？\n不能。\n三、注意\n1.1 重要\n- 不要重复提交"
    )
    assert kinds(chunks) == [
        ("section", "范围"),
        ("procedure", "时限"),
        ("faq", "怎么申请？"),
        ("faq", "丢了怎么办？"),
        ("faq", "能加急吗？"),
        ("section", "重要"),
    ]
    assert chunks[0].path == ("标题", "基本规则") and chunks[5].path == ("标题", "注意")
    assert chunks[1].steps == ("7天内申请；", "15天内寄回。")
    assert chunks[2].answer == "1. 进入后台\n2. 订单\n3. 退货，点击申请"
    assert chunks[3].answer == "联系承运商：\n1. 保留单号\n2. 拍照\n然后等待。"
    assert chunks[3].aliases == ("包裹不见了", "没收到")


def test_headings_of_text_with_nothing_below_stay_in_the_answer() -> None:
    [one] = article("前言说明。\n一、不要重复提交\n二、不要催办\n三、保留单号")
    assert one.answer == "前言说明。\n1. 不要重复提交\n2. 不要催办\n3. 保留单号"


def test_lists_in_a_sentence_begin_again() -> None:
    [one] = article("前言。\n条件：①甲；②乙。材料：①丙；②丁；③戊。完。")
    assert [(part.kind, part.number, part.text) for part in one.parts[1:]] == [
        ("text", 0, "条件："),
        ("step", 1, "甲"),
        ("step", 2, "乙"),
        ("text", 0, "材料："),
        ("step", 1, "丙"),
        ("step", 2, "丁"),
        ("step", 3, "戊"),
        ("text", 0, "完。"),
    ]


def test_a_lone_number_over_a_paragraph_is_a_heading() -> None:
    chunks = article(
        "1、渠道\n有四级。\n1.1 聊天\n很快。\n1.1.1 入口\n在右下角。\n2、流程\n1. 打开\n2. 提交\n等待即可。\n3. 完成"
    )
    assert [(one.title, one.path[1:], one.answer) for one in chunks] == [
        ("渠道", (), "有四级。"),
        ("聊天", ("渠道",), "很快。"),
        ("入口", ("渠道", "聊天"), "在右下角。"),
        ("流程", (), "1. 打开\n2. 提交\n等待即可。\n3. 完成"),
    ]


def test_questions_and_answers_with_full_stops() -> None:
    chunks = article(
        "Q. How much is it?\nA. $39 a month.\n\nQ2. Is there a pool? A. Yes.\nQ. Which sizes are there?\nA. Small\nB. Large",
        language="en",
    )
    assert [(one.title, one.answer) for one in chunks] == [
        ("How much is it?", "$39 a month."),
        ("Is there a pool?", "Yes."),
        ("Which sizes are there?", "A. Small\nB. Large"),
    ]


def test_headings_by_capitals_brackets_and_rules() -> None:
    chunks = article(
        "=====\nMEMBERSHIP\n\nQ. How much?\nA. $39.\n\nFACILITIES\n----------\n\nOpen daily.\nSKU\nNOTE\n\n---\n\nHOURS\nSix to ten.\n"
        "Q. And on Sundays?\nA. Closed\n-----\nQ. Why?\nA. It is.\n\n最后\n====\n【借阅】\n每次三本。\n【温馨提示】\n【闭馆】 周一。",
    )
    assert [(one.title, one.path[1:], one.answer) for one in chunks] == [
        ("How much?", ("MEMBERSHIP",), "$39."),
        ("FACILITIES", (), "Open daily.\nSKU\nNOTE"),
        ("HOURS", (), "Six to ten."),
        ("And on Sundays?", ("HOURS",), "Closed"),
        ("Why?", ("HOURS",), "It is."),
        ("借阅", ("最后",), "每次三本。\n【温馨提示】\n【闭馆】 周一。"),
    ]


def test_numbers_over_letters_and_lower_numbers_are_headings() -> None:
    chunks = article(
        "1. Charge\nUse the cable in the box, which is long enough to reach from the desk to the\nfloor.\n2. Register\na) Open the browser\n"
        "b) Enter the number\n3. Copy\nConnect it.\n4. Trouble\n4.1 It froze\nHold the button.",
        language="en",
    )
    assert [(one.kind, one.title, one.path[1:], one.steps) for one in chunks] == [
        ("section", "Charge", (), ()),
        ("procedure", "Register", (), ("Open the browser", "Enter the number")),
        ("section", "Copy", (), ()),
        ("section", "It froze", ("Trouble",), ()),
    ]
    [one] = article("前言。\n1. 打开设置\na) 点头像\nb) 点安全\n2. 完成")
    assert [(part.number, part.text) for part in one.parts[1:]] == [(1, "打开设置"), (1, "点头像"), (2, "点安全"), (2, "完成")]


def test_a_reply_may_begin_with_the_first_step() -> None:
    chunks = article(
        "问：怎么寄？\n答：1. 打开小程序。\n2. 填地址\n3. 选时间，等快递员来。\n问：多久到？\n答：3、5天。\n问：几楼？\n答：1、2楼都有。"
    )
    assert [one.steps for one in chunks] == [("打开小程序。", "填地址", "选时间，等快递员来。"), (), ()]
    assert chunks[1].answer == "3、5天。" and chunks[2].answer == "1、2楼都有。"


def test_what_looks_like_a_path_but_is_not() -> None:
    for text in (
        "状态从待处理→处理中→已完成。",
        "若 x > 3 且 y > 5，则退回 > 拒绝。",
        "ptr->field->next 是代码。",
        "年销售额→50万。",
    ):
        [one] = article(f"前言。\n{text}")
        assert one.steps == () and text in one.answer
    [one] = article("路径（设置→安全→密码）见上文。\n点击头像。")
    assert one.steps == ()


@pytest.mark.parametrize(
    ("title", "bare"),
    [
        ("Q1: Which?", "Which?"),
        ("Q：为什么", "为什么"),
        ("1.1.3 升级", "升级"),
        ("第一步：登录", "登录"),
        ("一、通道", "通道"),
        ("（二）时限", "时限"),
        ("3) Wait", "Wait"),
        ("b) Wait", "Wait"),
        ("502 Bad Gateway", "502 Bad Gateway"),
        ("3 steps to success", "3 steps to success"),
        ("Q1 2024 数据", "Q1 2024 数据"),
        ("第二步验证怎么关", "第二步验证怎么关"),
        ("Q1:", "Q1:"),
    ],
)
def test_bare_titles(title: str, bare: str) -> None:
    assert bare_title(title) == bare


WRAPPED = """\
目录

第 1 章 定义
    1.1. 这份文档讲什么？
    1.2. 它和别的发行版的区别是什么？为什么我应该选择它，而不是其
    他发行版？

第 1 章 定义

1.1. 这份文档讲什么？

    本文档提供了关于这个发行版和这个项目的常见问题以及解答。如果可
    能，会给出其他文档的链接；我们不会在这里大段地引用其他文档的内
    容。您会发现，有些解答会假定您对类似的操作系统已经有一定的了解
    ，我们会尽可能减少这份文档所要求的预备知识，让回答尽量简单好懂
    。
      * 全功能的：它目前包含了超过五万个软件包，您可以选择安装其中
        哪些。

1.2. 它和别的发行版的区别是什么？为什么我应该选择它，而不是其他发
行版？

    它是自由的，任何人都能用。
    也能分发。
"""


def test_lines_that_a_fixed_width_broke_are_joined_and_a_list_of_contents_is_left_out() -> None:
    chunks = article(WRAPPED)
    assert kinds(chunks) == [
        ("faq", "这份文档讲什么？"),
        ("faq", "它和别的发行版的区别是什么？为什么我应该选择它，而不是其他发行版？"),
    ]
    assert [part.kind for part in chunks[0].parts] == ["text", "item"] and "如果可能，会给出" in chunks[0].answer
    assert "了解，我们" in chunks[0].answer and chunks[0].path[-1] == "定义"
    assert chunks[1].answer == "它是自由的，任何人都能用。\n也能分发。"


def test_a_word_for_contents_alone_takes_nothing_away() -> None:
    chunks = article("目录\n\n照片放在这里。\n\n一、怎么打开\n点它。\n二、怎么关上\n再点它。")
    assert "照片放在这里。" in chunks[0].answer and [one.title for one in chunks[1:]] == ["怎么打开", "怎么关上"]
