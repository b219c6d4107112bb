"""Which tasks were started together, by `asyncio.gather` or a task group, and are waited for.

A task shows who waits for it: what it calls when it is done leads to the future that `gather`
returned, or to the group, and from there to the task that waits. Neither has a public name; an
event loop of another kind may have no such thing, and then nothing is known.
"""

from collections.abc import Callable
from itertools import count
from types import CodeType, FrameType
from typing import Any
from weakref import WeakKeyDictionary

__all__ = ["Gatherings", "waiting_frames"]

GATHER, GROUP = "gather.<locals>._done_callback", "TaskGroup._on_task_done"


class Gatherings:
    """Numbers the gatherings of one process, counted from 1.

    Args:
        is_apart: Tells of the frame where a task sends a query whether the task does a
            server's work: a test may gather requests to an application in its own process.
    """

    def __init__(self, is_apart: Callable[[FrameType], bool]) -> None:
        self.is_apart = is_apart
        self.numbers: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
        self.tasks: WeakKeyDictionary[Any, str | None] = WeakKeyDictionary()
        self.counted = count(1)

    def number(self, task: Any, frame: FrameType) -> str | None:
        """Return the number of the gathering that a task is part of; None without one."""
        together = gathering_of(task)
        if together is None:
            return None
        if task not in self.tasks:
            self.tasks[task] = None if self.is_apart(frame) else self.numbered(together)
        return self.tasks[task]

    def numbered(self, together: Any) -> str:
        """Return the number of a gathering."""
        known = self.numbers.get(together)
        if known is None:
            known = self.numbers[together] = str(next(self.counted))
        return known


def gathering_of(task: Any) -> Any:
    """Return the future or the group that a task is part of; None without one."""
    for callback, *_ in getattr(task, "_callbacks", None) or ():
        name = getattr(callback, "__qualname__", "")
        if name == GROUP:
            return callback.__self__
        if name == GATHER:
            return cell_of(callback, "outer")
    return None


def cell_of(function: Any, name: str) -> Any:
    """Return what a function holds under a name of the one around it."""
    code: CodeType = function.__code__
    if name not in code.co_freevars:
        return None
    return function.__closure__[code.co_freevars.index(name)].cell_contents


def waiting_frames(task: Any) -> list[FrameType]:
    """Return the frames of the task that waits for the gathering of another, from the inner."""
    together = gathering_of(task)
    waiting = getattr(together, "_parent_task", None)
    for callback, *_ in getattr(together, "_callbacks", None) or ():
        waiting = waiting or getattr(callback, "__self__", None)
    frames: list[FrameType] = []
    coroutine: Any = None if waiting is None else getattr(waiting, "get_coro", lambda: None)()
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None)
        if frame is not None:
            frames.insert(0, frame)
        coroutine = getattr(coroutine, "cr_await", None)
    return frames
