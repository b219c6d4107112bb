import pytest
from tests.rules.query.statements import judged

from asa.rules.query.write_without_where import RULE


@pytest.mark.parametrize(
    ("sql", "summary"),
    [
        ("UPDATE orders SET state = $1", "updates all 50k rows"),
        ("DELETE FROM orders", "deletes all 50k rows"),
    ],
)
def test_a_whole_table_is_said(sql: str, summary: str) -> None:
    (found,) = judged(RULE, sql)
    assert (found.subject, found.summary) == ("orders", summary)
    assert found.instead is None


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("UPDATE orders SET state = $1 WHERE id = $2", None),
        ("DELETE FROM states", None),
        ("DELETE FROM orders", 12),
        ("UPDATE orders SET state = 'x' FROM users WHERE users.id = orders.user_id", None),
        ("INSERT INTO orders (id) VALUES ($1)", None),
    ],
    ids=["where", "small", "few rows", "joined", "insert"],
)
def test_look_alikes_are_left_alone(sql: str, rows: int | None) -> None:
    assert not judged(RULE, sql, rows=rows)
