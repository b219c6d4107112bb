from dataclasses import replace
from decimal import Decimal

import pytest
from tests.rules.query.statements import of, planned, shown

from asa.model.case import Case
from asa.model.finding import Finding
from asa.model.schema import Column, Index, Schema, Table
from asa.rules.query.implicit_conversion import RULE

TYPES = {
    "postgresql": ("bigint", "numeric(10,2)", "character(8)", "citext", "character varying(20)"),
    "mysql": ("bigint", "decimal(10,2)", "char(8)", "varchar(20)", "varchar(20)"),
    "sqlite": ("BIGINT", "NUMERIC", "CHAR(8)", "TEXT", "VARCHAR(20)"),
}
NAMES = ("number", "price", "code", "email", "label")


def case(sql: str, *values: object, dialect: str = "postgresql") -> Case:
    columns = tuple(map(Column, NAMES, TYPES[dialect]))
    indexes = tuple(Index(f"ix_{name}", (name,)) for name in NAMES)
    items = Table("items", (*columns, Column("free", "varchar(20)")), indexes, rows=50_000)
    return replace(of(sql, *values, dialect=dialect), schema=Schema((items,)))


def judged(sql: str, *values: object, dialect: str = "postgresql") -> list[Finding]:
    found = RULE.check(case(sql, *values, dialect=dialect))
    return list(found)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize(
    ("condition", "cast", "fix"),
    [
        ("number = $1::NUMERIC", "CAST($1 AS BIGINT)", "number == int(value)"),
        ("number = $1::FLOAT", "CAST($1 AS BIGINT)", "number == int(value)"),
        ("number IN ($1::NUMERIC)", "CAST($1 AS BIGINT)", "number == int(value)"),
        ("price = $1::DOUBLE PRECISION", "AS DECIMAL(", "price == Decimal(value)"),
        ("code = $1::TEXT", "CAST($1 AS CHAR(", "code == type_coerce(value, CHAR)"),
        ("email = $1::VARCHAR", "CAST($1 AS citext)", "email == type_coerce(value, CITEXT)"),
    ],
)
def test_asyncpg_s_cast_converts_the_column(condition: str, cast: str, fix: str) -> None:
    (found,) = judged(f"SELECT label FROM items WHERE {condition}", 7)
    assert cast in shown(found)
    assert found.fix is not None
    assert found.fix.text == f".where(items.c.{fix})"


@pytest.mark.parametrize(
    "condition",
    [
        "number = $1::INTEGER",
        "number = $1::BIGINT",
        "price = $1::NUMERIC",
        "label = $1::VARCHAR",
        "code = $1::VARCHAR",
        "label = $1::TEXT",
        "number = $1",
        "number > $1::NUMERIC",
        "free = $1::VARCHAR",
        "label = 'x'",
    ],
)
def test_types_that_an_index_knows_are_left_alone(condition: str) -> None:
    assert not judged(f"SELECT code FROM items WHERE {condition}", 7)


def test_on_mysql_a_number_beside_a_text() -> None:
    sql = "SELECT code FROM items WHERE price > %s AND label = %s AND email = %s"
    (found,) = judged(sql, 1, 7, "a@x.org", dialect="mysql")
    assert found.subject == "items.label"
    assert found.summary == "varchar(20), compared with a number"
    assert "label = CONCAT(%(p1)s, '')" in planned(found)
    assert "rewrite" not in dict(found.evidence)
    assert judged(sql, 1, "7", Decimal(8), dialect="mysql")[0].subject == "items.email"


def test_on_mysql_a_list_of_numbers_beside_a_text() -> None:
    (found,) = judged("SELECT code FROM items WHERE label IN (%s, %s)", 7, 8, dialect="mysql")
    assert found.subject == "items.label"
    assert not judged("SELECT code FROM items WHERE label IN (%s, %s)", "7", "8", dialect="mysql")


def test_on_mysql_a_written_number() -> None:
    (found,) = judged("SELECT code FROM items WHERE label = 7", dialect="mysql")
    assert "label = '7'" in planned(found)


def test_on_mysql_texts_and_unknown_values_are_left_alone() -> None:
    sql = "SELECT code FROM items WHERE label = %s"
    assert not judged(sql, "7", dialect="mysql")
    assert not judged(sql, dialect="mysql")
    assert not judged("SELECT code FROM items WHERE number = '7'", dialect="mysql")
    assert not judged("SELECT code FROM items WHERE free = 7", dialect="mysql")


def test_on_sqlite_only_a_cast_does_that() -> None:
    (found,) = judged(
        "SELECT code FROM items WHERE label = CAST(? AS INTEGER)", 7, dialect="sqlite"
    )
    assert "CAST(? AS TEXT)" in shown(found)
    assert not judged("SELECT code FROM items WHERE label = ?", 7, dialect="sqlite")
    assert not judged("SELECT code FROM items WHERE label = 7", dialect="sqlite")
