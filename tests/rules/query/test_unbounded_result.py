from tests.rules.cases import case, findings, query

from asa.rules.query.unbounded_result import RULE

ORDERS = "SELECT orders.id FROM orders WHERE orders.status = ?"


def found(sql: str, calls: int, rows: int | None) -> list[str]:
    return [f"{f.subject}: {f.summary}" for f in findings(RULE, case(query(sql, calls, rows)))]


def test_very_many_rows_are_found() -> None:
    assert found(ORDERS, 2, 80_000) == ["orders: 40k rows a time"]


def test_a_limit_is_a_bound() -> None:
    assert not found(f"{ORDERS} LIMIT 50000", 2, 80_000)


def test_some_rows_are_innocent() -> None:
    assert not found(ORDERS, 1_000, 80_000)
    assert not found(ORDERS, 1, None)
