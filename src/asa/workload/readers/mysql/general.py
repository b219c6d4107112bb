"""Reads the general query log of MySQL and MariaDB: every statement, without times."""

import re
import time
from collections.abc import Iterator

from asa.model.record import QueryRecord, Scope
from asa.workload.readers.clock import seconds
from asa.workload.readers.log import LONGEST_LINE, Log

__all__ = ["FORMAT", "recognises", "records"]

FORMAT = "mysql-general"

ENTRY = re.compile(
    r"(?P<time>\d{6} {1,2}\d{1,2}:\d\d:\d\d"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)|\t)"
    r"[\t ]{0,2} {0,20}(?P<thread>\d{1,20}) (?P<command>[A-Z][A-Za-z ]{1,20})(?:\t(?P<text>.*))?$"
)
MARK = re.compile(
    rb"^Time +\t? *Id Command\t? *Argument"
    rb"|^(?:\d{6} {1,2}\d{1,2}:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]{8,20}(?:Z|[+-]\d\d:\d\d))"
    rb"[\t ]{1,2} {0,20}\d+ (?:Query|Connect|Quit|Prepare|Execute|Init DB)\t",
    re.MULTILINE,
)
BANNER = re.compile(r"\S+, Version: .* started with:|Tcp port: |Time\s+Id Command\s+Argument")
CONNECT = re.compile(r"(?P<user>[^@\s]*)@\S*(?: as \S+)? on (?P<database>\S*)")
RUN = frozenset(("Query", "Execute"))
# The log tells the statement behind it in an entry of its own.
INDIRECT = re.compile(r"execute\s", re.IGNORECASE)
MOST_SESSIONS = 4_096


def recognises(head: bytes) -> bool:
    """Say whether a log has the lines of a general log."""
    return MARK.search(head) is not None


def records(log: Log) -> Iterator[QueryRecord]:
    """Yield the statements of a log."""
    reading = Reading()
    for entry in entries(log):
        yield from reading.take(*entry)


def entries(log: Log) -> Iterator[tuple[str, int, str, str, bool]]:
    """Yield (time, thread, command, text, torn) of each entry; a time holds until the next."""
    current: tuple[str, int, str] | None = None
    clock, pieces, size = "", [""], 0
    for number, row in log.rows():
        match = ENTRY.match(row)
        if match is None:
            size += len(row)
            if current is None and row and not BANNER.match(row):
                log.skip(number, "before the first entry of the log")
            elif size < LONGEST_LINE and not BANNER.match(row):
                pieces.append(row)
            continue
        if current is not None:
            yield (*current, "\n".join(pieces), False)
        clock = match["time"].strip() or clock
        current = (clock, int(match["thread"]), match["command"])
        pieces, size = [match["text"] or ""], 0
    if current is not None:
        yield (*current, "\n".join(pieces), log.torn)


class Reading:
    """A general log under reading: who each session is, and where it works."""

    def __init__(self) -> None:
        self.sessions: dict[int, tuple[str | None, str | None]] = {}
        self.scope = Scope()

    def take(
        self, clock: str, thread: int, command: str, text: str, torn: bool
    ) -> Iterator[QueryRecord]:
        """Yield the record of an entry, if it is a statement."""
        user, database = self.sessions.get(thread, (None, None))
        if command == "Connect" and (match := CONNECT.match(text)):
            self.know(thread, match["user"] or None, match["database"] or None)
        elif command == "Init DB":
            self.know(thread, user, text.strip() or None)
        elif command == "Quit":
            self.sessions.pop(thread, None)
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
                started_at=moment(clock),
                database=database,
                scope=self.scope,
                user=user,
                truncated=torn,
            )

    def know(self, thread: int, user: str | None, database: str | None) -> None:
        """Remember a session, for as many as there is room."""
        self.sessions[thread] = (user, database)
        if len(self.sessions) > MOST_SESSIONS:
            del self.sessions[next(iter(self.sessions))]


def moment(clock: str) -> float | None:
    """Return a time in seconds since the epoch; one without zone is taken for local time."""
    if "T" in clock:
        return seconds(clock)
    try:
        return time.mktime(time.strptime(clock, "%y%m%d %H:%M:%S"))
    except (ValueError, OverflowError):
        return None
