from __future__ import annotations

import pytest

from search import Chunk, Document
from search.chunk import chunk_documents
from search.outline import is_advertisement, is_contact


def read(text: str, form: str) -> list[Chunk]:
    return chunk_documents([Document("zh/a.md", form, text, "标题", "zh")])  # type: ignore[arg-type]


def everything(one: Chunk) -> str:
    return "\n".join([one.id, one.title, *one.path, *one.aliases, one.answer, one.source.title])


def pasted(line: str) -> list[Chunk]:
    return read(f"一、登录\n打开网页。\n{line}\nQ1：怎么登录客服？\n{line}\n打开首页。\n{line}", "text")


def marked(line: str) -> list[Chunk]:
    text = f"# 标题\n\n{line}\n\n## 怎么登录？\n\n也会这样问：\n\n- {line}\n- 登录\n\n打开网页。\n{line}\n\n> {line}\n\n"
    return read(f"{text}1. {line}\n2. 点击\n\n## {line}\n", "markdown")


@pytest.mark.parametrize(
    "line",
    [
        "Ozon一对一入驻运营辅导,联系电话13122891139",
        "添加微信 ozon8888 领取开店资料",
        "加盟热线：400-888-8888，优惠多多",
        "【广告】三天学会开店",
        "Sponsored: open a shop in three days",
    ],
)
def test_advertisements_never_come_back(line: str) -> None:
    assert is_advertisement(line)
    alone = read(f"一、说明\n内容。\n二、合作\n{line}\n三、联系方式\n{line}", "text")
    for chunks in (pasted(line), marked(line), alone):
        assert chunks and not any(line in everything(one) for one in chunks)
    assert alone[0].title == "说明" and not any(one.steps for one in alone)


CONTACTS = [
    "联系电话：131 2289 1139",
    "13122891139",
    "开店咨询热线：400-888-8888",
    "更多跨境资讯，请关注微信公众号：跨境老司机",
    "扫码加入卖家交流群，加好友备注 Ozon",
    "商务合作 QQ：123456789",
    "免费客服热线：400-888-8888",
    "Contact us on WhatsApp +7 999 123-45-67",
    "Call 400-820-1234 from Monday to Friday, 9 am to 6 pm.",
]


@pytest.mark.parametrize("line", CONTACTS)
def test_contacts_beside_other_text_are_left_out_of_what_was_pasted(line: str) -> None:
    assert is_contact(line) and not is_advertisement(line)
    chunks = pasted(line)
    assert chunks and not any(line in everything(one) for one in chunks)


@pytest.mark.parametrize("line", CONTACTS)
def test_a_document_with_markup_keeps_its_contacts(line: str) -> None:
    assert [one.answer for one in read(f"# 标题\n\n## 服务\n\n{line}\n\n## 其他\n\n说明。\n{line}\n", "markdown")] == [
        line,
        f"说明。\n{line}",
    ]
    assert [one.answer for one in read(f"<h1>标题</h1><h2>服务</h2><p>{line}</p>", "html")] == [line]


@pytest.mark.parametrize("line", CONTACTS)
def test_a_contact_that_is_all_there_is_stays(line: str) -> None:
    assert [one.answer for one in read(f"一、预约\n{line}\n二、服务\n说明。\n三、急诊\n{line}", "text")] == [line, "说明。", line]
    assert [one.answer for one in read(line, "text")] == [line]


@pytest.mark.parametrize(
    "line",
    [
        "可发送催办邮件至 support-seller@ozon.ru，主题注明工单号。",
        "电话+邮件双通道，须由 Ozon Partner Manager 人工审核。",
        "工单号 #T-20240512-13122 会出现在客服邮件里",
        "用手机扫码登录 Seller Portal",
        "订单 13122891139 的物流停滞在莫斯科分拣中心，请提供承运商名称与运单号，并上传出口报关单的扫描件以及付款凭证",
        "联系客服前，请先准备订单号和截图。",
        "",
    ],
)
def test_instructions_are_no_advertisements(line: str) -> None:
    assert not (is_advertisement(line) or is_contact(line))


def test_a_number_answers_who_asks_for_one() -> None:
    [one] = read("Q1：客服热线是多少？\n8-800-234-70-00", "text")
    assert one.answer == "8-800-234-70-00"
    [one] = read("## 客服热线是多少？\n\n- 8-800-234-70-00\n", "markdown")
    assert one.answer == "- 8-800-234-70-00"
    [one] = read("一、联系客服\n客服热线：400-820-1234\n每天9点到21点。", "text")
    assert one.answer == "客服热线：400-820-1234\n每天9点到21点。"
