"""Work done by several processes, its results in order and few of them at once."""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, Protocol, TypeVar

__all__ = ["Future", "Submit", "in_order", "processes", "processors"]

Item = TypeVar("Item")
Found = TypeVar("Found")


class Future(Protocol):
    """Work that may still be going on."""

    def result(self) -> Any:
        """Wait for its result; raise what it raised."""


Submit = Callable[..., Future]
"""Takes a function and its arguments, and has it called elsewhere."""


def in_order(
    submit: Submit, function: Callable[[Item], Found], items: Iterable[Item], ahead: int
) -> Iterator[Found]:
    """Yield a function's results in the order of its arguments, so many of them under way."""
    waiting: deque[Future] = deque()
    for item in items:
        waiting.append(submit(function, item))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


@contextmanager
def processes(number: int) -> Iterator[Submit]:
    """Give work to so many processes, which end with the context.

    They are started afresh, not forked: this one may have threads.
    """
    pool = ProcessPoolExecutor(number, mp_context=get_context("spawn"), initializer=leave_to_parent)
    try:
        yield pool.submit
    finally:
        pool.shutdown(cancel_futures=True)


def leave_to_parent() -> None:
    """Let the process that started this one answer an interrupt."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
