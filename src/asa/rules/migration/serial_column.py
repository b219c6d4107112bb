"""A column that the server numbers, or a key column, is added to a table with rows.

What it does:
    Looks for serial, identity, auto-increment and primary key columns added to a table that
    was there before.

Why it matters:
    Every row gets a number, so the table is written anew while nobody can use it.

Example:
    op.add_column("tags", sa.Column("id", sa.BigInteger(), sa.Identity()))

Fix:
    Add a plain nullable column, fill it in batches, then attach the sequence and the key.

When to ignore:
    The table is small.

See Also:
    https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-SERIAL
    https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
    https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-operations.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import AddColumn
from asa.model.rule import Rule
from asa.rules.migration.wording import found, rows_of, weighed

__all__ = ["RULE", "check"]

ID = "serial-column"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such column."""
    for step in change.steps_on_existing():
        operation = step.operation
        if not isinstance(operation, AddColumn):
            continue
        column = operation.column
        if not column.identity and not column.primary_key:
            continue
        rows = change.rows(operation.table)
        yield found(
            change,
            step,
            ID,
            weighed(rows, Severity.WARNING),
            f"{operation.table}.{column.name}",
            does="adds a column that the server numbers",
            why=f"writes {rows_of(rows)} anew while nobody can use the table",
            safe=f'op.add_column("{operation.table}", sa.Column("{column.name}", '
            "sa.BigInteger()))\n"
            "# fill it in batches, then the sequence, then a unique index, then the key",
        )


RULE = Rule(
    id=ID,
    family="migration",
    summary="a numbered column added to an old table",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql", "mysql"),
)
