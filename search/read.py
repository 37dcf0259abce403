"""Files, folders and JSONL passages become documents: decoded, cleaned of control characters, their metadata taken out."""

from __future__ import annotations

import codecs
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml

from search.document import Document, Language
from search.errors import DocumentError

FORMATS: dict[str, Literal["markdown", "text", "passage"]] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".jsonl": "passage",
}
_ENDINGS = ", ".join(FORMATS)

_LINE_END = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_STRAY = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]"
)  # control characters, lone surrogates, inner BOMs
_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[A-Za-z]+")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*)")
_DAY = r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)日?"
_DATE_LINE = re.compile(
    r"(?:(?:发布|更新)?(?:时间|日期|于)|published|updated|date)?\s*(?:on\b)?\s*[:：]?\s*"
    + _DAY
    + r"(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?\s*",
    re.I,
)
_COUNTER = re.compile(r"\d{1,4}(?=[A-Z][a-z])")  # a footnote mark or counter that copying glued to the first word: "1Ozon"
_RAW_FORM = re.compile(r"[一二三四五六七八九十]+、|第[一二三四五六七八九十\d]+步|(?:Q\d*|问|步骤\s*\d+)\s*[:：]|Step \d+\s*[:.]")


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

    roots = [Path(path) for path in paths]
    files = _named([list(_files(root, report)) for root in roots], [_label(root) for root in roots])
    documents: list[Document] = []
    passages: dict[str, str] = {}
    for path, name in files:
        try:
            for document in _read(path, name, report):
                if document.id is not None:
                    if document.id in passages:
                        report(
                            DocumentError(
                                f"{document.name}: the id {document.id[:80]!r} is already that of "
                                f"{passages[document.id]}; give every passage an id of its own"
                            )
                        )
                        continue
                    passages[document.id] = document.name
                documents.append(document)
        except DocumentError as problem:
            report(problem)
    if not documents:
        if problems:
            raise problems[0]
        raise DocumentError(f"No document to read; give a file or folder with {_ENDINGS} files")
    return documents


def _files(root: Path, report: Callable[[DocumentError], None]) -> Iterator[tuple[Path, str]]:
    """The files at or below `root`, each with its name there, sorted by it."""
    try:
        folder = root.is_dir()
        missing = not folder and not root.exists()
    except (OSError, ValueError):
        folder, missing = False, True
    if missing:
        report(DocumentError(f"{_shown(root)}: there is no such file or folder; check the path"))
    elif not folder:
        yield root, root.name
    else:

        def unreadable(error: OSError) -> None:
            report(DocumentError(f"{_shown(error.filename)}: {error.strerror or error}; make the folder readable or remove it"))

        found: list[tuple[str, Path]] = []
        for top, folders, names in os.walk(root, onerror=unreadable):
            folders[:] = [name for name in folders if not name.startswith(".")]
            found += [
                ((Path(top, name)).relative_to(root).as_posix(), Path(top, name))
                for name in names
                if not name.startswith(".") and Path(name).suffix.lower() in FORMATS
            ]
        if not found:
            report(DocumentError(f"{_shown(root)}: the folder holds no document; put {_ENDINGS} files into it"))
        yield from ((path, name) for name, path in sorted(found))


def _label(root: Path) -> str:
    return (root if root.is_dir() else root.absolute().parent).absolute().name or "corpus"


def _named(groups: list[list[tuple[Path, str]]], labels: list[str]) -> list[tuple[Path, str]]:
    """One list with unique names, each file once: corpora that share a name put their folder's name before all of theirs."""
    seen: set[Path] = set()
    for group in groups:
        group[:] = [(path, name) for path, name in group if path.absolute() not in seen]
        seen.update(path.absolute() for path, _ in group)
    owners = Counter(name for group in groups for _, name in group)
    out: dict[str, Path] = {}
    for group, label in zip(groups, labels, strict=True):
        shared = any(owners[name] > 1 for _, name in group)
        for path, name in group:
            stem, ending = os.path.splitext(_clean(f"{label}/{name}" if shared else name))
            free = (f"{stem}{mark}{ending}" for mark in ("", *(f"-{number}" for number in range(2, len(seen) + 2))))
            out[next(name for name in free if name not in out)] = path
    return [(path, name) for name, path in out.items()]


def _read(path: Path, name: str, report: Callable[[DocumentError], None]) -> Iterator[Document]:
    shown, form = _shown(path), FORMATS.get(path.suffix.lower())
    if form is None:
        raise DocumentError(f"{shown}: unknown kind of file; Wenlu reads {_ENDINGS}")
    try:
        if not path.is_file():
            raise DocumentError(f"{shown}: not an ordinary file; give a file or folder with {_ENDINGS} files")
        data = path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{shown}: {error.strerror or error}; check that the file is there and readable") from error
    text = decode(data, shown)
    hint = _folder_language([*path.parent.parts, *re.split(r"[._]", Path(name).stem)])
    if form == "passage":
        yield from _passages(text, name, shown, hint, report)
        return
    text = _clean(text)
    if not text.strip():
        raise DocumentError(f"{shown}: the file is empty; write something into it or remove it")
    yield _document(text, name, form, hint)


def _document(text: str, name: str, form: Literal["markdown", "text"] | str, hint: Language | None) -> Document:
    meta, text = front_matter(text)
    stem = re.sub(r"[\s_-]+", " ", Path(name).stem).strip() or name
    headings = list(_headings(text)) if form == "markdown" else []
    if form == "markdown" and not headings and sum(bool(_RAW_FORM.match(line)) for line in text.splitlines()) > 1:
        form = "text"  # an article pasted into a Markdown file as it was
    title, published = meta.get("title", ""), iso_date(meta.get("published", "") or meta.get("date", ""))
    if form == "text":
        first, day, text = _masthead(text)
        title, published = title or first, published or day
    else:
        top = [heading for level, heading in headings if level == 1]
        title = title or (plain(top[0]) if len(top) == 1 else "")
    return Document(
        name=name,
        format="text" if form == "text" else "markdown",
        text=text,
        title=title or stem,
        language=_language(meta.get("language") or meta.get("lang", "")) or hint or language_of(text),
        source=meta.get("source") or None,
        url=meta.get("url") or None,
        published=published,
        reviewed=iso_date(meta.get("reviewed", "")),
    )


def _passages(
    text: str, name: str, shown: str, hint: Language | None, report: Callable[[DocumentError], None]
) -> Iterator[Document]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        where = f"{shown} line {number}"
        try:
            row: Any = json.loads(line)
        except (ValueError, RecursionError):
            report(DocumentError(f'{where}: not JSON; write one {{"id": …, "text": …}} a line'))
            continue
        fields = row if isinstance(row, dict) else {}
        own = {key: _clean(str(value)).strip() for key, value in fields.items() if isinstance(value, str | int)}
        if not own.get("id") or not own.get("text"):
            report(DocumentError(f'{where}: a passage needs an "id" and a "text"; add them or remove the line'))
            continue
        yield Document(
            name=f"{name}:{number}",
            format="passage",
            id=own["id"],
            text=own["text"],
            title=own.get("title", ""),
            language=_language(own.get("language", "")) or hint or language_of(own["text"]),
            source=own.get("source") or None,
            url=own.get("url") or None,
            published=iso_date(own.get("published", "")),
        )


def decode(data: bytes, shown: str) -> str:
    """The text of a file in UTF-8, UTF-16, GB18030 or, by its character statistics, another encoding. Raises DocumentError."""
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise _undecodable(shown, encoding, error.start + len(mark)) from error
    zeros = data.count(0)
    try:
        text = data.decode("utf-8")
        if zeros * 10 <= len(data):
            return text
    except UnicodeDecodeError as error:
        lossy = data.decode("utf-8", "replace")
        wide, bad = sum(character > "\x7f" for character in lossy), lossy.count("\ufffd")
        if not zeros and wide > 4 * bad:  # UTF-8 but for a few bytes: another encoding would turn all of it into nonsense
            raise _undecodable(shown, "utf-8", error.start) from error
    best = (0.45, "")  # a right guess reaches 0.55 (traditional) to 1.0, a wrong one stays below 0.4
    for encoding in ("gb18030", "big5", "utf-16-le", "utf-16-be") if not zeros else ("utf-16-le", "utf-16-be"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        best = max(best, (_familiar(text), encoding), key=lambda pair: pair[0])
    if best[1]:
        return data.decode(best[1])
    if not zeros:
        from charset_normalizer import from_bytes  # 20 ms to import, and hardly any file needs it

        guess = from_bytes(data[:50_000]).best()
        if guess is not None:
            try:
                return data.decode(guess.encoding)
            except (UnicodeDecodeError, LookupError):
                pass
    raise DocumentError(f"{shown}: not readable as text in UTF-8, UTF-16 or GB18030; save it as UTF-8 text or remove it")


def _undecodable(shown: str, encoding: str, offset: int) -> DocumentError:
    return DocumentError(f"{shown}: damaged {encoding.upper()} at byte {offset}; open it, repair that place and save it as UTF-8")


def _familiar(text: str) -> float:
    """The share of everyday Chinese characters and punctuation among the first 4,000 characters beyond ASCII; 0 for binary data."""
    sample = text[:20_000]
    if sum(character < " " and character not in "\t\n\r\f" for character in sample) * 50 > len(sample):
        return 0.0
    wide = [character for character in sample if character > "\x7f"][:4000]
    if not wide:
        return 1.0
    leads = "".join(wide).encode("gb2312", "ignore")[::2]  # rows 16-55 of GB 2312 are its 3,755 commonest characters
    return sum(lead in (0xA1, 0xA3) or 0xB0 <= lead <= 0xD7 for lead in leads) / len(wide)


def front_matter(text: str) -> tuple[dict[str, str], str]:
    """The plain values of a YAML block at the head of a text, keys in lower case, and the text below it."""
    start = text.lstrip("\n")
    if not re.match(r"---[ \t]*\n", start):
        return {}, text
    end = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE).search(start, start.index("\n"), 20_000)
    if end is None:
        return {}, text
    block = start[start.index("\n") : end.start()]
    try:
        # The base loader keeps every scalar a string: "2026-03-05", "no" and "1.10" stay as written, and no tag is obeyed.
        values = yaml.load(block, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    except (yaml.YAMLError, RecursionError, ValueError):
        values = dict(re.findall(r"^([A-Za-z_]+)[ \t]*:[ \t]*[\"']?(.*?)[\"']?[ \t]*$", block, re.MULTILINE)) or None
    if not isinstance(values, dict):
        return ({}, text) if values else ({}, start[end.end() :])
    return {str(key).lower(): value.strip() for key, value in values.items() if isinstance(value, str)}, start[end.end() :]


def iso_date(text: str) -> str | None:
    """The first day named in `text` ("2026-3-5", "2026年3月5日"), as "2026-03-05"."""
    match = re.search(_DAY, text[:100])
    try:
        return date(*map(int, match.groups())).isoformat() if match else None
    except ValueError:
        return None


def _masthead(text: str) -> tuple[str, str | None, str]:
    """A plain text's title, date and the rest: a short first line is the title, a date may open one of the next lines."""
    lines = text.strip().split("\n")
    title, first = "", lines[0].strip().lstrip("# ")
    if len(lines) > 1 and 0 < len(first) <= 100 and first[-1] not in "。.;；:：,，?？!！" and not _RAW_FORM.match(first):
        title, lines = first, lines[1:]
    for at, line in enumerate(lines[:4]):
        match = _DATE_LINE.match(line.strip())
        if match and (day := iso_date(match[0])):
            lines[at] = _COUNTER.sub("", line.strip()[match.end() :], count=1)
            return title, day, "\n".join(lines)
    return title, None, "\n".join(lines)


def _headings(text: str) -> Iterator[tuple[int, str]]:
    """Level and source text of each Markdown heading outside of code and comments."""
    fence, comment, before = "", False, ""
    for line in text.split("\n"):
        match = _FENCE.match(line)
        if fence:
            if match and match[1].startswith(fence):
                fence = ""
        elif comment or "<!--" in line:
            comment = line.rfind("-->") <= line.rfind("<!--") if "<!--" in line else "-->" not in line
        elif match:
            fence = match[1]
        elif match := _HEADING.match(line):
            yield len(match[1]), match[2]
        elif before.strip() and re.match(r" {0,3}(=+|-+)[ \t]*$", line):
            yield (1 if "=" in line else 2), before
        before = line


def plain(heading: str) -> str:
    """A heading's source without its anchor, links, tags and emphasis."""
    heading = re.sub(r"[ \t]+#*[ \t]*$|[ \t]*\{#[^{}]*\}[ \t#]*$", "", heading[:500])
    heading = re.sub(r"!?\[([^\[\]]*)\]\([^()]*\)|</?[A-Za-z][^<>]*>", r"\1", heading)
    return re.sub(r"[`*]", "", heading).strip()


def language_of(text: str) -> Language:
    """Chinese when Han characters weigh at least half of the Latin words, by the first 20,000 characters."""
    sample = text[:20_000]
    han = len(_HAN.findall(sample))
    return "zh" if han and han * 2 >= len(_WORD.findall(sample)) else "en"


def _language(value: str) -> Language | None:
    value = value.strip().lower()
    if value.startswith(("zh", "chinese", "中", "cn")):
        return "zh"
    return "en" if value.startswith(("en", "英")) else None


def _folder_language(parts: Iterable[str]) -> Language | None:
    """What the nearest of the folders (or pieces of the file name) named for a language says."""
    for part in reversed(list(parts)):
        if re.fullmatch(r"(zh|en|cn)([-_]\w{1,8})?", part, re.I):
            return "en" if part[:2].lower() == "en" else "zh"
    return None


def _clean(text: str) -> str:
    return _STRAY.sub("", _LINE_END.sub("\n", text))


def _shown(path: object) -> str:
    return _clean(str(path)).replace("\n", " ")[:300]
