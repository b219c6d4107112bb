"""What a workflow says while it works; the command line shows it or not."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

__all__ = ["Event", "Notify", "Stage", "silent"]


class Stage(Enum):
    """Where the named subject stands; a warning is done, but must be judged."""

    STARTED = "started"
    ADVANCED = "advanced"
    DONE = "done"
    FAILED = "failed"
    WARNED = "warned"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a workflow.

    Attributes:
        stage: Started, advanced, done, failed, or a note in passing.
        subject: The thing at work: a revision, a step's name, a file.
        text: What is said of it.
        duration_ms: Time it took, once known.
        done: Units finished so far, with `total`, where progress can be counted.
        total: Units in all.
    """

    stage: Stage
    subject: str
    text: str = ""
    duration_ms: float | None = None
    done: int | None = None
    total: int | None = None


Notify = Callable[[Event], None]


def silent(event: Event) -> None:
    """Take an event and say nothing."""
