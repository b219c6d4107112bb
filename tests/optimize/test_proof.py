"""What the proof refuses: claims that the rules would not make, made here on purpose."""

import asyncio

from tests.database.shop import make_shop
from tests.optimize.logs import record
from tests.rules.cases import case, query

from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.model.case import Case
from asa.model.finding import Finding, Proof, Refuted, Severity, Unproved
from asa.model.fix import AddIndex, DropIndex, keys
from asa.model.record import QueryRecord
from asa.optimize.explain import plans_of
from asa.optimize.judging import unlike
from asa.optimize.proof import prove
from asa.workload import digest


def proof(url: str, fix: AddIndex | DropIndex, *records: QueryRecord) -> Proof | None:
    """Put a fix to the proof over some records."""

    async def main() -> Proof | None:
        database = await make_shop(url, "CREATE INDEX ix_customer ON orders (customer_id)")
        workload = digest(records, dialect="sqlite")
        async with connection_to(database) as connection:
            schema = await dialect_named("sqlite").schema(connection)
        case = Case(workload, schema, "sqlite", await plans_of(database, workload))
        claim = Finding(
            "rule",
            Severity.WARNING,
            "subject",
            fix=fix,
            fingerprints=tuple(c.fingerprint for c in workload.classes),
        )
        proofs = await prove(database, case, [claim])
        return next(f.proof for f in proofs.findings if f.rule == "rule")

    return asyncio.run(main())


BY_CUSTOMER = record("SELECT * FROM orders WHERE customer_id = ?", (7,))


def test_an_index_that_the_planner_does_not_take_is_refuted(sqlite_url: str) -> None:
    useless = AddIndex("orders", keys("placed"), "ix", "CREATE INDEX ix ON orders (placed)")
    assert proof(sqlite_url, useless, BY_CUSTOMER) == Refuted("the planner would not use it")


def test_dropping_an_index_that_a_query_needs_is_refuted(sqlite_url: str) -> None:
    drop = DropIndex("orders", "ix_customer", "DROP INDEX ix_customer")
    answer = proof(sqlite_url, drop, BY_CUSTOMER)
    assert answer == Refuted("without it 1 query class reads or sorts more")


def test_dropping_an_index_under_no_query_is_unproved(sqlite_url: str) -> None:
    drop = DropIndex("orders", "ix_customer", "DROP INDEX ix_customer")
    assert isinstance(proof(sqlite_url, drop), Unproved)


def test_a_class_whose_twin_plans_otherwise_is_named_once() -> None:
    sql, other = "SELECT id FROM events WHERE kind = 1", "SELECT id FROM events WHERE day = 1"
    classes = (query(sql), query(other))
    names = [one.fingerprint for one in classes]
    told = Finding("missing-index", Severity.WARNING, "events (day)", "", fingerprints=(names[1],))
    silences = list(unlike(case(*classes), [told], names))
    assert [(one.subject, one.reason) for one in silences] == [
        ("SELECT id FROM events WHERE kind = ?", "the twin plans it otherwise than the server")
    ]
