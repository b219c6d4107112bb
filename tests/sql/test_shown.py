import pytest
from hypothesis import given
from hypothesis import strategies as st

from asa.sql.shown import shortened


def test_a_short_statement_stays_on_one_line():
    assert shortened("select a from t where b = 'secret'") == "SELECT a FROM t WHERE b = ?"


def test_a_long_statement_breaks_before_its_clauses_and_elides_its_columns():
    sql = (
        "SELECT orders.id, orders.customer_id, orders.created_at FROM orders "
        "WHERE orders.customer_id = $1 ORDER BY orders.created_at DESC LIMIT 20"
    )
    assert shortened(sql, 60).splitlines() == [
        "SELECT ... FROM orders WHERE orders.customer_id = ?",
        "ORDER BY orders.created_at DESC LIMIT ?",
    ]


def test_what_does_not_fit_says_that_more_follows():
    sql = "SELECT a FROM t WHERE " + " AND ".join(f"column_{n} = {n}" for n in range(50))
    shown = shortened(sql, 40, 2).splitlines()
    assert len(shown) == 2
    assert shown[-1].endswith("...")


@pytest.mark.parametrize("sql", ["SELECT 's3cret'", "INSERT INTO t VALUES ('s3cret', 424242)"])
def test_no_value_is_shown(sql):
    assert "s3cret" not in shortened(sql)
    assert "424242" not in shortened(sql)


@given(sql=st.text(max_size=300), width=st.integers(8, 80), lines=st.integers(1, 5))
def test_any_text_fits(sql, width, lines):
    shown = shortened(sql, width, lines).splitlines()
    assert len(shown) <= lines
    assert all(len(line) <= width for line in shown)
