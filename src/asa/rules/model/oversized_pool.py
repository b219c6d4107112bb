"""The pool of one process is larger than a server with default settings takes.

What it does:
    Adds pool_size and max_overflow of each engine and compares them with the server's default
    limit: 100 connections on PostgreSQL, 151 on MySQL and MariaDB.

Why it matters:
    Under load the server refuses: "too many clients already". Each further worker process has
    a pool of its own.

Example:
    engine = create_async_engine(url, pool_size=100, max_overflow=50)

Fix:
    engine = create_async_engine(url, pool_size=10, max_overflow=5)
    `asa check-connection --workers N` computes what fits your server.

When to ignore:
    The server's max_connections was raised, or a pooler stands before it.

See Also:
    https://docs.sqlalchemy.org/en/20/core/pooling.html
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.model.engines import serving, subject
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "oversized-pool"
LIMITS = {"postgresql": 100, "mysql": 151}
POOL_SIZE, MAX_OVERFLOW = 5, 10


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each such engine."""
    for engine in serving(design, *LIMITS):
        dialect = engine.dialect or design.dialect
        size = whole(engine.arguments.get("pool_size"), POOL_SIZE)
        overflow = whole(engine.arguments.get("max_overflow"), MAX_OVERFLOW)
        if dialect is None or engine.is_unpooled or size is None or overflow is None:
            continue
        limit = LIMITS[dialect]
        endless = overflow < 0 or size == 0
        if not endless and size + overflow <= limit:
            continue
        yield found(
            ID,
            Severity.WARNING,
            subject(engine),
            engine.location,
            does="opens connections without a bound"
            if endless
            else f"opens up to {size} + {overflow} = {size + overflow} connections",
            why=f"a server with default settings takes {limit}, for all processes together",
            fix="asa check-connection --workers N says what fits",
        )


def whole(text: str | None, default: int) -> int | None:
    """Return a written number; None where it is computed."""
    if text is None:
        return default
    try:
        return int(text.replace("_", ""))
    except ValueError:
        return None


RULE = Rule(
    id=ID,
    family="model",
    summary="a pool larger than the server takes",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql", "mysql"),
)
