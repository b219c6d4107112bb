"""A revision drops a database, or a schema with all that is in it.

What it does:
    Looks for DROP DATABASE, DROP SCHEMA and DROP OWNED.

Why it matters:
    Everything in it is lost, whoever made it.

Example:
    op.execute("DROP SCHEMA reporting CASCADE")

Fix:
    Drop each table by name in its own step; the schema itself by hand, with a backup.

When to ignore:
    The schema holds nothing that matters.

See Also:
    https://www.postgresql.org/docs/current/sql-dropschema.html
    https://dev.mysql.com/doc/refman/8.4/en/drop-database.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import Command
from asa.model.rule import Rule
from asa.rules.migration.wording import found

__all__ = ["RULE", "check"]

ID = "dropped-database"
VERBS = frozenset(("drop database", "drop schema", "drop owned"))


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such statement."""
    for step in change.steps:
        operation = step.operation
        if not isinstance(operation, Command) or operation.verb not in VERBS:
            continue
        # PostgreSQL refuses to drop a schema that holds anything, unless told to cascade.
        plain = operation.verb == "drop schema" and change.dialect == "postgresql"
        if plain and "cascade" not in operation.words:
            continue
        yield found(
            change,
            step,
            ID,
            Severity.ERROR,
            operation.subject or operation.verb,
            does=operation.verb.upper(),
            why="everything in it is lost, whoever made it",
            safe='op.drop_table("...")   # each table by its name',
        )


RULE = Rule(
    id=ID,
    family="migration",
    summary="a database or a schema is dropped",
    check=check,
    severity=Severity.ERROR,
    page=__doc__,
    dialects=("postgresql", "mysql"),
)
