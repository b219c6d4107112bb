"""SQLite's form of operations that make a table anew: foreign keys are off meanwhile.

With them on, dropping the old table deletes the rows of others that refer to it.
"""

import re
from pathlib import Path
from typing import Any

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from asa.migrations.safe.operation import AutocommitOp, StatementOp
from asa.model.operation import Command

__all__ = ["keep_children"]

HARMFUL = frozenset(("CASCADE", "SET NULL", "SET DEFAULT"))
KEYS_OFF = re.compile(r"foreign_keys\s*=\s*(?:OFF|0)", re.IGNORECASE)
OFF = "PRAGMA foreign_keys=OFF"
REMARK = (
    "SQLite makes the table anew. With foreign keys on, dropping the old one would reach the rows"
    " of {children}; the switch works outside of a transaction only."
)


def keep_children(directive: ops.MigrationScript, context: MigrationContext, env_py: Path) -> None:
    """Switch foreign keys off before a table is made anew that others refer to.

    Args:
        directive: The revision.
        context: Of the database that was compared.
        env_py: Left alone where it switches them off itself.
    """
    if KEYS_OFF.search(env_py.read_text(encoding="utf-8", errors="replace")):
        return
    children = children_of(context)
    for container in (*directive.upgrade_ops_list, *directive.downgrade_ops_list):
        changed = (one for one in container.ops if isinstance(one, ops.ModifyTableOps))
        remade = [one.table_name for one in changed if is_remade(one)]
        reached = sorted({child for table in remade for child in children.get(table, ())})
        if reached:
            switch = StatementOp(OFF, Command("pragma", sql=OFF))
            remark = REMARK.format(children=", ".join(reached))
            container.ops.insert(0, AutocommitOp(remark, [switch]))


def children_of(context: MigrationContext) -> dict[str, set[str]]:
    """Return the tables whose rows go, or change, with those of each table."""
    inspector: Any = inspect(context.connection)
    found: dict[str, set[str]] = {}
    for table in inspector.get_table_names():
        for key in inspector.get_foreign_keys(table):
            if str(key["options"].get("ondelete", "")).upper() in HARMFUL:
                found.setdefault(key["referred_table"], set()).add(table)
    return found


def is_remade(changes: ops.ModifyTableOps) -> bool:
    """Tell whether batch mode makes a table anew for some operations."""
    plain = (ops.AddColumnOp, ops.CreateIndexOp, ops.DropIndexOp)
    return any(not isinstance(part, plain) or makes_anew(part) for part in changes.ops)


def makes_anew(part: Any) -> bool:
    """Tell whether SQLite cannot add a column without making its table anew."""
    if not isinstance(part, ops.AddColumnOp):
        return False
    default = part.column.server_default
    constant = default is None or isinstance(getattr(default, "arg", None), str)
    return not constant or bool(part.column.foreign_keys)
