"""Which existing table a step locks against writers."""

from asa.model.change import RevisionChange, Step
from asa.model.operation import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    Command,
    CreateIndex,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    Operation,
    RenameTable,
)

__all__ = ["is_schema_change", "locked_table"]

SCHEMA = (
    AddColumn,
    AddConstraint,
    AlterColumn,
    CreateIndex,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    RenameTable,
)
# ALTER TABLE actions that let writers go on, or are none.
GENTLE = frozenset(("algorithm", "lock", "comment", "validate"))


def locked_table(change: RevisionChange, step: Step) -> str | None:
    """Return the existing table against whose writers a step takes a lock; None for none."""
    operation = step.operation
    table = getattr(operation, "table", None)
    if isinstance(operation, Command):
        gentle = not operation.words or operation.words[0] in GENTLE
        table = operation.subject if operation.verb == "alter table" and not gentle else None
    elif not is_schema_change(operation) or getattr(operation, "concurrently", False):
        return None
    return table if isinstance(table, str) and table and change.exists(table) else None


def is_schema_change(operation: Operation) -> bool:
    """Tell whether an operation changes the shape of a table that may be there."""
    return isinstance(operation, SCHEMA)
