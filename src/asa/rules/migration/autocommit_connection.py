"""A revision sets the isolation of Alembic's own connection to AUTOCOMMIT.

What it does:
    Looks for isolation_level="AUTOCOMMIT" on the bind or on op.execute.

Why it matters:
    The connection is inside the revision's transaction. SQLAlchemy refuses the change there,
    or everything after it, the version table too, is no longer undone when a step fails.

Example:
    op.get_bind().execution_options(isolation_level="AUTOCOMMIT")

Fix:
    with op.get_context().autocommit_block(): ...

When to ignore:
    Never: the block does it right.

See Also:
    https://alembic.sqlalchemy.org/en/latest/api/runtime.html
    https://docs.sqlalchemy.org/en/20/core/connections.html#dbapi-autocommit
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import Command
from asa.model.rule import Rule
from asa.rules.migration.wording import found

__all__ = ["RULE", "check"]

ID = "autocommit-connection"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each time that this is done."""
    for step in change.steps:
        if isinstance(step.operation, Command) and step.operation.verb == "autocommit":
            yield found(
                change,
                step,
                ID,
                Severity.ERROR,
                "AUTOCOMMIT",
                does="sets the migration's own connection to AUTOCOMMIT",
                why="it is inside a transaction: refused, or what fails later is not undone",
                safe="with op.get_context().autocommit_block():\n    ...",
            )


RULE = Rule(
    id=ID,
    family="migration",
    summary="AUTOCOMMIT on the migration's connection",
    check=check,
    severity=Severity.ERROR,
    page=__doc__,
)
