from tests.rules.cases import ORIGIN, case, findings

from asa.model.finding import Severity
from asa.model.observation import PoolWait
from asa.model.record import Scope
from asa.rules.query.pool_wait import RULE


def waited(wait_ms: float, *, timed_out: bool = False) -> PoolWait:
    return PoolWait(Scope(), ORIGIN, "shop", wait_ms, timed_out, 5, 10)


def test_a_wait_for_a_connection_is_found() -> None:
    (found,) = findings(RULE, case(facts=(waited(180.0),)))
    assert (found.severity, found.summary) == (Severity.WARNING, "waited for 180 ms")
    assert ("pool", "pool_size=5, max_overflow=10") in found.evidence


def test_a_wait_in_vain_is_an_error() -> None:
    (found,) = findings(RULE, case(facts=(waited(30_000.0, timed_out=True),)))
    assert found.severity is Severity.ERROR


def test_a_blink_is_innocent() -> None:
    assert not findings(RULE, case(facts=(waited(2.0),)))
