"""Read the schema of a SQLite database from its pragmas, with the sizes of `sqlite_stat1`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.model.schema import Column, ForeignKey, Index, Schema, Table

__all__ = ["quoted", "read_schema"]

COUNT_LIMIT = 100_000
"""Rows counted at most in a table that ANALYZE has not measured."""

TABLES = """
SELECT name, sql FROM sqlite_master
WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name
"""
INDEX_TEXTS = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
# The pragmas as functions, so that one query tells of every table.
PLAIN = """
FROM (SELECT name FROM sqlite_master WHERE type = 'table'
      AND upper(sql) NOT LIKE 'CREATE VIRTUAL%') AS t,
"""
COLUMNS = f"SELECT t.name, c.* {PLAIN} pragma_table_xinfo(t.name) AS c"
INDEXES = f"SELECT t.name, i.* {PLAIN} pragma_index_list(t.name) AS i"
KEYS = f"SELECT i.name, k.* {PLAIN} pragma_index_list(t.name) AS i, pragma_index_xinfo(i.name) AS k"
REFERENCES = f"SELECT t.name, f.* {PLAIN} pragma_foreign_key_list(t.name) AS f"

Facts = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Catalog:
    """What the pragmas tell, by the name of a table; keys by that of an index."""

    columns: Facts
    indexes: Facts
    keys: Facts
    references: Facts
    texts: Mapping[str, str]


async def read_schema(connection: AsyncConnection, /) -> Schema:
    """Read tables, indexes, foreign keys and sizes.

    A table's rows are those of `sqlite_stat1`; where ANALYZE never ran they are counted, up
    to 100,000.
    """
    statistics = await read_statistics(connection)
    catalog = Catalog(
        await grouped(connection, COLUMNS),
        await grouped(connection, INDEXES),
        await grouped(connection, KEYS),
        await grouped(connection, REFERENCES),
        dict(await rows(connection, INDEX_TEXTS)),
    )
    tables = [
        table_of(name, catalog, statistics.get(name, {}))
        for name, text in await rows(connection, TABLES)
        if not text.upper().startswith("CREATE VIRTUAL")
    ]
    return Schema(tuple([await with_rows(connection, table, statistics) for table in tables]))


async def grouped(connection: AsyncConnection, sql: str) -> Facts:
    """Run one statement; return its rows by their first column, without that."""
    found: dict[str, list[Any]] = {}
    for name, *fact in await rows(connection, sql):
        found.setdefault(name, []).append(fact)
    return found


async def rows(connection: AsyncConnection, sql: str) -> Sequence[Any]:
    """Run one statement of asa's own and return its rows."""
    return (await connection.exec_driver_sql(sql)).all()


async def read_statistics(connection: AsyncConnection) -> dict[str, dict[str | None, list[int]]]:
    """Return the numbers of `sqlite_stat1` by table and index; empty where it is not there."""
    if not await rows(connection, "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'"):
        return {}
    statistics: dict[str, dict[str | None, list[int]]] = {}
    for table, index, text in await rows(connection, "SELECT tbl, idx, stat FROM sqlite_stat1"):
        # Words such as "unordered" and "sz=100" may follow the numbers.
        numbers = [int(word) for word in str(text).split() if word.isdigit()]
        if numbers:
            statistics.setdefault(table, {})[index] = numbers
    return statistics


def table_of(name: str, catalog: Catalog, statistics: Mapping[str | None, list[int]]) -> Table:
    """Return one table, its size left open."""
    facts = catalog.columns.get(name, ())
    columns = tuple(Column(f[1], f[2], nullable=not (f[3] or f[5])) for f in facts)
    key = tuple(f[1] for f in sorted(facts, key=lambda f: f[5]) if f[5])
    indexes = indexes_of(name, catalog)
    if key and not any(index.primary for index in indexes):
        indexes = (Index(None, key, unique=True, primary=True, constraint=True), *indexes)
    return Table(
        name,
        with_distinct(columns, indexes, statistics),
        indexes,
        foreign_keys_of(catalog.references.get(name, ())),
    )


def indexes_of(table: str, catalog: Catalog) -> tuple[Index, ...]:
    """Return the indexes of one table, primary key first."""
    found = []
    for _, name, unique, origin, partial in catalog.indexes.get(table, ()):
        text = catalog.texts.get(name, "")
        keys = [f for f in catalog.keys.get(name, ()) if f[5] == 1]
        written = key_texts(text)
        found.append(
            Index(
                name,
                tuple(key_column(f, written) for f in keys),
                unique=bool(unique),
                primary=origin == "pk",
                constraint=origin in ("pk", "u"),
                where=predicate(text) if partial else None,
            )
        )
    return tuple(sorted(found, key=lambda index: (not index.primary, index.name or "")))


def key_column(fact: Sequence[Any], written: Sequence[str]) -> str:
    """Return one key column or expression of `index_xinfo`, with DESC where it falls."""
    position, column, name, falling, collation = fact[:5]
    if column == -2:
        return written[position] if position < len(written) else "expression"
    order = " DESC" if falling else ""
    return f"{name}{order}" if collation == "BINARY" else f"{name} COLLATE {collation}{order}"


def key_texts(sql: str) -> list[str]:
    """Return the keys between the first parentheses of a CREATE INDEX statement."""
    start = sql.find("(")
    if start < 0:
        return []
    parts, depth, current = [], 0, ""
    for character in sql[start:]:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0 or (depth == 1 and character == ","):
            parts.append(current.strip())
            current = ""
            if depth == 0:
                break
        elif not (depth == 1 and character == "("):
            current += character
    return parts


def predicate(sql: str) -> str:
    """Return what follows WHERE after the keys of a CREATE INDEX statement."""
    start, depth = sql.find("("), 0
    for offset, character in enumerate(sql[start:], start):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return sql[offset + 1 :].strip()[len("WHERE") :].strip()
    return ""


def foreign_keys_of(facts: Sequence[Any]) -> tuple[ForeignKey, ...]:
    """Return the foreign keys of one table."""
    keys: dict[int, list[Any]] = {}
    for fact in facts:
        keys.setdefault(fact[0], []).append(fact)
    return tuple(
        ForeignKey(
            tuple(f[3] for f in facts),
            facts[0][2],
            # An unnamed target is the other table's primary key.
            tuple(f[4] for f in facts if f[4] is not None),
            None if facts[0][6] == "NO ACTION" else facts[0][6],
        )
        for _, facts in sorted(keys.items())
    )


def with_distinct(
    columns: tuple[Column, ...],
    indexes: tuple[Index, ...],
    statistics: Mapping[str | None, list[int]],
) -> tuple[Column, ...]:
    """Return the columns with the share of distinct values that index statistics tell."""
    shares = {
        index.columns[0]: min(1.0, 1 / numbers[1])
        for index in indexes
        if (numbers := statistics.get(index.name)) and len(numbers) > 1 and numbers[1]
    }
    return tuple(replace(c, distinct=shares.get(c.name)) for c in columns)


async def with_rows(
    connection: AsyncConnection,
    table: Table,
    statistics: Mapping[str, Mapping[str | None, list[int]]],
) -> Table:
    """Return a table with the rows that ANALYZE measured, else with a bounded count."""
    if measured := statistics.get(table.name):
        return replace(table, rows=max(numbers[0] for numbers in measured.values()))
    counted = f"SELECT count(*) FROM (SELECT 1 FROM {quoted(table.name)} LIMIT {COUNT_LIMIT})"  # noqa: S608  (the name is quoted)
    return replace(table, rows=int((await rows(connection, counted))[0][0]))


def quoted(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
