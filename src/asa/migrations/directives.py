"""What asa changes in operations that Alembic generated, before they become a file."""

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext

from asa.migrations.naming import name_constraints

__all__ = ["mend"]


def mend(container: ops.OpContainer, context: MigrationContext) -> None:
    """Take out of a revision's operations what would fail or must never be done.

    An index goes with its table, so its own drop is left
    out: MySQL refuses to drop one that a foreign key needs. For the same reason foreign keys
    are dropped before the indexes of their table. A constraint without a name gets one.
    """
    leave_out_index_drops(container)
    name_constraints(container, batch=bool(context.opts.get("render_as_batch")))
    for operation in container.ops:
        if isinstance(operation, ops.ModifyTableOps):
            operation.ops[:] = foreign_keys_first(operation.ops)


def leave_out_index_drops(container: ops.OpContainer) -> None:
    """Leave out the drops of indexes whose table is dropped by the same revision."""
    dropped = {
        (operation.schema, operation.table_name)
        for operation in container.ops
        if isinstance(operation, ops.DropTableOp)
    }

    def superfluous(operation: ops.MigrateOperation) -> bool:
        return (
            isinstance(operation, ops.DropIndexOp)
            and (operation.schema, operation.table_name) in dropped
        )

    for operation in container.ops:
        if isinstance(operation, ops.ModifyTableOps):
            operation.ops[:] = [part for part in operation.ops if not superfluous(part)]
    container.ops[:] = [
        operation
        for operation in container.ops
        if not superfluous(operation)
        and not (isinstance(operation, ops.ModifyTableOps) and not operation.ops)
    ]


def foreign_keys_first(operations: list[ops.MigrateOperation]) -> list[ops.MigrateOperation]:
    """Return the operations with drops of foreign keys before drops of indexes."""

    def is_key(operation: ops.MigrateOperation) -> bool:
        return (
            isinstance(operation, ops.DropConstraintOp)
            and operation.constraint_type == "foreignkey"
        )

    first_index = next(
        (n for n, operation in enumerate(operations) if isinstance(operation, ops.DropIndexOp)),
        None,
    )
    if first_index is None:
        return operations
    before, after = operations[:first_index], operations[first_index:]
    keys = [operation for operation in after if is_key(operation)]
    return [*before, *keys, *(operation for operation in after if not is_key(operation))]
