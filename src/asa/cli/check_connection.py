"""`asa check-connection`: can the application really use this database."""

import asyncio
import os
import re
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from asa.cli.target import configured, database_of
from asa.connection.form import Form
from asa.errors import DatabaseError, UsageError
from asa.model.event import Event, Notify, Stage, silent
from asa.report.terminal.style import Symbol, answer, header, line, milliseconds, next_step

if TYPE_CHECKING:
    from asa.config import Config
    from asa.connection.outcome import Outcome
    from asa.connection.requirement import Requirement
    from asa.connection.step import Wanted
    from asa.database.url import DatabaseUrl

__all__ = ["check_connection"]

SYMBOLS = {
    Stage.DONE: Symbol.PROVED,
    Stage.WARNED: Symbol.JUDGE,
    Stage.FAILED: Symbol.CHANGE,
    Stage.NOTE: Symbol.NOTE,
}
# What is mended where the URL is written.
IN_THE_URL = ("dns", "wrong-port", "password", "unknown-role", "unknown-database")
NAME_WIDTH, TEXT_WIDTH, TIME_WIDTH = 11, 44, 7


def seconds(text: object) -> float:
    """Read a time: `60`, `60s`, `2m`."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|m|min)?", str(text).strip())
    if found is None:
        raise typer.BadParameter("write seconds as 60 or 60s, minutes as 2m")
    return float(found[1]) * (60 if (found[2] or "").startswith("m") else 1)


def check_connection(
    urls: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="URL", help="URL, env:NAME or module:attribute; else the project's."
        ),
    ] = None,
    url: Annotated[str | None, typer.Option(metavar="URL", help="The same, as an option.")] = None,
    timeout: Annotated[
        float, typer.Option(parser=seconds, metavar="TIME", help="Give up a check after so long.")
    ] = 10.0,
    wait: Annotated[
        float, typer.Option(parser=seconds, metavar="TIME", help="Try for so long: 60, 60s, 2m.")
    ] = 0.0,
    wait_for: Annotated[
        str | None, typer.Option(metavar="all", help="Wait for what waiting does not mend, too.")
    ] = None,
    require: Annotated[
        str,
        typer.Option(
            metavar="LIST", help="Fail unless met: postgresql>=14,primary,at-head,privileges,tls."
        ),
    ] = "",
    workers: Annotated[int, typer.Option(min=1, help="Processes that each have a pool.")] = 1,
    pool_size: Annotated[int, typer.Option(min=1, help="pool_size of each.")] = 5,
    max_overflow: Annotated[int, typer.Option(min=0, help="max_overflow of each.")] = 10,
    pings: Annotated[int, typer.Option(min=1, help="Ask so often, for the spread.")] = 1,
    deep: Annotated[
        bool, typer.Option("--deep", help="Open all connections at once; break one unpinged.")
    ] = False,
    form: Annotated[Form, typer.Option("--format", help="How to write it.")] = Form.TERMINAL,
) -> None:
    """Check that the application can use its database: every step, timed, as it happens."""
    from asa.connection.outcome import exit_code, rendered
    from asa.connection.requirement import parse_requirements
    from asa.connection.schema_state import project_history
    from asa.connection.step import PoolPlan, Wanted

    if timeout <= 0:
        raise UsageError("a check needs some time", "--timeout 10")
    if wait_for not in (None, "all"):
        raise UsageError(f'--wait-for does not know "{wait_for}"', "write --wait-for all")
    requirements = parse_requirements(require)
    named = [*(urls or ()), *([url] if url else ())] or [None]
    configs = [configured(url=one) for one in named]
    plan = PoolPlan(pool_size, max_overflow, workers)
    # A database named here may be any; the project's own is compared with its revisions.
    compared = named == [None] or any(one.name == "at-head" for one in requirements)
    history = project_history(configs[0]) if compared else None
    wanted = Wanted(plan, timeout_seconds=timeout, pings=pings, deep=deep, history=history)
    patience = Patience(wait, everything=wait_for == "all")
    databases = [(config, database_of(config)) for config in configs]
    if form is Form.TERMINAL and len(databases) == 1:
        alone(*databases[0], wanted, patience, requirements)
        return
    outcomes = asyncio.run(all_of(databases, wanted, patience, requirements))
    if form is Form.TERMINAL:
        for outcome in outcomes:
            show_outcome(outcome)
    else:
        typer.echo(rendered(form, outcomes))
    raise typer.Exit(exit_code(outcomes))


class Patience:
    """For how long to wait, and for what.

    Attributes:
        seconds: For how long; 0 to try once.
        everything: Whether for causes that waiting does not mend, too.
    """

    def __init__(self, seconds: float, *, everything: bool) -> None:
        self.seconds = seconds
        self.everything = everything


def alone(
    config: "Config",
    database: "DatabaseUrl",
    wanted: "Wanted",
    patience: Patience,
    requirements: "tuple[Requirement, ...]",
) -> None:
    """Check one database, each step printed as it is taken.

    Raises:
        DatabaseError: It cannot be used.
        Exit: Something that is required is not met.
    """
    from asa.connection.outcome import exit_code

    console = answer()
    console.print(header("asa check-connection", database.shown))
    console.print()
    screen = Screen()
    try:
        outcome = asyncio.run(
            outcome_of(config, database, wanted, patience, requirements, screen.hear)
        )
    finally:
        screen.rest()
    if outcome.error is not None:
        raise outcome.error
    show_sum(outcome)
    raise typer.Exit(exit_code((outcome,)))


async def all_of(
    databases: "list[tuple[Config, DatabaseUrl]]",
    wanted: "Wanted",
    patience: Patience,
    requirements: "tuple[Requirement, ...]",
) -> "list[Outcome]":
    """Check several databases at once."""
    checks = (
        outcome_of(config, database, wanted, patience, requirements, silent)
        for config, database in databases
    )
    return list(await asyncio.gather(*checks))


async def outcome_of(
    config: "Config",
    database: "DatabaseUrl",
    wanted: "Wanted",
    patience: Patience,
    requirements: "tuple[Requirement, ...]",
    notify: Notify,
) -> "Outcome":
    """Check one database, and judge what is required of it."""
    from asa.connection.check import check
    from asa.connection.outcome import Outcome
    from asa.connection.patience import check_patiently, tried
    from asa.connection.requirement import unmet

    try:
        if patience.seconds:
            verdict = await check_patiently(
                database,
                wanted,
                notify,
                wait_seconds=patience.seconds,
                wait_for_all=patience.everything,
            )
        else:
            verdict = await check(database, wanted, notify)
    except DatabaseError as error:
        last = error if patience.seconds else tried(error, 1, 0)
        return Outcome(database.shown, error=explained(last, database, config))
    return Outcome(database.shown, verdict, unmet=unmet(requirements, verdict))


class Screen:
    """Prints the steps as they are taken, and in one live line what is waited for."""

    def __init__(self) -> None:
        self.console = answer("stderr")
        self.live = self.console.status("") if self.console.is_terminal else None
        self.waited_for = ""

    def hear(self, event: Event) -> None:
        """Print one event."""
        if event.stage is not Stage.ADVANCED:
            self.rest()
            show_step(event)
            return
        left = f"{(event.duration_ms or 0) / 1000:.0f} s left"
        if self.live is not None:
            self.live.update(Text(f"waiting: {event.text}   {left}"))
            self.live.start()
        elif event.text != self.waited_for:
            self.waited_for = event.text
            text = Text(f"waiting: {event.text}, {left}")
            self.console.print(line(self.console, Symbol.NOTE, text))

    def rest(self) -> None:
        """Take the live line away."""
        if self.live is not None:
            self.live.stop()


def show_step(event: Event) -> None:
    """Print one step."""
    console = answer()
    name = Text(f"{event.subject:<{NAME_WIDTH}} ")
    if event.duration_ms is None:
        text = Text(event.text)
    else:
        time = f"{milliseconds(event.duration_ms):>{TIME_WIDTH}}"
        text = Text.assemble(f"{event.text:<{TEXT_WIDTH}} ", (time, "dim"))
    console.print(line(console, SYMBOLS[event.stage], Text.assemble(name, text)))


def show_outcome(outcome: "Outcome") -> None:
    """Print what became of one database of several."""
    from asa.cli.group import show_error

    console = answer()
    console.print(header("asa check-connection", outcome.database))
    console.print()
    if outcome.error is not None:
        show_error(outcome.error)
    elif outcome.verdict is not None:
        for step in outcome.verdict.steps:
            show_step(step.event)
        show_sum(outcome)
    console.print()


def show_sum(outcome: "Outcome") -> None:
    """Print the last lines: usable or not as required, and what to do about it."""
    console = answer()
    for name, reason in outcome.unmet:
        text = Text.assemble(f"{'require':<{NAME_WIDTH}} ", (name, "bold"), f": {reason}")
        console.print(line(console, Symbol.CHANGE, text))
    console.print()
    console.print(line(console, SYMBOLS[outcome.stage], outcome.summary, indent=0))
    for step in outcome.verdict.warnings if outcome.verdict else ():
        console.print(next_step(step.advice))


def explained(error: DatabaseError, database: "DatabaseUrl", config: "Config") -> DatabaseError:
    """Return the error with the URL and where it was named."""
    place = origin(config)
    details = [("url", database.shown), ("from", place), *error.details]
    hint = error.hint
    if error.cause in IN_THE_URL and ".env:" in place:
        details.append(("how", hint))
        hint = f"correct {place.rpartition(' ')[2]}, then asa check-connection"
    return DatabaseError(
        error.message,
        hint,
        cause=error.cause,
        transient=error.transient,
        details=tuple(details),
    )


def origin(config: "Config") -> str:
    """Return where the URL was named: `env:DATABASE_URL, set in .env:3`."""
    reference = config.url
    if reference is None:
        return "nowhere"
    if reference.variable is None:
        return "the command line" if reference.origin == "--url" else reference.origin
    return f"env:{reference.variable}, set in {setting_place(config, reference.variable)}"


def setting_place(config: "Config", variable: str) -> str:
    """Return where an environment variable gets its value: `.env:3`, or the environment."""
    file = config.root / ".env"
    if variable in os.environ or not file.is_file():
        return "the environment"
    for number, text in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if text.removeprefix("export ").partition("=")[0].strip() == variable:
            return f".env:{number}"
    return ".env"
