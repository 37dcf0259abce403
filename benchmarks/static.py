"""What a static site's search weighs: Wenlu's export, Pagefind's and Material for MkDocs's, for the same pages.

    (cd FOLDER && npm install pagefind)
    python benchmarks/static.py --pagefind FOLDER/node_modules [--pages 100 1000 10000] [--questions 20]

The pages are those of `export.py`, half Chinese and half English. Each question is asked in a freshly opened Chromium page of its
language, which loads everything again; what is counted are the bytes that a server sends, text compressed as a server would, until
the first result's text is there. Material's worker needs its whole index before it can answer, so that nothing need be asked.
Wenlu's bytes are with its box; the scripts of the others are without theirs.
"""

from __future__ import annotations

import argparse
import gzip
import html
import json
import random
import subprocess
import tempfile
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from shutil import which
from statistics import median
from threading import Thread
from types import SimpleNamespace
from typing import Any, NamedTuple

import material
from export import ROOT, index_of, pages
from material.plugins.search.plugin import SearchIndex
from playwright.sync_api import Browser, sync_playwright

from search import __version__
from search.export import export

LANGUAGES = ("zh", "en")  # of the pages, in turn
MATERIAL = Path(material.__file__).parent / "templates" / "assets" / "javascripts"
WENLU = """async question => {
    await import('/faq-search.js');
    const {open} = await import('/engine.js');
    return (await (await open(new URL('/wenlu-index.json', location.href).href)).search(question, {limit: 6})).hits[0]?.answer;
}"""
PAGEFIND = """async question => {
    const pagefind = await import('/pagefind/pagefind.js');
    const {results} = await pagefind.search(question);
    return (await results[0]?.data())?.content;
}"""


class Weight(NamedTuple):
    """Bytes: of all files, and for each question until its first result, and how many files that took; how many had one, None where nothing was asked."""

    all: int
    loaded: list[int]
    files: list[int]
    found: int | None


def sent(file: Path) -> bytes:
    """What a server sends of a file."""
    data = file.read_bytes()
    return gzip.compress(data, 9) if file.suffix in (".js", ".json", ".html") else data


def total(files: list[Path]) -> int:
    return sum(len(sent(file)) for file in files if file.is_file())


def asked(browser: Browser, folder: Path, script: str, questions: list[tuple[str, str]]) -> tuple[list[int], list[int], int]:
    """The bytes and the files that each question took, and how many questions had a result."""
    requests: list[int] = []

    class Counting(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            file = Path(self.translate_path(self.path))
            data = (
                f"<!doctype html><html lang={self.path[1:3]}>".encode()
                if self.path[3:] == ".html"
                else sent(file)
                if file.is_file()
                else b""
            )
            self.send_response(200 if data else 404)
            self.send_header(
                "Content-Type", {".js": "text/javascript", ".html": "text/html"}.get(file.suffix, "application/octet-stream")
            )
            if file.suffix in (".js", ".json"):
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(data)
            requests.extend([len(data)] if file.suffix != ".html" else [])

        def log_message(self, format: str, *values: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Counting, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    loaded, files, found = [], [], 0
    for language, question in questions:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/{language}.html")
        requests.clear()
        answer = page.evaluate(script, question)
        loaded.append(sum(requests))
        files.append(len(requests))
        found += bool(answer)
        context.close()
    server.shutdown()
    server.server_close()
    return loaded, files, found


def wenlu(made: list[tuple[str, str]], folder: Path, ask: Callable[..., Any]) -> Weight:
    export(index_of(made), folder)
    return Weight(total(list(folder.rglob("*"))), *ask(folder, WENLU))


def pagefind(made: list[tuple[str, str]], folder: Path, ask: Callable[..., Any], program: str) -> Weight:
    for number, (title, text) in enumerate(made):
        body = f"<h1>{html.escape(title)}</h1><p>{html.escape(text)}</p>"
        (folder / f"{number:05}.html").write_text(
            f"<!doctype html><html lang={LANGUAGES[number % 2]}><title>{html.escape(title)}</title>{body}", "utf-8"
        )
    subprocess.run([program, "--site", str(folder)], capture_output=True, check=True)
    made_of = [
        file
        for file in (folder / "pagefind").rglob("*")
        if not file.name.startswith(("pagefind-ui", "pagefind-modular", "pagefind-component"))
    ]
    return Weight(total(made_of), *ask(folder, PAGEFIND))


def material_search(made: list[tuple[str, str]], questions: int) -> Weight:
    """Its index as the plugin writes it, with the worker and the language files that it loads."""
    index = SearchIndex(
        lang=list(LANGUAGES), separator=r"[\s\-,:!=\[\]()\"/]+|\.(?!\d)|&[lg]t;", pipeline=["stopWordFilter"], fields={}
    )
    for number, (title, text) in enumerate(made):
        body = f'<h1 id="{number}">{html.escape(title)}</h1><p>{html.escape(text)}</p>'
        entry = SimpleNamespace(id=str(number), title=title, url=f"#{number}", level=1, children=[])
        index.add_entry_from_context(SimpleNamespace(title=title, url=f"{number:05}/", content=body, toc=[entry], meta={}))
    names = ("lunr.stemmer.support", "lunr.multi", "lunr.zh")
    scripts = [
        next((MATERIAL / "workers").glob("search.*.js")),
        *(MATERIAL / "lunr" / "min" / f"{name}.min.js" for name in names),
    ]
    loaded = len(gzip.compress(index.generate_search_index(None).encode(), 9)) + total(scripts)
    return Weight(loaded, [loaded] * questions, [1 + len(scripts)] * questions, None)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pagefind", type=Path, required=True, metavar="NODE_MODULES")
    parser.add_argument("--pages", type=int, nargs="*", default=[100, 1000, 10000])
    parser.add_argument("--questions", type=int, default=20)
    options = parser.parse_args()
    program = str(options.pagefind / ".bin" / "pagefind")
    labelled = [json.loads(line) for line in (ROOT / "tests/quality/questions.jsonl").read_text("utf-8").splitlines()]
    plain = [
        (row["language"], row["question"])
        for row in labelled
        if row["split"] == "tune" and row["wants"] and row["language"] in LANGUAGES
    ]
    questions = random.Random(0).sample(plain, min(options.questions, len(plain)))
    pagefind_version = json.loads((options.pagefind / "pagefind" / "package.json").read_text())["version"]
    print(
        f"Wenlu {__version__}, Pagefind {pagefind_version}, Material for MkDocs {version('mkdocs-material')}; {len(questions)} questions\n"
    )
    print("| pages | search | all, kB | for the first result: median kB | most kB | files, median | questions with a result |")
    print("|---|---|---|---|---|---|---|")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=which("chromium"), args=["--no-sandbox"])
        for count in options.pages:
            made = pages(count)
            for name, weigh in (
                ("Wenlu", wenlu),
                ("Pagefind", partial(pagefind, program=program)),
                ("Material (lunr)", lambda made, folder, ask: material_search(made, len(questions))),
            ):
                with tempfile.TemporaryDirectory() as folder:
                    weight = weigh(made, Path(folder), lambda folder, script: asked(browser, folder, script, questions))
                print(
                    f"| {count:,} | {name} | {weight.all / 1000:,.0f} | {median(weight.loaded) / 1000:,.0f} | {max(weight.loaded) / 1000:,.0f} "
                    f"| {median(weight.files):.0f} | {'' if weight.found is None else weight.found} |",
                    flush=True,
                )
        browser.close()


if __name__ == "__main__":
    main()
