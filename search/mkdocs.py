"""The MkDocs plugin: the site's pages as documents, the static index beside them, the search box in every page."""

from __future__ import annotations

import html
import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from mkdocs.config import base
from mkdocs.config import config_options as options
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, event_priority, get_plugin_logger
from mkdocs.utils import get_relative_url

from search.document import Document, Language
from search.errors import WenluError
from search.export import export
from search.index import Index
from search.normalize import HAN_RUN
from search.read import described, folder_language, named_language, text_language

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

MARKER = "<!-- wenlu -->"
# Where the box goes, the first that a page has: where a template says so; the header of Material, of the themes that come with MkDocs;
# the top of the page.
_PLACES = [
    re.compile(f"(?={MARKER})"),
    re.compile(r'(?s)<header class="md-header.*?(?=<div class="md-header__source">|</nav>\s*(?:<nav class="md-tabs|</header>))'),
    re.compile(r"(?=<!-- Expander button -->|<!-- Expanded navigation -->)"),
    re.compile(r'(?=</div>\s*<div class="wy-menu wy-menu-vertical")'),
    re.compile(r"<body[^>]*>"),
]
_STYLE = (
    "faq-search{margin:0 .5rem;flex:0 1 14rem}.navbar-dark faq-search{color:#fff}"
    "@media(max-width:60em){faq-search{flex-basis:6rem}faq-search::part(hint){display:none}}@media print{faq-search{display:none}}"
)
_BOX = (
    "<style>{style}</style>"
    '<script type="module" src="{at}faq-search.js"></script>'
    '<faq-search index="{at}wenlu-index.json" lang="{lang}"{follow}></faq-search>'
)
# What a script of the built-in theme expects, and fails without, even where the theme has no search of its own.
_DIALOG = (
    '<div hidden><div class="modal" id="mkdocs_search_modal"></div><div id="mkdocs-search-results"></div></div>'
    "<style>tr:has(>.search.shortcut){display:none}</style>"
)
_LOG = get_plugin_logger("wenlu")


class _Folder(options.Type[str]):
    """A folder below the site's."""

    def run_validation(self, value: object) -> str:
        folder = super().run_validation(value).strip("/")
        if not re.fullmatch(r"[\w-][\w.-]*(/[\w-][\w.-]*)*", folder, re.ASCII):
            raise base.ValidationError(
                f"{value!r} is not a folder within the site; write a name such as 'wenlu' (请写站点里的文件夹名，例如 wenlu)"
            )
        return folder


class Options(base.Config):
    """What mkdocs.yml may say below `wenlu:`."""

    folder = _Folder(str, default="wenlu")  # where the index goes, below the site's folder
    box = options.Type(bool, default=True)  # put the box into every page
    follow = options.Type(bool, default=True)  # a result leads to its page at once, instead of being shown in the box
    replace_search = options.Type(bool, default=False)  # take the theme's own search out


class Plugin(BasePlugin[Options]):
    """One site, from build to build."""

    def __init__(self) -> None:
        self._documents: dict[str, Document] = {}  # by the name of the page's source
        self._indexed: list[Document] = []
        self.index: Index | None = None  # of the last build

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        """Says that one plugin is to live through all builds of `mkdocs serve`, which then index only what has changed."""

    @event_priority(100)  # before the search that it takes out
    def on_config(self, config: MkDocsConfig) -> None:
        """Takes the theme's search out, where that is wanted."""
        for name in ("search", "material/search") if self.config.replace_search else ():
            own = config.plugins.pop(name, None)
            for methods in config.plugins.events.values():
                methods[:] = [method for method in methods if own is None or getattr(method, "__self__", None) is not own]
        if config.theme.name == "mkdocs" and "search" not in config.plugins:
            config.theme["shortcuts"] = {**config.theme["shortcuts"], "search": 0}  # no key has this code

    def on_files(self, files: Files, *, config: MkDocsConfig) -> None:
        """Forgets the pages that are there no longer; with `--dirty` the others are not made anew."""
        names = {file.src_uri for file in files.documentation_pages()}
        self._documents = {name: document for name, document in self._documents.items() if name in names}

    @event_priority(-100)  # when the others are done with the content
    def on_page_content(self, html: str, *, page: Page, config: MkDocsConfig, files: Files) -> None:
        """Takes the page as a document, unless its front matter says `search: exclude: true`."""
        name, search = page.file.src_uri, page.meta.get("search")
        if search is not None and not isinstance(search, dict):
            _LOG.warning(
                "%s: 'search' in the front matter is not a mapping; write 'search: {exclude: true}' or take it out", name
            )
        self._documents.pop(name, None)
        if not (isinstance(search, dict) and search.get("exclude")):
            self._documents[name] = self._document(page, html, config)

    def on_post_page(self, output: str, *, page: Page, config: MkDocsConfig) -> str:
        """Puts the box into the page."""
        document = self._documents.get(page.file.src_uri)  # whose language has been found, and a wrong one told of
        language = document.language if document else self._language(page, config)
        return self._with_box(output, get_relative_url(f"{self.config.folder}/", page.url), language)

    def on_post_template(self, output_content: str, *, template_name: str, config: MkDocsConfig) -> str:
        """Puts the box into the page that is shown for a wrong address, whatever that is, so its own address can't be relative."""
        if template_name != "404.html":
            return output_content
        at = posixpath.join(urlsplit(config.site_url or "/").path or "/", self.config.folder, "")
        return self._with_box(output_content, at, _site_language(config) or "en")

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Writes the index. Raises PluginError when there is nothing to search or the files can't be written."""
        documents = [self._documents[name] for name in sorted(self._documents)]
        try:
            if self.index is None or self._indexed != documents:
                self.index, self._indexed = Index.build(documents), documents
            export(self.index, Path(config.site_dir, self.config.folder))
        except WenluError as error:
            if documents:
                raise PluginError(f"wenlu: {error} ({error.chinese})") from error
            raise PluginError(
                "wenlu: no page to search; add one, or take 'search: exclude' out of one (没有可搜索的页面)"
            ) from error
        _LOG.info("%d pages, %d entries to search in %s", len(documents), len(self.index), self.config.folder)

    def _document(self, page: Page, content: str, config: MkDocsConfig) -> Document:
        """The page as a document. Its url is relative to the index file, which the box knows the address of."""
        headings = [entry for entry in page.toc if entry.level == 1]
        title = _text(headings[0].title) if len(headings) == 1 else ""
        document = Document(
            page.file.src_uri,
            "html",
            content,
            title or str(page.title or "") or page.file.name,
            self._language(page, config),
        )
        # The built-in theme shows a list of sources.
        lists = {
            key: ("\n" if key == "aliases" else ", ").join(map(str, value))
            for key, value in page.meta.items()
            if isinstance(value, list)
        }
        meta = {key: str(value) for key, value in page.meta.items()} | lists
        return described(document, meta)._replace(url=get_relative_url(page.url, f"{self.config.folder}/wenlu-index.json"))

    def _language(self, page: Page, config: MkDocsConfig) -> Language:
        """What the front matter says, or a folder or the file's name; a site in Chinese may have pages that are mostly code."""
        name, said = page.file.src_uri, page.meta.get("language") or page.meta.get("lang")
        if said and not named_language(str(said)):
            _LOG.warning(
                "%s: the language %r is neither zh nor en; its words are taken as English or Chinese, as they look", name, said
            )
        text = _text(page.content or "")
        return (
            named_language(str(said or ""))
            or folder_language(re.split(r"[/._]", posixpath.splitext(name)[0]))
            or ("zh" if _site_language(config) == "zh" and HAN_RUN.search(text) else text_language(text))
        )

    def _with_box(self, output: str, at: str, language: Language) -> str:
        if not self.config.box or "<faq-search" in output:
            return output
        box = _BOX.format(style=_STYLE, at=html.escape(at), lang=language, follow=" follow" * self.config.follow)
        match = next(filter(None, (place.search(output) for place in _PLACES)), None)
        if 'id="mkdocs_keyboard_modal"' in output and 'id="mkdocs_search_modal"' not in output:
            box += _DIALOG
        return output[: match.end()] + box + output[match.end() :] if match else output


def _site_language(config: MkDocsConfig) -> Language | None:
    return named_language(str(config.theme.get("language") or config.theme.get("locale") or ""))


def _text(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", " ", markup)).strip()
