"""The check that says a column of a large PostgreSQL table is never NULL, for a while."""

from copy import copy
from typing import Any

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy.sql.compiler import IdentifierPreparer
from sqlalchemy.types import TypeEngine

from asa.migrations.safe.operation import StatementOp
from asa.migrations.spelling import qualified
from asa.model.operation import AddConstraint, DropConstraint

__all__ = ["NotNull", "named_by_table"]

LONGEST_NAME = 63


def named_by_table(table: str, quote: IdentifierPreparer) -> str:
    """Return a table's name, with its schema, as SQL takes it."""
    schema, dot, name = table.rpartition(".")
    return f"{quote.quote_schema(schema)}.{quote.quote(name)}" if dot else quote.quote(name)


class NotNull:
    """A column that is to be NOT NULL, and the check that leads there.

    Attributes:
        table: With its schema.
        name: The column's.
        quoted: The column's, as SQL takes it.
        check: The check's.
    """

    def __init__(self, operation: Any, context: MigrationContext) -> None:
        self.operation = operation
        self.table = qualified(operation.table_name, operation.schema)
        self.name: str = operation.column_name
        self.quote = context.dialect.identifier_preparer
        self.quoted = self.quote.quote(self.name)
        self.check = f"ck_{operation.table_name}_{self.name}_not_null"[-LONGEST_NAME:]
        self.kind: TypeEngine[Any] = operation.modify_type or operation.existing_type

    @classmethod
    def of_column(cls, operation: ops.AddColumnOp, context: MigrationContext) -> "NotNull":
        """Return the same for a new column."""
        column = operation.column
        alter = ops.AlterColumnOp(
            operation.table_name,
            column.name,
            schema=operation.schema,
            existing_type=column.type,
            modify_nullable=False,
        )
        return cls(alter, context)

    def without_null(self, operation: Any) -> Any:
        """Return a change of the column that leaves NULL as it is."""
        other = copy(operation)
        other.modify_nullable = None
        other.existing_nullable = operation.existing_nullable
        return other

    def set_not_null(self) -> ops.AlterColumnOp:
        """Return the operation that lets no NULL in."""
        return self.nullable(False)

    def drop_not_null(self) -> ops.AlterColumnOp:
        """Return the operation that lets NULL in again."""
        return self.nullable(True)

    def nullable(self, allowed: bool) -> ops.AlterColumnOp:
        """Return the operation for either."""
        return ops.AlterColumnOp(
            self.operation.table_name,
            self.name,
            schema=self.operation.schema,
            existing_type=self.kind,
            modify_nullable=allowed,
        )

    def add_check(self) -> StatementOp:
        """Return the statement that adds the check, not validated."""
        condition = f"{self.quoted} IS NOT NULL"
        meaning = AddConstraint(
            "check", self.table, self.check, condition=condition, validated=False
        )
        return StatementOp(f"{self.alter} ADD {self.named} CHECK ({condition}) NOT VALID", meaning)

    def drop_check(self) -> StatementOp:
        """Return the statement that drops the check."""
        meaning = DropConstraint("check", self.table, self.check)
        return StatementOp(f"{self.alter} DROP {self.named}", meaning)

    @property
    def alter(self) -> str:
        """The beginning of a statement that changes the table."""
        return f"ALTER TABLE {named_by_table(self.table, self.quote)}"

    @property
    def named(self) -> str:
        """The check as a statement names it."""
        return f"CONSTRAINT {self.quote.quote(self.check)}"
