"""Each row is read back after it was written.

What it does:
    Finds a line that refreshes five objects or more within one session which no query of
    that session had loaded: the program has just written them.

Why it matters:
    It is one more journey to the server for each row. SQLAlchemy knows the values that it
    sent, and fetches those that the database computes with RETURNING.

Example:
    for label in labels:
        tag = Tag(label=label)
        session.add(tag)
        await session.commit()
        await session.refresh(tag)

Fix:
    Leave the refresh out, and let objects keep their values over a commit:
    async_sessionmaker(..., expire_on_commit=False). Values that the database computes:
    __mapper_args__ = {"eager_defaults": True}.

When to ignore:
    A trigger changes the rows.

See Also:
    https://docs.sqlalchemy.org/en/20/orm/session_state_management.html#session-expire
    https://docs.sqlalchemy.org/en/20/orm/persistence_techniques.html#orm-server-defaults
"""

from collections.abc import Iterator

from asa.model.case import Case
from asa.model.finding import Finding, Severity, Unproved
from asa.model.fix import Rewrite
from asa.model.rule import Rule
from asa.model.workload import Burst
from asa.rules.query.cure import is_whole_entity
from asa.rules.query.n_plus_one import location, place, times

__all__ = ["RULE", "check"]

ID = "refresh-after-write"
LEAST = 5


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each line that reads back what was just written."""
    for burst in case.workload.bursts:
        load = burst.load
        if load is None or load.strategy != "refresh" or load.origin is not None:
            continue
        if burst.calls >= LEAST and is_whole_entity(load):
            yield finding(burst, load.path[-1])


def finding(burst: Burst, entity: str) -> Finding:
    """Return the finding for one line."""
    site = burst.call_site
    return Finding(
        ID,
        Severity.WARNING,
        entity,
        f"{burst.calls:,} rows read back",
        evidence=(
            ("refresh", place(site, times(burst))),
            ("queries", f"{burst.calls:,} -> 0 predicted"),
        ),
        location=location(site),
        fix=Rewrite("no refresh, and async_sessionmaker(..., expire_on_commit=False)", site),
        proof=Unproved("not rerun"),
        weight=burst.all_ms or 0.0,
        fingerprints=(burst.fingerprint,),
    )


RULE = Rule(
    id=ID,
    family="query",
    summary="rows read back after they were written",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
