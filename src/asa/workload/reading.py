"""Logs of every kind on their way into one digest, large ones by several processes."""

from contextlib import ExitStack, closing
from functools import partial
from itertools import islice
from pathlib import Path

from asa.errors import EmptyLogError, LogError
from asa.model.workload import Source
from asa.workload.digest import Digest
from asa.workload.digest_file import read as read_file
from asa.workload.digest_file import recognises as is_digest
from asa.workload.pieces import Joined, cut, digested, read_part
from asa.workload.readers.formats import HINT, Reader, reader_of
from asa.workload.readers.log import Log, Piece, opened
from asa.workload.readers.source import STANDARD_INPUT, plain_file
from asa.workload.selection import Selection
from asa.workload.workers import Submit, in_order, processes

__all__ = ["PIECE_BYTES", "Reading"]

PIECE_BYTES = 16 * 1024 * 1024
LOOKED_AT = 1_000
# What an option goes by, and what PostgreSQL writes it with.
FIELDS = {
    "--since": ("time", "%m"),
    "--until": ("time", "%m"),
    "--database": ("database", "%d"),
    "--user": ("user", "%u"),
}


class Reading(ExitStack):
    """Query logs under reading.

    Attributes:
        digest: Of the logs read so far.
    """

    def __init__(
        self,
        dialect: str | None,
        form: str | None,
        line_prefix: str | None,
        selection: Selection,
        jobs: int,
    ) -> None:
        super().__init__()
        self.digest = Digest(dialect=dialect)
        self.form = form
        self.line_prefix = line_prefix
        self.selection = selection
        self.jobs = jobs
        self.submit: Submit | None = None

    def add(self, path: str) -> EmptyLogError | None:
        """Add one file; return the error where it holds no query.

        Raises:
            LogError: It cannot be read.
        """
        try:
            with closing(opened(path, self.line_prefix)) as log:
                self.add_log(log)
        except EmptyLogError as error:
            reason = error.message.removeprefix(f"{path} ")
            empty = Source(path, "", unreadable=((path, 1, reason),), unreadable_count=1)
            self.digest.add_source(empty)
            return error
        return None

    def add_log(self, log: Log) -> None:
        """Add one log, or the digest of some."""
        if self.form is None and is_digest(log.head):
            if not self.selection.takes_all:
                raise LogError(
                    f"{log.name} is a digest, of which no part can be selected",
                    "give --since, --until, --database, --user and --exclude when it is made",
                )
            self.digest.merge(read_file(log))
            return
        reader = reader_of(log, self.form)
        pieces = self.pieces(log, reader)
        if len(pieces) > 1:
            joined = self.joined(pieces)
        else:
            joined = Joined(
                read_part(log, reader, self.selection, self.digest.dialect), self.selection
            )
        if joined.digest.records == 0:
            raise empty(joined.source, self.selection, self.lacked(log))
        self.digest.merge(joined.digest)
        self.digest.add_source(joined.source, joined.mapped)

    def lacked(self, log: Log) -> str | None:
        """Return the option that chose nothing, as the log does not tell what it goes by."""
        if self.selection.takes_all or log.name == STANDARD_INPUT:
            return None
        with closing(opened(log.name, self.line_prefix)) as again:
            records = reader_of(again, self.form).records(again)
            return self.selection.lacked(islice(records, LOOKED_AT))

    def pieces(self, log: Log, reader: Reader) -> list[Piece]:
        """Return the pieces that several processes can read; none for a small or packed log."""
        if self.jobs < 2 or log.packed or log.name == STANDARD_INPUT:
            return []
        size = Path(log.name).stat().st_size
        if size < 2 * PIECE_BYTES:
            return []
        with plain_file(log.name) as file:
            return cut(log, reader, file, size, PIECE_BYTES)

    def joined(self, pieces: list[Piece]) -> Joined:
        """Read the pieces of a log, each in whichever process is free."""
        if self.submit is None:
            self.submit = self.enter_context(processes(self.jobs))
        read = partial(
            digested, selection=self.selection, dialect=self.digest.dialect, opened=plain_file
        )
        parts = in_order(self.submit, read, pieces, 2 * self.jobs)
        joined = Joined(next(parts), self.selection)
        for part in parts:
            joined.add(part)
        joined.finish()
        return joined


def empty(source: Source, selection: Selection, lacked: str | None = None) -> EmptyLogError:
    """Make the error for a log that was read and holds nothing to judge."""
    if lacked is not None:
        field, escape = FIELDS[lacked]
        prefix = f", or log with {escape} in log_line_prefix"
        return EmptyLogError(
            f"{source.name} tells no {field} of its statements: {lacked} finds none",
            f"leave {lacked} out" + (prefix if "-stderr" in source.format else ""),
        )
    if not selection.takes_all:
        return EmptyLogError(
            f"{source.name} holds no SQL statement that was asked for",
            "ask for more: --since, --until, --database, --user, --exclude",
        )
    if source.unreadable_count:
        count = source.unreadable_count
        entries = "1 entry" if count == 1 else f"{count} entries"
        return EmptyLogError(
            f"{source.name} holds no SQL statement that could be read: {entries} unreadable", HINT
        )
    if source.format == "capture":
        return EmptyLogError(
            f"{source.name} holds no SQL statement: the captured command sent no query",
            "asa capture -- COMMAND   with a command that uses the database",
        )
    return EmptyLogError(f"{source.name} holds no SQL statement", hint_for(source.format))


def hint_for(form: str) -> str:
    """Return how a server is made to log its statements."""
    if form.startswith("postgresql"):
        return "set log_min_duration_statement = 0 on the server, and log again"
    if form.startswith("mysql"):
        return "set slow_query_log = ON and long_query_time = 0 on the server, and log again"
    return HINT
