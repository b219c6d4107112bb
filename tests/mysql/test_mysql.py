"""What differs on MySQL itself, and the most telling of the tests that others run on MariaDB.

`make test-mysql` runs all of them on MySQL; these run always, where it can be had.
"""

# ruff: noqa: F401  (a test that is imported is collected here too)

import asyncio
from collections.abc import Iterator

import pytest
from tests.connection.test_cause import (
    test_a_role_of_mysql_that_is_out_of_use,
    test_a_wrong_password_of_mysql,
)
from tests.database.shop import make_shop
from tests.database.test_explain import (
    reads,
    test_a_value_is_never_read_as_sql,
    test_joins_sorts_and_subqueries_have_their_nodes,
    test_reasons_hold_no_values,
)
from tests.migrations.conftest import cache, project
from tests.migrations.safe.test_mysql import (
    test_an_index_over_an_expression_is_built_while_writers_wait,
    test_what_the_server_can_do_beside_writers_says_so,
)
from tests.migrations.test_index_comparison import test_an_index_over_an_expression_is_compared
from tests.migrations.test_lock import (
    test_it_can_be_left_out,
    test_what_partly_stays_is_not_tried_again,
)
from tests.migrations.test_server_default import test_a_wide_table_of_defaults_equals_its_models
from tests.model.test_fix import test_an_index_over_an_expression_is_made_as_it_is_written
from tests.optimize.test_unused_index import activity_of, used_shop
from tests.scratch.test_twins_mysql import test_a_row_that_the_sample_lacks_is_no_proof

from asa.database.engine import connection_to
from asa.database.mysql import DIALECT
from asa.database.url import parse_url
from asa.model.activity import Activity
from asa.model.plan import Access, Plan
from asa.scratch import Server

ORDERED = "SELECT * FROM orders WHERE status = 's1' ORDER BY {} LIMIT 3"


def plans(url: str, *statements: str) -> list[Plan]:
    """Plan statements in one shop."""

    async def main() -> list[Plan]:
        database = await make_shop(url)
        async with connection_to(database) as connection:
            found = [await DIALECT.explain(connection, sql, None) for sql in statements]
        assert all(isinstance(one, Plan) for one in found), found
        return [one for one in found if isinstance(one, Plan)]

    return asyncio.run(main())


def kinds(plan: Plan) -> list[str]:
    return [node.kind for node in plan.walk()]


def test_an_order_that_an_index_gives_is_no_sort(mysql_url: str) -> None:
    """MySQL's plan names the ORDER BY in either case."""
    sorted_, in_order = plans(mysql_url, ORDERED.format("customer_id"), ORDERED.format("id"))
    assert "filesort" in kinds(sorted_)
    assert kinds(in_order) == ["index"]


def test_a_query_costs_what_its_subqueries_cost(mysql_url: str) -> None:
    """MySQL states the cost of each block for itself."""
    inner = "SELECT max(placed) FROM orders i WHERE i.customer_id = c.id"
    costs = [
        plan.cost or 0
        for plan in plans(
            mysql_url,
            f"SELECT id, ({inner}) FROM customers c",
            "SELECT status FROM orders UNION SELECT email FROM customers",
        )
    ]
    assert min(costs) > 300  # 3,000 orders, a tenth each


def test_nothing_found_while_planning_is_told(mysql_url: str) -> None:
    (plan,) = plans(mysql_url, "SELECT * FROM orders WHERE id = -1")
    assert kinds(plan) == ["no matching row in const table"]
    assert plan.cost is None


@pytest.fixture
def hypergraph_url(mysql_url: str) -> Iterator[str]:
    """A database whose server plans by its hypergraph optimiser."""
    switch = "SET GLOBAL optimizer_switch = 'hypergraph_optimizer={}'"
    asyncio.run(run(mysql_url, switch.format("on")))
    yield mysql_url
    asyncio.run(run(mysql_url, switch.format("off")))


async def run(url: str, sql: str) -> None:
    async with connection_to(parse_url(url)) as connection:
        await connection.exec_driver_sql(sql)


def test_plans_of_the_hypergraph_optimiser_are_read(hypergraph_url: str) -> None:
    """It has a JSON of its own."""
    whole, found, ordered = plans(
        hypergraph_url,
        "SELECT * FROM orders WHERE customer_id = 7",
        "SELECT status FROM orders WHERE placed = 7",
        ORDERED.format("customer_id"),
    )
    assert reads(whole, "orders") is Access.FULL
    assert whole.cost is not None
    (node,) = found.nodes
    assert (node.access, node.index) == (Access.INDEX, "ix_orders_placed")
    assert node.covering
    assert ordered.nodes[0].kind == "filesort"
    assert reads(ordered, "orders") is Access.FULL


def test_it_counts_its_indexes_without_being_told(mysql_url: str) -> None:
    async def main() -> Activity:
        activity = await activity_of(await used_shop(mysql_url))
        assert isinstance(activity, Activity)
        return activity

    reads_of = {one.name: one.scans for one in asyncio.run(main()).indexes}
    assert reads_of["ix_idle"] == 0 < reads_of["ix_used"]


def test_it_is_mysql(mysql_server: Server) -> None:
    assert mysql_server.about.flavour == "MySQL"
