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
    `select`, ask once: select(User).where(User.id.in_(ids)). Against its return, lock the
    relationship: relationship(lazy="raise"), or raiseload(Order.items) for one statement.

When to ignore:
    The number of parents has a small, fixed bound.

See Also:
    https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html
    https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#sqlalchemy.orm.raiseload
    https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#asyncio-orm-avoid-lazyloads
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from asa.model.case import Case
from asa.model.finding import Finding, Location, Severity, Unproved
from asa.model.fix import LoaderOption, Rewrite
from asa.model.record import CallSite
from asa.model.rule import Rule
from asa.model.workload import Burst
from asa.rules.query.cure import cure, is_whole_entity, left
from asa.rules.query.nesting import Loop, chained, nested
from asa.rules.query.per_row import PerRow, per_row
from asa.rules.query.relationship import required_of
from asa.rules.query.wording import query_text

__all__ = ["RULE", "check"]

ID = "n-plus-one"
FAULTY = frozenset({"lazy", "immediate", "refresh", "deferred", "expired", "heir"})
LOCKABLE = frozenset(("lazy", "immediate", "refresh"))
LEAST_CERTAIN = 2
LINE = 64
GET = re.compile(r"\bawait\s+[\w.]+\.get\(")
OPTION = ".options("
NOT_RERUN = Unproved("not rerun")
RERUNNABLE = Unproved("not rerun, see --prove")


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each line that loads parent by parent."""
    loads = [burst for burst in case.workload.bursts if is_fault(burst)]
    for group in nested(loads):
        yield from_load(case, group)
    loops = [
        (burst, found)
        for burst in case.workload.bursts
        if burst.load is None and (found := per_row(case, burst))
    ]
    for chain in chained(loops):
        yield from_loops(case, chain)


def is_fault(burst: Burst) -> bool:
    """Tell whether the ORM sent a burst parent by parent."""
    load = burst.load
    if load is None or load.failed or not load.path or load.strategy not in FAULTY:
        return False
    if load.strategy == "refresh" and is_whole_entity(load) and load.origin is None:
        # Rows that the program wrote just now are read back, not loaded before.
        return False
    return burst.calls >= LEAST_CERTAIN and burst.distinct_parameters >= LEAST_CERTAIN


def from_load(case: Case, group: list[Burst]) -> Finding:
    """Return the finding for bursts that the ORM sent for a relationship or a column."""
    innermost, load = group[-1], group[-1].load
    assert load is not None  # noqa: S101  (is_fault chose it)
    origin = load.origin
    calls = sum(burst.calls for burst in group)
    levels = sum(not is_whole_entity(b.load) for b in group if b.load)
    evidence = [("load", place(origin))] if origin else []
    evidence += [("touch", place(b.call_site, times(b))) for b in group]
    evidence.append(("queries", f"{calls + 1:,} -> {left(load, levels)} predicted"))
    faulty = {b.load.path for b in group if b.load}
    fix = cure(load, innermost.call_site, faulty, required_of(case, load.path))
    if load.strategy in LOCKABLE and not is_whole_entity(load):
        evidence.append(("lock", f'lazy="raise" on {load.path[-1]}: an error, not a query'))
    rerunnable = isinstance(fix, LoaderOption) and fix.steps and fix.at
    return replace(
        finding(group, " -> ".join(load.path), calls + 1),
        evidence=tuple(dict.fromkeys(evidence)),
        location=location(origin or innermost.call_site),
        fix=fix,
        proof=RERUNNABLE if rerunnable else NOT_RERUN,
    )


def from_loops(case: Case, chain: list[Loop]) -> Finding:
    """Return the finding for queries that are sent for each row, the outermost first."""
    group = [burst for burst, _ in chain]
    innermost, (_, outer) = group[-1], chain[0]
    site = outer.parents[1] if outer.parents else None
    evidence = [("load", place(site))] if site else []
    if innermost.call_site is None and outer.parents:
        parents = case.query_class(outer.parents[0])
        evidence += [("load", query_text(parents))] if parents else []
    for burst in group:
        evidence += touched(case, burst)
    calls = sum(burst.calls for burst in group) + (1 if outer.parents else 0)
    left = len(group) + (1 if outer.parents else 0)
    evidence.append(("queries", f"{calls:,} -> {left} predicted"))
    return replace(
        finding(group, subject([found for _, found in chain]), calls),
        severity=Severity.ERROR if outer.certain else Severity.WARNING,
        evidence=tuple(evidence),
        location=location(innermost.repeated_at),
        fix=rewrite(chain),
    )


def rewrite(chain: list[Loop]) -> Rewrite:
    """Return the fix of a chain; where one loop gets rows by `session.get`, as data too."""
    innermost, found = chain[-1]
    site = innermost.repeated_at
    if found.rewrite.startswith(OPTION) and found.parents:
        site = found.parents[1]
    text = "\n".join(found.rewrite for _, found in chain)
    got = site is not None and GET.search(site.text) and len(chain) == 1
    if not got or innermost.entity is None:
        return Rewrite(text, site)
    return Rewrite(text, site, innermost.entity, found.key)


def subject(chain: list[PerRow]) -> str:
    """Name the relationships of a chain; what only reads its parents again adds no step."""
    steps = [found.relationship for found in chain if found.relationship]
    return " -> ".join(steps or [found.lookup for found in chain])


def touched(case: Case, burst: Burst) -> list[tuple[str, str]]:
    """Return the line that sends a query for each row, the loop around it, and the query."""
    query_class = case.query_class(burst.fingerprint)
    evidence = [*loop(burst), ("touch", place(burst.call_site, times(burst)))]
    return evidence + ([("query", query_text(query_class))] if query_class else [])


def loop(burst: Burst) -> list[tuple[str, str]]:
    """Return the line that calls the call site again and again, where that is another one."""
    if burst.repeated_at == burst.call_site:
        return []
    return [("loop", place(burst.repeated_at))]


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
    return Location(site.file, site.line, site.function) if site else None


RULE = Rule(
    id=ID,
    family="query",
    summary="a query for each parent where one would do",
    check=check,
    severity=Severity.ERROR,
    page=__doc__,
)
