"""Tables of a database that no models of this environment describe, and that are not its own.

Alembic would drop them: those of extensions (PostGIS's `spatial_ref_sys`), partitions of another
table, and the marks of other Alembic environments.
"""

from collections.abc import Callable
from typing import Any

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from asa.errors import ProjectError
from asa.migrations.metadata import metadata_of
from asa.migrations.spelling import qualified
from asa.project.find import ProjectSource

__all__ = ["leave_foreign_tables", "refuse_models_left_out"]

VERSION_TABLE = "alembic_version"
OWNED = text(
    "SELECT n.nspname = current_schema(), n.nspname, c.relname FROM pg_class c"
    " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'f') AND"
    " (c.relispartition OR EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid"
    " AND d.classid = 'pg_class'::regclass AND d.deptype = 'e'))"
)


def leave_foreign_tables(directive: ops.MigrationScript, context: MigrationContext) -> None:
    """Take what drops foreign tables out of a revision, and what makes them again."""
    for container in directive.upgrade_ops_list:
        dropped = [one for one in container.ops if isinstance(one, ops.DropTableOp)]
        if not dropped:
            continue
        owned = owned_tables(context)
        foreign = {
            qualified(one.table_name, one.schema)
            for one in dropped
            if is_marks(one, context) or qualified(one.table_name, one.schema) in owned
        }
        for other in (*directive.upgrade_ops_list, *directive.downgrade_ops_list):
            take_out(other, foreign)


def take_out(container: ops.OpContainer, foreign: set[str]) -> None:
    """Take the operations on some tables out."""

    def is_foreign(operation: Any) -> bool:
        name = getattr(operation, "table_name", None)
        return name is not None and qualified(name, operation.schema) in foreign

    container.ops[:] = [one for one in container.ops if not is_foreign(one)]


def owned_tables(context: MigrationContext) -> frozenset[str]:
    """Return the tables that are an extension's or another table's."""
    if context.dialect.name != "postgresql" or context.connection is None:
        return frozenset()
    rows = context.connection.execute(OWNED)
    return frozenset(name if here else f"{schema}.{name}" for here, schema, name in rows)


def is_marks(operation: ops.DropTableOp, context: MigrationContext) -> bool:
    """Tell whether a dropped table holds Alembic's marks.

    Alembic itself knows only the version table of this environment.
    """
    if operation.table_name in (VERSION_TABLE, context.version_table):
        return True
    columns = [getattr(column, "name", None) for column in operation.to_table().columns]
    return columns == ["version_num"]


def refuse_models_left_out(
    directive: ops.MigrationScript,
    context: MigrationContext,
    find: Callable[[], ProjectSource],
) -> None:
    """See that no table is dropped whose model is in the project, but not among env.py's.

    Args:
        directive: The revision.
        context: Of the database that was compared.
        find: Reads the project's source; called where a table is dropped.

    Raises:
        ProjectError: One is.
    """
    known = {table.name for metadata in metadata_of(context) for table in metadata.tables.values()}
    dropped = {
        one.table_name
        for container in directive.upgrade_ops_list
        for one in container.ops
        if isinstance(one, ops.DropTableOp) and one.table_name not in known
    }
    if not dropped:
        return
    for metadata in find().metadata:
        for name, module, place in (
            *((found.table, found.module, found.place) for found in metadata.classes),
            *((found.name, found.module, found.place) for found in metadata.tables),
        ):
            if name in dropped:
                raise ProjectError(
                    f"{name} would be dropped, but its model is at {place}; nothing was written",
                    f"import {module} in env.py; or delete the model, if the table is to go",
                )
