import pytest
from tests.rules.query.statements import judged, planned

from asa.rules.query.correlated_subquery import RULE

COUNTED = "(SELECT count(*) FROM orders WHERE orders.user_id = users.id AND orders.state = $1)"


def test_the_aggregates_are_joined() -> None:
    (found,) = judged(RULE, f"SELECT users.email, {COUNTED} AS n FROM users", "new")
    assert found.subject == "orders"
    assert planned(found) == (
        "SELECT users.email, COALESCE(asa_0.held, 0) AS n FROM users LEFT JOIN ("
        "SELECT orders.user_id AS met, COUNT(*) AS held FROM orders "
        "WHERE orders.state = %(p0)s GROUP BY orders.user_id) AS asa_0 ON asa_0.met = users.id"
    )


def test_so_is_one_that_is_compared() -> None:
    sql = (
        "SELECT o.id FROM orders AS o WHERE o.placed = "
        "(SELECT max(i.placed) FROM orders AS i WHERE i.user_id = o.user_id) LIMIT 9"
    )
    (found,) = judged(RULE, sql)
    assert "WHERE o.placed = asa_0.held" in planned(found)
    assert "ON asa_0.met = o.user_id" in planned(found)


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT users.email, {COUNTED} AS n FROM users LIMIT 20",
        "SELECT users.email, (SELECT count(*) FROM orders) AS n FROM users",
        (
            "SELECT users.email, (SELECT orders.state FROM orders "
            "WHERE orders.user_id = users.id LIMIT 1) AS n FROM users"
        ),
        (
            "SELECT users.email, (SELECT 1 + count(*) FROM orders "
            "WHERE orders.user_id = users.id) AS n FROM users"
        ),
        (
            "SELECT users.email FROM users WHERE EXISTS "
            "(SELECT 1 FROM orders WHERE orders.user_id = users.id)"
        ),
        (
            "SELECT users.email, (SELECT count(*) FROM orders WHERE orders.user_id = users.id "
            "AND orders.placed > users.email) AS n FROM users"
        ),
    ],
    ids=["a page", "not tied", "no aggregate", "never empty", "exists", "tied twice"],
)
def test_what_would_be_another_query_is_left_alone(sql: str) -> None:
    assert not judged(RULE, sql, "new")
