"""What the rules claim of a statement is what a real server does with it."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from tests.rules.migration.corpus import Case, findings


def run(url: str, statements: Sequence[str], question: str = "SELECT 1") -> list[object]:
    """Run statements in one transaction, asking a question before the last one and behind it."""

    async def work() -> list[object]:
        engine = create_async_engine(url)
        try:
            async with engine.begin() as connection:
                for statement in statements[:-1]:
                    await connection.execute(text(statement))
                before = await connection.scalar(text(question))
                await connection.execute(text(statements[-1]))
                return [before, await connection.scalar(text(question))]
        finally:
            await engine.dispose()

    return asyncio.run(work())


@pytest.mark.parametrize(
    "default",
    [
        "1",
        "'random()'",
        "now()",
        "CURRENT_TIMESTAMP",
        "timezone('utc', now())",
        "current_user",
        "'{}'::jsonb",
        "jsonb_build_object('a', 1)",
        "date_trunc('day', now())",
        "md5('a')",
        "gen_random_uuid()",
        "random()",
        "clock_timestamp()",
        "nextval('numbers')",
        "md5(random()::text)",
        "(now() + interval '1 day')",
    ],
)
def test_volatile_default_is_what_rewrites_the_table(postgresql_url: str, default: str) -> None:
    kind = "jsonb" if "json" in default or "{}" in default else "text"
    value = default if kind == "jsonb" else f"({default})::text"
    statements = (
        "CREATE SEQUENCE numbers",
        "CREATE TABLE users (id bigint)",
        "INSERT INTO users VALUES (1)",
        f"ALTER TABLE users ADD x {kind} DEFAULT {value}",
    )
    before, after = run(postgresql_url, statements, "SELECT pg_relation_filenode('users')")
    case = Case("postgresql", f'op.execute("ALTER TABLE users ADD x {kind} DEFAULT {default}")')
    assert bool(findings("volatile-default", case)) is (before != after)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE INDEX CONCURRENTLY ix ON orders (tag_id)",
        "DROP INDEX CONCURRENTLY IF EXISTS ix",
        "REINDEX TABLE CONCURRENTLY orders",
        "REINDEX TABLE orders",
        "VACUUM orders",
        "ANALYZE orders",
        "CLUSTER orders USING orders_pkey",
        "CREATE DATABASE another",
        "ALTER SYSTEM SET work_mem = '8MB'",
        "TRUNCATE orders",
        "LOCK TABLE orders",
        "CREATE MATERIALIZED VIEW v AS SELECT 1",
    ],
)
def test_not_in_transaction_is_what_the_server_refuses(postgresql_url: str, statement: str) -> None:
    try:
        table = "CREATE TABLE orders (id bigint PRIMARY KEY, tag_id bigint)"
        run(postgresql_url, (table, statement))
        refused = False
    except DBAPIError as error:
        refused = "transaction block" in str(error.orig)
    case = Case("postgresql", f'op.execute("{statement}")')
    assert bool(findings("not-in-transaction", case)) is refused


@pytest.mark.parametrize(
    ("made", "use"),
    [
        (False, "UPDATE moods SET m = 'meh'"),
        (False, "ALTER TABLE moods ALTER m SET DEFAULT 'meh'"),
        (False, "UPDATE moods SET m = 'fine'"),
        (True, "SELECT 'meh'::mood"),
    ],
)
def test_enum_value_is_what_the_server_refuses(postgresql_url: str, made: bool, use: str) -> None:
    start = ("CREATE TYPE mood AS ENUM ('fine')", "CREATE TABLE moods (m mood)")
    fill = "INSERT INTO moods VALUES ('fine')"
    add = "ALTER TYPE mood ADD VALUE 'meh'"
    if not made:
        run(postgresql_url, (*start, fill))
    try:
        run(postgresql_url, (*(start if made else ()), add, use))
        refused = False
    except DBAPIError as error:
        refused = "unsafe use of new value" in str(error.orig)
    number = "SELECT current_setting('server_version_num')::int / 10000"
    version, _ = run(postgresql_url, ("SELECT 1",), number)
    body = "\n".join(f'op.execute("{one}")' for one in (*(start if made else ()), add, use))
    case = Case("postgresql", body, version=(int(str(version)),))
    assert bool(findings("enum-value", case)) is refused


@pytest.mark.parametrize(
    ("arguments", "statement"),
    [
        ("type_=sa.String(200), existing_type=sa.String(50)", "MODIFY name varchar(200)"),
        (
            "type_=sa.String(200), existing_type=sa.String(50), existing_nullable=False",
            "MODIFY name varchar(200) NOT NULL",
        ),
        ('server_default="x"', "ALTER name SET DEFAULT 'x'"),
    ],
)
def test_alter_forgets_is_what_the_server_drops(
    mysql_url: str, arguments: str, statement: str
) -> None:
    """The statement is the one that Alembic sends for these arguments."""
    nullable = "SELECT is_nullable FROM information_schema.columns WHERE column_name = 'name'"
    table = "CREATE TABLE users (name varchar(50) NOT NULL)"
    question = f"{nullable} AND table_schema = database()"
    before, after = run(mysql_url, (table, f"ALTER TABLE users {statement}"), question)
    case = Case("mysql", f'op.alter_column("users", "name", {arguments})')
    assert bool(findings("alter-forgets", case)) is (before != after)


def test_batch_cascade_is_what_sqlite_does(sqlite_url: str) -> None:
    """The tables of a batch by hand: the rows of the child go with the old parent."""
    statements = (
        "CREATE TABLE users (id integer PRIMARY KEY)",
        "CREATE TABLE orders (user_id integer REFERENCES users ON DELETE CASCADE)",
        "INSERT INTO users VALUES (1)",
        "INSERT INTO orders VALUES (1)",
        "CREATE TABLE users_new (id integer PRIMARY KEY)",
        "INSERT INTO users_new SELECT * FROM users",
        "DROP TABLE users",
    )

    async def left(keys: str) -> object:
        engine = create_async_engine(sqlite_url)
        try:
            async with engine.connect() as connection:
                await connection.execute(text(f"PRAGMA foreign_keys={keys}"))
                for statement in statements:
                    await connection.execute(text(statement))
                return await connection.scalar(text("SELECT count(*) FROM orders"))
        finally:
            await engine.dispose()

    assert asyncio.run(left("ON")) == 0
