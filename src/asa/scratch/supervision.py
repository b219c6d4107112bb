"""The owner's side of a supervisor: start one on a plan, and let it go."""

import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from asa.scratch.account import Account

__all__ = ["Plan", "PlanError", "Step", "Supervised", "environment", "fresh_name", "supervised"]

SUPERVISOR = Path(__file__).with_name("supervisor.py")
STOP_S = 15.0


@dataclass(frozen=True, slots=True)
class Step:
    """One program to run.

    Attributes:
        argv: Program and arguments.
        stdin: File in the directory that it reads as standard input.
    """

    argv: tuple[str, ...]
    stdin: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a supervisor makes, runs, stops and removes.

    Attributes:
        directory: The private directory; must not exist yet.
        account: Whom the server runs as; None for the present user.
        copies: (source, path below the directory) of files and trees to copy in.
        files: Text files to write, by their path below the directory.
        steps: Programs run to their end before the server starts.
        serve: The server; None for a directory without one.
        ready: Words in its log that say it takes connections.
        stop: Signal that ends it at once.
        environment: The environment of every program of the plan.
        timeout_s: Longest time for each step and for getting ready.
    """

    directory: Path
    account: Account | None = None
    copies: tuple[tuple[Path, str], ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    serve: Step | None = None
    ready: str = ""
    stop: int = signal.SIGTERM
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 60.0

    def line(self) -> bytes:
        """Return the plan as the supervisor reads it: one line of JSON."""
        document = asdict(self) | {
            "account": self.account and [self.account.uid, self.account.gid],
            "owner": os.getpid(),
            "stop": int(self.stop),
        }
        return json.dumps(document, default=str).encode() + b"\n"


class PlanError(Exception):
    """A supervisor could not carry out its plan.

    Attributes:
        step: The program or phase that failed.
        output: The end of what it said.
    """

    def __init__(self, step: str, output: str) -> None:
        super().__init__(step)
        self.step = step
        self.output = output


class Supervised:
    """A running supervisor. Closing it, or this process's end, removes what it made."""

    def __init__(self, process: "subprocess.Popen[bytes]", directory: Path) -> None:
        self.process = process
        self.directory = directory

    async def close(self) -> None:
        """Stop the server, remove the directory, and wait until both are gone."""
        self.release()
        with suppress(subprocess.TimeoutExpired):  # it goes on by itself
            await asyncio.to_thread(self.process.wait, STOP_S)

    def release(self) -> None:
        """Tell the supervisor to end, without waiting for it."""
        assert self.process.stdin is not None  # noqa: S101  (Popen was given pipes)
        assert self.process.stdout is not None  # noqa: S101
        if not self.process.stdin.closed:
            self.process.stdin.close()
            self.process.stdout.close()


async def supervised(plan: Plan) -> Supervised:
    """Start a supervisor and wait until its server takes connections.

    Raises:
        PlanError: It could not be carried out; nothing of it is left.
    """
    process = supervisor()
    running = Supervised(process, plan.directory)
    try:
        reply = await asyncio.to_thread(exchange, process, plan.line())
    except BaseException:
        running.release()
        raise
    if reply.get("failed"):
        await running.close()
        raise PlanError(reply["failed"], reply.get("output", ""))
    return running


def supervisor() -> "subprocess.Popen[bytes]":
    """Start a supervisor that waits for its plan."""
    return subprocess.Popen(
        # -I -S: neither the user's PYTHONPATH nor site-packages; it needs the standard library.
        [sys.executable, "-I", "-S", str(SUPERVISOR)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=SUPERVISOR.anchor,  # or it would keep the user's directory in use
        # Out of the terminal's process group: Ctrl-C reaches the owner only.
        start_new_session=True,
    )


def exchange(process: "subprocess.Popen[bytes]", line: bytes) -> dict[str, str]:
    """Send the plan and return the supervisor's answer."""
    assert process.stdin is not None  # noqa: S101  (Popen was given pipes)
    assert process.stdout is not None  # noqa: S101
    try:
        process.stdin.write(line)
        process.stdin.flush()
        answer = process.stdout.readline()
    except (OSError, ValueError) as error:
        return {"failed": "supervisor", "output": str(error)}
    if not answer:
        return {"failed": "supervisor", "output": f"ended with code {process.wait()}"}
    reply: dict[str, str] = json.loads(answer)
    return reply


def environment(directory: Path, libraries: tuple[Path, ...] = ()) -> dict[str, str]:
    """Return a server's environment: nothing of the user's that could steer it.

    PGDATA, PGOPTIONS, MYSQL_HOME and their like stay outside; messages are in English,
    since the supervisor reads them.
    """
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    paths = [str(path) for path in libraries]
    if paths:
        kept["LD_LIBRARY_PATH"] = os.pathsep.join([*paths, kept.get("LD_LIBRARY_PATH", "")]).strip(
            os.pathsep
        )
    return {**kept, "LC_ALL": "C", "HOME": str(directory), "TMPDIR": str(directory)}


def fresh_name(prefix: str) -> str:
    """Return a name that nothing else bears: `asa_scratch_3f9c2b1a`."""
    return f"{prefix}{secrets.token_hex(6)}"
