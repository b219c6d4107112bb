from dataclasses import replace

import pytest
from tests.rules.cases import answers, case, findings, full, query, table

from asa.model.case import Case
from asa.model.finding import Refuted, Severity, Unproved
from asa.model.fix import AddIndex, keys
from asa.model.judgement import NotJudged
from asa.model.plan import Access, Plan, PlanNode
from asa.model.schema import ForeignKey, Index, Table
from asa.rules.query.missing_index import RULE

ORDERS = table(
    "orders", "user_id", "status", "placed", "paid", types={"status": "TEXT", "paid": "BOOLEAN"}
)
BY_USER = "SELECT * FROM orders WHERE user_id = ?"


def scanned(*statements: str, orders: Table = ORDERS, others: tuple[Table, ...] = ()) -> Case:
    """Return the case in which every statement reads all orders."""
    return case(
        *(query(sql, total_ms=10) for sql in statements),
        tables=(orders, *others),
        plans={sql: full("orders") for sql in statements},
    )


def columns(of: Case) -> list[tuple[str, ...]]:
    return [f.fix.columns for f in findings(RULE, of) if isinstance(f.fix, AddIndex)]


def test_a_scan_for_equal_values_lacks_an_index() -> None:
    (found,) = findings(RULE, scanned(BY_USER))
    assert found.subject == "orders (user_id)"
    assert found.summary == "50k rows"
    assert found.severity is Severity.WARNING
    assert found.proof is None
    assert found.weight == 10
    assert found.fix == AddIndex(
        "orders",
        keys("user_id"),
        "ix_orders_user_id",
        "CREATE INDEX ix_orders_user_id ON orders (user_id)",
        dialect="sqlite",
    )
    assert dict(found.evidence)["query"] == "SELECT * FROM orders WHERE user_id = ?"


def test_a_search_lacks_nothing() -> None:
    plan = Plan((PlanNode("SEARCH", Access.INDEX, "orders"),))
    assert not answers(RULE, case(query(BY_USER), tables=(ORDERS,), plans={BY_USER: plan}))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM orders",
        "SELECT * FROM orders WHERE user_id <> ?",
        "SELECT * FROM orders WHERE user_id = ? OR status = ?",
        "SELECT * FROM orders WHERE abs(user_id) = ?",
        "SELECT * FROM orders WHERE paid = ?",
        "SELECT count(*) FROM orders GROUP BY user_id",
    ],
)
def test_a_scan_that_no_plain_index_mends_is_left_alone(sql: str) -> None:
    assert not answers(RULE, scanned(sql))


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "SELECT * FROM orders WHERE user_id = ? ORDER BY placed DESC LIMIT 5",
            ("user_id", "placed"),
        ),
        ("SELECT * FROM orders WHERE user_id = ? ORDER BY placed", ("user_id",)),
        ("SELECT * FROM orders WHERE user_id = ? ORDER BY id LIMIT 5", ("user_id",)),
        (
            "SELECT * FROM orders WHERE user_id = ? ORDER BY placed DESC, id LIMIT 5",
            ("user_id", "placed DESC", "id"),
        ),
        ("SELECT * FROM orders WHERE placed > ? AND user_id = ?", ("user_id", "placed")),
        ("SELECT * FROM orders WHERE user_id IN (?, ?) ORDER BY placed LIMIT 5", ("user_id",)),
        ("SELECT * FROM orders WHERE user_id IN (?, ?) AND status = ?", ("status", "user_id")),
        ("SELECT * FROM orders WHERE user_id = ? AND paid = ?", ("user_id",)),
        ("UPDATE orders SET status = ? WHERE user_id = ?", ("user_id",)),
        ("DELETE FROM orders WHERE user_id = ?", ("user_id",)),
    ],
)
def test_equal_columns_come_first_then_order_or_range(sql: str, expected: tuple[str, ...]) -> None:
    assert columns(scanned(sql)) == [expected]


def costly(sql: str, node: str = "orders", orders: Table = ORDERS) -> Case:
    """Return the case in which a planner that tells costs reads all of a table."""
    plan = Plan((PlanNode("Seq Scan", Access.FULL, node, cost=900.0),), 900.0)
    return case(query(sql), tables=(orders,), plans={sql: plan})


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT * FROM orders WHERE placed > ?", ("placed",)),
        ("SELECT * FROM orders ORDER BY placed DESC LIMIT 5", ("placed",)),
        ("SELECT * FROM orders ORDER BY placed DESC, id LIMIT 5", ("placed DESC", "id")),
    ],
)
def test_a_range_or_an_order_alone_is_claimed_only_where_costs_can_tell(
    sql: str, expected: tuple[str, ...]
) -> None:
    assert columns(costly(sql)) == [expected]
    assert not columns(scanned(sql))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM orders ORDER BY placed",
        "SELECT * FROM orders ORDER BY id LIMIT 5",
        "SELECT * FROM orders WHERE placed > ? OR user_id > ?",
    ],
)
def test_neither_is_claimed_where_no_index_serves(sql: str) -> None:
    assert not columns(costly(sql))


@pytest.mark.parametrize(("keys", "there"), [(("placed",), True), (("user_id", "placed"), False)])
def test_an_order_is_served_by_an_index_that_begins_with_it(
    keys: tuple[str, ...], there: bool
) -> None:
    orders = table("orders", "user_id", "placed", indexes=(Index("ix", keys),))
    found = columns(costly("SELECT * FROM orders ORDER BY placed LIMIT 5", orders=orders))
    assert found == ([] if there else [("placed",)])


def test_the_scan_of_a_partition_is_one_of_its_table() -> None:
    orders = replace(ORDERS, partitions=("orders_2024", "orders_2025"))
    plan = Plan(
        tuple(PlanNode("Seq Scan", Access.FULL, p, alias="orders_1") for p in orders.partitions)
    )
    (found,) = findings(RULE, case(query(BY_USER), tables=(orders,), plans={BY_USER: plan}))
    assert found.subject == "orders (user_id)"


def test_a_join_from_a_narrowed_table_counts_as_equal() -> None:
    users = table("users", "email")
    narrowed = "SELECT * FROM users JOIN orders ON orders.user_id = users.id WHERE users.email = ?"
    assert columns(scanned(narrowed, others=(users,))) == [("user_id",)]
    everything = "SELECT * FROM users JOIN orders ON orders.user_id = users.id"
    assert not columns(scanned(everything, others=(users,)))


def test_an_alias_is_traced_to_its_table() -> None:
    sql = "SELECT * FROM orders AS o WHERE o.user_id = ?"
    assert columns(case(query(sql), tables=(ORDERS,), plans={sql: full("o")})) == [("user_id",)]


def test_one_index_serves_several_queries() -> None:
    wide = "SELECT * FROM orders WHERE status = ? AND user_id = ? ORDER BY placed LIMIT 5"
    (found,) = findings(RULE, scanned(BY_USER, wide))
    assert isinstance(found.fix, AddIndex)
    assert found.fix.columns == ("user_id", "status", "placed")
    assert len(found.fingerprints) == 2
    assert found.weight == 20
    assert ("also", "serves 1 more query class") in found.evidence


def test_unlike_queries_keep_their_own() -> None:
    by_status = "SELECT * FROM orders WHERE status = ?"
    assert set(columns(scanned(BY_USER, by_status))) == {("user_id",), ("status",)}


@pytest.mark.parametrize("keys", [("user_id",), ("user_id", "placed"), ("user_id DESC",)])
def test_an_index_that_exists_is_never_proposed(keys: tuple[str, ...]) -> None:
    orders = table("orders", "user_id", "placed", indexes=(Index("ix", keys),))
    assert not columns(scanned(BY_USER, orders=orders))


@pytest.mark.parametrize(
    "index",
    [
        Index("ix", ("user_id",), where="paid"),
        Index("ix", ("user_id",), valid=False),
        Index("ix", ("placed", "user_id")),
    ],
    ids=["partial", "invalid", "behind another column"],
)
def test_an_index_that_cannot_serve_does_not_count(index: Index) -> None:
    orders = table("orders", "user_id", "placed", indexes=(index,))
    assert columns(scanned(BY_USER, orders=orders)) == [("user_id",)]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (12, "has 12 rows here"),
        (1, "has 1 row here"),
        (999, "has 999 rows here"),
        (None, "is of unknown size"),
    ],
)
def test_small_tables_are_not_judged_and_said_so(rows: int | None, reason: str) -> None:
    orders = table("orders", "user_id", rows=rows)
    assert answers(RULE, scanned(BY_USER, orders=orders)) == [NotJudged("orders", reason)]


def test_a_thousand_rows_are_judged() -> None:
    assert columns(scanned(BY_USER, orders=table("orders", "user_id", rows=1_000)))


@pytest.mark.parametrize(("expected", "refuted"), [(100, False), (20_000, True), (50_000, False)])
def test_a_value_that_the_planner_expects_often_refutes_the_index(
    expected: float, refuted: bool
) -> None:
    """All rows is what a planner without statistics says."""
    plan = full("orders", expected, "user_id = 7")
    (found,) = findings(RULE, case(query(BY_USER), tables=(ORDERS,), plans={BY_USER: plan}))
    assert isinstance(found.proof, Refuted) is refuted


def test_without_a_database_nothing_is_said() -> None:
    assert not answers(RULE, case(query(BY_USER)))


def deleted(*keys: ForeignKey, indexes: tuple[Index, ...] = ()) -> Case:
    """Return the case in which customers are deleted by their key."""
    sql = "DELETE FROM customers WHERE id = ?"
    orders = table("orders", "customer_id", keys=keys, indexes=indexes)
    plan = Plan((PlanNode("SEARCH", Access.INDEX, "customers"),))
    return case(query(sql), tables=(table("customers"), orders), plans={sql: plan})


def test_a_foreign_key_that_deletes_look_up_lacks_an_index() -> None:
    key = ForeignKey(("customer_id",), "customers", ("id",))
    (found,) = findings(RULE, deleted(key))
    assert found.subject == "orders (customer_id)"
    assert found.proof == Unproved("no plan shows what a foreign key reads")
    assert not findings(RULE, deleted(key, indexes=(Index("ix", ("customer_id",)),)))
    assert not findings(RULE, deleted(ForeignKey(("customer_id",), "shops", ("id",))))
