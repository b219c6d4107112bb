from dataclasses import replace

import pytest
from tests.rules.query.statements import of

from asa.model.case import Case
from asa.model.finding import Finding, Proved
from asa.model.plan import Plan
from asa.model.workload import QueryClass
from asa.rules.query.count_beside_page import RULE
from asa.sql.fingerprint import fingerprint

PAGE = "SELECT orders.id, orders.state FROM orders WHERE orders.state = $1 ORDER BY orders.id DESC"
LIMITED = f"{PAGE} LIMIT $2 OFFSET $3"
COUNT = "SELECT count(*) AS count_1 FROM orders WHERE orders.state = $1"
WRAPPED = f"SELECT count(*) AS count_1 FROM ({PAGE}) AS anon_1"


def query(sql: str, calls: int, mean_ms: float) -> QueryClass:
    total = calls * mean_ms
    return QueryClass(fingerprint(sql, "postgresql"), sql, "postgresql", calls, total, timed=calls)


def judged(
    count: str = COUNT,
    page: str = LIMITED,
    calls: int = 50,
    costs: tuple[float, float] | None = (5_000.0, 12.0),
    times: tuple[float, float] = (40.0, 3.0),
) -> list[Finding]:
    one = of(count)
    classes = (query(count, calls, times[0]), query(page, 60, times[1]))
    plans = {
        c.fingerprint: Plan((), cost)
        for c, cost in zip(classes, costs or (), strict=costs is not None)
    }
    case: Case = replace(one, workload=replace(one.workload, classes=classes), plans=plans)
    return list(RULE.check(case))  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize(
    "count",
    [COUNT, COUNT.replace("count(*)", "count(orders.id)"), WRAPPED],
    ids=["plain", "of a column", "of a subquery"],
)
def test_a_count_that_costs_more_than_its_page_is_named(count: str) -> None:
    (found,) = judged(count)
    assert found.proof == Proved("both planned here: cost 5,000, and 12 for the page")
    assert "LIMIT" in dict(found.evidence)["beside"]


def test_without_costs_the_log_s_times_tell() -> None:
    (found,) = judged(costs=None)
    assert found.proof == Proved("measured in the log: 40.0 ms each, and 3.0 ms for the page")


def test_a_page_without_offset_is_one_too() -> None:
    assert judged(page=f"{PAGE} LIMIT $2")


def test_a_cheap_count_is_left_alone() -> None:
    assert not judged(costs=(20.0, 12.0), times=(3.0, 3.0))
    assert not judged(costs=None, times=(3.0, 3.0))
    assert not judged(times=(2.0, 3.0))


def test_a_count_for_few_of_the_pages_is_left_alone() -> None:
    assert not judged(calls=5)


@pytest.mark.parametrize(
    "count",
    [
        "SELECT count(*) AS count_1 FROM orders WHERE orders.user_id = $1",
        "SELECT count(*) AS count_1 FROM orders",
        "SELECT count(*) FROM orders WHERE orders.state = $1 GROUP BY orders.user_id",
        f"SELECT count(*) FROM ({LIMITED}) AS page",
    ],
    ids=["other condition", "no condition", "grouped", "of a page"],
)
def test_a_count_of_something_else_is_left_alone(count: str) -> None:
    assert not judged(count)
