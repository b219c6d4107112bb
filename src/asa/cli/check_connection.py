"""`asa check-connection`: can the application really use this database."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from asa.cli.target import configured, database_of
from asa.model.event import Event, Stage
from asa.report.terminal.style import Symbol, answer, header, line, milliseconds, next_step

if TYPE_CHECKING:
    from asa.config import Config
    from asa.connection.step import Verdict
    from asa.database.url import DatabaseUrl
    from asa.errors import DatabaseError

__all__ = ["check_connection"]

SYMBOLS = {
    Stage.DONE: Symbol.PROVED,
    Stage.WARNED: Symbol.JUDGE,
    Stage.FAILED: Symbol.CHANGE,
    Stage.NOTE: Symbol.NOTE,
}
NAME_WIDTH, TEXT_WIDTH, TIME_WIDTH = 11, 44, 7


def check_connection(
    url: Annotated[
        str | None,
        typer.Argument(help="A URL, env:NAME or module:attribute; else the project's database."),
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=0.1, metavar="SECONDS", help="Give up after so long.")
    ] = 10.0,
    pool_size: Annotated[int, typer.Option(min=1, help="The engine's pool_size.")] = 5,
    max_overflow: Annotated[int, typer.Option(min=0, help="The engine's max_overflow.")] = 10,
    workers: Annotated[
        int, typer.Option(min=1, help="Processes that each have such an engine.")
    ] = 1,
) -> None:
    """Check that the application can use its database: every step, timed, as it happens."""
    import asyncio

    from asa.connection.check import check
    from asa.connection.step import PoolPlan
    from asa.errors import DatabaseError

    config = configured(url=url)
    database = database_of(config)
    console = answer()
    console.print(header("asa check-connection", database.shown))
    console.print()
    plan = PoolPlan(pool_size, max_overflow, workers)
    try:
        verdict = asyncio.run(check(database, plan=plan, timeout_seconds=timeout, notify=show_step))
    except DatabaseError as error:
        raise explained(error, database, config) from error
    show_verdict(verdict)


def show_step(event: Event) -> None:
    """Print one step as it is taken."""
    console = answer()
    name = Text(f"{event.subject:<{NAME_WIDTH}} ")
    if event.duration_ms is None:
        text = Text(event.text)
    else:
        time = f"{milliseconds(event.duration_ms):>{TIME_WIDTH}}"
        text = Text.assemble(f"{event.text:<{TEXT_WIDTH}} ", (time, "dim"))
    console.print(line(console, SYMBOLS[event.stage], Text.assemble(name, text)))


def show_verdict(verdict: "Verdict") -> None:
    """Print the last lines: usable, and what to do about each warning."""
    console = answer()
    warnings = verdict.warnings
    console.print()
    if not warnings:
        console.print(line(console, Symbol.PROVED, "usable", indent=0))
        return
    count = f"{len(warnings)} warning{'s' if len(warnings) > 1 else ''}"
    console.print(line(console, Symbol.JUDGE, f"usable, {count}", indent=0))
    for step in warnings:
        console.print(next_step(step.advice))


def explained(error: "DatabaseError", database: "DatabaseUrl", config: "Config") -> "DatabaseError":
    """Return the error with the URL, where it was named, and whether waiting would help."""
    from asa.errors import DatabaseError

    tried = "once; waiting can mend this" if error.transient else "once; waiting cannot mend this"
    details = [("url", database.shown), ("from", origin(config)), *error.details, ("tried", tried)]
    return DatabaseError(
        error.message,
        error.hint,
        cause=error.cause,
        transient=error.transient,
        details=tuple(details),
    )


def origin(config: "Config") -> str:
    """Return where the URL was named: `env:DATABASE_URL, set in .env:3`."""
    reference = config.url
    assert reference is not None  # noqa: S101  (the database was found by it)
    if reference.variable is None:
        return "the command line" if reference.origin == "--url" else reference.origin
    return f"env:{reference.variable}, set in {setting_place(config, reference.variable)}"


def setting_place(config: "Config", variable: str) -> str:
    """Return where an environment variable gets its value: `.env:3`, or the environment."""
    import os

    file = config.root / ".env"
    if variable in os.environ or not file.is_file():
        return "the environment"
    for number, text in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if text.removeprefix("export ").partition("=")[0].strip() == variable:
            return f".env:{number}"
    return ".env"
