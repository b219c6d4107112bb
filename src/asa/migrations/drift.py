"""The difference between the models and a database, as Alembic's autogenerate sees it."""

from collections.abc import Iterable
from dataclasses import dataclass

from alembic.autogenerate import produce_migrations
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext

from asa.migrations.check_comparison import add_checks
from asa.migrations.enum_comparison import add_members
from asa.migrations.foreign import leave_foreign_tables
from asa.migrations.index_comparison import compare_indexes
from asa.migrations.metadata import metadata_of
from asa.migrations.operations import flattened, translate
from asa.migrations.rename import Answers
from asa.migrations.server_default import compare_server_defaults
from asa.migrations.type_comparison import compare_types
from asa.model.operation import Operation

__all__ = ["Drift", "compare", "drops_only"]

# A difference is one, whatever it is called.
NOTHING_RENAMED = Answers(none=True)


@dataclass(frozen=True, slots=True)
class Drift:
    """What would have to change in a database so that it equals the models.

    Attributes:
        tables: Number of tables that the models have.
        operations: The changes; empty where both are equal.
    """

    tables: int
    operations: tuple[Operation, ...]


def compare(context: MigrationContext) -> Drift:
    """Compare the models with the database of a context.

    Raises:
        ConfigurationError: env.py names no models.
    """
    metadata = metadata_of(context)
    tables = sum(len(one.tables) for one in metadata)
    compare_server_defaults(context)
    compare_types(context)
    compare_indexes(context)
    script = produce_migrations(context, context.opts["target_metadata"])
    upgrade = script.upgrade_ops
    assert upgrade is not None  # noqa: S101  (produce_migrations always makes it)
    leave_foreign_tables(script, context)
    add_members(script, context, NOTHING_RENAMED)
    add_checks(script, context)
    return Drift(tables, translate(upgrade.ops, context.dialect))


def drops_only(operations: Iterable[ops.MigrateOperation]) -> bool:
    """Tell whether there are operations and all of them take something away."""
    listed = tuple(flattened(operations))
    taking = (ops.DropTableOp, ops.DropIndexOp, ops.DropConstraintOp, ops.DropColumnOp)
    return bool(listed) and all(isinstance(operation, taking) for operation in listed)
