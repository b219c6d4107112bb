from asa.model.case import Case
from asa.model.finding import Proved
from asa.model.record import CallSite
from asa.model.workload import UnreadLoad, Workload
from asa.rules.query.unused_eager_load import check

SITE = CallSite("app/orders.py", 12, "orders", "await session.scalars(query)")
PROOF = Proved("rerun under raiseload: nothing reads it, same result")


def test_a_load_that_nothing_read_is_named_with_its_line_and_proof() -> None:
    load = UnreadLoad(("Order.items",), "selectin", SITE, 3, 4.5, PROOF)
    (found,) = check(Case(Workload((), unread=(load,))))
    assert (found.subject, found.summary) == ("Order.items", "selectinload, never read")
    assert found.location is not None
    assert (found.location.file, found.location.line) == ("app/orders.py", 12)
    assert dict(found.evidence)["queries"] == "3 -> 0"
    assert found.fix is not None
    assert found.fix.text == "no selectinload(Order.items) in this statement"
    assert found.proof is PROOF


def test_a_join_takes_no_query_and_a_capture_alone_shows_nothing() -> None:
    load = UnreadLoad(("Order.user",), "joined", SITE, 0, 0.0, PROOF)
    (found,) = check(Case(Workload((), unread=(load,))))
    assert "queries" not in dict(found.evidence)
    assert not list(check(Case(Workload(()))))
