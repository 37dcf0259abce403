"""Wenlu beside what a user would otherwise pick, on the same passages in one run: `make bench`.

    python benchmarks/bench.py [--sizes 1000 10000 100000 1000000] [--stages core build …] [--folder FOLDER] [--output FOLDER]

Passages are made from a seed (passages.py) and kept in FOLDER, below the user's cache by default, with what was measured
(results.json); a run replaces the figures of its own stages and sizes and keeps the others. The tables go between the marks in
benchmarks/README.md and the plot to docs/speed.png, or both to the output folder. Whatever is compared takes turns, round by
round; a question's time is the median of its rounds, and so is a ratio of whole processes.

Stages: core (ranking alone, on given terms), common (the same where every word is common), build, search (whole `Index.search`, Chinese and English), open, cold (whole
processes on the shipped corpus), reindex, serve.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import gc
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import passages
from passages import KEPT, ROOT, Passages
from peers import ENGINES, best

from search import Index
from search.errors import IndexFileError

Figures = dict[str, Any]
SIZES = (1_000, 10_000, 100_000, 1_000_000)
LIMIT = 10  # results of a search
PATIENCE = 3.0  # seconds that a slow engine may take for one round; the rest of the questions is left out for it
PLAIN_MOST = 100_000  # passages that the plain script is built with; more take it an hour
COLD_ROUNDS = 11
QUESTIONS = {"Chinese": "看不到聊天按钮怎么办", "English": "my ticket has had no reply for three days"}
CORE = "Top 10 on given terms, warm: time of Wenlu's ranking over each engine's, p50 / p99 (of Wenlu itself, milliseconds)."
COMMON = "The same where passages are the corpus's few hundred sentences over and over, so that every word is common."
PACKAGES = ("numpy", "scikit-learn", "jieba", "bm25s", "numba", "tantivy")


class Bench:
    """One run: where its data is and what it has measured so far."""

    def __init__(self, folder: Path, seed: int, rounds: int, questions: int, engines: Sequence[str]) -> None:
        self.folder, self.seed, self.rounds, self._questions = folder, seed, rounds, questions
        self.engines = ["Wenlu", *engines]
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "results.json"
        self.results: Figures = json.loads(self._file.read_text("utf-8")) if self._file.exists() else {}

    def passages(self, count: int, kept: float = KEPT) -> Passages:
        data = passages.make(self.folder, count, self.seed, kept)
        return data._replace(questions=data.questions[: self._questions])

    def keep(self, stage: str, key: str | int, figures: Figures) -> None:
        """Remember what a stage measured, on disk too: a run may be stopped."""
        self.results.setdefault(stage, {})[str(key)] = figures
        self.results["machine"] = machine()
        text = json.dumps(self.results, ensure_ascii=False, indent=1)
        self._file.write_text(text, "utf-8")
        self.results = json.loads(text)  # keys are strings there
        print(f"{stage} {key}: {json.dumps(figures, ensure_ascii=False)}", file=sys.stderr)

    def index(self, count: int) -> Path:
        """A built index of the first passages, made unless an earlier stage left one that is usable."""
        place = self.folder / f"index-{count}.wenlu"
        try:
            Index.load(place)
        except IndexFileError:
            with fresh_cache() as cache:
                spawn(index_command(self.passages(count).file, place), cache)
        return place

    # --- stages -------------------------------------------------------------------------------------------------------------------

    def core(self, count: int, kept: float = KEPT, stage: str = "core") -> None:
        """Top 10 on given terms, warm."""
        data, figures, engines = self.passages(count, kept), {}, {}
        for name, make in ENGINES.items():
            if name not in self.engines:
                continue
            try:
                engines[name] = make(data, data.file.with_suffix(""))
            except ImportError as error:
                print(f"{name} is left out: {error}", file=sys.stderr)
                continue
            figures[name] = {"bytes": engines[name].size}
            gc.collect()
        asked = [question.terms for question in data.questions]
        found = {name: [engine.search(terms, LIMIT) for terms in asked[:50]] for name, engine in engines.items()}
        for name, hits in found.items():
            shared = [len(set(a) & set(b)) / max(len(b), 1) for a, b in zip(hits, found["Wenlu"], strict=True)]
            figures[name]["shared"] = float(np.mean(shared))
        took = take_turns({name: _asking(engine.search) for name, engine in engines.items()}, asked, self.rounds)
        for name, seconds in took.items():
            figures[name] |= compared(took["Wenlu"], seconds)
        self.keep(stage, count, figures)

    def common(self, count: int) -> None:
        """`core`, where passages are the corpus's sentences as they are, so that every word is common."""
        self.core(count, 1.0, "common")

    def search(self, count: int) -> None:
        """Whole `Index.search` and the ranking of its concepts, asked in Chinese and in English."""
        index, data = Index.load(self.index(count)), self.passages(count)
        asked = {
            "Chinese": [" ".join(question.terms) for question in data.questions],
            "English": [q.english for q in data.questions],
        }
        numbers = range(len(data.questions))
        concepts = {
            name: [[concept.weighted(index.postings) for concept in index.lexicon.query(text).concepts["zh"]] for text in texts]
            for name, texts in asked.items()
        }
        doing: dict[str, Callable[[int], object]] = {}
        for name in asked:
            doing[f"search, {name}"] = lambda number, name=name: index.search(asked[name][number], LIMIT)
            doing[f"rank, {name}"] = lambda number, name=name: best(index.postings, concepts[name][number], LIMIT)
            doing[f"lexicon, {name}"] = lambda number, name=name: index.lexicon.query(asked[name][number])
        took = take_turns(doing, numbers, self.rounds)
        figures = {name: compared(seconds, took[f"{name.split(',')[0]}, Chinese"]) for name, seconds in took.items()}
        for name in asked:
            hits = [index.search(text, LIMIT).hits for text in asked[name]]
            wanted = [f"p{question.passage}" for question in data.questions]
            figures[f"search, {name}"]["found"] = float(
                np.mean([want in {hit.chunk.id for hit in row} for want, row in zip(wanted, hits, strict=True)])
            )
            figures[f"rank, {name}"]["terms"] = float(np.mean([sum(len(one.terms) for one in row) for row in concepts[name]]))
        self.keep("search", count, figures)

    def build(self, count: int) -> None:
        """Whole processes: `wenlu index` and the plain script's fit, from the same file."""
        data, place = self.passages(count), self.folder / f"index-{count}.wenlu"
        taken: dict[str, list[Run]] = {"wenlu": [], "plain": []}
        for _ in range(1 if count > 10_000 else min(3, self.rounds)):
            with fresh_cache() as cache:
                taken["wenlu"].append(spawn(index_command(data.file, place), cache))
            if count <= PLAIN_MOST:
                taken["plain"].append(spawn([sys.executable, str(ROOT / "benchmarks" / "plain.py"), str(data.file)]))
        figures = {name: processes(runs) for name, runs in taken.items() if runs}
        figures["wenlu"] |= {"bytes": place.stat().st_size, "text": data.text_bytes}
        if taken["plain"]:
            figures["ratio"] = ratios(taken["wenlu"], taken["plain"])
        self.keep("build", count, figures)

    def reindex(self, count: int) -> None:
        """A build after one passage in a hundred has changed, beside a full one that gives the same bytes."""
        lines = self.passages(count).file.read_text("utf-8").splitlines(keepends=True)
        with tempfile.TemporaryDirectory(dir=self.folder) as folder, fresh_cache() as cache, fresh_cache() as other:
            file, first, again = (Path(folder) / name for name in ("passages.jsonl", "index.wenlu", "again.wenlu"))
            file.write_text("".join(lines), "utf-8")
            spawn(index_command(file, first), cache)
            for number in range(0, count, 100):
                lines[number] = lines[number].replace("。", "，改过了。")
            file.write_text("".join(lines), "utf-8")
            changed, full = spawn(index_command(file, first), cache), spawn(index_command(file, again), other)
            same = first.read_bytes() == again.read_bytes()
        self.keep("reindex", count, {"ratio": ratios([changed], [full]), "same": same, "full": full._asdict()})

    def open(self, counts: Sequence[int]) -> None:
        """Whole processes that open an index and answer: the largest beside the smallest."""
        small, large = min(counts), max(counts)
        question = " ".join(self.passages(small).questions[0].terms)
        commands = {str(count): ask_command(question, "--index", str(self.index(count))) for count in (small, large)}
        rounds = list(alternate(commands, COLD_ROUNDS))
        figures: Figures = {name: processes([row[name] for row in rounds]) for name in commands}
        figures["ratio"] = ratios([row[str(large)] for row in rounds], [row[str(small)] for row in rounds])
        self.keep("open", f"{small}-{large}", figures)

    def cold(self) -> None:
        """Whole processes over the shipped corpus: `wenlu ask`, the plain script, and numpy's import alone."""
        for language, question in QUESTIONS.items():
            plain = [sys.executable, str(ROOT / "benchmarks" / "plain.py"), str(ROOT / "corpus"), question]
            commands = {"wenlu": ask_command(question), "plain": plain, "numpy": [sys.executable, "-c", "import numpy"]}
            with fresh_cache() as cache:
                rounds = list(alternate(commands, COLD_ROUNDS, cache))
            figures: Figures = {name: processes([row[name] for row in rounds]) for name in commands}
            for name in ("plain", "numpy"):
                figures[f"of {name}"] = ratios([row["wenlu"] for row in rounds], [row[name] for row in rounds])
            self.keep("cold", language, figures)

    def serve(self, seconds: float) -> None:
        """One worker, 50 connections, a corpus that is replaced every two seconds."""
        import serve

        served = asyncio.run(serve.run(seconds, 50, False, False))
        served.show()
        self.keep("serve", "50", served._asdict() | {"rate": served.requests / served.took})


def _asking(search: Callable[[Sequence[str], int], Sequence[int]]) -> Callable[[Sequence[str]], object]:
    return lambda terms: search(terms, LIMIT)


def take_turns(doing: Mapping[str, Callable[[Any], object]], items: Sequence[Any], rounds: int) -> dict[str, np.ndarray]:
    """Seconds of each thing done for each item, the median of the rounds, in which all take turns. A slow one gets fewer items."""
    number = {}
    for name, do in doing.items():
        do(items[0])
        start = time.perf_counter()
        do(items[0])
        number[name] = min(len(items), max(30, int(PATIENCE / (time.perf_counter() - start))))
    names = list(doing)
    took: dict[str, list[list[float]]] = {name: [] for name in names}
    for turn in range(rounds + 1):  # the first one warms
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            seconds = []
            for item in items[: number[name]]:
                start = time.perf_counter()
                doing[name](item)
                seconds.append(time.perf_counter() - start)
            if turn:
                took[name].append(seconds)
    return {name: np.median(rows, axis=0) for name, rows in took.items()}


def compared(ours: np.ndarray, theirs: np.ndarray) -> Figures:
    """p50 and p99 in ms of both, and ours over theirs, on the questions that both were asked (seconds of each)."""
    both = min(len(ours), len(theirs))
    figures: Figures = {"questions": both}
    for share in (50, 99):
        own, other = (1000 * float(np.percentile(seconds[:both], share)) for seconds in (ours, theirs))
        figures |= {f"p{share}": other, f"ours{share}": own, f"ratio{share}": own / other}
    return figures


# --- processes --------------------------------------------------------------------------------------------------------------------


def index_command(file: Path, output: Path) -> list[str]:
    return [sys.executable, "-m", "search.cli", "index", "--corpus", str(file), "--output", str(output)]


def ask_command(question: str, *options: str) -> list[str]:
    return [sys.executable, "-m", "search.cli", "ask", question, *options]


@contextmanager
def fresh_cache() -> Iterator[Path]:
    """An empty folder, to be the user's cache."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


# Linux counts what a process's parent holds when it starts as memory of the process: a small one starts it.
_LAUNCHER = """
import json, os, sys, time
start = time.perf_counter()
out, error = os.open(os.devnull, os.O_WRONLY), os.open(sys.argv[1], os.O_WRONLY)
process = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, out, 1), (os.POSIX_SPAWN_DUP2, error, 2)])
_, status, usage = os.wait4(process, 0)
took = time.perf_counter() - start
print(json.dumps([took, usage.ru_maxrss, usage.ru_utime + usage.ru_stime, os.waitstatus_to_exitcode(status)]))
"""


class Run(NamedTuple):
    """A whole process: seconds, peak MB (of the largest, where it starts others) and seconds of processor time (of all)."""

    seconds: float
    MB: float
    processor: float


def spawn(command: Sequence[str], cache: Path | None = None) -> Run:
    """Run a command. Raises RuntimeError when it fails."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | ({"XDG_CACHE_HOME": str(cache)} if cache else {})
    environment.pop("WENLU_CORPUS", None)
    # The round that does not count leaves modules compiled, as an installation has them.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.NamedTemporaryFile() as said:
        launch = [sys.executable, "-I", "-S", "-c", _LAUNCHER, said.name, *command]
        done = subprocess.run(launch, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        seconds, memory, processor, status = json.loads(done.stdout)
        if status not in (0, 1):  # 1: no confident answer
            raise RuntimeError(f"{' '.join(command)}: status {status}\n{said.read().decode()}")
    return Run(seconds, memory / (1024 if sys.platform == "linux" else 1 << 20), processor)


def alternate(commands: Mapping[str, list[str]], rounds: int, cache: Path | None = None) -> Iterator[dict[str, Run]]:
    """Each command once a round, after one that does not count."""
    for turn in range(rounds + 1):
        row = {name: spawn(command, cache) for name, command in commands.items()}
        if turn:
            yield row


def processes(runs: Sequence[Run]) -> Figures:
    """The medians."""
    return {name: median(getattr(run, name) for run in runs) for name in Run._fields}


def ratios(ours: Sequence[Run], theirs: Sequence[Run]) -> Figures:
    """The medians of the rounds' ratios."""
    return {name: median(getattr(a, name) / getattr(b, name) for a, b in zip(ours, theirs, strict=True)) for name in Run._fields}


def machine() -> Figures:
    """What it was measured on."""
    model, memory = platform.processor() or platform.machine(), ""
    if sys.platform == "linux":
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), model)
        memory = f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    return {
        "date": datetime.date.today().isoformat(),
        "processor": model,
        "cores": os.cpu_count(),
        "memory": memory,
        "system": platform.system(),
        "Python": platform.python_version(),
        **{name: found for name in PACKAGES if (found := _version(name))},
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


# --- what is shown ----------------------------------------------------------------------------------------------------------------


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in [header, ["---"] * len(header), *rows])


def size(count: str | int) -> str:
    return f"{int(count):,}"


def number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.2g}"


def core_table(title: str, core: Figures) -> Iterator[str]:
    counts = sorted(core, key=int)
    names = [name for name in ENGINES if any(name in core[count] for count in counts)]

    def row(name: str, cell: Callable[[Figures], str]) -> list[str]:
        return [name, *(cell(core[count][name]) if name in core[count] else "" for count in counts)]

    yield title
    cells = [row(name, lambda f: f"{number(f['ratio50'])} / {number(f['ratio99'])}") for name in names[1:]]
    own = row("Wenlu, ms", lambda f: "")[:1] + [f"{core[c]['Wenlu']['p50']:.3f} / {core[c]['Wenlu']['p99']:.3f}" for c in counts]
    yield table(["passages", *map(size, counts)], [own, *cells])


def search_table(search: Figures) -> Iterator[str]:
    counts = sorted(search, key=int)
    yield "Whole `Index.search` and its parts, p50 / p99 in milliseconds; English questions cross to the Chinese passages."
    names = list(search[counts[0]])
    rows = [
        [name, *(f"{number(search[c][name]['ours50'])} / {number(search[c][name]['ours99'])}" for c in counts)] for name in names
    ]
    for part in ("search", "rank"):
        ratios = [search[c][f"{part}, English"] for c in counts]
        rows.append([f"{part}, English ÷ Chinese (ratio)", *(f"{number(f['ratio50'])} / {number(f['ratio99'])}" for f in ratios)])
    yield table(["passages", *map(size, counts)], rows)


def build_table(build: Figures) -> Iterator[str]:
    counts = sorted(build, key=int)
    yield "Building from a file, whole processes."
    rows = [
        ["`wenlu index`, seconds", *(number(build[c]["wenlu"]["seconds"]) for c in counts)],
        ["over the plain script's fit: time", *(_ratio(build[c], "seconds") for c in counts)],
        ["over the plain script's fit: processor time", *(_ratio(build[c], "processor") for c in counts)],
        ["peak MB of the largest process", *(f"{build[c]['wenlu']['MB']:.0f}" for c in counts)],
        ["index over UTF-8 text, bytes", *(number(build[c]["wenlu"]["bytes"] / build[c]["wenlu"]["text"]) for c in counts)],
    ]
    yield table(["passages", *map(size, counts)], rows)


def _ratio(figures: Figures, name: str) -> str:
    return number(figures["ratio"][name]) if "ratio" in figures else ""


def process_table(results: Figures) -> Iterator[str]:
    compared: list[tuple[str, Figures]] = []
    for language, f in results.get("cold", {}).items():
        compared.append((f"`wenlu ask`, {language} question, over the plain script", f["of plain"]))
        compared.append((f"`wenlu ask`, {language} question, over `python -c 'import numpy'`", f["of numpy"]))
    for key, f in results.get("open", {}).items():
        small, large = key.split("-")
        compared.append((f"`wenlu ask --index`, {size(large)} passages over {size(small)}", f["ratio"]))
    for count, f in results.get("reindex", {}).items():
        said = "the same bytes" if f["same"] else "other bytes"
        compared.append((f"`wenlu index`, 1 % of {size(count)} passages changed, over a full build ({said})", f["ratio"]))
    if compared:
        yield "Whole processes, ratios."
        rows = [[said, *(number(f[name]) for name in ("seconds", "processor", "MB"))] for said, f in compared]
        yield table(["", "time", "processor time", "peak memory"], rows)
    for f in results.get("serve", {}).values():
        yield (
            f"`wenlu serve`, one worker, {f['connections']} connections for {f['took']:.0f} s, documents replaced {f['replaced']} times: "
            f"{f['rate']:.0f} requests/s, p50 {f['latencies']['0.5']:.0f} ms, p99 {f['latencies']['0.99']:.0f} ms, "
            f"{1000 * f['used'] / f['requests']:.1f} ms of processor time a request, {f['versions']} versions answered, "
            f"errors: {f['errors'] or 'none'}."
        )


def report(results: Figures) -> str:
    """The tables, in Markdown."""
    about = results["machine"]
    packages = ", ".join(f"{name} {about[name]}" for name in ("Python", *PACKAGES) if name in about)
    parts = [
        f"{about['date']}; {about['processor']}, {about['cores']} cores, {about['memory']}, {about['system']}; {packages}.",
        *(core_table(CORE, results["core"]) if "core" in results else ()),
        *(core_table(COMMON, results["common"]) if "common" in results else ()),
        *(search_table(results["search"]) if "search" in results else ()),
        *(build_table(results["build"]) if "build" in results else ()),
        *process_table(results),
    ]
    return "\n\n".join(parts) + "\n"


def plot(results: Figures, place: Path) -> None:
    """Median time of a search over corpus size, both logarithmic."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    lines = [("core", name, name, "-") for name in ENGINES]
    lines += [("search", f"search, {name}", f"Wenlu, whole search, {name}", "--") for name in QUESTIONS]
    figure, axes = pyplot.subplots(figsize=(8.2, 4.2))
    for stage, name, label, style in lines:
        points = [(int(c), f[name]) for c, f in results.get(stage, {}).items() if name in f]
        if points:
            counts, figures = zip(*sorted(points, key=lambda point: point[0]), strict=True)
            times = [f["ours50" if stage == "search" else "p50"] for f in figures]
            axes.plot(counts, times, style, marker=".", label=label, linewidth=2.5 if "Wenlu" in label else 1)
    axes.set(xscale="log", yscale="log", xlabel="passages", ylabel="median time of a search, ms")
    axes.grid(alpha=0.3)
    if axes.lines:
        axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))
    figure.tight_layout()
    figure.savefig(place, dpi=100, metadata={"Software": None})
    pyplot.close(figure)


def publish(results: Figures, output: Path | None) -> None:
    text = report(results)
    print(text)
    readme = ROOT / "benchmarks" / "README.md"
    if output:
        output.mkdir(parents=True, exist_ok=True)
        (output / "table.md").write_text(text, "utf-8")
    else:
        before, begin, rest = readme.read_text("utf-8").partition("<!-- begin -->\n")
        _, end, after = rest.partition("<!-- end -->")
        readme.write_text(f"{before}{begin}\n{text}\n{end}{after}", "utf-8")
    plot(results, (output or ROOT / "docs") / "speed.png")


def main(words: Sequence[str] | None = None) -> None:
    from platformdirs import user_cache_path

    stages = ("core", "common", "build", "search", "open", "reindex", "cold", "serve")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--stages", nargs="*", choices=stages, default=stages)
    parser.add_argument("--engines", nargs="*", choices=list(ENGINES), default=list(ENGINES), help="beside Wenlu")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--questions", type=int, default=passages.QUESTIONS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60, help="how long the server is asked")
    parser.add_argument("--folder", type=Path, default=user_cache_path("wenlu", appauthor=False) / "bench")
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args(words)
    bench = Bench(arguments.folder, arguments.seed, arguments.rounds, arguments.questions, arguments.engines)
    for stage in (bench.core, bench.common, bench.build, bench.search):
        for count in arguments.sizes if stage.__name__ in arguments.stages else ():
            stage(count)
            gc.collect()
    if "open" in arguments.stages:
        bench.open(arguments.sizes)
    if "reindex" in arguments.stages:
        bench.reindex(min(100_000, max(arguments.sizes)))
    if "cold" in arguments.stages:
        bench.cold()
    if "serve" in arguments.stages:
        bench.serve(arguments.seconds)
    publish(bench.results, arguments.output)


if __name__ == "__main__":
    main()
