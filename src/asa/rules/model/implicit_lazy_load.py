"""A collection is loaded when it is touched, which async code cannot do.

What it does:
    Looks for collections with SQLAlchemy's default loading in classes without AsyncAttrs, in
    projects that use async sessions.

Why it matters:
    `user.posts` raises MissingGreenlet where nobody loaded the posts before. Where it does
    not, because a session is used through run_sync, it is one query per user.

Example:
    class Base(DeclarativeBase): ...
    posts: Mapped[list["Post"]] = relationship()

Fix:
    posts: Mapped[list["Post"]] = relationship(lazy="raise")
    and say where it is needed: select(User).options(selectinload(User.posts)); or let the
    base inherit from AsyncAttrs: await user.awaitable_attrs.posts.

When to ignore:
    The class is used by synchronous code only.

See Also:
    https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html
    https://docs.sqlalchemy.org/en/20/errors.html#error-xd2s
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.fix import AddArgument, Fix
from asa.model.rule import Rule
from asa.rules.model.wording import found, site

__all__ = ["RULE", "check"]

ID = "implicit-lazy-load"


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each such collection."""
    if not design.usage.is_async:
        return
    for owner in design.models.classes:
        for relationship in owner.relationships:
            if owner.is_awaitable or not relationship.uselist or relationship.lazy != "select":
                continue
            place = design.place_of(owner, relationship.name)
            fix: str | Fix = 'relationship(..., lazy="raise")'
            if design.source(owner, relationship.name) is not None and place is not None:
                fix = AddArgument("relationship", 'lazy="raise"', site(place))
            yield found(
                ID,
                Severity.INFO,
                f"{owner.name}.{relationship.name}",
                place,
                does="is loaded when it is touched",
                why="outside of await that raises MissingGreenlet",
                fix=fix,
            )


RULE = Rule(
    id=ID,
    family="model",
    summary="a collection that loads when it is touched",
    check=check,
    severity=Severity.INFO,
    page=__doc__,
)
