"""What the commands over migrations share: their options, the head line, the progress lines."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from asa.cli.target import configured, database_of, migrated
from asa.config import Config
from asa.model.event import Event, Notify, Stage
from asa.model.operation import Description, DropColumn, DropTable, Operation
from asa.report.terminal.style import Symbol, answer, fit, header, line, milliseconds

if TYPE_CHECKING:
    from rich.status import Status

    from asa.migrations.environment import Environment
    from asa.migrations.place import Place
    from asa.model.revision import Revision

__all__ = [
    "LockTimeoutOption",
    "LockWaitOption",
    "Narrator",
    "NoCopyOption",
    "NoLockOption",
    "UrlOption",
    "environment_for",
    "environment_without_database",
    "facts",
    "listed",
    "operation_lines",
    "operations_as_json",
    "place_as_json",
    "revisions_here",
]

UrlOption = Annotated[
    str | None,
    typer.Option("--url", help="The database: a URL, env:NAME or module:attribute.", metavar="URL"),
]
LockWaitOption = Annotated[
    float,
    typer.Option("--lock-wait", help="Seconds to wait for another upgrade to end.", min=0),
]
LockTimeoutOption = Annotated[
    float,
    typer.Option("--lock-timeout", help="Seconds a statement may wait for a table.", min=0),
]
NoLockOption = Annotated[
    bool, typer.Option("--no-lock", help="Do not keep other upgrades out meanwhile.")
]
NoCopyOption = Annotated[bool, typer.Option("--no-copy", help="Do not copy a SQLite file before.")]
NAME_WIDTH = 34
KIND_WIDTH = 8
ROOM = 74  # of 80, beside what the rows are indented by


def environment_for(
    url: str | None, database: str | None = None, *, reading: bool = False
) -> "Environment":
    """Return the project's Alembic environment, meant for the database that is named.

    Args:
        url: What `--url` says.
        database: What `--database` says.
        reading: Whether the command only looks, as the application could: else
            `migration_url` is the way, where it is set.

    Raises:
        ConfigurationError: There is no environment, or what names the database is wrong.
    """
    from asa.migrations.environment import find_environment

    config = configured(url=url, database=database)
    if not reading:
        config = migrated(config)
    environment = find_environment(config)
    # Several databases and none chosen is an error, as it is for every command.
    if config.url is None and not config.databases:
        return environment
    named = database_of(config)
    if environment.directory != Path.cwd():
        # Alembic works in its own directory, and the file is meant from this one.
        named = named.anchored(Path.cwd())
    return replace(environment, database=named)


def environment_without_database() -> "Environment":
    """Return the project's Alembic environment for what asks no database.

    Raises:
        ConfigurationError: There is none.
    """
    from asa.migrations.environment import find_environment

    return find_environment(configured())


def revisions_here() -> "tuple[Revision, ...]":
    """Return the project's revisions, newest first.

    Raises:
        AsaError: There is no Alembic environment, or a revision file cannot be read.
    """
    from asa.migrations.stamping import read_history

    return read_history(environment_without_database())


def facts(config: Config, place: "Place") -> tuple[str, ...]:
    """Return what a head line says of a database: who named it, what answers, where."""
    return (*named(config), str(place))


def named(config: Config) -> tuple[str, ...]:
    """Return how the settings name the database; nothing for a plain URL, which may be secret."""
    reference = config.url
    if reference is None or not (reference.variable or reference.attribute):
        return ()
    return (reference.text,)


def listed(names: Iterable[object], none: str) -> str:
    """Return names with commas between them, or the word for none."""
    return ", ".join(str(name) for name in names) or none


class Narrator:
    """Prints what a run of revisions tells, line by line, as it happens."""

    def __init__(self, typed: str, config: Config) -> None:
        self.typed = typed
        self.config = config
        self.begun = False
        # While env.py runs, sys.stdout leads to stderr: the console is taken before.
        self.console = answer()
        self.status: Status | None = None

    @contextmanager
    def listening(self) -> Iterator[Notify]:
        """Yield the function to give to a workflow as its `notify`."""
        try:
            yield self.hear
        finally:
            self.rest()

    def hear(self, event: Event) -> None:
        """Print one event."""
        if event.stage is Stage.NOTE and event.subject == "connected":
            self.begin(event.text)
        elif event.stage is Stage.NOTE:
            errors = answer("stderr")
            errors.print(line(errors, Symbol.JUDGE, event.text))
        elif event.stage is Stage.STARTED:
            self.work(f"{event.subject}  {event.text}")
        elif event.stage is Stage.ADVANCED:
            self.work(f"{event.subject}  {event.text}  {event.done}/{event.total}")
        elif event.stage is Stage.DONE:
            self.rest()
            self.done(event)

    def begin(self, place: str) -> None:
        """Print the head line, once for all runs."""
        if not self.begun:
            self.begun = True
            self.console.print(header(self.typed, *named(self.config), place))
            self.console.print()

    def done(self, event: Event) -> None:
        """Print the line of a revision that is done."""
        name = fit(f"{event.subject}  {event.text}", NAME_WIDTH)
        text = Text(f"{name:<{NAME_WIDTH}}")
        text.append(f"{milliseconds(event.duration_ms):>9}", style="dim")
        self.console.print(line(self.console, Symbol.PROVED, text))

    def work(self, text: str) -> None:
        """Show that a revision is at work, where a terminal can."""
        errors = answer("stderr")
        if self.status is not None:
            self.status.update(text)
        elif errors.is_terminal:
            self.status = errors.status(text)
            self.status.start()

    def rest(self) -> None:
        """Take that away again."""
        if self.status is not None:
            self.status.stop()
            self.status = None


def operation_lines(operations: Iterable[Operation]) -> list[Text]:
    """Return one line for each operation; what loses data is marked with `!`."""
    described = [(operation, operation.description) for operation in operations]
    width = max((len(d.subject) for _, d in described), default=0)
    kinds = max((len(d.kind) for _, d in described), default=0)
    kind_width = max(KIND_WIDTH, kinds + 1)
    console = answer()
    rows = []
    for operation, description in described:
        loses = isinstance(operation, DropTable | DropColumn)
        first = Symbol.JUDGE.text(console) if loses else Text(" ")
        body = row_of(description, kind_width, min(width, NAME_WIDTH - KIND_WIDTH))
        rows.append(Text.assemble(first, " ", body))
    return rows


def row_of(description: Description, kind_width: int, width: int) -> Text:
    """Return sign, kind, subject and remark in columns; a long remark stands below."""
    text = Text(f"{description.sign} {description.kind:<{kind_width}}")
    text.append(f"{description.subject:<{width}}", style="bold")
    if text.cell_len + 2 + len(description.remark) <= ROOM:
        text.append(f"  {description.remark}" if description.remark else "", style="dim")
    else:
        indent = " " * (kind_width + 8)
        for part in wrap(description.remark, ROOM - len(indent)):
            text.append(f"\n{indent}{part}", style="dim")
    return text


def operations_as_json(operations: Iterable[Operation]) -> list[dict[str, str]]:
    """Return the operations as JSON objects."""
    return [
        {"sign": d.sign, "kind": d.kind, "subject": d.subject, "remark": d.remark}
        for d in (operation.description for operation in operations)
    ]


def place_as_json(place: "Place") -> dict[str, Any]:
    """Return a database as a JSON object, without its password."""
    return {
        "url": place.url.shown,
        "place": place.url.place,
        "server": str(place.server),
        "dialect": place.server.dialect,
    }
