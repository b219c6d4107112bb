"""What the message of an entry says of a statement, its phase and its time."""

import re

from asa.workload.readers.postgresql.entry import Entry

__all__ = [
    "FAILURES", "OTHER_LANGUAGE", "TIMED", "UNTIMED",
    "begins_execution", "is_translated", "tells_statement",
]  # fmt: skip


TIMED = re.compile(
    r"duration: (?P<ms>[0-9]+(?:\.[0-9]+)?) ms(?:  (?:(?P<simple>statement)"
    r"|(?P<phase>parse|bind)[^:\n]*|execute (?P<fetch>fetch from )?(?P<name>[^:\n]*)): "
    r"|  plan:\n(?P<plan>)|(?P<bare>)\s*\Z)"
)


UNTIMED = re.compile(r"(?:statement|execute (?P<fetch>fetch from )?[^:\n]*): ")


# `Dauer: 0.084 ms  Anweisung: ...`, where lc_messages is no English.
TRANSLATED = re.compile(
    r"[^\W\d_][^\n:\uff1a]{1,24}[:\uff1a] ?[0-9]+\.[0-9]{3} ?[^\W\d_]{2,5}(?:[\s,]|$)"
)
OTHER_LANGUAGE = "its messages are in another language than English (lc_messages)"


FAILURES = frozenset(("ERROR", "FATAL", "PANIC"))


def tells_statement(entry: Entry) -> bool:
    """Say whether an entry tells of a statement or of its time."""
    if entry.severity == "LOG":
        return bool(TIMED.match(entry.message) or UNTIMED.match(entry.message))
    return entry.severity in FAILURES and entry.statement is not None


def is_translated(entry: Entry) -> bool:
    """Say whether an entry tells a time in another language than English."""
    return not TIMED.match(entry.message) and bool(TRANSLATED.match(entry.message))


def begins_execution(entry: Entry) -> bool:
    """Say whether an entry that tells of a statement begins its execution."""
    timed = TIMED.match(entry.message) if entry.severity == "LOG" else None
    return timed is None or timed.lastgroup in ("simple", "name")
