"""Put claims about indexes to the proof: plan the workload on a twin with and without them."""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace

from asa.database.engine import connection_to
from asa.database.url import DatabaseUrl
from asa.model.case import Case
from asa.model.finding import Finding, Proof, Proved, Refuted, Severity, Unproved
from asa.model.fix import AddIndex, DropIndex
from asa.model.workload import QueryClass
from asa.optimize.trial import Trial, doubt, loses, trials
from asa.rules.query.candidates import facts_of
from asa.rules.query.missing_index import evidence
from asa.scratch.twins import Twin, twin_of

__all__ = ["prove"]

WRITE_COST = 2.0
"""What one more index adds to a row written, in units of a page read in sequence."""
ALIKE = 2.0
"""A twin whose costs differ by more than this factor does not plan as the server does."""


async def prove(
    database: DatabaseUrl, case: Case, findings: Iterable[Finding], twin: Twin | None = None
) -> list[Finding]:
    """Stamp each finding about an index that has no proof yet: proved, unproved or refuted.

    Args:
        database: Of which a twin is made where none is given.
        case: The workload and the database's plans of it.
        findings: Those with a proof, and those about no index, are returned as they are.
        twin: Of the database.

    Raises:
        DatabaseError: The database is unreachable or refused.
    """
    findings = list(findings)
    open_ = [f for f in findings if isinstance(f.fix, AddIndex | DropIndex) and f.proof is None]
    if not open_:
        return findings
    async with twin_for(database, case, open_) if twin is None else nullcontext(twin) as made:
        return [await stamped(made, case, f) if f in open_ else f for f in findings]


@asynccontextmanager
async def twin_for(
    database: DatabaseUrl, case: Case, findings: Iterable[Finding]
) -> AsyncIterator[Twin | Unproved]:
    """Make a twin of a database for findings about its indexes."""
    findings = list(findings)
    added = [f.fix for f in findings if isinstance(f.fix, AddIndex)]
    async with (
        connection_to(database) as connection,
        twin_of(database.dialect, connection, added, tables_of(case, findings)) as twin,
    ):
        yield twin


def tables_of(case: Case, findings: Iterable[Finding]) -> frozenset[str]:
    """Return the tables that a proof has to do with."""
    tables: set[str] = set()
    for finding in findings:
        if isinstance(finding.fix, AddIndex | DropIndex):
            tables.add(finding.fix.table)
            for query_class in concerned(case, finding):
                if found := facts_of(case, query_class):
                    tables.update(use.name for use in found.tables)
    return frozenset(tables)


async def stamped(twin: Twin | Unproved, case: Case, finding: Finding) -> Finding:
    """Return a finding with its proof."""
    if isinstance(twin, Unproved):
        return replace(with_plan(case, finding), proof=twin)
    if isinstance(finding.fix, AddIndex):
        return await proved_added(twin, case, finding, finding.fix)
    assert isinstance(finding.fix, DropIndex)  # noqa: S101  (prove chose these two)
    return replace(finding, proof=await proof_of_drop(twin, case, finding, finding.fix))


def with_plan(case: Case, finding: Finding) -> Finding:
    """Return a finding with the plan of its heaviest query as evidence."""
    plan = case.plan(finding.fingerprints[0]) if finding.fingerprints else None
    if plan is None:
        return finding
    text = "\n".join(plan.lines)
    return replace(finding, evidence=(*finding.evidence, ("before", text)))


async def proved_added(twin: Twin, case: Case, finding: Finding, index: AddIndex) -> Finding:
    """Plan the queries that an index should serve with and without it."""
    done, reasons = await trials(twin, concerned(case, finding), added=(index,))
    if not done or not faithful(twin, case, done):
        unlike = "the twin plans it otherwise than the server" if done else ""
        reason = unlike or next(iter(reasons), "no query of the log was planned")
        return replace(with_plan(case, finding), proof=Unproved(reason))
    doubts = [(trial, doubt(twin, index, trial)) for trial in done]
    helped = [trial for trial, why in doubts if why is None]
    refusal = outweighed(case, index, done) if helped else doubts[-1][1]
    if refusal is not None:
        return replace(finding, proof=Refuted(refusal))
    return served(twin, finding, helped)


def served(twin: Twin, finding: Finding, helped: Iterable[Trial]) -> Finding:
    """Return a finding proved, about the query classes that its index helps, heaviest first."""
    groups = by_class(helped)
    ordered = [groups[f] for f in finding.fingerprints if f in groups]
    classes = [ones[0].query_class for ones in ordered]
    best = max(ordered[0], key=lambda trial: trial.share)
    return replace(
        finding,
        severity=Severity.ERROR,
        evidence=tuple(evidence(classes)),
        proof=Proved(
            ": ".join(filter(None, (twin.label, best.costs))), best.before.lines, best.after.lines
        ),
        weight=sum(c.total_ms or 0 for c in classes),
        fingerprints=tuple(c.fingerprint for c in classes),
    )


def faithful(twin: Twin, case: Case, done: Iterable[Trial]) -> bool:
    """Tell whether a twin's costs without a change are near to what the server said."""
    if not twin.costs_sorts:
        return True
    for fingerprint, ones in by_class(done).items():
        real = case.plan(fingerprint)
        own = max(trial.before.cost or 0.0 for trial in ones)
        # Both are of the dearest set of values.
        if real and real.cost and own and not 1 / ALIKE <= own / real.cost <= ALIKE:
            return False
    return True


def by_class(done: Iterable[Trial]) -> dict[str, list[Trial]]:
    """Group trials by the fingerprint of their query class."""
    groups: dict[str, list[Trial]] = {}
    for trial in done:
        groups.setdefault(trial.query_class.fingerprint, []).append(trial)
    return groups


def outweighed(case: Case, index: AddIndex, done: Iterable[Trial]) -> str | None:
    """Return why an index costs the log's writes more than it saves its reads."""
    gain = sum(
        sum(t.saved for t in ones) / len(ones) * ones[0].query_class.calls
        for ones in by_class(done).values()
    )
    writes = written(case, index.table)
    if not writes or not gain or gain > writes * WRITE_COST:
        return None
    return f"{writes:,} writes of the log pay more for it than its reads save"


def written(case: Case, table: str) -> int:
    """Return how often the log writes rows of a table."""
    return sum(
        max(query_class.calls, query_class.rows or 0)
        for query_class in case.workload.classes
        if (found := facts_of(case, query_class))
        and (found.writes or "").lower() == table.lower()
        and not found.predicates
    )


async def proof_of_drop(twin: Twin, case: Case, finding: Finding, index: DropIndex) -> Proof:
    """Plan the whole workload without an index."""
    done, reasons = await trials(twin, concerned(case, finding), hidden=(index.name,))
    losers = {trial.query_class.fingerprint for trial in done if loses(trial)}
    if losers:
        one = len(losers) == 1
        classes = "1 query class reads" if one else f"{len(losers)} query classes read"
        return Refuted(f"without it {classes} or sort{'s' if one else ''} more")
    if not done:
        return Unproved(next(iter(reasons), "no query of the log was planned"))
    planned = len(by_class(done))
    queries = "1 query class" if planned == 1 else f"{planned} query classes"
    rest = f"; {len(reasons)} could not be planned" if reasons else ""
    return Proved(f"{twin.label}: {queries} planned without it, none loses{rest}")


def concerned(case: Case, finding: Finding) -> Iterator[QueryClass]:
    """Yield the classes that a finding is about: all that were planned where an index goes."""
    if isinstance(finding.fix, DropIndex):
        for query_class in case.workload.classes:
            if case.plan(query_class.fingerprint) is not None:
                yield query_class
        return
    for fingerprint in finding.fingerprints:
        found = case.query_class(fingerprint)
        if found is not None:
            yield found
