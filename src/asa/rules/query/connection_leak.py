"""A connection was never given back to its pool.

What it does:
    Finds lines of a captured program that took a connection which nobody closed: the garbage
    collector found it. A connection that was still in use when the program ended is no leak.

Why it matters:
    Under asyncio the collector cannot close a connection in order: SQLAlchemy warns and
    drops it. Until then the pool is one short, and its transaction holds its locks.

Example:
    session = new_session()
    user = await session.get(User, key)

Fix:
    async with new_session() as session:
        user = await session.get(User, key)

When to ignore:
    Never.

See Also:
    https://docs.sqlalchemy.org/en/20/orm/session_basics.html#session-closing
    https://docs.sqlalchemy.org/en/20/core/pooling.html
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.fix import Rewrite
from asa.model.observation import Observation, UnreturnedConnection
from asa.model.rule import Rule
from asa.rules.query.n_plus_one import location, place

__all__ = ["RULE", "check"]

ID = "connection-leak"


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each line whose connection the collector found."""
    for observation in case.workload.observations:
        worst = observation.worst
        if isinstance(worst, UnreturnedConnection) and worst.collected:
            yield finding(observation, worst)


def finding(observation: Observation, worst: UnreturnedConnection) -> Finding:
    """Return the finding for one line."""
    number = observation.times
    return Finding(
        ID,
        Severity.ERROR,
        worst.database or "connection",
        f"{number:,} connection{'s' if number != 1 else ''} never returned",
        evidence=(
            ("take", place(worst.call_site)),
            ("held", f"{worst.held_ms:,.0f} ms, until the garbage collector found it"),
        ),
        location=location(worst.call_site),
        fix=Rewrite("async with new_session() as session:", worst.call_site),
    )


RULE = Rule(
    id=ID,
    family="query",
    summary="a connection that nobody gave back",
    check=check,
    severity=Severity.ERROR,
    page=__doc__,
)
