"""Work that several processes do."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

Item = TypeVar("Item")
Done = TypeVar("Done")

_work: Callable[[Any], Any]  # of a child process


def cores() -> int:
    """How many processes may be started: forking is safe on Linux, and while there is one thread."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" and threading.active_count() == 1 else 1


@contextmanager
def spread(work: Callable[[Item], Done], items: Sequence[Item], processes: int) -> Iterator[Iterator[Done]]:
    """What the work gives for each item, in order. Children have all that the parent has, so only what is given crosses between them."""
    global _work
    if processes == 1 or len(items) < 2:
        yield map(work, items)
        return
    import multiprocessing

    _work = work
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside threads; those of numpy wait for work
        pool = multiprocessing.get_context("fork").Pool(processes, _start_child)
    with pool:
        yield pool.imap(_in_child, items)


def _in_child(item: Any) -> Any:
    return _work(item)


def _start_child() -> None:
    import ctypes

    gc.disable()  # what the parent holds stays shared memory as long as nothing touches it
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: end when the parent is killed
