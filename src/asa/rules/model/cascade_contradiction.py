"""What the ORM does to the children of a deleted parent is not what the database does.

What it does:
    Compares the cascade of a one-to-many relationship with the ON DELETE of its foreign key:
    `delete` beside SET NULL or RESTRICT, no `delete` beside CASCADE, and neither of them on a
    key that cannot be NULL.

Why it matters:
    A parent deleted by a session and one deleted by SQL leave different rows. Where the key is
    NOT NULL and nothing cascades, deleting a parent with children fails: the ORM sets the key
    to NULL first.

Example:
    posts: Mapped[list["Post"]] = relationship()
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

Fix:
    posts: Mapped[list["Post"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))

When to ignore:
    Parents are never deleted, or the failure is meant: then say passive_deletes="all".

See Also:
    https://docs.sqlalchemy.org/en/20/orm/cascades.html
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.mapping import MappedRelationship
from asa.model.rule import Rule
from asa.model.schema import ForeignKey
from asa.rules.model.keys import key_of
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "cascade-contradiction"
KEEPS = frozenset({"SET NULL", "SET DEFAULT", "RESTRICT"})


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each relationship that contradicts its foreign key."""
    for owner in design.models.classes:
        for relationship in owner.relationships:
            if relationship.direction != "one-to-many" or relationship.viewonly:
                continue
            held = key_of(design, relationship)
            if held is None:
                continue
            table, key = held
            columns = [table.column(name) for name in key.columns]
            required = any(column and not column.nullable for column in columns)
            told = contradiction(relationship, key, required=required)
            if told is None:
                continue
            does, why, fix = told
            yield found(
                ID,
                Severity.WARNING,
                f"{owner.name}.{relationship.name}",
                design.place_of(owner, relationship.name),
                does=does,
                why=why,
                fix=fix,
            )


def contradiction(
    relationship: MappedRelationship, key: ForeignKey, *, required: bool
) -> tuple[str, str, str] | None:
    """Return what is so, what comes of it and what to write; None where both agree."""
    on_delete = (key.on_delete or "").upper()
    deletes = "delete" in relationship.cascade
    place = f"{relationship.target_table}.{', '.join(key.columns)}"
    if deletes and on_delete in KEEPS:
        return (
            f"deletes its children, but {place} says ON DELETE {on_delete}",
            "a parent deleted by SQL leaves the children that a session would delete",
            'ForeignKey(..., ondelete="CASCADE"), or no "delete" in the cascade',
        )
    if not deletes and on_delete == "CASCADE" and not relationship.passive_deletes:
        return (
            f"does not delete, but {place} says ON DELETE CASCADE",
            "a session sets the key to NULL first, which keeps the children that SQL deletes"
            if not required
            else "a session sets the key to NULL first, which its NOT NULL refuses",
            'relationship(cascade="all, delete-orphan", passive_deletes=True)',
        )
    if not deletes and not on_delete and required and not relationship.passive_deletes:
        return (
            f"does not delete, and {place} is NOT NULL",
            "deleting a parent that has children fails: the ORM sets their key to NULL",
            'ForeignKey(..., ondelete="CASCADE"), and passive_deletes="all" on this side',
        )
    return None


RULE = Rule(
    id=ID,
    family="model",
    summary="cascade and ON DELETE that disagree",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
