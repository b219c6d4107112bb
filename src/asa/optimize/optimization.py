"""The workflow of `asa optimize`: plans, judgement, proof, in that order."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import inf
from types import MappingProxyType
from typing import cast

from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.database.load import LONGEST_S, Load
from asa.database.url import DatabaseUrl
from asa.errors import ScratchError, UsageError
from asa.model.activity import Activity, NotCounted
from asa.model.case import Case
from asa.model.event import Notify, silent
from asa.model.finding import Finding, Proved, Refuted, Unproved
from asa.model.fix import AddIndex
from asa.model.judgement import Judgement, NotJudged, ranked
from asa.model.literal import assignments
from asa.model.plan import NotPlanned, Plan
from asa.model.row_snapshot import RowSnapshot
from asa.model.schema import Schema
from asa.model.server import Server
from asa.model.snapshot import Snapshot
from asa.model.workload import QueryClass, Workload
from asa.optimize.explain import Plans, plannable, plans_of
from asa.optimize.hashing import hashed_columns
from asa.optimize.proof import UNLIKE, prove
from asa.optimize.rewriting import prove_rewrites
from asa.optimize.size import grown_plan, schema_sized, sized
from asa.optimize.snapshot import take_snapshot
from asa.rules import query_rules
from asa.rules.query.missing_index import ID
from asa.scratch.twins import Twin, postgresql_twin, restored
from asa.sql.shown import shortened

__all__ = ["Optimization", "optimize"]

PLANNED_ALONE = frozenset({"postgresql"})
"""Dialects whose planner looks at no rows, so that other sizes are given to it directly."""
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


async def optimize(
    workload: Workload,
    database: DatabaseUrl | None = None,
    *,
    jobs: int = 2,
    show_values: bool = False,
    snapshot: Snapshot | RowSnapshot | None = None,
    budget: int | None = None,
    rows: Mapping[str, int] | None = None,
    limit_s: float = LONGEST_S,
    notify: Notify = silent,
) -> Optimization:
    """Judge a workload, on the plans of a database or of a snapshot of one where it is given.

    Args:
        workload: Query classes and bursts.
        database: Read only: its schema, its plans, samples of indexed columns.
        snapshot: Planned on instead of a database, on a throwaway server.
        jobs: How many statements are planned at once.
        show_values: Whether findings may hold values of the log.
        budget: Bytes that new indexes may take together.
        rows: By table: what to plan with instead of the rows that it has.
        limit_s: Seconds that the database may plan in all; a twin may longer.
        notify: Told of each statement planned.

    Raises:
        DatabaseError: The database is unreachable or refused.
        ScratchError: No twin can be made of the snapshot here.
        UsageError: `rows` names a table that is not there, or there is no database.
    """
    asking = Asking(jobs, show_values, budget, rows or {}, Load(limit_s), notify)
    if snapshot is None and rows:
        snapshot = await snapshot_of(database)
    if snapshot is None:
        return await asked(asking, workload, database)
    if isinstance(snapshot, RowSnapshot):
        return await asked_restored(asking, workload, snapshot)
    if rows:
        snapshot = sized(snapshot, rows)
    async with postgresql_twin(snapshot) as twin:
        if isinstance(twin, Unproved):
            raise ScratchError(f"nothing here plans on the snapshot: {twin.reason}")
        # Nobody else waits for a server of asa's own.
        mine = replace(asking, load=Load(inf), asks_twin=True)
        result = await asked(mine, workload, twin.cluster.planner, twin, snapshot.activity)
        return replace(result, server=snapshot.server)


async def asked_restored(
    asking: "Asking", workload: Workload, snapshot: RowSnapshot
) -> Optimization:
    """Judge a workload on a database made of a snapshot's rows.

    Raises:
        ScratchError: None can be made here.
        UsageError: `rows` names a table that is not there.
    """
    async with restored(snapshot) as made:
        if isinstance(made, Unproved):
            raise ScratchError(f"nothing here plans on the snapshot: {made.reason}")
        mine = replace(asking, rows=merged(made.rows, asking.rows), load=Load(inf))
        result = await asked(
            mine, workload, made.database, made.twin, snapshot.activity, made.shares
        )
    day = snapshot.taken[:10]
    # SQLite's planner looks at no value, and the others look the query's own up.
    unlike = hashed_columns(snapshot) if made.twin is not None else frozenset()
    found = tuple(dated(doubted(one, unlike), day) for one in result.judgement.findings)
    refuted = tuple(dated(one, day) for one in result.judgement.refuted)
    judgement = replace(result.judgement, findings=found, refuted=refuted)
    return replace(result, judgement=judgement, server=snapshot.server)


def merged(known: Mapping[str, int], said: Mapping[str, int]) -> dict[str, int]:
    """Return the rows of each table, those that the user says over those that are known."""
    names = {name.lower(): name for name in known}
    return {**known, **{names.get(name.lower(), name): count for name, count in said.items()}}


def doubted(finding: Finding, unlike: frozenset[tuple[str, str]]) -> Finding:
    """Return a finding unproved where its index is on a column whose texts are hashes."""
    fix = finding.fix
    if not isinstance(fix, AddIndex) or not isinstance(finding.proof, Proved):
        return finding
    if not any((fix.table.lower(), key.name.lower()) in unlike for key in fix.keys):
        return finding
    return replace(finding, proof=Unproved("the snapshot has hashes for the texts of its column"))


def dated(finding: Finding, day: str) -> Finding:
    """Return a finding whose proof tells the day of the snapshot that it is about."""
    if not isinstance(finding.proof, Proved):
        return finding
    label, colon, rest = finding.proof.how.partition(": ")
    how = f"{label}, snapshot of {day}{colon}{rest}"
    return replace(finding, proof=replace(finding.proof, how=how))


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


async def snapshot_of(database: DatabaseUrl | None) -> Snapshot | None:
    """Read what a planner knows of a database, where that is all it looks at; else None.

    Raises:
        UsageError: There is no database.
    """
    if database is None:
        raise UsageError("--rows needs the schema that the tables are of", "add --url")
    if database.dialect not in PLANNED_ALONE:
        return None
    snapshot = await take_snapshot(database)
    return snapshot if isinstance(snapshot, Snapshot) else None


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


def unlike(
    case: Case, findings: Iterable[Finding], fingerprints: Iterable[str]
) -> Iterator[NotJudged]:
    """Yield each class of which only a plan unlike the server's could be had."""
    told = {name for finding in findings if finding.rule == ID for name in finding.fingerprints}
    for name in fingerprints:
        query_class = case.query_class(name)
        if query_class is not None and name not in told:
            yield NotJudged(short(query_class), UNLIKE)


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


def dialect_of(workload: Workload) -> str | None:
    """Return the dialect of a log, where it tells one."""
    return next((c.dialect for c in workload.classes if c.dialect), None)


def judged(case: Case) -> tuple[list[Finding], list[NotJudged]]:
    """Ask every rule of the dialect."""
    findings: list[Finding] = []
    silences: list[NotJudged] = []
    for rule in query_rules():
        if case.dialect is not None and case.dialect not in rule.dialects:
            continue
        check = cast("Callable[[Case], Iterable[Finding | NotJudged]]", rule.check)
        for answer in check(case):
            if isinstance(answer, Finding):
                findings.append(answer)
            else:
                silences.append(answer)
    return findings, silences


def with_values(case: Case, finding: Finding) -> Finding:
    """Return a finding with the values of its slowest execution."""
    for fingerprint in finding.fingerprints:
        query_class = case.query_class(fingerprint)
        sets = query_class.parameter_sets if query_class else ()
        if sets and sets[0].parameters is not None:
            shown = ("values", assignments(sets[0].parameters))
            return replace(finding, evidence=(*finding.evidence, shown))
    return finding


def judgement(case: Case, findings: Iterable[Finding], silences: Iterable[NotJudged]) -> Judgement:
    """Put findings and silences together; what the proof refuted is no finding."""
    findings = list(findings)
    kept = [f for f in findings if not isinstance(f.proof, Refuted)]
    return Judgement(
        findings=ranked(kept),
        judged=tuple(judged_things(case)),
        refuted=tuple(f for f in findings if isinstance(f.proof, Refuted)),
        not_judged=tuple(silences),
        not_planned=tuple(not_planned(case)),
    )


def judged_things(case: Case) -> Iterable[str]:
    """Yield what was looked at, one clause each."""
    classes = len(case.workload.classes)
    yield f"{classes:,} query class{'' if classes == 1 else 'es'}"
    if case.schema:
        planned = sum(isinstance(plan, Plan) for plan in case.plans.values())
        tables = len(case.schema.tables)
        yield f"{planned:,} planned"
        yield f"{tables:,} table{'' if tables == 1 else 's'}"
    else:
        yield "none planned"


def not_planned(case: Case) -> Iterable[NotJudged]:
    """Yield each query class without a plan, and why."""
    for query_class in case.workload.classes:
        plan = case.plans.get(query_class.fingerprint)
        if isinstance(plan, NotPlanned):
            yield NotJudged(short(query_class), plan.reason)


def short(query_class: QueryClass) -> str:
    """Return a class in one line."""
    return shortened(query_class.sql, 60, 1, query_class.dialect)
