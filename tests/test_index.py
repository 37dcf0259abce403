import gc
import json
import re
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from search import Answer, Document, Hit, Index, IndexFileError, QuestionError, analyze, rank, read_documents, store
from search.document import KINDS, Chunk
from search.evaluate import read_questions
from search.index import LONGEST_QUESTION, REBUILD
from search.lexicon import INTENTS, Concept
from search.normalize import fold


@pytest.fixture(scope="module")
def questions(root: Path) -> list[str]:
    return [q.text for q in read_questions(root / "tests" / "quality" / "questions.jsonl") if q.split == "tune"]


# --- answers ----------------------------------------------------------------------------------------------------------


def test_the_hit_has_what_a_page_shows(small: Index) -> None:
    answer = small.search("看不到聊天按钮怎么办")
    hit = answer.hits[0]
    assert (answer.language, answer.answered) == ("zh", True) and answer.confidence == hit.confidence > 0.5
    assert (hit.chunk.id, hit.chunk.kind, hit.chunk.title) == ("zh/chat#button-hidden", "faq", "为什么看不到聊天按钮？")
    assert hit.chunk.source.published == "2026-03-05" and hit.chunk.links == ("zh/inn#check",)
    assert dict(hit.translations) == {"en": "en/chat#button-hidden"}
    assert [hit.chunk.title[a:b] for a, b in hit.marks["title"]] == ["看不到聊天按钮"]
    assert answer.procedure == small.chunk("zh/inn#check")
    assert answer.procedure and answer.procedure.steps[0] == "打开公司资料页。"


def test_translations_are_found_where_corpora_share_names(fill: Callable[[dict[str, str]], Path]) -> None:
    texts = {
        "zh/r.md": "## 退货 {#q}\n\n联系客服。\n",
        "en/r.md": "## Returns {#q}\n\nAsk support.\n",
        "zh/zh/s.md": "## 标签\n\n贴好。\n",
    }
    index = Index.build(read_documents([fill(texts), fill(texts)]))
    ids = {chunk.id: dict(index.translations(position)) for position, chunk in enumerate(index.chunks)}
    assert len(ids) == 6
    for id, translations in ids.items():
        name, _, rest = id.partition("/")
        other = {"zh/r#q": {"en": f"{name}/en/r#q"}, "en/r#q": {"zh": f"{name}/zh/r#q"}}
        assert translations == other.get(rest, {})


def test_each_language_is_answered_in_its_own(small: Index) -> None:
    assert small.search("Why is the chat button hidden?").hits[0].chunk.id == "en/chat#button-hidden"
    for question in ("看不到聊天按钮怎么办", "Why is the chat button hidden?", "response times 响应时间"):
        ids = [hit.chunk.id for hit in small.search(question, 10).hits]
        assert len({id.partition("/")[2] for id in ids}) == len(ids), "a chunk and its translation are one hit"


OPEN = """---
title: 还没有答案的问题
language: zh
---

## 退货运费怎么算 {#returns}

也会这样问：

- 退货的运费谁出
- 买家退货要我付运费吗
"""


def test_words_that_lead_to_another_entry_are_that_entrys(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("## 发货后怎么办 {#after}\n\n等。查不到物流就看[包裹卡在海关](b.md#customs)。\n", "utf-8")
    (tmp_path / "b.md").write_text(
        "## 清关 {#customs}\n\n包裹卡在海关时补发票，另见[站外](https://a.b/海关)、[海关税则](none.md)。\n", "utf-8"
    )
    index = Index.build(read_documents([tmp_path]))
    assert [hit.chunk.id for hit in index.search("海关", 5).hits] == ["b#customs"]
    assert index.search("海关税则").hits[0].marks["answer"] == ((4, 6), (16, 20)), (
        "a link that leads nowhere is text like any other"
    )
    [hit] = index.search("查不到物流", 1).hits
    assert hit.chunk.answer == "等。查不到物流就看包裹卡在海关。" and hit.chunk.parts[0].references == ((9, 15, "b#customs"),)
    index.save(tmp_path / "x.wenlu")
    assert Index.load(tmp_path / "x.wenlu").chunks == index.chunks


def test_a_question_without_an_answer_is_no_hit_but_makes_others_doubtful(documents: Path) -> None:
    (documents / "zh/costs.md").write_text("## 发货运费怎么算 {#freight}\n\n按重量算，见运费表。\n", "utf-8")
    without = Index.build(read_documents([documents]))
    (documents / "zh/open.md").write_text(OPEN, "utf-8")
    index = Index.build(read_documents([documents]))
    question = "退货的运费怎么算"
    before, after = without.search(question), index.search(question)
    assert before.open_question is None and after.open_question == "退货运费怎么算"
    assert [hit.chunk.id for hit in after.hits][:1] == [hit.chunk.id for hit in before.hits][:1] == ["zh/costs#freight"]
    assert after.confidence < before.confidence and not after.answered
    assert all(hit.chunk.kind != "open" for text in (question, "退货", "运费谁出") for hit in index.search(text, 10).hits)
    for text in (question, "退货", "运费谁出", "运费"):
        assert not ((other := index.search(text)).answered and other.open_question)
    weak = index.search("长颈鹿参加马拉松比赛可以退货吗")
    assert not weak.answered and weak.open_question is None, "it shares a word with an open question, and asks for something else"
    assert index.search("发货运费怎么算").answered and index.search("发货运费怎么算").open_question is None
    assert index.search(question, kinds=["section"]).open_question and index.search(question, kinds=()).hits == ()
    agrees_with_scoring_everything(index, [question, "运费", "买家退货"])


def test_a_word_that_asks_a_question_without_an_answer_speaks_for_its_clause(documents: Path) -> None:
    question = "Why can I not see the chat button at Mirland"
    before = Index.build(read_documents([documents])).search(question)
    names = "# Shops\n\n## Other shops {#other}\n\nAlso asked:\n\n- Mirland\n- shops elsewhere\n"
    (documents / "en" / "shops.md").write_text(names, "utf-8")
    index = Index.build(read_documents([documents]))
    after = index.search(question)
    assert before.answered and after.hits[0].chunk == before.hits[0].chunk
    assert (after.answered, after.open_question) == (False, "Other shops") and after.confidence < before.confidence / 2
    assert index.search("I sold at Mirland before. Why can I not see the chat button?").answered  # that is another clause's


def test_an_entry_linked_with_the_answer_is_no_rival_of_it(documents: Path) -> None:
    page = documents / "en" / "withdrawals.md"
    twins = "# Payouts\n\n## Payout delayed for days {{#late}}\n\nIt is checked by hand.{}\n\n## Payout delayed since days {{#ask}}\n\nWrite to us.\n"
    before, after = (
        (page.write_text(twins.format(link), "utf-8"), Index.build(read_documents([documents])).search("payout delayed twice"))[1]
        for link in ("", " See [what to do](#ask).")
    )
    assert {hit.chunk.id for hit in before.hits[:2]} == {hit.chunk.id for hit in after.hits[:2]}
    assert after.confidence > before.confidence


def test_a_word_of_one_way_to_ask_alone_says_little(documents: Path) -> None:
    ways = ["the two desks kick my case around like a football", "my case goes from desk to desk", "which desk has my case"]
    page = documents / "en" / "cases.md"
    page.write_text(
        "## Who has my case {{#who}}\n\nAlso asked:\n\n{}\n\nThe second desk.\n".format("\n".join(f"- {way}" for way in ways)),
        "utf-8",
    )
    once = Index.build(read_documents([documents]))
    assert all(once.search(way).answered for way in (*ways, "two desks kick my case around", "desk to desk"))
    page.write_text(page.read_text("utf-8").replace("second desk", "second desk, no football"), "utf-8")
    twice = Index.build(read_documents([documents]))
    word = "football"
    assert once.search(word).hits[0].chunk.id == twice.search(word).hits[0].chunk.id == "en/cases#who"
    assert once.search(word).confidence < 0.5 < twice.search(word).confidence


def test_a_character_alone_is_no_question_unless_it_names_an_entry(documents: Path) -> None:
    page = documents / "zh" / "seals.md"
    asked = {}
    for title in ("公司印鉴怎么备案", "鉴"):
        page.write_text(f"## {title} {{#seal}}\n\n带上营业执照，到窗口登记印鉴。\n", "utf-8")
        asked[title] = Index.build(read_documents([documents]))
    assert [index.search("鉴").hits[0].chunk.id for index in asked.values()] == ["zh/seals#seal"] * 2
    assert [index.search("鉴").answered for index in asked.values()] == [False, True]
    assert asked["公司印鉴怎么备案"].search("印鉴").answered


def test_a_pair_of_two_words_that_nothing_has_is_no_word(documents: Path) -> None:
    index = Index.build(read_documents([documents]))
    concepts = index.query("怎么申请教育优惠").concepts["zh"]
    assert "请教" in index.lexicon.synonyms and {"申请", "教育"} <= {concept.text for concept in concepts}
    assert "请教" not in {concept.text for concept in concepts}


def test_the_procedure_does_not_depend_on_how_many_hits_are_wanted(index: Index, questions: list[str]) -> None:
    some = questions[::8]
    few, many = ([answer.procedure for answer in (index.search(question, limit) for question in some)] for limit in (5, 20))
    assert few == many and sum(procedure is not None for procedure in few) > 20


def test_a_chunk_is_in_the_language_that_it_is_written_in_where_nothing_names_one(tmp_path: Path) -> None:
    page = "## 洗澡水几点有\n\n每天下午五点到晚上十点，热水卡在一楼充值。\n\n## 电价\n\n每度电五毛，月底从卡里扣。\n\n"
    page += "## Wallpaper on phones\n\nThere is an app for phones and tablets; a dictionary is at https://a.b/词典.\n"
    (tmp_path / "life.md").write_text(page, "utf-8")
    (tmp_path / "told.md").write_text(f"---\nlanguage: zh\n---\n\n{page}", "utf-8")
    index = Index.build(read_documents([tmp_path]))
    assert [chunk.language for chunk in index.chunks] == ["zh", "zh", "en", "zh", "zh", "zh"]
    answer = index.search("what is the price of electricity in the dormitory")
    assert answer.hits[0].chunk.title == "电价"
    assert "electricity" in answer.understood and answer.missing == ("dormitory",)


def test_language_and_kinds_keep_to_those(small: Index) -> None:
    for language in ("zh", "en"):
        hits = small.search("聊天 chat 按钮 button", 10, language=language).hits
        assert hits and {hit.chunk.language for hit in hits} == {language}
    for kind in KINDS:
        hits = small.search("检查 聊天 税号 chat", 10, kinds=[kind]).hits
        assert {hit.chunk.kind for hit in hits} <= {kind}
    assert [hit.chunk.id for hit in small.search("税号 chat", kinds={"procedure"}).hits] == ["zh/inn#check"]
    assert small.search("检查税号", kinds=()).hits == ()


def test_entries_of_one_kind_are_as_sure_as_beside_all_kinds(index: Index, questions: list[str]) -> None:
    compared = doubted = 0
    for question in questions[::30]:
        whole = index.search(question, 30)
        of_all = {hit.chunk.id: hit for hit in whole.hits}
        for kind in KINDS:
            kept, other = (
                index.search(question, 3, kinds=[kind]),
                next((hit for hit in whole.hits if hit.chunk.kind != kind), None),
            )
            for hit in kept.hits:
                if hit.chunk.id in of_all and not (
                    other and (hit.chunk.id in other.chunk.links or other.chunk.id in hit.chunk.links)
                ):
                    compared += 1
                    assert hit.confidence == pytest.approx(of_all[hit.chunk.id].confidence), (question, kind)
            if other and kept.hits and hit_is_outscored(kept.hits[0], other):
                doubted += 1
                assert not kept.answered
        assert index.search(question, kinds=KINDS) == index.search(question)
    assert compared > 100 and doubted > 50


def hit_is_outscored(hit: Hit, other: Hit) -> bool:
    return other.score > hit.score and hit.chunk.id not in other.chunk.links


def test_an_answer_does_not_doubt_the_procedure_that_it_leads_to(tmp_path: Path) -> None:
    steps = "## 提现失败后重新提现 {#again}\n\n1. 打开财务页。\n2. 再申请一次。\n"
    asked: list[Answer] = []
    for number, answer in enumerate(("先看[怎么重新申请](#again)。", "先看银行的说明。")):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "a.md").write_text(
            f"## 提现失败了怎么办？ {{#failed}}\n\n{answer}\n\n{steps}\n## 发货单怎么打印？ {{#label}}\n\n在订单页打印。\n",
            "utf-8",
        )
        index = Index.build(read_documents([tmp_path / str(number)]))
        assert index.search("提现失败了怎么办").hits[0].chunk.id == "a#failed"
        asked.append(index.search("提现失败了怎么办", kinds=["procedure"]))
        assert [hit.chunk.id for hit in asked[-1].hits] == ["a#again"]
    linked, beside = asked
    assert linked.answered and not beside.answered and linked.confidence > beside.confidence
    assert linked.procedure and linked.procedure.id == "a#again"


def test_an_entry_of_another_kind_that_says_the_same_is_no_rival(tmp_path: Path) -> None:
    said = "登录卖家后台，点右上角的头像，选择语言，再选中文，保存后整个后台就都是中文了。"
    (tmp_path / "a.md").write_text(
        f"## 后台怎么改成中文？ {{#faq}}\n\n{said}\n\n## 后台改成中文 {{#section}}\n\n{said}\n", "utf-8"
    )
    (tmp_path / "b.md").write_text("## 发货单怎么打印？ {#label}\n\n在订单页打印。\n", "utf-8")
    index = Index.build(read_documents([tmp_path]))
    whole = index.search("后台怎么改成中文")
    assert whole.hits[0].chunk.id == "a#faq" and whole.hits[0].similar == ("a#section",)
    kept = index.search("后台怎么改成中文", kinds=["section"])
    assert kept.answered and kept.hits[0].chunk.id == "a#section"


def test_there_are_at_most_as_many_hits_as_asked_for_best_first(index: Index) -> None:
    whole = index.search("提交工单后多久有人回复", 30).hits
    assert [hit.score for hit in whole] == sorted((hit.score for hit in whole), reverse=True) and len(whole) > 5
    for limit in (0, 1, 3, 5):
        hits = index.search("提交工单后多久有人回复", limit).hits
        assert [hit.chunk.id for hit in hits] == [hit.chunk.id for hit in whole][:limit]


def test_a_step_that_matches_is_pointed_out(small: Index) -> None:
    hit = small.search("税号与证书不一致").hits[0]
    assert hit.chunk.id == "zh/inn#check" and hit.step == 1
    assert small.search("聊天按钮").hits[0].step is None


def test_the_procedure_is_the_hit_itself_or_one_it_links_to_or_none(small: Index) -> None:
    best = small.search("怎么检查税号")
    assert best.hits[0].chunk.links == ("zh/inn#upload",) and best.procedure == best.hits[0].chunk
    assert best.procedure.id == "zh/inn#check"
    times = small.search("聊天响应时间多久")
    assert times.hits[0].chunk.id == "zh/chat#times" and times.procedure is None
    assert small.search("今天天气怎么样").procedure is None


def test_of_linked_procedures_that_which_the_question_found_comes_first(tmp_path: Path) -> None:
    steps = "".join(
        f"## {name} {{#{id}}}\n\n1. 打开页面。\n2. 点{name}。\n\n" for name, id in (("改手机号", "phone"), ("改邮箱", "mail"))
    )
    (tmp_path / "a.md").write_text(
        f"## 登录不了怎么办？ {{#login}}\n\n先[改手机](#phone)，或者[改邮箱](#mail)。\n\n{steps}", "utf-8"
    )
    index = Index.build(read_documents([tmp_path]))
    for question, id in (
        ("登录不了怎么办", "a#phone"),
        ("登录不了怎么办，邮箱", "a#mail"),
        ("登录不了怎么办，手机号", "a#phone"),
    ):
        answer = index.search(question)
        assert answer.hits[0].chunk.links == ("a#phone", "a#mail") and answer.procedure and answer.procedure.id == id


@pytest.mark.parametrize("question", ["", " \n\t ", "\0\x1b\ud800", "？！…", "xyzzy qwerty", "🙂"])
def test_a_question_without_a_known_word_has_no_answer(small: Index, question: str) -> None:
    answer = small.search(question)
    assert (answer.answered, answer.confidence, answer.hits, answer.procedure) == (False, 0.0, (), None)


def test_what_is_understood_and_what_is_missing(small: Index) -> None:
    answer = small.search("chat button xyzzy")
    assert {"chat", "button"} <= set(answer.understood) and answer.missing == ("xyzzy",)


def test_a_document_is_no_question(index: Index) -> None:
    with pytest.raises(QuestionError, match=r"100,000 characters.*2,000.*ask in one or two sentences"):
        index.search("按" * 100_000)
    with pytest.raises(QuestionError):
        index.search("a" * (LONGEST_QUESTION + 1))
    index.search(" " * 100_000 + "a" * LONGEST_QUESTION)


def test_answers_that_repeat_another_are_folded_into_it(fill: Callable[[dict[str, str]], Path]) -> None:
    body = "卢布账户每周一结算，金额低于五千卢布的顺延到下一周，遇节假日也顺延，余额不会丢失。"
    files = {
        "a.md": f"## 卢布账户什么时候结算\n\n{body}\n",
        "b.md": f"## 卢布什么时候结算\n\n{body.replace('，余', '， 余')}\n",
        "c.md": "## 卢布结算失败\n\n联系银行核对卢布账户。\n",
    }
    hits = Index.build(read_documents([fill(files)])).search("卢布账户什么时候结算").hits
    assert [hit.chunk.source.document for hit in hits] == ["a.md", "c.md"]
    assert len(hits[0].similar) == 1 and hits[0].similar[0].startswith("b#")


def test_every_score_is_the_sum_of_its_matches_and_marks_lie_in_the_text(index: Index, questions: list[str]) -> None:
    marked = 0
    for question in questions:
        answer = index.search(question, 5)
        assert 0 <= answer.confidence <= 1 and answer.answered <= bool(answer.hits)
        for hit in answer.hits:
            assert sum(match.weight for match in hit.matched) == pytest.approx(hit.score, rel=1e-6)
            assert all(match.weight > 0 for match in hit.matched) and 0 <= hit.confidence <= 1
            assert hit.step is None or 0 <= hit.step < len(hit.chunk.steps)
            assert set(hit.marks) == {"title", "answer"}
            for name, text in (("title", hit.chunk.title), ("answer", hit.chunk.answer)):
                ranges = hit.marks[name]
                marked += len(ranges)
                assert all(0 <= start < end <= len(text) for start, end in ranges)
                assert all(before[1] < after[0] for before, after in pairwise(ranges))
            for language, id in hit.translations.items():
                other = index.chunk(id)
                assert other and other.language == language != hit.chunk.language
    assert marked > 1000


def test_a_question_is_found_in_the_story_around_it(index: Index) -> None:
    story = "GMV是啥意思，群里老板们天天挂嘴上"
    assert index.search(story).hits[0].chunk.id == "zh/glossary#gmv" and index.search(story).answered


MIXED = {
    "zh/return.md": "# 退货\n\n## 怎么申请退货？\n\n在订单页面点“退货”，三天之内寄回。\n\n## 运费谁出？\n\n卖家承担运费。\n",
    "zh/page.md": "# 页面\n\n## 页面打不开怎么办？\n\n刷新页面，或者过一会儿再搜索一个别的页面。\n",
    "en/search.md": "# Search\n\n## How do I keep a page out of the search?\n\nExclude the page in its front matter.\n",
    "en/money.md": "# Money\n\n## When is a refund paid?\n\nA refund is paid within five days.\n",
}


@pytest.fixture(scope="module")
def mixed(fill: Callable[[dict[str, str]], Path]) -> Index:
    return Index.build(read_documents([fill(MIXED)]))


def test_entries_of_two_languages_are_compared_by_shares_of_the_most_that_either_could_earn(mixed: Index) -> None:
    questions = ["怎么把一个页面排除在搜索之外", "退款多久到账", "how do I return an order", "the page does not open", "搜索"]
    for question in questions:
        answer = mixed.search(question, 10)
        for hit in answer.hits:
            assert sum(match.weight for match in hit.matched) == pytest.approx(hit.score, rel=1e-6)
    agrees_with_scoring_everything(mixed, questions)
    assert [mixed.search(question).hits[0].chunk.source.document for question in questions[:4]] == [
        "en/search.md",
        "en/money.md",
        "zh/return.md",
        "zh/page.md",
    ]


def every_score(index: Index, question: str) -> dict[str, float]:
    """The score of every chunk that may be a hit, by plain loops over the formula; see docs/ranking.md."""
    query, scores = index.lexicon.query(question), dict[str, float]()
    content_of = dict[str, list[tuple[Concept, float]]]()
    alone = {chunk.language for position, chunk in enumerate(index.chunks) if not index.translations(position)}
    most, languages = dict[str, float](), {chunk.id: chunk.language for chunk in index.chunks}
    for language, concepts in query.concepts.items():
        if language != query.language and language not in alone:
            continue
        weighted = [concept.weighted(index.postings) for concept in concepts]
        frequencies = [
            [dict(zip(*map(np.ndarray.tolist, index.postings.of(term)), strict=True)) for term in concept.terms]
            for concept in weighted
        ]
        content = [number for number, concept in enumerate(concepts) if concept.content]
        clauses = [(query.intent, content)]
        clauses += [(asked, [n for n in content if concepts[n].clause == clause]) for clause, asked in enumerate(query.clauses)]
        earned = dict[int, float]()
        for asked, some in clauses:
            intent = INTENTS.index(asked) + 1 if asked else 0
            if some != content or asked == query.intent:
                owners, gains, *_ = rank.agreement(
                    index.headings, index.postings, [weighted[n] for n in some], [(range(len(some)), intent)]
                )
                for owner, gain in zip(owners.tolist(), gains.tolist(), strict=True):
                    earned[owner] = max(earned.get(owner, 0.0), gain)
        for position, chunk in enumerate(index.chunks):
            if (
                chunk.kind == "open"
                or chunk.language != language
                or (language != query.language and query.language in index.translations(position))
            ):
                continue
            score = earned.get(position, 0.0)
            for concept, rows in zip(weighted, frequencies, strict=True):
                tf = sum(p * row.get(position, 0.0) for p, row in zip(concept.probabilities, rows, strict=True))
                score += concept.weight * concept.idf * tf * (rank.K1 + 1) / (tf + rank.K1)
            preference = rank.PREFERENCES.get((None, chunk.kind), 1.0)
            score *= rank.PREFERENCES.get((query.intent, chunk.kind), preference)
            if score:
                scores[chunk.id] = score
        content_of |= {language: [(concepts[n], weighted[n].idf) for n in content]}
        most[language] = sum(one.weight * one.idf for one in weighted) * (rank.K1 + 1) or 1.0
    scale = {language: max(most.values()) / own for language, own in most.items()}
    scores = {id: score * scale[languages[id]] for id, score in scores.items()}
    for id in sorted(scores, key=lambda id: (-scores[id], index.position(id)))[:10]:
        scores[id] += best_clause(index.chunk(id), content_of) * scale[languages[id]]
    return scores


def best_clause(chunk: Chunk | None, content_of: dict[str, list[tuple[Concept, float]]]) -> float:
    """What a chunk without a heading earns by its best clause."""
    assert chunk
    best = 0.0
    for clause in (
        re.split(r"[。!?;,:\n]|\.\s", "\n".join(fold(part.own) for part in chunk.parts))
        if not (chunk.title or chunk.aliases)
        else ()
    ):
        words = analyze.Words(clause)
        earned = 0.0
        for concept, idf in content_of[chunk.language]:
            found = {term for term, _, _ in analyze.find(clause, words, {term.term for term in concept.terms})}
            earned += concept.weight * idf * max((term.probability for term in concept.terms if term.term in found), default=0.0)
        best = max(best, rank.CLAUSE * earned)
    return best


def agrees_with_scoring_everything(index: Index, questions: list[str]) -> None:
    for question in questions:
        scores = every_score(index, question)
        found = [id for hit in index.search(question, 10).hits for id in (hit.chunk.id, *hit.similar)]
        expected = sorted(scores, key=lambda id: -round(scores[id], 9))
        assert sorted(found, key=expected.index) == sorted(found, key=lambda id: -round(scores[id], 9))
        left_out = set(expected) - set(found)
        assert len(index.search(question, 10).hits) == 10 or not left_out
        least = min((scores[hit.chunk.id] for hit in index.search(question, 10).hits), default=0.0)
        assert all(scores[id] <= least + 1e-9 for id in left_out)
        for hit in index.search(question, 10).hits:
            assert hit.score == pytest.approx(scores[hit.chunk.id], rel=1e-9)


def test_hits_are_those_that_scoring_every_chunk_gives(index: Index, questions: list[str]) -> None:
    agrees_with_scoring_everything(index, questions[::3])


@pytest.mark.parametrize("written", ["zh", "en"])
def test_hits_over_the_development_passages_are_those_that_scoring_every_passage_gives(shared: Path, written: str) -> None:
    folder = shared / "eval" / "xquad-dev"
    passages = Index.build(read_documents([folder / f"passages.{written}.jsonl"]))
    for asked in ("zh", "en"):
        lines = (folder / f"questions.{asked}.jsonl").read_text("utf-8").splitlines()[::6]
        agrees_with_scoring_everything(passages, [json.loads(line)["question"] for line in lines])


def test_many_threads_get_the_same_answers(index: Index, questions: list[str]) -> None:
    asked = questions[:60]
    alone = [index.search(question) for question in asked]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(index.search, asked)) == alone


def test_an_index_that_is_let_go_leaves_nothing_behind(documents: Path) -> None:
    index = Index.build(read_documents([documents]))
    for question in ("为什么看不到聊天按钮", "repsonse times", "zenme jiancha shuihao"):
        assert index.search(question).hits
    lexicon = index.lexicon
    left = [weakref.ref(part) for part in (index, lexicon, lexicon.segmenter, lexicon.speller)]
    del index, lexicon
    gc.collect()
    assert [part() for part in left] == [None] * 4


def test_every_chunk_is_found_by_its_id_and_by_its_title(index: Index) -> None:
    first, answers = 0, [chunk for chunk in index.chunks if chunk.kind != "open"]
    assert all(index.chunk(chunk.id) == chunk for chunk in index.chunks)
    for chunk in answers:
        hits = index.search(chunk.title, 3, language=chunk.language).hits
        first += any(chunk.id in (hit.chunk.id, *hit.similar) for hit in hits)
    assert first >= 0.97 * len(answers)
    for id in ("", "zh/none#none", "\ud800"):
        assert index.chunk(id) is None


# --- the saved form ---------------------------------------------------------------------------------------------------


def test_a_loaded_index_gives_the_same_answers(index: Index, questions: list[str], tmp_path: Path) -> None:
    index.save(tmp_path / "x.wenlu")
    loaded = Index.load(tmp_path / "x.wenlu")
    assert (len(loaded), loaded.languages, loaded.signature) == (len(index), ("zh", "en"), index.signature)
    assert loaded.chunks == index.chunks
    for question in questions[::4]:
        assert loaded.search(question) == index.search(question)


def test_a_saved_file_of_another_kind_is_refused(small: Index, tmp_path: Path) -> None:
    small.save(tmp_path / "x.wenlu")
    meta, arrays = store.read(tmp_path / "x.wenlu", REBUILD)
    for number, members in enumerate(({}, {name: array for name, array in arrays.items() if name != "starts"})):
        store.write(tmp_path / f"{number}.wenlu", meta, members)
        with pytest.raises(IndexFileError, match="damaged or not an index"):
            Index.load(tmp_path / f"{number}.wenlu")
    store.write(tmp_path / "other.wenlu", {"rows": 3}, {"x": np.zeros(3)})
    with pytest.raises(IndexFileError, match=REBUILD):
        Index.load(tmp_path / "other.wenlu")


def test_damage_that_loading_does_not_see_is_named_when_a_search_meets_it(
    small: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_CHECKED_SIZE", 0)
    file = tmp_path / "x.wenlu"
    small.save(file)
    data = file.read_bytes()
    place = data.index(small.arrays["chunks_pool"].tobytes())
    for disposable, advice in ((False, "wenlu index"), (True, "wenlu ask")):
        file.write_bytes(data[:place] + b"\xff" * 200 + data[place + 200 :])
        with pytest.raises(IndexFileError, match=f"damaged or not an index.*{advice}"):
            Index.load(file, disposable=disposable).search("看不到聊天按钮")
        assert file.exists() is not disposable
    file.write_bytes(data[:place] + b"\xff" * 200 + data[place + 200 :])
    with pytest.raises(IndexFileError, match="damaged or not an index"):
        Index.load(file, thorough=True)


def test_a_failure_of_a_whole_index_is_not_called_damage(small: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small.save(tmp_path / "x.wenlu")
    index = Index.load(tmp_path / "x.wenlu")
    monkeypatch.setattr(index, "answer", lambda *_: [][0])
    with pytest.raises(IndexError):
        index.search("看不到聊天按钮")
    (tmp_path / "x.wenlu").unlink()  # as a cache is after an edit, while an older process has it mapped
    with pytest.raises(IndexError):
        index.search("看不到聊天按钮")


@pytest.mark.parametrize("name", ["factors", "counterpart", "chunks_pool", "ids_positions", "starts"])
def test_an_index_without_one_of_its_arrays_is_refused(small: Index, tmp_path: Path, name: str) -> None:
    arrays = {other: array for other, array in small.arrays.items() if other != name}
    store.write(tmp_path / "x.wenlu", small._meta, arrays)
    with pytest.raises(IndexFileError, match="damaged or not an index"):
        Index.load(tmp_path / "x.wenlu")


def test_what_can_not_be_asked_for_is_named_with_what_can(small: Index) -> None:
    asked: Any = small.search
    for kinds in ("faq", ["faq", "answer"], ("",)):
        with pytest.raises(QuestionError, match=r"give some of .*'faq', 'procedure', 'section', 'glossary'"):
            asked("看不到聊天按钮", kinds=kinds)
    for language in ("fr", "ZH"):
        with pytest.raises(QuestionError, match="give 'zh' or 'en'"):
            asked("看不到聊天按钮", language=language)
    with pytest.raises(QuestionError, match="limit -1: give the number of hits, 0 or more"):
        asked("看不到聊天按钮", -1)


def test_processes_can_not_be_fewer_than_none() -> None:
    with pytest.raises(ValueError, match="processes=-3"):
        Index.build([Document("a.md", "markdown", "## A\n\nb", "a", "en")], processes=-3)
