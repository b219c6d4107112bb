import pytest
from tests.rules.query.statements import judged, planned, shown

from asa.model.fix import Rewrite
from asa.rules.query.function_on_column import RULE


@pytest.mark.parametrize(
    ("dialect", "sql", "expected"),
    [
        (
            "postgresql",
            "SELECT id FROM orders WHERE date(placed) = $1 AND state LIKE 'a%'",
            (
                "placed >= CAST(%(p0)s AS DATE) AND placed < CAST(%(p0)s AS DATE) + 1 "
                "AND state LIKE 'a%%'"
            ),
        ),
        (
            "postgresql",
            "SELECT id FROM orders WHERE placed::date = $1",
            "placed >= CAST(%(p0)s AS DATE) AND placed < CAST(%(p0)s AS DATE) + 1",
        ),
        (
            "postgresql",
            "SELECT id FROM orders WHERE EXTRACT(year FROM orders.placed) = $1",
            (
                "orders.placed >= MAKE_DATE(CAST(%(p0)s AS INT), 1, 1) "
                "AND orders.placed < MAKE_DATE(CAST(%(p0)s AS INT) + 1, 1, 1)"
            ),
        ),
        (
            "mysql",
            "SELECT id FROM orders WHERE year(placed) = %s",
            "placed >= MAKEDATE(%(p0)s, 1) AND placed < MAKEDATE(%(p0)s + 1, 1)",
        ),
        (
            "sqlite",
            "SELECT id FROM orders WHERE date(placed) = ?",
            "placed >= %(p0)s AND placed < DATE(%(p0)s, '+1 day')",
        ),
        ("sqlite", "SELECT id FROM orders WHERE id + 5 > ?", "id > %(p0)s - 5"),
        (
            "postgresql",
            "SELECT id FROM orders WHERE CAST(id AS VARCHAR) = $1",
            "id = CAST(%(p0)s AS BIGINT)",
        ),
    ],
)
def test_the_column_comes_out_of_its_function(dialect: str, sql: str, expected: str) -> None:
    (found,) = judged(RULE, sql, "2024-01-01", dialect=dialect)
    assert planned(found) == f"SELECT id FROM orders WHERE {expected}"


def test_the_finding_names_the_attribute_and_shows_the_original_placeholders() -> None:
    (found,) = judged(RULE, "SELECT id FROM orders WHERE date(placed) = $1", "2024-01-01")
    assert found.subject == "orders.placed"
    assert isinstance(found.fix, Rewrite)
    assert found.fix.text == ".where(Order.placed >= low, Order.placed < high)"
    assert "placed < CAST($1 AS DATE) + ?" in shown(found)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM orders WHERE placed = $1",
        "SELECT id FROM orders WHERE date(paid) = $1",
        "SELECT id FROM orders WHERE lower(state) = $1",
        "SELECT id FROM orders WHERE date(placed) = date(paid)",
        "SELECT id FROM orders WHERE date(placed) = $1 OR id = 5",
        "SELECT id FROM states WHERE CAST(id AS TEXT) = $1",
    ],
)
def test_what_no_index_of_the_column_serves_is_left_alone(sql: str) -> None:
    assert not judged(RULE, sql, "2024-01-01")


def test_quick_queries_are_left_alone() -> None:
    assert not judged(RULE, "SELECT id FROM orders WHERE date(placed) = $1", total_ms=3.0)
