"""What safe forms need and Alembic has no operation for: blocks, remarks and statements."""

from collections.abc import Iterable
from textwrap import wrap
from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import render_op, renderers
from alembic.operations import ops

from asa.migrations.execution import execute_call
from asa.model.operation import Operation

__all__ = [
    "AutocommitOp",
    "NotValidForeignKeyOp",
    "PartitionedIndexOp",
    "RemarkedOp",
    "StatementOp",
]

WIDTH = 80
LEAVES = (
    "SELECT n.nspname, c.relname FROM pg_partition_tree('{table}') t"
    " JOIN pg_class c ON c.oid = t.relid JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE t.isleaf ORDER BY c.relname"
)
LONGEST_NAME = 63
LEFTOVER = "if_exists=True, postgresql_concurrently=True"
TAKES_OVER = "# asa: ignore[index-blocks-writes] each partition has its own by now"


class RemarkedOp(ops.OpContainer):
    """Operations below a comment that says why they are written so."""

    def __init__(self, remark: str, operations: Iterable[ops.MigrateOperation]) -> None:
        super().__init__(list(operations))
        self.remark = remark


class AutocommitOp(RemarkedOp):
    """Operations outside of the transaction: each may run again when the next one fails."""


class StatementOp(ops.MigrateOperation):
    """One statement as SQL.

    Attributes:
        sql: It may have several lines.
        meaning: What it does, as rules and screen name it.
    """

    def __init__(self, sql: str, meaning: Operation) -> None:
        self.sql = sql
        self.meaning = meaning


class NotValidForeignKeyOp(ops.CreateForeignKeyOp):
    """A foreign key that holds for new rows; not every Alembic writes that."""


class PartitionedIndexOp(ops.CreateIndexOp):
    """An index of a partitioned table, built CONCURRENTLY one partition after the other."""

    @classmethod
    def of(cls, index: ops.CreateIndexOp) -> "PartitionedIndexOp":
        """Return an index in this form."""
        made = cls.__new__(cls)
        made.__dict__.update(index.__dict__)
        return made


def comment(remark: str) -> list[str]:
    """Return the lines of a comment."""
    return [f"# {line}" for line in wrap(remark, WIDTH)]


def render_remarked(context: AutogenContext, operation: RemarkedOp) -> list[str]:
    """Return the lines of a revision for operations below a comment."""
    return [*comment(operation.remark), *lines_of(context, operation.ops)]


def render_autocommit(context: AutogenContext, operation: AutocommitOp) -> list[str]:
    """Return the lines of a revision for operations outside of the transaction."""
    opening = "with op.get_context().autocommit_block():"
    return [*comment(operation.remark), opening, *lines_of(context, operation.ops), ""]


def lines_of(context: AutogenContext, operations: Iterable[ops.MigrateOperation]) -> list[str]:
    """Return the lines of some operations."""
    return [line for operation in operations for line in lines_of_one(context, operation)]


def lines_of_one(context: AutogenContext, operation: ops.MigrateOperation) -> list[str]:
    """Return the lines of an operation; not every Alembic writes a drop's `if_exists`."""
    lines = render_op(context, operation)
    tolerant = isinstance(operation, ops.DropIndexOp) and operation.if_exists
    if not tolerant or "if_exists" in lines[-1]:
        return lines
    return [*lines[:-1], f"{lines[-1].removesuffix(')')}, if_exists=True)"]


def render_statement(_context: AutogenContext, operation: StatementOp) -> str:
    """Return the line of a revision that runs a statement."""
    return execute_call(operation.sql)


def render_foreign_key(context: AutogenContext, operation: NotValidForeignKeyOp) -> str:
    """Return the line of a revision for a foreign key that is not validated yet."""
    from_alembic: Any = renderers.dispatch(ops.CreateForeignKeyOp.__new__(ops.CreateForeignKeyOp))
    text: str = from_alembic(context, operation)
    if "postgresql_not_valid" in text:
        return text
    return f"{text.removesuffix(')')}, postgresql_not_valid=True)"


def render_partitioned(context: AutogenContext, operation: PartitionedIndexOp) -> list[str]:
    """Return the lines of a revision for an index that is built partition by partition.

    Which partitions there are is asked when the revision runs: another database has others.
    """
    from_alembic: Any = renderers.dispatch(ops.CreateIndexOp.__new__(ops.CreateIndexOp))
    part = PartitionedIndexOp.of(operation)
    part.index_name, part.table_name, part.schema = "asa_part", "asa_partition", "asa_schema"
    part.kw = {**operation.kw, "postgresql_concurrently": True}
    text = from_alembic(context, part)
    for name in ("part", "partition", "schema"):
        text = text.replace(f"'asa_{name}'", name)
    table = ".".join(f'"{name}"' for name in (operation.schema, operation.table_name) if name)
    leaves = LEAVES.format(table=table.replace("'", "''"))
    return [
        f"leaves = {leaves!r}",
        "known = () if op.get_context().as_sql else op.get_bind().exec_driver_sql(leaves).all()",
        "for schema, partition in known:",
        f'part = f"{{partition}}_{operation.index_name}"[:{LONGEST_NAME}]',
        f"op.drop_index(part, table_name=partition, schema=schema, {LEFTOVER})",
        text,
        "",
        f"{from_alembic(context, operation)}  {TAKES_OVER}",
    ]


renderers.dispatch_for(PartitionedIndexOp)(render_partitioned)
renderers.dispatch_for(RemarkedOp)(render_remarked)
renderers.dispatch_for(AutocommitOp)(render_autocommit)
renderers.dispatch_for(StatementOp)(render_statement)
renderers.dispatch_for(NotValidForeignKeyOp)(render_foreign_key)
