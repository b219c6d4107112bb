"""`asa snapshot`: what the planner knows of a database, in a file to optimize with elsewhere."""

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from asa.cli.progress import working
from asa.cli.target import configured, database_of
from asa.report.counts import counted
from asa.report.terminal.style import answer, fit, header, next_step

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
            help="Keep the values of text columns, or take them out.",
        ),
    ] = True,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE where it exists.")] = False,
) -> None:
    """Save what a planner knows of a database, to optimize away from it.

    asa optimize LOG --snapshot FILE then plans as that database does, without
    it. A role that may SELECT is enough. FILE, readable by you alone, holds
    schema, sizes, settings and, of PostgreSQL, the planner's statistics, which
    tell some values; of MySQL, MariaDB and SQLite it holds ROWS: up to 10,000
    of a SQLite table and to 100,000 of the others. With --no-values the texts
    are replaced by hashes: which are equal stays, order and beginnings do not.

    Example: asa snapshot --url env:SHOP_DATABASE_URL --output production.asa
    """
    import asyncio

    from asa.model.row_snapshot import RowSnapshot
    from asa.optimize.snapshot import take_snapshot
    from asa.optimize.snapshot_file import unwritable, write_snapshot

    if (error := unwritable(output, force=force)) is not None:
        raise error
    database = database_of(configured(url=url))
    with working("reading schema and statistics"):
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
    if isinstance(taken, RowSnapshot):
        rows = counted(sum(len(table.rows) for table in taken.tables), "row")
        held = "as they are" if values else "texts hashed"
        console.print(f"  holds     {rows}, {held}; readable by you alone")
        for one in taken.left_out:
            console.print(fit(f"  ! left out  {one}", 80), markup=False)
    console.print(f"snapshot -> {output}")
    console.print(next_step(f"asa optimize LOG --snapshot {quote(str(output))}"))
