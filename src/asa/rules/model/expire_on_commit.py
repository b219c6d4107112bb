"""A commit expires every object of an async session.

What it does:
    Looks for async_sessionmaker(...), and AsyncSession(...) made without one, that do not say
    expire_on_commit=False.

Why it matters:
    After `await session.commit()` every attribute must be read anew, which async code cannot
    do when it is touched: MissingGreenlet in the response model, right after a successful
    write; DetachedInstanceError ("Instance is not bound to a Session") once it is closed.

Example:
    new_session = async_sessionmaker(engine)

Fix:
    new_session = async_sessionmaker(engine, expire_on_commit=False)

When to ignore:
    Nothing is read from an object after the commit.

See Also:
    https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html
    https://docs.sqlalchemy.org/en/20/errors.html#error-bhk3
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.fix import AddArgument, Fix
from asa.model.rule import Rule
from asa.rules.model.wording import found, site

__all__ = ["RULE", "check"]

ID = "expire-on-commit"


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each such factory."""
    for factory in design.usage.factories:
        given = factory.arguments.get("expire_on_commit")
        if "**" in factory.arguments or (given is not None and given != "True"):
            continue
        fix: str | Fix = "expire_on_commit=False"
        if given is None:
            place = factory.location
            fix = AddArgument(factory.made, "expire_on_commit=False", site(place))
        yield found(
            ID,
            Severity.WARNING,
            f"{factory.made}(...)",
            factory.location,
            does="expires every object at a commit",
            why="reading one afterwards raises MissingGreenlet",
            fix=fix,
        )


RULE = Rule(
    id=ID,
    family="model",
    summary="objects that expire at each commit",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
