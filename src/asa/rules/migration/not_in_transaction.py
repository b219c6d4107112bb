"""A statement runs inside the revision's transaction that cannot run inside any.

What it does:
    Looks for CONCURRENTLY, VACUUM, CREATE or DROP DATABASE, ALTER SYSTEM and the like outside
    of an autocommit block.

Why it matters:
    PostgreSQL refuses it: "cannot run inside a transaction block". The revision fails always.

Example:
    op.create_index("ix", "orders", ["user_id"], postgresql_concurrently=True)

Fix:
    Put it into `with op.get_context().autocommit_block():`.

When to ignore:
    env.py runs the whole history outside of transactions.

See Also:
    https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
    https://alembic.sqlalchemy.org/en/latest/api/runtime.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange, Step
from asa.model.finding import Finding, Severity
from asa.model.operation import Command, CreateIndex, DropIndex
from asa.model.rule import Rule
from asa.rules.migration.wording import found

__all__ = ["RULE", "check"]

ID = "not-in-transaction"
REFUSED = frozenset(
    (
        "vacuum",
        "create database",
        "drop database",
        "create tablespace",
        "drop tablespace",
        "alter system",
        "create subscription",
        "drop subscription",
    )
)


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such statement."""
    for step in change.steps:
        what = refused(step) if step.transaction is not None else ""
        if what:
            yield found(
                change,
                step,
                ID,
                Severity.ERROR,
                what,
                why="PostgreSQL refuses it inside a transaction, so the revision fails",
                safe="with op.get_context().autocommit_block():\n    ...   # this step",
            )


def refused(step: Step) -> str:
    """Return what of a step cannot run inside a transaction; empty where all can."""
    operation = step.operation
    if isinstance(operation, CreateIndex | DropIndex) and operation.concurrently:
        verb = "CREATE" if isinstance(operation, CreateIndex) else "DROP"
        return f"{verb} INDEX CONCURRENTLY {operation.name or ''}".strip()
    if isinstance(operation, Command):
        if operation.verb in REFUSED:
            return f"{operation.verb.upper()} {operation.subject}".strip()
        if operation.verb == "reindex" and "concurrently" in operation.words:
            return f"REINDEX CONCURRENTLY {operation.subject}"
        if operation.words[:1] == ("detach",) and "concurrently" in operation.words:
            return "DETACH PARTITION CONCURRENTLY"
    return ""


RULE = Rule(
    id=ID,
    family="migration",
    summary="what PostgreSQL refuses in a transaction",
    check=check,
    severity=Severity.ERROR,
    page=__doc__,
    dialects=("postgresql",),
)
