"""Reads the slow query log of MySQL, MariaDB and Percona Server, with their further fields."""

import re
from collections.abc import Iterator
from functools import lru_cache

from asa.model.record import QueryRecord, Scope
from asa.workload.readers.log import LONGEST_LINE, Log

__all__ = ["FORMAT", "recognises", "records"]

FORMAT = "mysql-slow"

MARK = re.compile(
    rb"^# (?:Time: \d|User@Host: \S* ?\[|Query_time: \d)|^\S+, Version: .* started with:",
    re.MULTILINE,
)
HEADING = re.compile(
    r"# (?:Time: (?:\d{6} +\d{1,2}:|\d{4}-\d\d-\d\dT)|User@Host: [^\s\[]*(?:\[[^\]]*\])? @ "
    r"|Query_time: [0-9.]+ +Lock_time: )"
)
BANNER = re.compile(r"\S+, Version: .* started with:|Tcp port: |Time\s+Id\s+Command\s+Argument")
ADMINISTRATION = "# administrator command:"
ENDING = (ADMINISTRATION, "# Time: ")
TIMESTAMP = re.compile(r"SET (?:[a-z_]+=[0-9]+,)*timestamp=([0-9]+(?:\.[0-9]+)?);", re.IGNORECASE)
USE = re.compile(r"use (`[^`]+`|[^;\s]+);\s*$", re.IGNORECASE)
TIMES = re.compile(
    r"Query_time: ([0-9]+(?:\.[0-9]+)?)(?: +Lock_time: \S+)?(?: +Rows_sent: ([0-9]+))?"
)
USER = re.compile(r"User@Host: ([^\s\[]*)")
# Patterns that begin with plain text are found fastest.
THREAD = re.compile(r"Thread_id: +([0-9]+)")
ID = re.compile(r"Id: +([0-9]+)")
SCHEMA = re.compile(r"Schema: (\S+)")
AFFECTED = re.compile(r"Rows_affected: +([0-9]+)")
FAILED = re.compile(r"(?:Last_errno|Errno): +([1-9][0-9]*)")
TRANSACTION = re.compile(r"InnoDB_trx_id: +([0-9A-F]*[1-9A-F][0-9A-F]*)")


def recognises(head: bytes) -> bool:
    """Say whether a log has the headings of a slow log."""
    found = MARK.search(head)
    # The general log begins with the same banner.
    return found is not None and (b"# User@Host" in head or b"# Query_time" in head)


def records(log: Log) -> Iterator[QueryRecord]:
    """Yield the statements of a log."""
    reading = Reading()
    for number, heading, statement in entries(log):
        record = reading.record(heading, statement)
        if record is not None:
            yield record
        elif not heading:
            log.skip(number, "before the first entry of the log")


def entries(log: Log) -> Iterator[tuple[int, str, list[str]]]:
    """Yield (first line, lines with `#` as one text, lines of the statement) of each entry."""
    heading: list[str] = []
    statement: list[str] = []
    begun, size = 1, 0
    for number, row in log.rows():
        if row.startswith("#") and (not statement or HEADING.match(row)):
            if statement:
                yield begun, "\n".join(heading), statement
                heading, statement, size = [], [], 0
            if row.startswith(ENDING):
                # What came before was of an entry without a statement.
                heading = []
            if not heading:
                begun = number
            heading.append(row)
        elif size < LONGEST_LINE and (statement or (row and not BANNER.match(row))):
            statement.append(row)
            size += len(row)
    if statement:
        yield begun, "\n".join(heading), statement


class Reading:
    """A slow log under reading.

    Attributes:
        database: Where the statements run until the log says `use`.
    """

    def __init__(self) -> None:
        self.database: str | None = None
        self.user: str | None = None
        self.scope = Scope()

    def record(self, heading: str, statement: list[str]) -> QueryRecord | None:
        """Return the record of an entry; None where it holds no statement."""
        started_at, statement = self.settings(statement)
        times = TIMES.search(heading)
        sql = "\n".join(statement).rstrip()
        if times is None or not sql or sql.startswith(ADMINISTRATION):
            return None
        failed = FAILED.search(heading) if "rrno:" in heading else None
        self.known(heading)
        # By place: a million keywords cost a second.
        return QueryRecord(
            sql.removesuffix(";"),
            "mysql",
            None,
            1,
            round(float(times[1]) * 1000, 6),
            started_at,
            rows_of(heading, times[2]),
            self.database,
            None,
            None,
            None,
            self.scope,
            failed[1] if failed else None,
            self.user,
            None,
            not sql.endswith(";"),
        )

    def settings(self, statement: list[str]) -> tuple[float | None, list[str]]:
        """Read the lines that the server sets before the statement; return what is left."""
        started_at = None
        for place, row in enumerate(statement[:3]):
            if row[:4].upper() == "SET ":
                started_at = timestamp_of(row)
                if started_at is not None:
                    return started_at, statement[place + 1 :]
            if use := USE.match(row):
                self.database = use[1].strip("`")
            elif row.strip():
                return None, statement[place:]
        return started_at, statement[3:]

    def known(self, heading: str) -> None:
        """Read who sent the statement; the same objects serve while nothing changes."""
        user, process, schema = session_of(session_part(heading))
        if user is not None:
            self.user = user or None
        if schema is not None:
            self.database = schema
        transaction = TRANSACTION.search(heading) if "trx_id" in heading else None
        identity = transaction[1] if transaction else None
        if self.scope.process != process or self.scope.transaction != identity:
            self.scope = Scope(process=process, transaction=identity)


def session_part(heading: str) -> str:
    """Return the lines of a heading that are the same for all statements of a session."""
    start = heading.find("# User@Host:")
    end = heading.find("# Query_time:", start)
    told_later = heading.find("Thread_id:", end) >= 0 or heading.find("Schema:", end) >= 0
    return heading if start < 0 or end < 0 or told_later else heading[start:end]


@lru_cache(maxsize=1_024)
def session_of(heading: str) -> tuple[str | None, int | None, str | None]:
    """Return (user, thread, schema); each None where not told, the user empty where nameless."""
    user = USER.search(heading)
    thread = (THREAD if "Thread_id:" in heading else ID).search(heading)
    schema = SCHEMA.search(heading) if "Schema:" in heading else None
    return (
        user[1] if user else None,
        int(thread[1]) if thread else None,
        schema[1] if schema else None,
    )


@lru_cache(maxsize=256)
def timestamp_of(row: str) -> float | None:
    """Return the time that a `SET timestamp` tells; statements of one second share it."""
    match = TIMESTAMP.match(row)
    return float(match[1]) if match else None


def rows_of(heading: str, sent: str | None) -> int | None:
    """Return the rows sent to the client, else those that were changed."""
    affected = AFFECTED.search(heading) if sent in (None, "0") else None
    if affected is not None and (sent is None or affected[1] != "0"):
        return int(affected[1])
    return None if sent is None else int(sent)
