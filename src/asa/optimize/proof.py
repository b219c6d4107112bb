"""Put claims about indexes to the proof: plan the workload on a twin with and without them."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, replace

from asa.database.engine import connection_to
from asa.database.load import Load
from asa.database.url import DatabaseUrl
from asa.model.case import Case
from asa.model.event import Notify, silent
from asa.model.finding import Finding, Proof, Proved, Refuted, Unproved
from asa.model.fix import AddIndex, DropIndex
from asa.model.plan import Plan
from asa.model.workload import QueryClass
from asa.optimize.advice import advice
from asa.optimize.selection import Selection, select
from asa.optimize.trial import Trial, doubt, loses, trial, trials
from asa.optimize.what_if import Asked, WhatIf, asked_of
from asa.rules.query.candidates import facts_of
from asa.rules.query.missing_index import SMALL_ROWS
from asa.rules.query.proposals import proposals
from asa.scratch.twins import HypopgTwin, Twin, twin_of

__all__ = ["UNLIKE", "Proofs", "prove"]

ALIKE = 2.0
"""A twin whose costs differ by more than this factor does not plan as the server does."""
UNLIKE = "the twin plans it otherwise than the server"


@dataclass(frozen=True, slots=True)
class Proofs:
    """What became of the claims.

    Attributes:
        findings: With their proofs; indexes that a search found are among them.
        explained: Statements planned for the search.
        unlike: Fingerprints of the classes that no search was made for, as the twin plans them
            otherwise than the server does.
    """

    findings: tuple[Finding, ...]
    explained: int = 0
    unlike: tuple[str, ...] = ()


async def prove(
    database: DatabaseUrl,
    case: Case,
    findings: Iterable[Finding],
    twin: Twin | None = None,
    *,
    budget: int | None = None,
    rows: Mapping[str, int] | None = None,
    load: Load | None = None,
    notify: Notify = silent,
) -> Proofs:
    """Search for indexes, and stamp each finding about one: proved, unproved or refuted.

    Args:
        database: Of which a twin is made where none is given.
        case: The workload and the database's plans of it.
        findings: Those with a proof, and those about no index, are returned as they are.
        twin: Of the database.
        budget: Bytes that new indexes may take together.
        rows: By table: what to plan with instead of the rows that it has.
        load: What the database has planned already, and may in all; a twin may more.
        notify: Told of each index tried.

    Raises:
        DatabaseError: The database is unreachable or refused.
    """
    findings = tuple(findings)
    claims = [f for f in findings if isinstance(f.fix, AddIndex) and f.proof is None]
    drops = [f for f in findings if isinstance(f.fix, DropIndex) and f.proof is None]
    claimed = [f.fix for f in claims if isinstance(f.fix, AddIndex)]
    thought = (one.index for one in proposals(case, SMALL_ROWS))
    proposed = list({index.name: index for index in (*claimed, *thought)}.values())
    if not (proposed or drops):
        return Proofs(findings)
    rest = [f for f in findings if f not in claims and f not in drops]
    making = twin_for(database, case, proposed, rows) if twin is None else nullcontext(twin)
    async with making as made:
        if isinstance(made, Unproved):
            stamped = [replace(with_plan(case, f), proof=made) for f in (*claims, *drops)]
            return Proofs((*rest, *stamped))
        if isinstance(made, HypopgTwin):
            made.load = load or Load()
        search = await searched(made, case, proposed, budget, notify)
        found = [f async for f in advised(search)]
        left = [answer for f in claims if (answer := await answered(search, f, found))]
        gone = await dropped(database, made, case, drops)
    unlike = tuple(asked.fingerprint for asked in search.unlike)
    return Proofs((*rest, *found, *left, *gone), search.what_if.explained, unlike)


async def dropped(
    database: DatabaseUrl, twin: Twin, case: Case, drops: Sequence[Finding]
) -> list[Finding]:
    """Return findings about needless indexes with their proofs."""
    unable = drops and isinstance(twin, HypopgTwin) and not twin.hides
    async with twin_for(database, case, ()) if unable else nullcontext(twin) as made:
        return [
            replace(
                f,
                proof=made
                if isinstance(made, Unproved)
                else await proof_of_drop(made, case, f, f.fix),
            )
            for f in drops
            if isinstance(f.fix, DropIndex)
        ]


@asynccontextmanager
async def twin_for(
    database: DatabaseUrl,
    case: Case,
    proposed: Sequence[AddIndex],
    rows: Mapping[str, int] | None = None,
) -> AsyncIterator[Twin | Unproved]:
    """Make a twin of a database with the tables that its planned classes read."""
    tables = {
        use.name
        for query_class in case.workload.classes
        if case.plan(query_class.fingerprint) and (found := facts_of(case, query_class))
        for use in found.tables
    }
    async with (
        connection_to(database) as connection,
        twin_of(database.dialect, connection, proposed, frozenset(tables), rows or {}) as twin,
    ):
        yield twin


async def searched(
    twin: Twin, case: Case, proposed: Sequence[AddIndex], budget: int | None, notify: Notify
) -> Selection:
    """Choose indexes for the classes that have to do with those proposed."""
    tables = {index.table.lower() for index in proposed}
    await twin.prepare(proposed)
    what_if = WhatIf(twin)
    everyone: list[Asked] = []
    unlike: list[Asked] = []
    for query_class in case.workload.classes:
        if case.plan(query_class.fingerprint) is None:
            continue
        asked = asked_of(case, query_class)
        if asked.tables & tables:
            (everyone if await faithful(what_if, case, asked) else unlike).append(asked)
    search = await select(case, what_if, everyone, proposed, budget=budget, notify=notify)
    search.unlike = unlike
    return search


async def faithful(what_if: WhatIf, case: Case, asked: Asked) -> bool:
    """Tell whether a twin's cost of a class is near to what the server said."""
    real = case.plan(asked.fingerprint)
    if not what_if.twin.costs_sorts or real is None or not real.cost:
        return True
    plans = [await what_if.plan(asked, place, ()) for place in range(len(asked.sets))]
    # Both are of the dearest set of values.
    own = max((dearest(plan) for plan in plans if isinstance(plan, Plan)), default=0.0)
    return not own or 1 / ALIKE <= own / dearest(real) <= ALIKE


def dearest(plan: Plan) -> float:
    """Return the cost of the dearest step: what a LIMIT will save of it is a guess."""
    return max(plan.cost or 0.0, *(node.cost or 0.0 for node in plan.walk()))


async def advised(search: Selection) -> AsyncIterator[Finding]:
    """Yield a finding for each index chosen that helps some class."""
    for index in search.chosen:
        done, _ = await tried(search, search.on(index.table), search.chosen)
        helped = [one for one in done if doubt(search.what_if.twin, index, one) is None]
        if helped:
            yield advice(search, index, helped)


async def tried(
    search: Selection, classes: Iterable[Asked], indexes: Sequence[AddIndex]
) -> tuple[list[Trial], list[str]]:
    """Return what indexes change for classes, and the reasons of what could not be planned."""
    done, reasons = [], []
    for asked in classes:
        for place in range(len(asked.sets)):
            before = await search.what_if.plan(asked, place, ())
            after = await search.what_if.plan(asked, place, indexes)
            found = trial(search.what_if.twin, asked, before, after)
            if isinstance(found, Trial):
                done.append(found)
            else:
                reasons.append(found)
    return done, reasons


async def answered(search: Selection, claim: Finding, found: Sequence[Finding]) -> Finding | None:
    """Return a claim with why its index was not chosen; None where what was chosen serves it."""
    index = claim.fix
    assert isinstance(index, AddIndex)  # noqa: S101  (prove chose these)
    if any(isinstance(one.fix, AddIndex) and one.fix.name == index.name for one in found):
        return None
    classes = [asked_of(search.case, c) for c in concerned(search.case, claim)]
    done, reasons = await tried(search, classes, (index,))
    if not done or not any(asked.fingerprint in search.base for asked in classes):
        reason = UNLIKE if done else next(iter(reasons), "no query of the log was planned")
        return replace(with_plan(search.case, claim), proof=Unproved(reason))
    doubts = [doubt(search.what_if.twin, index, one) for one in done]
    if None not in doubts:
        return replace(claim, proof=Refuted(doubts[-1] or ""))
    if index in search.over:
        return replace(claim, proof=Refuted("it does not fit into the budget"))
    if any(isinstance(one.fix, AddIndex) and one.fix.table == index.table for one in found):
        return None
    return replace(claim, proof=Refuted(outweighed(search, index)))


def outweighed(search: Selection, index: AddIndex) -> str:
    """Return why an index that helps was not chosen."""
    written = search.written(index).rows
    if search.price(index):
        return f"{written:,} writes of the log pay more for it than its reads save"
    return "it saves too little of any query"


def with_plan(case: Case, finding: Finding) -> Finding:
    """Return a finding with the plan of its heaviest query as evidence."""
    plan = case.plan(finding.fingerprints[0]) if finding.fingerprints else None
    if plan is None:
        return finding
    text = "\n".join(plan.lines)
    return replace(finding, evidence=(*finding.evidence, ("before", text)))


async def proof_of_drop(twin: Twin, case: Case, finding: Finding, index: DropIndex) -> Proof:
    """Plan the whole workload without an index."""
    asked = [asked_of(case, query_class) for query_class in concerned(case, finding)]
    done, reasons = await trials(twin, asked, hidden=(index.name,))
    losers = {trial.query_class.fingerprint for trial in done if loses(trial)}
    if losers:
        one = len(losers) == 1
        classes = "1 query class reads" if one else f"{len(losers)} query classes read"
        return Refuted(f"without it {classes} or sort{'s' if one else ''} more")
    if not done:
        return Unproved(next(iter(reasons), "no query of the log was planned"))
    planned = len({one.query_class.fingerprint for one in done})
    queries = "1 query class" if planned == 1 else f"{planned} query classes"
    rest = f"; {len(reasons)} could not be planned" if reasons else ""
    return Proved(f"{twin.label()}: {queries} planned without it, none loses{rest}")


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
