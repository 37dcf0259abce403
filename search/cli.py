"""The `wenlu` command: ask, index, eval, page, serve. Heavy parts are imported inside the commands, for start-up time alone."""

from __future__ import annotations

import json
import locale
import os
import re
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any, BinaryIO, get_args

import click

from search import __version__
from search.document import KINDS, Answer, Chunk, Hit, Kind, Language, Match, Via
from search.errors import DocumentError, QuestionError, WenluError

if TYPE_CHECKING:
    from search.index import Index


def _locale_language() -> Language:
    names = [os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    name = next(filter(None, names), None) or locale.getlocale()[0] or ""
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"  # Windows says "Chinese (Simplified)_China"


INTERFACE = _locale_language()


def _(en: str, zh: str, language: Language = INTERFACE) -> str:
    return zh if language == "zh" else en


# --- what the terminal gets ---------------------------------------------------------------------------------------------------

KIND_NAMES = {
    "faq": ("FAQ", "常见问题"),
    "procedure": ("Procedure", "操作步骤"),
    "section": ("Section", "说明"),
    "glossary": ("Term", "术语"),
}
FIELD_NAMES = {
    "title": ("title", "标题"),
    "alias": ("also asked", "其他问法"),
    "path": ("heading above", "上级标题"),
    "body": ("text", "正文"),
}
VIA_NAMES: dict[Via, tuple[str, str]] = {
    "exact": ("same word", "原词"),
    "stem": ("word form", "词形"),
    "script": ("traditional characters", "繁体"),
    "synonym": ("synonym", "同义词"),
    "pinyin": ("pinyin", "拼音"),
    "spelling": ("spelling", "错字"),
    "translation": ("dictionary", "词典"),
}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # a document must not steer the terminal
_PIECE = re.compile(r"\s+|[\u1100-\U0003ffff](?:[，。、；：？！）》」』”’…])*|[^\s\u1100-\U0003ffff]+")


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def wrap(text: str, indent: int = 0) -> str:
    """The text broken to the terminal's width (Chinese takes two columns), following lines indented; left as it is when piped."""
    if not sys.stdout.isatty():
        return text
    columns = min(get_terminal_size().columns, 100) - 1
    lines, line, used = [], "", 0
    for piece in (piece for paragraph in text.splitlines(keepends=True) for piece in _PIECE.findall(paragraph)):
        if "\n" in piece or (used + _width(piece) > columns and line.strip()):
            lines.append(line.rstrip())
            line, used = " " * indent, indent
            piece = piece.strip()
        line, used = line + piece, used + _width(piece)
    return "\n".join([*lines, line])


def _say(text: str = "", **style: Any) -> None:
    text = _CONTROL.sub("", text)
    click.echo(
        click.style(text, **style) if style else text, file=sys.stdout
    )  # named, for by itself click writes UTF-8 to ASCII consoles


def _steps(chunk: Chunk) -> None:
    for number, step in enumerate(chunk.steps, 1):
        _say(wrap(f"  {number}. {step}", 5))


def _body(chunk: Chunk, language: Language) -> None:
    for before, part in zip((None, *chunk.parts), chunk.parts, strict=False):
        if before and (before.kind != part.kind or part.kind not in ("step", "item")):
            _say()
        if part.kind == "draft":  # flush left and unbroken, so that it can be copied as it stands
            _say(_("----- copy from here -----", "----- 从这里开始复制 -----", language), dim=True)
            _say(part.text)
            _say(_("----- to here -----", "----- 复制到这里为止 -----", language), dim=True)
        elif part.kind in ("step", "item"):
            _say(wrap(f"  {part.prefix}{part.text}", 2 + len(part.prefix)))
        elif part.kind == "note":
            _say(wrap(f"  | {part.text}", 4), italic=True)
        else:
            _say(wrap(part.text))


def _explain(hit: Hit, language: Language) -> None:
    """A line for each word of the question and what it met: how, how much in all, and how much in each field."""
    _say(_(f"Score {hit.score:.2f}, made up of", f"得分 {hit.score:.2f}，由来如下", language), dim=True)
    met: dict[tuple[str, str, Via], list[Match]] = {}
    for match in hit.matched:
        met.setdefault((match.question, match.term, match.via), []).append(match)
    for (question, term, via), matches in sorted(met.items(), key=lambda item: -sum(match.weight for match in item[1])):
        fields = "  ".join(f"{_(*FIELD_NAMES[match.field], language)} {match.weight:.2f}" for match in matches)
        word = question if question == term else f"{question} → {term}"
        _say(f"  {sum(match.weight for match in matches):6.2f}  {word} ({_(*VIA_NAMES[via], language)}): {fields}", dim=True)


def _source(chunk: Chunk, language: Language) -> str:
    source = chunk.source
    said = [source.name or source.title, source.published, source.url, source.document]
    return _("Source: ", "来源：", language) + " · ".join(dict.fromkeys(filter(None, said)))


def _others(hits: tuple[Hit, ...], language: Language, explain: bool) -> None:
    for hit in hits:
        foreign = "" if hit.chunk.language == language else _(" [Chinese]", "［英文］", language)
        _say(f"  - {hit.chunk.title}{foreign}  {hit.confidence:.0%}  {hit.chunk.id}")
        if explain:
            _explain(hit, language)


def show(answer: Answer, index: Index, explain: bool) -> None:
    """Prints the answer as text, its labels in the question's language."""
    language, hits = answer.language, answer.hits
    if answer.answered:
        chunk = hits[0].chunk
        _say(wrap(chunk.title), bold=True)
        sure = _(f"confidence {hits[0].confidence:.0%}", f"把握 {hits[0].confidence:.0%}", language)
        _say(f"{_(*KIND_NAMES[chunk.kind], language)} · {sure}", dim=True)
        _say()
        _body(chunk, language)
        _say()
        if answer.procedure and answer.procedure.id != chunk.id:
            _say(_("How to do it: ", "操作步骤：", language) + answer.procedure.title, bold=True)
            _steps(answer.procedure)
            _say()
        _say(wrap(_source(chunk, language)), dim=True)
        if explain:
            _explain(hits[0], language)
        hits = hits[1:]
        heading = _("Other matches", "其他结果", language)
    else:
        _say(_("No confident answer.", "没有找到有把握的答案。", language), bold=True)
        comma = _(", ", "、", language)
        if answer.understood:
            _say(wrap(_("Understood: ", "认出了：", language) + comma.join(answer.understood)))
        if answer.missing:
            _say(wrap(_("Not found: ", "没有找到：", language) + comma.join(answer.missing)))
        if support := index.chunk(f"{language}/help-center#find-help-center"):  # a corpus of one's own need not have it
            _say()
            _say(_("Ask support: ", "联系人工支持：", language) + support.title, bold=True)
            _steps(support)
            _say()
        heading = _("Nearest entries", "最接近的条目", language)
    if hits:
        _say(heading, bold=True)
        _others(hits, language, explain)


def _json(value: dict[str, Any]) -> str:
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # a GBK console: escape rather than lose a character
        return json.dumps(value)
    return text


# --- the commands -------------------------------------------------------------------------------------------------------------


class _Formatter(click.HelpFormatter):
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or _("Usage: ", "用法："))

    def write_heading(self, heading: str) -> None:
        super().write_heading({"Options": "选项", "Commands": "命令"}.get(heading, heading) if INTERFACE == "zh" else heading)


class _Context(click.Context):
    formatter_class = _Formatter


class _Command(click.Command):
    context_class = _Context


class _Group(click.Group):
    context_class, command_class = _Context, _Command


help_option = click.help_option("-h", "--help", help=_("Show this message and exit.", "显示这段说明。"))
corpus_option = click.option(
    "--corpus",
    multiple=True,
    type=click.Path(),
    help=_(
        "A file or folder of documents (.md, .txt, .jsonl); may repeat. Default: $WENLU_CORPUS, else the shipped corpus.",
        "文档文件或文件夹（.md、.txt、.jsonl），可重复。默认用 $WENLU_CORPUS，没有设置则用自带的文档。",
    ),
)
index_option = click.option(
    "--index", "index_file", type=click.Path(), help=_("An index made by `wenlu index`.", "用 wenlu index 建好的索引文件。")
)
strict_option = click.option(
    "--strict", is_flag=True, help=_("Stop at a document that can't be read.", "遇到读不了的文档就停下，而不是跳过。")
)
json_option = click.option("--json", "as_json", is_flag=True, help=_("Print JSON.", "输出 JSON。"))


@click.group(
    cls=_Group,
    help=_(
        "Wenlu answers a seller's question, in Chinese or English, out of a folder of plain documents.",
        "问路：用中文或英文提问，从一个普通文档文件夹里找出答案和操作步骤。",
    ),
)
@click.version_option(__version__, message="%(prog)s %(version)s", help=_("Show the version and exit.", "显示版本号。"))
@help_option
def wenlu() -> None:
    if os.environ.get("NO_COLOR"):
        click.get_current_context().color = False


def _index(corpus: tuple[str, ...], file: str | None = None, strict: bool = False) -> Index:
    from search.index import Index, load_corpus

    if file and corpus:
        raise click.UsageError(_("--index and --corpus exclude each other", "--index 和 --corpus 不能同时使用"))
    return Index.load(file) if file else load_corpus(list(corpus) or None, strict=strict, on_error=_warn)


@wenlu.command(
    short_help=_("Answer a question.", "回答一个问题。"),
    help=_(
        "Answer QUESTION. With `-`, answer each line of standard input, in order.\n\n"
        "Exit status: 0 answered, 1 no confident answer, 2 an error; with `-`, 0 when every line was processed.",
        "回答 QUESTION。写 - 则从标准输入每行读一个问题，依次回答。\n\n"
        "退出状态：0 有答案，1 没有有把握的答案，2 出错；用 - 时，每行都处理完就是 0。",
    ),
)
@click.argument("question", nargs=-1, required=True)
@corpus_option
@index_option
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=5, show_default=True, help=_("How many matches.", "最多几条结果。")
)
@click.option(
    "--language", type=click.Choice(get_args(Language)), help=_("Entries in this language only.", "只看这种语言的条目。")
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(KINDS),
    help=_("Entries of this kind only; may repeat.", "只看这类条目，可重复。"),
)
@json_option
@click.option("--explain", is_flag=True, help=_("Show what each word contributed.", "显示每个词贡献了多少分。"))
@strict_option
@help_option
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
    from search.wire import to_json

    index = _index(corpus, index_file, strict)

    def answer_to(text: str) -> Answer:
        if not text.strip():
            raise QuestionError("the question is empty; type what you want to know", "问题是空的，请写出想问的内容")
        answer = index.search(text, limit=limit, language=language, kinds=kinds or None)
        if as_json:
            _say(_json(to_json(answer)))
        else:
            show(answer, index, explain)
        return answer

    if question != ("-",):
        return 0 if answer_to(" ".join(question)).answered else 1
    for line in _lines(sys.stdin.buffer):
        try:
            answer_to(line)
        except QuestionError as error:
            if as_json:
                _say(_json({"question": line[:1000], "error": _one_line(error)}))
            else:
                _warn(error)
        if not as_json:
            _say()
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


@wenlu.command(
    "index",
    help=_(
        "Build an index once, to search it many times with `wenlu ask --index`.", "一次建好索引，供 wenlu ask --index 反复使用。"
    ),
)
@corpus_option
@click.option("--output", required=True, type=click.Path(dir_okay=False), help=_("The file to write.", "要写的文件。"))
@strict_option
@help_option
def build(corpus: tuple[str, ...], output: str, strict: bool) -> None:
    index = _index(corpus, strict=strict)
    index.save(output)
    documents = len({chunk.source.document for chunk in index.chunks})
    counted = _(f"{documents} documents, {len(index)} entries", f"{documents} 个文档，{len(index)} 个条目")
    click.echo(f"{output}: {counted}", file=sys.stderr)


@wenlu.command(
    "eval",
    short_help=_("Measure answers against labelled questions.", "用标注好的问题检验答案。"),
    help=_(
        "Ask every question of QUESTIONS (JSON lines with id, question, wants) and print how well it was answered.\n\n"
        "With --baseline, exit status 1 when any question got worse.",
        "逐个提问 QUESTIONS 里的问题（每行一个 JSON，含 id、question、wants），输出各项指标。\n\n"
        "带 --baseline 时，只要有问题变差，退出状态就是 1。",
    ),
)
@click.argument("questions", type=click.Path())
@corpus_option
@index_option
@click.option("--split", help=_("Only the questions of this split.", "只用这一份（split）里的问题。"))
@json_option
@click.option("--baseline", type=click.Path(), help=_("An earlier run's JSON to compare with.", "用来比较的上一次结果（JSON）。"))
@help_option
def evaluation(
    questions: str, corpus: tuple[str, ...], index_file: str | None, split: str | None, as_json: bool, baseline: str | None
) -> int:
    from search.evaluate import compare, evaluate, read_questions, read_report

    chosen = [question for question in read_questions(questions) if split in (None, question.split)]
    if not chosen:
        raise DocumentError(f"{questions}: no question to ask; check --split", f"{questions}：没有可问的问题，请检查 --split")
    before = read_report(baseline) if baseline else None
    report = evaluate(_index(corpus, index_file), chosen)
    _say(_json(report.to_json()) if as_json else report.table())
    if before is None:
        return 0
    better, worse = compare(before, report)
    for heading, lines in ((_("Better", "变好"), better), (_("Worse", "变差"), worse)):
        text = "\n  ".join([f"\n{heading} ({len(lines)})", *lines])
        click.echo(text, file=sys.stderr if as_json else sys.stdout)  # JSON stays alone on standard output
    return 1 if worse else 0


@wenlu.command(help=_("Open the search page in the browser.", "在浏览器里打开搜索页面。"))
@corpus_option
@click.option("--host", default="localhost", show_default=True, help=_("The address to listen on.", "监听的地址。"))
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8501, show_default=True, envvar="PORT", help=_("The port.", "端口。")
)
@help_option
def page(corpus: tuple[str, ...], host: str, port: int) -> None:
    from search.page import launch

    if corpus:
        os.environ["WENLU_CORPUS"] = os.pathsep.join(os.path.abspath(path) for path in corpus)
    launch(host, port)


@wenlu.command(
    short_help=_("Answer over HTTP.", "用 HTTP 回答问题。"),
    help=_(
        "Serve the HTTP API until stopped; what it offers is shown at /docs.\n\nBehind a proxy, name the proxy's address in "
        "$FORWARDED_ALLOW_IPS, so that limits count clients and not the proxy.",
        "启动 HTTP 服务，直到停止；用法见 /docs。\n\n"
        "前面有代理时，把代理的地址写进 $FORWARDED_ALLOW_IPS，限速才会按真正的来访地址计算。",
    ),
)
@corpus_option
@index_option
@click.option("--host", default="127.0.0.1", show_default=True, help=_("The address to listen on.", "监听的地址。"))
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, envvar="PORT", help=_("The port.", "端口。")
)
@click.option(
    "--allow-origin",
    "origins",
    multiple=True,
    help=_(
        "A site whose pages may ask, such as https://help.example.com; may repeat.",
        "允许哪个网站的页面来提问，如 https://help.example.com，可重复。",
    ),
)
@click.option("--watch", is_flag=True, help=_("Follow the documents when they change.", "文档有改动时自动更新。"))
@click.option(
    "--rate",
    type=click.FloatRange(0),
    default=20.0,
    show_default=True,
    help=_("Requests a second from one address; 0 for any number.", "每个地址每秒最多几个请求，0 表示不限。"),
)
@click.option("--log-questions", is_flag=True, help=_("Write the questions into the log.", "在日志里记下问题原文。"))
@click.option("--page", "with_page", is_flag=True, help=_("Serve the search page at / as well.", "同时在 / 提供搜索页面。"))
@help_option
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
        other = "--corpus" if corpus else "--page"
        raise click.UsageError(_(f"--index and {other} exclude each other", f"--index 和 {other} 不能同时使用"))
    if corpus and with_page:
        os.environ["WENLU_CORPUS"] = os.pathsep.join(os.path.abspath(path) for path in corpus)
    settings = Settings(origins=origins, rate=rate, burst=max(1, int(3 * rate)), log_questions=log_questions)
    run(Supply(corpus, index_file), settings, host=host, port=port, watching=watch, page=with_page, on_error=_warn)


@wenlu.command(help=_("Print the script that completes `wenlu` in SHELL.", "输出在 SHELL 里补全 wenlu 命令的脚本。"))
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@help_option
def completion(shell: str) -> None:
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(wenlu, {}, "wenlu", "_WENLU_COMPLETE").source())


# --- errors: one line that says the next step ---------------------------------------------------------------------------------


def _one_line(error: Exception) -> str:
    message = error.chinese if isinstance(error, WenluError) and INTERFACE == "zh" else str(error)
    return " ".join(_CONTROL.sub("", message).split())


def _warn(error: Exception) -> None:
    message = _one_line(error)
    if isinstance(error, click.UsageError):
        command = error.ctx.command_path if error.ctx else "wenlu"
        message = _(f"{_usage(error)} Try: {command} --help", f"{_usage(error)}。用法见：{command} --help")
    click.echo(_("wenlu: ", "wenlu：") + message, file=sys.stderr)


def _usage(error: click.UsageError) -> str:
    """What was wrong with the command line; click itself says it in English only."""
    said = " ".join(error.format_message().split())
    if INTERFACE == "en":
        return said if said.endswith((".", "?")) else f"{said}."
    name = error.param.opts[0] if isinstance(error, click.BadParameter) and error.param else ""
    if isinstance(error, click.MissingParameter):
        return f"缺少参数 {name}"
    if isinstance(error, click.BadParameter):
        return f"参数 {name} 的值不对（{error.message}）"
    return f"没有选项 {error.option_name}" if isinstance(error, click.NoSuchOption) else f"命令有误（{said.rstrip('.')}）"


def main(arguments: list[str] | None = None) -> None:
    """Runs the command and exits: 0 answered or done, 1 no confident answer, 2 an error, which is one line on standard error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that can't show a character shows "?"
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        status = wenlu.main(arguments or ["--help"], prog_name="wenlu", standalone_mode=False) or 0
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except (WenluError, click.ClickException, OSError) as error:
        _warn(error)
        status = 2
    except (KeyboardInterrupt, click.Abort):
        status = 130
    sys.exit(status)


if __name__ == "__main__":
    main()
