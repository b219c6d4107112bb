"""A statement in other SQL gives the rows of the original, NULLs and empty tables among them."""

import random
import sqlite3
from collections.abc import Iterable
from itertools import product

import pytest

from asa.model.schema import Column, ForeignKey, Index, Schema, Table
from asa.sql.rewriting import Form, rewritten

TRIED = 500
"""Statements of each form, of several thousand."""
KEY = Index("pk", ("id",), unique=True, primary=True)
SCHEMA = Schema(
    (
        Table(
            "u",
            (
                Column("id", "INTEGER"),
                Column("email", "TEXT", False),
                Column("team", "INTEGER"),
                Column("active", "BOOLEAN"),
            ),
            (
                KEY,
                Index("a", ("email",), where="active"),
                Index("b", ("email",), where="active = 0"),
                Index("c", ("email",), where="active IS 1"),
            ),
        ),
        Table(
            "o",
            (
                Column("id", "INTEGER"),
                Column("user_id", "INTEGER"),
                Column("total", "INTEGER"),
                Column("state", "TEXT"),
                Column("rush", "BOOLEAN", False),
            ),
            (
                KEY,
                Index("a", ("state",), where="rush = 1"),
                Index("b", ("state",), where="NOT rush"),
            ),
            (ForeignKey(("user_id",), "u", ("id",)),),
        ),
        Table(
            "i",
            (
                Column("id", "INTEGER"),
                Column("order_id", "INTEGER", False),
                Column("qty", "INTEGER"),
            ),
            (KEY,),
            (ForeignKey(("order_id",), "o", ("id",)),),
        ),
    )
)
LISTS = (
    *("u.id", "u.id, u.email", "u.*", "u.id, o.id", "u.id, u.team + 1", "o.id, o.state"),
    *("u.email", "i.id", "u.id, o.state", "count(u.id)"),
)
SOURCES = (
    "u JOIN o ON o.user_id = u.id",
    "u JOIN o ON o.user_id = u.id AND o.total > 3",
    "u JOIN o ON o.user_id = u.id JOIN i ON i.order_id = o.id",
    "u LEFT JOIN o ON o.user_id = u.id",
    "u, o",
    "o JOIN u ON o.user_id = u.id",
    "u JOIN o ON o.user_id = u.id LEFT JOIN i ON i.order_id = o.id",
    "o JOIN i ON i.order_id = o.id",
    "u INNER JOIN o ON o.user_id > u.id",
    "i JOIN o ON i.order_id = o.id JOIN u ON u.id = o.user_id",
    "u CROSS JOIN o",
)
CONDITIONS = (
    *("", "WHERE u.team = 1", "WHERE o.state = 'a' OR u.team = 2", "WHERE o.total IS NULL"),
    *("WHERE total > 2 AND o.user_id = u.id", "WHERE NOT (o.state = 'b')"),
    *("WHERE (o.state = 'b' AND i.qty > 1)", "WHERE u.id IN (SELECT order_id FROM i)"),
    *("WHERE u.team = 1 AND u.active IS 1", "WHERE o.total = 3 OR o.state = 'c'"),
)
AGGREGATES = (
    *("count(*)", "max(o.total)", "count(o.total)", "sum(o.total)", "avg(o.total) * 2"),
    *("count(distinct o.state)", "coalesce(max(o.total), 0)", "min(o.state)", "total(o.total)"),
    *("group_concat(o.state)", "count(*) + 0", "max(o.total + u.team)", "sum(o.total) + count(*)"),
)
TIES = (
    *("o.user_id = u.id", "u.id = o.user_id", "o.user_id = u.team", "o.user_id > u.id"),
    *("o.user_id = u.id AND o.state = 'a'", "o.user_id = u.id AND o.total > u.team"),
    *("user_id = u.id", "o.user_id IS u.id", "o.user_id = u.id AND o.total = u.team"),
    *("(o.user_id = u.id OR o.total = 1)", "o.user_id = u.id AND (o.state = 'a' OR o.total > 2)"),
)
AROUND = (
    "SELECT u.id, ({}) AS n FROM u",
    "SELECT u.email, coalesce(({}), 0) AS n FROM u WHERE u.team = 1 ORDER BY u.id",
    "SELECT u.id FROM u WHERE u.team < ({})",
    "SELECT count(*) FROM u JOIN i ON i.order_id = u.id WHERE i.qty >= ({})",
    "SELECT DISTINCT u.email FROM u WHERE ({}) > 1",
    "SELECT u.team, count(*) FROM u WHERE ({}) > 0 GROUP BY u.team",
    "SELECT u.team, max(({})) FROM u GROUP BY u.team",
    "SELECT * FROM u WHERE ({}) > 1",
    "SELECT u.id FROM u LEFT JOIN i ON i.order_id = u.id WHERE NOT (({}) > 1)",
)
TRUTHS = (
    *("{0}", "NOT {0}", "{0} IS 1", "{0} = 1", "{0} IS TRUE", "{0} IS NOT 1", "{0} IS NOT TRUE"),
    *("{0} != 1", "{0} <> 0", "coalesce({0}, 0)", "coalesce({0}, false) = 0", "{0} IS NULL"),
    *("NOT coalesce({0}, 0)", "coalesce({0}, 0) <> 0", "{0} IS 0", "{0} IS FALSE", "1 = {0}"),
    *("NOT ({0} IS 1)", "{0} = true", "{0} == 0", "coalesce({0}, 1) = 1", "NOT {0} IS NULL"),
    *("{0} > 0", "{0} IN (1)", "NOT ({0} = 1)", "NOT (NOT {0})"),
)
STATEMENTS: dict[Form, tuple[str, ...]] = {
    Form.SEMI_JOIN: tuple(
        f"SELECT DISTINCT {what} FROM {source} {condition}"
        for what, source, condition in product(LISTS, SOURCES, CONDITIONS)
    ),
    Form.SPLIT_OR: tuple(
        f"SELECT {what} FROM {source} {condition}"
        for what, source, condition in product(LISTS, SOURCES, CONDITIONS)
    ),
    Form.JOINED_AGGREGATE: tuple(
        around.format(f"SELECT {aggregate} FROM o WHERE {tie}")
        for around, aggregate, tie in product(AROUND, AGGREGATES, TIES)
    ),
    Form.INDEX_CONDITION: tuple(
        f"SELECT id FROM {table} WHERE {truth.format(name)} AND id > 2"
        for truth in TRUTHS
        for table, name in (("u", "active"), ("u", "u.active"), ("o", "rush"), ("o", "o.rush"))
    ),
}


@pytest.fixture(scope="module")
def filled() -> Iterable[sqlite3.Connection]:
    """Tables with NULLs, rows without partners, and equal ones."""
    chance = random.Random(4)  # noqa: S311  (nothing secret)

    def maybe(value: object) -> object:
        return None if chance.random() < 0.2 else value

    connection = sqlite3.connect(":memory:")
    for table in SCHEMA.tables:
        columns = (f"{c.name} {c.type}" for c in table.columns[1:])
        connection.execute(
            f"CREATE TABLE {table.name} (id INTEGER PRIMARY KEY, {', '.join(columns)})"
        )
    for key in range(1, 30):
        row = (key, f"m{chance.randrange(9)}", maybe(key % 4), maybe(chance.randrange(2)))
        connection.execute("INSERT INTO u VALUES (?, ?, ?, ?)", row)
    for key in range(1, 80):
        order = (key, maybe(chance.randrange(1, 35)), maybe(chance.randrange(9)))
        end = (maybe(chance.choice("abc")), chance.randrange(2))
        connection.execute("INSERT INTO o VALUES (?, ?, ?, ?, ?)", (*order, *end))
    for key in range(1, 120):
        item = (key, chance.randrange(1, 90), maybe(chance.randrange(5)))
        connection.execute("INSERT INTO i VALUES (?, ?, ?)", item)
    yield connection
    connection.close()


@pytest.mark.parametrize("form", list(STATEMENTS))
def test_the_rows_stay_the_same(form: Form, filled: sqlite3.Connection) -> None:
    every = STATEMENTS[form]
    chance = random.Random(7)  # noqa: S311  (nothing secret)
    chosen = chance.sample(every, min(TRIED, len(every)))
    found = 0
    for sql in chosen:
        other = rewritten(form, sql, "sqlite", SCHEMA)
        if other is not None:
            found += 1
            assert rows(filled, other.sql) == rows(filled, sql), (sql, other.sql)
    assert found > 5


def rows(connection: sqlite3.Connection, sql: str) -> list[str]:
    """Return the rows of a statement, in any order."""
    return sorted(map(repr, connection.execute(sql)))
