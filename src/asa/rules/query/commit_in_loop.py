"""A session commits after each row.

What it does:
    Finds a line that writes in five transactions of one session or more, one shortly after
    the other.

Why it matters:
    Each commit waits until the disk has what was written, so a loop is as slow as the disk.
    Where it breaks off, half of the rows are there.

Example:
    for row in rows:
        session.add(Order(**row))
        await session.commit()

Fix:
    Commit once behind the loop; for very many rows, once for some thousands of them. Where
    one row may fail and the others not: async with session.begin_nested().

When to ignore:
    Each row is a job of its own, and has to last whatever becomes of the next.

See Also:
    https://docs.sqlalchemy.org/en/20/orm/session_basics.html#session-committing
    https://docs.sqlalchemy.org/en/20/orm/session_transaction.html#session-begin-nested
    https://www.postgresql.org/docs/current/populate.html#DISABLE-AUTOCOMMIT
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity, Unproved
from asa.model.fix import Rewrite
from asa.model.rule import Rule
from asa.model.workload import Burst
from asa.rules.query.candidates import facts_of
from asa.rules.query.n_plus_one import location, loop, place, times

__all__ = ["RULE", "check", "commits_each"]

ID = "commit-in-loop"
LEAST = 5
SHARE = 0.8
SOON_MS = 250.0
"""Time between two of them, on average, above which a program does each for itself."""


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each line that writes in a transaction for each row."""
    for burst in case.workload.bursts:
        if burst.load is not None or not commits_each(burst):
            continue
        query_class = case.query_class(burst.fingerprint)
        found = facts_of(case, query_class) if query_class else None
        if found and found.writes is not None:
            yield finding(burst, found.writes)


def commits_each(burst: Burst) -> bool:
    """Tell whether almost each statement of a burst has a transaction of its own, and soon."""
    if burst.transactions < LEAST or burst.transactions < min(burst.calls, 64) * SHARE:
        return False
    return burst.span_ms is None or burst.span_ms / (burst.calls - 1) < SOON_MS


def finding(burst: Burst, table: str) -> Finding:
    """Return the finding for one line."""
    site = burst.repeated_at
    summary = f"{burst.calls:,} commits"
    if burst.scope.label:
        summary = f"{burst.scope.label}, {summary}"
    return Finding(
        ID,
        Severity.WARNING,
        table,
        summary,
        evidence=(*loop(burst), ("write", place(burst.call_site, times(burst)))),
        location=location(site),
        fix=Rewrite("one commit behind the loop", site),
        proof=Unproved("not rerun"),
        fingerprints=(burst.fingerprint,),
    )


RULE = Rule(
    id=ID,
    family="query",
    summary="a commit for each row",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
