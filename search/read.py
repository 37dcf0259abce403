"""Files, folders and JSONL passages become documents: decoded, cleaned of control characters, their metadata taken out."""

from __future__ import annotations

import codecs
import json
import os
import posixpath
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import cache
from html import unescape
from itertools import accumulate, count
from pathlib import Path
from typing import Any

import yaml

from search import hypertext
from search.document import Document, Language
from search.errors import DocumentError, reasons
from search.files import FORMATS, documents_at
from search.normalize import HAN, HAN_RUN
from search.outline import key
from search.words import ERRORS

_BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}

_LINE_END = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_STRAY = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")  # control characters, lone surrogates, BOMs
_LATIN = re.compile("[A-Za-z]+")
_OWN = frozenset(("id", "text", "title", "language", "lang"))  # keys of a passage that `described` adds nothing to
_CODE = re.compile(r"<!--.*?(?:-->|\Z)|^ {0,3}(`{3,}|~{3,})[^\n]*(?:\n|\Z)(?:.*?^ {0,3}\1[`~]*[ \t]*$|.*\Z)", re.M | re.S)
_FRONT_MATTER = re.compile(r"\n*(?:---[ \t]*\n(.*?)^(?:---|\.\.\.)|\+\+\+[ \t]*\n(.*?)^\+\+\+)[ \t]*$", re.M | re.S)
_LONGEST_FRONT_MATTER = 50_000  # characters
_HEADING = re.compile(r"^ {0,3}(?:(#{1,6})[ \t]+(\S.*)|(\S.*)\n {0,3}=+[ \t]*)$", re.M)
_TOP = re.compile(r"<h1\b[^<>]*>(.{1,500}?)</h1\s*>", re.I | re.S)
_PAGE = re.compile(r"\s*(?:<\?xml\b[^>]{0,200}>\s*)?(?:<!doctype\s+html|<html)\b", re.I)  # what opens a page of HTML
_TAIL = re.compile(rf"\s*[|｜]\s*|\s+[-–—·•:»]\s+|(?<=[{HAN}）？])[-_–—]")  # before the site's name, behind the title of a page
_IMPORTED = re.compile(r"""(?m)^import[ \t]+(\w+)[ \t]+from[ \t]+["'](?:@site(?=/))?([^"'\n]+\.mdx?)["'];?[ \t]*$""")
_ASKED = (("question", "q", "问题", "问"), ("answer", "a", "答案", "答"))  # keys of a question and of its answer in metadata
_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = rf"({'|'.join(_MONTHS)}|{'|'.join(month[:3] for month in _MONTHS)}|sept)\.?"
_DAYS = {  # ways to write a day, each with the places of year, month and day in it
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)日?": (0, 1, 2),
    rf"\b{_MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})(?!\d)": (2, 0, 1),
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?\s+{_MONTH},?\s+(\d{{4}})(?!\d)": (2, 1, 0),
}
_NUMERIC, *_ENGLISH = _DAYS
_DATELINE = re.compile(  # a day in English words opens no sentence: it stands alone, or a bar follows
    r"(?i)(?:(?:发布|更新)?(?:时间|日期|于)|(?:last )?(?:published|updated)|date|(?:mon|tues|wednes|thurs|fri|satur|sun)day,)?"
    rf"\s*(?:on\b)?\s*[:：]?\s*(?:{_NUMERIC}(?:[ T]\d{{1,2}}:\d{{2}}(?::\d{{2}})?)?(?:\s+|$)|(?:{'|'.join(_ENGLISH)})\s*(?:$|[|·•]\s*))"
)
_FOOTNOTE = re.compile(r"\d{1,4}(?=[A-Z][a-z])")  # the mark of one, which copying glued to the first word: "1Ozon"
_ARTICLE = re.compile(
    r"(?m)^[^\S\n]*(?:[一二三四五六七八九十]+、|第[一二三四五六七八九十\d]+步|(?:Q\d*|问|步骤\s*\d+)\s*[:：]|Step \d+\s*[:.])"
)


def read_documents(
    paths: Iterable[str | Path], *, strict: bool = False, on_error: Callable[[DocumentError], None] | None = None
) -> list[Document]:
    """Every document of the files and folders given, in a fixed order: the paths as given, a folder's files by name.

    A file that can't be read goes to `on_error` and the others still load; with `strict` it is raised.
    Raises DocumentError also when nothing at all could be read.
    """
    problems: list[DocumentError] = []

    def report(problem: DocumentError) -> None:
        if strict:
            raise problem
        problems.append(problem)
        if on_error:
            on_error(problem)

    def unlisted(*where: Any, **values: Any) -> None:
        report(_problem(*where, **values))

    roots = [Path(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]
    documents: list[Document] = []
    passages: dict[str, str] = {}
    for path, name, folders in _named([(root, list(documents_at(root, unlisted))) for root in roots]):
        try:
            for document in _read(path, name, folders, report):
                if document.id is not None and passages.setdefault(document.id, document.name) != document.name:
                    report(same_id(document, passages[document.id]))
                else:
                    documents.append(document)
        except DocumentError as problem:
            report(problem)
    if not documents:
        raise (
            problems[0]
            if problems
            else DocumentError(
                f"No document to read; give a file or folder with {', '.join(FORMATS)} files",
                f"没有可读的文档，请给出 {'、'.join(FORMATS)} 文件或文件夹",
            )
        )
    return _assembled(documents)


def _assembled(documents: list[Document]) -> list[Document]:
    """The documents, with each piece of text that a page of MDX imports in its place; it is no document then if its name begins with "_".

    What several pages of HTML have behind their titles is the name of their site, and gone.
    """
    sites = Counter(_title_and_site(document.title)[1] for document in documents if document.format == "html")
    texts = {document.name: document.text for document in documents if document.format == "markdown"}
    out, pieces = list[Document](), set[str]()
    for document in documents:
        if document.format == "html" and sites[(parts := _title_and_site(document.title))[1]] > 1 and parts[1]:
            document = document._replace(title=parts[0])
        text = document.text
        for name, path in _IMPORTED.findall(text) if document.format == "markdown" else ():
            piece = next((place for place in meant(path, document.name) if place in texts and place != document.name), "")
            if piece and (there := re.search(rf"(?m)^[ \t]*<{name}\s*/>[ \t]*$", text)):
                text = f"{text[: there.start()]}\n{texts[piece]}\n{text[there.end() :]}"
                pieces.add(piece)
        out.append(document if text == document.text else document._replace(text=text))
    return [document for document in out if document.name not in pieces or posixpath.basename(document.name)[0] != "_"]


def _problem(where: object, key: str, line: int = 0, **values: object) -> DocumentError:
    """An error about a file, or one of its lines, in the words that words.py has for it."""
    shown = _clean(str(where)).replace("\n", " ")[:300]
    chinese, english = ERRORS[key]
    said = [
        values | {name: reasons(value)[at] for name, value in values.items() if isinstance(value, Exception)} for at in (0, 1)
    ]
    return DocumentError(
        f"{shown}{f' line {line}' if line else ''}: {english.format(endings=', '.join(FORMATS), **said[0])}",
        f"{shown}{f' 第 {line} 行' if line else ''}：{chinese.format(endings='、'.join(FORMATS), **said[1])}",
    )


def same_id(document: Document, other: str) -> DocumentError:
    """The error of two passages with one id, naming both."""
    return _problem(document.name, "same_id", id=(document.id or "")[:80], other=other)


def _named(corpora: list[tuple[Path, list[tuple[Path, str]]]]) -> list[tuple[Path, str, list[str]]]:
    """One list with unique names, each file once: corpora that share a name put their folder's name before all of theirs.

    With each goes what the folders are called that it is in, from the corpus's own down; how its path was typed changes nothing.
    """
    seen, real = set[tuple[str, str]](), cache(os.path.realpath)
    for _, group in corpora:
        group[:] = [(path, name) for path, name in group if (real(path.parent), path.name) not in seen]
        seen.update((real(path.parent), path.name) for path, _ in group)
    owners = Counter(name for _, group in corpora for _, name in group)
    out: dict[str, tuple[Path, list[str]]] = {}
    for root, group in corpora:
        if not group:
            continue
        folder = root.parent if group[0][0] == root else root
        top, shared = folder.resolve().name, any(owners[name] > 1 for _, name in group)
        for path, name in group:
            if shared:
                name = f"{top or 'corpus'}/{name}"
            stem, ending = os.path.splitext(_clean(name))
            free = (f"{stem}-{number}{ending}" for number in count(2))
            unique = stem + ending if stem + ending not in out else next(name for name in free if name not in out)
            out[unique] = path, [top, *path.parent.relative_to(folder).parts]
    return [(path, name, folders) for name, (path, folders) in out.items()]


def _read(path: Path, name: str, folders: Sequence[str], report: Callable[[DocumentError], None]) -> Iterator[Document]:
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise _problem(path, "unknown")
    try:
        if not path.is_file():
            raise _problem(path, "not_a_file" if path.exists() else "missing")
        data = path.read_bytes()
    except OSError as error:
        raise _problem(path, "unreadable", reason=error) from error
    text = decode(data, str(path))
    if not text.strip():
        raise _problem(path, "empty")
    hint = folder_language([*folders, *re.split(r"[._]", Path(name).stem)])
    if form == "passage":
        yield from _passages(text, path, name, hint, report)
    else:
        document = _document(_clean(text), name, form, hint)
        if document and document.format == "html" and not document.text:
            raise _problem(path, "no_article")
        yield from [document] if document else []


def _document(text: str, name: str, form: str, hint: Language | None) -> Document | None:
    meta, text = front_matter(text)
    if form == "html" or _PAGE.match(text):
        return _page(text, name, hint, meta)
    title, day = meta.get("title") or meta.get("question", ""), None
    prose = "" if form == "text" else _CODE.sub("", text)
    article = form == "text" or (
        not _HEADING.search(prose) and len(_ARTICLE.findall(text)) > 1
    )  # or pasted into a Markdown file as it was
    if article:
        first, day, text = _masthead(text)
        title = title or first
    elif not title:
        title = _top_heading(prose, text, name)
    title = title or _file_title(name)
    language = hint or text_language(text)
    document = Document(name, "text" if article else "markdown", text, title, language, published=day, guessed=hint is None)
    return described(document, meta)


def _page(text: str, name: str, hint: Language | None, meta: Mapping[str, str]) -> Document | None:
    """A page of HTML, None where it only leads to another. A site's template may name another language than the page has."""
    content, said = hypertext.article(text)
    if said.get("moved"):
        return None
    words = re.sub(r"<[^<>]*>", " ", content)
    own = text_language(words)
    told = named_language(said.pop("language", ""))
    if told and told != own and (told == "en" or not HAN_RUN.search(words)):
        told = None
    title = meta.get("title") or meta.get("question") or said.get("title") or _file_title(name)
    if (parts := _title_and_site(title))[1] and key(parts[1]) == key(said.get("site", "")):
        title = parts[0]
    document = Document(name, "html", content if words.strip() else "", title, told or hint or own, guessed=not (told or hint))
    return described(document, said | dict(meta))


def _title_and_site(title: str) -> tuple[str, str]:
    """The title of a page, and what stands behind it: the site's name, if many pages have it."""
    *_, mark = [None, *_TAIL.finditer(title, 1)]
    return (title[: mark.start()], title[mark.end() :]) if mark else (title, "")


def _file_title(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", Path(name).stem).strip() or name


def _top_heading(prose: str, text: str, name: str) -> str:
    """The top heading of Markdown, of which `prose` is what is no code. Of several the one that the file is called by, or that the page opens
    with, where lower headings follow; else none."""
    headings = _HEADING.findall(prose)
    top = [marked or underlined for level, marked, underlined in headings if len(level) < 2] or _TOP.findall(text)
    titles = [unescape(plain(" ".join(one.split()))) for one in top]
    if len(titles) < 2:
        return "".join(titles)
    if named := [one for one in titles if one and key(one) in key(Path(name).stem)]:
        return named[0]
    opening = _HEADING.match(prose.lstrip())
    return titles[0] if opening and len(opening[1] or "") < 2 and len(headings[1][0]) > 1 else ""


def _passages(
    text: str, path: Path, name: str, hint: Language | None, report: Callable[[DocumentError], None]
) -> Iterator[Document]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row: Any = json.loads(line)
        except (ValueError, RecursionError):
            report(_problem(path, "not_json", number))
            continue
        values = row.items() if isinstance(row, dict) else ()
        own = {key: _clean(str(value)) for key, value in values if isinstance(value, str | int)}
        id, words, title = own.get("id", ""), own.get("text", ""), own.get("title", "")
        asked = None if words.strip() else _asked(own)
        if asked:
            title, words = asked
        elif not id.strip() or not words.strip():
            report(_problem(path, "no_text", number))
            continue
        language = named_language(own.get("language") or own.get("lang", "")) or hint or text_language(words)
        document = Document(
            f"{name}:{number}", "faq" if asked else "passage", words, title, language, id=id if id.strip() else None
        )
        yield document if own.keys() <= _OWN else described(document, own)


def described(document: Document, meta: Mapping[str, str]) -> Document:
    """The document with what its metadata says of it."""
    language = named_language(meta.get("language") or meta.get("lang", ""))
    return document._replace(
        language=language or document.language,
        guessed=document.guessed and not language,
        source=meta.get("source") or None,
        url=meta.get("url") or None,
        published=iso_date(meta.get("published") or meta.get("date", "")) or document.published,
        # Other sites list addresses there that once led to the page.
        aliases=tuple(name for name in meta.get("aliases", "").split("\n") if name and "/" not in name),
    )


def decode(data: bytes, shown: str) -> str:
    """The text of a file in UTF-8, UTF-16, GB18030 or, by its character statistics, another encoding. Raises DocumentError."""
    mark, encoding = next((pair for pair in _BYTE_ORDER_MARKS.items() if data.startswith(pair[0])), (b"", "utf-8"))
    zeros = data.count(0)
    try:
        text = data[len(mark) :].decode(encoding)
        if mark or zeros * 10 <= len(data):
            return text
    except UnicodeDecodeError as error:
        lossy = data.decode("utf-8", "replace")
        wide, bad = sum(character > "\x7f" for character in lossy), lossy.count("\ufffd")
        # UTF-8 but for a few bytes: another encoding would turn all of it into nonsense.
        if mark or (not zeros and wide > 4 * bad):
            raise _problem(shown, "damaged", encoding=encoding.upper(), byte=error.start + len(mark)) from error
    if (guess := _guessed(data, zeros > 0)) is not None:
        return guess
    raise _problem(shown, "no_text_at_all")


def _guessed(data: bytes, wide: bool) -> str | None:
    """The text in the encoding in which it reads most like Chinese, else in that of its statistics; `wide` when it has zero bytes."""
    best = (0.45, "")  # a right guess reaches 0.55 (traditional) to 1.0, a wrong one stays below 0.4
    for encoding in ("utf-16-le", "utf-16-be") if wide else ("gb18030", "big5", "utf-16-le", "utf-16-be"):
        with suppress(UnicodeDecodeError):
            text = data.decode(encoding)
            best = max(best, (_familiar(text), text), key=lambda pair: pair[0])
    if best[1] or wide:
        return best[1] or None
    from charset_normalizer import from_bytes  # 20 ms to import, and hardly any file needs it

    if guess := from_bytes(data[:50_000]).best():
        with suppress(UnicodeDecodeError, LookupError):
            return data.decode(guess.encoding)
    return None


def _familiar(text: str) -> float:
    """The share of everyday Chinese among a text's first 4,000 characters beyond ASCII; 0 for what has control characters."""
    sample = text[:20_000]
    if sum(character < " " and character not in "\t\n\r\f" for character in sample) * 50 > len(sample):
        return 0.0
    wide = [character for character in sample if character > "\x7f"][:4000]
    if not wide:
        return 1.0
    leads = "".join(wide).encode("gb2312", "ignore")[::2]  # rows 16-55 of GB 2312 are its 3,755 commonest characters
    return sum(lead in (0xA1, 0xA3) or 0xB0 <= lead <= 0xD7 for lead in leads) / len(wide)


def front_matter(text: str) -> tuple[dict[str, str], str]:
    """The plain values of a block of YAML or TOML at the head of a text, keys in lower case, and the text below it."""
    if not (match := _FRONT_MATTER.match(text[:_LONGEST_FRONT_MATTER])):
        return {}, text
    block, rest = match[1], text[match.end() :]
    if block is None:
        try:
            table = tomllib.loads(match[2])
        except (tomllib.TOMLDecodeError, RecursionError):
            return {}, text
        return {key.lower(): str(value).strip() for key, value in table.items() if isinstance(value, str | date)}, rest
    try:
        # The base loader keeps every scalar a string: "2026-03-05", "no" and "1.10" stay as written, and no tag is obeyed.
        values = yaml.load(block, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    except (yaml.YAMLError, RecursionError, ValueError):
        values = dict(re.findall(r"(?m)^(\w+)[ \t]*:[ \t]*[\"']?(.*?)[\"']?[ \t]*$", block)) or block
    if values and not isinstance(values, dict):
        return {}, text
    values = {str(key).lower(): value for key, value in (values or {}).items()}
    meta = {key: value.strip() for key, value in values.items() if isinstance(value, str)}
    if isinstance(aliases := values.get("aliases"), list):
        meta["aliases"] = "\n".join(alias for alias in aliases if isinstance(alias, str))
    return meta, rest + "".join(_questions(values.values()))


def _questions(values: Iterable[object]) -> Iterator[str]:
    """The questions with their answers that metadata lists, as sections."""
    for row in (row for value in values if isinstance(value, list) for row in value if isinstance(row, dict)):
        if asked := _asked(row):
            yield f"\n\n## {asked[0]}\n\n{asked[1]}\n"


def _asked(row: Mapping[Any, object]) -> tuple[str, str] | None:
    """The question and the answer that metadata holds, None where it lacks one."""
    said = {str(key).lower(): value.strip() for key, value in row.items() if isinstance(value, str)}
    question, answer = (next((said[name] for name in names if said.get(name)), "") for names in _ASKED)
    return (" ".join(question.split()), answer) if question and answer else None


def iso_date(text: str) -> str | None:
    """The first day named in `text` ("2026-3-5", "2026年3月5日", "March 5, 2026"), as "2026-03-05"."""
    found = [
        (match.start(), match.groups(), places) for way, places in _DAYS.items() if (match := re.search(way, text[:100], re.I))
    ]
    if not found:
        return None
    _, groups, places = min(found)
    year, month, day = (groups[place].lower() for place in places)
    number = next((number for number, name in enumerate(_MONTHS, 1) if name.startswith(month[:3])), 0) or int(month)
    try:
        return date(int(year), number, int(day)).isoformat()
    except ValueError:
        return None


def _masthead(text: str) -> tuple[str, str | None, str]:
    """A plain text's title, date and the rest: a short first line is the title, a date may open one of the next lines."""
    first, *lines = re.sub(r"^([-=*_~—─═])\1{2,}[ \t]*\n", "", text.strip()).split("\n")
    title, following = first.strip().lstrip("# "), next((line.strip() for line in lines if line.strip()), "")
    sentence = title[-1:] in "。.;；:：,，!！" or (
        title[-1:] in "?？" and not (_DATELINE.match(following) or _ARTICLE.match(following))
    )
    if sentence or not following or len(title) > 100 or _ARTICLE.match(title):
        title, lines = "", [first, *lines]
    for at, line in enumerate(lines[:4]):
        if (match := _DATELINE.match(line.strip())) and (day := iso_date(match[0])):
            rest = line.strip()[match.end() :]
            lines[at] = _FOOTNOTE.sub("", rest, count=1) if _FOOTNOTE.match(rest) else rest
            return title, day, "\n".join(lines)
    return title, None, "\n".join(lines)


def plain(heading: str) -> str:
    """A heading's source without its anchor, links, tags and emphasis."""
    heading = re.sub(r"[ \t]+#*[ \t]*$|[ \t]+:id=[\w-]+[ \t]*$|[ \t]*\{:?[ \t]*[.#][^{}]*\}[ \t#]*$", "", heading[:500])
    heading = re.sub(r"!?\[([^\[\]]*)\]\([^()]*\)|</?[A-Za-z][^<>]*>", r"\1", heading)
    return re.sub(r"[`*]", "", heading).strip()


def text_language(text: str) -> Language:
    """Chinese when Han characters number at least half of the Latin words, by the first 20,000 characters."""
    han = sum(map(len, HAN_RUN.findall(text[:20_000])))
    return "zh" if han and han * 2 >= len(_LATIN.findall(text[:20_000])) else "en"


def meant(file: str, here: str) -> Iterator[str]:
    """The places that a file in a link may be; one that starts with a slash is below the site's folder, which may be any from the top down."""
    folder = posixpath.dirname(here)
    starts = ["", *accumulate(folder.split("/"), posixpath.join)] if file.startswith("/") else [folder]
    for start in starts:
        yield posixpath.normpath(posixpath.join(start, file.lstrip("/")) if file else here)


def named_language(value: str) -> Language | None:
    """The language that a word or a tag names ("zh-Hans", "English", "中文"), None when it is another."""
    value = value.strip().lower()
    if value.startswith(("zh", "chinese", "中", "cn")):
        return "zh"
    return "en" if value.startswith(("en", "英")) else None


def folder_language(parts: Iterable[str]) -> Language | None:
    """What the nearest of the folders (or pieces of the file name) named for a language says."""
    for part in reversed(list(parts)):
        if re.fullmatch(r"(zh|en|cn)([-_]\w{1,8})?", part, re.I):
            return named_language(part)
    return None


def _clean(text: str) -> str:
    return text if text.isprintable() else _STRAY.sub("", _LINE_END.sub("\n", text))
