"""The type of a column changes in a way for which every row is written again.

What it does:
    Compares the old type with the new one. What needs no new copy is silent: a longer or
    unlimited varchar, varchar to text, more digits of the same scale, a longer timestamp.
    The old type is taken from the operation, the database or the history; where none of
    them tells it, a change of type counts as a rewrite.

Why it matters:
    PostgreSQL writes table and indexes anew under ACCESS EXCLUSIVE, MySQL copies the table
    while writers wait. Where the new type is refused by one value, all of it was for nothing.

Example:
    op.alter_column("products", "sku", type_=sa.BigInteger(), existing_type=sa.Integer())

Fix:
    A second column of the new type, kept in step by a trigger or the application, filled in
    batches, then swapped.

When to ignore:
    The table is small.

See Also:
    https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
    https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-operations.html
"""

import re
from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import AlterColumn
from asa.model.rule import Rule
from asa.rules.migration.types import keeps_rows, read_type, type_before
from asa.rules.migration.wording import found, rows_of, weighed

__all__ = ["RULE", "check"]

ID = "type-rewrite"
CAST = re.compile(r'"?(\w+)"?(?:\s*::\s*[\w ()\[\],."]+)?')
LOCKS = {
    "postgresql": "writes {rows} anew under ACCESS EXCLUSIVE: reads and writes wait",
    "mysql": "copies {rows} to a new table while writers wait",
}


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such change."""
    for step in change.steps_on_existing():
        operation = step.operation
        altered = operation.change("type") if isinstance(operation, AlterColumn) else None
        if not isinstance(operation, AlterColumn) or altered is None:
            continue
        before = type_before(change, operation)
        old, new = read_type(before), read_type(altered.after)
        if new is None or (old and keeps_rows(old, new, change.make) and not converts(operation)):
            continue
        # MySQL's MODIFY states the type also where another property changes.
        if old is None and change.dialect == "mysql" and len(operation.changes) > 1:
            continue
        table, column = operation.table, operation.column
        rows = change.rows(table)
        yield found(
            change,
            step,
            ID,
            weighed(rows, Severity.WARNING),
            f"{table}.{column}",
            does=f"{(before or 'a type unknown here').lower()} to {str(altered.after).lower()}",
            why=LOCKS[change.dialect].format(rows=rows_of(rows)),
            safe=f'op.add_column("{table}", sa.Column("{column}_new", ...))\n'
            "# keep both in step, fill in batches, then swap the names",
        )


def converts(operation: AlterColumn) -> bool:
    """Tell whether a USING expression is more than the column itself, or a cast of it."""
    if operation.using is None:
        return False
    match = CAST.fullmatch(operation.using.strip())
    return match is None or match[1].lower() != operation.column.lower()


RULE = Rule(
    id=ID,
    family="migration",
    summary="a changed type that rewrites the table",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql", "mysql"),
)
