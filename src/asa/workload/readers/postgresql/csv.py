"""Reads PostgreSQL's csvlog."""

import csv
import re
from collections.abc import Callable, Iterator

from asa.model.record import QueryRecord
from asa.workload.readers.log import LONGEST_LINE, Log
from asa.workload.readers.postgresql.entry import Entry, session
from asa.workload.readers.postgresql.piece import executed

__all__ = ["FORMAT", "begins", "recognises", "records"]

FORMAT = "postgresql-csv"

# log_time, user_name, database_name, process_id, ...: the first four of 23 to 26 columns.
# What exported them may have set quotes around each.
START = re.compile(
    r'"?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [A-Za-z0-9+:-]+"?,'
    r'(?:"[^"]*"|\w*),(?:"[^"]*"|\w*),"?\d*"?,'
)
FEWEST_COLUMNS = 23
TIME, USER, DATABASE, PROCESS = 0, 1, 2, 3
TRANSACTION, SEVERITY, STATE, MESSAGE, DETAIL = 9, 11, 12, 13, 14
STATEMENT, APPLICATION = 19, 22


def recognises(head: bytes) -> bool:
    """Say whether a log begins with an entry of a csvlog, or soon has one."""
    rows = head.decode("utf-8", errors="replace").splitlines()
    return any(START.match(row) for row in rows[:20])


def begins(_: Log) -> Callable[[str], bool]:
    """Return the test for a line with which an entry begins, even where another has no end."""
    return lambda row: START.match(row) is not None


def records(log: Log) -> Iterator[QueryRecord]:
    """Yield the statements of a log."""
    return executed(log, entries(log))


def entries(log: Log) -> Iterator[Entry]:
    """Yield the entries of a log; one that is torn is skipped."""
    csv.field_size_limit(max(csv.field_size_limit(), 2 * LONGEST_LINE))
    for number, lines in whole(log):
        try:
            columns = next(csv.reader(lines), [])
        except csv.Error:
            log.skip(number, "not an entry of a csvlog")
            continue
        if len(columns) < FEWEST_COLUMNS:
            log.skip(number, "not an entry of a csvlog")
        else:
            yield entry_of(columns)


def whole(log: Log) -> Iterator[tuple[int, list[str]]]:
    """Yield (first line, lines) of each entry: those up to where its quotes are closed."""
    lines: list[str] = []
    begun, size, is_open = 1, 0, False
    for number, row in log.rows():
        if is_open and (size > LONGEST_LINE or START.match(row)):
            log.skip(begun, "an entry that does not end")
            lines, is_open = [], False
        if not is_open:
            if not row:
                continue
            begun, size = number, 0
        lines.append(row + "\n")
        size += len(row)
        if row.count('"') % 2:
            is_open = not is_open
        if not is_open:
            yield begun, lines
            lines = []
    if lines:
        log.skip(begun, "an entry that does not end")


def entry_of(columns: list[str]) -> Entry:
    """Return the entry in some columns."""
    who = (columns[place] for place in (PROCESS, USER, DATABASE, APPLICATION, TRANSACTION))
    return Entry(
        columns[SEVERITY],
        columns[MESSAGE],
        columns[TIME],
        session(*who),
        columns[STATE] or None,
        columns[DETAIL] or None,
        columns[STATEMENT] or None,
    )
