import gc
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from search.workers import gc_paused, parallel

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are started by forking")


@pytest.mark.parametrize("processes", [1, 2, 9])
def test_what_is_done_comes_in_order(processes: int) -> None:
    with parallel([partial(pow, number, 2) for number in range(7)], processes) as done:
        assert list(done) == [number**2 for number in range(7)]
    with parallel([], processes) as nothing:
        assert list(nothing) == []


def test_children_do_the_work() -> None:
    with parallel([os.getpid] * 4, 2) as done:
        first, second, *again = done
    assert again == [first, second] and len({os.getpid(), first, second}) == 3


@pytest.mark.parametrize("processes", [1, 2])
def test_an_error_is_raised_where_the_work_is_asked_for(processes: int) -> None:
    with parallel([partial(int, "1"), partial(int, "x"), partial(int, "3")], processes) as done:
        assert next(done) == 1
        with pytest.raises(ValueError, match="invalid literal"):
            next(done)


def test_a_child_that_was_killed_is_told() -> None:
    with parallel([lambda: os.kill(os.getpid(), signal.SIGKILL)], 2) as done, pytest.raises(MemoryError, match="was killed"):
        next(done)


def test_children_end_with_the_work() -> None:
    started: list[int] = []
    with parallel([os.getpid, int, partial(time.sleep, 60)], 2) as done:
        started.append(next(done))
    with pytest.raises(ProcessLookupError):
        os.kill(started[0], 0)


ORPHAN = """
import os, time
from functools import partial
from search.workers import parallel
with parallel([os.getpid, int, partial(time.sleep, 60)], 2) as done:
    print(next(done), flush=True)
    time.sleep(60)
"""


def ended(pid: int) -> bool:
    """Whether a process is no more, or waits for nothing but to be asked how it ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_children_end_when_the_parent_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert not ended(child)
        parent.kill()
    deadline = time.monotonic() + 20
    while not ended(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    left = not ended(child)
    if left:
        os.kill(child, signal.SIGKILL)
    assert not left


def test_nothing_is_collected_meanwhile_and_all_is_as_before_afterwards() -> None:
    assert gc.isenabled()
    with suppress(KeyError), gc_paused():
        with gc_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
        raise KeyError
    assert gc.isenabled()
