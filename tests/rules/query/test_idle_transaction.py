from tests.rules.cases import ORIGIN, TOUCH, case, findings

from asa.model.finding import Location
from asa.model.observation import TransactionUse
from asa.model.record import Scope
from asa.rules.query.idle_transaction import RULE


def used(longest_ms: float, queries: int = 2) -> TransactionUse:
    return TransactionUse(
        Scope(label="POST /pay"),
        "shop",
        0.0,
        900.0,
        queries,
        4.0,
        longest_ms,
        ORIGIN,
        TOUCH,
        "commit",
    )


def test_a_wait_inside_of_a_transaction_is_found_with_both_lines() -> None:
    (found,) = findings(RULE, case(facts=(used(800.0),)))
    assert (found.subject, found.summary) == ("shop", "POST /pay, idle for 800 ms")
    assert found.location == Location("app/api.py", 31)
    assert found.related == (("until here", Location("app/api.py", 38)),)


def test_a_short_wait_is_innocent() -> None:
    assert not findings(RULE, case(facts=(used(100.0),)))
    assert not findings(RULE, case(facts=(used(800.0, queries=0),)))
