"""Several tasks use one session at once.

What it does:
    Finds sessions of a captured program whose queries came from two tasks in turn: one task,
    another one, and the first again. A session that is handed on and not used by its first
    task any more is not meant.

Why it matters:
    A session is one transaction and one connection. Tasks that share it see and commit each
    other's half of the work, and where two queries meet, SQLAlchemy raises
    InvalidRequestError or IllegalStateChangeError, under load only.

Example:
    async with new_session() as session:
        await asyncio.gather(load_orders(session), load_items(session))

Fix:
    A session for each task:
    async def load_orders():
        async with new_session() as session: ...

When to ignore:
    A lock sees to it that the tasks take turns, and they mean to share one transaction.

See Also:
    https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#asyncio-concurrency
    https://docs.sqlalchemy.org/en/20/orm/session_basics.html#session-faq-threadsafe
    https://docs.sqlalchemy.org/en/20/errors.html#error-isce
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Location, Severity
from asa.model.fix import Rewrite
from asa.model.observation import Observation, SharedSession
from asa.model.rule import Rule
from asa.rules.query.n_plus_one import location, place

__all__ = ["RULE", "check"]

ID = "shared-session"


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each pair of lines that took turns."""
    for observation in case.workload.observations:
        worst = observation.worst
        if isinstance(worst, SharedSession):
            yield finding(observation, worst)


def finding(observation: Observation, worst: SharedSession) -> Finding:
    """Return the finding for one pair of lines."""
    other = worst.other
    return Finding(
        ID,
        Severity.ERROR,
        "one session, several tasks",
        f"{observation.times:,} sessions" if observation.times > 1 else "",
        evidence=(("one", place(worst.call_site)), ("other", place(other))),
        location=location(worst.call_site or other),
        related=(("another task here", Location(other.file, other.line)),) if other else (),
        fix=Rewrite("a session of its own for each task", worst.call_site),
    )


RULE = Rule(
    id=ID,
    family="query",
    summary="one session used by several tasks at once",
    check=check,
    severity=Severity.ERROR,
    page=__doc__,
)
