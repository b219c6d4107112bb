"""A command blocks a whole table, or a view, for as long as it works.

What it does:
    Looks for LOCK TABLE, CLUSTER, VACUUM FULL, REINDEX without CONCURRENTLY, REFRESH
    MATERIALIZED VIEW without CONCURRENTLY, DETACH PARTITION without CONCURRENTLY, and ALTER
    TABLE ... SET LOGGED, UNLOGGED, TABLESPACE or ACCESS METHOD, which write the table anew.

Why it matters:
    Readers or writers wait until it has ended: for a large table that is an outage.

Example:
    op.execute("REFRESH MATERIALIZED VIEW sales")

Fix:
    The concurrent form, outside of the revision's transaction where it asks for that.

When to ignore:
    The table is small, or was made in this revision.

See Also:
    https://www.postgresql.org/docs/current/explicit-locking.html
    https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html
    https://www.postgresql.org/docs/current/sql-reindex.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange, Step
from asa.model.finding import Finding, Severity
from asa.model.operation import Command
from asa.model.rule import Rule
from asa.rules.migration.wording import found, weighed

__all__ = ["RULE", "check"]

ID = "table-lock"
SAFE = {
    "refresh materialized": "REFRESH MATERIALIZED VIEW CONCURRENTLY {0}",
    "reindex": "REINDEX TABLE CONCURRENTLY {0}",
}
REWRITING = frozenset(
    (
        ("set", "logged"),
        ("set", "unlogged"),
        ("set", "tablespace"),
        ("set", "access"),
    )
)


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such command."""
    fresh = {
        step.operation.subject
        for step in change.steps
        if isinstance(step.operation, Command) and step.operation.verb == "create materialized"
    }
    for step in change.steps:
        operation = step.operation
        if not isinstance(operation, Command) or not is_blocking(operation):
            continue
        if operation.subject in fresh or not change.exists(operation.subject):
            continue
        safe = SAFE.get(operation.verb, "")
        yield finding(change, step, operation, safe.format(operation.subject))


def is_blocking(command: Command) -> bool:
    """Tell whether a command blocks a table for as long as it works."""
    if command.verb in ("cluster", "lock table", "lock tables", "lock"):
        return "nowait" not in command.words
    if command.verb == "vacuum":
        return "full" in command.words
    if command.verb == "alter table":
        detached = command.words[:2] == ("detach", "partition")
        gentle = "concurrently" in command.words or "finalize" in command.words
        return (detached and not gentle) or command.words[:2] in REWRITING
    return command.verb in SAFE and "concurrently" not in command.words


def finding(change: RevisionChange, step: Step, command: Command, safe: str) -> Finding:
    """Return the finding for one command."""
    rows = change.rows(command.subject)
    verb = " ".join(command.sql.split()[:2]).upper()
    if command.words[:1] == ("detach",):
        safe = f"ALTER TABLE {command.subject} DETACH PARTITION ... CONCURRENTLY"
    return found(
        change,
        step,
        ID,
        weighed(rows, Severity.WARNING),
        command.subject or command.verb,
        does=verb,
        why="readers or writers of it wait until the command, or its transaction, ends",
        safe=f'op.execute("{safe}")' if safe else "# outside of migrations, when nobody works",
    )


RULE = Rule(
    id=ID,
    family="migration",
    summary="a command that blocks a whole table",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql", "mysql"),
)
