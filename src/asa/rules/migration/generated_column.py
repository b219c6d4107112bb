"""A stored generated column is added to a table with rows.

What it does:
    Looks for stored generated columns added to a table that was there before.

Why it matters:
    Its value must be computed for each row: PostgreSQL writes the table anew under ACCESS
    EXCLUSIVE, MySQL copies it while writers wait, SQLite cannot add such a column at all.

Example:
    op.add_column("lines", sa.Column("total", sa.Numeric(),
                  sa.Computed("price * amount", persisted=True)))

Fix:
    A plain column, filled in batches and kept by a trigger or the application; or a virtual
    column, or an index on the expression.

When to ignore:
    The table is small.

See Also:
    https://www.postgresql.org/docs/current/ddl-generated-columns.html
    https://dev.mysql.com/doc/refman/8.4/en/create-table-generated-columns.html
    https://www.sqlite.org/gencol.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import AddColumn
from asa.model.rule import Rule
from asa.rules.migration.wording import found, rows_of, weighed

__all__ = ["RULE", "check"]

ID = "generated-column"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such column."""
    for step in change.steps_on_existing():
        operation = step.operation
        if not isinstance(operation, AddColumn) or not operation.column.stored or step.recreates:
            continue
        table, column = operation.table, operation.column.name
        rows = change.rows(table)
        why = {
            "postgresql": f"writes {rows_of(rows)} anew under ACCESS EXCLUSIVE",
            "mysql": f"copies {rows_of(rows)} while writers wait",
            "sqlite": "SQLite cannot add a stored generated column",
        }
        sqlite = change.dialect == "sqlite"
        yield found(
            change,
            step,
            ID,
            Severity.ERROR if sqlite else weighed(rows, Severity.WARNING),
            f"{table}.{column}",
            does="adds a stored generated column",
            why=why[change.dialect],
            safe=f'with op.batch_alter_table("{table}", recreate="always") as batch: ...'
            if sqlite
            else f'op.add_column("{table}", sa.Column("{column}", ...))   # a plain column\n'
            "# fill it in batches; keep it by a trigger or in the application",
        )


RULE = Rule(
    id=ID,
    family="migration",
    summary="a new stored column that is computed",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
