import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asa.sql.shown import shortened


def test_a_short_statement_stays_on_one_line() -> None:
    assert shortened("select a from t where b = 'secret'") == "SELECT a FROM t WHERE b = ?"


def test_a_long_statement_breaks_before_its_clauses_and_elides_its_columns() -> None:
    sql = (
        "SELECT orders.id, orders.customer_id, orders.created_at FROM orders "
        "WHERE orders.customer_id = $1 ORDER BY orders.created_at DESC LIMIT 20"
    )
    assert shortened(sql, 60).splitlines() == [
        "SELECT ... FROM orders WHERE orders.customer_id = $1",
        "ORDER BY orders.created_at DESC LIMIT 20",
    ]


def test_a_select_of_one_subquery_keeps_it() -> None:
    sql = "SELECT EXISTS (SELECT * FROM orders WHERE orders.customer_id = 7) AS anon_1"
    assert "WHERE orders.customer_id = ?" in shortened(sql, 60).replace("\n", " ")


def test_what_does_not_fit_says_that_more_follows() -> None:
    sql = "SELECT a FROM t WHERE " + " AND ".join(f"column_{n} = {n}" for n in range(50))
    shown = shortened(sql, 40, 2).splitlines()
    assert len(shown) == 2
    assert shown[-1].endswith("...")


@pytest.mark.parametrize("sql", ["SELECT 's3cret'", "INSERT INTO t VALUES ('s3cret', 424242)"])
def test_no_value_is_shown(sql: str) -> None:
    assert "s3cret" not in shortened(sql)
    assert "424242" not in shortened(sql)


@given(sql=st.text(max_size=300), width=st.integers(8, 80), lines=st.integers(1, 5))
def test_any_text_fits(sql: str, width: int, lines: int) -> None:
    shown = shortened(sql, width, lines).splitlines()
    assert len(shown) <= lines
    assert all(len(line) <= width for line in shown)


@pytest.mark.parametrize("held", ["$1", "?", "%s", "%(id)s", ":id", "@p1", "$1::INTEGER"])
def test_placeholders_stay_as_the_log_has_them(held: str) -> None:
    assert shortened(f"select a from t where id = {held}") == f"SELECT a FROM t WHERE id = {held}"


@pytest.mark.parametrize(
    ("sql", "shown"),
    [
        ("select * from a left outer join b on a.id = b.a_id", None),
        ("SELECT a FROM t WHERE b IN ($1, $2, $3)", "SELECT a FROM t WHERE b IN ($1, ...)"),
        ("INSERT INTO t VALUES (%s, %s), (%s, %s)", "INSERT INTO t VALUES (%s, %s), ..."),
        ("SELECT t.name, t.type, t.date FROM t", "SELECT t.name, t.type, t.date FROM t"),
        ("SELECT 'it''s' -- 7\n, b /* 'x' */ FROM t;", "SELECT ?, b FROM t"),
        ("SELECT a FROM t LIMIT 100000 OFFSET 20", "SELECT a FROM t LIMIT ? OFFSET ?"),
    ],
)
def test_a_statement_is_told_by_its_shape(sql: str, shown: str | None) -> None:
    expected = shown or "SELECT * FROM a LEFT OUTER JOIN b ON a.id = b.a_id"
    assert shortened(sql, 80).replace(" , ", ", ").replace("  ", " ") == expected


@given(words=st.lists(st.sampled_from(["SELECT", "(", ")", ",", "a", "'zqx'", "9187", "--", "/*"])))
def test_no_literal_survives_whatever_stands_around_it(words: list[str]) -> None:
    shown = shortened(" ".join(words), 79, 5, "postgresql")
    assert "zqx" not in shown
    assert "9187" not in shown


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT " + "(" * 20_000 + "1" + ")" * 20_000,
        "SELECT a FROM t WHERE b IN (" + ", ".join(["'x'"] * 300_000) + ")",
        "SELECT " + "1," * 24_000 + "1",
        "/*" * 24_000,
        "SELECT a FROM t WHERE b IN (" + "$1, " * 12_000,
    ],
)
def test_no_statement_takes_long(sql: str) -> None:
    started = time.process_time()
    shortened(sql, 72, 3, "postgresql")
    assert time.process_time() - started < 3
