"""The program waited for a connection of its pool.

What it does:
    Finds lines of a captured program that asked for a connection while all of the pool were
    in use, and waited a tenth of a second and more for one, or in vain.

Why it matters:
    A request waits before its first query. When it waits for longer than the pool allows,
    it fails with TimeoutError.

Example:
    engine = create_async_engine(url, pool_size=2)
    await asyncio.gather(*(load(key) for key in keys))

Fix:
    Hold connections for a shorter time: no waiting inside of transactions, no more tasks at
    once than the pool has connections. Then enlarge the pool, as far as the server allows:
    asa check-connection computes it.

When to ignore:
    The pool is meant to be the limit.

See Also:
    https://docs.sqlalchemy.org/en/20/errors.html#error-3o7r
    https://docs.sqlalchemy.org/en/20/core/pooling.html
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.fix import Rewrite
from asa.model.observation import Observation, PoolWait
from asa.model.rule import Rule
from asa.rules.query.n_plus_one import location, place

__all__ = ["RULE", "check"]

ID = "pool-wait"
LONG_MS = 100.0


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each line that waited."""
    for observation in case.workload.observations:
        worst = observation.worst
        if isinstance(worst, PoolWait) and (worst.timed_out or worst.wait_ms >= LONG_MS):
            yield finding(observation, worst)


def finding(observation: Observation, worst: PoolWait) -> Finding:
    """Return the finding for one line."""
    waited = "in vain for" if worst.timed_out else "for"
    return Finding(
        ID,
        Severity.ERROR if worst.timed_out else Severity.WARNING,
        worst.database or "pool",
        f"waited {waited} {worst.wait_ms:,.0f} ms",
        evidence=(
            ("wait", place(worst.call_site)),
            ("seen", f"{observation.times:,} times, {observation.total_ms:,.0f} ms in all"),
            ("pool", f"pool_size={worst.size}, max_overflow={worst.overflow}"),
        ),
        location=location(worst.call_site),
        fix=Rewrite("fewer tasks at once, shorter transactions, or a larger pool_size"),
    )


RULE = Rule(
    id=ID,
    family="query",
    summary="a wait for a connection of the pool",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    errors=("QueuePool", "3o7r"),
)
