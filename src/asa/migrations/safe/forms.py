"""A generated revision in the forms that its database has for tables under load."""

from pathlib import Path

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext

from asa.migrations.safe.chain import chained
from asa.migrations.safe.mysql import without_waiting
from asa.migrations.safe.pairing import paired, table_of
from asa.migrations.safe.postgresql import plan_for_postgresql
from asa.migrations.safe.sizes import partitioned_tables, small_tables
from asa.migrations.safe.sqlite import keep_children

__all__ = ["in_safe_forms"]


def in_safe_forms(
    directive: ops.MigrationScript, context: MigrationContext, env_py: Path, *, sized: bool
) -> list[ops.MigrationScript]:
    """Return the revisions to write instead of a generated one; itself where all is brief.

    Args:
        directive: The revision.
        context: Of the database that was compared.
        env_py: The environment's.
        sized: Whether that database has the rows of the one to migrate.
    """
    if context.dialect.name == "sqlite":
        keep_children(directive, context, env_py)
    up, down = directive.upgrade_ops, directive.downgrade_ops
    if len(directive.upgrade_ops_list) != 1 or up is None or down is None:
        return [directive]
    pieces = paired(up, down)
    made = {table_of(p.up[0]) for p in pieces if isinstance(p.up[0], ops.CreateTableOp)}
    made |= {p.up[0].new_table_name for p in pieces if isinstance(p.up[0], ops.RenameTableOp)}
    small = small_tables(context) if sized else frozenset()
    leave = made | small | {None}
    apart = frozenset(str(piece.table) for piece in pieces if piece.table not in leave)
    if not apart:
        return [directive]
    if context.dialect.name in ("mysql", "mariadb"):
        exchange(up, without_waiting(pieces, apart, context))
    if context.dialect.name != "postgresql":
        return [directive]
    plan = plan_for_postgresql(pieces, apart, partitioned_tables(context), context)
    return chained(directive, plan, apart)


def exchange(container: ops.OpContainer, other: dict[int, ops.MigrateOperation | None]) -> None:
    """Put operations in the place of others, which are named by their `id`; None for nothing."""
    for one in container.ops:
        if isinstance(one, ops.OpContainer):
            exchange(one, other)
    exchanged = (other.get(id(one), one) for one in container.ops)
    container.ops[:] = [one for one in exchanged if one is not None]
