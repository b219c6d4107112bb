"""Async code reaches the database by a driver that blocks.

What it does:
    Looks for create_async_engine with the URL of a synchronous driver, and for create_engine
    inside an `async def`.

Why it matters:
    create_async_engine refuses such a driver. A synchronous engine in a coroutine stops every
    other request of the process for the time of each query.

Example:
    engine = create_async_engine("postgresql+psycopg2://...")

Fix:
    engine = create_async_engine("postgresql+asyncpg://...")

When to ignore:
    A script that uses a coroutine for one thing only.

See Also:
    https://docs.sqlalchemy.org/en/20/errors.html#error-xd3s
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.model.engines import subject
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "sync-driver"
ASYNC_DRIVERS = frozenset(
    {"aiomysql", "aiosqlite", "asyncmy", "asyncpg", "psycopg", "psycopg_async"}
)
MATCHING = {"postgresql": "asyncpg", "mysql": "aiomysql", "sqlite": "aiosqlite"}


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each such engine."""
    for engine in design.usage.engines:
        wanted = MATCHING.get(engine.dialect or "", "asyncpg")
        if engine.is_async and engine.dialect and engine.driver not in ASYNC_DRIVERS:
            yield found(
                ID,
                Severity.ERROR,
                subject(engine),
                engine.location,
                does=f"is given {engine.driver or 'the default driver'}, which is not async",
                why="SQLAlchemy refuses it: the asyncio extension requires an async driver",
                fix=f"{engine.dialect}+{wanted}://...",
            )
        elif not engine.is_async and engine.awaits:
            yield found(
                ID,
                Severity.WARNING,
                subject(engine),
                engine.location,
                does="makes a synchronous engine in a coroutine",
                why="each of its queries stops every other task of the process",
                fix="create_async_engine(...)",
            )


RULE = Rule(
    id=ID,
    family="model",
    summary="a blocking driver in async code",
    check=check,
    severity=Severity.ERROR,
    page=__doc__,
    errors=("xd3s",),
)
