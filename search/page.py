"""The search page, a Streamlit script that `wenlu page` and app.py run. Its looks are in page.css, its words in words.py."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import takewhile
from pathlib import Path
from time import monotonic_ns
from typing import Any, Literal
from urllib.parse import quote, urlencode

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from search import Answer, Chunk, Hit, Index, QuestionError, WenluError, load_corpus
from search.corpora import corpus_paths
from search.document import KINDS, Language
from search.files import stamp
from search.markup import badges, explanation, informative, items, marked, pieces, plain, published
from search.normalize import HAN
from search.places import Text
from search.reply import is_russian, missing, near, reply, rivals, translated, understood
from search.words import TEXT, say

Topics = dict[str, list[Chunk]]  # the entries of each document, by the document's name

HERE = Path(__file__).parent
NAMES: dict[Language, str] = {"zh": "中文", "en": "English"}
TAGS: dict[Language, str] = {"zh": "zh-Hans", "en": "en"}
SUPPORT = ("help-center#find-help-center", "help-center#open-chat", "submit-a-request#steps")  # entries of the shipped corpus
TOPICS, ENTRIES, EXAMPLES, HITS = 24, 4, 3, 6  # how many the page shows: topics, entries of each, example questions, matches
WAYS = 8  # other ways to ask that an entry shows
LISTED, LEAD = 120, 300  # entries of a topic by itself, and the characters of each, of which two lines are seen
SHORT = (40, 12)  # characters of an example question, and of one in Chinese
ASKS = re.compile("[?？]$|吗|怎么|什么|如何|哪|多久|(?i:^(how|what|why|when|where|who|which|can|do|does|is|are) )")
SURE = 0.85  # from this confidence on the page says "very likely"


def launch(host: str, port: int) -> None:
    """Serve the page until it is stopped; a browser opens where there is a screen.

    Streamlit takes its settings from `.streamlit/config.toml` beside this file.
    """
    from streamlit.web.cli import main as streamlit

    options = {"server.address": host, "server.port": port, "server.fileWatcherType": "none"}
    streamlit(["run", str(HERE / "page.py"), *(f"--{name}={value}" for name, value in options.items())], prog_name="streamlit")


def message(language: Language, text: str) -> None:
    """What went wrong and what to do, as a sentence."""
    text = text[:1].upper() + text[1:] + ("" if text.endswith((".", "。")) else "。" if language == "zh" else ".")
    st.html(f'<div class="wl message" role="alert" lang="{TAGS[language]}"><p>{escape(text)}</p></div>')


# --- the documents --------------------------------------------------------------------------------------------------------------


@st.cache_resource(ttl=2, show_spinner=False)
def _stamp() -> frozenset[tuple[str, int, int]]:
    """Looked at again after two seconds, for a document may have changed."""
    return stamp(map(Path, corpus_paths()))


@st.cache_resource(show_spinner=False)
def _latest() -> list[tuple[Index, Topics]]:
    """What was loaded last, if anything was."""
    return []


def _log(error: WenluError) -> None:
    """What failed, with its path: for whoever runs the page, and not for its visitors."""
    print(f"wenlu: {error}", file=sys.stderr)


@st.cache_resource(max_entries=1, show_spinner=TEXT["loading"][0])
def _loaded(state: frozenset[tuple[str, int, int]]) -> tuple[Index, Topics]:
    """The documents in this state; where they can't be read, those that were read last."""
    latest = _latest()
    try:
        index = load_corpus(thorough=True, on_error=_log)
    except WenluError as error:
        _log(error)
        if not latest:
            raise
        return latest[0]
    topics: Topics = {}
    for chunk in index.chunks:
        if chunk.kind == "open":
            continue
        topics.setdefault(chunk.source.document, []).append(chunk)
    latest[:] = [(index, topics)]
    return index, topics


def documents() -> tuple[Index, Topics]:
    """The index and the topics, the same for all users."""
    return _loaded(_stamp())


# --- what is shown --------------------------------------------------------------------------------------------------------------


@dataclass
class View:
    """One drawing of the page: the address (`q`, `id`, `topic`, `kind`, `lang`) and what it asks for."""

    page: st.Page
    address: dict[str, str]
    index: Index
    topics: Topics
    language: Language

    def say(self, key: str, *values: object) -> str:
        return say(self.language, key, *values)

    def tag(self, name: str, key: str, *values: object) -> str:
        """A text of the interface as an HTML element; `name` may carry a class: "p.soft"."""
        element, _, style = name.partition(".")
        return f'<{element} class="{style}">{escape(self.say(key, *values))}</{element}>'

    def html(self, body: str, language: Language | None = None, width: Literal["stretch", "content"] = "stretch") -> None:
        if body:
            st.html(f'<div class="wl" lang="{TAGS[language or self.language]}">{body}</div>', width=width)

    def to(self, **there: str) -> dict[str, str]:
        """An address in the page; a language that was chosen stays chosen, and with an entry, the question that was asked."""
        kept = ("lang", "q") if "id" in there else ("lang",)
        return {key: self.address[key] for key in kept if key in self.address} | there

    def link(self, label: str, icon: str = "", **there: str) -> None:
        """A link inside the page."""
        query, sign = self.to(**there), f":material/{icon}:" if icon else None
        st.page_link(self.page, label=plain(label), icon=sign, query_params=query)

    def href(self, **there: str) -> str:
        """The address of a link in HTML, which page.js follows inside the page."""
        return f"?{urlencode(self.to(**there))}"

    def kind(self, chunk: Chunk) -> str:
        """What an entry is: a procedure of no steps is there to be copied."""
        return self.say("template" if chunk.kind == "procedure" and chunk.drafts and not chunk.steps else chunk.kind)

    def entry(self, chunk: Chunk, label: str = "", icon: str = "") -> None:
        """A link to an entry."""
        self.link(label or chunk.title, icon, id=chunk.id)

    def entries(self, heading: str, chunks: Iterable[Chunk]) -> None:
        if chunks := {chunk.id: chunk for chunk in chunks}.values():
            with st.container(gap="xxsmall"):
                self.html(self.tag("h2.small", heading))
                for chunk in chunks:
                    self.entry(chunk)

    def chunks(self, ids: Iterable[str]) -> list[Chunk]:
        return [chunk for id in ids if (chunk := self.index.chunk(id))]

    # --- an entry

    def body(self, chunk: Chunk, hit: Hit | None = None) -> None:
        """The answer in order, its matched words and its best step marked, then where it was published."""
        ranges = hit.marks.get("answer", ()) if hit else ()
        step = hit.step if hit else None
        for piece, draft in pieces(chunk, ranges, step, self.say("best_step"), lambda id: self.href(id=id)):
            if draft:
                st.code(piece, language=None, wrap_lines=True)
            else:
                self.html(piece, chunk.language)
        self.html(published(chunk.source, self.say))

    def links(self, chunk: Chunk, alone: bool = False) -> None:
        """Links to the entry in the other language and, if it does not stand alone, to itself."""
        with st.container(horizontal=True, gap="small"):
            for translation in self.chunks(self.index.translations(self.index.position(chunk.id)).values()):
                self.entry(translation, say(translation.language, "version"), "translate")
            if not alone:
                self.entry(chunk, self.say("open"), "open_in_full")

    def card(self, chunk: Chunk, hit: Hit | None = None, words: Sequence[str] = (), others: Sequence[Hit] = ()) -> None:
        """The answer to a question of these words, with others that may be it; without a hit, an entry that was opened by itself."""
        with st.container(border=True, key="answer"):
            sure = self.tag("span.sure", "several" if others else "sure" if hit.confidence >= SURE else "likely") if hit else ""
            kinds = [self.kind(chunk), *([] if chunk.language == self.language else [self.say(f"in_{chunk.language}")])]
            said = {chunk.title} if hit else {chunk.title, chunk.source.title}  # which leads back, above an entry by itself
            path = " › ".join(heading for heading in chunk.path if heading not in said)
            title = marked(chunk.title, 0, informative(chunk.title, hit.marks.get("title", ()) if hit else ()))
            over = f'<p class="meta">{badges(kinds)} {sure}</p><p class="path">{escape(path)}</p>'
            self.html(f"{over}<h1>{title}</h1>", chunk.language)
            if others:
                with st.container(gap="xxsmall", key="rivals"):
                    self.html(self.tag("p.soft", "or_that"))
                    for other in others:
                        self.entry(other.chunk)
            self.body(chunk, hit)
            self.links(chunk, alone=not hit)
            if hit:
                terms, written = {match.term for match in hit.matched}, dict[str, str]()
                # What is shown may be the translation of what was found.
                for one in (*self.chunks(hit.translations.values()), chunk):
                    written |= Text(one).words_of(terms)
                with st.expander(self.say("why")):
                    self.html(self.tag("p.soft", "why_note") + explanation(hit, words, written, self.say))

    def beside(self, over: str, chunk: Chunk, hits: Sequence[Hit] = ()) -> None:
        """The procedure beside an answer. No step stands out, for all are to be done."""
        with st.container(border=True, key="procedure"):
            self.html(f"{self.tag('p.over', over)}<h2>{escape(chunk.title)}</h2>", chunk.language)
            self.body(chunk, next((hit._replace(step=None) for hit in hits if hit.chunk.id == chunk.id), None))
            self.links(chunk)

    def folded(self, heading: str, hits: Sequence[Hit]) -> None:
        if hits:
            with st.container(gap="xsmall"):
                self.html(self.tag("h2.small", heading))
                for hit in hits:
                    with st.expander(f"{plain(hit.chunk.title)} :gray[· {self.kind(hit.chunk)}]"):
                        self.body(hit.chunk, hit)
                        self.links(hit.chunk)

    # --- the views

    def board(self) -> list[DeltaGenerator]:
        """The places of an answer: itself, what stands beside it (on a phone after it), and what comes below."""
        with st.container(key="board"):
            return [st.container(key=key) for key in ("main", "aside", "under")]

    def top(self) -> None:
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="top"):
            self.link(self.say("brand"), "signpost")
            self.choice("lang", NAMES, self.language)

    def choice(self, key: str, options: dict[Any, str], chosen: str) -> None:
        st.session_state[key] = chosen
        show = st.segmented_control if key == "lang" else st.pills
        show(self.say(key), list(options), required=True, format_func=options.__getitem__, key=key, label_visibility="collapsed",
             on_change=_choose, args=(key,))  # fmt: skip

    def box(self) -> None:
        with st.form("ask", border=False), st.container(horizontal=True, gap="xsmall", vertical_alignment="bottom"):
            question = self.say("question")
            st.text_input(question, key="box", label_visibility="collapsed", placeholder=question)
            st.form_submit_button(self.say("search"), type="primary", on_click=_ask)

    def home(self, trouble: str) -> None:
        mine = [chunks for chunks in self.topics.values() if chunks[0].language == self.language] or list(self.topics.values())
        mine.sort(key=lambda chunks: all(chunk.kind == "glossary" for chunk in chunks))
        examples = questions(mine[:TOPICS])[:EXAMPLES]
        with st.container(key="hero"):
            self.html(self.tag("h1", "greeting") + self.tag("p", "promise"))
            if trouble:
                message(self.language, trouble)
            self.box()
            if examples:
                with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center", key="examples"):
                    self.html(self.tag("span.soft", "examples"), width="content")
                    for example in examples:
                        self.link(example, q=example)
        if not mine:
            return
        self.html(self.tag("h2", "topics"))
        with st.grid(3, min_column_width=270, key="topics"):
            for chunks in mine[:TOPICS]:
                with st.container(border=True, gap="xxsmall", height="stretch"):
                    href = self.href(topic=chunks[0].source.document)
                    self.html(f'<h3><a href="{escape(href)}">{escape(chunks[0].source.title)}</a></h3>', chunks[0].language)
                    few = len(chunks) <= ENTRIES + 1  # a link to all would take the place of the last
                    for chunk in chunks if few else chunks[:ENTRIES]:
                        self.entry(chunk)
                    if not few:
                        self.link(self.say("all_of_topic", len(chunks)), "arrow_forward", topic=chunks[0].source.document)
        if mine[TOPICS:]:
            self.html(self.tag("p.soft", "more", len(mine) - TOPICS))

    def listed(self, chunks: Sequence[Chunk]) -> None:
        """The entries of a topic, each with how it begins."""
        self.link(self.say("all_topics"), "arrow_back")
        self.html(f"<h1>{escape(chunks[0].source.title)}</h1>", chunks[0].language)
        with st.grid(2, min_column_width=340, key="topic"):
            for chunk in chunks[:LISTED]:
                with st.container(border=True, gap="xxsmall", height="stretch"):
                    self.entry(chunk)
                    self.html(f'<p class="lead">{marked(beginning(chunk))}</p>', chunk.language)
        if chunks[LISTED:]:
            self.html(self.tag("p.soft", "more", len(chunks) - LISTED))

    def opened(self, chunk: Chunk) -> None:
        """An entry by itself, beside it the procedure that it links to and what else stands in its document."""
        if "q" in self.address:
            self.link(self.say("back"), "arrow_back", q=self.address["q"])
        else:
            self.link(chunk.source.title, "arrow_back", topic=chunk.source.document)
        linked = [other for other in self.chunks(chunk.links) if other != chunk]
        procedure = None if chunk.kind == "procedure" else next((other for other in linked if other.kind == "procedure"), None)
        main, aside, under = self.board()
        with main:
            self.card(chunk)
        with under:
            if chunk.aliases:
                self.html(f'{self.tag("h2.small", "also_asked")}<ul class="soft">{items(chunk.aliases[:WAYS])}</ul>')
        with aside:
            if procedure:
                self.beside("how_to", procedure)
            self.entries("see_also", [other for other in linked if other != procedure])
            known = {chunk.id, *chunk.links}
            self.entries("same_topic", [other for other in self.topics[chunk.source.document] if other.id not in known][:12])

    def results(self, answer: Answer, kept: Answer) -> None:
        """The answer of the kind that was chosen, `kept`; else where the answer of any kind is, or that there is none."""
        kinds = [kind for kind in KINDS if any(chunk.kind == kind for chunks in self.topics.values() for chunk in chunks)]
        chosen = self.address.get("kind", "all")
        if len(kinds) > 1 and (answer.answered or chosen != "all"):  # where nothing is found there is nothing to filter
            self.choice("kind", {"all": self.say("all")} | {kind: self.say(f"all_{kind}") for kind in kinds}, chosen)
        main, aside, under = self.board()
        if kept.answered:
            first, procedure = kept.hits[0], kept.procedure
            shown = {first.chunk.id, *([procedure.id] if procedure else [])}  # an entry stands in one place, where it says most
            others = [hit for hit in rivals(kept) if hit.chunk.id not in shown]
            shown |= {hit.chunk.id for hit in others}
            matches = [hit for hit in kept.hits if hit.chunk.id not in shown]
            shown |= {hit.chunk.id for hit in matches}
            with main:
                self.card(first.chunk, first, understood(kept), others)
            with aside:
                if procedure and procedure.id != first.chunk.id:
                    self.beside("how_to", procedure, kept.hits)
                related = self.chunks([*first.chunk.links, *first.similar])
                self.entries("see_also", [chunk for chunk in related if chunk.id not in shown][:6])
            with under:
                self.folded("others", matches)
            return
        support = [] if answer.answered else self.chunks(f"{self.language}/{id}" for id in SUPPORT)
        with main:
            if answer.answered:
                self.elsewhere(answer)
            else:
                self.declined(answer)
        nearest = [hit for hit in near(kept) if hit.chunk not in support[:1]]
        with aside:
            if support:
                self.beside("support", support[0])
                self.entries("see_also", [chunk for chunk in support[1:] if chunk not in [hit.chunk for hit in nearest]])
        with under:
            self.folded("nearest", nearest)

    def elsewhere(self, answer: Answer) -> None:
        """That the answer is of another kind, with a link to it."""
        with st.container(border=True, key="declined"):
            self.html(self.tag("h1", "no_kind", self.say(f"all_{self.address['kind']}")) + self.tag("p", "any_kind"))
            self.link(answer.hits[0].chunk.title, "arrow_forward", q=answer.question)

    def declined(self, answer: Answer) -> None:
        """What was not found and what was understood, and what to try, unless the documents say that they lack it."""
        topic = answer.open_question
        words = {"missing": missing(answer), "understood": [] if topic else understood(answer)}
        found = "".join(
            f'<p class="words {key}">{escape(self.say(key, "")).rstrip()} {badges(some[:12])}</p>'
            for key, some in words.items()
            if some
        )
        if is_russian(answer.question):
            found += f'<p lang="ru">{escape(self.say("russian"))}</p>'
        with st.container(border=True, key="declined"):
            if topic:
                self.html(self.tag("h1", "open_question", topic) + found)
            else:
                tips = items([self.say("try_words"), self.say("try_one")])
                title = self.tag("h1", "declined") + self.tag("p", "declined_note")
                self.html(f"{title}{found}{self.tag('h2.small', 'try')}<ul>{tips}</ul>")
            self.link(self.say("try_topics"), "arrow_forward")


def beginning(chunk: Chunk) -> str:
    """How an entry begins, up to what does not fit in a line: a table or a draft."""
    said = list(takewhile(lambda part: part.kind in ("text", "item", "step"), chunk.parts))
    text = " ".join(part.text if part.kind == "text" else f"· {part.text}" for part in said)[:LEAD]
    text = re.sub("(?<=[。！？；：]) (?!·)", "", text)
    return text + {"：": "…", ":": " …"}.get(text[-1:], "")


def questions(topics: Iterable[Sequence[Chunk]]) -> list[str]:
    """Short questions to try, at most one of each topic and no two with a word in common: titles, then other ways to ask."""
    chosen: list[str] = []
    said: set[str] = set()
    left = [[chunk for chunk in chunks if chunk.kind == "faq"] for chunks in topics]
    for titles in (True, False):
        for chunks in [*left]:
            for text in (text for chunk in chunks for text in ((chunk.title,) if titles else chunk.aliases)):
                rest = ASKS.sub(" ", text)
                han, words = re.findall(f"(?=([{HAN}]{{2}}))", rest), re.findall("[a-z]{4,}", rest.lower())
                if ASKS.search(text) and len(text) <= SHORT[bool(han)] and said.isdisjoint([*han, *words]):
                    chosen.append(text)
                    said.update(han, words)
                    left.remove(chunks)
                    break
    return chosen


# --- from the address to a view, and back ---------------------------------------------------------------------------------------


def _ask() -> None:
    """The question in the box goes into the address, if it can be asked."""
    question = " ".join(st.session_state["box"].split())
    if not question:
        return
    try:
        documents()[0].search(question, limit=1)
    except QuestionError as error:
        st.session_state["refused"] = error
    except WenluError:
        pass  # said when the page is drawn
    else:
        _go({"q": question})


def _choose(key: str) -> None:
    """A choice goes into the address; choosing a language leads from an entry or a topic to the same in that language."""
    choice = st.session_state[key]
    address = st.query_params.to_dict() | {key: choice}
    if key == "lang":
        index, topics = documents()
        entry = index.position(address.get("id", ""))
        if entry >= 0:
            address["id"] = index.translations(entry).get(choice, address["id"])
        ids = (index.translations(index.position(chunk.id)).get(choice) for chunk in topics.get(address.get("topic", ""), ()))
        if there := next(filter(None, map(index.chunk, filter(None, ids))), None):
            address["topic"] = there.source.document
    _go(address)


def _go(address: dict[str, str]) -> None:
    kept = {"lang": st.query_params["lang"]} if "lang" in st.query_params else {}
    st.query_params.from_dict({key: value for key, value in (kept | address).items() if value and value != "all"})


def _address() -> dict[str, str]:
    """The parts of the address that say something, without those that make no sense."""
    # A link from the page to itself leaves the browser's address as it was; saying the parameters again brings it along.
    st.query_params.from_dict(st.query_params.to_dict())
    address = {key: value for key in ("q", "id", "topic", "kind", "lang") if (value := st.query_params.get(key, "").strip())}
    allowed = {"kind": KINDS, "lang": NAMES}
    return {key: value for key, value in address.items() if value in allowed.get(key, (value,))}


def _draw(page: st.Page) -> None:
    address = _address()
    language: Any = address.get("lang") or ("en" if (st.context.locale or "zh").lower()[:2] != "zh" else "zh")
    try:
        index, topics = documents()
    except WenluError:
        _closed(language)
        return
    question = address.get("q", "")
    chunk, topic, answer, trouble = index.chunk(address.get("id", "")), topics.get(address.get("topic", "")), None, ""
    kind: Any = address.get("kind")
    kept = None  # the answer of this kind
    if chunk and chunk.kind == "open":
        chunk = None
    if "id" in address or "topic" in address:
        trouble = "" if chunk or topic else say(language, "gone")
    elif question:
        try:
            answer = kept = reply(index, question, HITS, language)
            if kind:
                kept = reply(index, question, HITS, language, [kind])
        except QuestionError as error:
            trouble = error.said(language)
    if refused := st.session_state.pop("refused", None):
        trouble = refused.said(language)
    elif st.session_state.get("asked") != question:
        st.session_state["asked"] = st.session_state["box"] = question
    shown = chunk or (topic[0] if topic else answer)
    if "lang" not in address and shown:
        language = shown.language
    if answer and answer.language != language:
        answer = translated(index, answer, language)
    if kept and kept.language != language:
        kept = translated(index, kept, language)
    title = chunk.title if chunk else topic[0].source.title if topic else question
    st.set_page_config(page_title=" · ".join(filter(None, [" ".join(title.split())[:80], say(language, "brand")])))
    view = View(page, address, index, topics, language)
    view.top()
    found = answer or chunk or topic
    if not found:
        view.home(trouble)
    else:
        view.box()
        if trouble:  # above what was there before
            message(language, trouble)
    if chunk:
        view.opened(chunk)
    elif topic:
        view.listed(topic)
    elif answer and kept:
        view.results(answer, kept)
    _arrive(language)


def _closed(language: Language) -> None:
    """What is said while there are no documents to show."""
    with st.container(key="closed"):
        st.html(f'<div class="wl" lang="{TAGS[language]}"><h1>{escape(say(language, "brand"))}</h1></div>')
        message(language, say(language, "not_loaded"))
        st.button(say(language, "retry"), type="primary")
    _arrive(language)


def _arrive(language: Language) -> None:
    """The language of the document; and wherever one has come to a new place, its top or where it was left, and the focus on its title."""
    place = quote("\n".join(st.query_params.get(key, "") for key in ("q", "id", "topic")), errors="replace")
    labels = {
        "Copy to clipboard": say(language, "copy"),
        "Copied": say(language, "copied"),
        **{key: say(language, key) for key in ("skip", "lost", "reload")},
    }
    call = json.dumps([TAGS[language], place, labels, monotonic_ns()])  # another text is another script, which is run
    st.html(f"<script>{(HERE / 'page.js').read_text('utf-8')}wenlu(...{call})</script>", unsafe_allow_javascript=True)


def main() -> None:
    st.set_page_config(page_title=say("zh", "brand"), page_icon=(HERE / "page.svg").read_text("utf-8"))
    # Streamlit puts styles that stand alone after all else, when the page has been painted and must move.
    st.html(f"<style>{(HERE / 'page.css').read_text('utf-8')}</style><i hidden></i>")
    pages: list[st.Page] = [st.Page(lambda: _draw(pages[0]), title=say("zh", "brand"), url_path="", default=True)]
    st.navigation(pages, position="hidden").run()


if __name__ == "__main__":
    # Streamlit puts the script's folder first on the path, where `store` or `index` would mean a module of this package.
    sys.path[:] = [place for place in sys.path if Path(place) != HERE]
    main()
