"""`asa demo`: the whole road on a throwaway project, each command shown as it really runs."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from asa.cli.signals import SignalledError
from asa.errors import AsaError, ExitCode, UsageError
from asa.report.terminal.style import Symbol, answer, command, header, line, next_step

__all__ = ["demo"]

SHOP = Path(__file__).parents[1] / "examples" / "shop"
PATIENCE_S = 5
PROJECT_VARIABLES = ("ASA_", "SHOP_", "VIRTUAL_ENV")


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the road.

    Attributes:
        about: What it is for, in one line.
        typed: The command line as a user types it.
        expected: Exit code with which the road goes on.
    """

    about: str
    typed: str
    expected: ExitCode = ExitCode.OK

    @property
    def arguments(self) -> list[str]:
        """The command as it is run: `asa` is this very one, whatever the PATH says."""
        words = shlex.split(self.typed)
        return [sys.executable, "-m", *words] if words[0] == "asa" else words


def road(python: str) -> tuple[Step, ...]:
    """Return the steps; `python` is how a user calls the interpreter that asa runs in."""
    return (
        Step("find the models, give them an async Alembic environment", "asa init"),
        Step("write the first revision from the models", 'asa migrate "start"'),
        Step("apply it", "asa upgrade"),
        Step("fill the shop, by its own program", f"{python} -m shop.seed"),
        Step("ask whether the application can use this database", "asa check-connection"),
        Step(
            "record the queries of an afternoon, with no change to the shop's code",
            f"asa capture -- {python} -m shop.main",
        ),
        Step(
            "find what makes them slow, and rerun the afternoon with the cure",
            "asa optimize capture.jsonl --prove --yes",
            ExitCode.FINDINGS,
        ),
    )


def demo(
    keep: Annotated[
        Path | None,
        typer.Option(help="Leave the project in this new or empty directory.", metavar="DIR"),
    ] = None,
) -> None:
    """Walk the whole road on a throwaway SQLite project.

    Example: asa demo --keep shop
    """
    console = answer()
    started = time.monotonic()
    with project(keep) as directory:
        console.print(header("asa demo", f"a small shop in {directory}"))
        for step in road(interpreter()):
            console.print(Text(f"\n{step.about}", style="bold"))
            console.print(Text("$ ").append_text(command(step.typed)))
            sys.stdout.flush()
            walk(step, directory)
    seconds = time.monotonic() - started
    console.print()
    console.print(line(console, Symbol.PROVED, f"the whole road, in {seconds:.0f} s", indent=0))
    console.print(where_next(keep))


def where_next(keep: Path | None) -> Text:
    """Return the last line: how to go on by oneself."""
    if keep is None:
        return next_step("asa demo --keep shop", "leaves the project to play with")
    return next_step(
        f"cd {shlex.quote(str(keep))}", "README.md says what is wrong and how to mend it"
    )


@contextmanager
def project(keep: Path | None) -> Iterator[Path]:
    """Yield a directory with a fresh copy of the shop; it goes afterwards unless it is kept.

    Raises:
        UsageError: What it should be kept in is no empty directory, or cannot be written.
    """
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="asa-demo-") as temporary:
            yield copy_shop(Path(temporary) / "shop")
        return
    if keep.exists() and not keep.is_dir():
        raise UsageError(f"{keep} is a file", "name a new directory")
    if keep.is_dir() and any(keep.iterdir()):
        raise UsageError(f"{keep} is not empty", "name a new directory")
    yield copy_shop(keep.resolve())


def copy_shop(directory: Path) -> Path:
    """Copy the shop's files into a directory that is absent or empty.

    Raises:
        UsageError: The directory cannot be made or written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for source in SHOP.rglob("*"):
            below = source.relative_to(SHOP)
            # pip compiles what it installs; the user's copy has the sources only.
            if source.is_file() and "__pycache__" not in below.parts:
                (directory / below).parent.mkdir(exist_ok=True)
                (directory / below).write_bytes(source.read_bytes())
    except OSError as error:
        raise UsageError(
            f"cannot write the shop to {directory}: {error.strerror}", "name another directory"
        ) from None
    return directory


def walk(step: Step, directory: Path) -> None:
    """Run one step where the user can see it.

    Raises:
        AsaError: It ended otherwise than expected.
        Exit: The user stopped it.
    """
    code = run(step.arguments, directory)
    if code in (ExitCode.INTERRUPTED, -signal.SIGINT):
        raise typer.Exit(ExitCode.INTERRUPTED)
    if code != step.expected:
        raise AsaError(
            f"the demo stops: {step.typed} ended with {code}, not {step.expected}",
            "asa demo --keep shop, to see what is there",
        )


def run(arguments: list[str], directory: Path) -> int:
    """Run a command in a directory, its output where asa's own goes; return its exit code.

    Raises:
        Exit: The user stopped it.
    """
    process = subprocess.Popen(
        arguments,
        cwd=directory,
        env=surroundings(os.environ),
        stdin=subprocess.DEVNULL,
        # What a command says aside is part of what the demo shows, in its place.
        stderr=subprocess.STDOUT,
    )
    try:
        return process.wait()
    except KeyboardInterrupt as end:
        # A terminal stops the child as well, which says so itself.
        waited_for(process)
        code = end.exit_code if isinstance(end, SignalledError) else ExitCode.INTERRUPTED
        raise typer.Exit(code) from None
    finally:
        if process.poll() is None:
            process.terminate()
            waited_for(process)
            process.kill()


def waited_for(process: subprocess.Popen[bytes]) -> None:
    """Give a process that was told to end the time to tidy up."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(PATIENCE_S)


def surroundings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the road.

    What the user has set for real projects is left out, so that no step can reach a
    database other than the shop's; `python` is the interpreter that asa runs in.
    """
    kept = {
        name: value
        for name, value in environ.items()
        if name == "ASA_DEBUG" or not name.startswith(PROJECT_VARIABLES)
    }
    path = os.pathsep.join((str(Path(sys.executable).parent), environ.get("PATH", os.defpath)))
    return {**kept, "PATH": path, "ASA_PYTHON": sys.executable}


def interpreter() -> str:
    """Return the name under which the interpreter of asa is found on the road's PATH."""
    here = str(Path(sys.executable).parent)
    names = (name for name in ("python", "python3") if shutil.which(name, path=here))
    return next(names, shlex.quote(sys.executable))
