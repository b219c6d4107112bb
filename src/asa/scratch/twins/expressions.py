"""What ANALYZE would find of the expressions of an index that is only tried."""

import re
from collections.abc import Iterator
from contextlib import suppress

from sqlalchemy.exc import DBAPIError

from asa.database.postgresql.statistics import STATISTICS
from asa.model.fix import AddIndex
from asa.model.snapshot import ColumnStatistics, Snapshot
from asa.scratch.twins.cluster import Cluster
from asa.scratch.twins.session import quoted
from asa.scratch.twins.statistics import restore_columns

__all__ = ["tell_folded"]

LONGEST_NAME = 63
FOLDS = re.compile(r"(lower|upper)\((\w+)\)")
KEPT = ("null_frac", "avg_width", "n_distinct")
# What a hidden index knows of its expression is hidden with it. ANALYZE would tell the planner
# the same by this, and then it expects as many rows without the index as with it.
EXPRESSION = 'CREATE STATISTICS "{name}" ON ({key}) FROM {table}'
FILL_EXPRESSION = """
INSERT INTO pg_statistic_ext_data (stxoid, stxdinherit, stxdexpr)
SELECT (SELECT oid FROM pg_statistic_ext WHERE stxname = $1), false, array_agg(s)
FROM pg_statistic s WHERE s.starelid = to_regclass($2::text)
"""


async def tell_folded(cluster: Cluster, index: AddIndex) -> None:
    """Let the planner know of an index's keys that fold case, where it is hidden too."""
    if folded := list(folded_columns(cluster.snapshot, index)):
        await restore_columns(cluster.admin, cluster.snapshot, folded)
        await tell_hidden(cluster, index)


def folded_columns(snapshot: Snapshot, index: AddIndex) -> Iterator[ColumnStatistics]:
    """Yield what ANALYZE would find of keys that fold case: as many values as the column."""
    schema, _, table = index.table.rpartition(".")
    folds = [FOLDS.fullmatch(key.name) for key in index.keys if key.expression]
    for match in filter(None, folds):
        for one in snapshot.columns:
            if (one["relname"], one["attname"], one["inherited"]) == (table, match[2], "false"):
                yield {
                    **one,
                    **dict.fromkeys(STATISTICS),
                    **{name: one[name] for name in KEPT},
                    "schemaname": schema or one["schemaname"],
                    "relname": index.name,
                    "attname": match[1],
                }


async def tell_hidden(cluster: Cluster, index: AddIndex) -> None:
    """Let the planner know of an index's one expression where the index is hidden too."""
    if len(index.keys) != 1:
        return
    name = f"{index.name}_statistics"[:LONGEST_NAME]
    statement = EXPRESSION.format(name=name, key=index.keys[0].name, table=quoted(index.table))
    schema = index.table.rpartition(".")[0]
    place = quoted(f"{schema}.{index.name}" if schema else index.name)
    with suppress(DBAPIError):
        await cluster.owner.exec_driver_sql(statement)
        await cluster.admin.exec_driver_sql("SET allow_system_table_mods = on")
        await cluster.admin.exec_driver_sql(FILL_EXPRESSION, (name, place))
