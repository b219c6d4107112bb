"""What a session is like: asked of real servers, with roles that lack something."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.database.session import Facts, Limits
from asa.database.url import parse_url


def facts_of(url: str) -> Facts:
    database = parse_url(url)

    async def main() -> Facts:
        async with connection_to(database) as connection:
            return await dialect_named(database.dialect).session.facts(connection)

    return asyncio.run(main())


def run_sql(url: str, *statements: str) -> None:
    async def main() -> None:
        async with connection_to(parse_url(url), autocommit=True) as connection:
            for statement in statements:
                await connection.exec_driver_sql(statement)

    asyncio.run(main())


def test_an_administrator_lacks_nothing(database_url: str) -> None:
    facts = facts_of(database_url)
    assert facts.encoding in ("UTF8", "utf8mb4", "UTF-8")
    assert facts.isolation in ("read committed", "repeatable read", "serializable")
    assert (facts.lacks_use, facts.lacks_migration) == ((), ())
    if facts.clock is not None:
        assert abs(facts.clock - time.time()) < 5


@contextmanager
def role(url: str, create: list[str], drop: list[str]) -> Iterator[str]:
    run_sql(url, *create)
    try:
        named = parse_url(url).url.set(username="asa_clerk", password="clerk-secret")
        yield named.render_as_string(hide_password=False)
    finally:
        run_sql(url, *drop)


def test_a_postgresql_role_that_may_only_read(postgresql_url: str) -> None:
    create = [
        "CREATE TABLE orders (id int)",
        "CREATE ROLE asa_clerk LOGIN PASSWORD 'clerk-secret'",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT SELECT ON orders TO asa_clerk",
    ]
    with role(postgresql_url, create, ["DROP OWNED BY asa_clerk", "DROP ROLE asa_clerk"]) as url:
        facts = facts_of(url)
        limits = limits_of(url)
    assert facts.lacks_use == ("INSERT, UPDATE, DELETE on 1 table",)
    assert facts.lacks_migration == ("CREATE on schema public",)
    assert limits is not None
    assert limits.maximum < 100


def test_a_postgresql_role_that_lacks_other_things_on_each_table(postgresql_url: str) -> None:
    create = [
        "CREATE TABLE orders (id int)",
        "CREATE TABLE lines (id int)",
        "CREATE ROLE asa_clerk LOGIN PASSWORD 'clerk-secret'",
        "GRANT SELECT, UPDATE, DELETE ON orders TO asa_clerk",
        "GRANT SELECT, INSERT, DELETE ON lines TO asa_clerk",
    ]
    with role(postgresql_url, create, ["DROP OWNED BY asa_clerk", "DROP ROLE asa_clerk"]) as url:
        facts = facts_of(url)
    assert facts.lacks_use == ("INSERT or UPDATE on 2 tables",)


def test_a_mysql_role_that_may_only_read(mysql_url: str) -> None:
    name = parse_url(mysql_url).url.database
    create = [
        "CREATE USER asa_clerk@'127.0.0.1' IDENTIFIED BY 'clerk-secret'",
        "ALTER USER asa_clerk@'127.0.0.1' WITH MAX_USER_CONNECTIONS 7",
        f"GRANT SELECT ON {name}.* TO asa_clerk@'127.0.0.1'",
    ]
    with role(mysql_url, create, ["DROP USER asa_clerk@'127.0.0.1'"]) as url:
        facts = facts_of(url)
        limits = limits_of(url)
    assert facts.lacks_use == ("INSERT", "UPDATE", "DELETE")
    assert "CREATE" in facts.lacks_migration
    assert limits is not None
    assert (limits.maximum, limits.in_use) == (7, 1)


def limits_of(url: str) -> Limits | None:
    database = parse_url(url)

    async def main() -> Limits | None:
        async with connection_to(database) as connection:
            return await dialect_named(database.dialect).session.limits(connection)

    return asyncio.run(main())


def test_a_postgresql_without_its_schema(postgresql_url: str) -> None:
    facts = facts_of(postgresql_url + "?options=-csearch_path%3Dnowhere")
    assert [remark.name for remark in facts.remarks] == ["schema"]


def test_an_old_encoding_of_mysql(mysql_url: str) -> None:
    name = parse_url(mysql_url).url.database
    run_sql(mysql_url, f"ALTER DATABASE {name} CHARACTER SET latin1")
    (remark,) = facts_of(mysql_url).remarks
    assert "latin1" in remark.text
    assert "utf8mb4" in remark.advice


@pytest.mark.parametrize(("mode", "remarks"), [("delete", ["journal"]), ("wal", [])])
def test_sqlite_without_wal(tmp_path: Path, mode: str, remarks: list[str]) -> None:
    file = tmp_path / "shop.db"
    sqlite3.connect(file).execute(f"PRAGMA journal_mode={mode}").connection.close()
    found = facts_of(f"sqlite:///{file}").remarks
    assert [remark.name for remark in found] == remarks
    assert all(remark.concurrent for remark in found)


def test_sqlite_that_does_not_wait_for_locks(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    sqlite3.connect(file).execute("PRAGMA journal_mode=wal").connection.close()
    assert [one.name for one in facts_of(f"sqlite:///{file}?timeout=0.1").remarks] == ["busy"]


def test_sqlite_in_memory_has_nothing_to_judge() -> None:
    assert facts_of("sqlite://").remarks == ()
