import pytest
from tests.rules.query.statements import judged, planned

from asa.rules.query.unjoined_tables import RULE

PRODUCT = "SELECT orders.id FROM orders, users WHERE users.email = $1"


def test_a_product_is_planned_with_the_foreign_key() -> None:
    (found,) = judged(RULE, PRODUCT, "a@b")
    assert found.subject == "orders, users"
    assert planned(found).endswith("users.email = %(p0)s AND orders.user_id = users.id")


def test_without_a_foreign_key_nothing_else_is_planned() -> None:
    (found,) = judged(RULE, "SELECT users.id FROM users, states")
    assert found.instead is None


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT orders.id FROM orders, users WHERE orders.user_id = users.id",
        "SELECT orders.id FROM orders, users WHERE orders.user_id > users.id",
        "SELECT orders.id FROM orders, users WHERE users.id = $1",
        "SELECT orders.id FROM orders CROSS JOIN users",
        "SELECT orders.id FROM orders JOIN users ON users.id = orders.user_id",
        "SELECT orders.id, (SELECT count(*) FROM users) FROM orders",
        "SELECT id FROM states, (SELECT 1) AS one",
    ],
    ids=["where", "range", "one row", "meant", "joined", "scalar", "derived"],
)
def test_tables_that_belong_together_are_left_alone(sql: str) -> None:
    assert not judged(RULE, sql, 7)
