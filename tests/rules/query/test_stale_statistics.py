from dataclasses import replace

import pytest
from tests.rules.query.statements import of

from asa.model.activity import Activity, NotCounted, TableActivity
from asa.model.finding import Finding
from asa.rules.query.stale_statistics import RULE

DAY = 86_400.0
NOW = 100 * DAY


def judged(
    changed: int | None,
    analysed: float | None = 60 * DAY,
    days: float = 90,
    sql: str = "SELECT * FROM orders",
) -> list[Finding]:
    use = TableActivity("orders", 9_000, changed, analysed)
    activity = Activity(NOW - days * DAY, NOW, tables=(use,))
    found = RULE.check(replace(of(sql), activity=activity))
    return list(found)  # type: ignore[call-overload, no-any-return]


def test_a_table_that_changed_much_is_named() -> None:
    (found,) = judged(20_000)
    assert found.subject == "orders"
    assert found.summary == "20k of 50k rows changed, analysed 40 days ago"
    assert found.fix is not None
    assert found.fix.text.startswith("ANALYZE orders")


def test_so_is_one_that_was_never_analysed() -> None:
    (found,) = judged(20_000, analysed=None)
    assert found.summary == "20k of 50k rows changed, never analysed"


@pytest.mark.parametrize(
    ("changed", "analysed", "days"),
    [
        (9_000, 60 * DAY, 90),
        (None, 60 * DAY, 90),
        (20_000, NOW - 600, 90),
        (20_000, None, 0.2),
    ],
    ids=["a little", "not counted", "just analysed", "a young server"],
)
def test_what_autovacuum_will_see_to_is_left_alone(
    changed: int | None, analysed: float | None, days: float
) -> None:
    assert not judged(changed, analysed, days)


def test_tables_that_no_query_reads_do_not_matter() -> None:
    assert not judged(20_000, sql="SELECT * FROM users")


def test_a_server_that_does_not_count_tells_nothing() -> None:
    one = replace(of("SELECT * FROM orders"), activity=NotCounted("it is off"))
    assert not list(RULE.check(one))  # type: ignore[call-overload]
