from tests.rules.cases import ORIGIN, case, findings

from asa.model.finding import Location
from asa.model.observation import UnreturnedConnection
from asa.model.record import Scope
from asa.rules.query.connection_leak import RULE


def taken(*, collected: bool) -> UnreturnedConnection:
    return UnreturnedConnection(Scope(), ORIGIN, "shop", 500.0, collected)


def test_what_the_collector_found_is_a_leak() -> None:
    (found,) = findings(RULE, case(facts=(taken(collected=True),)))
    assert found.location == Location("app/api.py", 31)
    assert found.summary == "1 connection never returned"


def test_what_was_in_use_at_the_end_is_none() -> None:
    assert not findings(RULE, case(facts=(taken(collected=False),)))
