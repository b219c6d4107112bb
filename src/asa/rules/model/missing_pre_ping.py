"""The pool hands out connections that may be dead.

What it does:
    Looks for engines without pool_pre_ping=True on PostgreSQL and MySQL, and with a pool.

Why it matters:
    After a restart of the server, a failover or a firewall's idle limit, the first query on
    each pooled connection fails: one error per connection, in the users' requests.

Example:
    engine = create_async_engine(url)

Fix:
    engine = create_async_engine(url, pool_pre_ping=True)

When to ignore:
    A pooler in front of the database keeps its connections alive.

See Also:
    https://docs.sqlalchemy.org/en/20/core/pooling.html#disconnect-handling-pessimistic
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.model.engines import added, serving, subject
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "missing-pre-ping"


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each such engine."""
    for engine in serving(design, "postgresql", "mysql"):
        if engine.is_unpooled or engine.gives("pool_pre_ping"):
            continue
        yield found(
            ID,
            Severity.WARNING,
            subject(engine),
            engine.location,
            does="does not test a connection before handing it out",
            why="after a restart of the server each pooled connection fails once",
            fix=added(engine, "pool_pre_ping=True"),
        )


RULE = Rule(
    id=ID,
    family="model",
    summary="a pool that hands out dead connections",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql", "mysql"),
)
