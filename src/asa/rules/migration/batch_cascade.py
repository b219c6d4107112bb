"""A table is made anew by batch mode, and the rows of other tables refer to it.

What it does:
    Looks for batches that make a table anew, where another table refers to it with ON DELETE
    CASCADE, SET NULL or SET DEFAULT, and neither env.py nor the revision switches foreign
    keys off.

Why it matters:
    Batch mode copies the rows to a new table and drops the old one. With PRAGMA foreign_keys
    on, as most applications have it, the drop deletes each row, and the foreign keys do what
    they say: the rows of the other table are gone.

Example:
    with op.batch_alter_table("customers") as batch:
        batch.alter_column("name", nullable=False)

Fix:
    PRAGMA foreign_keys=OFF when env.py connects; SQLite takes it only outside of a
    transaction. The env.py of asa init does it.

When to ignore:
    No connection of the migrations switches foreign keys on.

See Also:
    https://alembic.sqlalchemy.org/en/latest/batch.html
    https://www.sqlite.org/lang_altertable.html#otheralter
    https://www.sqlite.org/pragma.html#pragma_foreign_keys
"""

import re
from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import Command
from asa.model.rule import Rule
from asa.rules.migration.wording import found

__all__ = ["RULE", "check"]

ID = "batch-cascade"
HARMFUL = frozenset(("CASCADE", "SET NULL", "SET DEFAULT"))


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each table that is made anew."""
    if change.foreign_keys_off:
        return
    seen: set[str] = set()
    switched = first_switch(change)
    for step in change.steps_on_existing():
        if switched is not None and change.steps.index(step) > switched:
            return
        table = str(getattr(step.operation, "table", ""))
        if not step.recreates or table in seen or change.rows(table) == 0:
            continue
        seen.add(table)
        children = [
            f"{other.name} ({key.on_delete})"
            for other in change.before.tables
            for key in other.foreign_keys
            if key.table.lower() == table.lower() and (key.on_delete or "").upper() in HARMFUL
        ]
        if children:
            yield found(
                change,
                step,
                ID,
                Severity.ERROR,
                table,
                does="batch mode makes the table anew",
                why=f"with foreign keys on, dropping the old one reaches {', '.join(children)}",
                safe="# env.py, on connect, before any transaction:\n"
                'cursor.execute("PRAGMA foreign_keys=OFF")',
            )


def first_switch(change: RevisionChange) -> int | None:
    """Return the place of the step that switches foreign keys off, where that has an effect."""
    for place, step in enumerate(change.steps):
        operation = step.operation
        if isinstance(operation, Command) and step.transaction is None:
            words = re.sub(r"\s", "", operation.sql.lower())
            if words.startswith("pragmaforeign_keys=") and words.endswith(("off", "0")):
                return place
    return None


RULE = Rule(
    id=ID,
    family="migration",
    summary="batch mode deletes rows of other tables",
    check=check,
    severity=Severity.ERROR,
    page=__doc__,
    dialects=("sqlite",),
)
