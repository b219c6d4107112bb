"""Changes of an enumeration's members on PostgreSQL, as operations that Alembic can write down.

PostgreSQL adds and renames members, and removes none: then the type is made anew, and every
column of it is converted.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.operations import ops
from sqlalchemy.sql.compiler import IdentifierPreparer

from asa.migrations.execution import execute_call, literal

__all__ = ["AlterEnumOp", "EnumColumn", "EnumType", "RenameEnumValueOp", "enum_type"]


@dataclass(frozen=True, slots=True)
class EnumType:
    """An enumeration's name, and the name quoted as SQL takes it."""

    name: str
    sql: str

    @property
    def former(self) -> str:
        """Its name, quoted, while another one takes its place."""
        return f'"{self.name.rpartition(".")[2]}_former"'


@dataclass(frozen=True, slots=True)
class EnumColumn:
    """A column that holds members of an enumeration.

    Attributes:
        table: As SQL takes it, quoted.
        column: Likewise.
        array: Whether it holds arrays of them.
        default: Its default as SQL; None where it has none.
    """

    table: str
    column: str
    array: bool
    default: str | None


class AlterEnumOp(ops.MigrateOperation):
    """Give an enumeration other members.

    Attributes:
        kind: Which one.
        before: Its members now, in order.
        after: Its members afterwards.
        columns: Those of its type, while the operation runs.
    """

    def __init__(
        self,
        kind: EnumType,
        before: tuple[str, ...],
        after: tuple[str, ...],
        columns: tuple[EnumColumn, ...] = (),
    ) -> None:
        self.kind = kind
        self.before = before
        self.after = after
        self.columns = columns

    @property
    def added(self) -> tuple[str, ...]:
        """Members that it gains."""
        return tuple(label for label in self.after if label not in self.before)

    @property
    def dropped(self) -> tuple[str, ...]:
        """Members that it loses."""
        return tuple(label for label in self.before if label not in self.after)

    def reverse(self) -> "AlterEnumOp":
        """Return the operation that undoes it."""
        return AlterEnumOp(self.kind, self.after, self.before, self.columns)

    @property
    def statements(self) -> tuple[str, ...]:
        """The SQL of it."""
        return tuple(remade(self) if self.dropped else additions(self))


class RenameEnumValueOp(ops.MigrateOperation):
    """Give a member of an enumeration another name; rows keep it."""

    def __init__(self, kind: EnumType, old: str, new: str) -> None:
        self.kind = kind
        self.old = old
        self.new = new

    def reverse(self) -> "RenameEnumValueOp":
        """Return the operation that undoes it."""
        return RenameEnumValueOp(self.kind, self.new, self.old)


def additions(operation: AlterEnumOp) -> Iterator[str]:
    """Yield the statements that add members, each at its place."""
    there = list(operation.before)
    for place, label in enumerate(operation.after):
        if label in there:
            continue
        text = f"ALTER TYPE {operation.kind.sql} ADD VALUE IF NOT EXISTS {literal(label)}"
        if place:
            text += f" AFTER {literal(operation.after[place - 1])}"
        elif there:
            text += f" BEFORE {literal(there[0])}"
        there.append(label)
        yield text


def remade(operation: AlterEnumOp) -> Iterator[str]:
    """Yield the statements that make the type anew and convert its columns."""
    kind = operation.kind
    schema, dot, _ = kind.sql.rpartition(".")
    labels = ", ".join(literal(label) for label in operation.after)
    yield f"ALTER TYPE {kind.sql} RENAME TO {kind.former}"
    yield f"CREATE TYPE {kind.sql} AS ENUM ({labels})"
    for column in operation.columns:
        brackets = "[]" if column.array else ""
        alter = f"ALTER COLUMN {column.column}"
        change = f"{alter} TYPE {kind.sql}{brackets} USING {column.column}::text{brackets}"
        change = f"{change}::{kind.sql}{brackets}"
        default = column.default
        if default is not None:
            change = f"{alter} DROP DEFAULT, {change}"
            if not any(literal(label) in default for label in operation.dropped):
                change = f"{change}, {alter} SET DEFAULT {default}"
        yield f"ALTER TABLE {column.table} {change}"
    yield f"DROP TYPE {schema}{dot}{kind.former}"


def enum_type(schema: str | None, name: str, quote: IdentifierPreparer) -> EnumType:
    """Return an enumeration's names."""
    if schema is None:
        return EnumType(name, quote.quote(name))
    return EnumType(f"{schema}.{name}", f"{quote.quote_schema(schema)}.{quote.quote(name)}")


def render_change(_context: AutogenContext, operation: AlterEnumOp) -> list[str]:
    """Return the lines of a revision for other members."""
    calls = [execute_call(statement) for statement in operation.statements]
    if operation.dropped:
        names = ", ".join(operation.dropped)
        return [
            f"# PostgreSQL removes no member ({names}): the type is made anew. This fails,",
            "# and changes nothing, while a row holds one of them.",
            *calls,
        ]
    return [
        "# A member can be used once it is committed, so it is added outside of the transaction.",
        "with op.get_context().autocommit_block():",
        *calls,
        "",
    ]


def render_rename(_context: AutogenContext, operation: RenameEnumValueOp) -> str:
    """Return the line of a revision for a member's new name."""
    old, new = literal(operation.old), literal(operation.new)
    return execute_call(f"ALTER TYPE {operation.kind.sql} RENAME VALUE {old} TO {new}")


renderers.dispatch_for(AlterEnumOp)(render_change)
renderers.dispatch_for(RenameEnumValueOp)(render_rename)
