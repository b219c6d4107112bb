from collections.abc import Iterable
from dataclasses import replace
from typing import cast

import pytest
from tests.rules.query.statements import judged, of

from asa.model.finding import Finding
from asa.rules.query.unordered_page import RULE


def test_a_page_without_an_order_is_named() -> None:
    (found,) = judged(RULE, "SELECT id, state FROM orders LIMIT $1 OFFSET $2", 20, 0)
    assert found.subject == "orders"
    assert found.fix is not None
    assert found.fix.text == ".order_by(Order.id) before .offset()"


def test_neither_schema_nor_time_is_needed() -> None:
    case = replace(of("SELECT * FROM heroes LIMIT 20 OFFSET 40", total_ms=None), schema=None)
    (found,) = cast("Iterable[Finding]", RULE.check(case))
    assert found.fix is not None
    assert found.fix.text == ".order_by(heroes.c.id) before .offset()"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM orders ORDER BY placed LIMIT 20 OFFSET 40",
        "SELECT id FROM orders LIMIT 20",
        "SELECT id FROM orders LIMIT 1 OFFSET 40",
        "SELECT id FROM orders WHERE id = $1 LIMIT 20 OFFSET 0",
        "SELECT count(*) FROM (SELECT id FROM orders LIMIT 20 OFFSET 40) AS page",
        "SELECT state FROM orders GROUP BY state LIMIT 20 OFFSET 40",
        "SELECT p.id FROM (SELECT id FROM orders ORDER BY id LIMIT 5 OFFSET 5) AS p",
    ],
    ids=["ordered", "no offset", "one row", "by key", "counted", "grouped", "ordered inside"],
)
def test_what_has_an_order_or_needs_none_is_left_alone(sql: str) -> None:
    assert not judged(RULE, sql, 7)


def test_the_offset_that_sqlalchemy_adds_on_sqlite_makes_no_page() -> None:
    page = "SELECT id FROM orders LIMIT ? OFFSET ?"
    assert not judged(RULE, page, 20, 0, dialect="sqlite")
    assert judged(RULE, page, 20, 40, dialect="sqlite")
