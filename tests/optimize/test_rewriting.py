"""Queries in other SQL, planned beside the original on real databases."""

import asyncio

import pytest
from tests.database.shop import MARK, make_shop, rows_left
from tests.optimize.logs import record

from asa.database.url import parse_url
from asa.model.finding import Finding, Proved, Refuted
from asa.model.judgement import Judgement
from asa.model.record import Parameters
from asa.optimize import optimize
from asa.workload import digest

FILLED = {
    "postgresql": ("ALTER TABLE orders ADD paid TIMESTAMP",),
    "mysql": ("ALTER TABLE orders ADD paid DATETIME",),
    "sqlite": ("ALTER TABLE orders ADD paid TIMESTAMP",),
}
SPREAD = {
    "postgresql": "UPDATE orders SET paid = TIMESTAMP '2024-01-01' + id * INTERVAL '1 hour'",
    "mysql": "UPDATE orders SET paid = DATE_ADD('2024-01-01', INTERVAL id HOUR)",
    "sqlite": "UPDATE orders SET paid = datetime('2024-01-01', id || ' hours')",
}
ANALYSED = {"postgresql": "ANALYZE", "mysql": "ANALYZE TABLE orders", "sqlite": "ANALYZE"}


def judged(url: str, sql: str, values: Parameters = None, *more: str) -> Judgement:
    """Judge one slow statement on a filled shop, which must come out as it went in."""
    dialect = parse_url(url).dialect

    async def main() -> Judgement:
        database = await make_shop(
            url,
            *FILLED[dialect],
            SPREAD[dialect],
            "CREATE INDEX ix_orders_paid ON orders (paid)",
            *more,
            ANALYSED[dialect],
        )
        before = await rows_left(database)
        marked = sql.replace("?", MARK[dialect])
        records = [record(marked, values, dialect=dialect)] * 20
        result = await optimize(digest(records, dialect=dialect), database)
        assert await rows_left(database) == before
        return result.judgement

    return asyncio.run(main())


def only(judgement: Judgement, rule: str) -> Finding:
    (found,) = [f for f in judgement.findings if f.rule == rule]
    return found


DAY = {
    "postgresql": "SELECT id FROM orders WHERE CAST(paid AS DATE) = '2024-02-03'",
    "sqlite": "SELECT id FROM orders WHERE date(paid) = '2024-02-03'",
}


@pytest.mark.parametrize("url", ["postgresql_url", "sqlite_url"])
def test_the_bare_column_is_proved_to_go_by_its_index(
    url: str, request: pytest.FixtureRequest
) -> None:
    target = request.getfixturevalue(url)
    found = only(judged(target, DAY[parse_url(target).dialect]), "function-on-column")
    assert isinstance(found.proof, Proved)
    assert any("ix_orders_paid" in line and "(new)" in line for line in found.proof.after)
    # No value of the log is on the screen.
    assert "2024-02-03" not in str(found.evidence)


def test_order_by_chance_is_proved_on_every_database(database_url: str) -> None:
    call = "rand()" if parse_url(database_url).dialect == "mysql" else "random()"
    found = only(
        judged(database_url, f"SELECT id FROM orders ORDER BY {call} LIMIT 5"), "random-order"
    )
    assert isinstance(found.proof, Proved)


@pytest.mark.parametrize("url", ["postgresql_url", "sqlite_url"])
def test_a_far_page_is_proved_with_the_values_of_the_log(
    url: str, request: pytest.FixtureRequest
) -> None:
    target = request.getfixturevalue(url)
    sql = "SELECT id, status FROM orders ORDER BY id LIMIT ? OFFSET ?"
    if "postgresql" in target:
        sql = "SELECT id, status FROM orders ORDER BY id LIMIT $1 OFFSET $2"
    found = only(judged(target, sql, (10, 2_500)), "large-offset")
    assert isinstance(found.proof, Proved)
    assert found.summary == "OFFSET 2,500"


def test_a_union_that_saves_nothing_is_refuted(postgresql_url: str) -> None:
    sql = "SELECT id FROM orders WHERE placed = 5 OR id = 7"
    judgement = judged(postgresql_url, sql)
    assert not [f for f in judgement.findings if f.rule == "or-across-columns"]
    (refuted,) = [f for f in judgement.refuted if f.rule == "or-across-columns"]
    assert isinstance(refuted.proof, Refuted)


def test_an_or_across_two_tables_is_proved(postgresql_url: str) -> None:
    sql = (
        "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id "
        "WHERE o.id = 7 OR c.email = 'mail-9'"
    )
    filled = (
        "INSERT INTO customers (email) SELECT 'mail-' || i FROM generate_series(1, 3000) i",
        "CREATE INDEX ix_orders_customer ON orders (customer_id)",
    )
    found = only(judged(postgresql_url, sql, None, *filled), "or-across-columns")
    assert isinstance(found.proof, Proved)


CONVERTED = {
    "postgresql": ("ALTER TABLE orders ADD code bigint", "code = $1::numeric", 77),
    "mysql": ("ALTER TABLE orders ADD code varchar(20)", "code = %s", 77),
    "sqlite": ("ALTER TABLE orders ADD code VARCHAR(20)", "code = CAST(? AS INTEGER)", 77),
}


def test_a_converted_column_is_proved_on_every_database(database_url: str) -> None:
    dialect = parse_url(database_url).dialect
    column, condition, value = CONVERTED[dialect]
    more = (column, "UPDATE orders SET code = id", "CREATE INDEX ix_code ON orders (code)")
    found = only(
        judged(database_url, f"SELECT id FROM orders WHERE {condition}", (value,), *more),
        "implicit-conversion",
    )
    assert isinstance(found.proof, Proved)
    assert any("ix_code" in line and "(new)" in line for line in found.proof.after)
    assert "77" not in str(found.evidence)


def test_a_value_of_the_column_s_type_is_no_conversion(mysql_url: str) -> None:
    more = (CONVERTED["mysql"][0], "CREATE INDEX ix_code ON orders (code)")
    sql = "SELECT id FROM orders WHERE code = %s"
    judgement = judged(mysql_url, sql, ("77",), *more)
    found = (*judgement.findings, *judgement.refuted)
    assert not [f for f in found if f.rule == "implicit-conversion"]


@pytest.mark.parametrize("url", ["postgresql_url", "sqlite_url"])
def test_a_partial_index_is_known_again_in_its_own_words(
    url: str, request: pytest.FixtureRequest
) -> None:
    target = request.getfixturevalue(url)
    rare = "SELECT id FROM orders WHERE coalesce(rush, false) AND customer_id < 90"
    more = (
        "ALTER TABLE orders ADD rush BOOLEAN",
        "UPDATE orders SET rush = (id % 500 = 0)",
        "CREATE INDEX ix_rush ON orders (customer_id) WHERE rush",
    )
    found = only(judged(target, rare, None, *more), "missed-partial-index")
    assert isinstance(found.proof, Proved)
    assert any("ix_rush" in line and "(new)" in line for line in found.proof.after)


FANNED = (
    "INSERT INTO customers SELECT DISTINCT customer_id, concat('m', customer_id) FROM orders",
    "CREATE INDEX ix_fan ON orders (customer_id)",
)


@pytest.mark.parametrize("url", ["postgresql_url", "mysql_url"])
def test_distinct_over_a_join_is_proved_to_cost_more_than_exists(
    url: str, request: pytest.FixtureRequest
) -> None:
    sql = (
        "SELECT DISTINCT customers.id, customers.email FROM customers "
        "JOIN orders ON orders.customer_id = customers.id WHERE orders.placed > 5"
    )
    found = only(judged(request.getfixturevalue(url), sql, None, *FANNED), "distinct-fan-out")
    assert isinstance(found.proof, Proved)


LATEST = (
    "SELECT customers.id, (SELECT max(orders.placed) FROM orders "
    "WHERE orders.customer_id = customers.id) AS latest FROM customers"
)


def test_an_aggregate_for_each_row_is_proved_to_cost_more_than_a_join(
    postgresql_url: str,
) -> None:
    found = only(judged(postgresql_url, LATEST, None, FANNED[0]), "correlated-subquery")
    assert isinstance(found.proof, Proved)


def test_an_aggregate_for_one_row_is_left_to_the_row(postgresql_url: str) -> None:
    judgement = judged(postgresql_url, f"{LATEST} WHERE customers.id = 7", None, *FANNED)
    assert not [f for f in judgement.findings if f.rule == "correlated-subquery"]
    (refuted,) = [f for f in judgement.refuted if f.rule == "correlated-subquery"]
    assert isinstance(refuted.proof, Refuted)
