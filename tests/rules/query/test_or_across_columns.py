import pytest
from tests.rules.query.statements import judged, planned

from asa.rules.query.or_across_columns import RULE

JOINED = "FROM orders JOIN users ON users.id = orders.user_id"


def test_the_alternatives_become_a_union() -> None:
    sql = f"SELECT orders.id {JOINED} WHERE (orders.id = $1 OR users.email = $2) AND placed > $3"
    (found,) = judged(RULE, sql, 7, "a@b", "2024-01-01")
    assert planned(found) == (
        f"SELECT orders.id {JOINED} WHERE placed > %(p2)s AND orders.id = %(p0)s UNION "
        f"SELECT orders.id {JOINED} WHERE placed > %(p2)s AND users.email = %(p1)s"
    )
    assert found.subject == "email or id"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT state FROM orders WHERE state = $1 OR user_id = $2",
        "SELECT id FROM orders WHERE state = $1 OR state = $2",
        "SELECT count(*) FROM orders WHERE state = $1 OR user_id = $2",
        "SELECT id FROM orders WHERE state = $1 OR user_id = $2 LIMIT 5",
        (
            "SELECT users.id FROM users JOIN orders ON users.id = orders.user_id "
            "WHERE users.email = $1 OR orders.state = $2"
        ),
    ],
    ids=["no key", "one column", "aggregate", "limit", "rows multiplied"],
)
def test_where_a_union_could_give_other_rows_nothing_is_said(sql: str) -> None:
    assert not judged(RULE, sql, "x", 5)
