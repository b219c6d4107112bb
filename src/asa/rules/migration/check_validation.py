"""A check constraint is added to a table with rows, and every row is checked at once.

What it does:
    Looks for checks added to a table that was there before, without NOT VALID (PostgreSQL).

Why it matters:
    The whole table is read under ACCESS EXCLUSIVE, on MySQL it is copied; the statement
    fails at the first row that breaks the check.

Example:
    op.create_check_constraint("ck_price", "products", "price > 0")

Fix:
    Add it NOT VALID, and validate it in a revision of its own, which lets writers go on.

When to ignore:
    The table is small.

See Also:
    https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
    https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-operations.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.migration.wording import found, rows_of, weighed

__all__ = ["RULE", "check"]

ID = "check-validation"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such check."""
    for step, operation in change.constraints():
        if operation.kind != "check" or not operation.validated:
            continue
        table, name = operation.table, operation.name or "the_check"
        rows = change.rows(table)
        on_mysql = change.dialect == "mysql"
        yield found(
            change,
            step,
            ID,
            weighed(rows, Severity.WARNING),
            f"{table} {name}",
            does=f"adds a check: {operation.condition}",
            why=f"copies {rows_of(rows)} while writers wait"
            if on_mysql
            else f"reads {rows_of(rows)} under ACCESS EXCLUSIVE, and fails at the first bad one",
            safe="# keep the rule in the application until the table may be copied"
            if on_mysql
            else f'op.create_check_constraint("{name}", "{table}", "...",\n'
            "                           postgresql_not_valid=True)\n"
            "# in the next revision:\n"
            f'op.execute("ALTER TABLE {table} VALIDATE CONSTRAINT {name}")',
        )


RULE = Rule(
    id=ID,
    family="migration",
    summary="a check that reads every row locked",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql", "mysql"),
)
