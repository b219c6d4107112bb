import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.database.shop import make_shop

from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.database.url import DatabaseUrl
from asa.model.fix import AddIndex, keys
from asa.model.plan import NotPlanned, Plan
from asa.scratch.twins.sqlite import SqliteTwin, sqlite_twin
from asa.scratch.twins.sqlite_sample import distinct

BY_CUSTOMER = AddIndex(
    "orders", keys("customer_id"), "ix_c", "CREATE INDEX ix_c ON orders (customer_id)"
)
BY_STATUS = AddIndex(
    "orders", keys("status", "placed"), "ix_s", "CREATE INDEX ix_s ON orders (status, placed)"
)
MORE = (
    "CREATE TABLE items (order_id INTEGER REFERENCES orders, n INTEGER, PRIMARY KEY (order_id, n))",
    'CREATE TABLE "odd name" ("a b" TEXT COLLATE NOCASE, j TEXT AS (upper("a b")) STORED)',
    'CREATE INDEX ix_odd ON "odd name" ("a b")',
    "CREATE VIEW recent AS SELECT * FROM orders WHERE placed > 2900",
    "CREATE TABLE keyed (k TEXT PRIMARY KEY, v) WITHOUT ROWID",
    "CREATE INDEX ix_partial ON orders (customer_id) WHERE status = 's1'",
    "CREATE TRIGGER t AFTER INSERT ON items BEGIN DELETE FROM keyed; END",
)
QUERIES = (
    "SELECT * FROM orders WHERE customer_id = 5",
    "SELECT * FROM orders WHERE customer_id = 5 AND status = 's1'",
    "SELECT * FROM orders WHERE placed > 100 ORDER BY placed DESC",
    "SELECT * FROM orders ORDER BY customer_id LIMIT 5",
    "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.email = 'x'",
    "SELECT status, count(*) FROM orders GROUP BY status",
    "SELECT * FROM items JOIN orders ON orders.id = items.order_id WHERE items.n = 3",
    "SELECT * FROM recent WHERE customer_id = 3",
    'SELECT * FROM "odd name" WHERE "a b" = \'x\'',
    "SELECT * FROM keyed WHERE k = 'x'",
    "SELECT * FROM orders WHERE id IN (SELECT order_id FROM items WHERE n > 2)",
    "UPDATE orders SET status = 's' WHERE customer_id = 9",
    "DELETE FROM items WHERE order_id = 9",
)


def with_twin(url: str, candidates: Sequence[AddIndex], *more: str) -> list[tuple[str, ...]]:
    """Return, for each query, the real plan and the twin's, side by side."""

    async def main() -> list[tuple[str, ...]]:
        database = await make_shop(url, *MORE, *more)
        async with (
            connection_to(database) as connection,
            sqlite_twin(connection, candidates) as twin,
        ):
            return [(*await real(connection, q), *await its(twin, q)) for q in QUERIES]

    return asyncio.run(main())


async def real(connection: AsyncConnection, sql: str) -> tuple[str, ...]:
    plan = await dialect_named("sqlite").explain(connection, sql, None)
    assert isinstance(plan, Plan), plan
    return ("\n".join(plan.lines),)


async def its(twin: SqliteTwin, sql: str) -> tuple[str, ...]:
    plan = await twin.plan(sql, None)
    assert isinstance(plan, Plan), plan
    return ("\n".join(plan.lines),)


@pytest.mark.parametrize("measured", [(), ("ANALYZE",)], ids=["never analysed", "analysed"])
def test_a_twin_plans_as_the_real_database(sqlite_url: str, measured: tuple[str, ...]) -> None:
    for one, other in with_twin(sqlite_url, (), *measured):
        assert one == other


@pytest.mark.parametrize("measured", [(), ("ANALYZE",)], ids=["never analysed", "analysed"])
def test_a_candidate_plans_as_the_index_really_made(
    sqlite_url: str, measured: tuple[str, ...]
) -> None:
    async def main() -> list[tuple[str, str]]:
        database = await make_shop(sqlite_url, *MORE, *measured)
        candidates = (BY_CUSTOMER, BY_STATUS)
        async with (
            connection_to(database) as connection,
            sqlite_twin(connection, candidates) as twin,
        ):
            promised = [await twin.plan(q, None, added=candidates) for q in QUERIES]
            for index in candidates:
                await connection.exec_driver_sql("PRAGMA query_only = OFF")
                await connection.exec_driver_sql(index.ddl)
            for statement in measured:
                await connection.exec_driver_sql(statement)
            kept = [await real(connection, q) for q in QUERIES]
        pairs = zip(promised, kept, strict=True)
        return [("\n".join(p.lines) if isinstance(p, Plan) else p.reason, k[0]) for p, k in pairs]

    for promised, kept in asyncio.run(main()):
        assert promised == kept


def answers(url: str, ask: str, **change: object) -> list[str]:
    """Return the lines of one plan on a twin, then those of the same plan without the change."""

    async def main() -> list[str]:
        database = await make_shop(url)
        async with connection_to(database) as connection, sqlite_twin(connection) as twin:
            before = await twin.plan(ask, None)
            changed = await twin.plan(ask, None, **change)  # type: ignore[arg-type]
            after = await twin.plan(ask, None)
        assert isinstance(changed, Plan)
        assert isinstance(after, Plan)
        assert before == after
        return [*changed.lines, *after.lines]

    return asyncio.run(main())


def test_an_index_added_is_gone_afterwards(sqlite_url: str) -> None:
    assert answers(sqlite_url, QUERIES[0], added=(BY_CUSTOMER,)) == [
        "SEARCH orders USING INDEX ix_c (customer_id=?)",
        "SCAN orders",
    ]


def test_an_index_hidden_is_there_again_afterwards(sqlite_url: str) -> None:
    hidden, shown = answers(
        sqlite_url, "SELECT id FROM orders WHERE placed = 5", hidden=("ix_orders_placed",)
    )
    assert hidden == "SCAN orders"
    assert "USING COVERING INDEX ix_orders_placed" in shown


def test_samples_tell_what_share_a_value_leaves(sqlite_url: str) -> None:
    async def main() -> list[float | None]:
        database = await make_shop(sqlite_url)
        candidates = (BY_CUSTOMER, BY_STATUS)
        async with (
            connection_to(database) as connection,
            sqlite_twin(connection, candidates) as twin,
        ):
            return [twin.share(BY_CUSTOMER, 1), twin.share(BY_STATUS, 1), twin.share(BY_STATUS, 2)]

    assert asyncio.run(main()) == pytest.approx([1 / 100, 1 / 3, 1 / 3000])


def test_what_the_sample_saw_once_is_taken_for_the_beginning_of_more() -> None:
    assert distinct(rows=1_000_000, read=10_000, seen=3, once=0) == pytest.approx(3)
    assert distinct(rows=1_000_000, read=10_000, seen=10_000, once=10_000) == pytest.approx(1e6)
    assert distinct(rows=10_000, read=10_000, seen=7_000, once=5_000) == pytest.approx(7_000)


def test_a_statement_the_twin_cannot_plan_says_why(sqlite_url: str) -> None:
    async def main() -> list[Plan | NotPlanned]:
        database = await make_shop(sqlite_url)
        async with connection_to(database) as connection, sqlite_twin(connection) as twin:
            return [
                await twin.plan("SELECT * FROM nowhere", None),
                await twin.plan("PRAGMA writable_schema = ON", None),
                await twin.plan("SELECT * FROM orders WHERE id = ?", ()),
            ]

    assert all(isinstance(answer, NotPlanned) for answer in asyncio.run(main()))


def test_an_empty_database_has_an_empty_twin(sqlite_url: str) -> None:
    async def main() -> Plan | NotPlanned:
        from asa.database.url import parse_url

        async with (
            connection_to(parse_url(sqlite_url)) as connection,
            sqlite_twin(connection) as twin,
        ):
            return await twin.plan("SELECT 1", ())

    assert isinstance(asyncio.run(main()), Plan)


def test_the_twin_holds_no_rows_and_leaves_the_source_alone(sqlite_url: str) -> None:
    async def main() -> tuple[int, int, object]:
        database: DatabaseUrl = await make_shop(sqlite_url)
        async with connection_to(database) as connection:
            async with sqlite_twin(connection, (BY_CUSTOMER,)) as twin:
                await twin.plan(QUERIES[0], None, added=(BY_CUSTOMER,))
                held = twin.database.execute("SELECT count(*) FROM orders").fetchone()[0]
            rows = (await connection.exec_driver_sql("SELECT count(*) FROM orders")).scalar_one()
            made = "SELECT 1 FROM sqlite_master WHERE name IN ('ix_c', 'sqlite_stat1')"
            return held, rows, (await connection.exec_driver_sql(made)).all()

    assert asyncio.run(main()) == (0, 3_000, [])
