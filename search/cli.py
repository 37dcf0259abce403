"""The `wenlu` command: ask, index, export, eval, page, serve. Heavy parts are imported inside the commands, for start-up time alone."""

from __future__ import annotations

import atexit
import gc
import json
import locale
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import zip_longest
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any, BinaryIO, get_args

import click

from search import __version__
from search.document import KINDS, Answer, Chunk, Field, Hit, Kind, Language, Part
from search.errors import DocumentError, QuestionError, WenluError, reasons
from search.words import HELP, TEXT, say
from search.workers import gc_paused

if TYPE_CHECKING:
    from socket import socket

    from search.index import Index


def _locale_language() -> Language:
    names = [os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    name = next(filter(None, names), None) or locale.getlocale()[0] or ""
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"  # Windows says "Chinese (Simplified)_China"


_LITTLE = 4000  # texts that are indexed before anybody would look at a progress bar
INTERFACE = _locale_language()

# --- what the terminal gets ---------------------------------------------------------------------------------------------------

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # a document must not steer the terminal
_PIECE = re.compile(r"\s+|[（《「『【“‘]*(?:(?:(?!\s)[\x00-\u10ff–’])+|\S)[，。、；：？！）》」』】”’…]*")  # no line ends within
_SUREST = 0.99  # shown: nobody can claim more
_ROWS = 15  # of an explanation


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _fill(text: str, columns: int, indent: int = 0) -> str:
    """The text broken to a width in columns, of which Chinese takes two a character, following lines indented."""
    lines, line, used = [], "", 0
    for piece in (piece for paragraph in text.splitlines(keepends=True) for piece in _PIECE.findall(paragraph)):
        if "\n" in piece or (used + _width(piece) > columns and line.strip()):
            lines.append(line.rstrip())
            line, used = " " * indent, indent
            piece = piece.strip()
        line, used = line + piece, used + _width(piece)
    return "\n".join([*lines, line])


def wrap(text: str, indent: int = 0) -> str:
    """The text broken to the terminal's width, following lines indented; left as it is when piped."""
    return _fill(text, min(get_terminal_size().columns, 100) - 1, indent) if sys.stdout.isatty() else text


def _put(text: str = "", **style: Any) -> None:
    text = _CONTROL.sub("", text)
    # The stream is named, for by itself click writes UTF-8 to ASCII consoles.
    click.echo(click.style(text, **style) if style else text, file=sys.stdout)


def _title(chunk: Chunk) -> str:
    return chunk.title or chunk.id  # a passage need not have one


def _text(part: Part) -> str:
    """The text of a part with each address behind the words that lead there, unless they are the address."""
    text = part.text
    for start, end, address in reversed(part.addresses):
        shown = address.removeprefix("mailto:")
        text = text if shown.rstrip("/") in text[start:end] else f"{text[:end]} <{shown}>{text[end:]}"
    return text


def _steps(chunk: Chunk) -> None:
    for number, step in enumerate((part for part in chunk.parts if part.kind == "step"), 1):
        _put(wrap(f"  {number}. {_text(step)}", 5))


def _table(text: str, language: Language) -> None:
    """A table part: its columns aligned, or where they are too wide each row as a block of lines, a cell each."""
    heads, *rows = (line.split(" | ") for line in text.split("\n"))
    widths = [max(map(_width, column)) for column in zip_longest(heads, *rows, fillvalue="")]
    if sum(widths) + 2 * len(widths) - 2 < get_terminal_size().columns or not rows:
        for row in (heads, *rows):
            cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=False))
            _put("  ".join(cells).rstrip(), bold=row is heads or None)
        return
    for number, row in enumerate(rows):
        if number:
            _put()
        for head, cell in zip_longest(heads, row, fillvalue=""):
            if cell:
                _put(wrap(say(language, "cell", head, cell) if head else cell, 2))


def _body(chunk: Chunk, language: Language) -> None:
    before = None
    for part in chunk.parts:
        if before and (before != part.kind or part.kind not in ("step", "item")):
            _put()
        if part.kind == "draft":  # flush left and unbroken, so that it can be copied as it stands
            _put(say(language, "copy_from"), dim=True)
            _put(part.text)
            _put(say(language, "copy_to"), dim=True)
        elif part.kind in ("step", "item"):
            _put(wrap(f"  {part.prefix}{_text(part)}", 2 + len(part.prefix)))
        elif part.kind == "note":
            _put(wrap(f"  | {_text(part)}", 4), italic=True)
        elif part.kind == "table":
            _table(_text(part), language)
        else:
            _put(wrap(_text(part)))
        before = part.kind


def _together(rows: Iterable[Mapping[Field, float]]) -> dict[Field, float]:
    sums: dict[Field, float] = {}
    for field, weight in (part for row in rows for part in row.items()):
        sums[field] = sums.get(field, 0.0) + weight
    return sums


def _explain(hit: Hit, answer: Answer) -> None:
    """The entry's id, and a line for each word of the question and what it met: how, how much in all, and how much in each field.

    What pieces of Chinese words add (characters, pairs across words, syllables) is one line, and so is what follows the heaviest.
    """
    language = answer.language
    _put(wrap(f"    {say(language, 'made_of', hit.chunk.id, hit.score)}", 4), dim=True)
    rows, pieces = [], []
    for question, term, via, fields in hit.meetings():
        if question not in answer.understood and (via == "pinyin" or not question.isascii()):
            pieces.append(fields)
        else:
            word = question if question == term else f"{question} → {term}"
            rows.append((say(language, "met", word, say(language, via)), fields))
    if pieces:
        rows.append((say(language, "pieces", len(pieces)), _together(pieces)))
    rows.sort(key=lambda row: -sum(row[1].values()))
    if rest := rows[_ROWS:]:
        rows[_ROWS:] = [(say(language, "rest", len(rest)), _together(fields for _, fields in rest))]
    for said, fields in rows:
        places = "  ".join(f"{say(language, field)} {weight:.2f}" for field, weight in fields.items())
        _put(wrap(f"  {sum(fields.values()):6.2f}  {say(language, 'cell', said, places)}", 10), dim=True)


def _source(chunk: Chunk, language: Language) -> None:
    source = chunk.source
    said = [source.name or source.title or source.document, source.published, source.url]
    _put()
    _put(wrap(say(language, "source", " · ".join(dict.fromkeys(filter(None, said))))), dim=True)


def _others(heading: str, hits: Sequence[Hit], answer: Answer, explain: bool) -> None:
    language = answer.language
    if hits:
        _put()
        _put(say(language, heading), bold=True)
    for hit in hits:
        foreign = "" if hit.chunk.language == language else f" [{say(language, f'in_{hit.chunk.language}')}]"
        _put(wrap(f"  - {_title(hit.chunk)}{foreign}", 4))
        if explain:
            _explain(hit, answer)


def show(answer: Answer, index: Index, explain: bool) -> None:
    """Prints the answer as text, its labels in its language."""
    if answer.answered:
        _show_answer(answer, explain)
    else:
        _show_declined(answer, index, explain)


def _show_answer(answer: Answer, explain: bool) -> None:
    from search.reply import rivals

    language, (hit, *others), procedure = answer.language, answer.hits, answer.procedure
    several = rivals(answer)
    _put(wrap(_title(hit.chunk)), bold=True)
    _put(f"{say(language, hit.chunk.kind)} · {say(language, 'confidence', min(hit.confidence, _SUREST))}", dim=True)
    for other in several:
        _put(wrap(say(language, "or_this", _title(other.chunk)), 2))
    _put()
    _body(hit.chunk, language)
    _source(hit.chunk, language)
    if explain:
        _explain(hit, answer)
    if procedure and procedure.id != hit.chunk.id:
        _put()
        _put(wrap(say(language, "how_to_do", procedure.title)), bold=True)
        _body(procedure, language)
        _source(procedure, language)
    # An entry stands in one place; why it was found is told where it is listed.
    _others("others", [other for other in others if explain or other.chunk != procedure], answer, explain)


def _show_declined(answer: Answer, index: Index, explain: bool) -> None:
    from search.reply import is_russian, missing, near, understood

    language, topic = answer.language, answer.open_question
    _put(wrap(say(language, "open_question", topic) if topic else say(language, "no_answer")), bold=True)
    for key, words in (("understood", [] if topic else understood(answer)), ("missing", missing(answer))):
        if words:
            _put(wrap(say(language, key, say(language, "comma").join(words))))
    if is_russian(answer.question):
        _put(wrap(say(language, "russian")))
    if support := index.chunk(f"{language}/help-center#find-help-center"):  # a corpus of one's own need not have it
        _put()
        _put(say(language, "ask_support", support.title), bold=True)
        _steps(support)
    _others("nearest", near(answer), answer, explain)


def _json(value: dict[str, Any]) -> str:
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # a GBK console: escape rather than lose a character
        return json.dumps(value)
    return text


# --- the commands, each explained in words.py -------------------------------------------------------------------------------


class _Formatter(click.HelpFormatter):
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or say(INTERFACE, "usage"))

    def write_heading(self, heading: str) -> None:
        self.write(f"{say(INTERFACE, heading) if heading in TEXT else f'{heading}:'}\n")

    def write_text(self, text: str) -> None:
        self.write(_fill(" " * self.current_indent + text, self.width, self.current_indent) + "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """As click's, but by the columns that characters take: click counts characters, and cuts words in two."""
        rows = list(rows)
        widest = max((_width(term) for term, _ in rows if _width(term) <= col_max), default=0)
        column = self.current_indent + widest + col_spacing
        for term, text in rows:
            start = " " * self.current_indent + term
            gap = "\n" if _width(term) > widest else " " * (column - _width(start))
            self.write(_fill(f"{start}{gap}{text}", self.width, column).rstrip() + "\n")


class _Context(click.Context):
    formatter_class = _Formatter


class _Command(click.Command):
    context_class = _Context


class _Option(click.Option):
    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """As click's, with what it adds in brackets in the language of the help."""
        record = super().get_help_record(ctx)
        if INTERFACE == "en" or not record:
            return record
        return record[0], re.sub(
            r"。  \[(.+)\]$", lambda found: f"（{'，'.join(map(_noted, found[1].split('; ')))}）。", record[1]
        )


def _noted(text: str) -> str:
    return _translated(text, _NOTES) or text


class _Path(click.Path):
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not value:  # as an unset variable of a shell gives, and not the folder that one is in
            self.fail(say(INTERFACE, "unnamed"), param, ctx)
        return super().convert(value, param, ctx)


class _Group(click.Group):
    context_class, command_class = _Context, _Command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # whoever read our output has seen enough; click would end with status 1
            return 0


Declare = Callable[[Callable[..., Any]], Any]


def _help(name: str) -> str:
    return HELP[name][INTERFACE == "en"].strip()


def option(name: str, *variable: str, **settings: Any) -> Declare:
    """An option with its help; `variable` names the parameter when it is not the option's own name."""
    return click.option(name, *variable, cls=_Option, help=_help(name), **settings)


def command(name: str) -> Declare:
    """A command with its help."""
    explained = wenlu.command(name, help=_help(name), short_help=_help(name).split("\n")[0])
    return lambda function: help_option(explained(function))  # the last of its options


help_option = click.help_option("-h", "--help", help=_help("--help"))
corpus_option = option("--corpus", multiple=True, type=_Path())
index_option = option("--index", "index_file", type=_Path())
strict_option = option("--strict", is_flag=True)
json_option = option("--json", "as_json", is_flag=True)


def port_option(default: int) -> Declare:
    return option("--port", type=click.IntRange(0, 65535), default=default, show_default=True, envvar="PORT")


@click.group(cls=_Group, help=_help("wenlu"))
@click.version_option(__version__, message="%(prog)s %(version)s", help=_help("--version"))
@help_option
def wenlu() -> None:
    if os.environ.get("NO_COLOR"):
        click.get_current_context().color = False


def _exclusive(one: str, other: str) -> click.UsageError:
    return click.UsageError(say(INTERFACE, "exclusive", one, other))


def _index(corpus: tuple[str, ...], file: str | None = None, strict: bool = False) -> Index:
    if file and corpus:
        raise _exclusive("--index", "--corpus")
    with gc_paused(), _progress() as progress:
        if file:
            from search import milvus

            return milvus.load(file)
        from search.corpora import load_corpus

        return load_corpus(list(corpus) or None, strict=strict, on_error=_warn, progress=progress)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None] | None]:
    """What shows on a terminal how much of the text has been looked at, with an estimate; nothing where it is done at once."""
    with ExitStack() as stack:
        bars: list[Any] = []

        def show(done: int, total: int) -> None:
            if total > _LITTLE:
                if not bars:
                    bar = click.progressbar(length=total, label=say(INTERFACE, "indexing"), file=sys.stderr, show_eta=True)
                    bars.append(stack.enter_context(bar))
                bars[0].update(done - bars[0].pos)

        yield show if sys.stderr.isatty() else None


def _corpus_for_page(corpus: tuple[str, ...]) -> None:
    """The page, which Streamlit starts, finds its documents by the environment. Raises DocumentError for a path that would be two there."""
    paths = [os.path.abspath(path) for path in corpus]
    if parted := next((path for path in paths if os.pathsep in path), None):
        raise DocumentError(
            f"{parted}: the page can't take a path with {os.pathsep!r} in it; rename the folder or move the documents",
            f"{parted}：页面不支持含有 {os.pathsep!r} 的路径，请给文件夹改名，或把文档移到别处",
        )
    if paths:
        os.environ["WENLU_CORPUS"] = os.pathsep.join(paths)


def _listen(host: str, port: int) -> socket:
    """A socket that listens. Raises WenluError, as for a port that is taken."""
    from socket import IPPROTO_TCP, SOCK_STREAM, TCP_NODELAY, create_server, getaddrinfo

    try:
        family = getaddrinfo(host, port, type=SOCK_STREAM)[0][0]
        listener = create_server((host, port), family=family, backlog=2048)
    except (OSError, UnicodeError) as error:
        english, chinese = reasons(error)
        raise WenluError(
            f"{host}, port {port}: can't listen ({english}); choose others with --host and --port",
            f"{host} 的 {port} 端口用不了（{chinese}），请用 --host 和 --port 换一个",
        ) from error
    # asyncio does this for sockets of its own; else a small reply waits 40 ms for the client to acknowledge its head.
    listener.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    return listener


@command("ask")
@click.argument("question", nargs=-1, required=True)
@corpus_option
@index_option
@option("--limit", type=click.IntRange(1, 1000), default=5, show_default=True)
@option("--language", type=click.Choice(get_args(Language)))
@option("--kind", "kinds", multiple=True, type=click.Choice(KINDS))
@json_option
@option("--explain", is_flag=True)
@strict_option
def ask(
    question: tuple[str, ...],
    corpus: tuple[str, ...],
    index_file: str | None,
    limit: int,
    language: Language | None,
    kinds: tuple[Kind, ...],
    as_json: bool,
    explain: bool,
    strict: bool,
) -> int:
    with gc_paused():  # for start-up time, here and below
        from search.reply import reply
        from search.wire import to_json

    index, plain = _index(corpus, index_file, strict), as_json or language or kinds

    def answer_to(text: str) -> Answer:
        if not text.strip():
            raise QuestionError("the question is empty; type what you want to know", "问题是空的，请写出想问的内容")
        asked = index.search(text, limit=limit, language=language, kinds=kinds or None) if plain else None
        answer = asked or reply(index, text, limit, INTERFACE)
        if as_json:
            _put(_json(to_json(answer)))
        else:
            show(answer, index, explain)
        return answer

    if question != ("-",):
        atexit.register(gc.freeze)  # or the interpreter would look for garbage as it ends
        with gc_paused():
            return 0 if answer_to(" ".join(question)).answered else 1
    for line in _lines(sys.stdin.buffer):
        try:
            answer_to(line)
        except QuestionError as error:
            if as_json:
                _put(_json({"question": line[:1000], "error": _one_line(error)}))
            else:
                _warn(error)
        if not as_json:
            _put()
        sys.stdout.flush()
    return 0


def _lines(stream: BinaryIO) -> Iterator[str]:
    """Each line as it arrives: UTF-8, or else the console's encoding, or else UTF-8 with its broken bytes replaced."""
    for line in stream:
        text = line.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n")
        for encoding, errors in (("utf-8", "strict"), (sys.stdin.encoding, "strict"), ("utf-8", "replace")):
            with suppress(UnicodeDecodeError):
                yield text.decode(encoding, errors)
                break


@command("index")
@corpus_option
@option("--output", type=_Path(dir_okay=False))
@option("--to")
@strict_option
def build(corpus: tuple[str, ...], output: str | None, to: str | None, strict: bool) -> None:
    from search import milvus
    from search.files import FORMATS

    if not output and not to:
        raise click.UsageError(say(INTERFACE, "either", "--output", "--to"))
    if output and os.path.exists(output) and os.path.splitext(output)[1].lower() in FORMATS:
        raise DocumentError(
            f"{output}: there is a document of that name; give the index another one, such as index.wenlu",
            f"{output}：已有同名文档，请给索引换个名字，例如 index.wenlu",
        )
    index = _index(corpus, strict=strict)
    documents = index.documents
    if output:
        index.save(output)
        click.echo(say(INTERFACE, "counted", output, documents, len(index)), file=sys.stderr)
    if to:
        hidden = not sys.stderr.isatty()
        with click.progressbar(length=len(index), label=to, file=sys.stderr, hidden=hidden) as progress:
            changed = milvus.publish(index, to, progress.update)
        text = say(INTERFACE, "counted", to, documents, len(index))
        click.echo(text if changed else say(INTERFACE, "unchanged", text), file=sys.stderr)


@command("export")
@corpus_option
@index_option
@option("--output", required=True, type=_Path(file_okay=False))
@strict_option
def static(corpus: tuple[str, ...], index_file: str | None, output: str, strict: bool) -> None:
    from search.export import export

    written = export(_index(corpus, index_file, strict), output)
    click.echo(say(INTERFACE, "exported", output, written.files, written.bytes / 1e6), file=sys.stderr)


@command("eval")
@click.argument("questions", type=_Path())
@corpus_option
@index_option
@option("--split")
@json_option
@option("--baseline", type=_Path())
def evaluation(
    questions: str, corpus: tuple[str, ...], index_file: str | None, split: str | None, as_json: bool, baseline: str | None
) -> int:
    from search.evaluate import compare, evaluate, read_questions, read_report, unknown

    chosen = [question for question in read_questions(questions) if split in (None, question.split)]
    if not chosen:
        raise DocumentError(f"{questions}: no question to ask; check --split", f"{questions}：没有可问的问题，请检查 --split")
    before = read_report(baseline) if baseline else None
    index = _index(corpus, index_file)
    if strange := unknown(index, chosen):
        click.echo(say(INTERFACE, "no_such_entries", len(strange), say(INTERFACE, "comma").join(strange[:5])), file=sys.stderr)
    report = evaluate(index, chosen)
    _put(_json(report.to_json()) if as_json else report.table())
    if before is None:
        return 0
    better, worse = compare(before, report)
    for heading, lines in (("better", better), ("worse", worse)):
        text = "\n  ".join([f"\n{say(INTERFACE, heading)} ({len(lines)})", *map(_line, lines)])
        click.echo(text, file=sys.stderr if as_json else sys.stdout)  # JSON stays alone on standard output
    return 1 if worse else 0


@command("page")
@corpus_option
@option("--host", default="localhost", show_default=True)
@port_option(8501)
def page(corpus: tuple[str, ...], host: str, port: int) -> None:
    from search.page import launch

    _corpus_for_page(corpus)
    _listen(host, port).close()  # which Streamlit would do, and say in its own way what fails
    _index(corpus)  # which the page would do when somebody comes
    launch(host, port)


@command("serve")
@corpus_option
@index_option
@option("--host", default="127.0.0.1", show_default=True)
@port_option(8000)
@option("--allow-origin", "origins", multiple=True)
@option("--watch", is_flag=True)
@option("--rate", type=click.FloatRange(0), default=20.0, show_default=True)
@option("--log-questions", is_flag=True)
@option("--page", "with_page", is_flag=True)
def serve(
    corpus: tuple[str, ...],
    index_file: str | None,
    host: str,
    port: int,
    origins: tuple[str, ...],
    watch: bool,
    rate: float,
    log_questions: bool,
    with_page: bool,
) -> None:
    from search.serve import Settings, Supply, run

    if index_file and (corpus or with_page):
        raise _exclusive("--index", "--corpus" if corpus else "--page")
    if with_page:
        _corpus_for_page(corpus)
    settings = Settings(origins=origins, rate=rate, burst=int(max(1, min(3 * rate, 1e9))), log_questions=log_questions)
    listener = _listen(host, port)
    run(Supply(corpus, index_file), settings, listener, watching=watch, page=with_page, on_error=_warn)


@command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(wenlu, {}, "wenlu", "_WENLU_COMPLETE").source())


# --- errors: one line that says the next step ---------------------------------------------------------------------------------

_CLICK = ("no_command", "extra", "extras", "is_folder", "is_file", "no_reading", "no_writing")  # what click may say, by its key
_NOTES = ("default", "between", "least", "required")  # what click may add to the help of an option


def _line(text: str) -> str:
    return " ".join(_CONTROL.sub("", text).split())


def _one_line(error: Exception) -> str:
    return _line(error.said(INTERFACE) if isinstance(error, WenluError) else str(error))


def _warn(error: Exception) -> None:
    message = _one_line(error)
    if isinstance(error, click.UsageError):
        message = say(INTERFACE, "see_help", _usage(error), error.ctx.command_path if error.ctx else "wenlu")
    with suppress(OSError):  # then nobody can be told
        click.echo(say(INTERFACE, "failed", message), file=sys.stderr)


def _system(error: OSError) -> WenluError:
    names, (english, chinese) = [str(error.filename)] if error.filename else [], reasons(error)
    return WenluError(say("en", "refused", ": ".join([*names, english])), say("zh", "refused", "：".join([*names, chinese])))


def _unforeseen(error: Exception) -> WenluError:
    key, said = ("no_memory" if isinstance(error, MemoryError) else "unforeseen"), f"{type(error).__name__}: {error}"[:200]
    return WenluError(say("en", key, said), say("zh", key, said))


def _usage(error: click.UsageError) -> str:
    """What was wrong with the command line; click itself says it in English only."""
    if isinstance(error, click.BadParameter) and error.param and _from_environment(error):
        error.param_hint = f"${error.param.envvar}"
    said = " ".join(error.format_message().split())
    names = getattr(error, "possibilities", None)
    meant = say(INTERFACE, "meant", say(INTERFACE, "comma").join(names)) if names else ""
    if isinstance(error, click.NoSuchOption):
        return say(INTERFACE, "no_option", error.option_name) + (meant or say(INTERFACE, "hyphen"))
    if INTERFACE == "en":
        return said if said.endswith((".", "?")) else f"{said}."
    if isinstance(error, click.BadParameter):
        name = error.param_hint or (error.param and _name(error.param)) or ""
        if isinstance(error, click.MissingParameter):
            return f"缺少参数 {name}"
        return f"参数 {name} 的值不对（{_expected(error)}）"
    if isinstance(error, click.BadOptionUsage):
        return f"选项 {error.option_name} 要么缺一个值，要么多了一个"
    translated = _translated(error.message, _CLICK)
    return f"{translated}{meant}" if translated else f"命令有误（{said.rstrip('.')}）"


def _name(param: click.Parameter) -> str:
    """A parameter as the help writes it."""
    return param.opts[0] if isinstance(param, click.Option) else param.human_readable_name


def _translated(text: str, keys: Iterable[str]) -> str:
    """In Chinese, what click says in the English words that words.py has by these keys; empty for anything else."""
    for key in keys:
        chinese, english = TEXT[key]
        if found := re.search(re.escape(english).replace(r"\{\}", "(.+)"), " ".join(text.split())):
            return chinese.format(*(value.strip("'\"") for value in found.groups()))
    return ""


def _from_environment(error: click.BadParameter) -> bool:
    return bool(
        error.ctx
        and error.param
        and error.param.name
        and error.ctx.get_parameter_source(error.param.name) is click.core.ParameterSource.ENVIRONMENT
    )


def _expected(error: click.BadParameter) -> str:
    """In Chinese, what a parameter takes."""
    match error.param and error.param.type:
        case click.Choice(choices=choices):
            return f"可以是 {'、'.join(map(str, choices))}"
        case click.IntRange(min=least, max=most):
            return f"应是 {least} 到 {most} 之间的整数"
        case click.FloatRange(min=least):
            return f"应是不小于 {least} 的数"
    return _translated(error.message, _CLICK) or error.message


def _drop_output() -> None:
    """Lets go what can't be written, or the interpreter would try again, and fail, at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(arguments: list[str] | None = None) -> None:
    """Runs the command and exits: 0 answered or done, 1 no confident answer, 2 an error, which is one line on standard error."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # it was closed before we came
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that can't show a character shows "?"
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        status = wenlu.main(arguments or ["--help"], prog_name="wenlu", standalone_mode=False) or 0
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
        status = 0
    except OSError as error:
        _warn(_system(error))
        _drop_output()
        status = 2
    except (WenluError, click.ClickException) as error:
        _warn(error)
        status = 2
    except (KeyboardInterrupt, click.Abort):  # as which click takes it
        status = 130
    except Exception as error:
        if os.environ.get("WENLU_TRACEBACK"):
            raise
        _warn(_unforeseen(error))
        status = 2
    sys.exit(status)


if __name__ == "__main__":
    main()
