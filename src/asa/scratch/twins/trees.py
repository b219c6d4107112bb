"""Read from a PostgreSQL twin what its indexes are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.model.fix import AddIndex
from asa.model.snapshot import Relation
from asa.scratch.twins.btree import Key, index_blocks, tree_height
from asa.scratch.twins.session import quoted, rows

__all__ = ["Tree", "all_trees", "trees_of"]

SINCE_13 = (13,)
"""Since then equal keys are stored once."""
COLUMNS = """
pg_attribute a LEFT JOIN pg_statistic s ON NOT s.stainherit AND (s.starelid, s.staattnum) =
    (CASE x.indkey[a.attnum - 1] WHEN 0 THEN i.oid ELSE c.oid END,
     CASE x.indkey[a.attnum - 1] WHEN 0 THEN a.attnum ELSE x.indkey[a.attnum - 1] END)
WHERE a.attrelid = i.oid ORDER BY a.attnum
"""
TREES = f"""
SELECT n.nspname, i.relname, c.relname, m.amname = 'btree',
       array(SELECT coalesce(s.stawidth, nullif(greatest(a.attlen, 0), 0), 8) FROM {COLUMNS}),
       array(SELECT nullif(s.stadistinct, 0) FROM {COLUMNS}),
       x.indnkeyatts,
       -- Numbers that are equal and written differently (1.0, 1.00) are never stored once.
       x.indnkeyatts = x.indnatts AND
       (SELECT bool_and(EXISTS (SELECT FROM pg_amproc p WHERE p.amprocfamily = o.opcfamily
                                AND p.amproclefttype = o.opcintype AND p.amprocnum = 4))
        FROM unnest(x.indclass) AS k(oid) JOIN pg_opclass o ON o.oid = k.oid)
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid AND i.relkind = 'i'
JOIN pg_am m ON m.oid = i.relam
JOIN pg_namespace n ON n.oid = i.relnamespace JOIN pg_class c ON c.oid = x.indrelid
WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
"""  # noqa: S608  (put together from asa's own constants)
# A partitioned table has no rows of its own; an index on it is one on each partition.
OF_ONE = """
AND coalesce(pg_partition_root(i.oid)::oid, i.oid) = (
    SELECT y.indexrelid FROM pg_index y JOIN pg_class r ON r.oid = y.indexrelid
    WHERE r.relname = $1 AND y.indrelid = to_regclass($2::text))
"""


@dataclass(frozen=True, slots=True)
class Tree:
    """An index that has a file.

    Attributes:
        schema: Unquoted.
        name: Unquoted.
        table: That it is on, in the same schema.
        btree: Whether it is one, and no other kind of index.
        columns: Mean bytes and distinct values of each as the statistics have them: a share of
            the rows where negative, None where unknown.
        keys: How many of the columns, from the first, are no mere payload.
        alike: Whether equal keys can be stored once.
    """

    schema: str
    name: str
    table: str
    btree: bool
    columns: tuple[tuple[float, float | None], ...]
    keys: int
    alike: bool

    def sized(self, rows: float, version: tuple[int, ...]) -> Relation:
        """Return it with the size that it would have on a server of a version."""
        deduplicates = self.alike and version >= SINCE_13
        blocks = index_blocks(rows, self.told(rows), deduplicates=deduplicates)
        return Relation(self.schema, self.name, "i", blocks, blocks, rows, 0)

    def height(self, relation: Relation) -> int:
        """Return how many levels stand above its leaves, 0 where it is no B-tree."""
        if not self.btree:
            return 0
        rows = max(relation.tuples, 0.0)
        return tree_height(relation.blocks, rows, self.told(rows)[: self.keys])

    def told(self, rows: float) -> tuple[Key, ...]:
        """Return its columns where it has so many rows."""
        return tuple(
            Key(width, -distinct * rows if distinct and distinct < 0 else distinct)
            for width, distinct in self.columns
        )


async def all_trees(connection: AsyncConnection) -> Mapping[tuple[str, str], Tree]:
    """Read every index, by schema and name."""
    found = map(tree, await rows(connection, TREES))
    return {(one.schema, one.name): one for one in found}


async def trees_of(connection: AsyncConnection, index: AddIndex) -> list[Tree]:
    """Read an index that was made, or the parts of it where its table is partitioned."""
    return [
        tree(row) for row in await rows(connection, TREES + OF_ONE, index.name, quoted(index.table))
    ]


def tree(row: Any) -> Tree:
    """Return one row of the catalog as an index."""
    schema, name, table, btree, widths, distincts, keys, alike = row
    return Tree(
        schema, name, table, btree, tuple(zip(widths, distincts, strict=True)), keys, bool(alike)
    )
