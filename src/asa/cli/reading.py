"""The options by which commands read query logs, the same for all."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from asa.workload.selection import Selection

__all__ = [
    "DatabaseName", "Exclude", "LinePrefix", "LogFormat", "Logs", "Since", "Until", "UserName",
    "selected",
]  # fmt: skip

Logs = Annotated[
    list[str],
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
