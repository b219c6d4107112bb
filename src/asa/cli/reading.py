"""The options by which commands read query logs, the same for all."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from asa.errors import LogError, UsageError

if TYPE_CHECKING:
    from asa.database.url import DatabaseUrl
    from asa.workload import Digest
    from asa.workload.selection import Selection

__all__ = [
    "Dask", "DatabaseName", "Exclude", "Jobs", "LinePrefix", "LiveView", "LogFormat", "Logs",
    "Since", "Until", "UserName", "ViewName", "read_all", "selected", "view_of",
]  # fmt: skip


class LiveView(str, Enum):
    """Where a server shows what it counted of its statements."""

    POSTGRESQL = "pg_stat_statements"
    MYSQL = "performance_schema"


ViewName = Annotated[
    LiveView | None,
    typer.Option("--source", help="Read what the live server counted, too or instead of a log."),
]
Logs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="LOG",
        help="Server logs, captures, digests, .sql files, directories of them; packed or "
        "plain; - is stdin.",
        show_default=False,
    ),
]
LogFormat = Annotated[
    str | None,
    typer.Option(help="The format of all logs, where it is not to be found from the content."),
]
LinePrefix = Annotated[
    str | None,
    typer.Option(help="PostgreSQL's log_line_prefix, where it is not to be found likewise."),
]
Since = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Only what began then or later; UTC without a zone."),
]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Only what began before.")]
DatabaseName = Annotated[
    str | None, typer.Option("--database", metavar="NAME", help="Only this database's queries.")
]
UserName = Annotated[
    str | None, typer.Option("--user", metavar="NAME", help="Only this database user's queries.")
]
Exclude = Annotated[
    str | None, typer.Option(metavar="REGEX", help="Leave out statements in which this is found.")
]
Dask = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Let the workers of this Dask scheduler read the logs."),
]
Jobs = Annotated[
    int,
    typer.Option(
        "--jobs",
        "-j",
        metavar="N",
        min=0,
        help="Processes that read a large log; by default one for each core.",
        show_default=False,
    ),
]


VIEWS = {"postgresql": LiveView.POSTGRESQL, "mysql": LiveView.MYSQL}


def view_of(
    database: "DatabaseUrl | None", logs: list[str], asked: LiveView | None
) -> LiveView | None:
    """Return what is read of the live server: what was asked for, or all there is without a log.

    Raises:
        LogError: There is no log, and no server that counts.
        UsageError: What was asked for is not this database's.
    """
    if logs and asked is None:
        return None
    if database is None:
        raise LogError(
            "no database is named to read --source of" if asked else "no query log is named",
            "name a log, or add --url ... to read what the server counted",
        )
    view = VIEWS.get(database.dialect)
    if view is None:
        raise LogError("SQLite counts no statements", "asa capture -- COMMAND   records some")
    if asked not in (None, view):
        raise UsageError(
            f"{database.place} is {database.dialect}, which has no {asked.value}",
            f"--source {view.value}",
        )
    return view


def read_all(
    logs: list[str],
    view: LiveView | None,
    database: "DatabaseUrl | None",
    dialect: str | None,
    *,
    form: str | None,
    line_prefix: str | None,
    selection: "Selection",
    jobs: int = 0,
    dask: str | None = None,
) -> "Digest":
    """Read logs, and with a `view` what the live server counted; 0 jobs are one for each core.

    Raises:
        DatabaseError: The database is unreachable or refused.
        LogError: One of them cannot be read, or holds nothing.
    """
    from asa.cli.progress import reading_bar, working
    from asa.workload import Digest, has_line_prefix, read_digest
    from asa.workload.workers import processors

    whole = Digest(dialect)
    if line_prefix is None and database is not None and has_line_prefix(logs, form):
        line_prefix = line_prefix_of(database)
    if logs:
        with reading_bar() as notify:
            whole = read_digest(
                logs,
                dialect,
                form=form,
                line_prefix=line_prefix,
                selection=selection,
                jobs=jobs or processors(),
                dask=dask,
                notify=notify,
            )
    if view is not None and database is not None:
        with working("reading what the server counted"):
            counted = counted_by(database, selection)
        whole.merge(counted)
    return whole


def line_prefix_of(database: "DatabaseUrl") -> str | None:
    """Return what a server writes before each line of its log; None where that is fixed."""
    import asyncio

    from asa.database.dialect import dialect_named
    from asa.database.engine import connection_to

    read = dialect_named(database.dialect).line_prefix
    if read is None:
        return None

    async def ask() -> str:
        async with connection_to(database) as connection:
            return await read(connection)

    return asyncio.run(ask())


def counted_by(database: "DatabaseUrl", selection: "Selection") -> "Digest":
    """Return what a live server counted of its statements.

    Raises:
        DatabaseError: The database is unreachable or refused.
        LogError: It does not count, has counted nothing, or the role may not read it.
    """
    import asyncio

    from asa.database.dialect import dialect_named
    from asa.database.engine import connection_to
    from asa.model.statement_statistics import StatementStatistics
    from asa.workload.statistics import digest_of_statistics

    read = dialect_named(database.dialect).statements

    async def ask() -> StatementStatistics:
        assert read is not None  # noqa: S101  (view_of has refused the others)
        async with connection_to(database) as connection:
            return await read(connection)

    return digest_of_statistics(asyncio.run(ask()), selection)


def selected(
    since: str | None,
    until: str | None,
    database: str | None,
    user: str | None,
    exclude: str | None,
) -> "Selection":
    """Return what the options ask for.

    Raises:
        UsageError: A time is no time, or the pattern no regular expression.
    """
    from asa.workload.selection import Selection, moment, pattern

    return Selection(
        since=moment(since, "--since") if since else None,
        until=moment(until, "--until") if until else None,
        database=database,
        user=user,
        exclude=pattern(exclude, "--exclude") if exclude else None,
    )
