"""Kills `wenlu index` at random moments and looks whether the index that was there before still answers, and what is left behind.

python benchmarks/kill.py [TIMES]
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from search import Index

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
QUESTION = "看不到聊天按钮怎么办"


def main(times: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file, moments = Path(folder) / "x.wenlu", random.Random(1)
        command = [sys.executable, "-m", "search.cli", "index", "--corpus", str(CORPUS), "--output", str(file)]

        def environment() -> dict[str, str]:  # no cache: everything is done anew each time
            return {**os.environ, "XDG_CACHE_HOME": tempfile.mkdtemp(dir=folder)}

        started = time.monotonic()
        subprocess.run(command, env=environment(), check=True)
        whole, answer, before = time.monotonic() - started, Index.load(file).search(QUESTION), file.read_bytes()
        for number in range(times):
            process = subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE)
            moment = moments.uniform(0, whole)
            time.sleep(moment)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            assert Index.load(file).search(QUESTION) == answer and file.read_bytes() == before
            print(f"{number + 1}: killed after {moment:.2f} s of {whole:.2f}; answers, strays {_strays(file)}")
        subprocess.run(command, env=environment(), check=True)
        assert file.read_bytes() == before and not _strays(file)
        print("the next run leaves no stray file and the same bytes")


def _strays(file: Path) -> list[str]:
    return [other.name for other in file.parent.iterdir() if other.is_file() and other != file]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
