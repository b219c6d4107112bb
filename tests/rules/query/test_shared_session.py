from collections.abc import Iterable

from tests.rules.cases import ORIGIN, TOUCH, case, findings

from asa.model.finding import Location, Severity
from asa.model.observation import SharedSession
from asa.model.record import QueryRecord, Scope
from asa.rules.query.shared_session import RULE
from asa.workload.readers.sharing import Sharing


def shared(tasks: Iterable[str], gap_s: float = 1.0, lasts_ms: float = 1.0) -> bool:
    sharing = Sharing()
    found = [
        sharing.take(
            QueryRecord(
                "SELECT 1",
                started_at=place * gap_s,
                duration_ms=lasts_ms,
                scope=Scope(process=1, task=task, session="1"),
            )
        )
        for place, task in enumerate(tasks)
    ]
    return any(found)


def test_both_lines_are_told() -> None:
    fact = SharedSession(Scope(session="1"), ORIGIN, TOUCH)
    (found,) = findings(RULE, case(facts=(fact,)))
    assert found.severity is Severity.ERROR
    assert found.location == Location("app/api.py", 31)
    assert found.related == (("another task here", Location("app/api.py", 38)),)


def test_tasks_that_both_come_back_share_a_session() -> None:
    assert shared("ABAB")


def test_queries_that_overlap_share_a_session() -> None:
    assert shared("AB", gap_s=0.001, lasts_ms=50.0)


def test_a_session_handed_on_and_back_is_innocent() -> None:
    assert not shared("AABB")
    assert not shared("ABACADA")
