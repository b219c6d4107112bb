"""Reads PostgreSQL's plain log, as the server writes it to stderr, with any prefix."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from asa.model.record import QueryRecord
from asa.workload.readers.log import LONGEST_LINE, Log
from asa.workload.readers.postgresql.entry import Entry, session
from asa.workload.readers.postgresql.piece import executed
from asa.workload.readers.postgresql.prefix import FIELDS, compiled, detected

__all__ = ["FORMAT", "begins", "recognises", "records"]

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


def begins(log: Log) -> Callable[[str], bool]:
    """Return the test for a line with which an entry begins, and no part of one."""
    patterns = prefixes(log)

    def test(row: str) -> bool:
        line = f"\n{row}"
        match = next((found for one in patterns if (found := one.match(line))), None)
        return match is not None and match["severity"] not in PARTS

    return test


def records(log: Log) -> Iterator[QueryRecord]:
    """Yield the statements of a log."""
    return executed(log, entries(log))


def entries(log: Log) -> Iterator[Entry]:
    """Yield the entries of a log, each with its DETAIL and STATEMENT."""
    patterns = prefixes(log)
    entry: Entry | None = None
    part, line, size = "", 1, 0
    owner: str | None = None
    pieces: list[str] = []
    for number, passage in log.passages():
        for facts, text in texts(patterns, passage):
            if facts is None:
                # What the passage before began goes on.
                line = number + text.count("\n") - 1
                size += len(text)
                if size < LONGEST_LINE:
                    pieces.append(text)
                continue
            if entry is None and "".join(pieces).strip():
                log.skip(line, "before the first entry of the log")
            elif entry is not None and len(pieces) > 1:
                put(entry, part, "".join(pieces))
            pieces, size = [text], len(text)
            severity, time, process, user, database, application, transaction, state, epoch = facts
            if entry is not None:
                if severity in PARTS:
                    # A part of another session's entry, which is gone, is nobody's.
                    part = severity if process in (None, owner) else "CONTEXT"
                    put(entry, part, text)
                    continue
                yield entry
            who = session(process, user, database, application, transaction)
            owner = process
            entry, part = Entry(severity, text, time or epoch or "", who, state), ""
    if entry is not None:
        put(entry, part, "".join(pieces))
        entry.torn = log.torn and not part
        yield entry


Facts = tuple[Any, ...]
"""What the groups `GROUPS` of a prefix hold."""


def texts(
    patterns: tuple["re.Pattern[str]", ...], passage: str
) -> Iterator[tuple[Facts | None, str]]:
    """Yield what some lines hold: first the rest of a text begun before, without facts."""
    first = patterns[0]
    pieces = first.split(passage)
    width = first.groups + 1
    facts = zip(*(pieces[first.groupindex[name] :: width] for name in GROUPS), strict=True)
    yield from parted(patterns, None, pieces[0])
    for found, text in zip(facts, pieces[width::width], strict=True):
        if "\n" in text:
            yield from parted(patterns, found, text)
        else:
            yield found, text


def parted(
    patterns: tuple["re.Pattern[str]", ...], facts: Facts | None, text: str
) -> Iterator[tuple[Facts | None, str]]:
    """Part a text where entries begin that the first pattern does not fit.

    The tab before each further line, which the server sets, is no part of it.
    """
    position = 0
    line_end = text.find("\n")
    while line_end >= 0:
        for pattern in patterns[1:]:
            if match := pattern.match(text, line_end):
                yield facts, text[position:line_end].replace("\n\t", "\n")
                facts, position = match.group(*GROUPS), match.end()
                break
        line_end = text.find("\n", line_end + 1)
    yield facts, text[position:].replace("\n\t", "\n")


def put(entry: Entry, part: str, text: str) -> None:
    """Put a text into the entry, as its message or what a part of it tells."""
    if not part:
        entry.message = text
    elif part == "DETAIL":
        entry.detail = text
    elif part == "STATEMENT":
        entry.statement = text


def prefixes(log: Log) -> tuple["re.Pattern[str]", ...]:
    """Return the patterns of the log's prefix: the one given, then those that it shows."""
    rows = log.head.decode("utf-8", errors="replace").splitlines()[:SAMPLE]
    found = detected(rows)
    if log.line_prefix is None:
        return found
    given = (compiled(before + log.line_prefix) for before in log.line_prefixes)
    return (*given, *found)
