"""A revision of some indexes alone, whatever else the models have changed."""

from collections.abc import Iterator

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Index, text

from asa.migrations.metadata import metadata_of
from asa.migrations.spelling import qualified

__all__ = ["keep_indexes"]

Names = frozenset[tuple[str, str]]


def keep_indexes(directive: ops.MigrationScript, wanted: Names, context: MigrationContext) -> None:
    """Take all out of a revision but some indexes, each named by its table and its name.

    Those that Alembic does not compare are put in: on SQLite, where no reflection tells of
    expressions, all that have one.
    """
    up, down = directive.upgrade_ops_list[0], directive.downgrade_ops_list[0]
    for container in (up, down):
        for table in container.ops:
            if isinstance(table, ops.ModifyTableOps):
                table.ops[:] = [part for part in table.ops if index_of(part) in wanted]
        container.ops[:] = [
            one for one in container.ops if isinstance(one, ops.ModifyTableOps) and one.ops
        ]
    if context.dialect.name != "sqlite":
        return
    for index in lacking(wanted - named_in(up), context):
        made = ops.CreateIndexOp.from_index(index)
        undone = ops.DropIndexOp.from_index(index)
        up.ops.append(ops.ModifyTableOps(made.table_name, [made], schema=made.schema))
        down.ops.insert(0, ops.ModifyTableOps(made.table_name, [undone], schema=made.schema))


def named_in(container: ops.OpContainer) -> Names:
    """Return table and name of each index that operations of tables make or drop."""
    tables = [one for one in container.ops if isinstance(one, ops.ModifyTableOps)]
    return frozenset(
        found for table in tables for part in table.ops if (found := index_of(part)) is not None
    )


def index_of(operation: ops.MigrateOperation) -> tuple[str, str] | None:
    """Return table and name of the index that an operation makes or drops; None for others."""
    if not isinstance(operation, ops.CreateIndexOp | ops.DropIndexOp):
        return None
    return qualified(str(operation.table_name), operation.schema), str(operation.index_name)


def lacking(wanted: Names, context: MigrationContext) -> Iterator[Index]:
    """Yield the indexes of the models that an SQLite database does not have."""
    assert context.connection is not None  # noqa: S101  (compared online)
    rows = context.connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'index'"))
    there = {str(name) for (name,) in rows}
    for metadata in metadata_of(context):
        for table in metadata.sorted_tables:
            for index in sorted(table.indexes, key=lambda one: str(one.name)):
                if (table.fullname, str(index.name)) in wanted and str(index.name) not in there:
                    yield index
