"""A sample of the rows in a SQLite file, over connections that may not write to it."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from asa.database.sample import Sample, SampledTable, Sampling, Wanted, alike
from asa.database.sqlite.copy import file_of
from asa.database.url import DatabaseUrl

__all__ = ["SAMPLING"]

LIMIT_S = 2.0
INSTRUCTIONS = 10_000  # between two looks at the clock
ROUNDS = 8  # of parents' parents
Row = tuple[Any, ...]
Rows = dict[Row, None]


async def read(database: DatabaseUrl, wanted: Wanted) -> Sample:
    """Read a sample."""
    file = file_of(database)
    if file is None:
        return Sample(())
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
        columns = columns_of(connection, wanted.without)
        rows = {name: some(connection, name, columns[name], wanted) for name in columns}
        for _ in range(ROUNDS):
            if not add_parents(connection, columns, rows):
                break
    tables = [
        SampledTable(quoted(name), tuple(quoted(c) for c, _ in columns[name]), tuple(rows[name]))
        for name in columns
    ]
    return Sample(tuple(tables))


def columns_of(
    connection: sqlite3.Connection, version_table: str
) -> dict[str, list[tuple[str, bool]]]:
    """Return (name, whether it may be NULL) of each table's stored columns."""
    listed = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    )
    names = [
        row[0] for row in connection.execute(f"{listed} AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    ]
    return {
        name: [
            (column, not notnull)
            for _, column, _, notnull, _, _, hidden in connection.execute(
                f"PRAGMA table_xinfo({quoted(name)})"
            )
            if not hidden
        ]
        for name in names
        if name != version_table
    }


def some(
    connection: sqlite3.Connection, name: str, columns: list[tuple[str, bool]], wanted: Wanted
) -> Rows:
    """Return rows from both ends of a table, those with a NULL and some that are alike."""
    most = wanted.most
    listed = ", ".join(quoted(column) for column, _ in columns)
    select = f"SELECT {listed} FROM {quoted(name)}"  # noqa: S608  (names are quoted)
    rows = asked(connection, f"{select} LIMIT {most}")
    if len(rows) < most:
        return rows
    rows |= asked(connection, f"{select} ORDER BY rowid DESC LIMIT {most}")
    for column, nullable in columns:
        if nullable:
            rows |= asked(connection, f"{select} WHERE {quoted(column)} IS NULL LIMIT 1")
    for equal in wanted.of(name):
        rows |= asked(connection, f"{select} WHERE {alike(quoted(name), equal)} LIMIT 2")
    return rows


def asked(connection: sqlite3.Connection, sql: str, values: Row = ()) -> Rows:
    """Return what a query finds; nothing where it fails or takes too long."""
    end = time.monotonic() + LIMIT_S
    connection.set_progress_handler(lambda: time.monotonic() > end, INSTRUCTIONS)
    try:
        return dict.fromkeys(connection.execute(sql, values).fetchall())
    except sqlite3.Error:
        return {}
    finally:
        connection.set_progress_handler(None, 0)


def add_parents(
    connection: sqlite3.Connection,
    columns: dict[str, list[tuple[str, bool]]],
    rows: dict[str, Rows],
) -> bool:
    """Add the rows that others refer to; tell whether any was added."""
    before = sum(map(len, rows.values()))
    for child, known in columns.items():
        own = [column for column, _ in known]
        for _, _, parent, source, target, *_ in connection.execute(
            f"PRAGMA foreign_key_list({quoted(child)})"
        ).fetchall():
            # A key of several columns is found by the first of them, and more rows with it.
            if parent not in columns or source not in own or target is None:
                continue
            place = own.index(source)
            listed = ", ".join(quoted(column) for column, _ in columns[parent])
            sql = f"SELECT {listed} FROM {quoted(parent)} WHERE {quoted(target)} = ? LIMIT 1"  # noqa: S608  (as above)
            for value in {row[place] for row in rows[child]} - {None}:
                rows[parent] |= asked(connection, sql, (value,))
    return sum(map(len, rows.values())) > before


async def write(database: DatabaseUrl, sample: Sample) -> tuple[str, ...]:
    """Write a sample, foreign keys asleep."""
    refused: list[str] = []
    with closing(sqlite3.connect(Path(database.url.database or ""))) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        for table in sample.tables:
            places = ", ".join("?" * len(table.columns))
            sql = (
                f"INSERT OR IGNORE INTO {table.name} ({', '.join(table.columns)}) VALUES ({places})"  # noqa: S608  (as above)
            )
            try:
                connection.executemany(sql, table.rows)
            except sqlite3.Error:
                refused.append(table.name)
        connection.commit()
    return tuple(refused)


def quoted(name: str) -> str:
    """Return a name as it can be put into SQL."""
    return '"' + name.replace('"', '""') + '"'


SAMPLING = Sampling(read, write)
