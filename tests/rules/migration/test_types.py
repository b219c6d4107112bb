"""What the rules say of a change of type is what real servers do."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from asa.rules.migration.types import is_narrowing, keeps_rows, read_type

CHANGES = (
    ("varchar(20)", "varchar(40)"),
    ("varchar(20)", "varchar(20)"),
    ("varchar(20)", "varchar"),
    ("varchar(20)", "text"),
    ("text", "varchar"),
    ("text", "varchar(20)"),
    ("varchar(40)", "varchar(20)"),
    ("char(5)", "varchar(5)"),
    ("numeric(10,2)", "numeric(12,2)"),
    ("numeric(10,2)", "numeric"),
    ("numeric(10,2)", "numeric(12,4)"),
    ("numeric(10,2)", "numeric(8,2)"),
    ("integer", "bigint"),
    ("integer", "text"),
    ("timestamp(3)", "timestamp(6)"),
    ("timestamp(3)", "timestamp"),
    ("timestamp(6)", "timestamp(3)"),
    ("timestamp", "date"),
    ("time(2)", "time(4)"),
    ("varbit(4)", "varbit(8)"),
    ("cidr", "inet"),
    ("inet", "cidr"),
    ("json", "jsonb"),
    ("real", "double precision"),
)


@pytest.mark.parametrize(("before", "after"), CHANGES)
def test_postgresql_rewrites_what_the_rule_says(
    postgresql_url: str, before: str, after: str
) -> None:
    async def rewritten() -> bool:
        engine = create_async_engine(postgresql_url)
        node = text("SELECT pg_relation_filenode('t')")
        try:
            async with engine.begin() as connection:
                await connection.execute(text(f"CREATE TABLE t (x {before})"))
                first = await connection.scalar(node)
                using = f"x::{after}"
                change = f"ALTER TABLE t ALTER x TYPE {after}"
                if before == "inet":
                    change += f" USING {using}"
                await connection.execute(text(change))
                return bool(await connection.scalar(node) != first)
        finally:
            await engine.dispose()

    old, new = read_type(before), read_type(after)
    assert old is not None
    assert new is not None
    assert keeps_rows(old, new, "postgresql") is not asyncio.run(rewritten())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("varchar(20)", "varchar(60)"),
        ("varchar(100)", "varchar(300)"),
        ("varchar(20)", "varchar(100)"),
        ("varchar(60)", "varchar(20)"),
        ("int", "bigint"),
        ("int(5)", "int(11)"),
        ("enum('a','b')", "enum('a','b','c')"),
        ("enum('a','b')", "enum('a','c')"),
        ("decimal(10,2)", "decimal(12,2)"),
    ],
)
def test_mysql_copies_what_the_rule_says(mysql_url: str, before: str, after: str) -> None:
    """Told not to copy, the server refuses where it would have to."""

    async def refused() -> tuple[str, bool]:
        engine = create_async_engine(mysql_url)
        try:
            async with engine.begin() as connection:
                await connection.execute(
                    text(f"CREATE TABLE t (x {before}) DEFAULT CHARACTER SET utf8mb4")
                )
                change = f"ALTER TABLE t MODIFY x {after}, ALGORITHM=INPLACE"
                version = await connection.scalar(text("SELECT version()"))
                make = "mariadb" if "MariaDB" in str(version) else "mysql"
                await connection.execute(text(change))
                return make, False
        except DBAPIError:
            return make, True
        finally:
            await engine.dispose()

    old, new = read_type(before), read_type(after)
    assert old is not None
    assert new is not None
    make, copied = asyncio.run(refused())
    assert keeps_rows(old, new, make) is not copied


@pytest.mark.parametrize(
    ("before", "after", "narrower"),
    [
        ("varchar(40)", "varchar(20)", True),
        ("text", "varchar(20)", True),
        ("bigint", "integer", True),
        ("int", "smallint", True),
        ("double precision", "real", True),
        ("numeric(10,2)", "numeric(10,1)", True),
        ("numeric(10,2)", "numeric(10,4)", True),
        ("timestamptz", "date", True),
        ("mediumtext", "text", True),
        ("varchar(20)", "varchar(40)", False),
        ("varchar(20)", "text", False),
        ("integer", "bigint", False),
        ("numeric(10,2)", "numeric(12,2)", False),
        ("text", "jsonb", False),
        ("date", "timestamp", False),
    ],
)
def test_narrower_is_what_some_value_does_not_fit(before: str, after: str, narrower: bool) -> None:
    old, new = read_type(before), read_type(after)
    assert old is not None
    assert new is not None
    assert is_narrowing(old, new) is narrower
