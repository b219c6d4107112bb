"""An upgrade's operations, each beside those of the downgrade that undo it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from alembic.operations import ops

from asa.migrations.spelling import qualified

__all__ = ["Piece", "paired", "table_of"]

Key = tuple[str, Any]
Operations = list[ops.MigrateOperation]


@dataclass
class Piece:
    """A part of a revision.

    Attributes:
        table: The table that it changes, with its schema; None where it changes none alone.
        up: What the upgrade does, in order.
        down: What undoes it, in order.
    """

    table: str | None
    up: Operations = field(default_factory=list)
    down: Operations = field(default_factory=list)


def paired(up: ops.OpContainer, down: ops.OpContainer) -> list[Piece]:
    """Return an upgrade's operations in order, one in each piece, with what undoes them.

    What undoes none of them goes to a piece of the same table; before and behind them all,
    to the last and to the first piece.
    """
    pieces = [Piece(table_of(one), [one]) for one in atoms(up)]
    if not pieces:
        return []
    waiting: dict[Key, list[Piece]] = {}
    for piece in reversed(pieces):
        waiting.setdefault(key_of(piece.up[0]), []).append(piece)
    begun = False
    for one in atoms(down):
        owners = waiting.get(key_of(one))
        if owners:
            owner = owners.pop(0)
        else:
            table = table_of(one)
            same = (piece for piece in pieces if table is not None and piece.table == table)
            owner = next(same, pieces[0 if begun else -1])
        begun = True
        owner.down.append(one)
    return pieces


def atoms(container: ops.OpContainer) -> Iterable[ops.MigrateOperation]:
    """Yield the operations in a container, taken out of those of their tables."""
    for one in container.ops:
        if isinstance(one, ops.ModifyTableOps):
            yield from one.ops
        else:
            yield one


def table_of(operation: ops.MigrateOperation) -> str | None:
    """Return the table that an operation changes, with its schema."""
    schema = getattr(operation, "schema", None)
    if isinstance(operation, ops.CreateForeignKeyOp):
        return qualified(operation.source_table, operation.kw.get("source_schema"))
    name = getattr(operation, "table_name", None)
    return qualified(str(name), schema) if name else None


def key_of(operation: Any) -> Key:
    """Return what an operation makes, changes or drops: the same for what undoes it."""
    table = table_of(operation)
    match operation:
        case ops.CreateIndexOp() | ops.DropIndexOp():
            return "index", (table, str(operation.index_name))
        case ops.AddConstraintOp() | ops.DropConstraintOp():
            return "constraint", (table, str(getattr(operation, "constraint_name", None)))
        case ops.AddColumnOp():
            return "column", (table, operation.column.name)
        case ops.DropColumnOp():
            return "column", (table, operation.column_name)
        case ops.AlterColumnOp():
            names = {operation.column_name, operation.modify_name or operation.column_name}
            return "alter", (table, frozenset(names))
        case ops.CreateTableOp() | ops.DropTableOp():
            return "table", table
        case ops.RenameTableOp():
            return "rename", frozenset((operation.table_name, operation.new_table_name))
    return type(operation).__name__, (table, str(getattr(operation, "name", "")))
