"""A transaction stays open while the program waits for something else.

What it does:
    Finds transactions in which no query ran for a quarter of a second and more at a stretch,
    in a captured program: between one query and the next, or before the commit.

Why it matters:
    The connection is taken out of the pool all that time, and every lock that the
    transaction holds is held. On PostgreSQL no row version that it may still see can be
    cleaned up.

Example:
    order = await session.get(Order, key)
    receipt = await client.post(PAYMENT_URL, json=order.total)
    order.paid = True
    await session.commit()

Fix:
    Wait outside of it: commit before, and begin again after. With expire_on_commit=False
    the objects stay usable meanwhile.

When to ignore:
    The rows must stay locked while the program waits.

See Also:
    https://docs.sqlalchemy.org/en/20/orm/session_basics.html#session-faq-whentocreate
    https://www.postgresql.org/docs/current/runtime-config-client.html
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Location, Severity
from asa.model.fix import Rewrite
from asa.model.observation import Observation, TransactionUse
from asa.model.rule import Rule
from asa.rules.query.n_plus_one import location, place

__all__ = ["RULE", "check"]

ID = "idle-transaction"
LONG_MS = 250.0


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each place where a transaction waits."""
    for observation in case.workload.observations:
        worst = observation.worst
        if isinstance(worst, TransactionUse) and worst.longest_ms >= LONG_MS and worst.queries:
            yield finding(observation, worst)


def finding(observation: Observation, worst: TransactionUse) -> Finding:
    """Return the finding for one place."""
    site = worst.after or worst.before
    until = place(worst.before) if worst.before else f"its {worst.ended}"
    summary = f"idle for {worst.longest_ms:,.0f} ms"
    if worst.scope.label:
        summary = f"{worst.scope.label}, {summary}"
    related = worst.before
    return Finding(
        ID,
        Severity.WARNING,
        worst.database or "transaction",
        summary,
        evidence=(
            ("from", place(worst.after) if worst.after else "its beginning"),
            ("until", until),
            ("seen", f"{observation.times:,} times, {observation.total_ms:,.0f} ms in all"),
        ),
        location=location(site),
        related=(("until here", Location(related.file, related.line)),) if related else (),
        fix=Rewrite("commit before the wait, begin again after it", site),
    )


RULE = Rule(
    id=ID,
    family="query",
    summary="a transaction open while the program waits",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
