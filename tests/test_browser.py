"""The page in a real browser, which may talk to nobody but the page's own server."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path
from socket import socket
from time import monotonic, sleep
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, Request, expect, sync_playwright

from search import Index

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parent.parent
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
]
QUESTION = "看不到聊天按钮"
DRAFT = "zh/submit-a-request#draft-payment"
PATIENCE = 120_000  # milliseconds, for a slow machine, where the first visit builds the index
Visit = Callable[..., Page]

expect.set_options(timeout=PATIENCE)


@contextmanager
def served(folder: Path, port: int | None = None, **environment: str) -> Iterator[str]:
    """The address of the page as `wenlu page` serves it from an unrelated folder."""
    with closing(socket()) as free:
        free.bind(("localhost", 0))
        port = port or free.getsockname()[1]
    command = [sys.executable, "-m", "search.cli", "page", "--port", str(port)]
    surroundings = os.environ | {"PYTHONPATH": str(ROOT), "STREAMLIT_SERVER_HEADLESS": "true"} | environment
    log = folder / f"{port}.log"
    with log.open("wb") as output:
        child = subprocess.Popen(command, cwd=folder, env=surroundings, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        deadline = monotonic() + 60
        while True:
            try:
                urlopen(f"http://localhost:{port}/_stcore/health", timeout=5).close()
                break
            except (URLError, ConnectionError, TimeoutError):
                assert child.poll() is None and monotonic() < deadline, log.read_text("utf-8", "replace")
                sleep(0.1)
        yield f"http://localhost:{port}/"
    finally:
        said = log.read_text(
            "utf-8", "replace"
        )  # before it stops, which the server may do in the middle of a browser's connection
        child.terminate()
        child.wait(timeout=20)
    assert "Traceback" not in said


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("page")) as address:
        yield address


@pytest.fixture(scope="module")
def window(chromium: str) -> Iterator[Callable[..., BrowserContext]]:
    """A browser window for a width, a locale and a colour scheme, kept for the module, for Streamlit's files are large."""
    windows: dict[tuple[int, str, Any], BrowserContext] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)

        def window(width: int, locale: str, colors: Any) -> BrowserContext:
            if (width, locale, colors) not in windows:
                context = browser.new_context(viewport={"width": width, "height": 860}, locale=locale, color_scheme=colors)
                context.grant_permissions(["clipboard-read", "clipboard-write"])
                context.set_default_timeout(PATIENCE)
                windows[width, locale, colors] = context
            return windows[width, locale, colors]

        yield window
        browser.close()


@pytest.fixture
def visit(window: Callable[..., BrowserContext], server: str) -> Iterator[Visit]:
    """Opens an address of the page; afterwards no dialog, no script error and no request to anyone else may have been."""
    opened: list[Page] = []
    trouble: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        trouble.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def check(request: Request) -> None:
        place = urlsplit(request.url)
        if place.hostname != "localhost" and place.scheme not in ("data", "blob"):
            trouble.append(f"request: {request.url}")

    def visit(width: int = 1280, locale: str = "zh-CN", colors: str = "light", at: str = server, **address: str) -> Page:
        page = window(width, locale, colors).new_page()
        opened.append(page)
        page.on("dialog", dismiss)
        page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
        page.on("request", check)
        page.goto(f"{at}?{urlencode(address)}")
        settled(page)
        return page

    yield visit
    for page in opened:
        page.close()
    assert trouble == []


def settled(page: Page) -> None:
    """Waits until the page is drawn."""
    expect(page.locator("html.shown h1")).to_have_count(1)
    expect(page.locator(".stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    page.wait_for_function("document.fonts.status === 'loaded'")


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details:not([open]) > summary').forEach(summary => summary.click())")
    expect(page.locator("details:not([open])")).to_have_count(0)
    page.wait_for_function("document.getAnimations().length === 0")


def shows(page: Page, heading: str) -> None:
    expect(page.locator("h1")).to_have_text([heading])


def title(page: Page) -> str:
    return page.locator("h1").inner_text()


def query(**address: str) -> re.Pattern[str]:
    """An address that ends in this query."""
    return re.compile(re.escape("?" + urlencode(address)) + "$")


def test_a_question_typed_is_answered(visit: Visit, index: Index) -> None:
    page = visit()
    expect(page.get_by_role("textbox", name="你的问题")).to_be_visible()
    page.get_by_role("textbox").fill(QUESTION)
    page.get_by_role("textbox").press("Enter")
    answer = index.search(QUESTION, 6)
    shows(page, answer.hits[0].chunk.title)
    card = page.locator(".st-key-answer")
    for step in answer.hits[0].chunk.steps:
        expect(card.get_by_role("listitem").filter(has_text=step)).to_have_count(1)
    assert "按钮" in card.locator("mark").all_inner_texts()
    assert answer.procedure
    expect(page.get_by_role("heading", name=answer.procedure.title)).to_be_visible()
    expect(page).to_have_title(f"{QUESTION} · 问路 Wenlu")
    expect(page).to_have_url(query(q=QUESTION))


def test_enter_that_chooses_a_candidate_does_not_ask(visit: Visit) -> None:
    page = visit(locale="en-US")
    home, field = page.url, page.get_by_role("textbox", name="Your question")
    field.fill("no reply")
    enter = "{key: 'Enter', keyCode: 229, isComposing: true, bubbles: true}"
    field.evaluate(f"field => field.dispatchEvent(new KeyboardEvent('keydown', {enter}))")
    field.fill("no reply to my ticket")
    page.get_by_role("button", name="Search").click()
    expect(page).to_have_url(query(q="no reply to my ticket"))
    page.go_back()
    expect(page).to_have_url(re.compile(re.escape(home.rstrip("?")) + r"\??"))


SAID = """button => {
    window.said = []
    const say = () => said.push(getComputedStyle(button, '::after').content)
    new MutationObserver(say).observe(button, { attributeFilter: ['aria-label'] })
}"""


def copy(page: Page, name: str, done: str) -> None:
    """Presses the button beside a draft, which says for two seconds that it is done."""
    button = page.locator(".stCode").get_by_role("button")
    expect(button).to_have_attribute("aria-label", name)
    assert button.evaluate("button => getComputedStyle(button, '::after').content") == f'"{name}"'
    button.evaluate(SAID)
    button.click()
    page.wait_for_function('([name, done]) => said.includes(`"${done}"`) && said.at(-1) === `"${name}"`', arg=[name, done])
    expect(button).to_have_attribute("aria-label", name)


def test_a_draft_is_copied(visit: Visit, index: Index) -> None:
    page = visit(id=DRAFT)
    copy(page, "复制", "已复制")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == index.chunk(DRAFT).drafts[0]  # type: ignore[union-attr]


def test_the_button_beside_a_draft_speaks_the_language_of_the_page(visit: Visit) -> None:
    page = visit(id=DRAFT.replace("zh/", "en/"), lang="en")
    copy(page, "Copy", "Copied")
    page.get_by_role("radio", name="中文").click()
    expect(page.locator(".stCode").get_by_role("button")).to_have_attribute("aria-label", "复制")


def test_the_language_is_switched(visit: Visit) -> None:
    page = visit(q=QUESTION)
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.get_by_role("link", name="跳到正文")).to_have_count(1)
    page.get_by_role("radio", name="English").click()
    expect(page.get_by_role("textbox", name="Your question")).to_have_value(QUESTION)
    expect(page.get_by_text("Why this answer")).to_be_visible()
    expect(page).to_have_url(query(q=QUESTION, lang="en"))
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("radio", name="English")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_have_count(1)
    shows(page, "Why can't I see the Chat with support button?")
    page.locator(".st-key-answer").get_by_role("link", name="中文版").click()
    expect(page.locator("h1")).to_contain_text(["为什么看不到"])


def test_the_locale_decides_before_a_question_does(visit: Visit) -> None:
    assert title(visit(locale="en-GB")) == "What do you need help with?"
    assert title(visit(locale="zh-TW")) == "遇到什么问题？"
    expect(visit(locale="en-GB", q=QUESTION).get_by_role("button", name="搜索")).to_be_visible()


def test_a_shared_address_shows_the_same_after_a_reload(visit: Visit) -> None:
    page = visit(q=QUESTION, kind="procedure")
    shown = title(page)
    page.reload()
    settled(page)
    shows(page, shown)
    expect(page.get_by_role("textbox")).to_have_value(QUESTION)
    expect(page.get_by_role("radio", name="操作步骤")).to_be_checked()
    assert title(visit(q=QUESTION, kind="procedure", locale="en-US")) == shown


def test_back_and_forward_go_through_what_was_seen(visit: Visit) -> None:
    page = visit()
    home = title(page)
    page.get_by_role("textbox").fill(QUESTION)
    page.get_by_role("textbox").press("Enter")
    expect(page.locator(".st-key-answer h1")).to_be_focused()
    answer = title(page)
    page.locator(".st-key-aside").get_by_role("link", name="提交工单的步骤").click()
    expect(page.get_by_role("link", name="返回搜索结果")).to_be_visible()
    expect(page.locator("h1")).not_to_have_text([answer])
    entry = title(page)
    assert len({home, answer, entry}) == 3 and "id=" in page.url and "q=" in page.url
    for step, expected in ((page.go_back, answer), (page.go_back, home), (page.go_forward, answer), (page.go_forward, entry)):
        step()
        shows(page, expected)
    page.get_by_role("link", name="返回搜索结果").click()
    shows(page, answer)


def test_a_link_in_an_answer_leads_on_in_the_same_page(visit: Visit, index: Index) -> None:
    entry, target = next(
        (chunk, part.references[0][2])
        for chunk in index.chunks
        for part in chunk.parts
        if part.references and chunk.kind == "faq" and chunk.language == "zh"
    )
    page = visit(id=entry.id)
    shows(page, entry.title)
    page.evaluate("window.same = true")
    page.locator(".st-key-answer .wl a[href^='?']").first.click()
    shows(page, index.chunk(target).title)  # type: ignore[union-attr]
    expect(page.locator("h1")).to_be_focused()
    page.go_back()
    shows(page, entry.title)
    assert page.evaluate("window.same") is True


def test_a_topic_leads_to_its_entries_at_their_top(visit: Visit) -> None:
    page = visit()
    link = page.locator(".st-key-topics").get_by_role("link", name="提现为什么受限？")
    link.click()
    shows(page, "提现为什么受限？")
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop === 0")
    page.get_by_role("link", name="提现受限").first.click()
    expect(page.locator(".st-key-topic").get_by_role("link").first).to_be_visible()
    page.get_by_role("link", name="问路 Wenlu").click()
    expect(page.locator(".st-key-hero")).to_be_visible()


def test_the_title_of_a_new_place_has_the_focus_and_at_home_the_box(visit: Visit) -> None:
    page = visit()
    box = page.get_by_role("textbox")
    expect(box).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-answer h1")).to_be_focused()
    page.locator(".st-key-answer").get_by_role("link", name="打开这一条").press("Enter")
    expect(page.get_by_role("link", name="返回搜索结果")).to_be_visible()
    expect(page.locator("h1")).to_be_focused()
    page.get_by_role("link", name="问路 Wenlu").click()
    expect(box).to_be_focused()


def test_a_slash_leads_to_the_box(visit: Visit) -> None:
    page = visit(q=QUESTION)
    box = page.get_by_role("textbox")
    expect(box).not_to_be_focused()
    page.keyboard.press("/")
    expect(box).to_be_focused()
    expect(box).to_have_value(QUESTION)
    page.keyboard.press("ArrowRight")
    page.keyboard.type("/x")
    expect(box).to_have_value(f"{QUESTION}/x")


def test_going_back_leads_to_where_one_was(visit: Visit) -> None:
    page = visit(topic="en/glossary.md")
    place = "document.querySelector('[data-testid=stMain]').scrollTop"
    page.get_by_role("link", name="Company seal").scroll_into_view_if_needed()
    left = page.evaluate(place)
    assert left > 500
    page.get_by_role("link", name="Company seal").click()
    shows(page, "Company seal")
    page.wait_for_function(f"{place} === 0")
    page.go_back()
    shows(page, "Glossary")
    page.wait_for_function(f"Math.abs({place} - {left}) < 2")
    page.go_forward()
    shows(page, "Company seal")
    page.wait_for_function(f"{place} === 0")


PLACE = "document.querySelector('[data-testid=stMain]').scrollTop"


def followed_low(page: Page, name: str) -> float:
    """Follows a match that is opened far down, and says where that was."""
    page.locator(".st-key-under summary").filter(has_text=name).click()
    link = page.locator(".st-key-under details[open]").get_by_role("link", name="打开这一条")
    page.wait_for_function("document.getAnimations().length === 0")
    link.scroll_into_view_if_needed()
    left = float(page.evaluate(PLACE))
    assert left > 300
    link.evaluate("link => link.click()")  # which scrolls no further
    return left


def left_low(page: Page, name: str) -> float:
    """Follows a match that is opened far down, comes back once it is there, and says where that was."""
    left = followed_low(page, name)
    shows(page, name)
    expect(page.locator("h1")).to_be_focused()
    page.go_back()
    expect(page.locator("h1")).not_to_have_text([name])
    return left


def test_going_back_leads_to_the_match_that_was_open(visit: Visit) -> None:
    page = visit(width=390, q=QUESTION)
    left = left_low(page, "打开在线聊天的步骤")
    expect(page.locator(".st-key-under details[open]")).to_have_count(1)
    page.wait_for_function(f"Math.abs({PLACE} - {left}) < 2")


@pytest.mark.parametrize("drawn", ["late", "never"])
def test_going_back_from_what_is_not_drawn_yet_leads_to_the_match_that_was_open(visit: Visit, drawn: str) -> None:
    page = visit(width=390, q=QUESTION)
    answer = title(page)
    page.evaluate(
        """late => {
            const arrive = wenlu
            window.wenlu = (...call) => { // the last of its drawing
                window.wenlu = arrive
                addEventListener('popstate', () => { window.left = true; if (late) arrive(...call) }, { once: true })
                history.back()
            }
        }""",
        drawn == "late",
    )
    left = followed_low(page, "打开在线聊天的步骤")
    page.wait_for_function("window.left")
    shows(page, answer)
    expect(page.locator("h1")).to_be_focused()
    expect(page.locator(".st-key-under details[open]")).to_have_count(1)
    page.wait_for_function(f"Math.abs({PLACE} - {left}) < 2")


@pytest.mark.parametrize("how", ["wheel", "key"])
def test_whoever_scrolls_is_not_scrolled(visit: Visit, how: str) -> None:
    page = visit(width=390, q=QUESTION)
    # what was open stays shut, so that the page never reaches down to where it was left
    page.evaluate(
        "addEventListener('popstate', () => { for (const key in sessionStorage) sessionStorage[key] = key.endsWith('+') ? '[]' : 99999 }, true)"
    )
    left_low(page, "打开在线聊天的步骤")
    expect(page.locator(".st-key-under summary").first).to_be_attached()
    page.wait_for_function(f"{PLACE} > 300")
    if how == "wheel":
        page.mouse.move(200, 400)
        page.mouse.wheel(0, -250)
    else:
        page.keyboard.press("Escape")
        page.evaluate("document.querySelector('[data-testid=stMain]').scrollBy(0, -250)")
    page.wait_for_function("new Promise(done => setTimeout(() => done(true), 150))")
    end = page.evaluate("(main => main.scrollHeight - main.clientHeight)(document.querySelector('[data-testid=stMain]'))")
    assert page.evaluate(PLACE) <= end - 200


def test_an_entry_opened_right_after_going_back_shows_its_top(visit: Visit) -> None:
    page = visit(width=390, q=QUESTION)
    page.evaluate(
        "addEventListener('popstate', () => { for (const key in sessionStorage) sessionStorage[key] = key.endsWith('+') ? '[]' : 99999 }, true)"
    )
    left_low(page, "打开在线聊天的步骤")
    page.wait_for_function(f"{PLACE} > 300")
    page.evaluate("document.querySelector('.st-key-answer .stPageLink a').click()")  # the English version
    shows(page, "Why can't I see the Chat with support button?")
    expect(page.locator("h1")).to_be_focused()
    page.wait_for_function("new Promise(done => setTimeout(() => done(true), 300))")
    assert page.evaluate(PLACE) == 0


def test_nothing_moves_when_the_page_opens(window: Callable[..., BrowserContext], visit: Visit, server: str) -> None:
    watch = """window.moved = 0; new PerformanceObserver(list => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) moved += entry.value
    }).observe({type: 'layout-shift', buffered: true})"""
    for width in (1280, 390):
        for address in ("", f"?{urlencode({'q': QUESTION})}"):
            page = window(width, "zh-CN", "light").new_page()
            page.add_init_script(watch)
            page.goto(server + address)
            settled(page)
            assert page.evaluate("new Promise(done => setTimeout(() => done(moved), 300))") < 0.1
            page.close()


@pytest.mark.parametrize(
    ("locale", "said", "button"),
    [("zh-CN", "连接断了，正在重连……", "刷新页面"), ("en-US", "Connection lost, reconnecting…", "Reload the page")],
)
def test_a_server_that_is_gone_is_spoken_of_in_the_language_of_the_page(
    window: Callable[..., BrowserContext], tmp_path: Path, locale: str, said: str, button: str
) -> None:
    page = window(1280, locale, "light").new_page()
    with served(tmp_path) as address:
        page.goto(address)
        settled(page)
    lost = page.locator(".lost")
    expect(lost).to_contain_text(said)
    expect(lost.get_by_role("button", name=button)).to_be_visible()
    page.wait_for_timeout(6000)  # by when Streamlit has spoken
    assert "streamlit" not in page.locator("body").inner_text().lower()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#root[inert]")).to_have_count(0)  # what is there can be read on
    with served(tmp_path, port=urlsplit(address).port):
        expect(lost).to_have_count(0)
    page.close()


def test_search_without_a_question_leads_to_the_box(visit: Visit) -> None:
    for view in ({}, {"q": QUESTION}):
        page = visit(**view)
        shown, url = title(page), page.url
        page.get_by_role("textbox").fill("")
        page.get_by_role("button", name="搜索").click()
        expect(page.get_by_role("textbox")).to_be_focused()
        page.keyboard.press("Enter")
        settled(page)
        page.wait_for_function("new Promise(done => setTimeout(() => done(true), 500))")
        assert title(page) == shown and page.url.rstrip("?") == url.rstrip("?")


def test_links_can_be_opened_in_another_window(visit: Visit) -> None:
    page = visit()
    link = page.locator(".st-key-topics .stPageLink a").first
    name, address = link.inner_text(), link.get_attribute("href")
    assert address and address.startswith("?id=")
    page.goto(page.url.split("?")[0] + address)
    shows(page, name)


def test_an_answer_leads_to_the_entries_that_it_speaks_of(visit: Visit) -> None:
    page = visit(q="why is my withdrawal blocked", lang="en")
    answer = title(page)
    page.locator(".st-key-answer .wl").get_by_role("link", name="Appeal").click()
    shows(page, "Appeal against a blocked withdrawal")
    assert "lang=en" in page.url and "q=why" in page.url
    page.go_back()
    shows(page, answer)


def test_declining_says_so_and_leads_to_support(visit: Visit) -> None:
    page = visit(q="关税怎么算")
    assert title(page) == "这里还没有写：关税、增值税和出口退税"
    expect(page.locator(".st-key-procedure")).to_contain_text("打开 Help Center")
    assert page.locator(".st-key-under details").count() == 0
    page = visit(q="how do I connect an EDO operator")
    nearest = page.locator(".st-key-under details")
    expect(nearest.first.locator(".wl").first).to_be_hidden()
    nearest.first.locator("summary").click()
    expect(nearest.first.locator(".wl").first).to_be_visible()


PROBE = '"><img src=x onerror=window.pwned=1><script>window.pwned=1</script>$x$ :red[x] [a](javascript:window.pwned=1)'


def test_a_question_does_not_become_markup(visit: Visit) -> None:
    page = visit(q=PROBE)
    expect(page.get_by_role("textbox")).to_have_value(PROBE)
    page.get_by_role("textbox").fill(PROBE + " 按钮")
    page.get_by_role("textbox").press("Enter")
    expect(page).to_have_url(query(q=PROBE + " 按钮"))
    expect(page.locator("h1")).to_be_focused()
    assert page.evaluate("window.pwned") is None
    assert page.locator(".wl img, .wl script, .wl a[href^=javascript]").count() == 0


def test_documents_do_not_become_markup(visit: Visit, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "bad.md").write_text(
        f"---\ntitle: {PROBE!r}\nsource: {PROBE!r}\n---\n\n## {PROBE} returns {{#a}}\n\nAlso asked:\n\n- {PROBE} returns\n\n"
        f"Returns `{PROBE}` returns.\n\n1. `{PROBE}`\n\n```text\n{PROBE}\n```\n\n> `{PROBE}`\n\n"
        f"| a | b |\n|---|---|\n| `{PROBE}` | c |\n",
        "utf-8",
    )
    with served(tmp_path, WENLU_CORPUS=str(tmp_path / "docs")) as address:
        for view in ({}, {"q": "returns"}, {"id": "bad#a"}, {"topic": "bad.md"}):
            page = visit(at=address, locale="en-US", **view)
            assert PROBE[:30] in page.locator(".stApp").inner_text()
            assert page.evaluate("window.pwned") is None
            assert page.locator(".wl img, .wl script, .stApp a[href^=javascript], .katex").count() == 0


def test_hostile_texts_in_the_address_stay_text(visit: Visit, hostile: list[str]) -> None:
    page = visit()
    home = page.url
    for text in hostile:
        page.goto(f"{home}?{urlencode({'q': text})}")
        expect(page.get_by_role("textbox")).to_have_value(text)
        settled(page)
        assert page.evaluate("window.pwned") is None


def test_hostile_documents_stay_text(visit: Visit, hostile: list[str], hostile_corpus: Path, tmp_path: Path) -> None:
    with served(tmp_path, WENLU_CORPUS=str(hostile_corpus)) as address:
        for view in ({}, {"q": "returns parcel"}, *({"id": f"{number}#a{number}"} for number in range(0, len(hostile), 6))):
            page = visit(at=address, locale="en-US", **view)
            unfold(page)
            assert page.evaluate("window.pwned") is None
            assert page.locator(".wl img, .wl script, .wl svg, .stApp iframe, .stApp a[href^=javascript]").count() == 0


# --- looks ----------------------------------------------------------------------------------------------------------------------

VIEWS: dict[str, dict[str, str]] = {
    "home": {},
    "answer": {"q": QUESTION},
    "answer in English": {"q": "what do the ticket statuses mean"},
    "declined": {"q": "关税怎么算"},
    "entry with a draft": {"id": DRAFT},
    "topic": {"topic": "zh/glossary.md"},
    "long": {"q": "w" * 1500},
}


@pytest.mark.parametrize("view", VIEWS)
def test_a_phone_shows_everything_without_scrolling_sideways(visit: Visit, view: str) -> None:
    page = visit(width=390, **VIEWS[view])
    unfold(page)
    wide = page.evaluate(
        """() => [document.documentElement, document.querySelector('[data-testid=stMain]')].map(e => e.scrollWidth)
            .concat([...document.querySelectorAll('.stPageLink a, .wl, .stCode, input, button')]
                .filter(e => e.offsetParent && !e.closest('.scroll')).map(e => Math.ceil(e.getBoundingClientRect().right)))"""
    )
    assert max(wide) <= 390
    small = "e => parseFloat(getComputedStyle(e).fontSize)"
    sizes = page.evaluate(f"[...document.querySelectorAll('.wl p, .wl li, .wl td, .wl h1, .stPageLink p')].map({small})")
    assert min(sizes) >= 13
    assert page.locator("input[type=text]").evaluate(small) >= 16  # or iOS zooms in


@pytest.mark.parametrize("view", ["home", "answer", "entry with a draft", "topic"])
def test_a_phone_has_room_for_fingers(visit: Visit, view: str) -> None:
    page = visit(width=390, **VIEWS[view])
    found = page.locator(".stPageLink a, .wl h3 a, summary, button, [data-testid=stTextInputRootElement]").all()
    heights = [(box["height"], one.inner_text()) for one in found if one.is_visible() and (box := one.bounding_box())]
    assert len(heights) > 10 and [name for height, name in heights if height < 44] == []


def test_a_phone_breaks_no_date_code_or_address(visit: Visit) -> None:
    for width in (320, 390):
        page = visit(width=width, q="工单没回复")
        unfold(page)
        lines = page.evaluate(
            "[...document.querySelectorAll('.wl :is(p, li) > :is(.code, .mail)')].map(e => e.getClientRects().length)"
        )
        assert len(lines) > 5 and {*lines} == {1}
        wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert wide <= width


def test_all_of_a_card_leads_to_its_entry(visit: Visit) -> None:
    page = visit(topic="zh/submit-a-request.md")
    page.locator(".st-key-topic .lead").first.click(force=True)  # the link lies over it
    shows(page, "提交工单的步骤")


def test_the_procedure_stands_beside_the_answer_or_on_a_phone_below_it(visit: Visit) -> None:
    for width, beside in ((1280, True), (390, False)):
        page = visit(width=width, q=QUESTION)
        places = [page.locator(key).bounding_box() for key in (".st-key-answer", ".st-key-procedure", ".st-key-under")]
        answer, procedure, others = ((place["x"], place["y"], place["height"]) for place in places if place)
        assert (procedure[0] > answer[0]) is beside
        assert (procedure[1] == pytest.approx(answer[1], abs=2)) if beside else answer[1] + answer[2] <= procedure[1] < others[1]


CONTRAST = """() => {
    const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const over = (colors) => {
        canvas.clearRect(0, 0, 1, 1);
        for (const color of colors) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); }
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const light = rgb => {
        const [r, g, b] = rgb.map(c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const found = [];
    const walker = document.createTreeWalker(document.querySelector('.stApp'), NodeFilter.SHOW_TEXT);
    for (let node; node = walker.nextNode();) {
        const element = node.parentElement;
        if (!node.data.trim() || !element.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
        if (element.closest('style, script, [data-testid=stIconMaterial]')) continue;
        const under = [];
        for (let e = element; e; e = e.parentElement) under.unshift(getComputedStyle(e).backgroundColor);
        const back = over(under), front = over([...under, getComputedStyle(element).color]);
        const [a, b] = [light(back), light(front)].sort((a, b) => b - a);
        found.push([(a + 0.05) / (b + 0.05), node.data.trim().slice(0, 40)]);
    }
    return found;
}"""


@pytest.mark.parametrize("colors", ["light", "dark"])
@pytest.mark.parametrize("view", ["home", "answer", "declined", "entry with a draft"])
def test_all_text_stands_out_from_its_ground(visit: Visit, view: str, colors: str) -> None:
    page = visit(colors=colors, **VIEWS[view])
    unfold(page)
    found = page.evaluate(CONTRAST)
    assert len(found) > 15
    assert [text for ratio, text in found if ratio < 4.5] == []
    ground = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert ground == {"light": "rgb(245, 247, 246)", "dark": "rgb(17, 23, 24)"}[colors]


@pytest.mark.parametrize("view", VIEWS)
def test_headings_are_in_order(visit: Visit, view: str) -> None:
    levels = visit(**VIEWS[view]).evaluate("[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(h => +h.tagName[1])")
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_nothing_of_the_workshop_shows(visit: Visit) -> None:
    page = visit(q=QUESTION)
    for part in ("stHeader", "stToolbar", "stMainMenu", "stAppDeployButton", "stDecoration", "stSidebar"):
        expect(page.get_by_test_id(part)).to_be_hidden()
    assert "Streamlit" not in page.locator(".stApp").inner_text()


def test_the_keyboard_reaches_all_and_shows_where_it_is(visit: Visit) -> None:
    page = visit(q=QUESTION)
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate("(document.activeElement.innerText || document.activeElement.value || '').trim().split('\\n').pop()")
        )
        if seen[-1] == "搜索":
            shadow, style = page.evaluate(
                "[getComputedStyle(document.activeElement).outlineWidth, getComputedStyle(document.activeElement).outlineStyle]"
            )
            assert (shadow, style) != ("0px", "none")
    assert {"问路 Wenlu", QUESTION, "搜索", "English version", "为什么是这个答案"} <= set(seen)
