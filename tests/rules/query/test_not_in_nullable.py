import pytest
from tests.rules.query.statements import judged, planned

from asa.rules.query.not_in_nullable import RULE


def test_not_in_becomes_not_exists() -> None:
    sql = (
        "SELECT users.id FROM users WHERE (users.id NOT IN "
        "(SELECT orders.user_id FROM orders WHERE orders.placed > $1))"
    )
    (found,) = judged(RULE, sql, "2024-01-01")
    assert "NOT EXISTS(SELECT 1 FROM orders WHERE orders.placed > %(p0)s" in planned(found)
    assert "orders.user_id = users.id" in planned(found)
    assert found.subject == "orders.user_id"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT users.id FROM users WHERE users.id NOT IN (SELECT orders.id FROM orders)",
        "SELECT users.id FROM users WHERE users.id IN (SELECT orders.user_id FROM orders)",
        "SELECT users.id FROM users WHERE users.id NOT IN ($1, $2)",
        (
            "SELECT users.id FROM users WHERE users.id NOT IN "
            "(SELECT orders.user_id FROM orders LIMIT 5)"
        ),
    ],
    ids=["never NULL", "IN", "values", "limited"],
)
def test_look_alikes_are_left_alone(sql: str) -> None:
    assert not judged(RULE, sql)
