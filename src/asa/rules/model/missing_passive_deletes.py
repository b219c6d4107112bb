"""Children that the database deletes are loaded first, only to be deleted one by one.

What it does:
    Looks for one-to-many relationships that cascade deletes over a foreign key with ON DELETE
    CASCADE, but do not say passive_deletes=True.

Why it matters:
    `await session.delete(user)` loads every post and deletes it by a statement of its own,
    though one DELETE of the user would do.

Example:
    posts: Mapped[list["Post"]] = relationship(cascade="all, delete-orphan")
    # with ForeignKey("users.id", ondelete="CASCADE") on the other side

Fix:
    posts: Mapped[list["Post"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True
    )

When to ignore:
    ORM events or further cascades must see each child.

See Also:
    https://docs.sqlalchemy.org/en/20/orm/cascades.html
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.fix import AddArgument, Fix
from asa.model.rule import Rule
from asa.rules.model.keys import key_of
from asa.rules.model.wording import found, site

__all__ = ["RULE", "check"]

ID = "missing-passive-deletes"


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each such relationship."""
    for owner in design.models.classes:
        for relationship in owner.relationships:
            if relationship.direction != "one-to-many" or relationship.passive_deletes:
                continue
            held = key_of(design, relationship)
            cascades = held is not None and (held[1].on_delete or "").upper() == "CASCADE"
            if not cascades or "delete" not in relationship.cascade:
                continue
            place = design.place_of(owner, relationship.name)
            fix: str | Fix = "relationship(..., passive_deletes=True)"
            if design.source(owner, relationship.name) is not None and place is not None:
                fix = AddArgument("relationship", "passive_deletes=True", site(place))
            yield found(
                ID,
                Severity.WARNING,
                f"{owner.name}.{relationship.name}",
                place,
                does=f"loads each {relationship.target} before it is deleted",
                why="the database deletes them itself: ON DELETE CASCADE",
                fix=fix,
            )


RULE = Rule(
    id=ID,
    family="model",
    summary="children loaded only to be deleted",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
