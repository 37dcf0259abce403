"""Load `wenlu serve`: many connections ask one worker while its corpus is replaced every two seconds.

    python benchmarks/serve.py --seconds 60 --connections 50 [--index] [--repeat]

The server follows a copy of the shipped corpus in which one entry names the number of the replacement. Every reply must be
complete and of one version: what it says of that number and its ETag must always go together. `--index` replaces a built index
file instead of documents. No question is asked twice, so none is answered from memory, except with `--repeat`. Prints requests a
second, latencies, the server's own processor time, and errors, of which there must be none (exit status 1 otherwise).
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from socket import socket
from typing import NamedTuple
from urllib.parse import quote

from search import Index, read_documents

ROOT = Path(__file__).resolve().parent.parent
EVERY = 2.0  # seconds between two replacements
MARKED = "第几次更换"


def mark(folder: Path, number: int) -> None:
    """Replace the entry that names the number, at once or not at all."""
    text = f"---\ntitle: 更换\nlanguage: zh\n---\n\n## 这是{MARKED}？ {{#number}}\n\n现在是更换{number}次。\n"
    (folder / "next").write_text(text, "utf-8")
    os.replace(folder / "next", folder / "zh" / "number.md")


class Load:
    """What the connections saw."""

    def __init__(self, questions: list[str], repeat: bool) -> None:
        self.questions, self.repeat = questions, repeat
        self.latencies: list[float] = []
        self.errors: Counter[str] = Counter()
        self.versions: dict[str, str] = {}  # ETag to number

    async def connection(self, port: int, first: int, end: float) -> None:
        """Ask one question after the other until the end, on one connection that is kept."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        number = first
        while time.monotonic() < end:
            number += 1
            marked = number % 5 == 0
            question = MARKED if marked else self.questions[number * 7 % len(self.questions)]
            question += "" if self.repeat else f" #{number}"
            start = time.perf_counter()
            try:
                path = f"/api/search?q={quote(question)}"
                writer.write(f"GET {path} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n".encode())
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
                headers = dict(line.split(": ", 1) for line in head[1:] if line)
                body = await reader.readexactly(int(headers["content-length"]))
            except (OSError, EOFError, KeyError) as error:
                self.errors[f"connection: {type(error).__name__}"] += 1
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                continue
            self.latencies.append(time.perf_counter() - start)
            self.check(head[0], headers, body, marked)
        writer.close()

    def check(self, status: str, headers: dict[str, str], body: bytes, marked: bool) -> None:
        if " 200 " not in status:
            self.errors[status] += 1
        elif marked:
            text = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
            said = next((hit["answer"] for hit in json.loads(text)["hits"] if hit["id"] == "zh/number#number"), "none")
            if self.versions.setdefault(headers["etag"], said) != said:
                self.errors["two versions in one reply"] += 1


async def replace(corpus: Path, indexes: list[Path], served: Path, end: float) -> int:
    """Replace the corpus, or the index file, until the end; how often."""
    count = 0
    while time.monotonic() + EVERY < end:
        await asyncio.sleep(EVERY)
        count += 1
        if indexes:
            shutil.copyfile(indexes[count % len(indexes)], served.with_suffix(".next"))
            os.replace(served.with_suffix(".next"), served)
        else:
            mark(corpus, count)
    return count


def processor(pid: int) -> float:
    """Seconds of processor time that a process has used (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Served(NamedTuple):
    """What a run came to; latencies in milliseconds by share of the requests, `used` seconds of the server's processor time."""

    connections: int
    took: float
    requests: int
    latencies: dict[float, float]
    longest: float
    used: float
    replaced: int
    versions: int
    errors: dict[str, int]
    failures: list[str]

    def show(self) -> int:
        """Print it; the exit status."""
        at = self.latencies
        print(
            f"{self.requests} requests on {self.connections} connections in {self.took:.0f} s: {self.requests / self.took:.0f} requests/s"
        )
        print(f"latency ms: p50 {at[0.5]:.0f}, p90 {at[0.9]:.0f}, p99 {at[0.99]:.0f}, most {self.longest:.0f}")
        print(
            f"processor time of the server: {1000 * self.used / self.requests:.1f} ms a request, {self.used / self.took:.0%} of one core"
        )
        print(f"replaced {self.replaced} times, {self.versions} versions answered; errors: {self.errors or 'none'}")
        print(*self.failures, sep="\n", end="\n" if self.failures else "")
        return 1 if self.errors or self.failures or self.versions < 2 else 0


async def run(seconds: float, connections: int, with_index: bool, repeat: bool) -> Served:
    """Load a server for some seconds."""
    questions = [
        json.loads(line)["question"] for line in (ROOT / "tests/quality/questions.jsonl").read_text("utf-8").splitlines()
    ]
    with tempfile.TemporaryDirectory() as folder, socket() as free:
        corpus, served, indexes = Path(folder) / "corpus", Path(folder) / "served.wenlu", []
        shutil.copytree(ROOT / "corpus", corpus)
        mark(corpus, 0)
        if with_index:
            for number in range(2):
                mark(corpus, number)
                indexes.append(Path(folder) / f"{number}.wenlu")
                Index.build(read_documents([corpus])).save(indexes[-1])
            shutil.copyfile(indexes[0], served)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        source = ["--index", str(served)] if with_index else ["--corpus", str(corpus)]
        command = [sys.executable, "-m", "search.cli", "serve", *source, "--watch", "--rate", "0", "--port", str(port)]
        environment = os.environ | {"XDG_CACHE_HOME": folder, "PYTHONPATH": str(ROOT)}
        server = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        try:
            while True:
                try:
                    (await asyncio.open_connection("127.0.0.1", port))[1].close()
                    break
                except OSError:
                    assert server.poll() is None, server.stderr and server.stderr.read()
                    await asyncio.sleep(0.1)
            drain = asyncio.create_task(asyncio.to_thread(lambda: server.stderr and server.stderr.read()))
            await Load(questions, repeat).connection(port, 0, time.monotonic() + 2)  # warm
            load, begin, used = Load(questions, repeat), time.monotonic(), processor(server.pid)
            end = begin + seconds
            asking = (load.connection(port, 1000 * number, end) for number in range(connections))
            count, *_ = await asyncio.gather(replace(corpus, indexes, served, end), *asking)
            took, used = time.monotonic() - begin, processor(server.pid) - used
        finally:
            server.terminate()
            server.wait()
        log = await drain or ""
    latencies = sorted(1000 * latency for latency in load.latencies)
    at = {share: latencies[min(int(share * len(latencies)), len(latencies) - 1)] for share in (0.5, 0.9, 0.99)}
    failures = [line for line in log.splitlines() if "can't be served" in line or "Traceback" in line]
    return Served(
        connections, took, len(latencies), at, latencies[-1], used, count, len(load.versions), dict(load.errors), failures
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--index", action="store_true")
    parser.add_argument("--repeat", action="store_true")
    arguments = parser.parse_args()
    sys.exit(asyncio.run(run(arguments.seconds, arguments.connections, arguments.index, arguments.repeat)).show())
