"""`asa digest`: what query logs hold, and a file of it that merges with others."""

import sys
from enum import Enum
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from asa.cli.reading import (
    Dask,
    DatabaseName,
    Exclude,
    Jobs,
    LinePrefix,
    LogFormat,
    Logs,
    Since,
    Until,
    UserName,
    ViewName,
    read_all,
    selected,
    view_of,
)
from asa.cli.target import configured, database_of
from asa.report.counts import counted
from asa.report.terminal.style import answer, header, next_step
from asa.report.workload_facts import Order

if TYPE_CHECKING:
    from asa.model.workload import Workload

__all__ = ["digest"]

STANDARD_INPUT = "-"


class Shown(str, Enum):
    """How a digest is printed."""

    TERMINAL = "terminal"
    JSON = "json"
    MARKDOWN = "markdown"


def digest(
    logs: Logs = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the digest here too."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE where it exists.")] = False,
    values: Annotated[
        bool, typer.Option("--values/--no-values", help="Keep values of the log in FILE, or none.")
    ] = True,
    top: Annotated[int, typer.Option(min=1, help="How many query classes are shown.")] = 10,
    order: Annotated[
        Order, typer.Option("--sort", "--by", help="What they are ordered by.")
    ] = Order.TOTAL,
    form: Annotated[Shown, typer.Option("--format", help="How to print them.")] = Shown.TERMINAL,
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Show the values of each slowest execution.")
    ] = False,
    source: ViewName = None,
    url: Annotated[
        str | None,
        typer.Option(
            help="The database of --source: a URL, env:NAME or module:attribute.", metavar="URL"
        ),
    ] = None,
    log_format: LogFormat = None,
    log_line_prefix: LinePrefix = None,
    since: Since = None,
    until: Until = None,
    database: DatabaseName = None,
    user: UserName = None,
    exclude: Exclude = None,
    jobs: Jobs = 0,
    dask: Dask = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="List the first entries not read, and why.")
    ] = False,
) -> None:
    """Show what query logs hold: the heaviest, slowest and most asked query classes.

    A query class is all statements that differ only in their values.
    Percentiles are within 1 % of the true ones. FILE is read by asa digest and
    asa optimize beside logs: the digest of several is that of all their logs.
    It is readable by you alone. Without a LOG, what the database's server has
    counted is shown: pg_stat_statements or performance_schema.

    Example: asa digest shop.jsonl --output shop.digest
    """
    from asa.workload.digest_file import write

    logs = logs or []
    config = configured(url=url) if source or not logs else None
    live = database_of(config) if config and config.url else None
    view = view_of(live, logs, source)
    found = read_all(
        logs,
        view,
        live,
        None,
        form=log_format,
        line_prefix=log_line_prefix,
        selection=selected(since, until, database, user, exclude),
        jobs=jobs,
        dask=dask,
    )
    if output is not None:
        write(found, output, values=values, force=force)
    workload = found.workload()
    if form is Shown.JSON:
        from asa.report.workload_json import render

        sys.stdout.write(render(workload) + "\n")
        return
    if form is Shown.MARKDOWN:
        from asa.report.workload_markdown import render as rendered

        sys.stdout.write(rendered(workload, order, top) + "\n")
        return
    named = [*logs, "--source", view.value] if view else logs
    show(workload, named, output, top=top, order=order, verbose=verbose, values=show_values)


def show(
    workload: "Workload",
    logs: list[str],
    output: Path | None,
    *,
    top: int,
    order: Order,
    verbose: bool,
    values: bool,
) -> None:
    """Print what was read, its classes, and the next step."""
    from asa.report.terminal.workload import print_workload

    console = answer()
    names = " ".join(quote(log) for log in logs)
    console.print(header(f"asa digest {names}", *facts(workload)))
    print_workload(console, workload, top=top, order=order, verbose=verbose, values=values)
    console.print()
    if output is not None:
        console.print(f"digest -> {output}")
        names = quote(str(output))
    elif STANDARD_INPUT in logs:
        console.print(next_step("asa digest - -o FILE", "keeps it for asa optimize"))
        return
    console.print(next_step(f"asa optimize {names}"))


def facts(workload: "Workload") -> list[str]:
    """Return how much was read, in few words."""
    formats = ", ".join(dict.fromkeys(s.format for s in workload.sources if s.format))
    classes = counted(len(workload.classes), "class", "classes")
    return [f"{counted(workload.calls, 'query', 'queries')}, {classes}", formats]
