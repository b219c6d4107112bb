"""`asa capture`: run a program and record its queries."""

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from asa.report.counts import counted
from asa.report.terminal.style import Symbol, answer, line, next_step

if TYPE_CHECKING:
    from asa.capture.run import CaptureResult

__all__ = ["capture"]


def capture(
    command: Annotated[
        list[str],
        typer.Argument(
            help="The program and its arguments, as you would type them here.",
            metavar="COMMAND",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where the capture is to be.", metavar="FILE")
    ] = Path("capture.jsonl"),
    force: Annotated[bool, typer.Option("--force", help="Replace FILE where it exists.")] = False,
    values: Annotated[
        bool,
        typer.Option(
            "--values/--no-values",
            help="Keep bound values (asa optimize plans with them), or only whether two are equal.",
        ),
    ] = True,
) -> None:
    """Run any Python program and record its queries, with no change to its code.

    Kept of each query, in every Python process that COMMAND starts: its SQL,
    bound values, time, rows, session and transaction, the line that sent it
    and, for a lazy load, the line that loaded the parents. All of it goes to
    FILE, readable by you alone. With --no-values FILE holds keyed hashes
    instead of bound values, and the SQL without its literals.

    Standard streams, terminal, signals and exit code are COMMAND's own.

    Example: asa capture --output shop.jsonl -- python -m shop.main
    """
    from asa.capture.run import run

    result = run(command, output, values=values, force=force)
    show(result)
    raise typer.Exit(result.exit_code)


def show(result: "CaptureResult") -> None:
    """Say on stderr what was recorded; stdout belongs to the command."""
    console = answer("stderr")
    for handler, error in result.troubles:
        text = f"some queries are missing: {error} in asa's recorder ({handler})"
        console.print(line(console, Symbol.JUDGE, text, indent=0))
    if result.file is None:
        what, hint = silence(result)
        console.print(line(console, Symbol.JUDGE, what, indent=0))
        console.print(next_step(hint))
        return
    if result.exposed:
        text = f"{result.file} holds values and git does not ignore it"
        console.print(line(console, Symbol.JUDGE, text, indent=0))
    queries = counted(result.queries, "query", "queries")
    processes = counted(result.processes, "process", "processes")
    console.print(f"{queries}, {processes} -> {result.file}")
    console.print(next_step(f"asa optimize {quote(str(result.file))}"))


def silence(result: "CaptureResult") -> tuple[str, str]:
    """Return why nothing was recorded, and what to try."""
    if not result.reported:
        return (
            "no process reported in: nothing recorded",
            "run Python without -S, -I, -E and with PYTHONPATH passed on",
        )
    if result.troubles:
        return "nothing recorded", "ASA_DEBUG=1 asa capture -- COMMAND   and report it"
    processes = counted(result.reported, "Python process", "Python processes")
    if not result.imported:
        return (
            f"{processes} ran, none imported SQLAlchemy: nothing recorded",
            "asa capture -- COMMAND   one that uses the database",
        )
    return (
        f"{processes} ran, none sent a query: nothing recorded",
        "asa capture -- COMMAND   one that uses the database",
    )
