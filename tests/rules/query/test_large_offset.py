import pytest
from tests.rules.query.statements import judged, planned, shown

from asa.model.finding import Unproved
from asa.model.fix import Rewrite
from asa.rules.query.large_offset import RULE

PAGE = "SELECT id FROM orders ORDER BY placed DESC, id DESC LIMIT $1 OFFSET $2"


def test_a_far_page_is_shown_by_key() -> None:
    (found,) = judged(RULE, PAGE, 20, 50_000)
    assert found.summary == "OFFSET 50,000"
    assert planned(found) == "SELECT id FROM orders ORDER BY placed DESC, id DESC LIMIT %(p0)s"
    assert "WHERE (placed, id) < (:last_placed, :last_id)" in shown(found)
    assert isinstance(found.fix, Rewrite)
    assert found.fix.text == (
        ".where(tuple_(Order.placed, Order.id) < tuple_(last.placed, last.id)) "
        "in place of .offset()"
    )


def test_a_key_is_added_to_an_order_with_equals() -> None:
    (found,) = judged(RULE, "SELECT id FROM orders ORDER BY placed LIMIT 20 OFFSET 5000")
    assert "WHERE (placed, id) > (:last_placed, :last_id) ORDER BY placed, id" in shown(found)


def test_on_mysql_rows_are_not_compared_and_nothing_is_proved() -> None:
    (found,) = judged(
        RULE, PAGE.replace("$1", "%s").replace("$2", "%s"), 20, 5_000, dialect="mysql"
    )
    wanted = "placed <= :last_placed AND (placed < :last_placed OR id < :last_id)"
    assert wanted in shown(found)
    assert isinstance(found.proof, Unproved)


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        (PAGE, (20, 40)),
        (PAGE, ()),
        ("SELECT id FROM orders ORDER BY paid LIMIT 20 OFFSET 5000", ()),
        ("SELECT id FROM orders LIMIT 20 OFFSET 5000", ()),
        ("SELECT id FROM states ORDER BY id LIMIT 20 OFFSET 5000", ()),
    ],
    ids=["second page", "unknown", "order with NULLs", "no order", "small table"],
)
def test_other_pages_are_left_alone(sql: str, values: tuple[object, ...]) -> None:
    assert not judged(RULE, sql, *values)
