"""What runs in a guarded process: take one task, stand behind the guard, answer."""

import os
import pickle
import site
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import asa
from asa.database.url import DatabaseUrl
from asa.errors import AsaError
from asa.migrations.proof.guard.address import Allowed
from asa.migrations.proof.guard.drivers import watch_drivers
from asa.migrations.proof.guard.redirect import redirect
from asa.migrations.proof.guard.watch import watch
from asa.model.event import Event

__all__ = ["Answer", "Failure", "Task", "main"]


@dataclass(frozen=True, slots=True)
class Task:
    """What a guarded process is to do.

    Attributes:
        work: A function of a module; called with the arguments and a `notify`.
        arguments: Its arguments; everything here travels pickled.
        scratch: The one database that may be reached.
        lent: Whether others live on its server.
        names: Names of the project's databases.
    """

    work: Callable[..., Any]
    arguments: tuple[Any, ...]
    scratch: DatabaseUrl
    lent: bool = False
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the work returned, and what the guard refused meanwhile."""

    value: Any
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """An error that ended the work.

    Attributes:
        kind: asa's own class of error; None for any other.
        message: What it says, on one line; likewise hint and details.
        refused: What the guard refused meanwhile.
    """

    kind: type[AsaError] | None
    message: str
    hint: str = ""
    details: tuple[tuple[str, str], ...] = ()
    refused: tuple[str, ...] = field(default=())


def main() -> None:
    """Read a task on stdin, answer on stdout; what the project prints goes to stderr."""
    frames = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    task: Task = pickle.load(sys.stdin.buffer)  # noqa: S301  (asa itself wrote it)
    allowed = Allowed(task.scratch, task.lent, own_places())
    stand_guard(allowed, task.names)

    def notify(event: Event) -> None:
        send(frames, event)

    send(frames, answered(task, allowed, notify))
    frames.close()
    # A thread that the project left behind must not keep the process.
    sys.stderr.flush()
    os._exit(0)


def stand_guard(allowed: Allowed, names: frozenset[str]) -> None:
    """Stand behind the guard; there is no way back."""
    redirect(allowed, names)
    watch_drivers(allowed)
    _ = allowed.hosts  # looked up before the project's code runs
    watch(allowed, names if allowed.database.dialect == "sqlite" else ())


def own_places() -> tuple[str, ...]:
    """Return the directories whose code is not the project's."""
    paths = sysconfig.get_paths()
    found = [paths["stdlib"], paths["platstdlib"], paths["purelib"], paths["platlib"]]
    found += [str(Path(asa.__file__).parent), *site.getsitepackages()]
    return tuple(f"{place}{os.sep}" for place in found)


def answered(task: Task, allowed: Allowed, notify: Callable[[Event], None]) -> Answer | Failure:
    """Do the work; an error becomes a value, since not every exception can be pickled."""
    try:
        value = task.work(*task.arguments, notify)
    except AsaError as error:
        refused = tuple(allowed.refused)
        return Failure(type(error), error.message, error.hint, error.details, refused)
    except (Exception, SystemExit) as error:  # noqa: BLE001  (told in the process that waits)
        said = " ".join(str(error).split())
        text = f"{type(error).__name__}: {said}" if said else type(error).__name__
        return Failure(None, text, refused=tuple(allowed.refused))
    return Answer(value, tuple(allowed.refused))


def send(frames: IO[bytes], frame: object) -> None:
    """Send one frame to the process that waits."""
    pickle.dump(frame, frames)
    frames.flush()
