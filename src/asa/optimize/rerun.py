"""Run a captured command again, with loader options added at its lines or without."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import NoReturn

from asa.capture.bootstrap import INJECT, SOURCES
from asa.capture.inject import Injection, injections_json
from asa.capture.run import environment, make
from asa.model.capture_line import CaptureHeader
from asa.optimize.recording import Recording, recording_of

__all__ = ["Failed", "Run", "rerun"]

OUTCOMES = "_asa_capture.capture.outcomes"
"""The plugin for pytest, under the name that a captured process knows it by."""

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Run:
    """What a command did.

    Attributes:
        exit_code: As a shell tells it.
        output: Hash of its standard output.
        recording: Its queries, what came back at the watched lines, the outcomes of tests.
    """

    exit_code: int
    output: bytes
    recording: Recording


@dataclass(frozen=True, slots=True)
class Failed:
    """A command could not be run to its end; `reason` is a clause."""

    reason: str


def rerun(
    header: CaptureHeader,
    injections: Iterable[Injection],
    seconds: float,
    sources: Mapping[str, str] | None = None,
) -> Run | Failed:
    """Run a command in its directory, with nothing to read, and record its queries.

    Its environment is asa's own, with a fixed hash seed where none is set: an unordered set
    then prints alike each time.

    Args:
        header: Of the capture: the command and its directory.
        injections: Lines to watch and options to add there.
        seconds: Time after which the command is ended.
        sources: Source to load instead of that on disk, by the file's real path.
    """
    with tempfile.TemporaryDirectory(prefix="asa-rerun-") as temporary:
        part, output = Path(temporary) / "capture.jsonl", Path(temporary) / "output"
        make(part, header)
        directory = Path(header.directory)
        environ = environment(os.environ, part, values=False, root=directory)
        environ[INJECT] = injections_json(injections)
        if sources:
            held = Path(temporary) / "sources.json"
            held.write_text(json.dumps(dict(sources)), encoding="utf-8")
            environ[SOURCES] = str(held)
        plugins = environ.get("PYTEST_PLUGINS")
        environ["PYTEST_PLUGINS"] = f"{plugins},{OUTCOMES}" if plugins else OUTCOMES
        environ.setdefault("PYTHONHASHSEED", "0")
        code = run(header.command, directory, environ, output, seconds)
        if isinstance(code, Failed):
            return code
        return Run(code, hash_of(output), recording_of(str(part)))


def run(
    command: tuple[str, ...],
    directory: Path,
    environ: Mapping[str, str],
    output: Path,
    seconds: float,
) -> int | Failed:
    """Run a command in a process group of its own; return its exit code."""
    with output.open("wb") as stream, stoppable():
        try:
            process = subprocess.Popen(
                list(command),
                cwd=directory,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            return Failed(f"{command[0]} cannot be run: {error.strerror}")
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            return Failed(f"the command did not end within {seconds:.0f} s")
        finally:
            # What it left running would write on into a file that is gone.
            end(process)
    return 128 - code if code < 0 else code


@contextmanager
def stoppable() -> Iterator[None]:
    """Let a signal that ends asa first end the block: a command in a group of its own lives on."""
    names = ("SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    before = [signal.signal(number, leave) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def leave(number: int, _frame: object) -> NoReturn:
    """End with the code that a shell gives to a process which a signal ended."""
    sys.exit(128 + number)


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a command with all that it started."""
    for name in ("SIGTERM", "SIGKILL"):
        number = getattr(signal, name, None)
        if number is not None and hasattr(os, "killpg"):
            with suppress(OSError):
                os.killpg(process.pid, number)
        elif process.poll() is None:
            process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)


def hash_of(file: Path) -> bytes:
    """Return the hash of a file's content."""
    hashed = blake2b(digest_size=16)
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            hashed.update(chunk)
    return hashed.digest()
