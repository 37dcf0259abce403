"""The corpus as pages of the site, without a copy of it."""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
PAGES = [path for path in sorted(CORPUS.glob("*/*.md")) if path.stem != "synonyms"]  # words for the search, which has them anyway


def on_config(config: MkDocsConfig) -> None:
    names = [f"{path.parent.name}/{path.name}" for path in PAGES]
    chinese, english = ([name for name in names if name.startswith(folder)] for folder in ("zh/", "en/"))
    config.nav = [
        {"首页 · Home": "index.md"},
        {"中文": [*chinese, "zh/search-tips.md"]},
        {"English": [*english, "en/writing.md"]},
    ]


def on_files(files: Files, *, config: MkDocsConfig) -> None:
    for path in PAGES:
        files.append(File.generated(config, f"{path.parent.name}/{path.name}", abs_src_path=str(path)))


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """With the title as a heading, and line ends kept as Python-Markdown wants them."""
    if source := page.meta.get("source"):
        page.meta["source"] = [source]  # as the built-in theme wants it
    kept = re.sub(r"\\$", "  ", markdown, flags=re.MULTILINE)
    return kept if re.search(r"^# ", kept, re.MULTILINE) else f"# {page.title}\n\n{kept}"


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """The other ways to ask, which are there for the search, folded."""
    return re.sub(r"(?s)<p>(也会这样问：|Also asked:)</p>\s*(<ul>.*?</ul>)", r"<details><summary>\1</summary>\2</details>", html)
