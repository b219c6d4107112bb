import pytest
from tests.rules.query.statements import judged, planned, shown

from asa.rules.query.random_order import RULE


@pytest.mark.parametrize(("dialect", "call"), [("postgresql", "random()"), ("mysql", "RAND()")])
def test_the_key_is_the_order_instead(dialect: str, call: str) -> None:
    sql = f"SELECT id FROM orders WHERE state = 'a' ORDER BY {call} LIMIT 5"
    (found,) = judged(RULE, sql, dialect=dialect)
    assert planned(found) == "SELECT id FROM orders WHERE state = 'a' ORDER BY orders.id LIMIT 5"
    assert "orders.id >= :chance ORDER BY orders.id" in shown(found)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM orders ORDER BY random()",
        "SELECT id FROM orders ORDER BY id LIMIT 5",
        "SELECT id FROM states ORDER BY random() LIMIT 5",
    ],
)
def test_look_alikes_are_left_alone(sql: str) -> None:
    assert not judged(RULE, sql)
