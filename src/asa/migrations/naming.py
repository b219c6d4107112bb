"""Names for constraints that the models leave without one: a revision could not drop them."""

from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.operations import ops

from asa.migrations.operations import flattened

__all__ = ["name_constraints"]

LONGEST_NAME = 63
# The names that `name_constraints` gives, as a convention for those that SQLite has without.
CONVENTION = {
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
}


class ModifyUnnamedOps(ops.ModifyTableOps):
    """Changes of an SQLite table that take a constraint away which has no name there."""


def name_constraints(container: ops.OpContainer, *, batch: bool) -> None:
    """Give the constraints without a name one, where they are made and where they are dropped.

    Args:
        container: A revision's operations in one direction.
        batch: Whether tables are changed in batch mode, as on SQLite.
    """
    for one in flattened(container.ops):
        made = isinstance(one, ops.CreateForeignKeyOp | ops.CreateUniqueConstraintOp)
        if made and not one.constraint_name:  # type: ignore[attr-defined]
            one.constraint_name = name_of(one)  # type: ignore[attr-defined]
    for place, table in enumerate(container.ops):
        if not isinstance(table, ops.ModifyTableOps):
            continue
        drops = [d for d in table.ops if isinstance(d, ops.DropConstraintOp)]
        unnamed = [drop for drop in drops if not drop.constraint_name and drop._reverse]
        for drop in unnamed:
            drop.constraint_name = name_of(drop._reverse)
        # What the upgrade made has its name; what was there has none.
        if unnamed and batch and isinstance(container, ops.UpgradeOps):
            container.ops[place] = ModifyUnnamedOps(
                table.table_name, list(table.ops), schema=table.schema
            )


def name_of(operation: Any) -> str | None:
    """Return the name of a constraint by its columns; None for other kinds."""
    if isinstance(operation, ops.CreateForeignKeyOp):
        parts = ("fk", operation.source_table, *operation.local_cols, operation.referent_table)
    elif isinstance(operation, ops.CreateUniqueConstraintOp):
        parts = ("uq", operation.table_name, *map(str, operation.columns))
    else:
        return None
    return "_".join(parts)[:LONGEST_NAME]


def render(context: AutogenContext, operation: ModifyUnnamedOps) -> list[str]:
    """Return the lines of a revision, in which SQLite's constraints get names."""
    plain: Any = renderers.dispatch(ops.ModifyTableOps("", []))
    lines: list[str] = plain(context, operation)
    convention = f", naming_convention={CONVENTION!r}) as batch_op:"
    return [lines[0].replace(") as batch_op:", convention), *lines[1:]]


renderers.dispatch_for(ModifyUnnamedOps)(render)
