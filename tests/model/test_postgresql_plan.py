"""What plans tell of statements that were run, as real servers write them in text and JSON."""

import asyncio
import json

import pytest
from tests.database.shop import make_shop

from asa.database.engine import connection_to
from asa.model.plan import Plan, PlanNode
from asa.model.postgresql_plan import logged_plan

FILLED = (
    "INSERT INTO orders (customer_id, status, placed) "
    "SELECT 0, repeat('x', 20), i FROM generate_series(1, 20000) i"
)


def run(url: str, sql: str, form: str) -> Plan:
    """Run a statement with little memory, and read its plan."""

    async def main() -> Plan:
        database = await make_shop(url, FILLED, "ANALYZE")
        async with connection_to(database) as connection:
            await connection.exec_driver_sql("SET work_mem = '64kB'")
            await connection.exec_driver_sql("SET enable_sort = off")
            await connection.exec_driver_sql("SET max_parallel_workers_per_gather = 0")
            answer = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT {form}) {sql}")
            lines = [row[0] for row in answer]
        text = "\n".join(lines) if form == "TEXT" else json.dumps(told(lines[0]))
        plan = logged_plan(text)
        assert plan is not None
        return plan

    return asyncio.run(main())


def told(answer: object) -> object:
    """Return the one plan of EXPLAIN's answer, as auto_explain logs it."""
    return (json.loads(answer) if isinstance(answer, str) else answer)[0]  # type: ignore[index]


def step(plan: Plan, kind: str) -> PlanNode:
    return next(node for node in plan.walk() if node.kind == kind)


@pytest.mark.parametrize("form", ["TEXT", "JSON"])
def test_a_sort_on_disk_is_read(form: str, postgresql_url: str) -> None:
    plan = run(postgresql_url, "SELECT * FROM orders ORDER BY status, id", form)
    assert 500 < step(plan, "Sort").disk_kb < 5_000
    scan = step(plan, "Seq Scan")
    assert (scan.actual, scan.disk_kb) == (23_000.0, 0)


@pytest.mark.parametrize("form", ["TEXT", "JSON"])
def test_so_are_hashes_on_disk(form: str, postgresql_url: str) -> None:
    sql = "SELECT count(*) FROM orders a JOIN orders b ON a.id = b.id + 1"
    assert step(run(postgresql_url, sql, form), "Hash").disk_kb > 0


@pytest.mark.parametrize(("form", "kind"), [("TEXT", "HashAggregate"), ("JSON", "Aggregate")])
def test_so_are_groups_on_disk(form: str, kind: str, postgresql_url: str) -> None:
    sql = "SELECT id, status, count(*) FROM orders GROUP BY id + 1, id, status"
    assert step(run(postgresql_url, sql, form), kind).disk_kb > 0


def test_a_step_never_run_has_no_rows(postgresql_url: str) -> None:
    sql = "SELECT * FROM customers WHERE (SELECT count(*) FROM orders) < 0"
    plan = run(postgresql_url, sql, "TEXT")
    actual = {node.table: node.actual for node in plan.walk() if node.table}
    assert actual == {"customers": None, "orders": 23_000.0}
