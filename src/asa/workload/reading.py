"""Logs of every kind on their way into one digest, large ones by several processes."""

from collections.abc import Sequence
from contextlib import ExitStack, closing, suppress
from itertools import islice

from asa.errors import EmptyLogError, LogError
from asa.model.event import Event, Notify, Stage, silent
from asa.model.workload import Source
from asa.workload.digest import Digest
from asa.workload.digest_file import read as read_file
from asa.workload.digest_file import recognises as is_digest
from asa.workload.pieces import Joined, Part, cut, digested, read_part
from asa.workload.readers.formats import HINT, reader_of
from asa.workload.readers.log import Log, opened, uncounted
from asa.workload.readers.postgresql.message import OTHER_LANGUAGE
from asa.workload.readers.source import is_seekable, plain_file, size_of
from asa.workload.selection import Selection
from asa.workload.workers import Future, Submit, cluster, processes

__all__ = ["PIECE_BYTES", "Reading"]

PIECE_BYTES = 16 * 1024 * 1024
LOOKED_AT = 1_000
IN_ENGLISH = "set lc_messages = 'C' on the server, and log again"
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
        jobs: int = 1,
        dask: str | None = None,
        notify: Notify = silent,
    ) -> None:
        super().__init__()
        self.notify = notify
        self.done = self.total = 0
        self.digest = Digest(dialect=dialect)
        self.form = form
        self.line_prefix = line_prefix
        self.selection = selection
        self.jobs = jobs
        self.dask = dask

    def read(self, files: Sequence[str]) -> list[EmptyLogError]:
        """Add files; return the errors of those that hold no query.

        Raises:
            LogError: One cannot be read.
        """
        self.total = sum(size_of(file) for file in files if is_seekable(file))
        parts: dict[str, list[Future]] = {}
        submit = self.submit()
        if submit is not None:
            parts = {file: self.submitted(file, submit) for file in files if is_seekable(file)}
        found = (self.add(file, parts.pop(file, [])) for file in files)
        return [error for error in found if error is not None]

    def submit(self) -> Submit | None:
        """Return what gives work to others; None where it is too little to be worth that."""
        if self.dask is not None:
            return self.enter_context(cluster(self.dask))
        if self.jobs < 2 or self.total < 2 * PIECE_BYTES:
            return None
        return self.enter_context(processes(self.jobs))

    def submitted(self, file: str, submit: Submit) -> list[Future]:
        """Have a log's pieces read elsewhere; none where there is nothing to read."""
        with suppress(EmptyLogError), closing(opened(file, self.line_prefix)) as log:
            if self.form is not None or not is_digest(log.head):
                reader = reader_of(log, self.form)
                with plain_file(file) as again:
                    pieces = cut(log, reader, again, size_of(file), PIECE_BYTES, self.selection)
                dialect = self.digest.dialect
                return [submit(digested, piece, self.selection, dialect) for piece in pieces]
        return []

    def add(self, path: str, parts: list[Future]) -> EmptyLogError | None:
        """Add one file, or the parts of it read elsewhere; return the error where it is empty.

        Raises:
            LogError: It cannot be read.
        """
        try:
            if parts:
                self.add_joined(path, self.joined(parts))
            else:
                with closing(opened(path, self.line_prefix)) as log:
                    # Of a packed log it is not known how much there is.
                    log.heard = uncounted if log.packed else self.advance
                    self.add_log(log)
                    if log.packed:
                        self.advance(size_of(path))
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
        part = read_part(log, reader_of(log, self.form), self.selection, self.digest.dialect)
        self.add_joined(log.name, Joined(part, self.selection))

    def joined(self, parts: list[Future]) -> Joined:
        """Join the parts of a log in their order, each as soon as it is there."""
        joined = Joined(self.awaited(parts.pop(0)), self.selection)
        while parts:
            joined.add(self.awaited(parts.pop(0)))
        joined.finish()
        return joined

    def awaited(self, future: Future) -> Part:
        """Return a part once it is read."""
        part: Part = future.result()
        if part.piece is not None and part.piece.end is not None:
            self.advance(part.piece.end - part.piece.start)
        return part

    def advance(self, read: int) -> None:
        """Tell that so many bytes more were read."""
        self.done += read
        text = f"{self.done / 1e6:,.0f} MB"
        self.notify(Event(Stage.ADVANCED, "logs", text, done=self.done, total=self.total or None))

    def add_joined(self, path: str, joined: Joined) -> None:
        """Add a whole log."""
        if joined.digest.records == 0:
            raise empty(joined.source, self.selection, self.lacked(path))
        self.digest.merge(joined.digest)
        self.digest.add_source(joined.source, joined.mapped)

    def lacked(self, path: str) -> str | None:
        """Return the option that chose nothing, as the log does not tell what it goes by."""
        if self.selection.takes_all or not is_seekable(path):
            return None
        with closing(opened(path, self.line_prefix)) as again:
            records = reader_of(again, self.form).records(again)
            return self.selection.lacked(islice(records, LOOKED_AT))


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
        reasons = {reason for _, _, reason in source.unreadable}
        why = f", {reasons.pop()}" if len(reasons) == 1 else ""
        return EmptyLogError(
            f"{source.name} holds no SQL statement that could be read: {entries} unreadable{why}",
            IN_ENGLISH if why.endswith(OTHER_LANGUAGE) else HINT,
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
