"""Run one piece of work in a guarded process, and bring its answer back."""

import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import IO, Any

from asa.config import environment as variables_of
from asa.database.url import DatabaseUrl
from asa.errors import MigrationError
from asa.migrations.environment import Environment
from asa.migrations.proof.guard.disguise import disguised, names_in, same_family
from asa.migrations.proof.guard.worker import Answer, Failure, Task
from asa.model.event import Event, Notify

__all__ = ["OverdueError", "end_running", "run_guarded"]

# The same places to import from as here, whatever made them (an editable install, a test).
START = "import json, sys; sys.path[:] = json.loads(sys.argv.pop()); import {0} as w; w.main()"
WORKER = "asa.migrations.proof.guard.worker"
LAST_WORDS = 300
RUNNING: set["subprocess.Popen[bytes]"] = set()
CALM = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "ignore"}


class OverdueError(MigrationError):
    """Guarded work did not end in time, and was ended."""


def run_guarded(
    work: Callable[..., Any],
    *arguments: Any,
    environment: Environment,
    scratch: DatabaseUrl,
    notify: Notify,
    lent: bool = False,
    limit_s: float | None = None,
) -> Answer:
    """Run `work(environment, *arguments, notify)` where it reaches the scratch database only.

    Args:
        work: A function of a module of asa.
        arguments: What can be pickled.
        environment: The project's; the work gets it with the scratch as its database.
        scratch: The database.
        notify: Told what the work tells.
        lent: Whether other databases live on the scratch's server.
        limit_s: Seconds that it may take.

    Raises:
        OverdueError: It took longer.
        AsaError: The work raised it, or was refused what it needed.
    """
    here = variables_of(environment.config.root)
    names = names_in(here) | named_by(environment)
    inside = replace(environment, database=scratch)
    task = Task(work, (inside, *arguments), scratch, lent, names)
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen(
            [sys.executable, "-c", START.format(WORKER), json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=words,
            env={**disguised(here, scratch), **named_by_settings(environment, scratch), **CALM},
            start_new_session=True,
        )
        RUNNING.add(process)
        overdue = threading.Event()
        timer = threading.Timer(limit_s or 0, end_late, (process, overdue))
        if limit_s is not None:
            timer.start()
        try:
            frame = conversation(process, task, notify)
        finally:
            timer.cancel()
            end(process)
            RUNNING.discard(process)
        if overdue.is_set() and frame is None:
            raise OverdueError(f"not done in {limit_s:.0f} s")
        return opened(frame, words)


def named_by_settings(environment: Environment, scratch: DatabaseUrl) -> dict[str, str]:
    """Return the variable in which the project looks for its URL, set or not, of any dialect."""
    reference = environment.config.url
    variable = reference.variable if reference else None
    if variable is None:
        return {}
    value = variables_of(environment.config.root).get(variable, "")
    return {} if same_family(value, scratch) else {variable: scratch.text}


def named_by(environment: Environment) -> frozenset[str]:
    """Return the name of the database that the user named."""
    database = environment.database
    return frozenset({database.url.database} if database and database.url.database else ())


def conversation(process: "subprocess.Popen[bytes]", task: Task, notify: Notify) -> Any:
    """Hand the task over and hear the process out; return its last frame, None without one."""
    assert process.stdin is not None  # noqa: S101  (both are pipes)
    assert process.stdout is not None  # noqa: S101
    with suppress(BrokenPipeError), process.stdin:
        pickle.dump(task, process.stdin)
    frame: Any = None
    with suppress(EOFError, pickle.UnpicklingError), process.stdout:
        while not isinstance(frame, Answer | Failure):
            frame = pickle.load(process.stdout)  # noqa: S301  (asa's own worker wrote it)
            if isinstance(frame, Event):
                notify(frame)
    return frame if isinstance(frame, Answer | Failure) else None


def end_running() -> None:
    """End every guarded process, for which other threads wait; each finds it without an answer."""
    for process in tuple(RUNNING):
        end(process)


def end(process: "subprocess.Popen[bytes]") -> None:
    """End the process and all that it started."""
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def end_late(process: "subprocess.Popen[bytes]", overdue: threading.Event) -> None:
    """End a process whose time is over."""
    overdue.set()
    end(process)


def opened(frame: Answer | Failure | None, words: IO[bytes]) -> Answer:
    """Return the answer.

    Raises:
        AsaError: There is none; what the guard refused is the reason where it refused something.
    """
    if isinstance(frame, Answer):
        return frame
    if frame is None:
        words.seek(0)
        said = words.read().decode(errors="replace").strip()[-LAST_WORDS:].splitlines()
        last = said[-1] if said else "it said nothing"
        raise MigrationError(f"the guarded process ended without an answer: {last}")
    details = tuple(("refused", text) for text in dict.fromkeys(frame.refused))
    if frame.kind is None or (details and not frame.details):
        reason = frame.refused[0] if frame.refused else frame.message
        verb = "the proof guard refused " if frame.refused else ""
        raise MigrationError(
            f"{verb}{reason}",
            "let env.py and the revisions use the connection of config.attributes, or its url"
            if frame.refused
            else "",
        )
    raise frame.kind(frame.message, frame.hint, details=(*frame.details, *details))
