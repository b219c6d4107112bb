from dataclasses import replace

from tests.rules.cases import ORIGIN, TOUCH, burst, case, findings, query

from asa.model.finding import Location, Severity, Unproved
from asa.model.fix import LoaderOption, Rewrite
from asa.model.observation import Observation, UnloadedAttribute
from asa.model.record import RelationshipLoad, Scope
from asa.rules.query import n_plus_one
from asa.rules.query.missing_greenlet import RULE

ITEMS = "SELECT items.id FROM items WHERE items.order_id = ?"
LOAD = RelationshipLoad(("Order.items",), "lazy", ORIGIN, (True,), failed=True)


def test_one_touch_is_enough_and_both_lines_are_named() -> None:
    (found,) = findings(RULE, case(query(ITEMS), bursts=(burst(ITEMS, 1, load=LOAD),)))
    assert found.severity is Severity.ERROR
    assert (found.subject, found.summary) == ("Order.items", "MissingGreenlet")
    assert found.location == Location(ORIGIN.file, ORIGIN.line)
    assert found.related == (("touched here", Location(TOUCH.file, TOUCH.line)),)
    assert isinstance(found.fix, LoaderOption)
    assert found.fix.text == ".options(selectinload(Order.items))"
    assert isinstance(found.proof, Unproved)


def test_what_a_commit_expired_is_kept() -> None:
    load = replace(LOAD, path=("Order",), strategy="expired")
    (found,) = findings(RULE, case(query(ITEMS), bursts=(burst(ITEMS, 1, load=load),)))
    assert found.fix == Rewrite("async_sessionmaker(..., expire_on_commit=False)")


def test_a_load_that_was_awaited_is_innocent() -> None:
    awaited = replace(LOAD, failed=False)
    assert not findings(RULE, case(query(ITEMS), bursts=(burst(ITEMS, 9, load=awaited),)))


def test_a_load_that_failed_is_no_n_plus_one() -> None:
    several = case(query(ITEMS), bursts=(burst(ITEMS, 9, load=LOAD),))
    assert not findings(n_plus_one.RULE, several)


def test_an_entity_without_a_session_is_the_same_fault() -> None:
    fact = UnloadedAttribute(
        Scope(label="test_x.py::test"), "DetachedInstanceError", ("Order.items",), TOUCH, ORIGIN,
        (True,),
    )  # fmt: skip
    workload = replace(case(query(ITEMS)).workload, observations=(Observation(fact, 2, 0.0),))
    (found,) = findings(RULE, replace(case(query(ITEMS)), workload=workload))
    assert found.summary == "test_x.py::test, DetachedInstanceError"
    assert found.location == Location(ORIGIN.file, ORIGIN.line)
    assert isinstance(found.fix, LoaderOption)
    assert found.fix.text == ".options(selectinload(Order.items))"
