"""A column that must hold a value is added to a table whose rows have none for it.

What it does:
    Looks for NOT NULL columns without a server default that are added to a table which was
    there before. A column that the server numbers or computes is not meant.

Why it matters:
    With a single row in the table the statement fails (PostgreSQL, SQLite) or fills the rows
    with an empty string or zero (MySQL). The running application, which does not know the
    column, cannot insert any more.

Example:
    op.add_column("users", sa.Column("age", sa.Integer(), nullable=False))

Fix:
    Add the column nullable, fill it, then make it NOT NULL in a later revision. Or give it a
    server default that is right for the rows that are there.

When to ignore:
    The table is empty wherever this revision runs.

See Also:
    https://www.postgresql.org/docs/current/ddl-alter.html
    https://dev.mysql.com/doc/refman/8.4/en/data-type-defaults.html
    https://www.sqlite.org/lang_altertable.html#altertabaddcol
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange, Step
from asa.model.finding import Finding, Severity
from asa.model.operation import AddColumn, ChangeRows, RenameTable
from asa.model.rule import Rule
from asa.rules.migration.wording import found

__all__ = ["RULE", "check"]

ID = "required-column"
FAILS = "fails as soon as the table has a row"
FILLS = "gives the rows an empty string or zero, and old code can insert no more"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such column."""
    for step in change.steps_on_existing():
        if not isinstance(step.operation, AddColumn):
            continue
        table, column = step.operation.table, step.operation.column
        empty = column.default is None or column.default.upper() == "NULL"
        if column.nullable or column.generated or column.primary_key or not empty:
            continue
        if emptied(change, step):
            continue
        yield found(
            change,
            step,
            ID,
            Severity.INFO if change.rows(table) == 0 else Severity.ERROR,
            f"{table}.{column.name}",
            does=f"adds it NOT NULL to {table}, without a default",
            why=FILLS if change.dialect == "mysql" else FAILS,
            safe=f'op.add_column("{table}", sa.Column("{column.name}", ..., nullable=True))\n'
            "# fill it in batches; then, in a later revision:\n"
            f'op.alter_column("{table}", "{column.name}", nullable=False, existing_type=...)',
        )


def emptied(change: RevisionChange, step: Step) -> bool:
    """Tell whether the revision has deleted every row of a step's table before."""
    table = str(getattr(step.operation, "table", "")).lower()
    for earlier in reversed(change.steps[: change.steps.index(step)]):
        match earlier.operation:
            case RenameTable(table=old, new_name=new) if new.lower() == table:
                table = old.lower()
            case ChangeRows(verb="delete", reach="all", nulls=(), table=name):
                if name.lower() == table:
                    return True
            case _:
                pass
    return False


RULE = Rule(
    id=ID,
    family="migration",
    summary="a new NOT NULL column without a default",
    check=check,
    severity=Severity.ERROR,
    page=__doc__,
)
