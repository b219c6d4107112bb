"""Run a command with capture on: make the file, start the command, wait, count.

The capture is written beside its file as `FILE.part` and renamed when the command has
ended. Every line is in that file from the moment the query ended, so a capture whose asa
was killed is whole up to there, and readable under that name. A process that outlives the
command writes on into the renamed file.
"""

import contextlib
import json
import os
import platform
import re
import secrets
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from asa import __version__
from asa.capture.bootstrap import FILE, KEY, ROOT
from asa.capture.child import wait
from asa.capture.work_tree import git_revision, is_exposed
from asa.errors import UsageError
from asa.model.capture_line import FORMAT, CaptureEnd, CaptureHeader, line_to_json

__all__ = ["CaptureResult", "run"]

LAUNCHER = Path(__file__).parent / "launcher"
PASSWORD = re.compile(
    r"(://[^/\s:@]*:)\S+(?=@)|((?:password|passwd|pwd|secret|token)=)[^&\s]+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class CaptureResult:
    """What a run left behind.

    Attributes:
        file: The capture; None where no query was recorded, and so no file kept.
        exit_code: The command's own, 128 + n where signal n ended it.
        queries: Executions recorded.
        processes: Processes that ran at least one.
        reported: Python processes that reported in.
        imported: Of these, how many imported SQLAlchemy.
        troubles: (handler, exception class) of failures inside asa's recorder.
        exposed: Whether the file holds values and lies where git would add it.
    """

    file: Path | None
    exit_code: int
    queries: int
    processes: int
    reported: int
    imported: int
    troubles: tuple[tuple[str, str], ...]
    exposed: bool


def run(
    command: Sequence[str], file: Path, *, values: bool = True, force: bool = False
) -> CaptureResult:
    """Run a command and record the queries of every Python process that it starts.

    Args:
        command: Program and arguments; standard streams, terminal and signals are its own.
        file: Where the capture is to be.
        values: Whether bound values are kept; else only whether two are equal.
        force: Whether a file of that name may be replaced.

    Raises:
        UsageError: The command cannot be run, or the file may not or cannot be written.
    """
    check_runnable(command[0])
    part = file.with_name(file.name + ".part")
    check_free(file, part, force=force)
    make(part, header(command, values=values))
    try:
        exit_code = wait(command, environment(os.environ, part, values=values))
        append(part, line_to_json(CaptureEnd(exit_code, time.time())))
        return ended(file, part, exit_code, values=values)
    except UsageError:
        part.unlink(missing_ok=True)
        raise


def check_runnable(program: str) -> None:
    """Make sure that there is such a program.

    Raises:
        UsageError: There is none of that name, or it may not be run.
    """
    if shutil.which(program) is not None:
        return
    if os.sep in program and Path(program).is_file():
        raise UsageError(f"{program} may not be run", f"asa capture -- python {program}")
    raise UsageError(
        f"there is no command {program}", "asa capture -- COMMAND   as you would type it here"
    )


def check_free(file: Path, part: Path, *, force: bool) -> None:
    """Make sure that nothing is overwritten unasked.

    Raises:
        UsageError: Something of that name is there.
    """
    if file.is_dir():
        raise UsageError(f"{file} is a directory", f"asa capture -o {file / 'capture.jsonl'} ...")
    if force:
        with contextlib.suppress(OSError):
            part.unlink()
        return
    if file.exists():
        raise UsageError(f"{file} exists", "--force replaces it, -o FILE names another")
    if part.exists():
        raise UsageError(
            f"{part} is there: a capture under way, or one that was cut short",
            f"asa optimize {part} reads it, --force replaces it",
        )


def make(part: Path, first: CaptureHeader) -> None:
    """Make the file, readable by its owner alone, with its header.

    Raises:
        UsageError: It cannot be made.
    """
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise UsageError(
            f"cannot write {part}: {error.strerror}", "-o FILE names another place"
        ) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(line_to_json(first))


def append(part: Path, line: str) -> None:
    """Append a line, if the file is still there."""
    with contextlib.suppress(OSError), part.open("r+", encoding="utf-8") as stream:
        stream.seek(0, os.SEEK_END)
        stream.write(line)


def header(command: Sequence[str], *, values: bool) -> CaptureHeader:
    """Return the capture's first line."""
    return CaptureHeader(
        format=FORMAT,
        asa=__version__,
        python=platform.python_version(),
        command=tuple(PASSWORD.sub(starred, word) for word in command),
        directory=str(Path.cwd()),
        revision=git_revision(),
        started_at=time.time(),
        values=values,
    )


def starred(found: "re.Match[str]") -> str:
    """Return a password's place with stars in it."""
    return f"{found[1] or found[2]}***"


def environment(
    environ: Mapping[str, str], part: Path, *, values: bool, root: Path | None = None
) -> dict[str, str]:
    """Return the environment under which Python processes report in.

    Args:
        environ: To be extended.
        part: The file that they append to.
        values: Whether bound values are kept.
        root: Directory that files are named relative to; None for the current one.
    """
    launcher = str(LAUNCHER)
    path = [entry for entry in environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    return {
        **environ,
        "PYTHONPATH": os.pathsep.join([launcher, *(entry for entry in path if entry != launcher)]),
        FILE: str(part.absolute()),
        ROOT: str(root or Path.cwd()),
        KEY: "" if values else secrets.token_hex(16),
    }


def ended(file: Path, part: Path, exit_code: int, *, values: bool) -> CaptureResult:
    """Count what was recorded and give the file its name.

    Raises:
        UsageError: The file was taken away while the command ran.
    """
    queries, querying, reported, imported, troubles = 0, set(), 0, 0, []
    try:
        with part.open("rb") as stream:
            for line in stream:
                if line.startswith(b'{"kind":"query"'):
                    queries += 1
                    querying.add(process_of(line))
                elif line.startswith(b'{"kind":"process"'):
                    reported += 1
                elif line.startswith(b'{"kind":"library"'):
                    imported += 1
                elif line.startswith(b'{"kind":"trouble"'):
                    form = json.loads(line)
                    troubles.append((form["handler"], form["error"]))
        if queries:
            part.replace(file)
        else:
            part.unlink()
    except OSError as error:
        raise UsageError(
            f"cannot finish {file}: {error.strerror}", "was it removed while the command ran?"
        ) from None
    return CaptureResult(
        file=file if queries else None,
        exit_code=exit_code,
        queries=queries,
        processes=len(querying),
        reported=reported,
        imported=imported,
        troubles=tuple(troubles),
        exposed=bool(queries) and values and is_exposed(file),
    )


def process_of(line: bytes) -> bytes:
    """Return the process number of a query line; the last that it names, in its scope."""
    return line.rpartition(b'"process":')[2].partition(b",")[0].rstrip(b"}\n")
