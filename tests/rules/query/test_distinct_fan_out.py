import pytest
from tests.rules.query.statements import judged, planned

from asa.rules.query.distinct_fan_out import RULE

JOINED = "FROM users JOIN orders ON orders.user_id = users.id"


def test_the_join_becomes_exists() -> None:
    sql = (
        f"SELECT DISTINCT users.id, users.email {JOINED} "
        "WHERE orders.state = $1 AND users.email > $2 ORDER BY users.email LIMIT 5"
    )
    (found,) = judged(RULE, sql, "new", "k")
    assert found.subject == "orders"
    assert planned(found) == (
        "SELECT users.id, users.email FROM users WHERE users.email > %(p1)s AND EXISTS("
        "SELECT 1 FROM orders WHERE orders.state = %(p0)s AND orders.user_id = users.id) "
        "ORDER BY users.email LIMIT 5"
    )


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT users.id {JOINED}",
        f"SELECT DISTINCT users.email {JOINED}",
        f"SELECT DISTINCT users.id, orders.state {JOINED}",
        f"SELECT DISTINCT * {JOINED}",
        f"SELECT DISTINCT users.id, count(orders.id) {JOINED} GROUP BY users.id",
        "SELECT DISTINCT users.id FROM users LEFT JOIN orders ON orders.user_id = users.id",
        "SELECT DISTINCT orders.id FROM orders JOIN users ON orders.user_id = users.id",
        "SELECT DISTINCT users.id FROM users",
        f"SELECT DISTINCT users.id {JOINED} ORDER BY orders.placed",
        f"SELECT DISTINCT ON (users.id) users.id {JOINED}",
    ],
    ids=[
        *("not distinct", "no key", "both read", "everything", "grouped", "outer"),
        *("one to one", "no join", "ordered by it", "distinct on"),
    ],
)
def test_what_needs_its_join_or_its_distinct_is_left_alone(sql: str) -> None:
    assert not judged(RULE, sql)
