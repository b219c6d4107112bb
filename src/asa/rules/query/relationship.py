"""Which relationship a query follows: told by the program's mapping, else by foreign keys."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from asa.model.case import Case
from asa.model.mapping import MappedClass, MappedRelationship
from asa.model.schema import ForeignKey, Table

__all__ = [
    "Key",
    "class_of",
    "is_collection",
    "is_required",
    "leads_to",
    "locals_of",
    "relationship_along",
    "required_of",
]


@dataclass(frozen=True, slots=True)
class Key:
    """The column by which a statement looks rows up.

    Attributes:
        table: That has the column.
        column: Compared with one value.
        rows: The table whose rows come back; another one behind a table of many-to-many.
    """

    table: str
    column: str
    rows: str

    def __str__(self) -> str:
        return f"{bare(self.table)}.{self.column}"


def relationship_along(case: Case, key: Key, parent: str | None) -> str | None:
    """Name the relationship from the rows of a parent to those that a key looks up.

    Args:
        case: For the mapping and the foreign keys.
        key: Of the statement that is sent for each parent.
        parent: The table of the parents; None where no query for them was seen.

    Returns:
        `User.posts` where the mapping is known, `users.id -> posts.user_id` where only a
        foreign key is; None where there are none or several that it may be.
    """
    mapped = {
        f"{owner.name}.{one.name}"
        for owner, one in relationships(case)
        if follows(case, owner, one, key, parent)
    }
    if len(mapped) == 1:
        return mapped.pop()
    if parent is None:
        return None
    pairs = {f"{bare(parent)}.{local} -> {key}" for local in locals_of(case, key, parent)}
    return pairs.pop() if len(pairs) == 1 else None


def relationships(case: Case) -> Iterator[tuple[MappedClass, MappedRelationship]]:
    """Yield each relationship with the class that has it."""
    for owner in case.workload.mapped:
        for one in owner.relationships:
            yield owner, one


def follows(
    case: Case, owner: MappedClass, one: MappedRelationship, key: Key, parent: str | None
) -> bool:
    """Tell whether a relationship leads from a parent's rows by a key to those looked up.

    Without a parent only a collection is certain: any class may point to a single row.
    """
    if parent is None and not one.uselist:
        return False
    if parent is not None and not equal(owner.table, parent):
        return False
    if not any(equal(class_.table, key.rows) for class_ in classes_named(case, one.target)):
        return False
    return any(
        equal(remote.rpartition(".")[0], key.table) and remote.rpartition(".")[2] == key.column
        for local, remote in one.columns
        if equal(local.rpartition(".")[0], owner.table)
    )


def classes_named(case: Case, name: str) -> list[MappedClass]:
    """Return the mapped classes of a name."""
    return [one for one in case.workload.mapped if one.name == name]


def class_of(case: Case, table: str) -> str | None:
    """Return the one class that is mapped to a table; None where there are none or several."""
    names = {one.name for one in case.workload.mapped if equal(one.table, table)}
    return names.pop() if len(names) == 1 else None


def is_required(case: Case, step: str) -> bool:
    """Tell whether a relationship `Class.attribute` always has a row at its other end."""
    found = named(case, step)
    return bool(found) and all(one.required and not one.uselist for one in found)


def required_of(case: Case, path: Iterable[str]) -> frozenset[str]:
    """Return the steps of a path that always lead to a row."""
    return frozenset(step for step in path if is_required(case, step))


def is_collection(case: Case, step: str) -> bool:
    """Tell whether a relationship `Class.attribute` holds several rows."""
    return any(one.uselist for one in named(case, step))


def named(case: Case, step: str) -> list[MappedRelationship]:
    """Return the relationships of a name `Class.attribute`."""
    owner, _, name = step.partition(".")
    return [one for class_, one in relationships(case) if class_.name == owner and one.name == name]


def leads_to(case: Case, parent: str, key: Key) -> bool:
    """Tell whether rows of a parent hold what a key looks up."""
    if any(follows(case, owner, one, key, parent) for owner, one in relationships(case)):
        return True
    return bool(locals_of(case, key, parent))


def locals_of(case: Case, key: Key, parent: str) -> list[str]:
    """Return the parent's columns at the other end of a key, by its foreign keys."""
    here, there = table_of(case, key.table), table_of(case, parent)
    if here is None or there is None:
        if case.schema is not None:
            return []
        return [name for name in guessed_locals(key, parent) if may_hold(case, parent, name)]
    found = [
        (foreign.target or ("id",))[0]
        for foreign in here.foreign_keys
        if foreign.columns == (key.column,) and equal(foreign.table, there.name)
    ]
    return found + [
        foreign.columns[0] for foreign in there.foreign_keys if points_at(foreign, here, key.column)
    ]


def points_at(foreign: ForeignKey, table: Table, column: str) -> bool:
    """Tell whether a foreign key points at a column of a table."""
    if len(foreign.columns) != 1 or not equal(foreign.table, table.name):
        return False
    return foreign.target in ((column,), ())


def may_hold(case: Case, table: str, column: str) -> bool:
    """Tell whether a table may have a column; where its classes are known, one of them maps it."""
    known = [one for one in case.workload.mapped if equal(one.table, table)]
    return not known or any(column in (held for _, held in one.attributes) for one in known)


def guessed_locals(key: Key, parent: str) -> list[str]:
    """Guess by names what foreign keys would tell: `orders.user_id` points to `users.id`."""
    column = key.column.lower()
    if column == "id":
        return [] if equal(key.table, parent) else [f"{singular(bare(key.table))}_id"]
    if column.endswith("_id") and singular(bare(parent)).endswith(singular(column[:-3])):
        return ["id"]
    return []


def table_of(case: Case, name: str) -> Table | None:
    """Return a table of the schema, where there is one."""
    return None if case.schema is None else case.schema.table(name)


def singular(name: str) -> str:
    """Return a name without the commonest English plural ends."""
    name = name.lower()
    for end, one in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh")):
        if name.endswith(end):
            return name.removesuffix(end) + one
    return name.removesuffix("s") if not name.endswith("ss") else name


def bare(table: str) -> str:
    """Return a table's name without its schema."""
    return table.rpartition(".")[2]


def equal(one: str, other: str) -> bool:
    """Tell whether two names mean one table; a schema that only one of them tells is no matter."""
    one, other = one.lower(), other.lower()
    if "." in one and "." in other:
        return one == other
    return bare(one) == bare(other)
