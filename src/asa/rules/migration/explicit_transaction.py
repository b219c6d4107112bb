"""A revision ends or begins transactions by hand.

What it does:
    Looks for COMMIT, ROLLBACK, BEGIN and START TRANSACTION as statements of a revision.

Why it matters:
    Alembic's transaction is gone, and neither it nor SQLAlchemy knows: when a later step
    fails, all before it stays, and the version table says that nothing was done.

Example:
    op.execute("COMMIT")
    op.execute("CREATE INDEX CONCURRENTLY ...")

Fix:
    with op.get_context().autocommit_block(): ...

When to ignore:
    Each step may run twice.

See Also:
    https://alembic.sqlalchemy.org/en/latest/api/runtime.html
    https://dev.mysql.com/doc/refman/8.4/en/implicit-commit.html
    https://www.sqlite.org/lang_transaction.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import Command
from asa.model.rule import Rule
from asa.rules.migration.wording import found

__all__ = ["RULE", "check"]

ID = "explicit-transaction"
VERBS = frozenset(("commit", "rollback", "begin", "start transaction", "end", "abort"))


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such statement."""
    for step in change.steps:
        operation = step.operation
        if not isinstance(operation, Command) or operation.verb not in VERBS:
            continue
        if "to" in operation.words[:3] or "savepoint" in operation.words:
            continue
        yield found(
            change,
            step,
            ID,
            Severity.WARNING,
            operation.verb.upper(),
            why="Alembic does not know of it: what fails later is not undone",
            safe="with op.get_context().autocommit_block():\n    ...",
        )


RULE = Rule(
    id=ID,
    family="migration",
    summary="COMMIT, ROLLBACK or BEGIN by hand",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
