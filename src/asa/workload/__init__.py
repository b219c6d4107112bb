"""Query logs in, one workload out.

`read_workload` is the one verb: it finds each log's format, reads its records and digests
them. A reader is one module under `readers`; a `Digest` of one log merges with another's,
and a file of it (`digest_file`) is read beside logs.
"""

from collections.abc import Iterable
from contextlib import closing

from asa.errors import EmptyLogError, LogError
from asa.model.workload import Source, Workload
from asa.workload.digest import Digest, digest
from asa.workload.digest_file import read as read_file
from asa.workload.digest_file import recognises as is_digest
from asa.workload.readers.files import listed
from asa.workload.readers.formats import HINT, read
from asa.workload.readers.log import Log, opened
from asa.workload.selection import Selection
from asa.workload.transactions import numbered

__all__ = ["Digest", "Selection", "digest", "read_digest", "read_workload"]

EVERYTHING = Selection()
SERVERS = ("postgresql", "mysql")


def read_workload(
    paths: Iterable[str],
    dialect: str | None = None,
    *,
    form: str | None = None,
    line_prefix: str | None = None,
    selection: Selection = EVERYTHING,
) -> Workload:
    """Read query logs into one workload.

    Args:
        paths: Files, directories and patterns as the user named them, `-` for standard
            input; each file's format is found from its content.
        dialect: For logs that do not tell: `postgresql`, `mysql` or `sqlite`.
        form: Name of the format that all are in, where the user insists.
        line_prefix: The `log_line_prefix` of a PostgreSQL server, where the user tells it.
        selection: Which records are wanted.

    Raises:
        LogError: No file is named, one cannot be read, or none holds an SQL statement.
    """
    return read_digest(
        paths, dialect, form=form, line_prefix=line_prefix, selection=selection
    ).workload()


def read_digest(
    paths: Iterable[str],
    dialect: str | None = None,
    *,
    form: str | None = None,
    line_prefix: str | None = None,
    selection: Selection = EVERYTHING,
) -> Digest:
    """Read query logs into one digest; args and errors are those of `read_workload`."""
    whole = Digest(dialect=dialect)
    files = listed(paths)
    if not files:
        raise LogError("no query log is named", "asa optimize FILE")
    empties = [
        error for file in files if (error := added(whole, file, line_prefix, form, selection))
    ]
    if len(empties) == len(files):
        raise empties[0]
    return whole


def added(
    whole: Digest, path: str, line_prefix: str | None, form: str | None, selection: Selection
) -> EmptyLogError | None:
    """Add one file to a digest; return the error where it holds no query."""
    try:
        with closing(opened(path, line_prefix)) as log:
            add(whole, log, form, selection)
    except EmptyLogError as error:
        reason = error.message.removeprefix(f"{path} ")
        whole.add_source(Source(path, "", unreadable=((path, 1, reason),), unreadable_count=1))
        return error
    return None


def add(whole: Digest, log: Log, form: str | None, selection: Selection) -> None:
    """Add one log to a digest."""
    if form is None and is_digest(log.head):
        if not selection.takes_all:
            raise LogError(
                f"{log.name} is a digest, of which no part can be selected",
                "give --since, --until, --database, --user and --exclude when it is made",
            )
        whole.merge(read_file(log))
        return
    before = whole.records
    records = read(log, form)
    if log.format.startswith(SERVERS):
        records = numbered(records)
    whole.add_all(selection.of(records))
    whole.add_source(log.source(), log.mapped)
    if whole.records == before:
        raise empty(log, selection)
    whole.add_source(log.source())
    if selection.takes_all:
        whole.observed.merge(log.observed)


def empty(log: Log, selection: Selection) -> EmptyLogError:
    """Make the error for a log that was read and holds nothing to judge."""
    if not selection.takes_all:
        return EmptyLogError(
            f"{log.name} holds no SQL statement that was asked for",
            "ask for more: --since, --until, --database, --user, --exclude",
        )
    if log.unreadable_count:
        count = log.unreadable_count
        entries = "1 entry" if count == 1 else f"{count} entries"
        return EmptyLogError(
            f"{log.name} holds no SQL statement that could be read: {entries} unreadable", HINT
        )
    if log.format == "capture":
        return EmptyLogError(
            f"{log.name} holds no SQL statement: the captured command sent no query",
            "asa capture -- COMMAND   with a command that uses the database",
        )
    return EmptyLogError(f"{log.name} holds no SQL statement", hint_for(log.format))


def hint_for(form: str) -> str:
    """Return how a server is made to log its statements."""
    if form.startswith("postgresql"):
        return "set log_min_duration_statement = 0 on the server, and log again"
    if form.startswith("mysql"):
        return "set slow_query_log = ON and long_query_time = 0 on the server, and log again"
    return HINT
