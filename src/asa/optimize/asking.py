"""Ask a database, or its twin, about a workload: plans, judgement, proof, in that order."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.database.load import Load
from asa.database.url import DatabaseUrl
from asa.model.activity import Activity, NotCounted
from asa.model.case import Case
from asa.model.event import Notify
from asa.model.judgement import Judgement
from asa.model.plan import NotPlanned, Plan
from asa.model.schema import Schema
from asa.model.server import Server
from asa.model.workload import Workload
from asa.optimize.explain import Plans, plannable, plans_of
from asa.optimize.judging import dialect_of, judged, judgement, unlike, with_values
from asa.optimize.proof import prove
from asa.optimize.rewriting import prove_rewrites
from asa.optimize.size import grown_plan, schema_sized
from asa.scratch.twins import Twin

__all__ = ["Asking", "Optimization", "asked"]


NO_DATABASE = NotPlanned("no database is named, give --url")


@dataclass(frozen=True, slots=True)
class Optimization:
    """What became of a workload.

    Attributes:
        workload: As it was read.
        judgement: Findings, the weightiest first, and silences.
        server: The database's server; None without a database.
        explained: Statements planned in the search for indexes.
    """

    workload: Workload
    judgement: Judgement
    server: Server | None = None
    explained: int = 0


@dataclass(frozen=True, slots=True)
class Asking:
    """How a workload is judged.

    Attributes:
        asks_twin: Whether classes are planned by the twin, which knows what its own planner
            can do and that of the real database cannot.
    """

    jobs: int
    show_values: bool
    budget: int | None
    rows: Mapping[str, int]
    load: Load
    notify: Notify
    asks_twin: bool = False


async def asked(
    asking: Asking,
    workload: Workload,
    database: DatabaseUrl | None,
    twin: Twin | None = None,
    activity: Activity | NotCounted | None = None,
    shares: Mapping[str, float] = MappingProxyType({}),
) -> Optimization:
    """Judge a workload on a database, with the twin that it is where it is one.

    A twin's server counted nothing: `activity` is that of the database behind it. `shares` are
    those of the rows that are there, by table.
    """
    server, schema, counted = await look(database)
    if twin is None:
        activity = counted
    if schema is not None and asking.rows:
        schema = schema_sized(schema, asking.rows)
    if database is None:
        plans: Plans = {c.fingerprint: NO_DATABASE for c in workload.classes if plannable(c)}
        plans |= logged(workload, plans)
        case = Case(workload, None, dialect_of(workload), plans, server)
    else:
        plans = await plans_of(
            database,
            workload,
            jobs=asking.jobs,
            load=asking.load,
            twin=twin if asking.asks_twin else None,
            notify=asking.notify,
        )
        plans = {key: grown_plan(plan, shares) for key, plan in plans.items()}
        plans |= logged(workload, plans)
        case = Case(workload, schema, database.dialect, plans, server, activity)
    findings, silences = judged(case)
    explained = 0
    if database is not None:
        proofs = await prove(
            database,
            case,
            findings,
            twin,
            budget=asking.budget,
            rows=asking.rows,
            load=asking.load,
            notify=asking.notify,
        )
        findings = await prove_rewrites(database, case, proofs.findings, asking.load)
        explained = proofs.explained
        silences += unlike(case, findings, proofs.unlike)
    if asking.show_values:
        findings = [with_values(case, finding) for finding in findings]
    return Optimization(workload, judgement(case, findings, silences), server, explained)


def logged(workload: Workload, plans: Plans) -> dict[str, Plan]:
    """Return the plans that the log tells of classes that could not be planned."""
    return {
        c.fingerprint: c.plan
        for c in workload.classes
        if c.plan is not None and isinstance(plans.get(c.fingerprint), NotPlanned)
    }


async def look(
    database: DatabaseUrl | None,
) -> tuple[Server | None, Schema | None, Activity | NotCounted | None]:
    """Ask a database for its server, its schema and what it counted."""
    if database is None:
        return None, None, None
    dialect = dialect_named(database.dialect)
    absent = dialect.session.check_before(database.shown)
    if absent is not None:
        raise absent
    async with connection_to(database) as connection:
        server, schema = await dialect.server(connection), await dialect.schema(connection)
        return server, schema, await dialect.activity(connection) if dialect.activity else None
