"""A value is added to an enum and used in the same transaction.

What it does:
    Looks for ALTER TYPE ... ADD VALUE inside a transaction in which a later step uses the
    value; on PostgreSQL before 12 for any inside a transaction. Silent from 17 on where the
    revision makes the enum itself.

Why it matters:
    PostgreSQL refuses: "unsafe use of new value", and before 12 the statement itself.

Example:
    op.execute("ALTER TYPE status ADD VALUE 'archived'")
    op.execute("UPDATE orders SET status = 'archived' WHERE closed")

Fix:
    Add the value in an autocommit block; it is committed before the next step.

When to ignore:
    Never: the revision fails.

See Also:
    https://www.postgresql.org/docs/current/sql-altertype.html
    https://alembic.sqlalchemy.org/en/latest/api/runtime.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange, Step
from asa.model.finding import Finding, Severity
from asa.model.operation import AddColumn, AddConstraint, AlterColumn, Command, CreateIndex
from asa.model.rule import Rule
from asa.rules.migration.wording import found

__all__ = ["RULE", "check"]

ID = "enum-value"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such value."""
    made = {
        step.operation.subject
        for step in change.steps
        if isinstance(step.operation, Command) and step.operation.verb == "create type"
    }
    for place, step in enumerate(change.steps):
        operation = step.operation
        if not isinstance(operation, Command) or operation.verb != "alter type":
            continue
        adds = operation.words[3:5] == ("add", "value") or "add value" in " ".join(operation.words)
        if not adds or step.transaction is None:
            continue
        if operation.subject in made and change.since(17):
            continue
        value = operation.values[0] if operation.values else ""
        later = [s for s in change.steps[place + 1 :] if s.transaction == step.transaction]
        old = change.since(12) is False
        if old or any(uses(other, value) for other in later):
            yield found(
                change,
                step,
                ID,
                Severity.ERROR,
                operation.subject,
                does=f"adds '{value}'" + ("" if old else ", which a later step uses"),
                why="PostgreSQL before 12 refuses this inside a transaction"
                if old
                else "PostgreSQL refuses the value until the transaction has ended",
                safe="with op.get_context().autocommit_block():\n"
                f'    op.execute("{" ".join(operation.sql.split())}")',
            )


def uses(step: Step, value: str) -> bool:
    """Tell whether a step names a value."""
    quoted = f"'{value}'"
    operation = step.operation
    texts = [step.sql]
    if isinstance(operation, AddColumn):
        texts.append(operation.column.default or "")
    elif isinstance(operation, AlterColumn):
        texts += [change.after or "" for change in operation.changes]
    elif isinstance(operation, AddConstraint):
        texts.append(operation.condition or "")
    elif isinstance(operation, CreateIndex):
        texts.append(operation.where or "")
    adds = isinstance(operation, Command) and operation.verb == "alter type"
    return bool(value) and not adds and any(quoted in text for text in texts)


RULE = Rule(
    id=ID,
    family="migration",
    summary="an enum's value used before its commit",
    check=check,
    severity=Severity.ERROR,
    page=__doc__,
    dialects=("postgresql",),
)
