"""Two relationships over the same key do not know of each other.

What it does:
    Looks for a relationship with another one on its target, over the same columns the other
    way round, where neither names the other in `back_populates` or `backref`.

Why it matters:
    Appending to one side leaves the other as it was until both are read anew, and SQLAlchemy
    warns that both write the same column.

Example:
    class User(Base):
        posts: Mapped[list["Post"]] = relationship()
    class Post(Base):
        user: Mapped["User"] = relationship()

Fix:
    posts: Mapped[list["Post"]] = relationship(back_populates="user")
    user: Mapped["User"] = relationship(back_populates="posts")

When to ignore:
    One of the two is viewonly (asa is silent then), or a filtered variant of another.

See Also:
    https://docs.sqlalchemy.org/en/20/orm/backref.html
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.mapping import MappedClass, MappedRelationship
from asa.model.rule import Rule
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "one-sided-relationship"


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each pair, at the side that comes first."""
    told: set[frozenset[str]] = set()
    for owner in design.models.classes:
        for relationship in owner.relationships:
            other = counterpart(design, owner, relationship)
            if other is None:
                continue
            pair = frozenset(
                {f"{owner.name}.{relationship.name}", f"{relationship.target}.{other.name}"}
            )
            if pair in told:
                continue
            told.add(pair)
            yield found(
                ID,
                Severity.WARNING,
                f"{owner.name}.{relationship.name}",
                design.place_of(owner, relationship.name),
                does=f"and {relationship.target}.{other.name} do not name each other",
                why="a change of one side does not show on the other until both are read anew",
                fix=f'relationship(back_populates="{other.name}"), and the other way round',
            )


def counterpart(
    design: Design, owner: MappedClass, relationship: MappedRelationship
) -> MappedRelationship | None:
    """Return the one relationship that is this one the other way round; None where not so."""
    target = design.mapped_class(relationship.target)
    if target is None or relationship.viewonly or relationship.back_populates:
        return None
    turned = {(remote, local) for local, remote in relationship.columns}
    kin = {base.partition(":")[2] for base in owner.bases}
    others = [
        other
        for other in target.relationships
        if other.target in kin
        and not other.viewonly
        and not other.back_populates
        and other.secondary == relationship.secondary
        and (set(other.columns) == turned or other.secondary is not None)
        and (target.name != owner.name or other.name != relationship.name)
    ]
    return others[0] if len(others) == 1 else None


RULE = Rule(
    id=ID,
    family="model",
    summary="two relationships that ignore each other",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
