"""The search box in a real browser, in a page of another origin than the service."""

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect, sync_playwright
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from test_browser import FLAGS
from test_serve import serving

from search import Answer, Index, read_documents, to_json
from search.export import export
from search.guard import Settings
from search.javascript import FOLDER, minified
from search.serve import create_app

expect.set_options(timeout=20_000)
pytestmark = pytest.mark.browser

BUTTON = "看不到聊天按钮"
HOST = """<!doctype html>
<html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Help</title>
<style>
:root { color-scheme: light dark; }
html { background: Canvas; color: CanvasText; text-transform: uppercase; }
button, input, p, dialog { padding: 40px !important; }
</style></head>
<body><main><h1>Help</h1><a href="#">link</a> <input aria-label="other"> <faq-search id="box"></faq-search></main>
<script>
const {lang, strings, ...attributes} = JSON.parse(decodeURIComponent(location.hash.slice(1)));
document.documentElement.lang = lang;
box.strings = strings;
for (const name in attributes) box.setAttribute(name, attributes[name]);
window.told = [];
for (const type of ['wenlu:search', 'wenlu:open']) document.addEventListener(type, event => {
  told.push([type, event.detail]);
  if (window.refuse) event.preventDefault();
});
window.keys = [];
document.addEventListener('keydown', event => keys.push(event.key));
</script></body></html>
"""
STRICT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Strict</title><meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'"></head>
<body><faq-search index="static/wenlu-index.json"></faq-search><script type="module" src="faq-search.js"></script></body></html>
"""
ENGINE = """export const open = async (url) => ({
  search: (question, options) => new Promise((resolve) => { (window.asked ??= []).push({question, options, url, resolve}); }),
});
"""
Visit = Callable[..., "Box"]


FAST = """(input, text) => {  // typed letter by letter without a pause, however busy the machine is
    for (let end = 1; end <= text.length; end++) { input.value = text.slice(0, end); input.dispatchEvent(new InputEvent('input')) }
}"""


class Box:
    """A page with a box in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.trouble: list[str] = []
        self.button = page.locator("faq-search").get_by_role("button").first
        self.input, self.status = page.get_by_role("combobox"), page.get_by_role("status")
        self.options, self.heading = page.get_by_role("option"), page.locator("faq-search h2")
        self.note = page.locator("faq-search .note")
        page.on("request", lambda request: self._request(request.url))
        page.on("pageerror", lambda error: self.trouble.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (self.trouble.append(f"dialog: {dialog.message}"), dialog.dismiss()))

    def _request(self, url: str) -> None:
        if urlsplit(url).path.endswith("/api/search"):
            self.asked += parse_qs(urlsplit(url).query)["q"]

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def ask(self, question: str) -> None:
        """Type a question in place of the one that stands there, and wait for what comes of it."""
        told = self.page.evaluate("told.length")
        self.press("ControlOrMeta+a")
        self.page.keyboard.type(question)
        self.page.wait_for_function(f"told.slice({told}).some(([type, it]) => it.question === {json.dumps(question.strip())})")

    def active(self) -> str:
        """The text of the option that is active."""
        name = self.input.get_attribute("aria-activedescendant")
        chosen = self.page.locator("faq-search [aria-selected=true]")
        assert chosen.count() == bool(name) and (not name or chosen.get_attribute("id") == name)
        return chosen.locator(".title").inner_text() if name else ""


@pytest.fixture(scope="module")
def site(index: Index, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site of plain files: a page that has a box, and the shipped corpus as `wenlu export` writes it."""
    folder = tmp_path_factory.mktemp("site")
    export(index, folder / "static")
    (folder / "index.html").write_text(HOST, "utf-8")
    (folder / "strict.html").write_text(STRICT, "utf-8")
    (folder / "faq-search.js").write_bytes(minified("faq-search.js"))
    (folder / "stand-in").mkdir()
    (folder / "stand-in" / "engine.js").write_text(ENGINE, "utf-8")
    app = Starlette()
    app.mount("/", StaticFiles(directory=folder, html=True))
    with serving(app) as address:
        yield address.replace("127.0.0.1", "localhost")


class Lasting(StaticFiles):
    """Files that browsers may keep without asking again, as many hosts of static sites send them."""

    def file_response(self, *arguments: Any, **more: Any) -> Response:
        response = super().file_response(*arguments, **more)
        response.headers["Cache-Control"] = "max-age=600"
        return response


@contextmanager
def plain_files(index: Index, folder: Path, site: str) -> Iterator[str]:
    """What `wenlu export` writes, on a server of plain files at another origin that lets the site read them; the index's address."""
    export(index, folder)
    app = Starlette(middleware=[Middleware(CORSMiddleware, allow_origins=[site])])
    app.mount("/", Lasting(directory=folder))
    with serving(app) as address:
        yield address.replace("127.0.0.1", "localhost") + "/wenlu-index.json"


@pytest.fixture(scope="module")
def elsewhere(index: Index, site: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with plain_files(index, tmp_path_factory.mktemp("elsewhere"), site) as address:
        yield address


@pytest.fixture(scope="module")
def service(index: Index, site: str) -> Iterator[str]:
    with serving(create_app(index, Settings(origins=(site,), rate=0))) as address:
        yield address.replace("127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def window(chromium: str) -> Iterator[Callable[..., BrowserContext]]:
    """A browser window for a width and a colour scheme, kept for the module."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)

        @cache
        def window(width: int, colors: Any) -> BrowserContext:
            context = browser.new_context(viewport={"width": width, "height": 860}, color_scheme=colors, locale="en-US")
            context.grant_permissions(["clipboard-read", "clipboard-write"])
            context.set_default_timeout(30_000)
            return context

        yield window
        browser.close()


@pytest.fixture
def visit(window: Callable[..., BrowserContext], site: str, service: str) -> Iterator[Visit]:
    """Opens a page with a box; afterwards no dialog, no script error and nothing that a hostile text does may have been."""
    boxes: list[Box] = []

    def visit(width: int = 1280, colors: str = "light", lang: str = "zh", **attributes: Any) -> Box:
        page = window(width, colors).new_page()
        boxes.append(Box(page))
        if "index" not in attributes:
            attributes = {"endpoint": service} | attributes
        page.goto(f"{site}/#{quote(json.dumps({'lang': lang} | attributes))}")
        source = f"{attributes.get('endpoint', site)}/faq-search.js"
        page.evaluate(
            "source => new Promise(done => document.head.append(Object.assign(document.createElement('script'), "
            "{type: 'module', src: source, onload: done})))",
            source,
        )
        return boxes[-1]

    yield visit
    for box in boxes:
        assert box.page.evaluate("[window.pwned, [...document.querySelectorAll('iframe')].length]") == [None, 0]
        box.page.close()
        assert box.trouble == []


def anchor(identity: str) -> str:
    return identity.split("/", 1)[-1]


# --- the right answer ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def questions(index: Index, root: Path) -> list[tuple[str, Answer]]:
    """20 development questions of every language and kind, with the right answers; ranking.md says how many are."""
    found: dict[tuple[str, str], list[tuple[str, Answer]]] = {}
    for line in (root / "tests" / "quality" / "questions.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        few = found.setdefault((row["language"], row["kind"]), [])
        if row["split"] == "tune" and row["wants"] and row["kind"] != "glossary" and len(few) < 2:
            answer = index.search(row["question"], 6)
            if answer.hits and anchor(answer.hits[0].chunk.id) in row["wants"]:
                few.append((row["question"], answer))
    return [one for few in found.values() for one in few]


@pytest.mark.parametrize("how", ["service", "static"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_keyboard_alone_finds_the_right_answers(
    visit: Visit, questions: list[tuple[str, Answer]], elsewhere: str, width: int, how: str
) -> None:
    assert len(questions) >= 20
    box = visit(width, **({"index": elsewhere} if how == "static" else {}))
    box.press("/")
    for question, answer in questions:
        best = answer.hits[0].chunk
        box.ask(question)
        expect(box.options).to_have_count(len(answer.hits))
        box.press("ArrowDown")
        assert box.active() == best.title
        box.press("Enter")
        expect(box.heading).to_have_text(best.title)
        expect(box.heading).to_be_focused()
        shown = box.page.locator("faq-search .answer").inner_text()
        assert all(step in shown for step in best.steps) and all(draft in shown for draft in best.drafts)
        box.press("Escape")
        expect(box.input).to_be_focused()
        assert box.active() == best.title
    assert bool(box.asked) is (how == "service")


def test_arrows_home_and_end_move_and_editing_goes_on(visit: Visit) -> None:
    box = visit()
    box.press("ControlOrMeta+k")
    expect(box.input).to_be_focused()
    expect(box.input).to_have_attribute("aria-expanded", "false")
    box.ask(BUTTON)
    expect(box.input).to_have_attribute("aria-expanded", "true")
    expect(box.input).to_have_attribute("aria-controls", box.page.get_by_role("listbox").get_attribute("id") or "-")
    expect(box.status).to_have_text("6 条结果")
    titles = box.page.locator("faq-search .title").all_inner_texts()
    assert box.active() == ""
    for key, place in (("Up", 5), ("Up", 4), ("Home", 0), ("End", 5)):
        box.press(key if len(key) > 2 and key != "Up" else f"Arrow{key}")
        assert box.active() == titles[place]
    box.press("ArrowDown")
    assert box.active() == ""
    box.press("ArrowDown", "ArrowLeft")
    assert box.active() == "" and box.input.evaluate("input => input.selectionStart") == len(BUTTON) - 1
    box.press("Home")
    assert box.input.evaluate("input => input.selectionStart") == 0
    box.press("Enter")  # the first one, where none is chosen
    expect(box.heading).to_have_text(titles[0])
    expect(box.input).to_have_attribute("aria-expanded", "false")
    box.page.get_by_role("button", name="返回").click()
    expect(box.input).to_be_focused()
    box.press("Escape")
    expect(box.page.get_by_role("dialog")).to_be_hidden()
    assert box.page.evaluate("keys.filter(key => key !== 'Control').join()") == "k"  # the page hears no key that is typed here


def test_a_phone_goes_back_one_step_at_a_time(visit: Visit) -> None:
    box = visit(width=390)
    box.button.click()
    box.ask(BUTTON)
    box.options.first.click()
    expect(box.heading).to_be_visible()
    dialog = box.page.get_by_role("dialog")
    dialog.evaluate("dialog => dialog.requestClose()")  # what the back gesture does
    expect(box.heading).to_have_count(0)
    expect(box.options.first).to_be_visible()
    dialog.evaluate("dialog => dialog.requestClose()")
    expect(dialog).to_have_count(0)


def test_the_focus_comes_back(visit: Visit) -> None:
    box = visit(lang="en")
    link, other = box.page.get_by_role("link", name="link"), box.page.get_by_role("textbox", name="other")
    for opener in ("/", "Control+k", "Meta+k"):
        link.focus()
        box.press(opener)
        expect(box.input).to_be_focused()
        box.press("Escape")
        expect(link).to_be_focused()
    other.focus()
    box.press("/")
    expect(other).to_have_value("/")
    expect(box.page.get_by_role("dialog")).to_be_hidden()
    box.button.click()
    box.page.mouse.click(5, 5)  # beside the dialog
    expect(box.button).to_be_focused()


@pytest.mark.parametrize(("hotkey", "opens"), [("none", ""), ("s", "s")])
def test_other_keys_or_none(visit: Visit, hotkey: str, opens: str) -> None:
    box = visit(hotkey=hotkey)
    box.press("/", *([] if opens else ["Control+k"]))
    expect(box.page.get_by_role("dialog")).to_be_hidden()
    if opens:
        box.press(opens)
        expect(box.input).to_be_focused()


# --- when it asks -------------------------------------------------------------------------------------------------------------


def test_nothing_is_asked_while_characters_are_composed(visit: Visit) -> None:
    box = visit()
    box.press("/")
    session = box.page.context.new_cdp_session(box.page)
    for composed in ("t", "ti", "ti x", "ti xian"):
        session.send(
            "Input.imeSetComposition", {"text": composed, "selectionStart": len(composed), "selectionEnd": len(composed)}
        )
    enter = "{key: 'Enter', keyCode: 229, isComposing: true, bubbles: true, composed: true}"
    box.input.evaluate(f"input => input.dispatchEvent(new KeyboardEvent('keydown', {enter}))")
    box.input.evaluate(f"input => input.dispatchEvent(new KeyboardEvent('keydown', {enter.replace('Enter', 'Escape')}))")
    box.page.wait_for_timeout(400)
    assert box.asked == [] and box.input.input_value() == "ti xian"
    expect(box.page.get_by_role("dialog")).to_be_visible()
    session.send("Input.insertText", {"text": "提现"})
    expect(box.options.first).to_be_visible()
    assert box.asked == ["提现"]


def test_typing_asks_once_and_an_empty_box_asks_nothing(visit: Visit) -> None:
    box = visit(limit="3")
    box.press("/")
    box.input.evaluate(FAST, "  withdrawal ")
    expect(box.options).to_have_count(3)
    assert box.asked == ["withdrawal"]
    box.press("ControlOrMeta+a", "Delete")
    expect(box.options).to_have_count(0)
    expect(box.status).to_be_empty()
    box.press("Space", "Enter")
    box.page.wait_for_timeout(300)
    assert box.asked == ["withdrawal"]


def reply(question: str) -> str:
    """A made-up answer with one hit, whose title is the question."""
    source = {"document": "a.md", "title": "A", "url": None, "published": None, "name": None}
    part = {"kind": "text", "text": "x", "number": 0, "references": []}
    hit = {
        "id": question,
        "kind": "faq",
        "language": "en",
        "title": question,
        "answer": "x",
        "marks": {},
        "parts": [part],
        "source": source,
    }
    return json.dumps({"answered": True, "hits": [hit | {"step": None}], "procedure": None, "understood": [], "missing": []})


def serve(box: Box, path: str, body: Any, status: int = 200) -> None:
    """Replies to what the box asks below /api/."""
    headers = {"Access-Control-Allow-Origin": "*"}
    box.page.route(f"**/api/{path}", lambda route: route.fulfill(status=status, json=body, headers=headers))


def test_a_stale_reply_is_aborted_and_never_shown(visit: Visit) -> None:
    box = visit(lang="en")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    box.page.route("**/api/search?**", hold)
    failed: list[str] = []
    box.page.on("requestfailed", lambda request: failed.append(parse_qs(urlsplit(request.url).query)["q"][0]))
    box.press("/")
    box.page.keyboard.insert_text("first")  # at once: letter by letter, a busy machine would ask for "f"
    expect(box.status).to_have_text("Searching…")
    box.page.keyboard.insert_text(" second")
    box.page.wait_for_function("performance.now() > 0")
    while len(held) < 2:
        box.page.wait_for_timeout(20)
    assert failed == ["first"]
    held[1].fulfill(body=reply("first second"), content_type="application/json", headers={"Access-Control-Allow-Origin": "*"})
    expect(box.options.locator(".title")).to_have_text(["first second"])


def test_an_engine_that_answers_late_is_not_heard(visit: Visit) -> None:
    box = visit(index="stand-in/wenlu-index.json", lang="en", limit="4")
    box.press("/")
    for question in ("one", " two"):
        box.page.keyboard.insert_text(question)
        box.page.wait_for_function(f"window.asked?.some(it => it.question.endsWith({question.strip()!r}))")
    assert box.page.evaluate("asked.map(it => [it.question, it.options.limit, it.url])") == [
        [question, 4, box.page.url.split("#")[0] + "stand-in/wenlu-index.json"] for question in ("one", "one two")
    ]
    box.page.evaluate(f"asked[1].resolve({reply('one two')})")
    expect(box.options.locator(".title")).to_have_text(["one two"])
    box.page.evaluate(f"asked[0].resolve({reply('one')})")
    box.page.wait_for_timeout(100)
    expect(box.options.locator(".title")).to_have_text(["one two"])


def test_a_page_goes_on_when_its_site_is_exported_again(
    visit: Visit, index: Index, documents: Path, tmp_path: Path, site: str
) -> None:
    with plain_files(index, tmp_path, site) as address:
        box = visit(index=address)
        box.press("/")
        box.ask(BUTTON)
        (documents / "zh/labels.md").write_text("## 条形码标签贴在哪里？ {#label}\n\n贴在箱子的长边上。\n", "utf-8")
        export(Index.build(read_documents([documents])), tmp_path)
        box.ask("条形码标签贴在哪里")
        assert box.options.locator(".title").first.inner_text() == "条形码标签贴在哪里？"
        for file in tmp_path.rglob("*.bin"):
            file.unlink()
        box.press("ControlOrMeta+a")
        box.page.keyboard.type("响应时间")
        expect(box.status).to_have_text("没有回应，请检查网络。")


PROBLEM = {"status": 429, "detail": "这个地址的请求太多了，请 3 秒后再试"}
FAILURES: dict[str, Callable[[Route], None]] = {
    "offline": lambda route: route.abort("internetdisconnected"),
    "busy": lambda route: route.fulfill(status=429, json=PROBLEM, headers={"Access-Control-Allow-Origin": "*"}),
    "broken": lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>", headers={"Access-Control-Allow-Origin": "*"}),
}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("failure", FAILURES)
def test_failure_is_said_and_can_be_tried_again(visit: Visit, failure: str, lang: str) -> None:
    box = visit(lang=lang)
    box.page.route("**/api/search?**", FAILURES[failure])
    box.press("/")
    box.page.keyboard.type(BUTTON)
    said = {"zh": "没有回应，请检查网络。", "en": "No reply. Check the connection."}[lang]
    expect(box.status).to_have_text(PROBLEM["detail"] if failure == "busy" else said)
    expect(box.options).to_have_count(0)
    box.page.unroute("**/api/search?**")
    box.page.get_by_role("button", name={"zh": "重试", "en": "Try again"}[lang]).click()
    expect(box.options).to_have_count(6)
    expect(box.input).to_be_focused()


def test_problems_come_in_the_language_of_the_box(visit: Visit) -> None:
    for lang, said in (("zh", "参数不对"), ("en", "a parameter is wrong")):
        box = visit(lang=lang, limit="99")
        box.press("/")
        box.page.keyboard.type("x")
        expect(box.status).to_contain_text(said)


# --- what it shows ------------------------------------------------------------------------------------------------------------


def test_a_question_without_an_answer_is_told_so(visit: Visit, index: Index) -> None:
    question = "关税怎么算，巴黎呢"
    answer = index.search(question, 6)
    assert not answer.answered and answer.missing and answer.open_question and answer.confidence < 0.05
    box = visit()
    box.press("/")
    box.ask(question)
    expect(box.status).to_have_text(f"这里还没有写：{answer.open_question}")
    expect(box.note).to_have_text(f"没有找到：{' · '.join(answer.missing)}")
    expect(box.options).to_have_count(0)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("support", ["/help", None])
def test_where_nothing_is_found_there_is_a_way_on(visit: Visit, lang: str, support: str | None) -> None:
    said = ["换个说法，或写得具体一点", "联系支持"] if lang == "zh" else ["Try other words, or be more exact", "Contact support"]
    box = visit(lang=lang, **({"support": support} if support else {}))
    serve(box, "search?**", json.loads(reply("x")) | {"answered": False, "hits": [], "missing": ["x"]})
    box.press("/")
    box.ask("x")
    expect(box.status).to_have_text("没有找到有把握的答案" if lang == "zh" else "No confident answer")
    expect(box.note).to_have_attribute("aria-live", "polite")  # heard, as the status is
    expect(box.note).to_contain_text(said[bool(support)])
    expect(box.note).not_to_contain_text(said[not support])
    links = box.note.get_by_role("link").all()
    assert [link.get_attribute("href") for link in links] == ([support] if support else [])


def test_words_within_others_are_not_listed_and_where_it_is_known_to_be_open_no_words_help(visit: Visit) -> None:
    box = visit(lang="en")
    body = json.loads(reply("x"))
    body["hits"][0]["confidence"] = 0.1
    body |= {"answered": False, "understood": ["customs", "duty", "calculated", "customs duty", "算"]}
    serve(box, "search?**", body)
    box.press("/")
    box.ask("x")
    expect(box.note.locator("p")).to_have_text(["Understood: calculated · customs duty", "Nearest: 1"])
    serve(box, "search?**", body | {"open_question": "Customs", "hits": []})
    box.ask("y")
    expect(box.status).to_have_text("Not answered here: Customs")
    expect(box.note).to_be_empty()


def test_each_that_may_be_the_answer_is_marked_so(visit: Visit) -> None:
    body = json.loads(reply("x"))
    [hit] = body["hits"]
    found = [(1.0, 0.9), (0.86, 0.8), (0.84, 0.8), (0.86, 0.8)]  # one is too weak, the last is too far down
    body["hits"] = [hit | {"id": str(n), "score": score, "confidence": sure} for n, (score, sure) in enumerate(found)]
    box = visit(lang="en")
    serve(box, "search?**", body)
    box.press("/")
    box.ask("x")
    expect(box.page.locator("faq-search .badge")).to_have_text(["May be the answer"] * 2)
    assert [option.locator(".badge").count() for option in box.options.all()] == [1, 1, 0, 0]
    body["hits"][1]["confidence"] = 0.49
    serve(box, "search?**", body)
    box.ask("y")
    expect(box.page.locator("faq-search .badge")).to_have_text(["Answer"])


@pytest.mark.parametrize("how", ["service", "static"])
def test_an_entry_in_the_other_language_leads_to_its_translation(visit: Visit, index: Index, elsewhere: str, how: str) -> None:
    question = "what support levels does Ozon have for sellers"
    hit = index.search(question, 6).hits[0]
    translation = index.chunk(hit.translations["zh"])
    assert translation and hit.chunk.language == "en"
    box = visit(**({"index": elsewhere} if how == "static" else {}))
    box.press("/")
    box.ask(question)
    box.press("Enter")
    link = box.page.get_by_role("link", name="中文版")
    assert link.evaluate("link => link.offsetHeight") >= 44
    link.click()
    expect(box.heading).to_have_text(translation.title)
    expect(link).to_have_count(0)
    box.press("Escape")
    expect(link).to_be_focused()


def test_the_answer_is_marked_and_what_is_only_near_is_headed_so(visit: Visit) -> None:
    body = json.loads(reply("x"))
    [hit] = body["hits"]
    body["hits"] = [hit | {"id": str(confidence), "confidence": confidence} for confidence in (0.3, 0.01, 0.05)]
    for answered, said, near, shown in ((True, "Results: 3", [], 3), (False, "No confident answer", ["Nearest: 2"], 2)):
        box = visit(lang="en")
        serve(box, "search?**", body | {"answered": answered})
        box.press("/")
        box.ask("x")
        expect(box.status).to_have_text(said)
        expect(box.note.locator("p")).to_have_text(near)
        expect(box.options).to_have_count(shown)
        expect(box.page.locator("faq-search .badge")).to_have_text(["Answer"] if answered else [])
        look = "element => getComputedStyle(element).fontWeight"
        assert box.options.first.locator(".title").evaluate(look) == ("600" if answered else "400")


def test_a_long_question_is_cut_and_that_is_said(visit: Visit) -> None:
    question = "提现被冻结了怎么办？" * 31
    box = visit()
    box.press("/")
    box.page.keyboard.insert_text(question)
    expect(box.note).to_contain_text("问题太长，只用了前 300 个字")
    assert box.asked == [question[:300]]
    expect(box.input).to_have_value(question)


def test_an_answer_has_its_marks_best_step_and_procedure(visit: Visit, index: Index) -> None:
    for question in (BUTTON, "VIP line 是找 Partner Manager 申请吗", "what support levels does Ozon have for sellers"):
        answer = index.search(question, 6)
        best = answer.hits[0]
        box = visit(lang="en")
        box.press("/")
        box.ask(question)
        marks = ["".join([*best.chunk.title][a:b]) for a, b in best.marks["title"]] if "title" in best.marks else []
        assert box.options.first.locator(".title mark").all_inner_texts() == marks
        box.press("Enter")
        detail = box.page.locator("faq-search .answer")
        marks = ["".join([*best.chunk.answer][a:b]) for a, b in best.marks.get("answer", ())]
        assert detail.locator("mark").all_inner_texts() == marks
        if best.step is not None:
            expect(detail.locator("li.best")).to_have_text("Best match" + best.chunk.steps[best.step])
        if answer.procedure and answer.procedure.id != best.chunk.id:
            expect(detail.get_by_role("heading", name=answer.procedure.title)).to_be_visible()
            assert answer.procedure.parts[-1].text in detail.inner_text()


@pytest.mark.parametrize("how", ["service", "static"])
def test_a_procedure_may_be_a_draft(visit: Visit, index: Index, elsewhere: str, how: str) -> None:
    question = "my ticket has had no reply for three days"
    procedure = index.search(question).procedure
    assert procedure and procedure.drafts and not procedure.steps
    box = visit(lang="en", **({"index": elsewhere} if how == "static" else {}))
    box.press("/")
    box.ask(question)
    box.press("Enter")
    expect(box.page.locator("faq-search h3")).to_have_text(procedure.title)
    expect(box.page.locator("faq-search pre")).to_have_text(list(procedure.drafts))
    expect(box.page.get_by_role("button", name="Copy")).to_have_count(len(procedure.drafts))


@pytest.mark.parametrize("how", ["service", "static"])
def test_what_an_answer_refers_to_opens_and_back_leads_where_one_was(
    visit: Visit, index: Index, elsewhere: str, how: str
) -> None:
    box = visit(**({"index": elsewhere} if how == "static" else {}))
    box.press("/")
    box.ask(BUTTON)
    box.press("ArrowDown", "Enter")
    best = index.search(BUTTON).hits[0].chunk
    titles, links = [best.title], []
    for _ in range(3):
        expect(box.heading).to_have_text(titles[-1])
        part, (start, end, identity) = next((part, part.references[0]) for part in best.parts if part.references)
        links.append(part.text[start:end])
        box.page.get_by_role("link", name=links[-1], exact=True).first.focus()
        box.press("Enter")
        best = index.chunk(identity)  # type: ignore[assignment]
        titles.append(best.title)
    expect(box.heading).to_have_text(titles[-1])
    expect(box.heading).to_be_focused()
    assert box.page.evaluate("told.filter(([type]) => type === 'wenlu:open').map(([, it]) => it.hit.title)") == titles
    for title, link in zip(titles[-2::-1], links[::-1], strict=True):
        box.press("Escape")
        expect(box.heading).to_have_text(title)
        expect(box.page.get_by_role("link", name=link, exact=True).first).to_be_focused()
    box.press("Escape")
    expect(box.input).to_be_focused()
    assert box.active() == titles[0]


def test_what_has_a_page_is_linked_there(visit: Visit) -> None:
    body = json.loads(reply("x"))
    [hit] = body["hits"]
    hit["source"]["url"], hit["anchor"] = "https://help.example/a", None
    away = [[0, 3, "https://o.z/"], [12, 14, "javascript:document.title='x'"], [19, 22, "mailto:a@o.z"]]
    references = [[10, 11, "b"], [15, 16, "z/c#d"]]
    hit["parts"] = [{"kind": "table", "text": "see | the b or c | end", "number": 0, "references": references, "addresses": away}]
    there = hit | {"source": hit["source"] | {"url": "https://help.example/b"}, "anchor": "top"}
    box = visit(lang="en")
    serve(box, "search?**", body)
    serve(box, "chunks/b*", there)
    serve(box, "chunks/z/c%23d*", {"detail": "gone"}, status=404)
    box.press("/")
    box.ask("x")
    box.press("Enter")
    expect(box.page.get_by_role("link", name="b", exact=True)).to_have_attribute("href", "https://help.example/b#top")
    assert [box.page.get_by_role("link", name=name, exact=True).get_attribute("href") for name in ("see", "or", "end")] == [
        "https://o.z/",
        "#",
        "mailto:a@o.z",
    ]
    box.page.get_by_role("link", name="c", exact=True).click()
    expect(box.note).to_have_text("No reply. Check the connection.")
    expect(box.heading).to_have_text("x")
    assert box.page.locator("faq-search td").all_inner_texts() == ["see", "the b or c", "end"]


@pytest.mark.parametrize("secure", [True, False])
def test_a_draft_is_copied(visit: Visit, index: Index, secure: bool) -> None:
    box = visit()
    if not secure:
        box.page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined, configurable: true})")
    box.press("/")
    box.ask("物流工单模板")
    box.press("Enter")
    box.page.clock.install()
    top = box.heading.bounding_box()
    box.page.get_by_role("button", name="复制").first.click()
    expect(box.page.get_by_role("button", name="已复制")).to_be_visible()
    expect(box.status).to_have_text("已复制")
    assert box.heading.bounding_box() == top
    box.page.clock.run_for(2000)
    expect(box.page.get_by_role("button", name="已复制")).to_have_count(0)
    expect(box.status).to_be_empty()
    copied = box.page.evaluate("delete navigator.clipboard && navigator.clipboard.readText()")
    assert copied.strip() == index.search("物流工单模板").hits[0].chunk.drafts[0].strip()


@pytest.mark.parametrize(
    ("url", "anchor", "leads"),
    [
        ("https://help.example/a?b=1", "c", "https://help.example/a?b=1#c"),
        ("https://help.example/a#old", "新 x", "https://help.example/a#%E6%96%B0%20x"),
        ("guide/", None, "/guide/"),
        ("javascript:window.pwned=1", "a", None),
        (" JAVA\nSCRIPT:window.pwned=1", None, None),
        ("data:text/html,<script>parent.pwned=1</script>", None, None),
        ("file:///etc/passwd", None, None),
        ("https://", None, None),
        (None, "a", None),
    ],
)
def test_links_lead_to_the_web_and_nowhere_else(
    visit: Visit, site: str, url: str | None, anchor: str | None, leads: str | None
) -> None:
    body = json.loads(reply("x"))
    body["hits"][0]["anchor"], body["hits"][0]["source"]["url"] = anchor, url
    for attributes in ({}, {"follow": ""}):
        box = visit(lang="en", **attributes)
        box.page.route("**/api/search?**", lambda route: route.fulfill(json=body, headers={"Access-Control-Allow-Origin": "*"}))
        box.press("/")
        box.ask("x")
        whole = leads and (site + leads if leads.startswith("/") else leads)
        if whole and attributes:
            box.page.route(whole.split("#")[0], lambda route: route.fulfill(body="there"))
            box.press("Enter")
            box.page.wait_for_url(whole)
            continue
        box.press("Enter")
        expect(box.heading).to_have_text("x")
        assert box.page.evaluate("told.at(-1)[1].url") == whole
        links = box.page.locator("faq-search").get_by_role("link")
        assert [link.get_attribute("href") for link in links.all()] == ([whole] if whole else [])


def test_a_link_into_the_page_that_one_is_on_closes_the_box(visit: Visit) -> None:
    body = json.loads(reply("x"))
    body["hits"][0]["anchor"], body["hits"][0]["source"]["url"] = "there", "/"
    box = visit(lang="en")
    serve(box, "search?**", body)
    box.press("/")
    box.ask("x")
    box.press("Enter")
    box.page.get_by_role("link", name="Open the page").click()
    expect(box.page.get_by_role("dialog")).to_be_hidden()
    assert box.page.evaluate("location.hash") == "#there"


def test_the_page_may_open_an_entry_itself(visit: Visit) -> None:
    box = visit()
    box.press("/")
    box.ask(BUTTON)
    assert box.page.evaluate("[told[0][0], told[0][1].question, told[0][1].answer.hits.length]") == ["wenlu:search", BUTTON, 6]
    box.page.evaluate("window.refuse = true")
    box.options.first.click()
    expect(box.page.get_by_role("dialog")).to_be_hidden()
    assert box.page.evaluate("[told.at(-1)[0], told.at(-1)[1].hit.id]") == ["wenlu:open", "zh/chat-with-support#button-hidden"]


# --- looks --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("colors", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_to_object_to(visit: Visit, axe: str, width: int, colors: str) -> None:
    box = visit(width, colors, lang="en")
    box.page.evaluate(axe)

    def objections() -> list[str]:
        found = box.page.evaluate(
            "axe.run().then(it => [it.passes.length, it.violations.map(v => v.id + ' ' + v.nodes[0].html)])"
        )
        assert found[0] > 10
        return found[1]

    assert objections() == []
    box.press("/")
    assert objections() == []
    box.ask("how do I write a ticket")
    box.press("ArrowDown")
    assert objections() == []
    box.press("Enter")
    assert objections() == []
    box.press("Escape")
    box.ask("customs duty for cats")
    assert objections() == []
    ground = box.page.get_by_role("dialog").evaluate("dialog => getComputedStyle(dialog).backgroundColor")
    assert (sum(int(n) for n in ground[4:-1].split(",")) > 380) is (colors == "light")


SIZES = """() => [...document.querySelector('faq-search').shadowRoot.querySelectorAll('button, input, a:not(.reference), [role=option]')]
    .map(e => e.getBoundingClientRect()).filter(r => r.width).map(r => [Math.min(r.width, r.height), r.left, r.right])"""


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_fingers_hit_everything_and_nothing_runs_over(visit: Visit, width: int) -> None:
    box = visit(width)
    box.press("/")
    box.ask("物流工单模板")
    for _ in range(2):
        places = box.page.evaluate(SIZES)
        assert len(places) > 3 and min(size for size, _, _ in places) >= 44
        assert all(left >= 0 and right <= width for _, left, right in places)
        assert box.page.evaluate("document.documentElement.scrollWidth") <= width
        box.press("Enter")
    assert box.page.evaluate("document.getAnimations().length") == 0  # nothing moves


def test_the_page_styles_what_it_may_and_nothing_else(visit: Visit) -> None:
    box = visit()
    box.page.add_style_tag(
        content="faq-search { --wenlu-background: rgb(1, 2, 3); text-align: end; } faq-search::part(title) { color: rgb(4, 5, 6); }"
    )
    box.press("/")
    box.ask(BUTTON)
    look = "(element, name) => getComputedStyle(element)[name]"
    assert box.page.get_by_role("dialog").evaluate(look, "backgroundColor") == "rgb(1, 2, 3)"
    title = box.options.first.locator(".title")
    assert title.evaluate(look, "color") == "rgb(4, 5, 6)"
    assert [title.evaluate(look, name) for name in ("padding", "textTransform", "textAlign")] == ["0px", "none", "start"]


STYLES = "(elements, name) => elements.map(element => getComputedStyle(element)[name])"


def test_drafts_notes_and_tables_look_different(visit: Visit) -> None:
    body = json.loads(reply("x"))
    [hit] = body["hits"]
    hit["answer"] = "状态 | 含义\nOpen | 待处理"
    texts = {"table": hit["answer"], "draft": "Subject:\n  x", "note": "a note\nof two lines"}
    hit["parts"] = [{"kind": kind, "text": text, "number": 0, "references": []} for kind, text in texts.items()]
    box = visit()
    serve(box, "search?**", body)
    box.press("/")
    box.ask("x")
    expect(box.page.locator("faq-search .lead")).to_have_text("状态 · 含义 Open · 待处理")
    box.press("Enter")

    def look(part: str, name: str) -> list[str]:
        found: list[str] = box.page.locator(f"faq-search .answer {part}").evaluate_all(STYLES, name)
        return found

    assert look("td", "fontWeight") == ["600", "600", "400", "400"]
    assert look("pre", "fontSize") == ["14px"]
    grounds, bars = ([*look(".draft", name), *look("blockquote", name)] for name in ("backgroundColor", "borderLeftWidth"))
    assert grounds[0] != grounds[1] == "rgba(0, 0, 0, 0)" and bars == ["0px", "2px"]
    assert [box.page.locator(f"faq-search {part}").inner_text() for part in ("pre", "blockquote")] == [
        texts["draft"],
        texts["note"],
    ]


@pytest.mark.parametrize("width", [390, 320])
def test_a_date_a_code_and_an_address_stay_in_one_line(visit: Visit, width: int) -> None:
    codes = ["2026-03-05", "T-20240512-12345", "support-seller@ozon.ru"]
    body = json.loads(reply("x"))
    [hit] = body["hits"]
    hit["answer"] = " ".join(f"#{code}，{'字' * n}" for n in range(24) for code in codes)
    hit["parts"] = [{"kind": "text", "text": hit["answer"], "number": 0, "references": []}]
    hit["marks"] = {"answer": [[1, 5]]}
    box = visit(width)
    serve(box, "search?**", body)
    box.press("/")
    box.ask("x")
    box.press("Enter")
    answer = box.page.locator("faq-search .answer")
    assert answer.inner_text() == hit["answer"]
    lines = answer.locator("nobr").evaluate_all("all => all.map(one => [one.textContent, one.getClientRects().length])")
    assert lines[1:] == [[code, 1] for code in codes * 24][1:]


def test_items_are_told_apart_in_one_line(visit: Visit) -> None:
    body = json.loads(reply("x"))
    body["hits"][0] |= {"answer": "Five things:\n- the number\n- the SKU - yours", "marks": {"answer": [[15, 25]]}}
    box = visit()
    serve(box, "search?**", body)
    box.press("/")
    box.ask("x")
    expect(box.page.locator("faq-search .lead")).to_have_text("Five things: · the number · the SKU - yours")
    expect(box.page.locator("faq-search .lead mark")).to_have_text("the number")


@pytest.mark.parametrize(("width", "corner"), [(390, "0px"), (1280, "8px")])
def test_it_fills_a_phone_to_its_corners(visit: Visit, width: int, corner: str) -> None:
    box = visit(width)
    box.press("/")
    assert box.page.locator("faq-search dialog").evaluate_all(STYLES, "borderRadius") == [corner]


@pytest.mark.parametrize(("scheme", "light"), [("normal", True), ("light", True), ("dark", False), ("light dark", False)])
def test_the_box_is_as_light_as_the_page_and_not_as_the_system(visit: Visit, scheme: str, light: bool) -> None:
    box = visit(colors="dark")
    box.page.evaluate("scheme => { document.documentElement.style.colorScheme = scheme }", scheme)
    box.press("/")
    ground = box.page.get_by_role("dialog").evaluate("dialog => getComputedStyle(dialog).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") is light


@pytest.mark.parametrize(("theme", "light"), [("dark", False), ("light", True)])
def test_a_theme_outdoes_the_system(visit: Visit, theme: str, light: bool) -> None:
    box = visit(colors="dark" if light else "light", theme=theme)
    box.press("/")
    ground = box.page.get_by_role("dialog").evaluate("dialog => getComputedStyle(dialog).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") is light


def test_words_follow_the_language_and_can_be_others(visit: Visit) -> None:
    box = visit(lang="zh-Hant", strings={"close": "X", "found": "{} treffer"}, placeholder="$& Frage")
    expect(box.button).to_contain_text("$& Frage")
    box.press("/")
    box.ask(BUTTON)
    expect(box.status).to_have_text("6 treffer")
    expect(box.page.get_by_role("button", name="X", exact=True)).to_be_visible()
    expect(box.options.first).to_contain_text("常见问题 · 中文 · 2026-03-05")
    heights = box.page.locator("faq-search .meta").evaluate_all("all => all.map(one => one.offsetHeight)")
    assert len({*heights}) == 1 and heights[0] < 30  # one line, however long the source's name is
    box.press("Escape")
    box.page.evaluate("box.lang = 'de'; box.removeAttribute('placeholder'); box.strings = {}")
    box.press("/")
    expect(box.input).to_have_attribute("placeholder", "Ask in English or Chinese")


def test_a_strict_content_security_policy_lets_it_be(window: Callable[..., BrowserContext], site: str, index: Index) -> None:
    page = window(1280, "light").new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{site}/strict.html")
    page.get_by_role("button", name="Search").click()
    page.keyboard.type(BUTTON)
    expect(page.get_by_role("option").first.locator(".title")).to_have_text(index.search(BUTTON).hits[0].chunk.title)
    assert page.get_by_role("dialog").evaluate("dialog => getComputedStyle(dialog).display") == "flex"
    page.close()
    assert [text for text in said if "Security" in text or "Trusted" in text] == []


def test_it_stays_small_and_writes_no_html() -> None:
    source = (FOLDER / "faq-search.js").read_bytes()
    assert len(gzip.compress(minified("faq-search.js"), 9)) < 5700
    for word in (b"innerHTML", b"outerHTML", b"insertAdjacent", b"document.write", b"eval(", b"Function(", b"fromHTML"):
        assert word not in source


# --- what is hostile ----------------------------------------------------------------------------------------------------------


def settled(box: Box) -> None:
    """Waits until whatever was planted would have run."""
    box.page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")


def test_hostile_questions_stay_text(visit: Visit, hostile: list[str]) -> None:
    assert len(hostile) == 30
    box = visit()
    box.press("/")
    for text in hostile:
        with box.page.expect_response("**/api/search?**"):
            box.input.fill(text)
        expect(box.status).not_to_have_text("正在搜索……")
    settled(box)
    assert box.asked == hostile


@pytest.fixture(scope="module", params=["service", "static"])
def hostile_source(
    request: pytest.FixtureRequest, hostile_corpus: Path, site: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Where a box finds the hostile documents, as its attributes."""
    index = Index.build(read_documents([hostile_corpus]))
    assert to_json(index.search("returns nr1"))["hits"]
    if request.param == "static":
        with plain_files(index, tmp_path_factory.mktemp("hostile"), site) as address:
            yield {"index": address}
        return
    with serving(create_app(index, Settings(origins=(site,), rate=0))) as address:
        yield {"endpoint": address.replace("127.0.0.1", "localhost")}


def test_hostile_documents_stay_text(visit: Visit, hostile: list[str], hostile_source: dict[str, str]) -> None:
    box = visit(lang="en", **hostile_source)
    box.press("/")
    shown = 0
    for number, text in enumerate(hostile):
        box.ask(f"Returns nr{number}")
        box.press("Enter")
        shown += text in box.page.locator("faq-search .answer").inner_text()
        links = box.page.locator("faq-search").get_by_role("link")
        assert all((link.get_attribute("href") or "").startswith("http") for link in links.all())
        box.press("Escape")
    settled(box)
    assert shown == len(hostile)
