"""Reads PostgreSQL's plain log, as the server writes it to stderr, with any prefix."""

import re
from collections.abc import Callable, Iterator

from asa.model.record import QueryRecord
from asa.workload.readers.log import LONGEST_LINE, Log
from asa.workload.readers.postgresql.entry import Entry
from asa.workload.readers.postgresql.prefix import FIELDS, compiled, detected
from asa.workload.readers.postgresql.statement import executed

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
UNKNOWN = "[unknown]"


def recognises(head: bytes) -> bool:
    """Say whether a log has lines with PostgreSQL's severities."""
    return LINE.search(head.decode("utf-8", errors="replace")) is not None


def begins(log: Log) -> Callable[[str], bool]:
    """Return the test for a line with which an entry begins, and no part of one."""
    patterns = prefixes(log)

    def test(row: str) -> bool:
        match = next(beginnings(patterns, "\n" + row), None)
        return match is not None and match["severity"] not in PARTS

    return test


def records(log: Log) -> Iterator[QueryRecord]:
    """Yield the statements of a log."""
    return executed(log, entries(log))


def entries(log: Log) -> Iterator[Entry]:
    """Yield the entries of a log, each with its DETAIL and STATEMENT."""
    patterns = prefixes(log)
    entry: Entry | None = None
    part, pieces, size = "", [], 0
    for number, text in log.passages():
        position = 0
        for match in beginnings(patterns, text):
            pieces.append(text[position : match.start()])
            position = match.end()
            severity, *facts = match.group(*GROUPS)
            if entry is not None:
                finish(entry, part, pieces)
                if severity in PARTS:
                    part, pieces, size = severity, [], 0
                    continue
                yield entry
            elif "".join(pieces).strip():
                line = number + text.count("\n", 0, match.start()) - 1
                log.skip(line, "before the first entry of the log")
            entry, part, pieces, size = opened(severity, facts), "", [], 0
        size += len(text) - position
        if size < LONGEST_LINE:
            pieces.append(text[position:])
    if entry is not None:
        finish(entry, part, pieces)
        entry.torn = log.torn and not part
        yield entry


def beginnings(patterns: tuple["re.Pattern[str]", ...], text: str) -> "Iterator[re.Match[str]]":
    """Yield where entries begin in some lines, each with its line end before it.

    Most entries have the first pattern; only lines between those are tried for the others.
    """
    position = 0
    for match in patterns[0].finditer(text):
        start = match.start()
        if text.find("\n", position, start) >= 0:
            yield from others(patterns, text, position, start)
        yield match
        position = match.end()
    yield from others(patterns, text, position, len(text))


def others(
    patterns: tuple["re.Pattern[str]", ...], text: str, position: int, end: int
) -> "Iterator[re.Match[str]]":
    """Yield where entries begin that the first pattern does not fit."""
    line_end = text.find("\n", position, end)
    while line_end >= 0:
        for pattern in patterns[1:]:
            if match := pattern.match(text, line_end, end):
                yield match
                break
        line_end = text.find("\n", line_end + 1, end)


def opened(severity: str, facts: list[str | None]) -> Entry:
    """Return an entry that is told by what stands before its message."""
    time, process, user, database, application, transaction, state, epoch = facts
    return Entry(
        severity,
        "",
        time or epoch or "",
        int(process) if process else None,
        told(user),
        told(database),
        told(application),
        transaction or None,
        state,
    )


def told(name: str | None) -> str | None:
    """Return a name, where there is one."""
    return None if not name or name == UNKNOWN else name


def finish(entry: Entry, part: str, pieces: list[str]) -> None:
    """Put the text read last into the entry."""
    text = pieces[0] if len(pieces) == 1 else "".join(pieces)
    if "\n" in text:
        text = text.replace("\n\t", "\n")
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
