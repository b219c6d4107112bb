"""One call of Alembic's `op` into operations, with what its parts bring along.

A column may bring constraints and indexes, which Alembic adds by statements of their own.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from alembic.operations import ops
from alembic.operations.schemaobj import SchemaObjects
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Index, PrimaryKeyConstraint
from sqlalchemy.engine import Dialect

from asa.migrations.operations import constraint_of, translate
from asa.migrations.spelling import kept_name, qualified
from asa.model.operation import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    Command,
    CreateIndex,
    CreateTable,
    DropTable,
    NewColumn,
    Operation,
)

__all__ = ["spoken"]


def spoken(operation: ops.MigrateOperation, context: MigrationContext) -> Iterator[Operation]:
    """Yield what one operation of Alembic's does, in the order of its statements."""
    for translated in translate([operation], context.dialect):
        yield from enriched(operation, translated, context)


def enriched(
    operation: ops.MigrateOperation, translated: Operation, context: MigrationContext
) -> Iterator[Operation]:
    """Yield a translated operation with the facts that only judging needs."""
    match translated:
        case AddColumn():
            assert isinstance(operation, ops.AddColumnOp)  # noqa: S101  (it was translated so)
            yield replace(translated, column=new_column(operation.column, translated.column))
            yield from brought(operation, context)
        case AlterColumn():
            assert isinstance(operation, ops.AlterColumnOp)  # noqa: S101
            yield alteration(operation, translated)
        case CreateTable():
            assert isinstance(operation, ops.CreateTableOp)  # noqa: S101
            yield translated
            for index in sorted(operation.to_table(context).indexes, key=lambda i: str(i.name)):
                yield index_of(index, translated.table, context.dialect)
        case CreateIndex():
            assert isinstance(operation, ops.CreateIndexOp)  # noqa: S101
            yield replace(translated, method=method_of(operation.kw))
        case AddConstraint(kind="constraint") if "Exclude" in type(operation).__name__:
            yield replace(translated, kind="exclude")
        case DropTable():
            yield translated
        case _:
            options = getattr(operation, "execution_options", None) or {}
            if options.get("isolation_level") == "AUTOCOMMIT":
                yield Command("autocommit")
            yield translated


def new_column(column: Column[Any], known: NewColumn) -> NewColumn:
    """Return a column with how the server makes its values."""
    computed = column.computed
    literal = getattr(column.server_default, "arg", None)
    return replace(
        known,
        default=quoted(literal) if isinstance(literal, str) else known.default,
        identity=column.identity is not None,
        # PostgreSQL stores every computed column before version 18, and asks for the word.
        stored=computed is not None and computed.persisted is not False,
    )


def brought(operation: ops.AddColumnOp, context: MigrationContext) -> Iterator[Operation]:
    """Yield the constraints and indexes that a new column brings."""
    table = qualified(operation.table_name, operation.schema)
    made = SchemaObjects(context).table(
        operation.table_name, copy_of(operation.column), schema=operation.schema
    )
    for constraint in sorted(made.constraints, key=lambda c: type(c).__name__):
        if not isinstance(constraint, PrimaryKeyConstraint):
            yield from added(constraint, table, context.dialect)
    yield from (index_of(index, table, context.dialect) for index in made.indexes)


def added(constraint: Any, table: str, dialect: Dialect) -> Iterator[Operation]:
    """Yield a constraint that the database really gets: not a native type's own check."""
    rule = getattr(constraint, "_create_rule", None)
    if rule is None:
        known = constraint_of(constraint, table, dialect)
        if known is not None:
            yield known


def copy_of(column: Column[Any]) -> Column[Any]:
    """Return a column that belongs to no table."""
    return column._copy()


def index_of(index: Index, table: str, dialect: Dialect) -> CreateIndex:
    """Return an index that a column brings."""
    names = tuple(str(getattr(part, "name", part)) for part in index.expressions)
    return CreateIndex(kept_name(index.name, dialect), table, names, bool(index.unique))


def method_of(options: dict[str, Any]) -> str | None:
    """Return the kind of an index where it is not the usual one."""
    method = options.get("mysql_prefix") or options.get("mariadb_prefix")
    method = method or options.get("postgresql_using")
    return str(method).lower() if method and str(method).lower() != "btree" else None


def alteration(operation: ops.AlterColumnOp, known: AlterColumn) -> AlterColumn:
    """Return a changed column with what the operation does not say of it."""
    only_default = not any(change.what != "default" for change in known.changes)
    using = operation.kw.get("postgresql_using")
    default = operation.modify_server_default
    changes = tuple(
        replace(change, after=quoted(default))
        if change.what == "default" and isinstance(default, str)
        else change
        for change in known.changes
    )
    return replace(
        known,
        changes=changes,
        default_known=operation.modify_server_default is not False
        or operation.existing_server_default is not False,
        complete=only_default,
        using=None if using is None else str(using),
    )


def quoted(literal: str) -> str:
    """Return a default that was given as a plain string: a literal, whatever is in it."""
    text = literal.replace("'", "''")
    return f"'{text}'"
