"""The columns that a revision brings, in new tables and in old ones."""

from collections.abc import Iterator

from asa.model.change import RevisionChange, Step
from asa.model.operation import AddColumn, CreateTable
from asa.rules.migration.types import Type, read_type

__all__ = ["typed_columns"]


def typed_columns(change: RevisionChange) -> Iterator[tuple[Step, str, str, Type]]:
    """Yield (step, table, column, type) for each new column whose type can be read."""
    for step in change.steps:
        operation = step.operation
        if isinstance(operation, CreateTable):
            columns = operation.columns
        elif isinstance(operation, AddColumn):
            columns = (operation.column,)
        else:
            continue
        for column in columns:
            kind = read_type(column.type)
            if kind is not None:
                yield step, operation.table, column.name, kind
