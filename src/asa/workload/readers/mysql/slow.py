"""Reads the slow query log of MySQL, MariaDB and Percona Server, with their further fields."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from asa.model.record import QueryRecord, Scope
from asa.model.workload import Origin
from asa.workload.readers.clock import local_seconds
from asa.workload.readers.log import LONGEST_LINE, Log
from asa.workload.readers.mysql.banner import is_banner

__all__ = ["FORMAT", "begins", "recognises", "records"]

FORMAT = "mysql-slow"

MARK = re.compile(
    rb"^# (?:Time: \d|User@Host: \S* ?\[|Query_time: \d)"
    rb"|^[^\n]{1,300}, Version: [^\n]{1,200} started with:",
    re.MULTILINE,
)
HEADING = re.compile(
    r"# (?:Time: (?:\S{1,20} +\d{1,2}:|\d{4}-\d\d-\d\dT)|User@Host: [^\s\[]*(?:\[[^\]]*\])? @ "
    r"|Query_time: [0-9.]+ +Lock_time: )"
)
# Behind the end of a statement any of its lines begins the next entry.
FIELD = re.compile(r"# [A-Z][A-Za-z_@]{1,30}: ")
ADMINISTRATION = "# administrator command:"
UNKNOWN = "\0"
ENDING = (ADMINISTRATION, "# Time: ")
TIMESTAMP = re.compile(r"SET (?:[a-z_]+=[0-9]+,)*timestamp=([0-9]+(?:\.[0-9]+)?);", re.IGNORECASE)
USE = re.compile(r"use (`[^`]+`|[^;\s]+);\s*$", re.IGNORECASE)
TIMES = re.compile(
    r"Query_time: ([0-9]+(?:\.[0-9]+)?)(?: +Lock_time: \S+)?(?: +Rows_sent: ([0-9]+))?"
)
USER = re.compile(r"# User(?:@Host)?: ([^\s\[]*)")
# Patterns that begin with plain text are found fastest.
THREAD = re.compile(r"Thread_id: +([0-9]+)")
ID = re.compile(r"Id: +([0-9]+)")
SCHEMA = re.compile(r"Schema: ?(\S*)")
TIME = re.compile(r"# Time: (\S+(?: +\d{1,2}:\d\d:\d\d)?)")
AFFECTED = re.compile(r"Rows_affected: +([0-9]+)")
FAILED = re.compile(r"(?:Last_errno|Errno): +([1-9][0-9]*)")
TRANSACTION = re.compile(r"InnoDB_trx_id: +([0-9A-F]*[1-9A-F][0-9A-F]*)")


def recognises(head: bytes) -> bool:
    """Say whether a log has the headings of a slow log."""
    found = MARK.search(head)
    # The general log begins with the same banner.
    return found is not None and (b"# User@Host" in head or b"# Query_time" in head)


def begins(_: Log) -> Callable[[str], bool]:
    """Return the test for a line with which an entry begins that tells its time."""
    return lambda row: row.startswith("# Time: ") and HEADING.match(row) is not None


def records(log: Log) -> Iterator[QueryRecord]:
    """Yield the statements of a log, or of a part of one."""
    reading = Reading(from_start=log.is_start)
    for number, heading, statement in entries(log):
        record = reading.record(heading, statement)
        if record is not None:
            yield record
        elif not heading:
            log.skip(number, "before the first entry of the log")
    if log.piece is not None:
        log.seam = reading


def entries(log: Log) -> Iterator[tuple[int, str, list[str]]]:
    """Yield (first line, lines with `#` as one text, lines of the statement) of each entry."""
    heading: list[str] = []
    statement: list[str] = []
    begun, size = 1, 0
    for number, row in log.rows():
        if row.startswith("#") and (not statement or is_heading(row, statement[-1])):
            if statement:
                yield begun, "\n".join(heading), statement
                heading, statement, size = [], [], 0
            if row.startswith(ENDING):
                # What came before was of an entry without a statement; its time goes on.
                timed = row.startswith(ADMINISTRATION) and heading[:1]
                heading = heading[:1] if timed and timed[0].startswith("# Time: ") else []
            if not heading:
                begun = number
            heading.append(row)
        elif is_ended(statement) and (not row or is_banner(row)):
            continue
        elif size < LONGEST_LINE:
            statement.append(row)
            size += len(row)
    if statement:
        yield begun, "\n".join(heading), statement


def is_heading(row: str, before: str) -> bool:
    """Say whether a line with `#` behind a line of a statement begins the next entry."""
    return bool(HEADING.match(row) or (before.endswith(";") and FIELD.match(row)))


def is_ended(statement: list[str]) -> bool:
    """Say whether no statement is open behind some lines."""
    return not statement or statement[-1].endswith(";")


class Reading:
    """A slow log under reading.

    Attributes:
        database: Where the statements run until the log says `use`; `UNKNOWN` in a part of a
            log that does not tell yet.
        timed: The heading that told last when an entry was logged; those behind have its time.
    """

    def __init__(self, *, from_start: bool = True) -> None:
        self.database: str | None = None if from_start else UNKNOWN
        self.timed = ""
        self.scope = Scope()

    def record(self, heading: str, statement: list[str]) -> QueryRecord | None:
        """Return the record of an entry; None where it holds no statement."""
        if heading.startswith("# Time: "):
            self.timed = heading
        started_at, statement = self.settings(statement)
        times = TIMES.search(heading)
        sql = "\n".join(statement).rstrip()
        if times is None or not sql or sql.startswith(ADMINISTRATION):
            return None
        failed = FAILED.search(heading) if "rrno:" in heading else None
        user = self.known(heading)
        duration_ms = round(float(times[1]) * 1000, 6)
        if started_at is None:
            started_at = self.before(duration_ms)
        # By place: a million keywords cost a second.
        return QueryRecord(
            sql.removesuffix(";"), "mysql", None, 1, duration_ms, started_at,
            rows_of(heading, times[2]), self.database, None, None, None, self.scope,
            failed[1] if failed else None, user, None, not sql.endswith(";"), False, None,
        )  # fmt: skip

    def settings(self, statement: list[str]) -> tuple[float | None, list[str]]:
        """Read the lines that the server sets before the statement; return what is left."""
        started_at = None
        last = len(statement) - 1
        for place, row in enumerate(statement[:3]):
            if row[:4].upper() == "SET ":
                started_at = timestamp_of(row)
                if started_at is not None:
                    return started_at, statement[place + 1 :]
            use = USE.match(row)
            if use is not None:
                self.database = use[1].strip("`")
            if row.strip() and (use is None or place == last):
                return started_at, statement[place:]
        return started_at, statement[3:]

    def before(self, duration_ms: float) -> float | None:
        """Return the time so long before the entry was logged; None where that is not told."""
        time = TIME.match(self.timed)
        logged_at = local_seconds(time[1]) if time else None
        return None if logged_at is None else logged_at - duration_ms / 1000

    def known(self, heading: str) -> str | None:
        """Read where a statement ran, and return who sent it."""
        user, process, schema = session_of(session_part(heading))
        if schema is not None:
            self.database = schema or None
        transaction = TRANSACTION.search(heading) if "trx_id" in heading else None
        identity = transaction[1] if transaction else None
        if self.scope.process != process or self.scope.transaction != identity:
            self.scope = Scope(process=process, transaction=identity)
        return user

    def conclude(self, _: "Reading") -> list[QueryRecord]:
        """Return nothing: no entry goes on in the next part."""
        return []

    def origin(self, origin: Origin) -> Origin:
        """Return an origin of the next part with what that could not know."""
        user, database, application = origin
        return user, self.database if database == UNKNOWN else database, application

    def follow(self, later: "Reading") -> None:
        """Go on to the end of the next part."""
        if later.database != UNKNOWN:
            self.database = later.database

    def finish(self) -> list[QueryRecord]:
        """Return nothing: no statement is open."""
        return []


def session_part(heading: str) -> str:
    """Return the lines of a heading that are the same for all statements of a session."""
    start = heading.find("# User@Host:")
    end = heading.find("# Query_time:", start)
    told_later = heading.find("Thread_id:", end) >= 0 or heading.find("Schema:", end) >= 0
    return heading if start < 0 or end < 0 or told_later else heading[start:end]


@lru_cache(maxsize=1_024)
def session_of(heading: str) -> tuple[str | None, int | None, str | None]:
    """Return (user, thread, schema); each None where not told, the schema empty where none is."""
    user = USER.search(heading)
    thread = (THREAD if "Thread_id:" in heading else ID).search(heading)
    schema = SCHEMA.search(heading) if "Schema:" in heading else None
    return (
        (user[1] or None) if user else None,
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
