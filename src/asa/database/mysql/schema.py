"""Read the schema of a MySQL or MariaDB database from `information_schema`."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.model.schema import Column, ForeignKey, Index, Schema, Table

__all__ = ["quoted", "read_schema"]

COUNT_LIMIT = 10_000
"""Rows counted at most where InnoDB's estimate is small; it may be far off there."""

TABLES = """
SELECT table_name, table_rows FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY table_name
"""
COLUMNS = """
SELECT table_name, column_name, column_type, is_nullable FROM information_schema.columns
WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position
"""
INDEXES = """
SELECT table_name, index_name, non_unique, column_name, collation, cardinality, index_type,
       sub_part, {expression}
FROM information_schema.statistics
WHERE table_schema = DATABASE() ORDER BY table_name, index_name, seq_in_index
"""
FOREIGN_KEYS = """
SELECT k.table_name, k.constraint_name, k.column_name, k.referenced_table_name,
       k.referenced_column_name, r.delete_rule
FROM information_schema.key_column_usage k
JOIN information_schema.referential_constraints r
  ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name
 AND r.table_name = k.table_name
WHERE k.table_schema = DATABASE() AND k.referenced_table_name IS NOT NULL
ORDER BY k.table_name, k.constraint_name, k.ordinal_position
"""


async def read_schema(connection: AsyncConnection, /) -> Schema:
    """Read tables, indexes, foreign keys and sizes of the connection's database.

    Rows are InnoDB's estimate; a small one is counted, up to 10,000.
    """
    # MySQL 8.0.13 and later have indexes over expressions; MariaDB has none.
    version = (await rows(connection, "SELECT VERSION()"))[0][0]
    expression = "NULL" if "mariadb" in version.lower() or version < "8" else "expression"
    columns = by_table(await rows(connection, COLUMNS))
    indexes = by_table(await rows(connection, INDEXES.format(expression=expression)))
    keys = by_table(await rows(connection, FOREIGN_KEYS))
    tables = []
    for name, estimate in await rows(connection, TABLES):
        size = await read_rows(connection, name, estimate)
        facts = indexes.get(name, [])
        tables.append(
            Table(
                name,
                tuple(column(fact, facts, size) for fact in columns.get(name, ())),
                tuple(index(group) for group in grouped(facts)),
                tuple(foreign_key(group) for group in grouped(keys.get(name, ()))),
                size,
            )
        )
    return Schema(tuple(tables))


async def rows(connection: AsyncConnection, sql: str) -> Sequence[Any]:
    """Run one statement of asa's own and return its rows."""
    return (await connection.exec_driver_sql(sql)).all()


async def read_rows(connection: AsyncConnection, table: str, estimate: object) -> int | None:
    """Return InnoDB's estimate where it is large, else count a bounded number."""
    known = int(str(estimate)) if estimate is not None else 0
    if known > COUNT_LIMIT:
        return known
    counted = f"SELECT count(*) FROM (SELECT 1 FROM {quoted(table)} LIMIT {COUNT_LIMIT}) AS t"  # noqa: S608  (the name is quoted)
    number = int((await rows(connection, counted))[0][0])
    return number if number < COUNT_LIMIT else max(number, known)


def by_table(facts: Sequence[Any]) -> dict[str, list[Any]]:
    """Group facts by the table's name in their first column."""
    groups: dict[str, list[Any]] = {}
    for fact in facts:
        groups.setdefault(fact[0], []).append(fact)
    return groups


def grouped(facts: Iterable[Any]) -> list[list[Any]]:
    """Group facts by the name in their second column, in order."""
    groups: dict[str, list[Any]] = {}
    for fact in facts:
        groups.setdefault(fact[1], []).append(fact)
    return list(groups.values())


def column(fact: Sequence[Any], indexes: Iterable[Sequence[Any]], size: int | None) -> Column:
    """Return one column; an index that begins with it tells its distinct values."""
    _, name, kind, nullable = fact
    seen: set[str] = set()
    distinct = None
    for other in indexes:
        first = other[1] not in seen
        seen.add(other[1])
        if first and other[3] == name and other[5] and size and distinct is None:
            distinct = min(1.0, other[5] / size)
    return Column(name, kind, nullable=nullable == "YES", distinct=distinct)


def index(facts: Sequence[Sequence[Any]]) -> Index:
    """Return one index; keys of a prefix or another method than B-tree say so."""
    _, name, not_unique, *_ = facts[0]
    return Index(
        name,
        tuple(key(fact) for fact in facts),
        unique=not int(not_unique),
        primary=name == "PRIMARY",
        constraint=not int(not_unique),
    )


def key(fact: Sequence[Any]) -> str:
    """Return one key column or expression of `statistics`."""
    name, collation, method, part, expression = fact[3], fact[4], fact[6], fact[7], fact[8]
    text = str(name if name is not None else expression)
    if part:
        text += f"({part})"
    if collation == "D":
        text += " DESC"
    return text if method == "BTREE" else f"{method.lower()} {text}"


def foreign_key(facts: Sequence[Sequence[Any]]) -> ForeignKey:
    """Return one foreign key."""
    _, name, _, target, _, rule = facts[0]
    action = None if rule in ("NO ACTION", "RESTRICT") else rule
    return ForeignKey(tuple(f[2] for f in facts), target, tuple(f[4] for f in facts), action, name)


def quoted(name: str) -> str:
    """Return a name as an SQL identifier."""
    return "`" + name.replace("`", "``") + "`"
