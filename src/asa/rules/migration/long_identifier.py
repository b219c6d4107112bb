"""A name is longer than the database allows.

What it does:
    Measures the names of new tables, columns, indexes and constraints: 63 bytes on
    PostgreSQL, 64 characters on MySQL.

Why it matters:
    PostgreSQL cuts the name in raw SQL without an error, so that nothing finds it by its
    whole name later, and two long names can become one. MySQL and SQLAlchemy refuse it.

Example:
    op.execute("CREATE INDEX a_name_of_more_than_sixty_three_characters_... ON t (x)")

Fix:
    A shorter name.

When to ignore:
    Never.

See Also:
    https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
    https://dev.mysql.com/doc/refman/8.4/en/identifier-length.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import AddColumn, AddConstraint, CreateIndex, CreateTable, Operation
from asa.model.rule import Rule
from asa.rules.migration.wording import found

__all__ = ["RULE", "check"]

ID = "long-identifier"
BYTES = 63
CHARACTERS = 64


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such name."""
    on_mysql = change.dialect == "mysql"
    limit = CHARACTERS if on_mysql else BYTES
    for step in change.steps:
        for name in names_of(step.operation):
            length = len(name) if on_mysql else len(name.encode())
            if length > limit:
                yield found(
                    change,
                    step,
                    ID,
                    Severity.ERROR,
                    name,
                    does=f"is {length} long; {limit} are allowed",
                    why="MySQL refuses it"
                    if on_mysql
                    else "raw SQL cuts it silently, and SQLAlchemy refuses it",
                    safe=f'"{name.encode()[: limit - 10].decode(errors="ignore")}"',
                )


def names_of(operation: Operation) -> Iterator[str]:
    """Yield the names that an operation gives."""
    match operation:
        case CreateTable(table=table, columns=columns, constraints=constraints):
            yield table.rpartition(".")[2]
            yield from (column.name for column in columns)
            yield from (constraint.name for constraint in constraints if constraint.name)
        case AddColumn(column=column):
            yield column.name
        case CreateIndex(name=name) | AddConstraint(name=name) if name:
            yield name
        case _:
            return


RULE = Rule(
    id=ID,
    family="migration",
    summary="a name longer than the database keeps",
    check=check,
    severity=Severity.ERROR,
    page=__doc__,
    dialects=("postgresql", "mysql"),
)
