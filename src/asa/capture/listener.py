"""Who is told of executions."""

from typing import Any, Protocol

from ..model.capture_line import RerunLine  # noqa: TID252  (loaded by path, privately named)
from ..model.observation import Fact  # noqa: TID252
from .execution import Execution

__all__ = ["Listener"]


class Listener(Protocol):
    """Someone who wants to know of executions. Called in the program's own thread and task."""

    def executed(self, execution: Execution) -> None:
        """Take an execution that has ended."""

    def observed(self, fact: Fact | RerunLine, pool: Any) -> None:
        """Take what was seen beside executions; `pool` is that of its engine."""

    def mapped(self, registry: Any) -> None:
        """Take a registry of mapped classes of which one is queried, perhaps not the first time."""

    def paused(self) -> None:
        """Take notice that there are no more executions for now."""

    def forked(self) -> None:
        """Take notice that this is a new process, which owes nothing of its parent's."""

    def failed(self, handler: str, error: Exception) -> None:
        """Take notice that a handler failed for the first time."""
