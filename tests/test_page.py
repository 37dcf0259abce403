import re
import time
import tomllib
from html import unescape
from pathlib import Path
from typing import Any, get_args
from urllib.parse import parse_qsl, unquote_plus, urlencode

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from search import Index, page
from search.document import KINDS, Chunk, Language, Source
from search.words import TEXT, say

ROOT = Path(__file__).resolve().parent.parent


def visit(**address: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html") if "<style>" not in element.proto.body)


def text(app: AppTest) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html(app)))


def links(app: AppTest) -> dict[str, str]:
    """The label and the query of each link of the page; of equal labels the last."""
    return {re.sub(r"\\(.)", r"\1", link.proto.label): link.proto.query_string for link in app.get("page_link")}


def heading(app: AppTest) -> str:
    found = re.findall(r"<h1[^>]*>(.*?)</h1>", html(app))
    assert len(found) == 1
    return unescape(re.sub(r"<[^>]*>", "", found[0]))


def ask(app: AppTest, question: str) -> AppTest:
    app.text_input(key="box").set_value(question)
    next(button for button in app.button if button.proto.is_form_submitter).click()
    app.run()
    assert not app.exception
    return app


def address(app: AppTest) -> dict[str, str]:
    return {key: value[-1] if isinstance(value, list) else value for key, value in app.query_params.items()}


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the page answers out of instead of the shipped corpus."""
    monkeypatch.setenv("WENLU_CORPUS", str(tmp_path))
    streamlit.cache_resource.clear()
    yield tmp_path  # type: ignore[misc]
    streamlit.cache_resource.clear()


# --- home ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", get_args(Language))
def test_home_offers_examples_and_topics_that_lead_to_entries(index: Index, language: str) -> None:
    app = visit(lang=language)
    assert heading(app) == say(language, "greeting") and say(language, "promise") in text(app)  # type: ignore[arg-type]
    assert app.text_input(key="box").label == say(language, "question")  # type: ignore[arg-type]
    queries = [link.proto.query_string for link in app.get("page_link")]
    found = [dict(part.split("=") for part in query.split("&") if part) for query in queries]
    entries = [query["id"] for query in found if "id" in query]
    assert len(entries) > 20 and all(query["lang"] == language for query in found)
    assert all(index.chunk(unquote_plus(id)).language == language for id in entries)  # type: ignore[union-attr]
    examples = [unquote_plus(query["q"]) for query in found if "q" in query]
    assert len(examples) == 3
    answers = [index.search(example) for example in examples]
    assert all(answer.answered for answer in answers) and len({answer.hits[0].chunk.source.document for answer in answers}) == 3
    assert all(len(example) <= (12 if language == "zh" else 40) and example[-1] in "?？" for example in examples)
    titles = {chunk.source.title for chunk in index.chunks if chunk.language == language and chunk.kind != "open"}
    headings = dict(re.findall('<h3><a href="[?](.*?)">(.*?)</a></h3>', html(app)))
    assert set(headings.values()) == titles
    for query, title in headings.items():
        assert heading(visit(**dict(parse_qsl(unescape(query))))) == title


def test_examples_are_short_questions_that_differ() -> None:
    def entry(title: str, *aliases: str) -> Chunk:
        return Chunk(title, "faq", "zh", title, (), aliases, (), (), Source("a.md", "a"))

    topics = [
        [entry("退货怎么退到莫斯科以外的其他仓库？", "退货单", "怎么退货")],
        [entry("退货要多久？"), entry("发货要多久？")],
        [entry("Returns"), entry("Opening hours", "when do you open", "x" * 41 + "?")],
    ]
    assert page.questions(topics) == ["退货要多久？", "when do you open"]
    assert page.questions([topics[0], topics[2]]) == ["怎么退货", "when do you open"]


def test_a_topic_lists_all_its_entries(index: Index) -> None:
    app = visit(topic="zh/submit-a-request.md")
    titles = [chunk.title for chunk in index.chunks if chunk.source.document == "zh/submit-a-request.md"]
    assert heading(app) == "提交工单" and set(titles) <= set(links(app)) and len(titles) > 4
    assert links(app)[TEXT["all_topics"][0]] == "" and "一栏。 " not in text(app)


def test_a_topic_with_one_entry_more_shows_it_instead_of_a_link_to_all(corpus: Path) -> None:
    for count in (5, 6):
        (corpus / f"{count}.md").write_text("\n\n".join(f"## Where is {count}{n}?\n\nHere.\n" for n in range(count)), "utf-8")
    shown = links(visit(lang="en"))
    assert [f"Where is {count}{n}?" in shown for count in (5, 6) for n in (3, 4)] == [True, True, True, False]
    assert say("en", "all_of_topic", 5) not in shown and say("en", "all_of_topic", 6) in shown


# --- a question -----------------------------------------------------------------------------------------------------------------


def test_a_question_is_answered_with_its_procedure_and_goes_into_the_address(index: Index) -> None:
    app = ask(visit(), "  看不到聊天按钮 ")
    assert address(app) == {"q": "看不到聊天按钮"}
    answer = index.search("看不到聊天按钮", 6)
    first = answer.hits[0].chunk
    assert heading(app) == first.title and "<mark>" in html(app)
    for part in first.parts:
        assert part.text in text(app)
    assert answer.procedure and answer.procedure.title in text(app)
    assert first.source.published and first.source.published in text(app)
    assert app.expander[0].label == TEXT["why"][0]
    assert [expander.label.split(" :gray")[0].replace("\\", "") for expander in app.expander[1:]] == [
        hit.chunk.title for hit in answer.hits[1:] if hit.chunk != answer.procedure
    ]


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize(
    "question",
    ["看不到聊天按钮", "怎么写工单", "how fast does live chat reply", "KYC", "工单没回复", "how do I connect an EDO operator"],
)
def test_an_entry_stands_in_one_place(question: str, language: str) -> None:
    app = visit(q=question, lang=language)
    aside = {say(one, key) for one in get_args(Language) for key in ("version", "open", "brand", "try_topics")}
    titles = [link.proto.label for link in app.get("page_link")] + [
        expander.label.split(" :gray")[0] for expander in app.expander
    ]
    shown = [re.sub(r"\\(.)", r"\1", title) for title in titles]
    shown += map(unescape, re.findall("<h2>(.*?)</h2>", html(app)))
    shown = [title for title in [heading(app), *shown] if title not in aside]
    assert len(shown) > 3 and sorted(shown) == sorted(set(shown))


def test_what_is_only_to_be_copied_is_a_template() -> None:
    assert f'<span class="badge">{TEXT["template"][1]}</span>' in html(visit(id="en/submit-a-request#draft-payment"))
    assert f'<span class="badge">{TEXT["procedure"][1]}</span>' in html(visit(id="en/submit-a-request#steps"))


def test_the_explanation_of_a_translated_entry_has_whole_words() -> None:
    shown = html(visit(q="how do I verify my company", lang="zh"))
    assert "<td>company</td>" in shown and "<td>compani</td>" not in shown


def test_the_explanation_shows_the_score(index: Index) -> None:
    app = visit(q="看不到聊天按钮")
    hit = index.search("看不到聊天按钮").hits[0]
    assert f"<td>{hit.score:.2f}</td>" in html(app) and 'class="bars"' in html(app)


def test_drafts_can_be_copied(index: Index) -> None:
    chunk = index.chunk("en/ticket-overdue#follow-up-mail")
    assert chunk and chunk.drafts
    app = visit(id=chunk.id)
    assert [code.value for code in app.code if code.value in chunk.drafts] == list(chunk.drafts)


def test_the_interface_follows_the_question_until_a_language_is_chosen() -> None:
    app = visit(q="my ticket has had no reply")
    assert app.text_input(key="box").label == TEXT["question"][1]
    app.segmented_control(key="lang").set_value("zh").run()
    assert address(app) == {"q": "my ticket has had no reply", "lang": "zh"}
    assert app.text_input(key="box").label == TEXT["question"][0]
    ask(app, "where do I find the help center")
    assert address(app)["lang"] == "zh" and app.text_input(key="box").label == TEXT["question"][0]


@pytest.mark.parametrize("question", ["？？？", "😀", "Ozon", "12345", "EDO"])
def test_what_is_in_no_language_leaves_that_of_the_page(question: str) -> None:
    app = visit(q=question)  # no locale is Chinese here
    assert app.text_input(key="box").label == TEXT["question"][0]


def test_a_name_in_both_languages_is_shown_in_that_of_the_page() -> None:
    for question in ("Waiting for your reply", "KYC", "INN"):
        app = visit(q=question)
        assert app.text_input(key="box").label == TEXT["question"][0] and "English version" in links(app)


def test_an_answer_is_shown_in_the_language_that_is_chosen(index: Index) -> None:
    found = index.search("看不到聊天按钮", 6)
    english = index.chunk(found.hits[0].translations["en"])
    procedure = index.translations(index.position(found.procedure.id))["en"] if found.procedure else ""
    app = visit(q="看不到聊天按钮", lang="en")
    assert english and heading(app) == english.title and all(part.text in text(app) for part in english.parts)
    assert index.chunk(procedure).title in text(app)  # type: ignore[union-attr]
    assert all(not re.search("[\u4e00-\u9fff]", expander.label) for expander in app.expander)
    assert links(app)["中文版"]


def test_entries_that_may_answer_as_well_are_links_above_the_text(index: Index) -> None:
    app = visit(q="怎么写工单")
    assert TEXT["several"][0] in text(app) and TEXT["sure"][0] not in text(app)
    assert {"商品工单英文模板（LISTING）", "款项工单英文模板（PAYMENT）"} <= set(links(app))
    assert TEXT["several"][0] not in text(visit(q="看不到聊天按钮"))


def test_no_step_of_the_procedure_beside_stands_out(index: Index) -> None:
    question = "how fast does live chat reply"
    answer = index.search(question, 6)
    assert answer.procedure and [hit.step for hit in answer.hits if hit.chunk == answer.procedure] == [1]
    beside = html(visit(q=question)).split(TEXT["how_to"][1], 1)[1].split(TEXT["others"][1])[0]
    assert answer.procedure.steps[1] in unescape(re.sub("<.*?>", "", beside)) and 'class="best"' not in beside


def test_the_lead_of_an_entry_ends_before_what_is_no_line(index: Index) -> None:
    app = visit(topic="zh/submit-a-request.md")
    assert "已知四个：…" in text(app) and "四个名字" not in text(app)
    assert "Four are known: …" in text(visit(topic="en/submit-a-request.md"))


def test_a_code_is_answered_in_the_language_of_the_visitor() -> None:
    for language, other in (("zh", "en"), ("en", "zh")):
        app = visit(q="KYC", lang=language)
        assert app.text_input(key="box").label == say(language, "question")  # type: ignore[arg-type]
        assert f"id={other}%2F" in links(app)[TEXT["version"][language == "zh"]]


def test_choosing_a_language_opens_the_entry_in_it(index: Index) -> None:
    app = visit(id="zh/help-center#open-chat")
    app.segmented_control(key="lang").set_value("en").run()
    assert address(app) == {"id": "en/help-center#open-chat", "lang": "en"}
    assert heading(app) == index.chunk("en/help-center#open-chat").title  # type: ignore[union-attr]
    app = visit(topic="en/languages.md")
    app.segmented_control(key="lang").set_value("zh").run()
    assert address(app)["topic"] == "zh/languages.md"


def test_choosing_a_language_opens_the_topic_in_it_wherever_its_folder_is(corpus: Path) -> None:
    for language, title in (("zh", "怎么退货"), ("en", "How do I return it")):
        (corpus / "help" / language).mkdir(parents=True)
        (corpus / "help" / language / "returns.md").write_text(f"## {title}? {{#how}}\n\n{title}.\n", "utf-8")
    app = visit(topic="help/en/returns.md")
    app.segmented_control(key="lang").set_value("zh").run()
    assert address(app)["topic"] == "help/zh/returns.md"


def test_the_translation_is_a_link_away() -> None:
    app = visit(q="看不到聊天按钮")
    app = visit(
        **{key: unquote_plus(value) for key, value in (part.split("=") for part in links(app)["English version"].split("&"))}
    )
    assert app.text_input(key="box").value == "看不到聊天按钮" and address(app)["id"].startswith("en/")


def test_a_kind_keeps_to_its_entries() -> None:
    app = visit(q="看不到聊天按钮")
    app.pills(key="kind").set_value("procedure").run()
    assert address(app) == {"q": "看不到聊天按钮", "kind": "procedure"}
    assert all(TEXT["procedure"][0] in expander.label for expander in app.expander if ":gray" in expander.label)
    app.pills(key="kind").set_value("all").run()
    assert address(app) == {"q": "看不到聊天按钮"}
    assert app.pills(key="kind").value == "all"


def test_kinds_are_named_in_the_plural_where_there_is_something_to_filter() -> None:
    def kinds(app: AppTest) -> list[str]:
        return [option for group in app.get("button_group") if group.proto.label == TEXT["kind"][1] for option in group.options]

    assert kinds(visit(q="my ticket has had no reply", lang="en")) == ["All", "FAQs", "Procedures", "Terms"]
    declined = "what is the weather in Paris tomorrow"
    assert kinds(visit(q=declined, lang="en")) == [] and kinds(visit(q=declined, lang="en", kind="faq"))


def test_a_new_question_is_asked_of_all_kinds() -> None:
    app = ask(visit(q="看不到聊天按钮", kind="glossary"), "工单要附什么材料")
    assert address(app) == {"q": "工单要附什么材料"}


# --- no answer ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "language"), [("红烧肉怎么做 xyzzy", "zh"), ("what is the weather in Paris tomorrow", "en")]
)
def test_declining_says_what_is_missing_and_where_to_go(index: Index, question: str, language: Any) -> None:
    answer = index.search(question, 6)
    assert not answer.answered and answer.missing
    app = visit(q=question)
    assert heading(app) == say(language, "declined")
    for word in answer.missing:
        assert word in text(app)
    support = index.chunk(f"{language}/help-center#find-help-center")
    assert support and support.title in text(app) and support.steps[0] in text(app)
    assert index.chunk(f"{language}/submit-a-request#steps").title in links(app)  # type: ignore[union-attr]
    assert say(language, "try_one") in text(app) and not app.expander and say(language, "nearest") not in text(app)


def test_what_the_documents_say_they_lack_is_named_without_tips(index: Index) -> None:
    app = visit(q="关税怎么算")
    assert heading(app) == "这里还没有写：关税、增值税和出口退税"
    assert TEXT["try_one"][0] not in text(app) and not app.expander
    app = visit(q="how do I connect an EDO operator", lang="en")
    near = index.chunk("en/help-center#open-chat")
    assert near and [near.title in expander.label for expander in app.expander] == [True]


def test_a_guess_at_a_word_is_not_understood() -> None:
    app = visit(q="asdfghjkl qwerty", lang="en")
    assert 'class="words missing"' in html(app) and 'class="words understood"' not in html(app)


def test_russian_is_told_which_languages_are_understood() -> None:
    for language in get_args(Language):
        assert "Вопросы понимаются на китайском и английском" in text(visit(q="Как вывести деньги", lang=language))


@pytest.mark.parametrize("question", ["？？？", "\x00\x1b[31m", "🙂" * 50, "a" * 1999, "<b>" * 100, "%s{}{0}"])
def test_any_question_gets_a_page(question: str) -> None:
    assert heading(visit(q=question))


def test_an_answer_of_another_kind_is_a_link_away(index: Index) -> None:
    question = "提现被冻结了怎么申诉"
    app = visit(q=question, kind="glossary", lang="zh")
    assert heading(app) == say("zh", "no_kind", TEXT["all_glossary"][0]) and TEXT["any_kind"][0] in text(app)
    assert TEXT["try_one"][0] not in text(app)
    answer = index.search(question, 6)
    assert app.get("page_link")[1].proto.query_string == urlencode({"lang": "zh", "q": question})
    assert links(app)[answer.hits[0].chunk.title]
    assert heading(visit(q="what is the weather in Paris tomorrow", kind="glossary")) == TEXT["declined"][1]
    assert heading(visit(q="KYC 是什么", kind="glossary")) == "KYC"


def test_a_kind_shows_what_is_sure_beside_all_others(index: Index) -> None:
    question = "包裹卡在莫斯科分拣中心"
    doubted = index.search(question, 5, kinds=["glossary"])
    assert not doubted.answered and doubted.hits[0].confidence < 0.5
    app = visit(q=question, kind="glossary")
    assert heading(app) == say("zh", "no_kind", TEXT["all_glossary"][0])
    assert [expander.label.split(" :gray")[0] for expander in app.expander] == [doubted.hits[0].chunk.title]


@pytest.mark.parametrize("size", [2001, 50_000])
def test_a_question_too_long_is_refused_in_words(size: int) -> None:
    app = ask(visit(lang="en"), "w" * size)
    assert (
        f"The question has {size:,} characters" in text(app) and "one or two sentences." in text(app) and "q" not in address(app)
    )
    assert f"问题有 {size:,} 个字符，上限是 2,000，请用一两句话来问。" in text(visit(q="长" * size, lang="zh"))


def test_a_question_that_is_refused_leaves_the_answer() -> None:
    app = visit(q="看不到聊天按钮", lang="zh")
    before = heading(app)
    ask(app, "长" * 2001)
    assert "问题有 2,001 个字符" in text(app) and heading(app) == before and address(app)["q"] == "看不到聊天按钮"
    assert app.text_input(key="box").value == "长" * 2001
    ask(app, "工单要附什么材料")
    assert "个字符" not in text(app) and heading(app) != before


def test_an_empty_question_changes_nothing() -> None:
    app = visit(q="看不到聊天按钮", lang="zh")
    before = heading(app), address(app)
    ask(app, "   ")
    assert (heading(app), address(app)) == before
    assert heading(ask(visit(lang="zh"), "")) == TEXT["greeting"][0]


def test_an_entry_that_is_gone_is_said_to_be() -> None:
    for gone in ({"id": "zh/nope#nope"}, {"topic": "nope"}):
        app = visit(**gone, lang="en")
        assert TEXT["gone"][1] in text(app) and heading(app) == TEXT["greeting"][1]


def test_an_address_with_nonsense_is_a_page() -> None:
    app = visit(q="看不到聊天按钮", kind="nonsense", lang="xx", more="x")
    assert app.pills(key="kind").value == "all" and app.text_input(key="box").label == TEXT["question"][0]


# --- other documents ------------------------------------------------------------------------------------------------------------


def test_documents_that_cannot_be_read_are_told_of(corpus: Path, capfd: pytest.CaptureFixture[str]) -> None:
    app = visit(lang="zh")
    assert heading(app) == TEXT["brand"][0] and TEXT["not_loaded"][0] in text(app) and not app.text_input
    assert str(corpus) not in text(app) and str(corpus) in capfd.readouterr().err
    (corpus / "returns.md").write_text("# Returns\n\n## Where do returns go?\n\nTo the Tula warehouse.\n", "utf-8")
    deadline = time.monotonic() + 30
    while heading(app) == TEXT["brand"][0]:
        assert time.monotonic() < deadline and app.button[0].label == TEXT["retry"][0]
        time.sleep(0.1)
        app.button[0].click().run()
    assert heading(app) == TEXT["greeting"][0]


def test_documents_that_are_gone_are_answered_out_of_all_the_same(corpus: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = corpus / "returns.md"
    file.write_text("# Returns\n\n## Where do returns go?\n\nTo the Tula warehouse.\n", "utf-8")
    app = visit(q="where do returns go", lang="en")
    assert "Tula warehouse" in text(app)
    file.unlink()
    deadline = time.monotonic() + 30
    while str(corpus) not in capfd.readouterr().err:
        assert time.monotonic() < deadline
        time.sleep(0.1)
        assert "Tula warehouse" in text(app.run()) and str(corpus) not in text(app)
    assert "Tula warehouse" in text(visit(q="where do returns go", lang="en")) and capfd.readouterr().err == ""


def test_an_edit_shows_without_a_restart(corpus: Path) -> None:
    file = corpus / "returns.md"
    file.write_text("# Returns\n\n## Where do returns go?\n\nTo the Tula warehouse.\n", "utf-8")
    app = visit(q="where do returns go", lang="en")
    assert "Tula warehouse" in text(app)
    file.write_text("# Returns\n\n## Where do returns go?\n\nTo the Kazan warehouse.\n", "utf-8")
    deadline = time.monotonic() + 30
    while "Kazan" not in text(app.run()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert "Tula" not in text(app)


def test_plain_documents_without_any_structure_make_a_page(corpus: Path) -> None:
    (corpus / "notes.txt").write_text("The office opens at nine.\n", "utf-8")
    for app in (visit(lang="zh"), visit(q="when does the office open"), visit(q="完全无关的问题")):
        assert heading(app)
    assert not visit(q="when does the office open").get("button_group")[1:]  # one kind needs no filter


OURS = {
    "a",
    "div",
    "p",
    "h1",
    "h2",
    "h3",
    "ul",
    "ol",
    "li",
    "span",
    "mark",
    "table",
    "tr",
    "th",
    "td",
    "i",
    "blockquote",
    "script",
}
HOSTILE = """---
title: <script>alert(1)</script> :red[t]
source: <img src=x onerror=alert(1)>
url: javascript:alert(1)
---

## <b>Bold</b> $x$ :smile: [link](http://a.b) returns? {#a}

Also asked:

- <svg onload=alert(1)> returns

Body &lt;u&gt; `<i>code</i>` returns.

1. Step <img src=x onerror=alert(1)> returns
"""


def test_documents_stay_text(corpus: Path) -> None:
    (corpus / "bad.md").write_text(HOSTILE, "utf-8")
    (corpus / "bad.jsonl").write_text('{"id": "p1", "text": "<iframe src=//a.b> returns", "title": "<u>p</u>"}\n', "utf-8")
    for app in (visit(), visit(q="returns <script>alert(1)</script>"), visit(topic="bad.md"), visit(id="bad#a"), visit(id="p1")):
        tags = set(re.findall(r"<(\w+)", html(app)))
        assert tags <= OURS
        assert html(app).count("<script>") == 1  # our own
        assert "javascript:" not in html(app)


# --- what it is made of ---------------------------------------------------------------------------------------------------------


def test_the_settings_are_the_same_however_it_is_started() -> None:
    ours = (ROOT / "search" / ".streamlit" / "config.toml").read_text("utf-8")
    assert (ROOT / ".streamlit" / "config.toml").read_text("utf-8") == ours
    assert tomllib.loads(ours)["browser"]["gatherUsageStats"] is False


def test_entries_of_every_kind_can_be_opened(index: Index) -> None:
    def first(kind: str) -> Chunk | None:
        return next((chunk for chunk in index.chunks if chunk.kind == kind), None)

    for chunk in filter(None, map(first, KINDS)):
        assert heading(visit(id=chunk.id)) == chunk.title
