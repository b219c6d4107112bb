"""Reads PostgreSQL's jsonlog, and the same inside what CloudNativePG writes around it."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from asa.model.record import QueryRecord
from asa.workload.readers.log import Log
from asa.workload.readers.postgresql.entry import Entry, session
from asa.workload.readers.postgresql.piece import executed

__all__ = ["FORMAT", "begins", "recognises", "records"]

FORMAT = "postgresql-json"

MARK = re.compile(rb'^\{[^\n]*"error_severity":', re.MULTILINE)
# The server's own names, then those of its csvlog, which CloudNativePG took over.
NAMES = {
    "time": ("timestamp", "log_time"),
    "process": ("pid", "process_id"),
    "user": ("user", "user_name"),
    "database": ("dbname", "database_name"),
    "application": ("application_name",),
    "transaction": ("vxid", "virtual_transaction_id"),
    "state": ("state_code", "sql_state_code"),
    "detail": ("detail",),
    "statement": ("statement", "query"),
}


def recognises(head: bytes) -> bool:
    """Say whether a log has lines of a jsonlog."""
    return MARK.search(head) is not None


def begins(_: Log) -> Callable[[str], bool]:
    """Return the test for a line with which an entry begins: each does."""
    return lambda _: True


def records(log: Log) -> Iterator[QueryRecord]:
    """Yield the statements of a log."""
    return executed(log, entries(log))


def entries(log: Log) -> Iterator[Entry]:
    """Yield the entries of a log; a line that is none is skipped."""
    for number, row in log.rows():
        if not row.strip():
            continue
        try:
            form = json.loads(row)
        except (ValueError, RecursionError):
            log.skip(number, "not whole JSON")
            continue
        if isinstance(form, dict) and isinstance(form.get("record"), dict):
            form = form["record"]
        if isinstance(form, dict) and isinstance(form.get("error_severity"), str):
            yield entry_of(form)
        else:
            log.skip(number, "not an entry of a jsonlog")


def entry_of(form: dict[str, Any]) -> Entry:
    """Return the entry in an object."""
    facts = {name: text_of(form, keys) for name, keys in NAMES.items()}
    who = ("process", "user", "database", "application", "transaction")
    return Entry(
        form["error_severity"],
        text_of(form, ("message",)) or "",
        facts["time"] or "",
        session(*(facts[name] for name in who)),
        facts["state"],
        facts["detail"],
        facts["statement"],
    )


def text_of(form: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    """Return the first of some values that is there, as text."""
    for key in keys:
        value = form.get(key)
        if isinstance(value, str | int) and value != "":
            return str(value)
    return None
