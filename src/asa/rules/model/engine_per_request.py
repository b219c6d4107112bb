"""An engine is made anew for each request.

What it does:
    Looks for engines made in a route or a dependency, or in a function that these call, and
    not kept: no cache, no global, no attribute.

Why it matters:
    Each engine has a pool of its own. Every request opens new connections, and they stay open
    until the server has none left.

Example:
    async def get_db():
        engine = create_async_engine(url)
        async with AsyncSession(engine) as session:
            yield session

Fix:
    engine = create_async_engine(url)
    new_session = async_sessionmaker(engine, expire_on_commit=False)

    async def get_db():
        async with new_session() as session:
            yield session

When to ignore:
    Each request has a database of its own, and the engine is disposed of at its end.

See Also:
    https://docs.sqlalchemy.org/en/20/core/connections.html#basic-usage
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.model.engines import subject
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "engine-per-request"


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each such engine."""
    for engine in design.usage.engines:
        if engine.request is not None and not engine.is_unpooled:
            yield found(
                ID,
                Severity.ERROR,
                subject(engine),
                engine.location,
                does=f"runs in {engine.request}, for each request",
                why="every request opens a pool of its own, until the server has no room",
                fix="make the engine once, at import or in the lifespan",
            )


RULE = Rule(
    id=ID,
    family="model",
    summary="an engine made for each request",
    check=check,
    severity=Severity.ERROR,
    page=__doc__,
)
