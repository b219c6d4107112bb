"""A name is longer than the database allows.

What it does:
    Measures the new names of tables, columns, indexes and constraints: 63 bytes on
    PostgreSQL, 64 characters on MySQL. Names in op.f() or by convention are silent:
    SQLAlchemy cuts them and adds a hash, the same one wherever they are used.

Why it matters:
    PostgreSQL cuts the names of tables and columns, and all names in raw SQL, without an
    error: nothing in the catalog has the whole name, and two long names can become one. MySQL
    refuses it, and so does SQLAlchemy on PostgreSQL for indexes and constraints.

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
from asa.model.operation import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    CreateIndex,
    CreateTable,
    Operation,
    RenameTable,
)
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
                    else "PostgreSQL cuts it silently, or SQLAlchemy refuses it",
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
        case RenameTable(new_name=name):
            yield name.rpartition(".")[2]
        case AlterColumn():
            yield from (c.after for c in operation.changes if c.what == "name" and c.after)
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
