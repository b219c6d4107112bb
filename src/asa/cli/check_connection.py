"""`asa check-connection`: can the application really use this database."""

import asyncio
import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from asa.cli.target import DatabaseOption, configured, database_of
from asa.config.reference import URL_FLAG
from asa.connection.form import Form
from asa.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from asa.config import Config
    from asa.connection.outcome import Outcome
    from asa.connection.subject import Subject, Terms

__all__ = ["check_connection"]


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
    database: DatabaseOption = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every database that the settings name, all at once.")
    ] = False,
    password_from: Annotated[
        str | None,
        typer.Option(
            metavar="MODULE:CALLABLE", help="Ask this function for the password (an IAM token)."
        ),
    ] = None,
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
            metavar="LIST",
            help="Fail unless met: postgresql>=14, primary, at-head, privileges, tls.",
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
    causes: Annotated[
        bool, typer.Option("--causes", help="List every cause by its code, and stop.")
    ] = False,
) -> None:
    """Check that the application can use its database: every step, timed, as it happens.

    Connects as the application does, breaks one idle connection of its own and
    watches the pool recover. Creates nothing, changes nothing.

    Exit code 0: usable. 1: usable, but not as --require demands. 2: wrong usage
    or configuration. 3: not usable; --causes lists why that can be.

    Example: asa check-connection --wait 60s --require at-head,primary
    """
    from asa.connection.requirement import parse_requirements
    from asa.connection.step import PoolPlan, Wanted
    from asa.connection.subject import Terms

    if causes:
        show_causes(form)
        return
    if timeout <= 0:
        raise UsageError("a check needs some time", "--timeout 10")
    if wait_for not in (None, "all"):
        raise UsageError(f'--wait-for does not know "{wait_for}"', "write --wait-for all")
    requirements = parse_requirements(require)
    typed = [*(urls or ()), *([url] if url else ())]
    # A database named here may be any; the project's own is compared with its revisions.
    compared = not typed or any(one.name == "at-head" for one in requirements)
    subjects = [
        subject_of(config, compared=compared)
        for config in chosen(typed, database, password_from, every=every)
    ]
    plan = PoolPlan(pool_size, max_overflow, workers)
    wanted = Wanted(plan, timeout_seconds=timeout, pings=pings, deep=deep)
    terms = Terms(wanted, wait, wait_for == "all", requirements)
    if form is not Form.TERMINAL:
        written(form, subjects, terms)
    elif len(subjects) == 1:
        alone(subjects[0], terms)
    else:
        together(subjects, terms)


def chosen(
    typed: Sequence[str], database: str | None, password_from: str | None, *, every: bool
) -> "list[Config]":
    """Return the settings of each database that is meant.

    Raises:
        UsageError: They are named in ways that exclude each other.
        ConfigurationError: The settings name none.
    """
    if every and (typed or database):
        raise UsageError("--all means every database of the settings", "name none beside it")
    if typed:
        if database:
            raise UsageError("a URL and --database both name a database", "give one of them")
        return [configured(url=one, password_from=password_from) for one in typed]
    config = configured(database=database, password_from=password_from)
    if not every:
        return [config]
    if not config.every_database:
        raise ConfigurationError(
            "the settings name no database",
            'write [tool.asa.databases.NAME] with url = "..." in pyproject.toml',
        )
    return list(config.every_database)


def subject_of(config: "Config", *, compared: bool) -> "Subject":
    """Return the database that settings lead to, as a check takes it.

    Raises:
        AsaError: Nothing is named, or what is named leads to no database.
    """
    from asa.connection.schema_state import project_history
    from asa.connection.subject import Subject

    database = database_of(config)
    history = project_history(config) if compared else None
    return Subject(database, config.database or "", origin(config), history)


def alone(subject: "Subject", terms: "Terms") -> None:
    """Check one database, each step printed as it is taken.

    Raises:
        DatabaseError: It cannot be used.
        Exit: It can; the code says whether as required.
    """
    from asa.cli.check_screen import Screen, show_sum, show_title
    from asa.connection.outcome import exit_code
    from asa.connection.subject import judge

    name = f"{subject.name}   " if subject.name else ""
    show_title(name + subject.database.shown)
    screen = Screen(steps=True)
    try:
        outcome = asyncio.run(judge(subject, terms, screen.hear))
    finally:
        screen.rest()
    if outcome.error is not None:
        raise outcome.error
    show_sum(outcome)
    raise typer.Exit(exit_code((outcome,)))


def together(subjects: "list[Subject]", terms: "Terms") -> None:
    """Check several databases at once, each printed once it and those before it are known."""
    from asa.cli.check_screen import Screen, show_outcome
    from asa.connection.outcome import exit_code
    from asa.connection.subject import judge_all

    screen = Screen(steps=False)

    async def check_all() -> "list[Outcome]":
        outcomes = []
        async for outcome in judge_all(subjects, terms, screen.hear):
            screen.rest()
            show_outcome(outcome)
            outcomes.append(outcome)
        return outcomes

    try:
        outcomes = asyncio.run(check_all())
    finally:
        screen.rest()
    raise typer.Exit(exit_code(outcomes))


def written(form: Form, subjects: "list[Subject]", terms: "Terms") -> None:
    """Check all databases at once, and write what programs read."""
    from asa.connection.outcome import exit_code, rendered
    from asa.connection.subject import judge_all
    from asa.model.event import silent

    async def check_all() -> "list[Outcome]":
        return [outcome async for outcome in judge_all(subjects, terms, silent)]

    outcomes = asyncio.run(check_all())
    typer.echo(rendered(form, outcomes))
    raise typer.Exit(exit_code(outcomes))


def show_causes(form: Form) -> None:
    """Print every cause: its code, what it means, what to do."""
    from asa.connection.causes import CAUSES, causes_rendered

    if form is not Form.TERMINAL:
        typer.echo(causes_rendered(form))
        return
    from asa.cli.check_screen import show_cause, show_title

    show_title(f"{len(CAUSES)} causes")
    for cause in CAUSES:
        show_cause(cause)


def origin(config: "Config") -> str:
    """Return where the URL was named: `env:DATABASE_URL, set in .env:3`."""
    reference = config.url
    if reference is None:
        return "nowhere"
    if reference.variable is None:
        return "the command line" if reference.origin == URL_FLAG else reference.origin
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
