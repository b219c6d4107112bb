"""The options of `asa optimize` that say where and how it plans."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from asa.cli.gate import FailFrom
from asa.errors import UsageError

if TYPE_CHECKING:
    from asa.model.row_snapshot import RowSnapshot
    from asa.model.snapshot import Snapshot

__all__ = [
    "Baseline", "Budget", "FailFromOption", "FixOption", "Jobs", "PlanUrl", "PlanningLimit",
    "ProveOption", "Rows", "ShowValues", "SnapshotFile", "Verbose", "WriteBaseline", "Yes",
    "bytes_of", "rows_of", "saved_of",
]  # fmt: skip


PlanUrl = Annotated[
    str | None, typer.Option(help="Database to plan on: a URL, env:NAME or module:attribute.")
]
SnapshotFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A file of asa snapshot to plan on instead.")
]
Budget = Annotated[
    str | None,
    typer.Option(metavar="SIZE", help="What new indexes may take together, like 500MB."),
]
Rows = Annotated[
    list[str] | None,
    typer.Option(
        metavar="TABLE=NUMBER", help="Plan as if a table had that many rows: orders=40M; repeat."
    ),
]
FailFromOption = Annotated[
    FailFrom,
    typer.Option(help="Exit 1 from findings of this severity on, or on new ones alone."),
]
Baseline = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Findings that are known; stale entries fail."),
]
WriteBaseline = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write what is found now as the baseline."),
]
ProveOption = Annotated[
    bool,
    typer.Option(
        "--prove",
        help="Run the captured command again, unchanged and with the loader options added.",
    ),
]
FixOption = Annotated[
    bool, typer.Option("--fix", help="Write the fixes into the source, after showing the change.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before a rerun or a change.")]
PlanningLimit = Annotated[
    float,
    typer.Option(min=0.1, metavar="SECONDS", help="What the database may spend planning in all."),
]
Jobs = Annotated[int, typer.Option(min=1, max=32, help="Statements planned at once.")]
ShowValues = Annotated[
    bool, typer.Option("--show-values", help="Show values of the log beside the queries.")
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="List what was not planned or judged, and why.")
]


def saved_of(snapshot: Path | None, url: str | None) -> "Snapshot | RowSnapshot | None":
    """Return the snapshot that is named.

    Raises:
        UsageError: It cannot be read, or a database is named too.
    """
    from asa.optimize.snapshot_file import read_snapshot

    if snapshot is not None and url is not None:
        raise UsageError("--snapshot and --url both name what to plan on", "leave one out")
    return read_snapshot(snapshot) if snapshot is not None else None


def bytes_of(budget: str | None) -> int | None:
    """Return a budget in bytes.

    Raises:
        UsageError: It is no size.
    """
    from asa.model.quantity import quantity

    if budget is None:
        return None
    size = quantity(budget)
    if size is None:
        raise UsageError(f"{budget!r} is no size", "--budget 500MB")
    return size


def rows_of(texts: Sequence[str] | None) -> dict[str, int]:
    """Return the rows to plan with, by table.

    Raises:
        UsageError: One is not of the form TABLE=NUMBER.
    """
    from asa.model.quantity import quantity

    found = {}
    for text in texts or ():
        table, _, number = text.rpartition("=")
        count = quantity(number)
        if not table or not count:
            raise UsageError(f"{text!r} names no table and its rows", "--rows orders=40M")
        found[table] = count
    return found
