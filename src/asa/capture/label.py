"""What the program is doing: serving a request, running a test."""

import asyncio
import os
import sys
from asyncio import _get_running_loop
from contextvars import ContextVar
from typing import Any, Protocol

__all__ = ["CURRENT", "Activity", "current_task", "label", "label_of", "task_name", "test_name"]


class Activity(Protocol):
    """Something that a program does, with a name."""

    @property
    def label(self) -> str:
        """Its name; it may become known only while it goes on, as a route does."""


CURRENT: ContextVar[Activity | None] = ContextVar("asa_activity", default=None)
"""What this task does, and every task and thread that it starts."""


def label() -> str | None:
    """Return the name of what this task does, or of the test that runs in this process."""
    return label_of(CURRENT.get(), test_name() if "pytest" in sys.modules else None)


def label_of(activity: Activity | None, test: str | None) -> str | None:
    """Return the name of an activity, else of a test."""
    return test if activity is None else activity.label


def test_name() -> str | None:
    """Return what pytest does in this process, in pytest's words."""
    return os.environ.get("PYTEST_CURRENT_TEST")


def current_task() -> Any:
    """Return the current asyncio task; None outside of one."""
    loop = _get_running_loop()
    return None if loop is None else asyncio.current_task(loop)


def task_name() -> str | None:
    """Return the name of the current asyncio task; None outside of one."""
    task = current_task()
    return None if task is None else str(task.get_name())
