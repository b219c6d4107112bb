from dataclasses import replace

from tests.rules.query.statements import of

from asa.model.finding import Finding, Proved
from asa.model.plan import Access, Plan, PlanNode
from asa.rules.query.spill_to_disk import RULE

SCAN = PlanNode("Seq Scan", Access.FULL, "orders")


def judged(disk_kb: int, *, kind: str = "Sort", max_ms: float | None = 90.0) -> list[Finding]:
    one = of("SELECT * FROM orders ORDER BY state")
    plan = Plan((PlanNode(kind, children=(SCAN,), disk_kb=disk_kb),), lines=("Sort",))
    (query_class,) = one.workload.classes
    classes = (replace(query_class, plan=plan, max_ms=max_ms),)
    found = RULE.check(replace(one, workload=replace(one.workload, classes=classes)))
    return list(found)  # type: ignore[call-overload, no-any-return]


def test_a_sort_on_disk_is_named_with_the_memory_it_needs() -> None:
    (found,) = judged(51_248)
    assert (found.subject, found.summary) == ("Sort of orders", "52 MB to disk")
    assert found.fix is not None
    assert "SET LOCAL work_mem = '160MB'" in found.fix.text
    assert isinstance(found.proof, Proved)


def test_what_stays_in_memory_or_is_small_or_fast_is_left_alone() -> None:
    assert not judged(0)
    assert not judged(300)
    assert not judged(51_248, max_ms=4.0)


def test_without_a_logged_plan_nothing_is_known() -> None:
    assert not list(RULE.check(of("SELECT * FROM orders ORDER BY state")))  # type: ignore[call-overload]
