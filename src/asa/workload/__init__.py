"""Query logs in, one workload out.

`read_workload` is the one verb: it finds each log's format, reads its records and digests
them. A reader is one module under `readers`; a `Digest` of one log merges with another's.
"""

from collections.abc import Iterable
from contextlib import closing

from asa.errors import LogError
from asa.model.workload import Workload
from asa.workload.digest import Digest, digest
from asa.workload.readers.formats import read
from asa.workload.readers.log import opened

__all__ = ["Digest", "digest", "read_workload"]


def read_workload(paths: Iterable[str], dialect: str | None = None) -> Workload:
    """Read query logs into one workload.

    Args:
        paths: Files as the user named them; each one's format is found from its content.
        dialect: For logs that do not tell: `postgresql`, `mysql` or `sqlite`.

    Raises:
        LogError: No file is named, or one cannot be read, is of no known format, or holds
            no SQL statement.
    """
    whole = Digest(dialect=dialect)
    named = False
    for path in dict.fromkeys(paths):
        named = True
        with closing(opened(path)) as log:
            before = whole.records
            whole.add_all(read(log))
            whole.add_source(log.source())
            if whole.records == before:
                raise empty(path, log.format, log.unreadable_count)
    if not named:
        raise LogError("no query log is named", "asa optimize FILE")
    return whole.workload()


def empty(path: str, form: str, unreadable: int) -> LogError:
    """Make the error for a log that was read and holds nothing to judge."""
    if unreadable:
        entries = "1 entry" if unreadable == 1 else f"{unreadable} entries"
        return LogError(
            f"{path} holds no SQL statement that could be read: {entries} unreadable",
            "name a log made by asa capture, or a .sql file",
        )
    if form == "capture":
        return LogError(
            f"{path} holds no SQL statement: the captured command sent no query",
            "asa capture -- COMMAND   with a command that uses the database",
        )
    return LogError(
        f"{path} holds no SQL statement", "name a log made by asa capture, or a .sql file"
    )
