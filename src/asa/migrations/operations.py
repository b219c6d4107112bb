"""Alembic's operations, translated once into `model.operation`."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from alembic.operations import ops
from sqlalchemy import (
    CheckConstraint,
    Column,
    Constraint,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect

from asa.migrations.check_comparison import ReplaceCheckOp
from asa.migrations.enum_operation import AlterEnumOp, EnumType, RenameEnumValueOp
from asa.migrations.safe.operation import StatementOp
from asa.migrations.spelling import default_text, kept_name, qualified, sql_text, type_text
from asa.model.operation import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    AlterEnum,
    Change,
    ChangeComment,
    ConstraintKind,
    CreateIndex,
    CreateTable,
    CustomOperation,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    ExecuteSql,
    InsertRows,
    NewColumn,
    Operation,
    RenameTable,
)

__all__ = ["flattened", "translate"]

KINDS: dict[str, ConstraintKind] = {
    "primary": "primary key",
    "unique": "unique",
    "foreignkey": "foreign key",
    "check": "check",
}


def translate(
    operations: Iterable[ops.MigrateOperation], dialect: Dialect
) -> tuple[Operation, ...]:
    """Return the operations as plain data, those inside containers in their order."""
    return tuple(translated(operation, dialect) for operation in flattened(operations))


def flattened(operations: Iterable[ops.MigrateOperation]) -> Iterator[ops.MigrateOperation]:
    """Yield the operations, entering containers (`ModifyTableOps`)."""
    for operation in operations:
        if isinstance(operation, ops.OpContainer):
            yield from flattened(operation.ops)
        else:
            yield operation


def translated(operation: ops.MigrateOperation, dialect: Dialect) -> Operation:
    """Return one operation as plain data."""
    for kind, translation in TRANSLATIONS.items():
        if isinstance(operation, kind):
            return translation(operation, dialect)
    return CustomOperation(type(operation).__name__, str(getattr(operation, "__doc__", "") or ""))


def column_of(column: Column[Any], dialect: Dialect) -> NewColumn:
    """Return a column as plain data."""
    return NewColumn(
        name=column.name,
        type=type_text(column.type, dialect) or "",
        nullable=bool(column.nullable),
        default=default_text(column.server_default, dialect),
        primary_key=column.primary_key,
        generated=column.computed is not None or column.identity is not None,
    )


def constraint_of(constraint: Constraint, table: str, dialect: Dialect) -> AddConstraint | None:
    """Return a constraint as plain data; None for one that says nothing (an empty key)."""
    name = kept_name(constraint.name, dialect)
    if isinstance(constraint, ForeignKeyConstraint):
        targets = [element.target_fullname.rpartition(".") for element in constraint.elements]
        return AddConstraint(
            "foreign key",
            table,
            name,
            tuple(constraint.column_keys),
            target=(targets[0][0], tuple(target[2] for target in targets)),
            on_delete=constraint.ondelete,
        )
    if isinstance(constraint, CheckConstraint):
        condition = sql_text(constraint.sqltext, dialect)
        return AddConstraint("check", table, name, condition=condition)
    if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint):
        kind: ConstraintKind = (
            "unique" if isinstance(constraint, UniqueConstraint) else "primary key"
        )
        columns = tuple(column.name for column in constraint.columns)
        return AddConstraint(kind, table, name, columns) if columns else None
    return AddConstraint("constraint", table, name)


def create_table(operation: ops.CreateTableOp, dialect: Dialect) -> CreateTable:
    """Translate a new table."""
    table = qualified(operation.table_name, operation.schema)
    # A Table made by Alembic's own recipe binds inline foreign keys to their columns.
    made = operation.to_table()
    constraints = (constraint_of(c, table, dialect) for c in made.constraints)
    return CreateTable(
        table,
        tuple(column_of(column, dialect) for column in made.columns),
        tuple(
            sorted((c for c in constraints if c), key=lambda c: (c.kind, c.columns, c.name or ""))
        ),
    )


def drop_table(operation: ops.DropTableOp, _dialect: Dialect) -> DropTable:
    """Translate a dropped table."""
    return DropTable(qualified(operation.table_name, operation.schema))


def rename_table(operation: ops.RenameTableOp, _dialect: Dialect) -> RenameTable:
    """Translate a renamed table."""
    table = qualified(operation.table_name, operation.schema)
    return RenameTable(table, qualified(operation.new_table_name, operation.schema))


def set_comment(operation: ops.CreateTableCommentOp, _dialect: Dialect) -> ChangeComment:
    """Translate a table's new comment."""
    return ChangeComment(qualified(operation.table_name, operation.schema), operation.comment)


def drop_comment(operation: ops.DropTableCommentOp, _dialect: Dialect) -> ChangeComment:
    """Translate a table's dropped comment."""
    return ChangeComment(qualified(operation.table_name, operation.schema), None)


def add_column(operation: ops.AddColumnOp, dialect: Dialect) -> AddColumn:
    """Translate a new column."""
    table = qualified(operation.table_name, operation.schema)
    return AddColumn(table, column_of(operation.column, dialect))


def drop_column(operation: ops.DropColumnOp, dialect: Dialect) -> DropColumn:
    """Translate a dropped column."""
    added = operation._reverse  # the only place where Alembic keeps its type
    known = type_text(added.column.type, dialect) if added is not None else None
    table = qualified(operation.table_name, operation.schema)
    return DropColumn(table, operation.column_name, known)


def alter_column(operation: ops.AlterColumnOp, dialect: Dialect) -> AlterColumn:
    """Translate a changed column."""
    changes: list[Change] = []
    if operation.modify_name is not None:
        changes.append(Change("name", operation.column_name, operation.modify_name))
    if operation.modify_type is not None:
        before = type_text(operation.existing_type, dialect)
        changes.append(Change("type", before, type_text(operation.modify_type, dialect)))
    if operation.modify_nullable is not None:
        before = None if operation.existing_nullable is None else null(operation.existing_nullable)
        changes.append(Change("null", before, null(operation.modify_nullable)))
    if operation.modify_server_default is not False:
        default = operation.existing_server_default
        before = default_text(default, dialect)
        after = default_text(operation.modify_server_default, dialect)
        changes.append(Change("default", before, after))
    if operation.modify_comment is not False:
        existing = operation.existing_comment
        modified = operation.modify_comment
        changes.append(Change("comment", existing, None if modified is None else str(modified)))
    return AlterColumn(
        qualified(operation.table_name, operation.schema),
        operation.column_name,
        tuple(changes),
        operation.existing_nullable is not None or operation.modify_nullable is not None,
    )


def null(nullable: bool) -> str:
    """Return a column's nullability in words."""
    return "null allowed" if nullable else "not null"


def create_index(operation: ops.CreateIndexOp, dialect: Dialect) -> CreateIndex:
    """Translate a new index."""
    options = operation.kw
    where = next(
        (options[f"{d}_where"] for d in ("postgresql", "sqlite") if f"{d}_where" in options), None
    )
    return CreateIndex(
        kept_name(operation.index_name, dialect),
        qualified(operation.table_name, operation.schema),
        tuple(
            column.name if isinstance(column, Column) else sql_text(column, dialect)
            for column in operation.columns
        ),
        bool(operation.unique),
        None if where is None else sql_text(where, dialect),
        bool(options.get("postgresql_concurrently")),
    )


def drop_index(operation: ops.DropIndexOp, dialect: Dialect) -> DropIndex:
    """Translate a dropped index."""
    table = operation.table_name
    return DropIndex(
        kept_name(operation.index_name, dialect) or "",
        qualified(table, operation.schema) if table else None,
        bool(operation.kw.get("postgresql_concurrently")),
    )


def add_constraint(operation: ops.AddConstraintOp, dialect: Dialect) -> AddConstraint:
    """Translate a new constraint."""
    constraint = operation.to_constraint()
    table = qualified(constraint.table.name, constraint.table.schema)
    known = constraint_of(constraint, table, dialect)
    if known is None:
        return AddConstraint("constraint", table)
    options = constraint.dialect_kwargs
    return AddConstraint(
        known.kind,
        table,
        known.name,
        known.columns,
        known.target,
        known.on_delete,
        known.condition,
        not options.get("postgresql_not_valid", False),
    )


def drop_constraint(operation: ops.DropConstraintOp, dialect: Dialect) -> DropConstraint:
    """Translate a dropped constraint."""
    return DropConstraint(
        KINDS.get(operation.constraint_type or "", "constraint"),
        qualified(operation.table_name, operation.schema),
        kept_name(operation.constraint_name, dialect),
    )


def alter_enum(operation: AlterEnumOp, _dialect: Dialect) -> AlterEnum:
    """Translate other members of an enumeration."""
    return AlterEnum(operation.kind.name, operation.added, operation.dropped)


def replace_check(operation: ReplaceCheckOp, _dialect: Dialect) -> AlterEnum:
    """Translate other members that a CHECK lets pass."""
    change = AlterEnumOp(EnumType("", ""), operation.before, operation.after)
    table = qualified(operation.table_name, operation.schema)
    return AlterEnum(f"{table}.{operation.name}", change.added, change.dropped)


def meaning(operation: StatementOp, _dialect: Dialect) -> Operation:
    """Translate a statement whose meaning is known."""
    return operation.meaning


def rename_value(operation: RenameEnumValueOp, _dialect: Dialect) -> AlterEnum:
    """Translate the new name of an enumeration's member."""
    return AlterEnum(operation.kind.name, renamed=((operation.old, operation.new),))


def insert_rows(operation: ops.BulkInsertOp, _dialect: Dialect) -> InsertRows:
    """Translate rows that a revision carries."""
    return InsertRows(operation.table.name, len(operation.rows))


def execute_sql(operation: ops.ExecuteSQLOp, dialect: Dialect) -> ExecuteSql:
    """Translate SQL text."""
    return ExecuteSql(sql_text(operation.sqltext, dialect))


TRANSLATIONS: dict[type[ops.MigrateOperation], Callable[[Any, Dialect], Operation]] = {
    ops.CreateTableOp: create_table,
    ops.DropTableOp: drop_table,
    ops.RenameTableOp: rename_table,
    ops.CreateTableCommentOp: set_comment,
    ops.DropTableCommentOp: drop_comment,
    ops.AddColumnOp: add_column,
    ops.DropColumnOp: drop_column,
    ops.AlterColumnOp: alter_column,
    ops.CreateIndexOp: create_index,
    ops.DropIndexOp: drop_index,
    ops.DropConstraintOp: drop_constraint,
    ops.AddConstraintOp: add_constraint,
    AlterEnumOp: alter_enum,
    ReplaceCheckOp: replace_check,
    RenameEnumValueOp: rename_value,
    StatementOp: meaning,
    ops.BulkInsertOp: insert_rows,
    ops.ExecuteSQLOp: execute_sql,
}
