"""Work that is much: by several processes, and without looking for garbage meanwhile."""

from __future__ import annotations

import gc
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

Done = TypeVar("Done")


@contextmanager
def gc_paused() -> Iterator[None]:
    """While this lasts, nothing looks for objects that refer to each other in circles: work that makes many and lets few go has none."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def cores() -> int:
    """How many processes may be started: forking is safe on Linux, and while there is one thread."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" and threading.active_count() == 1 else 1


@contextmanager
def parallel(tasks: Sequence[Callable[[], Done]], processes: int) -> Iterator[Iterator[Done]]:
    """What the tasks give, in order. Each child, of so many at most, does its share of them ahead, and waits while what it gave is not taken.

    Children have all that the parent has, so only what is given crosses between them. With one process, which is this one, a task is done when it
    is asked for.
    """
    if processes < 2:
        yield (task() for task in tasks)
        return
    from multiprocessing import get_context

    fork = get_context("fork")
    pipes = [fork.Pipe(duplex=False) for _ in tasks[:processes]]
    children = [fork.Process(target=_work, args=(tasks[number :: len(pipes)], pipe[1])) for number, pipe in enumerate(pipes)]
    try:
        for child, (_, theirs) in zip(children, pipes, strict=True):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside threads; those of numpy wait for work
                child.start()
            theirs.close()
        yield (_receive(pipes[number % len(pipes)][0]) for number in range(len(tasks)))
    finally:
        for child, (ours, _) in zip(children, pipes, strict=True):
            ours.close()
            if child.pid:
                child.kill()
                child.join()


def _receive(pipe: Any) -> Any:
    try:
        done, error = pipe.recv()
    except EOFError as ended:
        raise MemoryError("a process that helped was killed, as happens when memory runs out") from ended
    if error:
        raise error
    return done


def _work(tasks: Sequence[Callable[[], object]], pipe: Any) -> None:
    import ctypes
    import signal

    gc.disable()  # what the parent holds stays shared memory as long as nothing touches it
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: end when the parent is killed
    for task in tasks:
        pipe.send(_result(task))


def _result(task: Callable[[], object]) -> tuple[object, Exception | None]:
    try:
        return task(), None
    except Exception as error:
        return None, error
