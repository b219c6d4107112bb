"""`asa snapshot`: what the planner knows of a database, in a file to optimize with elsewhere."""

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from asa.cli.progress import working
from asa.cli.target import configured, database_of
from asa.report.counts import counted
from asa.report.terminal.style import answer, header, next_step

__all__ = ["snapshot"]


def snapshot(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write.")
    ],
    url: Annotated[
        str | None,
        typer.Option(help="The database: a URL, env:NAME or module:attribute.", metavar="URL"),
    ] = None,
    values: Annotated[
        bool,
        typer.Option(
            "--values/--no-values",
            help="Keep the statistics' common values and histograms of text columns, or none.",
        ),
    ] = True,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE where it exists.")] = False,
) -> None:
    """Save schema, sizes, planner statistics and settings of a PostgreSQL database.

    asa optimize LOG --snapshot FILE then plans as that database does, without
    it. No row is read, and a role that may SELECT is enough. Statistics hold
    some values of the columns; FILE is readable by you alone.

    Example: asa snapshot --url env:PRODUCTION_URL --output production.asa
    """
    import asyncio

    from asa.optimize.snapshot import take_snapshot, unwritable, write_snapshot

    if (error := unwritable(output, force=force)) is not None:
        raise error
    database = database_of(configured(url=url))
    with working("reading the statistics"):
        taken = asyncio.run(take_snapshot(database, values=values))
    write_snapshot(taken, output, force=force)
    console = answer()
    tables = sum(one.kind == "table" for one in taken.definitions)
    console.print(
        header(
            f"asa snapshot -o {quote(str(output))}",
            f"{database.place}   {taken.server}",
            counted(tables, "table"),
        )
    )
    console.print(f"snapshot -> {output}")
    console.print(next_step(f"asa optimize LOG --snapshot {quote(str(output))}"))
