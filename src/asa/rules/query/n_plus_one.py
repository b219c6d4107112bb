"""One query loads parents, then each parent sends a query of its own.

What it does:
    Finds a line that sends the same query again and again within one session, each time
    for another parent: an attribute loaded when it is touched, `refresh` or `session.get`
    in a loop, a `select` for each row. Where the ORM told which relationship it loaded, two
    parents are enough; where it is told by the keys alone, more are asked for. Pages,
    chunked IN lists, loader options at work and the same query with the same values are
    never meant.

Why it matters:
    Each query is a journey to the server. A page of 50 orders takes 51 of them, and the
    number grows with the data.

Example:
    for order in (await session.scalars(select(Order))):
        items = await order.awaitable_attrs.items

Fix:
    Load the relationship where the parents are loaded:
    select(Order).options(selectinload(Order.items)). For a loop of `session.get` or
    `select`, ask once: select(User).where(User.id.in_(ids)).

When to ignore:
    The number of parents has a small, fixed bound.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from asa.model.case import Case
from asa.model.finding import Finding, Location, Severity, Unproved
from asa.model.fix import LoaderOption, Rewrite
from asa.model.record import CallSite
from asa.model.rule import Rule
from asa.model.workload import Burst
from asa.rules.query.cure import cure, is_whole_entity, left
from asa.rules.query.per_row import PerRow, per_row
from asa.rules.query.wording import query_text

__all__ = ["RULE", "check"]

ID = "n-plus-one"
FAULTY = frozenset({"lazy", "immediate", "refresh", "deferred", "expired", "heir"})
LEAST_CERTAIN = 2
LINE = 64
NOT_RERUN = Unproved("not rerun")
RERUNNABLE = Unproved("not rerun, see --prove")


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each line that loads parent by parent."""
    loads = [burst for burst in case.workload.bursts if is_fault(burst)]
    for group in nested(loads):
        yield from_load(group)
    for burst in case.workload.bursts:
        if burst.load is None and (found := per_row(case, burst)):
            yield from_loop(case, burst, found)


def is_fault(burst: Burst) -> bool:
    """Tell whether the ORM sent a burst parent by parent."""
    load = burst.load
    if load is None or load.failed or not load.path or load.strategy not in FAULTY:
        return False
    if load.strategy == "refresh" and is_whole_entity(load) and load.origin is None:
        # Rows that the program wrote just now are read back, not loaded before.
        return False
    return burst.calls >= LEAST_CERTAIN and burst.distinct_parameters >= LEAST_CERTAIN


def nested(bursts: Iterable[Burst]) -> list[list[Burst]]:
    """Group bursts whose paths lie on one another from one origin, the outermost first."""
    groups: list[list[Burst]] = []
    for burst in sorted(bursts, key=depth):
        for group in groups:
            if continues(group[-1], burst):
                group.append(burst)
                break
        else:
            groups.append([burst])
    return groups


def depth(burst: Burst) -> tuple[int, bool]:
    """Return how deep a load lies; an entity comes before its attributes."""
    return (len(burst.load.path), not is_whole_entity(burst.load)) if burst.load else (0, False)


def continues(outer: Burst, inner: Burst) -> bool:
    """Tell whether one burst loads a relationship of what another one loaded."""
    if outer.load is None or inner.load is None or outer.load.origin != inner.load.origin:
        return False
    if outer.scope.label != inner.scope.label:
        return False
    path, below = outer.load.path, inner.load.path
    if is_whole_entity(outer.load):
        # `refresh(user, ["posts"])` reads the user too.
        return outer.call_site == inner.call_site and below[-1].startswith(f"{path[-1]}.")
    return len(below) > len(path) and below[: len(path)] == path


def from_load(group: list[Burst]) -> Finding:
    """Return the finding for bursts that the ORM sent for a relationship or a column."""
    innermost, load = group[-1], group[-1].load
    assert load is not None  # noqa: S101  (is_fault chose it)
    origin = load.origin
    calls = sum(burst.calls for burst in group)
    levels = sum(not is_whole_entity(b.load) for b in group if b.load)
    evidence = [("load", place(origin))] if origin else []
    evidence += [("touch", place(b.call_site, times(b))) for b in group]
    evidence.append(("queries", f"{calls + 1:,} -> {left(load, levels)} predicted"))
    fix = cure(load, innermost.call_site, {b.load.path for b in group if b.load})
    rerunnable = isinstance(fix, LoaderOption) and fix.steps and fix.at
    return replace(
        finding(group, " -> ".join(load.path), calls + 1),
        evidence=tuple(dict.fromkeys(evidence)),
        location=location(origin or innermost.call_site),
        fix=fix,
        proof=RERUNNABLE if rerunnable else NOT_RERUN,
    )


def from_loop(case: Case, burst: Burst, found: PerRow) -> Finding:
    """Return the finding for a query that the user sends for each row."""
    query_class = case.query_class(burst.fingerprint)
    evidence = [("load", place(found.parents))] if found.parents else []
    evidence.append(("touch", place(burst.call_site, times(burst))))
    if query_class:
        evidence.append(("query", query_text(query_class)))
    parents = 1 if found.parents else 0
    evidence.append(("queries", f"{burst.calls + parents:,} -> {1 + parents} predicted"))
    return replace(
        finding([burst], found.subject, burst.calls + parents),
        severity=Severity.ERROR if found.certain else Severity.WARNING,
        evidence=tuple(evidence),
        location=location(burst.call_site),
        fix=Rewrite(found.rewrite, burst.call_site),
    )


def finding(group: list[Burst], subject: str, queries: int) -> Finding:
    """Return what all findings of this rule share."""
    worst = max(group, key=lambda burst: burst.calls)
    summary = f"{queries:,} queries"
    if worst.scope.label:
        summary = f"{worst.scope.label}, {summary}"
    if worst.scopes > 1:
        summary += f", in {worst.scopes:,} scopes"
    sites = [burst.call_site for burst in group if burst.call_site]
    return Finding(
        ID,
        Severity.ERROR,
        subject,
        summary,
        related=tuple(("touched here", Location(s.file, s.line)) for s in sites),
        proof=NOT_RERUN,
        weight=sum(saved(burst) for burst in group),
        fingerprints=tuple(dict.fromkeys(burst.fingerprint for burst in group)),
    )


def saved(burst: Burst) -> float:
    """Return the milliseconds that go when all but one query of each scope go."""
    total = burst.all_ms if burst.all_ms is not None else burst.total_ms
    return (total or 0.0) * (1 - 1 / burst.calls)


def place(site: CallSite | None, remark: str = "") -> str:
    """Return a line of the program with the beginning of its text, and a remark."""
    if site is None:
        return f"a line that the log does not tell{remark}"
    if not site.text:
        return f"{site}{remark}"
    room = max(LINE - len(str(site)) - len(remark), 20)
    text = site.text if len(site.text) <= room else f"{site.text[: room - 3]}..."
    return f"{site}   {text}{remark}"


def times(burst: Burst) -> str:
    """Return how often a line was run, as a remark."""
    return f", {burst.calls:,} times"


def location(site: CallSite | None) -> Location | None:
    """Return a line of the program as the place of a finding."""
    return Location(site.file, site.line) if site else None


RULE = Rule(
    id=ID,
    family="query",
    summary="a query for each parent where one for all would do",
    check=check,
    severity=Severity.ERROR,
    page=__doc__,
)
