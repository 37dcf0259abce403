"""The MkDocs plugin: what it makes of a site's pages, and the built sites in a real browser, from a plain file server."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import entry_points
from pathlib import Path
from shutil import copytree
from threading import Thread
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest
import yaml
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort, PluginError
from playwright.sync_api import Browser, Page, expect, sync_playwright

from search import Chunk, Document, DocumentError, chunk_documents
from search.mkdocs import MARKER, Plugin

os.environ["NO_MKDOCS_2_WARNING"] = "1"  # Material prints an announcement

PATIENCE = 60_000  # milliseconds, for a slow machine
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
PAGES = {
    "index.md": "# Home\n\nWelcome to the help of the shop.\n",
    "zh/returns.md": "---\nlanguage: zh\npublished: 2026-05-01\nsource: 店铺手册\n---\n\n# 退货\n\n## 退货寄到哪里？ {#address}\n\n"
    "也会这样问：\n\n- 退货地址\n\n寄到莫斯科仓，按[步骤](steps.md#how)操作。\n",
    "zh/steps.md": "# 步骤\n\n## 退货步骤 {#how}\n\n1. 申请退货。\n2. 发面单：\n\n        Please attach the label.\n",
    "en/returns.md": "# Returns\n\n## Where do returns go? {#address}\n\nTo the Moscow warehouse.\n",
}

Build = Callable[..., dict[str, Chunk]]


class Entries(list[Chunk]):
    """Stands for an index: the chunks that it would be made of."""

    @classmethod
    def build(cls, documents: list[Document]) -> Entries:
        if not documents:
            raise DocumentError("nothing")
        return cls(chunk_documents(documents))

    def export(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "wenlu-index.json").touch()


def ids(file: Path) -> set[str]:
    found: set[str] = set()

    class Ids(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            found.update(value or "" for name, value in attributes if name == "id")

    Ids().feed(file.read_text("utf-8"))
    return found


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


@pytest.fixture
def make(tmp_path: Path, site: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """Builds a site of some pages by a mkdocs.yml with some changes; what it exports, by id."""
    monkeypatch.setattr("search.mkdocs.Index", Entries)
    monkeypatch.setattr("search.mkdocs.export", Entries.export)

    def make(pages: dict[str, str] = PAGES, *, wenlu: dict[str, Any] | None = None, **changes: Any) -> dict[str, Chunk]:
        for name, text in pages.items():
            (tmp_path / "docs" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "docs" / name).write_text(text, "utf-8")
        settings = {
            "site_name": "Help",
            "markdown_extensions": ["attr_list"],
            "theme": {"name": "mkdocs", "highlightjs": False},
            "plugins": [{"wenlu": wenlu or {}}],
        }
        (tmp_path / "mkdocs.yml").write_text(yaml.safe_dump(settings | changes), "utf-8")
        config = load_config(str(tmp_path / "mkdocs.yml"), site_dir=str(site))
        build(config)
        plugin = config.plugins["wenlu"]
        assert isinstance(plugin, Plugin)
        return {chunk.id: chunk for chunk in plugin.index or ()}  # type: ignore[attr-defined]

    return make


def test_what_goes_wrong_is_said_without_options_that_mkdocs_has_not(tmp_path: Path) -> None:
    plugin = Plugin()
    plugin.load_config({})
    (tmp_path / "wenlu").write_text("a file where the folder should be")
    config: Any = SimpleNamespace(site_dir=str(tmp_path))
    for text in ("<h2>。</h2>", "<h2>Returns</h2><p>Send it back.</p>"):
        plugin._documents = {"a.md": Document("a.md", "html", text, "", "en")}
        with pytest.raises(PluginError, match=r"give documents with text|write some into them|choose another folder") as caught:
            plugin.on_post_build(config=config)
        assert "--" not in str(caught.value)


def test_mkdocs_finds_the_plugin() -> None:
    assert [entry.load() for entry in entry_points(group="mkdocs.plugins", name="wenlu")] == [Plugin]


def test_pages_become_entries_with_what_their_markdown_says(make: Build) -> None:
    chunks = make()
    entry = chunks["zh/returns#address"]
    assert (entry.kind, entry.title, entry.language, entry.aliases) == ("faq", "退货寄到哪里？", "zh", ("退货地址",))
    assert (entry.source.title, entry.source.name, entry.source.published) == ("退货", "店铺手册", "2026-05-01")
    assert entry.links == ("zh/steps#how",) and entry.path == ("退货",)
    assert chunks["zh/steps#how"].steps == ("申请退货。", "发面单：")
    assert chunks["zh/steps#how"].drafts == ("Please attach the label.",)
    assert list(chunks) == ["en/returns#address", "index", "zh/returns#address", "zh/steps#how"]


@pytest.mark.parametrize("directories", [True, False])
def test_every_entry_leads_to_an_anchor_of_a_built_page(make: Build, site: Path, directories: bool) -> None:
    pages = PAGES | {"zh/第 一 章.md": "# 第 一 章\n\n## 为什么？\n\n因为。\n\n## 为什么？\n\n所以。\n"}
    folder = "assets/search"
    chunks = make(pages, use_directory_urls=directories, wenlu={"folder": folder}, theme={"name": "readthedocs"})
    assert (site / folder / "wenlu-index.json").is_file() and len(chunks) == 6
    for chunk in chunks.values():
        place = urlsplit(urljoin(f"https://example.org/kb/{folder}/wenlu-index.json", chunk.source.url))
        name = unquote(place.path).removeprefix("/kb/")
        page = site / (name if name.endswith(".html") else f"{name}index.html")
        assert not chunk.anchor or chunk.anchor in ids(page), chunk
    assert chunks["zh/returns#address"].links == ("zh/steps#how",)


def test_the_language_is_what_is_said_then_the_folder_then_the_text(make: Build) -> None:
    pages = {
        "said.md": "---\nlang: zh-CN\n---\n\n# Said\n\nEnglish words.\n",
        "en/folder.md": "# 文件夹\n\n全是中文。\n",
        "guide.zh.md": "# Guide\n\nEnglish words.\n",
        "han.md": "# 中文\n\n全是中文。\n",
        "latin.md": "# Latin\n\nEnglish words.\n",
        "code.md": "# Code\n\n看 `one two three four five six seven eight`。\n",
    }
    expected = {"said": "zh", "en/folder": "en", "guide.zh": "zh", "han": "zh", "latin": "en"}
    assert {chunk.id: chunk.language for chunk in make(pages).values()} == expected | {"code": "en"}
    in_chinese = make(pages, theme={"name": "material", "language": "zh", "font": False})
    assert {chunk.id: chunk.language for chunk in in_chinese.values()} == expected | {"code": "zh"}


def test_a_page_kept_out_of_the_search_is_not_found(make: Build, caplog: pytest.LogCaptureFixture) -> None:
    out = {"zh/steps.md": "---\nsearch:\n  exclude: true\n---\n\n" + PAGES["zh/steps.md"]}
    chunks = make(PAGES | out)
    assert "zh/steps#how" not in chunks and chunks["zh/returns#address"].links == ()
    assert caplog.text == ""


def test_a_section_kept_out_is_so_beside_the_search_of_material_too(make: Build) -> None:
    pages = {"a.md": "# A\n\n## One\n\nFirst.\n\n## Two { data-search-exclude }\n\nSecond.\n"}
    assert list(make(pages, theme={"name": "material"}, plugins=["search", "wenlu"])) == ["a#one"]


def test_what_a_page_says_wrongly_is_told_with_its_name(make: Build, caplog: pytest.LogCaptureFixture) -> None:
    out = "---\nsearch: {exclude: true}\nlanguage: fr\n---\n\n# B\n\nText.\n"
    make(PAGES | {"a.md": "---\nsearch: off\nlanguage: klingon\n---\n\n# A\n\nText.\n", "b.md": out})
    for said in ("a.md: 'search'", "a.md: the language 'klingon'", "b.md: the language 'fr'"):
        assert caplog.text.count(said) == 1


def test_a_site_without_a_page_to_search_is_told_so(make: Build, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Abort):
        make({"index.md": "---\nsearch: {exclude: true}\n---\n\n# Home\n\nText.\n"})
    assert "wenlu: no page to search" in caplog.text


@pytest.mark.parametrize("option", [{"folder": "../up"}, {"folder": ""}, {"folder": 1}, {"follow": "yes"}])
def test_wrong_options_are_refused(make: Build, option: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Abort):
        make(wenlu=option)
    assert next(iter(option)) in caplog.text


def test_the_box_is_in_every_page_and_speaks_its_language(make: Build, site: Path) -> None:
    make(site_url="https://example.org/kb/", theme={"name": "material", "font": False})
    boxes = {
        name: re.findall(
            r'src="([^"]*faq-search.js)"></script><faq-search index="([^"]*)" lang="(..)" follow>',
            (site / name).read_text("utf-8"),
        )
        for name in ("index.html", "zh/returns/index.html", "404.html")
    }
    assert boxes == {
        "index.html": [("wenlu/faq-search.js", "wenlu/wenlu-index.json", "en")],
        "zh/returns/index.html": [("../../wenlu/faq-search.js", "../../wenlu/wenlu-index.json", "zh")],
        "404.html": [("/kb/wenlu/faq-search.js", "/kb/wenlu/wenlu-index.json", "en")],
    }
    make(wenlu={"box": False})
    assert "<faq-search" not in (site / "index.html").read_text("utf-8")


def test_an_author_may_say_where_the_box_goes(make: Build, site: Path) -> None:
    make(
        PAGES
        | {"index.md": f"# Home\n\nHere:\n\n{MARKER}\n", "own.md": '# Own\n\nIt.\n\n<faq-search endpoint="/x"></faq-search>\n'}
    )
    assert re.search(
        rf"<p>Here:</p>\s*<style>.*<faq-search [^>]*></faq-search>.*{MARKER}", (site / "index.html").read_text("utf-8")
    )
    assert (site / "own/index.html").read_text("utf-8").count("<faq-search") == 1


@pytest.mark.parametrize(
    ("theme", "mark"), [("material", 'data-md-component="search"'), ("mkdocs", 'data-bs-target="#mkdocs_search_modal"')]
)
def test_the_search_of_the_theme_is_replaced_where_that_is_wanted(make: Build, site: Path, theme: str, mark: str) -> None:
    for replaced in (False, True):
        make(theme={"name": theme}, plugins=["search", {"wenlu": {"replace_search": replaced}}])
        assert (mark in (site / "index.html").read_text("utf-8")) is not replaced
        assert (site / "search").is_dir() is not replaced


def test_a_site_built_again_is_indexed_again_when_a_page_changed(make: Build, tmp_path: Path) -> None:
    make()
    config = load_config(str(tmp_path / "mkdocs.yml"))
    plugin = config.plugins["wenlu"]
    build(config)
    first = plugin.index
    build(config)
    assert plugin.index is first
    (tmp_path / "docs/en/returns.md").unlink()
    (tmp_path / "docs/index.md").write_text("# Home\n\nGoodbye.\n", "utf-8")
    build(config)
    assert [chunk.id for chunk in plugin.index] == ["index", "zh/returns#address", "zh/steps#how"]
    assert plugin.index[0].answer == "Goodbye."


# --- in a browser ---------------------------------------------------------------------------------------------------------------


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *values: object) -> None:
        pass


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a file server with the project's own site in the built-in theme and, below /kb/, in Material."""
    top, source = tmp_path_factory.mktemp("served"), Path(__file__).parents[1] / "docs" / "site"
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(top)))
    address = f"http://127.0.0.1:{server.server_port}/"
    for name, below in (("mkdocs", ""), ("material", "kb/")):
        build(load_config(str(source / f"{name}.yml"), site_dir=str(top / below), site_url=address + below, strict=True))
    copytree(top / "wenlu", top / "search")
    manual = (source.parent / "embedding.md").read_text("utf-8").split("without a server")[1]
    (top / "plain.html").write_text("<!doctype html><h1>Plain</h1>" + manual.split("```html\n")[1].split("```")[0], "utf-8")
    Thread(target=server.serve_forever, daemon=True).start()
    yield address
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, served: str) -> Iterator[Callable[..., Page]]:
    """Opens a page; afterwards, no script may have failed and nobody else may have been asked for anything."""
    pages: list[Page] = []
    trouble: list[str] = []

    def visit(path: str, width: int = 1280) -> Page:
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.set_default_timeout(PATIENCE)
        pages.append(page)
        page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
        page.on(
            "request", lambda request: None if request.url.startswith((served, "data:", "blob:")) else trouble.append(request.url)
        )
        page.goto(served + path)
        return page

    yield visit
    for page in pages:
        page.close()
    assert trouble == []


def ask(page: Page, question: str, title: str) -> None:
    """Types a question into the box, with the keyboard alone, and waits until the first result is the one wanted."""
    page.wait_for_function("document.querySelector('faq-search')?.shadowRoot")
    page.keyboard.press("Control+k")
    page.keyboard.insert_text(question)
    expect(page.get_by_role("option").first).to_contain_text(title, timeout=PATIENCE)


CASES = [
    ("zh/languages/", "看不到聊天按钮", "为什么看不到 Chat with support 按钮？", "zh/chat-with-support/#button-hidden"),
    ("en/glossary/", "my ticket has had no reply for three days", "no reply", "en/ticket-overdue/#no-reply"),
    ("en/writing/", "can I type pinyin?", "可以用拼音搜索吗？", "zh/search-tips/#pinyin"),
    ("zh/search-tips/", "怎么把一个页面排除在搜索之外", "How do I keep a page out of the search?", "en/writing/#exclude"),
]


@pytest.mark.browser
@pytest.mark.parametrize("below", ["", "kb/"])
@pytest.mark.parametrize(("start", "question", "title", "target"), CASES)
def test_a_result_leads_to_its_anchor(
    visit: Callable[..., Page], served: str, below: str, start: str, question: str, title: str, target: str
) -> None:
    page = visit(below + start)
    ask(page, question, title)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{served}{below}{target}")
    expect(page.locator(f"[id='{target.split('#')[1]}']")).to_be_in_viewport()


@pytest.mark.browser
def test_the_plain_page_of_the_manual_searches(visit: Callable[..., Page], served: str) -> None:
    page = visit("plain.html")
    ask(page, "看不到聊天按钮", "为什么看不到 Chat with support 按钮？")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="为什么看不到 Chat with support 按钮？")).to_be_visible()
    page.get_by_role("link", name="打开所在页面").click()
    page.wait_for_url(f"{served}zh/chat-with-support/#button-hidden")


@pytest.mark.browser
def test_the_box_lives_on_where_pages_change_without_a_reload(visit: Callable[..., Page], served: str) -> None:
    page = visit("kb/zh/languages/")
    page.wait_for_load_state("networkidle")  # until it has the list of pages, Material loads each anew
    page.evaluate("window.same = true")
    page.get_by_role("link", name="术语表").first.click()
    page.wait_for_url(f"{served}kb/zh/glossary/")
    page.get_by_role("link", name="首页 · Home").first.click()
    page.wait_for_url(f"{served}kb/")
    assert page.evaluate("window.same")
    ask(page, "看不到聊天按钮", "Chat with support")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{served}kb/zh/chat-with-support/#button-hidden")


@pytest.mark.browser
def test_one_key_opens_one_dialog(visit: Callable[..., Page]) -> None:
    page = visit("zh/languages/")
    page.wait_for_function("document.querySelector('faq-search')?.shadowRoot")
    page.keyboard.press("/")  # which the built-in theme would open its help for
    expect(page.get_by_role("combobox")).to_be_focused()
    assert page.locator(".modal.show").count() == 0
    page.keyboard.press("Escape")
    page.keyboard.press("s")  # which it would open its own search for
    assert page.locator(".modal.show, .modal-backdrop").count() == 0


@pytest.mark.browser
@pytest.mark.parametrize("below", ["", "kb/"])
def test_a_phone_has_room_for_the_box(visit: Callable[..., Page], below: str) -> None:
    page = visit(f"{below}zh/submit-a-request/", width=390)
    button = page.locator("faq-search").get_by_role("button").first
    expect(button).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    button.click()
    expect(page.get_by_role("combobox")).to_be_focused()
