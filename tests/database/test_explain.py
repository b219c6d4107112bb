"""Plans on real databases, and what a hostile statement of a log must not be able to do.

Each test of safety sends what does damage where the measure under test is taken away; the
last tests of the file show that the dangers are real.
"""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.database.shop import MARK, make_shop, rows_left, scalar

from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.database.mysql.equivalent import equivalent_select
from asa.database.url import DatabaseUrl, parse_url
from asa.model.parameter import Withheld
from asa.model.plan import Access, NotPlanned, Plan
from asa.model.record import Parameters
from asa.scratch import Server

T = TypeVar("T")
ROWS = 3_000

# PostgreSQL believes IMMUTABLE of a function that calls a volatile one.
WIPE = {
    "postgresql": (
        (
            "CREATE FUNCTION wiper() RETURNS integer LANGUAGE plpgsql AS "
            "'BEGIN DELETE FROM orders; RETURN 1; END'"
        ),
        (
            "CREATE FUNCTION wipe() RETURNS integer LANGUAGE plpgsql IMMUTABLE AS "
            "'BEGIN RETURN wiper(); END'"
        ),
    ),
    "mysql": (
        (
            "CREATE FUNCTION wipe() RETURNS INTEGER DETERMINISTIC MODIFIES SQL DATA "
            "BEGIN DELETE FROM orders; RETURN 1; END"
        ),
    ),
}
NAP = {
    "postgresql": "CREATE FUNCTION nap() RETURNS integer LANGUAGE plpgsql IMMUTABLE AS "
    "'BEGIN PERFORM pg_sleep(60); RETURN 1; END'",
    "mysql": "CREATE FUNCTION nap() RETURNS INTEGER DETERMINISTIC RETURN SLEEP(60)",
}


def explained(
    url: str, sql: str, parameters: Parameters = None, *more: str
) -> tuple[Plan | NotPlanned, object]:
    """Plan one statement in a fresh shop; return the answer and the orders left after it."""

    async def main() -> tuple[Plan | NotPlanned, object]:
        database = await make_shop(url, *more)
        async with connection_to(database) as connection:
            answer = await dialect_named(database.dialect).explain(connection, sql, parameters)
        return answer, await rows_left(database)

    return asyncio.run(main())


def planned(url: str, sql: str, parameters: Parameters = None, *more: str) -> Plan:
    answer, left = explained(url, sql, parameters, *more)
    assert isinstance(answer, Plan), answer
    assert left == ROWS
    return answer


def refused(url: str, sql: str, parameters: Parameters = None, *more: str) -> str:
    answer, left = explained(url, sql, parameters, *more)
    assert isinstance(answer, NotPlanned), answer
    assert left == ROWS
    return answer.reason


def dialect_of(url: str) -> str:
    return {"sqlite": "sqlite", "postgre": "postgresql", "mysql+a": "mysql"}[url[:7].rstrip("+")]


def is_mysql(request: pytest.FixtureRequest) -> bool:
    server: Server = request.getfixturevalue("mysql_server")
    return server.about.flavour == "MySQL"


def reads(plan: Plan, table: str) -> Access:
    steps = [node.access for node in plan.walk() if node.table == table]
    return next(access for access in steps if access is not Access.NONE)


def test_a_comparison_without_an_index_reads_the_whole_table(database_url: str) -> None:
    mark = MARK[dialect_of(database_url)]
    plan = planned(database_url, f"SELECT * FROM orders WHERE customer_id = {mark}", (7,))
    assert reads(plan, "orders") is Access.FULL
    assert any("orders" in line for line in plan.lines)


def test_a_comparison_with_an_index_goes_by_it(database_url: str) -> None:
    mark = MARK[dialect_of(database_url)]
    plan = planned(database_url, f"SELECT * FROM orders WHERE placed = {mark}", (7,))
    assert reads(plan, "orders") is Access.INDEX
    assert "ix_orders_placed" in [node.index for node in plan.walk()]


@pytest.mark.parametrize("url", ["postgresql_url", "mysql_url"])
def test_servers_state_a_cost(url: str, request: pytest.FixtureRequest) -> None:
    plan = planned(request.getfixturevalue(url), "SELECT * FROM orders WHERE customer_id = 7")
    assert plan.cost is not None
    assert plan.cost > 1


def test_a_statement_without_values_is_planned_all_the_same(database_url: str) -> None:
    mark = MARK[dialect_of(database_url)]
    plan = planned(database_url, f"SELECT * FROM orders WHERE customer_id = {mark}")
    assert reads(plan, "orders") is Access.FULL


def test_withheld_values_count_as_none(database_url: str) -> None:
    mark = MARK[dialect_of(database_url)]
    sql = f"SELECT * FROM orders WHERE customer_id = {mark}"
    assert reads(planned(database_url, sql, (Withheld("int"),)), "orders") is Access.FULL


def test_joins_sorts_and_subqueries_have_their_nodes(database_url: str) -> None:
    plan = planned(
        database_url,
        "SELECT o.status, count(*) FROM orders o JOIN customers c ON c.id = o.customer_id "
        "WHERE o.id IN (SELECT max(id) FROM orders GROUP BY customer_id) "
        "GROUP BY o.status ORDER BY o.status",
    )
    assert {"o", "orders"} & {node.table for node in plan.walk()}
    assert len(list(plan.walk())) >= 3


def test_a_semicolon_and_a_comment_at_the_end_are_no_second_statement(database_url: str) -> None:
    planned(database_url, "/* report */ SELECT * FROM orders; -- done")


@pytest.mark.parametrize("statement", ["UPDATE orders SET status = 'x'", "DELETE FROM orders"])
def test_writes_are_not_run(database_url: str, statement: str) -> None:
    _, left = explained(database_url, f"{statement} WHERE customer_id = 7")
    assert left == ROWS


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE orders SET status = 'WHERE', placed = (SELECT max(id) FROM customers) WHERE {}",
        "DELETE FROM orders WHERE {}",
    ],
)
def test_the_rows_that_a_write_reads_are_planned(database_url: str, statement: str) -> None:
    mark = MARK[dialect_of(database_url)]
    plan = planned(database_url, statement.format(f"customer_id = {mark}"), (7,))
    assert reads(plan, "orders") is Access.FULL


@pytest.mark.parametrize(
    ("statement", "select"),
    [
        (
            "UPDATE IGNORE a JOIN b ON b.i = a.i SET a.x = 1 WHERE b.y = 2",
            "SELECT 1 FROM a JOIN b ON b.i = a.i WHERE b.y = 2",
        ),
        (
            "DELETE a FROM a JOIN b ON b.i = a.i WHERE b.y = 2",
            "SELECT 1 FROM a JOIN b ON b.i = a.i WHERE b.y = 2",
        ),
        ("DELETE FROM a USING a JOIN b ON b.i = a.i", "SELECT 1 FROM a JOIN b ON b.i = a.i"),
        (
            "update `set` set x = 'where' order by y limit 3",
            "SELECT 1 FROM `set` order by y limit 3",
        ),
        ("DELETE FROM a", "SELECT 1 FROM a"),
        ("INSERT INTO a (x) SELECT y FROM b WHERE z = 1", "SELECT y FROM b WHERE z = 1"),
        ("SELECT 'update' FROM a", "SELECT 'update' FROM a"),
        ("INSERT INTO a VALUES (1)", None),
        ("DELETE FROM a WHERE i = 1 RETURNING i", None),
        ("UPDATE a", None),
    ],
)
def test_mysql_plans_the_select_that_reads_the_same_rows(
    statement: str, select: str | None
) -> None:
    assert equivalent_select(statement) == select


def test_stacked_statements_are_refused(database_url: str) -> None:
    assert refused(database_url, "SELECT * FROM orders; DELETE FROM orders")


def test_a_statement_that_ends_the_transaction_is_refused(database_url: str) -> None:
    assert refused(database_url, "SELECT 1; COMMIT; DELETE FROM orders; COMMIT")


@pytest.mark.parametrize(
    "smuggled",
    [
        "ANALYZE DELETE FROM orders",
        "(FORMAT JSON, ANALYZE) DELETE FROM orders",
        "FOR CONNECTION 1",
        "/* hm */ ANALYZE DELETE FROM orders",
        "/*!50000 ANALYZE */ DELETE FROM orders",
        "/*M!100000 DELETE FROM orders */",
        "QUERY PLAN DELETE FROM orders",
    ],
)
def test_options_of_explain_cannot_be_smuggled_in(database_url: str, smuggled: str) -> None:
    assert refused(database_url, smuggled)


@pytest.mark.parametrize(
    "statement", ["DROP TABLE orders", "TRUNCATE orders", "VACUUM", "COPY orders TO '/x'", "", "--"]
)
def test_what_is_no_query_is_refused(database_url: str, statement: str) -> None:
    assert refused(database_url, statement)


def test_a_value_is_never_read_as_sql(database_url: str) -> None:
    mark = MARK[dialect_of(database_url)]
    hostile = "s1'; DELETE FROM orders; --\\'; DELETE FROM orders; -- %s %% \U0001f600"
    planned(database_url, f"SELECT * FROM orders WHERE status = {mark}", (hostile,))


def test_an_unknown_table_is_named(database_url: str) -> None:
    assert "nowhere" in refused(database_url, "SELECT * FROM nowhere")


def test_reasons_hold_no_values(database_url: str) -> None:
    mark = MARK[dialect_of(database_url)]
    statements: tuple[tuple[str, Parameters], ...] = (
        (f"SELECT * FROM orders WHERE customer_id = {mark}", ("secret", "secret")),
        (f"SELECT * FROM orders WHERE customer_id = {mark} AND 'secret' secret", ("secret",)),
        ("SELECT * FROM orders WHERE placed = CAST('secret' AS INTEGER) AND nothing = 1", ()),
        ("SELECT * FROM orders WHERE placed > CAST('secret' AS DATE)", ()),
    )

    async def main() -> list[Plan | NotPlanned]:
        database = await make_shop(database_url)
        explain = dialect_named(database.dialect).explain
        async with connection_to(database) as connection:
            return [await explain(connection, sql, values) for sql, values in statements]

    reasons = [a.reason for a in asyncio.run(main()) if isinstance(a, NotPlanned)]
    assert reasons
    assert not [reason for reason in reasons if "secret" in reason]


def test_a_connection_plans_on_after_an_error(database_url: str) -> None:
    async def main() -> list[type]:
        database = await make_shop(database_url)
        explain = dialect_named(database.dialect).explain
        async with connection_to(database) as connection:
            return [
                type(await explain(connection, sql, None))
                for sql in ("SELECT 1", "SELECT * FROM nowhere", "SELECT 1; SELECT 2", "SELECT 2")
            ]

    assert asyncio.run(main()) == [Plan, NotPlanned, NotPlanned, Plan]


@pytest.mark.parametrize("url", ["postgresql_url", "mysql_url"])
def test_a_function_that_deletes_while_planning_is_stopped(
    url: str, request: pytest.FixtureRequest
) -> None:
    text = request.getfixturevalue(url)
    _, left = explained(
        text, "SELECT * FROM orders WHERE id = wipe()", None, *WIPE[dialect_of(text)]
    )
    assert left == ROWS


def test_what_no_rollback_undoes_is_not_done_on_postgresql(postgresql_url: str) -> None:
    """A sequence stays advanced, whatever becomes of the transaction."""
    step = "LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN nextval(''steps''); END'"
    steps = ("CREATE SEQUENCE steps", f"CREATE FUNCTION step() RETURNS integer {step}")

    async def main() -> object:
        database = await make_shop(postgresql_url, *steps)
        async with connection_to(database) as connection:
            explain = dialect_named("postgresql").explain
            await explain(connection, "SELECT * FROM orders WHERE id = step()", None)
        return await scalar(database, "SELECT nextval('steps')")

    assert asyncio.run(main()) == 1


def test_what_no_rollback_undoes_is_not_done_on_mysql(mysql_url: str) -> None:
    """A MyISAM table knows no transactions."""
    more = (*WIPE["mysql"], "ALTER TABLE orders DROP INDEX ix_orders_placed, ENGINE=MyISAM")
    _, left = explained(mysql_url, "SELECT * FROM (SELECT wipe() AS w) AS d", None, *more)
    assert left == ROWS


@pytest.mark.parametrize("url", ["postgresql_url", "mysql_url"])
def test_a_function_that_sleeps_while_planning_is_ended(
    url: str, request: pytest.FixtureRequest
) -> None:
    text = request.getfixturevalue(url)
    started = time.monotonic()
    answer, _ = explained(
        text, "SELECT * FROM orders WHERE id = nap()", None, NAP[dialect_of(text)]
    )
    assert time.monotonic() - started < 6
    if isinstance(answer, NotPlanned):
        assert "longer than 2 s" in answer.reason


def test_a_data_modifying_with_is_not_run(postgresql_url: str) -> None:
    planned(postgresql_url, "WITH d AS (DELETE FROM orders RETURNING *) SELECT * FROM d")


def test_pg_sleep_is_not_run(postgresql_url: str) -> None:
    started = time.monotonic()
    planned(postgresql_url, "SELECT pg_sleep(60)")
    assert time.monotonic() - started < 5


def test_an_advisory_lock_taken_while_planning_is_given_back(postgresql_url: str) -> None:
    async def main() -> object:
        database = await make_shop(
            postgresql_url,
            "CREATE FUNCTION hold() RETURNS integer LANGUAGE plpgsql IMMUTABLE AS "
            "'BEGIN PERFORM pg_advisory_lock(42); RETURN 1; END'",
        )
        explain = dialect_named("postgresql").explain
        async with connection_to(database) as connection:
            await explain(connection, "SELECT * FROM orders WHERE id = hold()", None)
            return await scalar(database, "SELECT pg_try_advisory_lock(42)")

    assert asyncio.run(main()) is True


@pytest.mark.parametrize("sql", ["SELECT 1", "SELECT * FROM orders WHERE id = 1 / 0", "SELECT 1;2"])
def test_no_prepared_statement_is_left_behind(postgresql_url: str, sql: str) -> None:
    async def main() -> object:
        database = await make_shop(postgresql_url)
        async with connection_to(database) as connection:
            await dialect_named("postgresql").explain(connection, sql, None)
            left = await connection.exec_driver_sql(
                "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'asa%'"
            )
            return left.scalar()

    assert asyncio.run(main()) == 0


def test_planning_does_not_wait_for_a_locked_table(postgresql_url: str) -> None:
    async def main() -> Plan | NotPlanned:
        database = await make_shop(postgresql_url)
        async with connection_to(database) as holder, connection_to(database) as connection:
            await holder.exec_driver_sql("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
            return await dialect_named("postgresql").explain(
                connection, "SELECT * FROM orders", None
            )

    assert asyncio.run(main()) == NotPlanned("one of its tables is locked")


@pytest.mark.parametrize("url", ["postgresql_url", "mysql_url"])
def test_no_lock_on_a_table_outlives_its_plan(url: str, request: pytest.FixtureRequest) -> None:
    text = request.getfixturevalue(url)

    async def main() -> object:
        database = await make_shop(text)
        waits = {"postgresql": "SET lock_timeout = 500", "mysql": "SET lock_wait_timeout = 1"}
        async with connection_to(database) as connection, connection_to(database) as other:
            answer = await dialect_named(database.dialect).explain(
                connection, "SELECT * FROM orders", None
            )
            assert isinstance(answer, Plan)
            await other.exec_driver_sql(waits[database.dialect])
            await other.exec_driver_sql("ALTER TABLE orders ADD COLUMN note VARCHAR(9)")
            await other.commit()
        return await scalar(database, "SELECT count(note) FROM orders")

    assert asyncio.run(main()) == 0


@pytest.mark.parametrize("url", ["postgresql_url", "mysql_url"])
def test_a_server_that_falls_silent_is_left(
    url: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = request.getfixturevalue(url)
    dialect = dialect_of(text)
    if dialect == "mysql" and is_mysql(request):
        pytest.skip("MySQL runs no stored function to plan")
    monkeypatch.setattr(f"asa.database.{dialect}.explain.PATIENCE_S", 0.3)

    async def main() -> tuple[Plan | NotPlanned, bool]:
        database = await make_shop(text, NAP[dialect])
        async with connection_to(database) as connection:
            answer = await dialect_named(dialect).explain(
                connection, "SELECT * FROM orders WHERE id = nap()", None
            )
            return answer, connection.invalidated

    assert asyncio.run(main()) == (NotPlanned("the server did not answer within 0.3 s"), True)


def test_planning_does_not_wait_for_a_locked_file(sqlite_url: str) -> None:
    async def main() -> Plan | NotPlanned:
        database = await make_shop(sqlite_url)
        holder = sqlite3.connect(database.url.database or "")
        holder.execute("BEGIN EXCLUSIVE")
        try:
            async with connection_to(database) as connection:
                explain = dialect_named("sqlite").explain
                return await explain(connection, "SELECT * FROM orders", None)
        finally:
            holder.close()

    assert asyncio.run(main()) == NotPlanned("planning took longer than 2 s")


def test_a_backslash_in_a_value_ends_no_string(postgresql_url: str) -> None:
    """Where the database reads backslashes as escapes, too."""
    name = parse_url(postgresql_url).url.database
    old = f"ALTER DATABASE {name} SET standard_conforming_strings = off"
    sql = "SELECT * FROM orders WHERE status = $1::VARCHAR"
    planned(postgresql_url, sql, ("\\' OR id = 1 --",), old)


def test_a_rare_value_and_a_common_one_have_their_own_plans(postgresql_url: str) -> None:
    """A generic plan would give both the same."""
    more = (
        "CREATE INDEX ix_status ON orders (status)",
        "UPDATE orders SET status = 'rare' WHERE id = 1",
        "ANALYZE orders",
    )
    sql = "SELECT * FROM orders WHERE status = $1::VARCHAR"
    rare = planned(postgresql_url, sql, ("rare",), *more)
    assert reads(rare, "orders") is Access.INDEX
    assert rare.cost is not None
    assert rare.cost < 20


@pytest.mark.parametrize(
    "value", [[1, 2], {"a": "it's"}, b"\x00\xff", 1.5, True, None, ["a'b", 'c"d', "e\\f", None]]
)
def test_values_of_every_kind_are_bound(postgresql_url: str, value: object) -> None:
    kinds = {list: "text[]", dict: "jsonb", bytes: "bytea", float: "float8", bool: "boolean"}
    kind = kinds.get(type(value), "text")
    planned(postgresql_url, f"SELECT * FROM orders WHERE $1::{kind} IS NOT NULL", (value,))


def test_a_derived_table_that_sleeps_is_refused(mysql_url: str) -> None:
    assert refused(mysql_url, "SELECT * FROM (SELECT SLEEP (60)) AS d") == "it calls sleep()"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM orders WHERE status = 'sleep(1)'",
        "SELECT * FROM orders /* sleep(1) */",
        "SELECT * FROM orders WHERE status LIKE '%%s1'",
    ],
)
def test_words_in_strings_and_comments_are_innocent(mysql_url: str, sql: str) -> None:
    planned(mysql_url, sql, ())


def test_pragmas_do_not_switch_writing_on_again(sqlite_url: str) -> None:
    async def main() -> object:
        database = await make_shop(sqlite_url)
        async with connection_to(database) as connection:
            explain = dialect_named("sqlite").explain
            await explain(connection, "SELECT 1", None)
            await explain(connection, "PRAGMA query_only = OFF", None)
            return (await connection.exec_driver_sql("PRAGMA query_only")).scalar()

    assert asyncio.run(main()) == 1


def naively(
    url: str, run: Callable[[AsyncConnection], Awaitable[object]], *more: str
) -> tuple[DatabaseUrl, object]:
    """Do without any measure what `explain` does with them; return the orders left."""

    async def main() -> tuple[DatabaseUrl, object]:
        database = await make_shop(url, *more)
        async with connection_to(database) as connection:
            await run(connection)
            await connection.commit()
        return database, await rows_left(database)

    return asyncio.run(main())


def test_danger_stacked_statements_run_on_mysql(mysql_url: str) -> None:
    _, left = naively(
        mysql_url, lambda c: c.exec_driver_sql("EXPLAIN SELECT 1; DELETE FROM orders")
    )
    assert left == 0


def test_danger_plain_explain_deletes_on_postgresql(postgresql_url: str) -> None:
    _, left = naively(
        postgresql_url,
        lambda c: c.exec_driver_sql("EXPLAIN SELECT * FROM orders WHERE id = wipe()"),
        *WIPE["postgresql"],
    )
    assert left == 0


def test_danger_a_pragma_takes_effect_behind_explain(sqlite_url: str) -> None:
    async def run(connection: AsyncConnection) -> None:
        await connection.exec_driver_sql("PRAGMA query_only = ON")
        await connection.exec_driver_sql("EXPLAIN QUERY PLAN PRAGMA query_only = OFF")
        await connection.exec_driver_sql("DELETE FROM orders")

    _, left = naively(sqlite_url, run)
    assert left == 0
