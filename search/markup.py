"""An answer as HTML, and text as a Markdown label: what a document or a question says is escaped here and stays text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from html import escape

from search.document import OUTSIDE, Chunk, Field, Hit, Part, Source, Via
from search.normalize import HAN

Ranges = Sequence[tuple[int, int]]
Meeting = tuple[str, str, Via, dict[Field, float]]
_AWAY = 'target="_blank" rel="noopener noreferrer"'
_ROWS, _BARS = 5, 6  # of an explanation
# A date, a code or an e-mail address, which a browser would break after a hyphen; a longer one may not fit into a line.
_WHOLE = re.compile(r"(?<![\w.+-])(?:[\w.+-]+@[\w-]+(?:\.[\w-]+)+|#?[A-Z0-9]+(?:-[A-Z0-9]+)+)(?![\w-])", re.ASCII)
_WIDEST = 28


def plain(text: str) -> str:
    """The text as a Markdown label that shows it as it is: no markup, directive, shortcode, formula or link comes of it."""
    text = re.sub(r"://|www\.|@", lambda found: f"{found[0]}\u2060", " ".join(text.split()))
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def marked(text: str, start: int = 0, ranges: Ranges = ()) -> str:
    """The text with ranges marked, codes in one piece; its first character is character `start` of what the ranges count in."""
    done, out = 0, []
    for first, last in (found.span() for found in _WHOLE.finditer(text)):
        if last - first <= _WIDEST:
            name = "mail" if "@" in text[first:last] else "code"
            out += [_marked(text[done:first], start + done, ranges), f'<span class="{name}">']
            out += [_marked(text[first:last], start + first, ranges), "</span>"]
            done = last
    return "".join([*out, _marked(text[done:], start + done, ranges)])


def _marked(text: str, start: int, ranges: Ranges) -> str:
    done, pieces = 0, []
    for first, last in ((max(first - start, 0), min(last - start, len(text))) for first, last in ranges):
        if first < last:
            pieces += [escape(text[done:first]), "<mark>", escape(text[first:last]), "</mark>"]
            done = last
    return "".join([*pieces, escape(text[done:])])


def informative(text: str, ranges: Ranges) -> Ranges:
    """The ranges without single Han characters, unless there are no others: one alone says little."""
    return [(first, last) for first, last in ranges if last - first > 1 or not re.match(f"[{HAN}]", text[first:last])] or ranges


def linked(part: Part, start: int, ranges: Ranges, href: Callable[[str], str]) -> str:
    """The text of a part that begins at character `start`, ranges marked, its references as links to what `href` says of an entry's id."""
    links = [(first, last, f'href="{escape(href(id))}"') for first, last, id in part.references]
    links += [(first, last, f'href="{escape(to)}" {_AWAY}') for first, last, to in part.addresses if OUTSIDE.match(to)]
    done, out = 0, []
    for first, last, there in sorted(links):
        out += [marked(part.text[done:first], start + done, ranges), f"<a {there}>"]
        out += [marked(part.text[first:last], start + first, ranges), "</a>"]
        done = last
    return "".join([*out, marked(part.text[done:], start + done, ranges)])


def items(texts: Iterable[str]) -> str:
    return "".join(f"<li>{marked(text)}</li>" for text in texts)


def badges(texts: Iterable[str]) -> str:
    return " ".join(f'<span class="badge">{escape(text)}</span>' for text in texts)


def table(part: Part, start: int, ranges: Ranges, href: Callable[[str], str]) -> str:
    """A table part: a line a row, the first of them the heads."""
    rows, at = [], 0
    for number, line in enumerate(part.text.split("\n")):
        tag, cells = "td" if number else "th", []
        for cell in line.split(" | "):
            cells.append(f"<{tag}>{linked(_cut(part, at, cell), start + at, ranges, href)}</{tag}>")
            at += len(cell) + len(" | ")
        at += len("\n") - len(" | ")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f'<div class="scroll"><table>{"".join(rows)}</table></div>'


def _cut(part: Part, start: int, text: str) -> Part:
    """The piece of a part that begins at character `start`, with what it leads to."""
    references, addresses = (
        tuple((first - start, last - start, to) for first, last, to in links if start <= first and last <= start + len(text))
        for links in (part.references, part.addresses)
    )
    return part._replace(text=text, references=references, addresses=addresses)


def pieces(chunk: Chunk, ranges: Ranges, best: int | None, label: str, href: Callable[[str], str]) -> Iterator[tuple[str, bool]]:
    """The answer in reading order: HTML and, between it, each draft as it is (True). Step `best` gets the label.

    `href` gives the address of an entry by its id.
    """
    html, open_list, step, ranges = "", "", 0, informative(chunk.answer, ranges)
    for part, start in chunk.placed():
        wanted = {"step": "ol", "item": "ul"}.get(part.kind, "")
        if open_list and (wanted != open_list or part.number == 1):
            html, open_list = f"{html}</{open_list}>", ""
        if wanted != open_list:
            html, open_list = f"{html}<{wanted}>", wanted
        if part.kind == "draft":
            yield html, False
            yield part.text, True
            html = ""
        elif part.kind == "table":
            html += table(part, start, ranges, href)
        elif part.kind == "step":
            opening = (
                f'<li value="{part.number}" class="best">{badges([label])} ' if step == best else f'<li value="{part.number}">'
            )
            html, step = f"{html}{opening}{linked(part, start, ranges, href)}</li>", step + 1
        else:
            tag = {"item": "li", "note": "blockquote"}.get(part.kind, "p")
            html += f"<{tag}>{linked(part, start, ranges, href)}</{tag}>"
    yield html + (f"</{open_list}>" if open_list else ""), False


def published(source: Source, say: Callable[..., str]) -> str:
    """Where and when an entry was published, with a link if it is one to the web. `say` gives the texts of the interface."""
    name = escape(say("source", source.name or source.title))
    if source.url and source.url.startswith(("https://", "http://")):
        name = f'<a href="{escape(source.url)}" {_AWAY}>{name}</a>'
    date = f" <span>{escape(say('published', source.published))}</span>" if source.published else ""
    return f'<p class="source">{name}{date}</p>'


def explanation(hit: Hit, words: Sequence[str], written: Mapping[str, str], say: Callable[..., str]) -> str:
    """The parts of the score: a bar for each of the words, and a row for each word of the chunk that one met, those that add most.

    What a piece of one of the words adds is counted with it. `written` is how the chunk writes its terms. The rows sum to the score.
    """
    met = [(word, written.get(term, term), via, fields) for word, term, via, fields in _whole(hit.meetings(), words)]
    bars: dict[str, float] = {}
    for word, _, _, fields in met:
        if word in words:
            bars[word] = bars.get(word, 0.0) + sum(fields.values())
    chart = "".join(
        f'<tr><th scope="row">{escape(word)}</th><td><i style="width:{100 * weight / max(bars.values()):.0f}%"></i></td>'
        f"<td>{weight:.1f}</td></tr>"
        for word, weight in sorted(bars.items(), key=lambda bar: -bar[1])[:_BARS]
    )
    rows = [(word, term, say("comma").join(map(say, fields)), say(via), sum(fields.values())) for word, term, via, fields in met]
    rows.sort(key=lambda row: (row[0] not in words, -row[-1]))
    shown = rows[: min(_ROWS, sum(row[0] in words for row in rows)) or _ROWS]
    if rest := rows[len(shown) :]:
        shown.append((say("rest", len(rest)), "", "", "", sum(row[-1] for row in rest)))
    shown.append((say("total"), "", "", "", hit.score))
    heads = "".join(f'<th scope="col">{escape(say(key))}</th>' for key in ("your_word", "its_word", "where", "how", "score"))
    lines = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row[:4])}<td>{row[4]:.2f}</td></tr>" for row in shown)
    return f'<table class="bars">{chart}</table><div class="scroll"><table class="matches"><tr>{heads}</tr>{lines}</table></div>'


def _whole(met: list[Meeting], words: Sequence[str]) -> list[Meeting]:
    """The meetings, what a piece of one of the words and a piece of a term add counted with those of the whole."""
    met = [
        (max((whole for whole in words if _within(word, whole)), key=len, default=word), term, via, fields)
        for word, term, via, fields in met
    ]
    whole: dict[tuple[str, str, Via], dict[Field, float]] = {}
    for word, term, via, fields in met:
        around = [other for one, other, way, _ in met if (one, way) == (word, via) and _within(term, other)]
        sums = whole.setdefault((word, max(around, key=len, default=term), via), {})
        for field, weight in fields.items():
            sums[field] = sums.get(field, 0.0) + weight
    return [(*key, fields) for key, fields in whole.items()]


def _within(piece: str, whole: str) -> bool:
    """Whether a word is part of another: letters only as words of a phrase."""
    return f" {piece} " in f" {whole} " if piece.isascii() else piece in whole
