from __future__ import annotations

import pytest

from search import Chunk, Document
from search.chunk import chunk
from search.outline import is_advertisement


def read(text: str, form: str) -> list[Chunk]:
    return chunk(Document("zh/a.md", form, text, "标题", "zh"))  # type: ignore[arg-type]


def everything(one: Chunk) -> str:
    return "\n".join([one.id, one.title, *one.path, *one.aliases, one.answer, one.source.title])


@pytest.mark.parametrize(
    "line",
    [
        "Ozon一对一入驻运营辅导,联系电话13122891139",
        "联系电话：131 2289 1139",
        "13122891139",
        "开店咨询热线：400-888-8888",
        "添加微信 ozon8888 领取开店资料",
        "更多跨境资讯，请关注微信公众号：跨境老司机",
        "扫码加入卖家交流群，加好友备注 Ozon",
        "商务合作 QQ：123456789",
        "Contact us on WhatsApp +7 999 123-45-67",
        "【广告】三天学会开店",
        "Sponsored: open a shop in three days",
    ],
)
def test_advertisements_never_come_back(line: str) -> None:
    assert is_advertisement(line)
    text = f"一、登录\n打开网页。\n{line}\nQ1：怎么登录客服？\n{line}\n打开首页。\n{line}"
    marked = (
        f"# 标题\n\n{line}\n\n## 怎么登录？\n\n也会这样问：\n\n- {line}\n- 登录\n\n打开网页。\n{line}\n\n"
        f"> {line}\n\n1. {line}\n2. 点击\n\n## {line}\n"
    )
    for chunks in (read(text, "text"), read(marked, "markdown")):
        assert chunks and not any(line in everything(one) for one in chunks)


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
    assert not is_advertisement(line)


def test_a_number_answers_who_asks_for_one() -> None:
    [one] = read("Q1：客服热线是多少？\n8-800-234-70-00", "text")
    assert one.answer == "8-800-234-70-00"
    [one] = read("## 客服热线是多少？\n\n- 8-800-234-70-00\n", "markdown")
    assert one.answer == "- 8-800-234-70-00"
