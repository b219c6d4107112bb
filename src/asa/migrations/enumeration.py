"""PostgreSQL's enumeration types in a revision: made before the tables, dropped after them.

As Alembic generates it, each table makes its type once more and no downgrade drops it.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Enum, inspect
from sqlalchemy.dialects.postgresql import ENUM

from asa.migrations.metadata import metadata_of
from asa.migrations.operations import flattened

__all__ = ["manage_enumerations"]


class UsedENUM(ENUM):
    """A type that is there already, written so into a revision: its own `repr` forgets that."""

    __module__ = ENUM.__module__  # Alembic tells by it what to import

    def __repr__(self) -> str:
        words = [*(repr(label) for label in self.enums), f"name={str(self.name)!r}"]
        if self.schema:
            words.append(f"schema={str(self.schema)!r}")
        return f"ENUM({', '.join(words)}, create_type=False)"


def manage_enumerations(directive: ops.MigrationScript, context: MigrationContext) -> None:
    """Let a revision make and drop the types that its tables and columns need."""
    if context.dialect.name != "postgresql" or context.connection is None:
        return
    up, down = directive.upgrade_ops, directive.downgrade_ops
    if up is None or down is None:
        return
    gained = dict(types_in(columns_gained(up.ops)))
    lost = dict(types_in(columns_gained(down.ops)))
    if not gained and not lost:
        return
    existing = existing_types(context, {schema for schema, _ in (*gained, *lost)})
    wanted = modelled_types(context)
    made = [kind for key, kind in gained.items() if key not in existing]
    unused = [kind for key, kind in lost.items() if key in existing and key not in wanted]
    for operations in (up.ops, down.ops):
        make_no_types(operations)
    surround(up.ops, made, unused, context)
    surround(down.ops, unused, made, context)


def columns_gained(operations: Iterable[ops.MigrateOperation]) -> Iterator[Column[Any]]:
    """Yield the columns that operations add, those of new tables too."""
    for operation in flattened(operations):
        if isinstance(operation, ops.CreateTableOp):
            yield from (column for column in operation.columns if isinstance(column, Column))
        elif isinstance(operation, ops.AddColumnOp):
            yield operation.column


def types_in(columns: Iterable[Column[Any]]) -> Iterator[tuple[tuple[str | None, str], Any]]:
    """Yield ((schema, name), type) of the native enumerations among the columns' types."""
    for column in columns:
        kind = enumeration_of(column)
        if kind is not None:
            yield (kind.schema, str(kind.name)), kind


def enumeration_of(column: Column[Any]) -> Any:
    """Return a column's native enumeration, one within an array too; None where it has none."""
    kind = getattr(column.type, "item_type", column.type)
    native = isinstance(kind, Enum) and getattr(kind, "native_enum", True) and kind.name
    return kind if native else None


def existing_types(
    context: MigrationContext, schemas: set[str | None]
) -> set[tuple[str | None, str]]:
    """Return (schema, name) of the enumerations that the database has."""
    inspector: Any = inspect(context.connection)
    return {
        (schema, found["name"])
        for schema in schemas
        for found in inspector.get_enums(schema=schema)
    }


def modelled_types(context: MigrationContext) -> set[tuple[str | None, str]]:
    """Return (schema, name) of the enumerations that the models use."""
    tables = [table for one in metadata_of(context) for table in one.tables.values()]
    return {key for table in tables for key, _ in types_in(table.columns)}


def make_no_types(operations: Iterable[ops.MigrateOperation]) -> None:
    """Keep the operations' tables from making types themselves."""
    for column in columns_gained(operations):
        kind = enumeration_of(column)
        if kind is None:
            continue
        options = {"name": kind.name, "schema": kind.schema, "create_type": False}
        plain = UsedENUM(*kind.enums, **options)
        if kind is column.type:
            column.type = plain
        else:
            column.type.item_type = plain  # type: ignore[attr-defined]  # an ARRAY has one


def surround(
    operations: list[ops.MigrateOperation],
    made: Iterable[Any],
    dropped: Iterable[Any],
    context: MigrationContext,
) -> None:
    """Make types before the operations, and drop others after them."""
    quote = context.dialect.identifier_preparer

    def name(kind: Any) -> str:
        schema = f"{quote.quote(kind.schema)}." if kind.schema else ""
        return f"{schema}{quote.quote(str(kind.name))}"

    def labels(kind: Any) -> str:
        return ", ".join("'" + label.replace("'", "''") + "'" for label in kind.enums)

    creations = [ops.ExecuteSQLOp(f"CREATE TYPE {name(k)} AS ENUM ({labels(k)})") for k in made]
    removals = [ops.ExecuteSQLOp(f"DROP TYPE {name(kind)}") for kind in dropped]
    operations[:] = [*creations, *operations, *removals]
