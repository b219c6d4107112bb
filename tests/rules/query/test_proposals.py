import pytest
from tests.rules.cases import case, full, query, table

from asa.model.schema import Index
from asa.rules.query.proposals import proposals

REPORT = "SELECT method, sum(amount) FROM payments GROUP BY method"


def tried(sql: str, rows: int, calls: int = 20, total_ms: float | None = None) -> set[str]:
    """Return the indexes tried for a statement that reads all payments."""
    payments = table("payments", "method", "amount", "paid", rows=rows)
    asked = query(sql, calls, total_ms=total_ms)
    return {
        one.index.subject
        for one in proposals(case(asked, tables=(payments,), plans={sql: full("payments")}), 1_000)
    }


@pytest.mark.parametrize(
    ("rows", "calls", "total_ms"),
    [(1_100, 500, None), (99_000, 500, 90_000.0), (5_000_000, 1, 9_000.0), (500_000, 9, 40.0)],
    ids=["small", "not large", "once", "cheap"],
)
@pytest.mark.parametrize(
    "sql",
    [
        REPORT,
        "SELECT DISTINCT method FROM payments",
        "SELECT method, amount FROM payments ORDER BY method",
        f"{REPORT} HAVING sum(amount) > 5",
        "SELECT method, sum(amount) FROM payments WHERE paid <> 1 GROUP BY method",
    ],
)
def test_no_index_is_only_to_be_read_whole(
    sql: str, rows: int, calls: int, total_ms: float | None
) -> None:
    assert not tried(sql, rows, calls, total_ms)


@pytest.mark.parametrize("total_ms", [None, 4_000.0])
def test_a_large_table_read_whole_often_may_have_one(total_ms: float | None) -> None:
    assert "payments (method, amount)" in tried(REPORT, 500_000, total_ms=total_ms)


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        (f"{REPORT} LIMIT 3", "payments (method)"),
        ("SELECT method FROM payments ORDER BY method LIMIT 3", "payments (method)"),
        (
            "SELECT sum(amount) FROM payments WHERE method = ? GROUP BY paid",
            "payments (method, paid, amount)",
        ),
    ],
)
def test_where_some_rows_are_sought_the_size_does_not_matter(sql: str, index: str) -> None:
    assert index in tried(sql, 1_100, calls=1, total_ms=2.0)


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        (
            "SELECT amount FROM payments WHERE method IN ('card') ORDER BY abs(amount) LIMIT 3",
            "payments (method, abs(amount))",
        ),
        (
            "SELECT amount FROM payments WHERE lower(method) = 'x' AND lower(paid) = 'y'",
            "payments (lower(method), lower(paid))",
        ),
        ("SELECT amount FROM payments WHERE method = 'x' OR paid = 'y'", "payments (paid)"),
        ("SELECT amount FROM payments WHERE paid IS NOT NULL", "WHERE paid IS NOT NULL"),
    ],
)
def test_expressions_alternatives_and_conditions_alone_have_an_index(sql: str, index: str) -> None:
    assert any(index in one for one in tried(sql, 500_000))


def test_one_that_covers_keeps_the_order_of_the_index_that_it_replaces() -> None:
    sql = "SELECT amount FROM payments WHERE paid = ? AND method = ?"
    there = Index("ix", ("paid", "method"))
    payments = table("payments", "method", "amount", "paid", rows=500_000, indexes=(there,))
    given = case(query(sql), tables=(payments,), plans={sql: full("payments")})
    found = {one.index.subject for one in proposals(given, 1_000)}
    assert "payments (paid, method, amount)" in found
