"""Query logs in, one workload out.

`read_workload` is the one verb: it finds each log's format, reads its records and digests
them. A reader is one module under `readers`; a `Digest` of one log merges with another's,
and a file of it (`digest_file`) is read beside logs.
"""

from collections.abc import Iterable
from contextlib import closing

from asa.errors import LogError
from asa.model.event import Notify, silent
from asa.model.workload import Workload
from asa.workload.digest import Digest, digest
from asa.workload.readers.files import listed
from asa.workload.readers.formats import reader_of
from asa.workload.readers.log import opened
from asa.workload.readers.postgresql import stderr
from asa.workload.readers.source import STANDARD_INPUT
from asa.workload.reading import Reading
from asa.workload.selection import Selection

__all__ = ["Digest", "Selection", "digest", "has_line_prefix", "read_digest", "read_workload"]

EVERYTHING = Selection()


def read_workload(
    paths: Iterable[str],
    dialect: str | None = None,
    *,
    form: str | None = None,
    line_prefix: str | None = None,
    selection: Selection = EVERYTHING,
    jobs: int = 1,
    dask: str | None = None,
) -> Workload:
    """Read query logs into one workload.

    Args:
        paths: Files, directories and patterns as the user named them, `-` for standard
            input; each file's format is found from its content.
        dialect: For logs that do not tell: `postgresql`, `mysql` or `sqlite`.
        form: Name of the format that all are in, where the user insists.
        line_prefix: The `log_line_prefix` of a PostgreSQL server, where the user tells it.
        selection: Which records are wanted.
        jobs: How many processes may read large logs.
        dask: Address of a Dask scheduler, whose workers read the logs instead.

    Raises:
        LogError: No file is named, one cannot be read, or none holds an SQL statement.
    """
    return read_digest(
        paths,
        dialect,
        form=form,
        line_prefix=line_prefix,
        selection=selection,
        jobs=jobs,
        dask=dask,
    ).workload()


def read_digest(
    paths: Iterable[str],
    dialect: str | None = None,
    *,
    form: str | None = None,
    line_prefix: str | None = None,
    selection: Selection = EVERYTHING,
    jobs: int = 1,
    dask: str | None = None,
    notify: Notify = silent,
) -> Digest:
    """Read query logs into one digest; args and errors are those of `read_workload`.

    `notify` is told how many bytes were read.
    """
    files = listed(paths)
    if not files:
        raise LogError("no query log is named", "asa optimize FILE")
    with Reading(dialect, form, line_prefix, selection, jobs, dask, notify) as reading:
        empties = reading.read(files)
        if len(empties) == len(files):
            raise empties[0]
        return reading.digest


def has_line_prefix(paths: Iterable[str], form: str | None = None) -> bool:
    """Say whether one of some files is a log whose lines a server's setting begins."""
    try:
        for path in listed(paths):
            if path != STANDARD_INPUT:
                with closing(opened(path)) as log:
                    if reader_of(log, form).format == stderr.FORMAT:
                        return True
    except LogError:
        # Whoever reads the files says what is wrong with this one.
        return False
    return False
