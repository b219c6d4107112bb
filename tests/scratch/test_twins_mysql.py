"""The MySQL and MariaDB twin beside the database that it is a sample of."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests.database.shop import make_shop

from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.database.mysql.statistics import share_of
from asa.database.url import DatabaseUrl, parse_url
from asa.model.finding import Unproved
from asa.model.fix import AddIndex, keys
from asa.model.plan import NotPlanned, Plan
from asa.model.server import Server
from asa.scratch.twins import twin_of
from asa.scratch.twins.mysql import MysqlTwin
from asa.scratch.twins.mysql_sample import unfit

NUMBERS = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 320),
               m(i) AS (SELECT (a.i - 1) * 320 + b.i FROM n a JOIN n b)
"""
SCHEMA = (
    """
    CREATE TABLE customers (
        id INT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(80) NOT NULL UNIQUE, region INT,
        `50%%` INT)
    """,
    """
    CREATE TABLE orders (
        id INT AUTO_INCREMENT PRIMARY KEY, customer_id INT NOT NULL,
        status ENUM('sad', 'ok', 'happy'), placed DATETIME, note TEXT, total DECIMAL(10, 2),
        loud VARCHAR(100) AS (upper(note)) VIRTUAL, bytes BLOB, doc JSON,
        FOREIGN KEY (customer_id) REFERENCES customers (id))
    """,
    "CREATE INDEX ix_placed ON orders (placed, status)",
    f"""
    INSERT INTO customers (email, region, `50%%`) {NUMBERS}
    SELECT concat('u', i, '@x.org'), i %% 50, i %% 7 FROM m WHERE i <= 5000
    """,
    f"""
    INSERT INTO orders (customer_id, status, placed, note, total, bytes, doc) {NUMBERS}
    SELECT 1 + floor(pow(i / 102400, 3) * 4999), elt(1 + i %% 3, 'sad', 'ok', 'happy'),
           '2024-01-01' + interval i * 3 minute, concat('100%% ''x', i %% 60), i * 7919 %% 1000,
           unhex('00ff27'), '{{"a": 1}}' FROM m
    """,
    "ANALYZE TABLE orders, customers",
)
QUERIES = (
    "SELECT * FROM orders WHERE total = 5",
    "SELECT * FROM orders WHERE customer_id = 5 ORDER BY placed DESC LIMIT 10",
    "SELECT * FROM orders WHERE status = 'ok' AND total = 7 ORDER BY placed LIMIT 20",
    "SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.email = 'u77@x.org'",
    "SELECT * FROM customers WHERE region = 5",
    "SELECT * FROM orders WHERE placed < '2024-01-02'",
    "UPDATE orders SET note = '' WHERE total = 3",
    "SELECT * FROM customers WHERE `50%` = 4",
    "SELECT max(total) FROM orders",
)
CANDIDATES = (
    AddIndex("orders", keys("total"), "c_total", "CREATE INDEX c_total ON orders (total)"),
    AddIndex(
        "customers", keys("region"), "c_region", "CREATE INDEX c_region ON customers (region)"
    ),
)
TABLES = frozenset({"orders", "customers"})


@dataclass(frozen=True)
class Visit:
    """The plans of a twin and of its original, and what was seen of both."""

    twin: list[Plan | NotPlanned]
    twin_with: list[Plan | NotPlanned]
    twin_without: list[Plan | NotPlanned]
    real: list[Plan | NotPlanned]
    real_with: list[Plan | NotPlanned]
    label: str
    missing: tuple[str, ...]
    held: int
    odd: tuple[object, ...]
    directory: Path


async def visited(url: str) -> Visit:
    database = parse_url(url)
    async with connection_to(database) as connection:
        for statement in SCHEMA:
            await connection.exec_driver_sql(statement)
        await connection.commit()
    name = f"t_{str(database.url.database)[-12:]}"
    await run(
        database,
        f"CREATE USER '{name}'@'%%' IDENTIFIED BY 'swordfish'",
        f"GRANT SELECT ON {database.url.database}.* TO '{name}'@'%%'",
    )
    reader = replace(database, url=database.url.set(username=name, password="swordfish"))
    async with (
        connection_to(reader) as connection,
        twin_of("mysql", connection, CANDIDATES, TABLES) as twin,
    ):
        assert isinstance(twin, MysqlTwin), twin
        own = [await twin.plan(q, None) for q in QUERIES]
        own_with = [await twin.plan(q, None, added=CANDIDATES) for q in QUERIES]
        without = [await twin.plan(q, None, hidden=("ix_placed", "customer_id")) for q in QUERIES]
        copied = twin.connection
        held = (await copied.exec_driver_sql("SELECT count(*) FROM orders")).scalar_one()
        odd = (
            await copied.exec_driver_sql("SELECT hex(bytes), loud, doc FROM orders WHERE id = 7")
        ).one()
        label, missing = twin.label(), tuple(twin.missing)
        data = (await copied.exec_driver_sql("SELECT @@datadir")).scalar_one()
    await run(database, f"DROP USER '{name}'@'%%'")
    real = await plans(database)
    await run(database, *(c.ddl for c in CANDIDATES), "ANALYZE TABLE orders, customers")
    real_with = await plans(database)
    return Visit(
        own, own_with, without, real, real_with, label, missing, held, tuple(odd), Path(data)
    )


async def run(database: DatabaseUrl, *statements: str) -> None:
    async with connection_to(database, autocommit=True) as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)


async def plans(database: DatabaseUrl) -> list[Plan | NotPlanned]:
    explain = dialect_named("mysql").explain
    async with connection_to(database) as connection:
        return [await explain(connection, sql, None) for sql in QUERIES]


def accesses(plan: Plan | NotPlanned) -> list[tuple[str, str | None]]:
    """Return how each table is read."""
    assert isinstance(plan, Plan), plan
    return [(node.kind, node.index) for node in plan.walk()]


def test_a_sample_is_read_as_the_whole_is(mysql_url: str) -> None:
    visit = asyncio.run(visited(mysql_url))
    assert list(map(accesses, visit.twin)) == list(map(accesses, visit.real))
    assert list(map(accesses, visit.twin_with)) == list(map(accesses, visit.real_with))
    assert accesses(visit.twin_without[5]) == [("ALL", None)], "ix_placed is hidden"
    assert accesses(visit.twin_with[0]) == [("ref", "c_total")]
    assert accesses(visit.twin[0]) == [("ALL", None)]
    assert "sample of 10%" in visit.label
    assert visit.missing == ()
    assert 9_000 < visit.held < 11_000
    code, loud, document = visit.odd
    assert (code, document) == ("00FF27", '{"a": 1}')
    assert str(loud).startswith("100% 'X")
    assert not visit.directory.exists()


@pytest.mark.parametrize(
    ("rows", "share"),
    [(0, 1), (10_000, 1), (100_000, 0.1), (800_000, 0.05), (2_000_000, 0.025), (10**9, 0.0001)],
)
def test_large_tables_are_sampled_and_small_ones_copied(rows: int, share: float) -> None:
    assert share_of(rows) == pytest.approx(share)


def test_a_row_that_the_sample_lacks_is_no_proof(mysql_url: str) -> None:
    """MariaDB looks constants up while planning, and stops where there is no row."""

    async def main() -> list[Plan | NotPlanned]:
        database = await make_shop(mysql_url)
        async with (
            connection_to(database) as connection,
            twin_of("mysql", connection, (), {"orders", "customers"}) as twin,
        ):
            assert isinstance(twin, MysqlTwin)
            sql = "SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.id = 7"
            whole = await twin.plan(sql, None)
            twin.tables = [replace(table, share=0.5) for table in twin.tables]
            return [whole, await twin.plan(sql, None)]

    whole, sampled = asyncio.run(main())
    assert isinstance(whole, Plan), "all rows are there: so it is on the server"
    assert sampled == NotPlanned("the sample lacks the rows that it asks for")


def test_a_server_of_another_make_has_no_twin(mysql_url: str) -> None:
    tidb = Server("mysql", "TiDB", (8, 1), "8.1")
    assert asyncio.run(unfit(tidb)) == "no twin of TiDB"


def test_a_table_that_cannot_be_copied_is_said(mysql_url: str) -> None:
    async def main() -> Plan | NotPlanned | Unproved:
        database = await make_shop(mysql_url, "CREATE VIEW late AS SELECT * FROM orders")
        async with (
            connection_to(database) as connection,
            twin_of("mysql", connection, (), {"orders"}) as twin,
        ):
            assert isinstance(twin, MysqlTwin)
            twin.missing = ["a sample of late"]
            return await twin.plan("SELECT * FROM late", None)

    answer = asyncio.run(main())
    assert isinstance(answer, NotPlanned)
    assert answer.reason.endswith("; the twin lacks a sample of late")
