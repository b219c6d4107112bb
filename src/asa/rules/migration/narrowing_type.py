"""The new type of a column cannot hold every value that the old one could.

What it does:
    Compares the old type with the new one: fewer characters or digits, a smaller integer,
    a date instead of a timestamp. Silent where the old type is not known:
    existing_type=sa.String() tells no length where database or history do not tell it.

Why it matters:
    The revision fails on the first value that does not fit, or the value is cut.

Example:
    op.alter_column("users", "name", type_=sa.String(50), existing_type=sa.String(200))

Fix:
    Look for values that do not fit, mend them in an earlier revision, then change the type.

When to ignore:
    Every value is known to fit.

See Also:
    https://www.postgresql.org/docs/current/sql-altertable.html
    https://dev.mysql.com/doc/refman/8.4/en/sql-mode.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import AlterColumn
from asa.model.rule import Rule
from asa.rules.migration.types import is_narrowing, read_type, surely_before
from asa.rules.migration.wording import found

__all__ = ["RULE", "check"]

ID = "narrowing-type"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such change."""
    for step in change.steps_on_existing():
        operation = step.operation
        altered = operation.change("type") if isinstance(operation, AlterColumn) else None
        if not isinstance(operation, AlterColumn) or altered is None:
            continue
        before = surely_before(change, operation)
        old, new = read_type(before), read_type(altered.after)
        if old is None or new is None or not is_narrowing(old, new):
            continue
        table, column = operation.table, operation.column
        yield found(
            change,
            step,
            ID,
            Severity.INFO if change.rows(table) == 0 else Severity.WARNING,
            f"{table}.{column}",
            does=f"{(before or '').lower()} to {(altered.after or '').lower()}",
            why="fails, or cuts, at the first value that does not fit",
            safe=f"# first: SELECT count(*) FROM {table} WHERE <{column} does not fit>\n"  # noqa: S608  (shown, never run)
            "# mend those rows in an earlier revision",
        )


RULE = Rule(
    id=ID,
    family="migration",
    summary="a type that does not hold every old value",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
