"""Cases for the rules, put together in few words."""

from collections.abc import Iterable
from typing import cast

from asa.model.case import Case
from asa.model.finding import Finding
from asa.model.judgement import NotJudged
from asa.model.mapping import MappedClass
from asa.model.observation import Fact, Observation
from asa.model.plan import Access, Plan, PlanNode
from asa.model.record import CallSite, RelationshipLoad, Scope
from asa.model.rule import Rule
from asa.model.schema import Column, ForeignKey, Index, Schema, Table
from asa.model.workload import Burst, QueryClass, Workload
from asa.sql.fingerprint import fingerprint

ORIGIN = CallSite("app/api.py", 31, "orders", "orders = await session.scalars(query)")
TOUCH = CallSite("app/api.py", 38, "orders", "items = await order.awaitable_attrs.items")


def query(
    sql: str, calls: int = 20, rows: int | None = None, total_ms: float | None = None
) -> QueryClass:
    """Return a query class of one statement."""
    return QueryClass(
        fingerprint(sql), sql, "sqlite", calls, total_ms, rows=rows, call_sites=((TOUCH, calls),)
    )


def table(
    name: str,
    *columns: str,
    rows: int | None = 50_000,
    indexes: tuple[Index, ...] = (),
    keys: tuple[ForeignKey, ...] = (),
    types: dict[str, str] | None = None,
) -> Table:
    """Return a table with a primary key `id`, the columns named, and indexes."""
    primary = Index(None, ("id",), unique=True, primary=True, constraint=True)
    kinds = types or {}
    return Table(
        name,
        tuple(Column(c, kinds.get(c, "INTEGER")) for c in ("id", *columns)),
        (primary, *indexes),
        keys,
        rows,
    )


def full(name: str, rows: float | None = None, condition: str | None = None) -> Plan:
    """Return a plan that reads all of a table."""
    return Plan((PlanNode("SCAN", Access.FULL, name, rows=rows, filter=condition),))


def case(
    *queries: QueryClass,
    tables: tuple[Table, ...] | None = None,
    plans: dict[str, Plan] | None = None,
    bursts: tuple[Burst, ...] = (),
    mapped: tuple[MappedClass, ...] = (),
    facts: tuple[Fact, ...] = (),
) -> Case:
    """Return a case; plans are given by statement."""
    return Case(
        Workload(
            queries,
            bursts,
            observations=tuple(Observation(fact, 1, fact.ms) for fact in facts),
            mapped=mapped,
        ),
        None if tables is None else Schema(tables),
        "sqlite",
        {fingerprint(sql): plan for sql, plan in (plans or {}).items()},
    )


def burst(
    sql: str,
    calls: int = 20,
    *,
    distinct: int | None = None,
    load: RelationshipLoad | None = None,
    entity: str | None = None,
    earlier: tuple[str, ...] = (),
    site: CallSite | None = TOUCH,
    label: str | None = None,
) -> Burst:
    """Return a burst of one statement in one scope."""
    return Burst(
        fingerprint(sql),
        Scope(process=1, session="s1", label=label),
        calls,
        calls if distinct is None else distinct,
        total_ms=float(calls),
        call_site=site,
        load=load,
        entity=entity,
        earlier=tuple((fingerprint(e), ORIGIN) for e in earlier),
        all_calls=calls,
        all_ms=float(calls),
    )


def findings(rule: Rule, of: Case) -> list[Finding]:
    """Return the findings of a rule."""
    return [answer for answer in answers(rule, of) if isinstance(answer, Finding)]


def answers(rule: Rule, of: Case) -> list[Finding | NotJudged]:
    """Return all that a rule says."""
    return list(cast("Iterable[Finding | NotJudged]", rule.check(of)))
