"""Causes that show once connected, produced by real servers; and what messages never tell."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from asa.database.cause import Target, chain
from asa.database.causes import CAUSES
from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.database.url import parse_url
from asa.errors import DatabaseError


def refusal_of(url: str, *statements: str) -> DatabaseError:
    """Run statements on one connection; the last one is refused."""

    async def main() -> None:
        async with connection_to(parse_url(url)) as connection:
            for statement in statements:
                await connection.exec_driver_sql(statement)

    with pytest.raises(DatabaseError) as caught:
        asyncio.run(main())
    return caught.value


def run_sql(url: str, *statements: str) -> None:
    async def main() -> None:
        async with connection_to(parse_url(url), autocommit=True) as connection:
            for statement in statements:
                await connection.exec_driver_sql(statement)

    asyncio.run(main())


def test_codes_are_unique_and_each_can_be_told() -> None:
    codes = [cause.code for cause in CAUSES]
    assert len(codes) == len(set(codes))
    target = Target.of("postgresql+asyncpg://shop:***@db.internal:6000/orders")
    for cause in CAUSES:
        facts = {"wanted": "PostgreSQL", "module": "x", "tls_option": "x", "root_option": "x"}
        error = cause.error(target, **facts)
        assert "{" not in error.message + error.hint
        assert (error.cause, error.transient) == (cause.code, cause.transient)
        assert error.hint or cause.code == "statement-failed"


def test_a_server_that_takes_no_writes(postgresql_url: str, mysql_url: str) -> None:
    for url, begin in (
        (postgresql_url, "SET TRANSACTION READ ONLY"),
        (mysql_url, "SET SESSION TRANSACTION READ ONLY"),
    ):
        commit = ["COMMIT"] if url == mysql_url else []
        error = refusal_of(url, begin, *commit, "CREATE TABLE t (id int)")
        assert (error.cause, error.transient) == ("read-only", False)


def test_a_lock_that_is_not_had(postgresql_url: str, mysql_url: str) -> None:
    for url, impatience in (
        (postgresql_url, "SET lock_timeout = '50ms'"),
        (mysql_url, "SET innodb_lock_wait_timeout = 1"),
    ):
        run_sql(url, "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)")

        async def main() -> None:
            async with AsyncExitStack() as both:
                holder = await both.enter_async_context(connection_to(parse_url(url)))  # noqa: B023
                await holder.exec_driver_sql("UPDATE t SET id = 2")
                waiter = await both.enter_async_context(connection_to(parse_url(url)))  # noqa: B023
                await waiter.exec_driver_sql(impatience)  # noqa: B023
                await waiter.exec_driver_sql("UPDATE t SET id = 3")

        with pytest.raises(DatabaseError) as caught:
            asyncio.run(main())
        assert (caught.value.cause, caught.value.transient) == ("lock-timeout", True)


def test_a_statement_that_takes_too_long(postgresql_url: str, mysql_url: str) -> None:
    error = refusal_of(postgresql_url, "SET statement_timeout = '50ms'", "SELECT pg_sleep(5)")
    assert error.cause == "statement-timeout"
    run_sql(mysql_url, "CREATE TABLE t (id int)", "INSERT INTO t VALUES (1), (2), (3)")
    slow = "SELECT sleep(5), benchmark(100000000, sha2(id, 256)) FROM t"
    # The one for MariaDB, the other for MySQL.
    short = "SET /*M! max_statement_time = 0.05 */ /*!80000 max_execution_time = 50 */"
    error = refusal_of(mysql_url, short, slow)
    assert error.cause == "statement-timeout"


@pytest.fixture
def clerk(postgresql_url: str) -> Iterator[str]:
    run_sql(
        postgresql_url,
        "CREATE TABLE secrets (id int)",
        "CREATE ROLE asa_reader LOGIN PASSWORD 'reader-secret'",
    )
    named = parse_url(postgresql_url).url.set(username="asa_reader", password="reader-secret")
    yield named.render_as_string(hide_password=False)
    run_sql(postgresql_url, "DROP ROLE asa_reader")


def test_a_privilege_that_is_lacking(clerk: str) -> None:
    error = refusal_of(clerk, "SELECT * FROM secrets")
    assert error.cause == "permission"
    assert '"asa_reader"' in error.message
    assert "secrets" in error.message


def test_stored_values_are_not_told(database_url: str) -> None:
    run_sql(
        database_url,
        "CREATE TABLE people (email varchar(50) PRIMARY KEY)",
        "INSERT INTO people VALUES ('ada@example.org')",
    )
    error = refusal_of(database_url, "INSERT INTO people VALUES ('ada@example.org')")
    assert error.cause == "statement-failed"
    assert "ada@example.org" not in error.message + error.hint


def test_values_in_a_statement_are_not_told(postgresql_url: str, mysql_url: str) -> None:
    for url in (postgresql_url, mysql_url):
        error = refusal_of(url, "SELECT * FROM WHERE name = 'ada@example.org'")
        assert "ada@example.org" not in error.message
    error = refusal_of(postgresql_url, "SELECT CAST('ada@example.org' AS int)")
    assert "ada@example.org" not in error.message


def test_a_file_that_may_not_be_written(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    sqlite3.connect(file).execute("CREATE TABLE t (id)").connection.close()
    url = f"sqlite:///file:{file}?mode=ro&uri=true"
    assert refusal_of(url, "INSERT INTO t VALUES (1)").cause == "read-only"


def test_a_login_that_needs_cryptography(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is PyMySQL's own, raised where the package is not installed."""
    from pymysql import _auth

    monkeypatch.setattr(_auth, "_have_cryptography", False)
    with pytest.raises(RuntimeError) as caught:
        _auth.sha2_rsa_encrypt(b"secret", b"salt" * 5, b"key")
    error = dialect_named("mysql").cause(caught.value, "mysql+aiomysql://u:***@h/d")
    assert (error.cause, error.hint) == ("missing-cryptography", "pip install cryptography")


def test_reads_whom_a_message_speaks_of() -> None:
    target = Target.of("postgresql+asyncpg://shop:***@db.internal/orders")
    assert (target.user, target.address, target.database) == (
        "shop",
        "db.internal:5432",
        "orders",
    )
    assert Target.of("mysql+aiomysql://u@[::1]:3307/d").address == "[::1]:3307"
    assert Target.of("postgresql+asyncpg://u@/d?host=/run/pg").address == "/run/pg"
    assert Target.of("no url at all").address == "no url at all"


def test_a_chain_that_is_a_ring_ends() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert list(chain(first)) == [first, second]
