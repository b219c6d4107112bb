"""Members of PostgreSQL's enumerations, in the models and in the database.

Alembic compares a column's type by its name, so that a member more or less is no difference
to it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Enum, inspect, text
from sqlalchemy.types import TypeDecorator

from asa.migrations.enum_operation import (
    AlterEnumOp,
    EnumColumn,
    EnumType,
    RenameEnumValueOp,
    enum_type,
)
from asa.migrations.metadata import metadata_of
from asa.migrations.rename import Answers, Rename, Undecided, UndecidedError

__all__ = ["add_members", "native", "without_members"]

ALIKE = 0.5
COLUMNS = text(
    "SELECT n.nspname = current_schema(), n.nspname, c.relname, a.attname,"
    " a.atttypid <> k.oid, pg_get_expr(d.adbin, d.adrelid)"
    " FROM pg_type k JOIN pg_namespace s ON s.oid = k.typnamespace"
    " JOIN pg_attribute a ON a.atttypid IN (k.oid, k.typarray)"
    " JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
    " WHERE k.typname = :name AND s.nspname = coalesce(:schema, current_schema())"
    " AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND NOT a.attisdropped"
    " ORDER BY n.nspname, c.relname, a.attnum"
)


@dataclass(frozen=True, slots=True)
class Difference:
    """An enumeration whose members differ.

    Attributes:
        there: Members in the database, in order.
        wanted: Members in the models, in order.
    """

    schema: str | None
    name: str
    there: tuple[str, ...]
    wanted: tuple[str, ...]

    @property
    def shown(self) -> str:
        """Its name, with its schema where it has one."""
        return f"{self.schema}.{self.name}" if self.schema else self.name


def add_members(
    directive: ops.MigrationScript, context: MigrationContext, answers: Answers
) -> None:
    """Put the changes of members into a revision, before what uses them.

    Raises:
        UndecidedError: A member may have been renamed, and the user has not said.
    """
    up, down = directive.upgrade_ops, directive.downgrade_ops
    if up is None or down is None or context.dialect.name != "postgresql":
        return
    for difference in differences(context):
        changes = changes_of(difference, context, answers)
        up.ops[:0] = changes
        down.ops += [change.reverse() for change in reversed(changes)]


def without_members(answers: Answers, context: MigrationContext) -> Answers:
    """Return the answers that are about columns and tables."""
    if context.dialect.name != "postgresql" or not answers.renames:
        return answers
    known = {f"{one.shown}.{label}" for one in differences(context) for label in one.there}
    kept = tuple(rename for rename in answers.renames if rename.old not in known)
    return replace(answers, renames=kept)


def differences(context: MigrationContext) -> Iterator[Difference]:
    """Yield the enumerations of the models whose members are others in the database."""
    wanted = dict(modelled(context))
    inspector: Any = inspect(context.connection)
    for schema in sorted({schema for schema, _ in wanted}, key=str):
        there = {one["name"]: tuple(one["labels"]) for one in inspector.get_enums(schema=schema)}
        for (owner, name), members in wanted.items():
            if owner == schema and name in there and {*there[name]} != {*members}:
                yield Difference(schema, name, there[name], members)


def modelled(context: MigrationContext) -> Iterator[tuple[tuple[str | None, str], tuple[str, ...]]]:
    """Yield ((schema, name), members) of the enumerations that the models use."""
    for metadata in metadata_of(context):
        for table in metadata.tables.values():
            for column in table.columns:
                kind = native(column)
                if kind is not None and kind.name:
                    yield (kind.schema, str(kind.name)), tuple(kind.enums)


def native(column: Column[Any]) -> Enum | None:
    """Return the enumeration that a column holds, in whatever it is wrapped."""
    kind: Any = column.type
    if isinstance(kind, TypeDecorator):
        kind = kind.impl
    kind = getattr(kind, "item_type", kind)
    return kind if isinstance(kind, Enum) and kind.native_enum else None


def changes_of(
    difference: Difference, context: MigrationContext, answers: Answers
) -> list[AlterEnumOp | RenameEnumValueOp]:
    """Return what makes the members equal.

    Raises:
        UndecidedError: A member may have been renamed, and the user has not said.
    """
    kind = enum_type(difference.schema, difference.name, context.dialect.identifier_preparer)
    renamed = dict(decided(difference, answers))
    changes: list[AlterEnumOp | RenameEnumValueOp] = [
        RenameEnumValueOp(kind, old, new) for old, new in renamed.items()
    ]
    there = tuple(renamed.get(label, label) for label in difference.there)
    if {*there} != {*difference.wanted}:
        changes.append(altered(kind, there, difference, context))
    return changes


def altered(
    kind: EnumType, there: tuple[str, ...], difference: Difference, context: MigrationContext
) -> AlterEnumOp:
    """Return the operation for members that come and go."""
    assert context.connection is not None  # noqa: S101  (compared online)
    quote = context.dialect.identifier_preparer
    names = {"name": difference.name, "schema": difference.schema}
    columns = tuple(
        EnumColumn(
            quote.quote(table) if here else f"{quote.quote_schema(schema)}.{quote.quote(table)}",
            quote.quote(column),
            array,
            default,
        )
        for here, schema, table, column, array, default in context.connection.execute(
            COLUMNS, names
        )
    )
    return AlterEnumOp(kind, there, difference.wanted, columns)


def decided(difference: Difference, answers: Answers) -> Iterable[tuple[str, str]]:
    """Return the (old, new) names of members that are renamed.

    Raises:
        UndecidedError: A pair looks like a rename, and the user has not said.
    """
    gone = [label for label in difference.there if label not in difference.wanted]
    new = [label for label in difference.wanted if label not in difference.there]
    named = {(rename.old, rename.new) for rename in answers.renames}
    chosen = [
        (old, label)
        for old in gone
        for label in new
        if (f"{difference.shown}.{old}", label) in named
    ]
    if answers.none:
        return chosen
    taken = {label for pair in chosen for label in pair}
    open_pairs = tuple(
        rename
        for old, label in likely(difference, taken)
        if (rename := Rename(f"{difference.shown}.{old}", label)) not in answers.separate
    )
    if open_pairs:
        raise UndecidedError(Undecided(open_pairs))
    return chosen


def likely(difference: Difference, taken: set[str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of a lost and a new member that look like one, each member once."""
    pairs = [
        (score, old, new)
        for place, old in enumerate(difference.there)
        for at, new in enumerate(difference.wanted)
        if old not in difference.wanted and new not in difference.there
        for score in [SequenceMatcher(None, old.lower(), new.lower()).ratio() + (place == at)]
        if score >= ALIKE
    ]
    used = set(taken)
    for _, old, new in sorted(pairs, reverse=True):
        if old not in used and new not in used:
            used |= {old, new}
            yield old, new
