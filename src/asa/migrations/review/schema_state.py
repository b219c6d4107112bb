"""A schema as it becomes, operation by operation; what is not known of it stays unknown."""

from collections.abc import Iterable
from dataclasses import replace

from asa.model.operation import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    NewColumn,
    Operation,
    RenameTable,
)
from asa.model.schema import Column, ForeignKey, Index, Schema, Table

__all__ = ["Passage"]


class Passage:
    """The tables as they are after the operations so far.

    Attributes:
        tables: By name in lower case.
        defaulted: Columns with a server default, `table.column` in lower case.
        created: Names, in lower case, of the tables that were made on the way.
    """

    def __init__(self, schema: Schema | None = None) -> None:
        self.tables = {table.name.lower(): table for table in (schema.tables if schema else ())}
        self.defaulted: set[str] = set()
        self.created: set[str] = set()

    @property
    def schema(self) -> Schema:
        """The tables as they are now."""
        return Schema(tuple(self.tables.values()))

    def pass_over(self, operations: Iterable[Operation]) -> None:
        """Apply operations in order."""
        for operation in operations:
            self.apply(operation)

    def apply(self, operation: Operation) -> None:
        """Apply one operation; one about an unknown table changes nothing."""
        match operation:
            case CreateTable():
                self.create(operation)
            case DropTable():
                self.tables.pop(operation.table.lower(), None)
                self.created.discard(operation.table.lower())
            case RenameTable():
                self.rename(operation)
            case DropIndex():
                self.drop_index(operation)
            case _:
                table = self.tables.get(str(getattr(operation, "table", "")).lower())
                if table is not None:
                    self.tables[table.name.lower()] = self.altered(table, operation)

    def create(self, operation: CreateTable) -> None:
        """Add a table."""
        table = Table(operation.table, tuple(map(column_of, operation.columns)))
        for constraint in operation.constraints:
            table = constrained(table, constraint)
        primary = tuple(column.name for column in operation.columns if column.primary_key)
        if primary and not any(index.primary for index in table.indexes):
            index = Index(None, primary, unique=True, primary=True)
            table = replace(table, indexes=(*table.indexes, index))
        self.tables[operation.table.lower()] = table
        self.created.add(operation.table.lower())
        for column in operation.columns:
            self.note_default(operation.table, column.name, column.default)

    def rename(self, operation: RenameTable) -> None:
        """Give a table its new name."""
        table = self.tables.pop(operation.table.lower(), None)
        if table is not None:
            self.tables[operation.new_name.lower()] = replace(table, name=operation.new_name)
        if operation.table.lower() in self.created:
            self.created.discard(operation.table.lower())
            self.created.add(operation.new_name.lower())

    def drop_index(self, operation: DropIndex) -> None:
        """Take an index from the table that has it."""
        for name, table in self.tables.items():
            if operation.table is None or operation.table.lower() == name:
                kept = tuple(index for index in table.indexes if index.name != operation.name)
                self.tables[name] = replace(table, indexes=kept)

    def altered(self, table: Table, operation: Operation) -> Table:
        """Return a table after an operation on it."""
        match operation:
            case AddColumn(column=column):
                self.note_default(table.name, column.name, column.default)
                return replace(table, columns=(*table.columns, column_of(column)))
            case DropColumn(column=name):
                return without(table, name)
            case AlterColumn():
                if change := operation.change("default"):
                    self.note_default(table.name, operation.column, change.after)
                return changed(table, operation)
            case CreateIndex():
                index = Index(
                    operation.name, operation.columns, operation.unique, where=operation.where
                )
                return replace(table, indexes=(*table.indexes, index))
            case AddConstraint():
                return constrained(table, operation)
            case DropConstraint(name=name) if name:
                return replace(
                    table,
                    indexes=tuple(index for index in table.indexes if index.name != name),
                    foreign_keys=tuple(key for key in table.foreign_keys if key.name != name),
                )
            case _:
                return table

    def note_default(self, table: str, column: str, default: str | None) -> None:
        """Note whether a column has a default now."""
        name = f"{table}.{column}".lower()
        (self.defaulted.discard if default is None else self.defaulted.add)(name)


def column_of(column: NewColumn) -> Column:
    """Return a new column as the catalog would tell it."""
    return Column(column.name, column.type, column.nullable)


def constrained(table: Table, constraint: AddConstraint) -> Table:
    """Return a table with one constraint more."""
    if constraint.kind in ("unique", "primary key") and constraint.columns:
        index = Index(
            constraint.name,
            constraint.columns,
            unique=True,
            primary=constraint.kind == "primary key",
            constraint=True,
        )
        return replace(table, indexes=(*table.indexes, index))
    if constraint.kind == "foreign key" and constraint.target:
        target, columns = constraint.target
        key = ForeignKey(constraint.columns, target, columns, constraint.on_delete, constraint.name)
        return replace(table, foreign_keys=(*table.foreign_keys, key))
    return table


def without(table: Table, name: str) -> Table:
    """Return a table without a column, and without what stood on it."""
    folded = name.lower()

    def free(columns: tuple[str, ...]) -> bool:
        return folded not in (column.lower() for column in columns)

    return replace(
        table,
        columns=tuple(column for column in table.columns if column.name.lower() != folded),
        indexes=tuple(index for index in table.indexes if free(index.columns)),
        foreign_keys=tuple(key for key in table.foreign_keys if free(key.columns)),
    )


def changed(table: Table, operation: AlterColumn) -> Table:
    """Return a table with one column changed."""
    column = table.column(operation.column)
    if column is None:
        return table
    new = column
    for change in operation.changes:
        if change.what == "type" and change.after:
            new = replace(new, type=change.after)
        elif change.what == "null":
            new = replace(new, nullable=change.after != "not null")
        elif change.what == "name" and change.after:
            new = replace(new, name=change.after)
    columns = tuple(new if known is column else known for known in table.columns)
    return replace(table, columns=columns)
