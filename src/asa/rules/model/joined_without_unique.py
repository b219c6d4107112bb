"""A collection is loaded by a join, and the rows are fetched without `unique()`.

What it does:
    Looks for statements with joinedload of a collection whose result is fetched without
    `.unique()`. `first()` and `scalar()` take one row and need none.

Why it matters:
    A join repeats the parent for each child. SQLAlchemy refuses to guess what is meant: "The
    unique() method must be invoked on this Result".

Example:
    stmt = select(User).options(joinedload(User.posts))
    users = (await session.scalars(stmt)).all()

Fix:
    stmt = select(User).options(selectinload(User.posts))
    or: (await session.scalars(stmt)).unique().all()

When to ignore:
    Never: it raises.

See Also:
    https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "joined-without-unique"


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each such fetch."""
    for joined in design.usage.joined:
        collections = [name for name in joined.attributes if is_collection(design, name)]
        if collections:
            yield found(
                ID,
                Severity.ERROR,
                collections[0],
                joined.location,
                does=f"is loaded by a join, and .{joined.fetch}() fetches without unique()",
                why="SQLAlchemy raises InvalidRequestError",
                fix=f"selectinload({collections[0]}), or .unique().{joined.fetch}()",
            )


def is_collection(design: Design, path: str) -> bool:
    """Tell whether `Class.attribute` is a relationship that holds a list."""
    owner, _, name = path.rpartition(".")
    mapped = design.mapped_class(owner.rpartition(".")[2])
    return mapped is not None and any(
        relationship.name == name and relationship.uselist for relationship in mapped.relationships
    )


RULE = Rule(
    id=ID,
    family="model",
    summary="a joined collection without unique()",
    check=check,
    severity=Severity.ERROR,
    page=__doc__,
)
