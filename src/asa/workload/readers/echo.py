"""Reads what SQLAlchemy itself logs with `echo=True`, in whatever format logging was set to.

It holds each statement and its values, and neither times nor failures.
"""

import ast
import re
import time
from collections.abc import Iterator
from functools import lru_cache

from asa.model.record import Parameters, QueryRecord
from asa.workload.readers.log import LONGEST_LINE, Log

__all__ = ["FORMAT", "recognises", "records"]

FORMAT = "sqlalchemy-echo"

ENTRY = re.compile(
    r"(?P<before>.{0,300}?)\bsqlalchemy\.engine(?:\.base)?\.Engine(?:\.[\w.-]{1,80})?"
    r"(?:[\]:| -]{1,4}\[?(?:INFO|DEBUG)\]?(?=[\]:| -]))?(?:[\]:|]| -| \|)? ?(?P<text>.*)$"
)
# SQLAlchemy follows each statement with where its compiled form came from, and its values.
ORIGIN = r"(?:raw sql|generated in |cached since |no key |caching disabled |dialect )"
VALUES = re.compile(rf"\[{ORIGIN}[^\]]{{0,300}}\] ?(?P<values>.*)")
MARK = re.compile(
    r"^[^\n]{0,300}?\bsqlalchemy\.engine(?:\.base)?\.Engine[^\n]{0,90}?"
    rf"(?:BEGIN \(implicit\)|\[{ORIGIN})",
    re.MULTILINE,
)
CLOCK = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
SETS = re.compile(r"displaying \d+ of (\d+) total bound parameter sets")
LONGEST_VALUES = 20_000


def recognises(head: bytes) -> bool:
    """Say whether a log has lines of SQLAlchemy's engine."""
    return MARK.search(head.decode("utf-8", errors="replace")) is not None


def records(log: Log) -> Iterator[QueryRecord]:
    """Yield the statements of a log."""
    pieces: list[str] | None = None
    size = 0
    for number, row in log.rows():
        entry = ENTRY.match(row)
        if entry is None:
            size += len(row)
            if pieces is not None and size < LONGEST_LINE:
                pieces.append(row)
            continue
        values = VALUES.match(entry["text"])
        if values is None:
            pieces, size = [entry["text"]], 0
        elif pieces is None:
            log.skip(number, "values without a statement")
        else:
            sql = "\n".join(pieces).strip()
            pieces = None
            if sql:
                yield record(sql, values["values"], entry["before"])


def record(sql: str, values: str, before: str) -> QueryRecord:
    """Return one statement with what its second line tells."""
    found = parsed(values)
    sets = SETS.search(values)
    several = isinstance(found, list) and len(found) != 1
    executions = int(sets[1]) if sets else len(found) if several and isinstance(found, list) else 1
    if isinstance(found, list):
        found = found[0] if len(found) == 1 else None
    clock = CLOCK.search(before)
    return QueryRecord(
        sql,
        parameters=bound(found),
        executions=max(executions, 1),
        started_at=local_seconds(clock[0]) if clock else None,
    )


def parsed(values: str) -> object:
    """Return the values in a text; None where it holds what is no literal, or was shortened."""
    if len(values) > LONGEST_VALUES:
        return None
    try:
        return ast.literal_eval(values)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def bound(values: object) -> Parameters:
    """Return values as a statement takes them; None for anything else."""
    if isinstance(values, tuple):
        return values
    return (
        {str(name): value for name, value in values.items()} if isinstance(values, dict) else None
    )


@lru_cache(maxsize=256)
def local_seconds(clock: str) -> float | None:
    """Return a time without zone, taken for this machine's, in seconds since the epoch."""
    try:
        return time.mktime(time.strptime(clock, "%Y-%m-%d %H:%M:%S"))
    except (ValueError, OverflowError):
        return None
