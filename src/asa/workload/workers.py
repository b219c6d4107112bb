"""Work done elsewhere: by several processes of this machine, or by a Dask cluster."""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from typing import Any, Protocol

from asa.errors import UsageError

__all__ = ["Future", "Submit", "cluster", "processes", "processors"]

PATIENCE_S = 10


class Future(Protocol):
    """Work that may still be going on."""

    def result(self) -> Any:
        """Wait for its result; raise what it raised."""


Submit = Callable[..., Future]
"""Takes a function and its arguments, and has it called elsewhere."""


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


@contextmanager
def cluster(address: str) -> Iterator[Submit]:
    """Give work to the workers of a Dask cluster.

    Args:
        address: Of its scheduler.

    Raises:
        UsageError: Dask is not here, or no scheduler answers there.
    """
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise UsageError("--dask needs Dask", "pip install 'asa-toolkit[dask]'") from None
    try:
        client = distributed.Client(address, timeout=PATIENCE_S, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else "it does not answer"
        raise UsageError(
            f"no Dask scheduler at {address}: {reason}", "dask scheduler   starts one"
        ) from None
    with client:
        yield partial(client.submit, pure=False)


def leave_to_parent() -> None:
    """Let the process that started this one answer an interrupt."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
