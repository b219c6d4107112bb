import pytest
from tests.rules.cases import ORIGIN, TOUCH, burst, case, findings, query, table

from asa.model.case import Case
from asa.model.finding import Severity, Unproved
from asa.model.fix import LoaderOption, Rewrite
from asa.model.record import RelationshipLoad
from asa.model.schema import ForeignKey, Index
from asa.model.workload import Burst
from asa.rules.query.n_plus_one import RULE

ITEMS = "SELECT items.id, items.order_id FROM items WHERE items.order_id = ?"
ORDERS = "SELECT orders.id FROM orders WHERE orders.status = ?"
ORDER = "SELECT orders.id, orders.user_id FROM orders WHERE orders.id = ?"
USER = "SELECT users.id, users.email FROM users WHERE users.id = ?"
TABLES = (
    table("users", "email", indexes=(Index("uq", ("email",), unique=True, constraint=True),)),
    table(
        "orders", "user_id", "status", "placed", keys=(ForeignKey(("user_id",), "users", ("id",)),)
    ),
    table("items", "order_id", "n", keys=(ForeignKey(("order_id",), "orders", ("id",)),)),
)


def loaded(
    path: tuple[str, ...], strategy: str = "lazy", collections: tuple[bool, ...] = ()
) -> RelationshipLoad:
    return RelationshipLoad(path, strategy, ORIGIN, collections)


def of_loads(*bursts: Burst) -> Case:
    return case(query(ITEMS), bursts=bursts)


def test_a_lazy_collection_is_named_with_both_lines_and_its_option() -> None:
    (found,) = findings(RULE, of_loads(burst(ITEMS, 20, load=loaded(("Order.items",)))))
    assert found.severity is Severity.ERROR
    assert found.subject == "Order.items"
    assert found.summary == "21 queries"
    assert dict(found.evidence) == {
        "load": f"app/api.py:31   {ORIGIN.text}",
        "touch": f"app/api.py:38   {TOUCH.text}, 20 times",
        "queries": "21 -> 2 predicted",
        "lock": 'lazy="raise" on Order.items: an error, not a query',
    }
    assert found.fix == LoaderOption(
        "selectinload(Order.items)",
        ORIGIN,
        ("selectinload",),
        (("selectinload", "Order.items"),),
    )
    assert str(found.location) == "app/api.py:31"
    assert found.proof == Unproved("not rerun, see --prove")
    assert found.weight == pytest.approx(19)


def test_two_parents_are_enough_where_the_orm_told() -> None:
    assert findings(RULE, of_loads(burst(ITEMS, 2, load=loaded(("Order.items",)))))


def test_one_parent_is_not() -> None:
    assert not findings(RULE, of_loads(burst(ITEMS, 2, distinct=1, load=loaded(("Order.items",)))))


@pytest.mark.parametrize("strategy", ["lazy", "immediate", "refresh"])
def test_loads_for_each_parent_are_faults(strategy: str) -> None:
    assert findings(RULE, of_loads(burst(ITEMS, load=loaded(("Order.items",), strategy))))


@pytest.mark.parametrize("strategy", ["selectin", "subquery"])
def test_loader_options_at_work_are_the_cure(strategy: str) -> None:
    assert not findings(RULE, of_loads(burst(ITEMS, load=loaded(("Order.items",), strategy))))


def test_a_single_row_is_joined() -> None:
    load = loaded(("Order.user",), collections=(False,))
    (found,) = findings(RULE, of_loads(burst(USER, load=load)))
    assert found.fix == LoaderOption(
        "joinedload(Order.user)", ORIGIN, ("joinedload",), (("joinedload", "Order.user"),)
    )


def test_a_deferred_column_is_undeferred() -> None:
    (found,) = findings(RULE, of_loads(burst(USER, load=loaded(("User.bio",), "deferred"))))
    assert found.fix == LoaderOption(
        "undefer(User.bio)", ORIGIN, ("undefer",), (("undefer", "User.bio"),)
    )
    assert ("queries", "21 -> 1 predicted") in found.evidence


def test_nested_levels_are_one_finding_with_the_whole_path() -> None:
    (found,) = findings(
        RULE,
        of_loads(
            burst(ITEMS, 60, load=loaded(("User.orders", "Order.items"), collections=(True, True))),
            burst(ORDERS, 20, load=loaded(("User.orders",), collections=(True,))),
        ),
    )
    assert isinstance(found.fix, LoaderOption)
    assert found.fix.text == ".options(selectinload(User.orders).selectinload(Order.items))"
    assert found.subject == "User.orders -> Order.items"
    assert ("queries", "81 -> 3 predicted") in found.evidence
    assert len(found.fingerprints) == 2


def test_two_relationships_of_one_parent_are_two_findings() -> None:
    found = findings(
        RULE,
        of_loads(
            burst(ITEMS, load=loaded(("Order.items",))), burst(USER, load=loaded(("Order.user",)))
        ),
    )
    assert {f.subject for f in found} == {"Order.items", "Order.user"}


def test_the_request_is_named() -> None:
    (found,) = findings(
        RULE, of_loads(burst(ITEMS, load=loaded(("Order.items",)), label="GET /orders"))
    )
    assert found.summary == "GET /orders, 21 queries"


def of_loop(
    sql: str, calls: int, *, parent: str | None = None, parent_rows: int = 20, **facts: object
) -> list[str]:
    queries = [query(sql, calls, rows=calls)]
    if parent:
        queries.append(query(parent, 1, rows=parent_rows))
    loop = burst(sql, calls, earlier=(parent,) if parent else (), **facts)  # type: ignore[arg-type]
    return [
        f.fix.text
        for f in findings(RULE, case(*queries, tables=TABLES, bursts=(loop,)))
        if isinstance(f.fix, Rewrite)
    ]


def test_get_in_a_loop_becomes_one_select_of_the_entity() -> None:
    assert of_loop(USER, 20, parent=ORDERS, entity="User") == [
        "select(User).where(User.id.in_(ids))"
    ]


def test_a_select_for_each_row_becomes_one() -> None:
    assert of_loop(ITEMS, 20, parent=ORDERS, entity="Item") == [
        "select(Item).where(Item.order_id.in_(order_ids))"
    ]


def test_two_rows_of_a_seen_parent_are_enough() -> None:
    assert of_loop(USER, 2, parent=ORDERS, entity="User")


def test_two_gets_without_rows_to_loop_over_are_innocent() -> None:
    assert not of_loop(USER, 2, entity="User")
    assert not of_loop(USER, 2, parent=ORDERS, parent_rows=1, entity="User")


def test_rows_that_several_parents_share_are_asked_for_again() -> None:
    assert of_loop(USER, 20, parent=ORDERS, entity="User", distinct=8)
    assert not of_loop(USER, 20, entity="User", distinct=8)
    assert not of_loop(USER, 20, parent=ORDERS, distinct=8)


def test_a_total_is_no_parent() -> None:
    total = "SELECT count(*) AS count_1 FROM orders WHERE orders.user_id = ?"
    queries = [query(ITEMS, 20, 60), query(ORDERS, 1, 20), query(total, 20, 20)]
    loops = (
        burst(ITEMS, 20, entity="Item", earlier=(ORDERS, total)),
        burst(total, 20, entity="Order", earlier=(ORDERS,), site=ORIGIN),
    )
    found = findings(RULE, case(*queries, tables=TABLES, bursts=loops))
    assert "orders.id -> items.order_id" in {one.subject for one in found}


def test_a_total_that_is_never_none_is_grouped_too() -> None:
    votes = "SELECT coalesce(sum(items.n), ?) AS n FROM items WHERE items.order_id = ?"
    written = "select(Item.order_id, func.sum(Item.n)).where(Item.order_id.in_(order_ids))"
    assert of_loop(votes, 20, parent=ORDERS, entity="Item") == [
        f"{written}.group_by(Item.order_id)"
    ]


def test_a_loop_over_values_from_elsewhere_is_found_from_three() -> None:
    assert of_loop(USER, 3, entity="User")


def test_a_unique_column_is_a_key_too() -> None:
    by_email = "SELECT users.id FROM users WHERE users.email = ?"
    assert of_loop(by_email, 12, entity="User") == ["select(User).where(User.email.in_(emails))"]


def test_a_statement_that_no_entity_is_known_of_needs_more_rows() -> None:
    assert not of_loop(ITEMS, 2, parent=ORDERS)
    assert not of_loop(ITEMS, 4)
    (found,) = findings(
        RULE,
        case(
            query(ITEMS),
            query(ORDERS, 1, rows=20),
            tables=TABLES,
            bursts=(burst(ITEMS, 3, earlier=(ORDERS,)),),
        ),
    )
    assert found.severity is Severity.WARNING


@pytest.mark.parametrize(
    "innocent",
    [
        "SELECT id FROM orders WHERE user_id = ? ORDER BY id LIMIT 20 OFFSET ?",
        "SELECT id FROM orders WHERE user_id = ? AND id > ? ORDER BY id LIMIT 20",
        "SELECT id FROM orders WHERE id IN (?, ?, ?)",
        "SELECT count(*) FROM orders WHERE status = ?",
        "SELECT id FROM orders WHERE placed > ?",
        "INSERT INTO orders (user_id) VALUES (?)",
        "UPDATE orders SET status = ? WHERE id = ?",
    ],
    ids=["offset page", "keyset page", "chunked list", "count", "polling", "insert", "update"],
)
def test_innocent_repetitions(innocent: str) -> None:
    assert not of_loop(innocent, 50, parent=ITEMS, entity="Order")


def test_the_same_query_with_the_same_values_is_another_matter() -> None:
    assert not of_loop(USER, 50, parent=ORDERS, entity="User", distinct=1)


def test_without_a_schema_keys_are_told_by_name_and_by_rows() -> None:
    by_sku = "SELECT id FROM products WHERE sku = ?"
    loop = burst(by_sku, 12, entity="Product")
    assert findings(RULE, case(query(by_sku, 12, rows=12), bursts=(loop,)))
    assert not findings(RULE, case(query(by_sku, 12, rows=90), bursts=(loop,)))
    assert findings(RULE, case(query(USER, 12, rows=90), bursts=(burst(USER, entity="User"),)))
