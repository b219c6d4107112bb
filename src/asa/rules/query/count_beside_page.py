"""Each page of a list is accompanied by a count of the whole list, which costs more than it.

What it does:
    Finds SELECT count(*) with the very tables and conditions of a query with LIMIT, run for
    half of its pages or more, where the planner says that the count costs more than twice
    what the page costs, or the log that it took more than twice the time.

Why it matters:
    A page stops after its rows; the count reads them all, each time, to show a number that
    few people look at.

Example:
    total = await session.scalar(select(func.count()).select_from(orders.subquery()))
    page = await session.scalars(orders.limit(20).offset(offset))

Fix:
    orders.limit(21): a 21st row tells that there is a next page. Count once, for the first
    page, or keep the number.

When to ignore:
    People have to see the exact number on each page.

See Also:
    https://wiki.postgresql.org/wiki/Count_estimate
    https://www.postgresql.org/docs/current/queries-limit.html
"""

import re
from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Proved, Severity
from asa.model.fix import Rewrite
from asa.model.rule import Rule
from asa.model.workload import QueryClass
from asa.rules.query.n_plus_one import location, place
from asa.rules.query.rewrites import worthwhile
from asa.rules.query.wording import query_text, seen

__all__ = ["RULE", "check"]

ID = "count-beside-page"
DEARER = 2.0
EACH = 0.5
"""Counts for each page from which they go together."""
COUNT = re.compile(r"SELECT count\((?:\*|\?|[\w.\"`]+)\)(?: AS \S+)? FROM ", re.IGNORECASE)
INNER = re.compile(r"\(SELECT .*? (?=FROM )FROM (?P<body>.*)\)(?: AS)? \S+\Z", re.IGNORECASE)
PAGE = re.compile(
    r"SELECT (?!count\().*? FROM (?P<body>.*?)(?: ORDER BY .*?)? "
    r"(?:LIMIT \?(?:, \?| OFFSET \?)?|OFFSET \? ROWS.*)\Z",
    re.IGNORECASE,
)
ORDER = re.compile(r" ORDER BY [^()]*\Z", re.IGNORECASE)
LIMITED = re.compile(r"\bLIMIT\b|\bFETCH\b", re.IGNORECASE)
GROUPED = re.compile(r"\bGROUP BY\b|\bUNION\b|\bDISTINCT\b", re.IGNORECASE)


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each count that goes with a page and costs more."""
    pages = {body: one for one in case.workload.classes if (body := paged(one.fingerprint))}
    for query_class, _ in worthwhile(case):
        body = counted(query_class.fingerprint)
        page = pages.get(body) if body else None
        if page is None or query_class.calls < EACH * page.calls:
            continue
        proof = planned(case, query_class, page) or measured(query_class, page)
        if proof is not None:
            yield finding(query_class, page, proof)


def counted(fingerprint: str) -> str | None:
    """Return what a statement counts, as FROM and WHERE have it; None where it counts not."""
    head = COUNT.match(fingerprint)
    if head is None or LIMITED.search(fingerprint):
        return None
    body = fingerprint[head.end() :]
    inner = INNER.fullmatch(body)
    if inner is not None:
        body = ORDER.sub("", inner["body"])
    return None if GROUPED.search(fingerprint) else body


def paged(fingerprint: str) -> str | None:
    """Return what a statement gives a page of, as FROM and WHERE have it; else None."""
    found = PAGE.fullmatch(fingerprint)
    return found["body"] if found and not GROUPED.search(fingerprint) else None


def planned(case: Case, count: QueryClass, page: QueryClass) -> Proved | None:
    """Return what the plans of a count and its page show; None where they show no difference."""
    whole, part = case.plan(count.fingerprint), case.plan(page.fingerprint)
    if not whole or not part or whole.cost is None or part.cost is None:
        return None
    took_less = page.mean_ms is not None and (count.mean_ms or 0.0) < page.mean_ms
    if took_less or whole.cost < DEARER * part.cost:
        return None
    costs = f"cost {whole.cost:,.0f}, and {part.cost:,.0f} for the page"
    return Proved(f"both planned here: {costs}", whole.lines, part.lines)


def measured(count: QueryClass, page: QueryClass) -> Proved | None:
    """Return what the times of a count and its page show; None where they show no difference."""
    whole, part = count.mean_ms, page.mean_ms
    if whole is None or part is None or whole < DEARER * part:
        return None
    return Proved(f"measured in the log: {whole:,.1f} ms each, and {part:,.1f} ms for the page")


def finding(count: QueryClass, page: QueryClass, proof: Proved) -> Finding:
    """Return the finding about one count."""
    site = count.call_sites[0][0] if count.call_sites else None
    evidence = [("load", place(site))] if site else []
    evidence += [("query", query_text(count)), ("seen", seen(count))]
    evidence += [("beside", f"{query_text(page)}\n{seen(page)}")]
    return Finding(
        ID,
        Severity.WARNING,
        "count(*)",
        "of all rows, for each page",
        evidence=tuple(evidence),
        location=location(site),
        fix=Rewrite(".limit(size + 1) tells whether there is a next page; count once", site),
        proof=proof,
        weight=count.total_ms or 0.0,
        fingerprints=(count.fingerprint, page.fingerprint),
    )


RULE = Rule(
    id=ID,
    family="query",
    summary="a count of the whole list for each of its pages",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
