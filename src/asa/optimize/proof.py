"""Put claims about indexes to the proof: plan the workload on a twin with and without them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from asa.database.engine import connection_to
from asa.database.url import DatabaseUrl
from asa.model.case import Case
from asa.model.finding import Finding, Proved, Refuted, Severity, Unproved
from asa.model.fix import AddIndex, DropIndex
from asa.model.parameter import bindable
from asa.model.plan import Access, Plan, PlanNode
from asa.model.record import Parameters
from asa.model.workload import QueryClass
from asa.scratch.twins import Twin, twin_of

__all__ = ["prove"]

LARGEST_SHARE = 0.1
"""An index whose one value leaves more of the table than this saves little."""

EQUAL = re.compile(r"=\s*\?")


async def prove(database: DatabaseUrl, case: Case, findings: Iterable[Finding]) -> list[Finding]:
    """Stamp each finding about an index that has no proof yet: proved, unproved or refuted.

    Raises:
        DatabaseError: The database is unreachable or refused.
    """
    findings = list(findings)
    added = [f.fix for f in findings if isinstance(f.fix, AddIndex) and f.proof is None]
    open_ = [f for f in findings if isinstance(f.fix, AddIndex | DropIndex) and f.proof is None]
    if not open_:
        return findings
    async with (
        connection_to(database) as connection,
        twin_of(database.dialect, connection, added) as twin,
    ):
        return [await stamped(twin, case, f) if f in open_ else f for f in findings]


async def stamped(twin: Twin | Unproved, case: Case, finding: Finding) -> Finding:
    """Return a finding with its proof."""
    if isinstance(twin, Unproved):
        return replace(with_plan(case, finding), proof=twin)
    if isinstance(finding.fix, AddIndex):
        return await proved_added(twin, case, finding, finding.fix)
    assert isinstance(finding.fix, DropIndex)  # noqa: S101  (prove chose these two)
    return await proved_dropped(twin, case, finding, finding.fix)


def with_plan(case: Case, finding: Finding) -> Finding:
    """Return a finding with the plan of its heaviest query as evidence."""
    plan = case.plan(finding.fingerprints[0]) if finding.fingerprints else None
    if plan is None:
        return finding
    text = "\n".join(plan.lines)
    return replace(finding, evidence=(*finding.evidence, ("before", text)))


async def proved_added(twin: Twin, case: Case, finding: Finding, index: AddIndex) -> Finding:
    """Plan the queries that an index should serve with and without it."""
    helped: list[tuple[str, Plan, Plan]] = []
    doubt = "the planner would not use it"
    for query_class in classes_of(case, finding.fingerprints):
        values = values_of(query_class)
        before = await twin.plan(query_class.sql, values)
        after = await twin.plan(query_class.sql, values, added=(index,))
        if not (isinstance(before, Plan) and isinstance(after, Plan)):
            continue
        node = next((n for n in after.walk() if n.index == index.name), None)
        if node is None or node.access is not Access.INDEX:
            continue
        reason = too_wide(twin, index, node, before, after)
        if reason is None:
            helped.append((query_class.fingerprint, before, after))
        else:
            doubt = reason
    if not helped:
        return replace(finding, proof=Refuted(doubt))
    _, before, after = helped[0]
    return replace(
        finding,
        severity=Severity.ERROR,
        proof=Proved(twin.label, before.lines, after.lines),
        fingerprints=tuple(fingerprint for fingerprint, _, _ in helped),
    )


def too_wide(twin: Twin, index: AddIndex, node: PlanNode, before: Plan, after: Plan) -> str | None:
    """Return why an index that is used would still save little; None where it saves much."""
    if sorts(after) < sorts(before):
        return None
    equal = len(EQUAL.findall(node.condition or "")) or 1
    share = twin.share(index, min(equal, len(index.columns)))
    if share is not None and share > LARGEST_SHARE:
        return f"one value leaves {share:.0%} of the rows"
    return None


async def proved_dropped(twin: Twin, case: Case, finding: Finding, index: DropIndex) -> Finding:
    """Plan the whole workload without an index."""
    planned = losers = 0
    for query_class in case.workload.classes:
        if case.plan(query_class.fingerprint) is None:
            continue
        values = values_of(query_class)
        before = await twin.plan(query_class.sql, values)
        after = await twin.plan(query_class.sql, values, hidden=(index.name,))
        if isinstance(before, Plan) and isinstance(after, Plan):
            planned += 1
            losers += loses(before, after)
    if losers:
        lose = (
            "1 query class reads or sorts"
            if losers == 1
            else f"{losers} query classes read or sort"
        )
        return replace(finding, proof=Refuted(f"without it {lose} more"))
    if not planned:
        return replace(finding, proof=Unproved("no query of the log was planned"))
    queries = "1 query class" if planned == 1 else f"{planned} query classes"
    how = f"{twin.label}: {queries} planned without it, none loses"
    return replace(finding, proof=Proved(how))


def loses(before: Plan, after: Plan) -> bool:
    """Tell whether a plan reads more tables whole, or sorts more, than another."""
    return whole(after) > whole(before) or sorts(after) > sorts(before)


def whole(plan: Plan) -> int:
    """Count the tables that a plan reads whole."""
    return sum(node.access is Access.FULL for node in plan.walk())


def sorts(plan: Plan) -> int:
    """Count the steps of a plan that sort."""
    return sum("TEMP B-TREE" in node.kind for node in plan.walk())


def classes_of(case: Case, fingerprints: Iterable[str]) -> Iterator[QueryClass]:
    """Yield the query classes of fingerprints."""
    for fingerprint in fingerprints:
        if query_class := case.query_class(fingerprint):
            yield query_class


def values_of(query_class: QueryClass) -> Parameters:
    """Return the values of the slowest execution; None where none is known."""
    return next((s.parameters for s in query_class.parameter_sets if bindable(s.parameters)), None)
