"""Reads PostgreSQL's plain log, as the server writes it to stderr, with any prefix."""

import re
from collections.abc import Iterator

from asa.model.record import QueryRecord
from asa.workload.readers.log import LONGEST_LINE, Log
from asa.workload.readers.postgresql.entry import Entry
from asa.workload.readers.postgresql.prefix import FIELDS, compiled, detected
from asa.workload.readers.postgresql.statement import Statements

__all__ = ["FORMAT", "recognises", "records"]

FORMAT = "postgresql-stderr"

LINE = re.compile(
    r"^(?!--|#|\{|\")[^\t\n][^\n]{0,300}?(?<![\w'\"])"
    r"(?:LOG|ERROR|FATAL|PANIC|STATEMENT|DETAIL):  \S"
    r"|^(?:LOG|ERROR|FATAL|PANIC|STATEMENT|DETAIL):  \S",
    re.MULTILINE,
)
PARTS = frozenset(("DETAIL", "HINT", "QUERY", "CONTEXT", "STATEMENT", "LOCATION", "BACKTRACE"))
GROUPS = (*FIELDS, "epoch")
SAMPLE = 400


def recognises(head: bytes) -> bool:
    """Say whether a log has lines with PostgreSQL's severities."""
    return LINE.search(head.decode("utf-8", errors="replace")) is not None


def records(log: Log) -> Iterator[QueryRecord]:
    """Yield the statements of a log."""
    statements = Statements()
    for entry in entries(log):
        yield from statements.take(entry)
    yield from statements.finish()


def entries(log: Log) -> Iterator[Entry]:
    """Yield the entries of a log, each with its DETAIL and STATEMENT."""
    patterns = prefixes(log)
    first, others = patterns[0].match, patterns[1:]
    entry: Entry | None = None
    part, pieces, size = "", [""], 0
    for number, row in log.rows():
        # The server sets a tab before each further line of a message.
        match = None if row[:1] == "\t" else first(row) or begun(others, row)
        if match is None:
            size += len(row)
            if size < LONGEST_LINE:
                pieces.append(row[1:] if row[:1] == "\t" else row)
            continue
        if entry is not None:
            finish(entry, part, pieces)
        elif pieces[1:]:
            log.skip(number - 1, "before the first entry of the log")
        severity, *facts = match.group(*GROUPS)
        pieces, size = [row[match.end() :]], 0
        if severity in PARTS and entry is not None:
            part = severity
            continue
        if entry is not None:
            yield entry
        entry, part = opened(number, severity, facts), ""
    if entry is not None:
        finish(entry, part, pieces)
        entry.torn = log.torn and not part
        yield entry


def begun(patterns: tuple["re.Pattern[str]", ...], row: str) -> "re.Match[str] | None":
    """Return how a line begins an entry; None where it goes on with the last."""
    for pattern in patterns:
        if match := pattern.match(row):
            return match
    return None


def opened(number: int, severity: str, facts: list[str | None]) -> Entry:
    """Return an entry that is told by what stands before its message."""
    time, process, user, database, application, transaction, state, epoch = facts
    return Entry(
        number,
        severity,
        "",
        time or epoch or "",
        int(process) if process else None,
        user or None,
        database or None,
        application or None,
        transaction or None,
        state,
    )


def finish(entry: Entry, part: str, pieces: list[str]) -> None:
    """Put the text read last into the entry."""
    text = pieces[0] if len(pieces) == 1 else "\n".join(pieces)
    if not part:
        entry.message = text
    elif part == "DETAIL":
        entry.detail = text
    elif part == "STATEMENT":
        entry.statement = text


def prefixes(log: Log) -> tuple["re.Pattern[str]", ...]:
    """Return the patterns of the log's prefix: the one given, else those that it shows."""
    rows = log.head.decode("utf-8", errors="replace").splitlines()[:SAMPLE]
    found = detected(rows)
    if log.line_prefix is None:
        return found
    told = (compiled(before + log.line_prefix) for before in log.line_prefixes)
    return (*told, *found[-1:])
