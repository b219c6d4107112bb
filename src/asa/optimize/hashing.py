"""Take the values out of a snapshot's rows: which are equal stays, what they are does not."""

import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b
from uuid import UUID

from asa.model.row_snapshot import RowSnapshot, SavedRows, Value

__all__ = ["hashed", "hashed_columns", "shortened"]

LONGEST = 1_000
"""Characters or bytes of a value that a snapshot keeps: no key of an index is longer."""
LABELS = frozenset({"enum", "set"})
"""Kinds of text that stay: the schema tells their values."""
TIMES = frozenset({"date", "datetime", "timestamp", "time", "year", "decimal", "numeric"})
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"

Change = Callable[[Value, str], Value]


def hashed(snapshot: RowSnapshot) -> RowSnapshot:
    """Return a snapshot whose texts and bytes are keyed hashes of the same length.

    The key is drawn here and kept nowhere. Numbers, dates and labels of enums stay; so do
    which values are equal and how often, but not their order and their beginnings.
    SQLite's statistics of single values (`sqlite_stat4`) are left out.
    """
    key = secrets.token_bytes(32)
    kept = {name: rows for name, rows in snapshot.statistics.items() if name != "sqlite_stat4"}
    changed = changed_rows(snapshot, lambda value, kind: hash_of(key, value, kind))
    return replace(changed, statistics=kept, hashed=True)


def hashed_columns(snapshot: RowSnapshot) -> frozenset[tuple[str, str]]:
    """Return the (table, column), in lower case, in which no text of a query is found again."""
    return frozenset(
        (table.table.lower(), column.lower())
        for table in snapshot.tables
        for place, column in enumerate(table.columns)
        if snapshot.hashed
        and table.kinds[place] not in LABELS | TIMES
        and any(isinstance(row[place], str | bytes) for row in table.rows)
    )


def shortened(snapshot: RowSnapshot) -> RowSnapshot:
    """Return a snapshot without the ends of very long values."""
    return changed_rows(snapshot, lambda value, _: cut(value))


def changed_rows(snapshot: RowSnapshot, change: Change) -> RowSnapshot:
    """Return a snapshot with every value of its rows changed."""
    return replace(
        snapshot, tables=tuple(changed_table(table, change) for table in snapshot.tables)
    )


def changed_table(table: SavedRows, change: Change) -> SavedRows:
    """Return a table with every value changed."""
    rows = (tuple(map(change, row, table.kinds)) for row in table.rows)
    return replace(table, rows=tuple(rows))


def cut(value: Value) -> Value:
    """Return a value without its end where it is very long; JSON stays JSON."""
    if not isinstance(value, str | bytes) or len(value) <= LONGEST:
        return value
    if isinstance(value, str) and is_json(value):
        return json.dumps(value[: LONGEST // 2])
    return value[:LONGEST]


def hash_of(key: bytes, value: Value, kind: str) -> Value:
    """Return the hash of a text or of bytes, in a form that its column takes."""
    if not isinstance(value, str | bytes) or kind in LABELS | TIMES:
        return value
    raw = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
    length = min(len(value), LONGEST)
    digest = blake2b(raw, key=key, digest_size=64).digest()
    digest *= length // len(digest) + 1
    if isinstance(value, bytes):
        return digest[:length]
    if kind == "uuid":
        return str(UUID(bytes=digest[:16]))
    text = "".join(LETTERS[byte % len(LETTERS)] for byte in digest[:length])
    return json.dumps(text) if is_json(value) else text


def is_json(text: str) -> bool:
    """Tell whether a text is a JSON object or array."""
    if text[:1] not in ("{", "["):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
