"""Reads the general query log of MySQL and MariaDB: every statement, without times."""

import re
from collections.abc import Callable, Iterator

from asa.model.record import QueryRecord, Scope
from asa.model.workload import Origin
from asa.workload.readers.clock import local_seconds
from asa.workload.readers.log import LONGEST_LINE, Log
from asa.workload.readers.mysql.banner import is_banner

__all__ = ["FORMAT", "begins", "recognises", "records"]

FORMAT = "mysql-general"

CLOCK = (
    r"\d{6} {1,4}\d{1,2}:\d\d:\d\d"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)"
)
# Behind a command stands a tab, in logs of old servers white space.
FREQUENT = "Query|Connect|Quit|Prepare|Execute|Init DB"
ENTRY = re.compile(
    rf"(?:(?P<time>{CLOCK})[\t ]|\t| {{10}})[\t ]{{0,40}}(?P<thread>\d{{1,19}}) "
    rf"(?P<command>{FREQUENT}|[A-Z][A-Za-z_ ]{{1,24}}(?=\t|$))(?:[\t ][ ]{{0,20}}(?P<text>.*))?$"
)
MARK = re.compile(
    rf"^(?:Time +\t? *Id Command\t? *Argument"
    rf"|(?:(?:{CLOCK})[\t ]|\t)[\t ]{{0,40}}\d{{1,19}} (?:{FREQUENT})[\t ])".encode(),
    re.MULTILINE,
)
CONNECT = re.compile(r"(?P<user>[^@\s]*)@\S*(?: as \S+)? on (?P<database>\S*)")
RUN = frozenset(("Query", "Execute"))
# The log tells the statement behind it in an entry of its own.
INDIRECT = re.compile(r"execute\s", re.IGNORECASE)
MOST_SESSIONS = 4_096
UNKNOWN = "\0"


def recognises(head: bytes) -> bool:
    """Say whether a log has the lines of a general log."""
    return MARK.search(head) is not None


def begins(_: Log) -> Callable[[str], bool]:
    """Return the test for a line with which an entry begins that tells its time."""
    return lambda row: (match := ENTRY.match(row)) is not None and match["time"] is not None


def records(log: Log) -> Iterator[QueryRecord]:
    """Yield the statements of a log, or of a part of one."""
    reading = Reading(from_start=log.is_start)
    for entry in entries(log):
        yield from reading.take(*entry)
    if log.piece is not None:
        log.seam = reading


def entries(log: Log) -> Iterator[tuple[str, int, str, str, bool]]:
    """Yield (time, thread, command, text, torn) of each entry; a time holds until the next."""
    current: tuple[str, int, str] | None = None
    clock, pieces, size = "", [""], 0
    for number, row in log.rows():
        match = ENTRY.match(row)
        if match is None:
            size += len(row)
            if current is None and row and not is_banner(row):
                log.skip(number, "before the first entry of the log")
            elif size < LONGEST_LINE and not is_banner(row):
                pieces.append(row)
            continue
        if current is not None:
            yield (*current, "\n".join(pieces), False)
        clock = match["time"] or clock
        current = (clock, int(match["thread"]), match["command"])
        pieces, size = [match["text"] or ""], 0
    if current is not None:
        yield (*current, "\n".join(pieces), log.torn)


class Reading:
    """A general log under reading: who each session is, and where it works.

    What a part of a log does not tell of a session is told by `unknown` until the parts
    before it are known.
    """

    def __init__(self, *, from_start: bool = True) -> None:
        self.from_start = from_start
        self.sessions: dict[int, tuple[str | None, str | None]] = {}
        self.scope = Scope()

    def take(
        self, clock: str, thread: int, command: str, text: str, torn: bool
    ) -> Iterator[QueryRecord]:
        """Yield the record of an entry, if it is a statement."""
        user, database = self.session(thread)
        if command == "Connect" and (match := CONNECT.match(text)):
            self.know(thread, match["user"] or None, match["database"] or None)
        elif command == "Init DB":
            self.know(thread, user, text.strip() or None)
        elif command == "Quit":
            self.know(thread, None, None)
        elif (
            command in RUN
            and text.strip("; \n")
            and not (command == "Query" and INDIRECT.match(text))
        ):
            if self.scope.process != thread:
                self.scope = Scope(process=thread)
            yield QueryRecord(
                text.rstrip(),
                "mysql",
                started_at=local_seconds(clock),
                database=database,
                scope=self.scope,
                user=user,
                truncated=torn,
            )

    def session(self, thread: int) -> tuple[str | None, str | None]:
        """Return user and database of a session."""
        known = self.sessions.get(thread)
        if known is None:
            return (None, None) if self.from_start else (unknown(thread), unknown(thread))
        return known

    def know(self, thread: int, user: str | None, database: str | None) -> None:
        """Remember a session, for as many as there is room."""
        self.sessions.pop(thread, None)
        if user is not None or database is not None or not self.from_start:
            self.sessions[thread] = (user, database)
            if len(self.sessions) > MOST_SESSIONS:
                del self.sessions[next(iter(self.sessions))]

    def conclude(self, _: "Reading") -> list[QueryRecord]:
        """Return nothing: no entry goes on in the next part."""
        return []

    def origin(self, origin: Origin) -> Origin:
        """Return an origin of the next part with what that could not know."""
        user, database, application = origin
        if user is not None and user.startswith(UNKNOWN):
            user = self.session(int(user.removeprefix(UNKNOWN)))[0]
        if database is not None and database.startswith(UNKNOWN):
            database = self.session(int(database.removeprefix(UNKNOWN)))[1]
        return user, database, application

    def follow(self, later: "Reading") -> None:
        """Go on to the end of the next part."""
        for thread, (user, database) in later.sessions.items():
            user, database, _ = self.origin((user, database, None))  # noqa: PLW2901
            self.know(thread, user, database)

    def finish(self) -> list[QueryRecord]:
        """Return nothing: no statement is open."""
        return []


def unknown(thread: int) -> str:
    """Return what stands for the user and the database of a session."""
    return f"{UNKNOWN}{thread}"
