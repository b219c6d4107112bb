"""Which tasks one `asyncio.gather` waits for.

A task inherits the context of the one that made it. So the first query of a task leaves the
task's name for those that it makes; and a task that waits for several by `gather` holds them
together. A server's requests inherit the context of its start, and nobody gathers them.
"""

import sys
from contextvars import ContextVar
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary, ref

__all__ = ["Gatherings"]

QUERYING: ContextVar["tuple[ref[Any], ref[Any] | None] | None"] = ContextVar(
    "asa_querying", default=None
)
"""The task that queries here, and the one that made it, where that had queried before."""


class Gatherings:
    """Numbers the gatherings of one process, counted from 1."""

    def __init__(self) -> None:
        self.numbers: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
        self.counted = count(1)

    def current(self) -> str | None:
        """Return the number of the gathering that the current task is part of."""
        asyncio = sys.modules.get("asyncio")
        if asyncio is None or asyncio._get_running_loop() is None:
            return None
        task = asyncio.current_task()
        if task is None:
            return None
        known = QUERYING.get()
        if known is None or known[0]() is not task:
            known = (ref(task), None if known is None else known[0])
            QUERYING.set(known)
        maker = None if known[1] is None else known[1]()
        # Neither has a public name; an event loop of another kind may have no such thing.
        waiting = getattr(maker, "_fut_waiter", None)
        if task not in getattr(waiting, "_children", ()):
            return None
        number = self.numbers.get(waiting)
        if number is None:
            number = self.numbers[waiting] = str(next(self.counted))
        return number
