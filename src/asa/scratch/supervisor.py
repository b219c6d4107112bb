"""The process that owns a scratch directory and its server; run by path, never imported.

It reads one line of JSON (a `Plan`) from standard input, makes the directory, prepares and
starts the server, and answers with one line of JSON on standard output. Then it waits for
the end of its input: the operating system closes the pipe however the owner ends, kill -9
included. Then it stops the server and removes the directory.

Standard library only and free of asa's own modules: it starts in 20 ms and lives beside any
version of them.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

LOG = "server.log"
POLL_S = 0.01
WATCH_S = 0.5
STOP_S = 5.0
CHILDREN_S = 1.0
TAIL_LINES = 12


class StepError(Exception):
    """A step could not be done; the text is what it said."""


def main() -> None:
    """Carry a plan through, from its line on standard input to the end of that input."""
    # What ends the owner must not end this process, which cleans up after it. A handler that
    # does nothing, unlike SIG_IGN, is not inherited by the server.
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: None)
    signal.signal(signal.SIGTERM, end)
    os.umask(0o077)
    line = sys.stdin.buffer.readline()
    if not line:
        return
    plan = json.loads(line)
    directory = Path(plan["directory"])
    server = None
    try:
        directory.mkdir(mode=0o700)
    except OSError as error:
        answer(failed="mkdir", output=str(error))
        return
    try:
        server = start(plan, directory)
        answer()
        watch(plan["owner"])
    except StepError as error:
        answer(failed=error.args[0], output=error.args[1])
    finally:
        signal.signal(signal.SIGTERM, lambda *_: None)
        if server is not None:
            stop(server, plan["stop"])
        remove(directory)


def end(*_: object) -> None:
    """End on SIGTERM as at the end of input, once: a second one must not stop the cleaning."""
    signal.signal(signal.SIGTERM, lambda *_: None)
    sys.exit()


def start(plan: dict[str, Any], directory: Path) -> "subprocess.Popen[bytes] | None":
    """Fill the directory, run the steps, start the server and wait until it is ready."""
    account = plan["account"]
    log = directory / LOG
    try:
        for source, target in plan["copies"]:
            copy(Path(source), directory / target)
        for name, text in plan["files"].items():
            file = directory / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        log.touch()
        if account is not None:
            give(directory, *account)
    except (OSError, shutil.Error) as error:
        raise StepError("prepare", str(error)) from None
    for step in plan["steps"]:
        run(step, plan, directory)
    if plan["serve"] is None:
        return None
    process = spawn(plan["serve"], plan, directory)
    try:
        wait_until_ready(process, plan, log)
    except BaseException:
        stop(process, plan["stop"])
        raise
    return process


def copy(source: Path, target: Path) -> None:
    """Copy a file or a tree, keeping symbolic links inside it as they are."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target)


def give(directory: Path, uid: int, gid: int) -> None:
    """Make the account the owner of the directory and everything in it."""
    for parent, _, files in os.walk(directory):
        for name in (".", *files):
            os.chown(os.path.join(parent, name), uid, gid, follow_symlinks=False)  # noqa: PTH118


def run(step: dict[str, Any], plan: dict[str, Any], directory: Path) -> None:
    """Run one preparing program to its end, stopping it when the owner ends first."""
    log = directory / LOG
    name = Path(step["argv"][0]).name
    process = spawn(step, plan, directory)
    deadline = time.monotonic() + plan["timeout_s"]
    try:
        while process.poll() is None:
            if owner_ended(plan["owner"], POLL_S):
                raise StepError(name, "the owner ended")
            if time.monotonic() > deadline:
                raise StepError(name, f"still running after {plan['timeout_s']} s\n{tail(log)}")
    finally:
        stop(process, signal.SIGTERM)
    if process.returncode != 0:
        raise StepError(name, tail(log))


def spawn(step: dict[str, Any], plan: dict[str, Any], directory: Path) -> "subprocess.Popen[bytes]":
    """Start a program in the directory, as the plan's account, writing to the log."""
    options: dict[str, Any] = {}
    if plan["account"] is not None:
        uid, gid = plan["account"]
        options = {"user": uid, "group": gid, "extra_groups": []}
    given = step.get("stdin")
    with (directory / LOG).open("ab") as log:
        source = (directory / given).open("rb") if given else subprocess.DEVNULL
        try:
            return subprocess.Popen(
                step["argv"],
                stdin=source,
                stdout=log,
                stderr=log,
                cwd=directory,
                env=plan["environment"],
                start_new_session=True,  # its children are stopped with it
                **options,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise StepError(Path(step["argv"][0]).name, str(error)) from None
        finally:
            if not isinstance(source, int):
                source.close()


def wait_until_ready(process: "subprocess.Popen[bytes]", plan: dict[str, Any], log: Path) -> None:
    """Wait until the server's log holds the words that say so."""
    name = Path(plan["serve"]["argv"][0]).name
    words = plan["ready"].encode()
    deadline = time.monotonic() + plan["timeout_s"]
    while words not in log.read_bytes():
        if process.poll() is not None:
            raise StepError(name, tail(log))
        if time.monotonic() > deadline:
            raise StepError(name, f"not ready after {plan['timeout_s']} s\n{tail(log)}")
        if owner_ended(plan["owner"], POLL_S):
            raise StepError(name, "the owner ended")


def watch(owner: int) -> None:
    """Wait for the owner's end."""
    while not owner_ended(owner, WATCH_S):
        pass


def owner_ended(owner: int, wait_s: float) -> bool:
    """Tell whether the owner closed the pipe or is gone, after waiting at most `wait_s`.

    A process that the owner forked may hold the pipe open beyond the owner's end; then
    this process has another parent.
    """
    if sys.platform == "win32":
        return not sys.stdin.buffer.read()
    readable, _, _ = select.select([0], [], [], wait_s)
    return bool(readable) or os.getppid() != owner


def stop(process: "subprocess.Popen[bytes]", number: int) -> None:
    """Stop a program that still runs, and its children, and wait for their end."""
    if process.poll() is not None:
        return
    process.send_signal(number)
    leader_ends = time.monotonic() + STOP_S
    while process.poll() is None and time.monotonic() < leader_ends:
        time.sleep(POLL_S)
    # initdb's child must end by itself: killed, it leaves shared memory outside the directory.
    children_end = time.monotonic() + CHILDREN_S
    while group_lives(process.pid) and time.monotonic() < children_end:
        time.sleep(POLL_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def group_lives(group: int) -> bool:
    """Tell whether a process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def remove(directory: Path) -> None:
    """Remove the directory; children of a stopped server may write into it a moment longer."""
    for _ in range(50):
        shutil.rmtree(directory, ignore_errors=True)
        if not directory.exists():
            return
        time.sleep(POLL_S)


def tail(log: Path) -> str:
    """Return the last lines of the log."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return "\n".join(lines[-TAIL_LINES:])


def answer(**facts: str) -> None:
    """Write one line of JSON to the owner, if it is still there to read."""
    with contextlib.suppress(OSError):
        sys.stdout.write(json.dumps(facts) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
