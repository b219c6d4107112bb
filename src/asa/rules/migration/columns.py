"""The columns that a revision brings, in new tables and in old ones."""

from collections.abc import Iterator

from asa.model.change import RevisionChange, Step
from asa.model.finding import Finding, Severity
from asa.model.operation import AddColumn, CreateTable
from asa.rules.migration.types import Type, read_type
from asa.rules.migration.wording import found

__all__ = ["columns_of", "typed_columns"]


def columns_of(
    change: RevisionChange, kind: str, rule: str, *, does: str, why: str, better: str
) -> Iterator[Finding]:
    """Yield a rule's remark on each new column of one type.

    Args:
        change: The revision.
        kind: Name of the type, as `read_type` spells it.
        rule: Id of the rule.
        does: What the column has.
        why: Why it matters.
        better: The type to write instead, as Python.
    """
    for step, table, column, own in typed_columns(change):
        if own.name == kind:
            subject, safe = f"{table}.{column}", f'sa.Column("{column}", {better})'
            yield found(change, step, rule, Severity.INFO, subject, does=does, why=why, safe=safe)


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
