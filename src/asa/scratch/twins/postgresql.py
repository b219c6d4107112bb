"""The PostgreSQL twin: an empty PostgreSQL with the real schema, statistics and file sizes.

The planner looks at nothing else, so the twin plans as the real database does. Indexes to
try are really made, empty, and given the size that they would have.
"""

import re
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.engine import connection_to
from asa.database.postgresql.explain import explain
from asa.database.postgresql.statistics import STATISTICS
from asa.errors import ScratchError
from asa.model.finding import Unproved
from asa.model.fix import AddIndex
from asa.model.plan import NotPlanned, Plan, PlanNode
from asa.model.record import Parameters
from asa.model.snapshot import ColumnStatistics, Relation, Snapshot
from asa.scratch.start import start_server
from asa.scratch.twins.cluster import Cluster, cluster, restore_columns, rows
from asa.scratch.twins.files import BLOCK, sparse
from asa.scratch.twins.planner import PostgresqlPlanner
from asa.scratch.twins.width import Key, index_blocks

__all__ = ["PostgresqlTwin", "postgresql_twin"]

NEEDED = (18,)
"""The first version to which statistics can be given."""
LONGEST_MISSING = 3
LONGEST_NAME = 63
FOLDS = re.compile(r"(lower|upper)\((\w+)\)")
BRACKETS = str.maketrans("", "", "()")
UNKNOWN_WIDTH = 8.0

INDEXES = """
SELECT i.relname, i.oid, pg_get_indexdef(i.oid, 1, true),
       pg_partition_root(i.oid)::oid
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_namespace n ON n.oid = i.relnamespace
WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
"""
# A partitioned table has no rows of its own; an index on it is one on each partition.
PLACES = """
WITH RECURSIVE t(oid) AS (
    SELECT to_regclass($1::text)::oid
    UNION ALL SELECT h.inhrelid FROM pg_inherits h JOIN t ON h.inhparent = t.oid)
SELECT n.nspname, c.relname FROM t JOIN pg_class c ON c.oid = t.oid
JOIN pg_namespace n ON n.oid = c.relnamespace
"""
MADE = """
WITH RECURSIVE t(oid) AS (
    SELECT i.oid FROM pg_class i JOIN pg_index x ON x.indexrelid = i.oid
    WHERE i.relname = $1 AND x.indrelid = to_regclass($2::text)
    UNION ALL SELECT h.inhrelid FROM pg_inherits h JOIN t ON h.inhparent = t.oid)
SELECT n.nspname, i.relname, i.relkind::text, c.relname AS parent,
       array(SELECT attname FROM pg_attribute WHERE attrelid = i.oid ORDER BY attnum)::text[],
       -- Numbers that are equal and written differently (1.0, 1.00) are never stored once.
       (SELECT bool_and(EXISTS (SELECT FROM pg_amproc m WHERE m.amprocfamily = o.opcfamily
                                AND m.amproclefttype = o.opcintype AND m.amprocnum = 4))
        FROM unnest(x.indclass) AS k(oid) JOIN pg_opclass o ON o.oid = k.oid) AS alike
FROM t JOIN pg_class i ON i.oid = t.oid JOIN pg_namespace n ON n.oid = i.relnamespace
JOIN pg_index x ON x.indexrelid = i.oid JOIN pg_class c ON c.oid = x.indrelid
"""
# What a hidden index knows of its expression is hidden with it. ANALYZE would tell the planner
# the same by this, and then it expects as many rows without the index as with it.
EXPRESSION = 'CREATE STATISTICS "{name}" ON ({key}) FROM {table}'
FILL_EXPRESSION = """
INSERT INTO pg_statistic_ext_data (stxoid, stxdinherit, stxdexpr)
SELECT (SELECT oid FROM pg_statistic_ext WHERE stxname = $1), false, array_agg(s)
FROM pg_statistic s WHERE s.starelid = to_regclass($2::text)
"""
SWITCH = """
UPDATE pg_index SET indisvalid = NOT (indexrelid = ANY ($1::oid[]))
WHERE indexrelid = ANY ($2::oid[]) AND indisvalid = (indexrelid = ANY ($1::oid[]))
"""


@dataclass(frozen=True, slots=True)
class Made:
    """An index of the twin.

    Attributes:
        name: Its own, or that of the index of the partitioned table it is a part of.
        oid: In the twin.
        leading: Its first key as the catalog writes it.
    """

    name: str
    oid: int
    leading: str


@dataclass(slots=True)
class PostgresqlTwin(PostgresqlPlanner):
    """An empty PostgreSQL that plans as a real one does.

    Attributes:
        cluster: Where it runs.
        planner: A connection of the role that may nothing but plan.
        indexes: By the name that a plan shows.
        refused: Candidates that could not be made.
        tried: Candidates made, by name.
        sizes: Bytes of each candidate made.
        off: Hidden from the planner now; None before the first switch.
    """

    cluster: Cluster
    planner: AsyncConnection
    indexes: dict[str, Made] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    tried: dict[str, AddIndex] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    off: frozenset[str] | None = None

    def label(self, tables: Collection[str] = ()) -> str:  # noqa: ARG002  (statistics are of all)
        """Return how a proof names this twin."""
        server = self.cluster.snapshot.server
        own, real = self.cluster.version[0], server.version[0]
        parts = [f"PostgreSQL {own}"]
        if own != real:
            parts.append(f"server is {real}")
        parts.append(f"statistics of {self.cluster.snapshot.taken.partition(' ')[0]}")
        if self.cluster.collate:
            parts.append(f"sorted as {self.cluster.collate}")
        return f"twin ({', '.join(parts)})"

    async def prepare(self, indexes: Sequence[AddIndex]) -> None:
        """Make those candidates that are not made yet."""
        known = self.tried.keys() | self.refused
        if fresh := [index for index in indexes if index.name not in known]:
            await self.add(*fresh)

    async def size(self, index: AddIndex) -> int:
        """Return the bytes that an index would take, as far as statistics tell."""
        await self.prepare([index])
        return self.sizes.get(index.name, 0)

    async def plan(
        self,
        sql: str,
        parameters: Parameters,
        *,
        added: Sequence[AddIndex] = (),
        hidden: Sequence[str] = (),
    ) -> Plan | NotPlanned:
        """Plan a statement as if the indexes added were there and those hidden were not."""
        await self.prepare(added)
        if any(index.name in self.refused for index in added):
            return NotPlanned("the twin could not make the index")
        wanted = {index.name for index in added}
        off = {name for name in self.tried if name not in wanted} | set(hidden)
        answer = await self.planned(sql, parameters, off)
        # What a newer planner can do and the real one cannot is no proof.
        if self.cluster.snapshot.server.version < NEEDED:
            while isinstance(answer, Plan) and (skipped := self.skips(answer) - off):
                off |= skipped
                answer = await self.planned(sql, parameters, off)
        return answer

    async def planned(self, sql: str, parameters: Parameters, off: set[str]) -> Plan | NotPlanned:
        """Plan a statement without some indexes."""
        await self.switch(off)
        answer = await explain(self.planner, sql, parameters)
        if isinstance(answer, NotPlanned):
            return NotPlanned(answer.reason + self.lacking())
        return replace(answer, nodes=tuple(self.named(node) for node in answer.nodes))

    def share(self, index: AddIndex, equal: int) -> float | None:  # noqa: ARG002  (a cost says more)
        """Return None: this twin judges by cost."""
        return None

    def lacking(self) -> str:
        """Return what the twin lacks, to stand behind a reason."""
        missing = self.cluster.missing[:LONGEST_MISSING]
        return f"; the twin lacks {', '.join(missing)}" if missing else ""

    def named(self, node: PlanNode) -> PlanNode:
        """Return a node with the name of the whole index where it goes by a part of it."""
        made = self.indexes.get(node.index or "")
        return replace(
            node,
            index=made.name if made else node.index,
            children=tuple(self.named(child) for child in node.children),
        )

    def skips(self, plan: Plan) -> set[str]:
        """Return the indexes that a plan searches without a value for their first key."""
        return {
            made.name
            for node in plan.walk()
            if node.condition and "Index" in node.kind
            for made in self.indexes.values()
            if made.name == node.index and not named_in(made.leading, node.condition)
        }

    async def switch(self, off: Iterable[str]) -> None:
        """Hide some indexes from the planner and show all others."""
        unseen = frozenset(off)
        if unseen == self.off:
            return
        self.off = unseen
        hidden = [made.oid for made in self.indexes.values() if made.name in unseen]
        everyone = [made.oid for made in self.indexes.values()]
        await self.cluster.admin.exec_driver_sql(SWITCH, (hidden, everyone))

    async def add(self, *indexes: AddIndex) -> None:
        """Make candidates, empty, and give them the sizes that they would have."""
        by_table: dict[str, list[AddIndex]] = {}
        for index in indexes:
            by_table.setdefault(index.table, []).append(index)
        grown: list[Relation] = []
        for table, own in by_table.items():
            tables = await self.tables_of(table)
            await self.cluster.deflate(tables)
            for index in own:
                grown += await self.made(index, tables)
            grown += tables
        await self.cluster.inflate(grown)
        for index in indexes:
            if folded := self.folded(index):
                await restore_columns(self.cluster.admin, self.cluster.snapshot, folded)
                await self.tell_expressions(index)
        # A session keeps files open, and with them their old length.
        await self.planner.invalidate()
        await self.read_indexes()
        self.off = None

    async def made(self, index: AddIndex, tables: Sequence[Relation]) -> list[Relation]:
        """Make one candidate on empty tables; return its parts as large as they would be."""
        ddl = index.ddl.replace("CREATE INDEX CONCURRENTLY", "CREATE INDEX", 1)
        try:
            await self.cluster.owner.exec_driver_sql(ddl)
            parts = await self.sized(index, tables)
        except DBAPIError:
            self.refused.add(index.name)
            return []
        self.sizes[index.name] = BLOCK * sum(relation.blocks for relation in parts)
        self.tried[index.name] = index
        return parts

    async def tell_expressions(self, index: AddIndex) -> None:
        """Let the planner know of an index's one expression where the index is hidden too."""
        if len(index.keys) != 1 or index.name in self.refused:
            return
        name = f"{index.name}_statistics"[:LONGEST_NAME]
        statement = EXPRESSION.format(name=name, key=index.keys[0].name, table=quoted(index.table))
        schema = index.table.rpartition(".")[0]
        place = quoted(f"{schema}.{index.name}" if schema else index.name)
        with suppress(DBAPIError):
            await self.cluster.owner.exec_driver_sql(statement)
            await self.cluster.admin.exec_driver_sql("SET allow_system_table_mods = on")
            await self.cluster.admin.exec_driver_sql(FILL_EXPRESSION, (name, place))

    def folded(self, index: AddIndex) -> list[ColumnStatistics]:
        """Return what ANALYZE would find of keys that fold case: as many values as the column."""
        schema, _, table = index.table.rpartition(".")
        found: list[ColumnStatistics] = []
        for key in index.keys:
            match = FOLDS.fullmatch(key.name) if key.expression else None
            for one in self.cluster.snapshot.columns if match else ():
                here = (one["relname"], one["attname"], one["inherited"])
                if match and here == (table, match[2], "false"):
                    values = dict.fromkeys(STATISTICS) | {
                        name: one[name] for name in ("null_frac", "avg_width", "n_distinct")
                    }
                    place = {"schemaname": schema or one["schemaname"], "relname": index.name}
                    found.append(
                        {**one, **values, **place, "attname": match[1], "inherited": "false"}
                    )
        return found

    async def read_indexes(self) -> None:
        """Read which indexes there are."""
        found = await rows(self.cluster.admin, INDEXES)
        names = {oid: name for name, oid, _, _ in found}
        self.indexes = {
            name: Made(names.get(root, name), oid, leading) for name, oid, leading, root in found
        }

    async def tables_of(self, table: str) -> list[Relation]:
        """Return the table, or the partitions of it that have rows."""
        found = await rows(self.cluster.owner, PLACES, quoted(table))
        home = {(schema, name) for schema, name in found}
        return [r for r in self.cluster.snapshot.relations if (r.schema, r.name) in home]

    async def sized(self, index: AddIndex, tables: Sequence[Relation]) -> list[Relation]:
        """Return the new index, or its parts, with the sizes that they would have."""
        by_name = {table.name: table for table in tables}
        found = await rows(self.cluster.owner, MADE, index.name, quoted(index.table))
        share = await self.held(index)
        sized = []
        for schema, name, kind, parent, columns, alike in found:
            table = by_name.get(parent)
            if table is None or kind != "i":
                continue
            count = max(table.tuples, 0.0) * share
            blocks = index_blocks(
                count,
                [self.key(table, column, count) for column in columns],
                deduplicates=alike
                and not index.include
                and self.cluster.snapshot.server.version >= (13,),
            )
            sized.append(Relation(schema, name, "i", blocks, blocks, count, 0))
        return sized

    async def held(self, index: AddIndex) -> float:
        """Return the share of the rows that an index with a condition holds, 0 to 1."""
        if index.where is None:
            return 1.0
        whole = f"SELECT 1 FROM {quoted(index.table)}"  # noqa: S608  (the name is quoted)
        every = await self.planned(whole, None, set(self.tried))
        some = await self.planned(f"{whole} WHERE {index.where}", None, set(self.tried))
        if not (isinstance(every, Plan) and isinstance(some, Plan)):
            return 1.0
        return min((some.nodes[0].rows or 1.0) / max(every.nodes[0].rows or 1.0, 1.0), 1.0)

    def key(self, table: Relation, column: str, count: float) -> Key:
        """Return what the statistics say of a key column."""
        for one in self.cluster.snapshot.columns:
            here = (one["schemaname"], one["relname"], one["attname"])
            if here == (table.schema, table.name, column) and one["inherited"] != "true":
                distinct = float(one["n_distinct"] or 0)
                known = -distinct * count if distinct < 0 else distinct
                return Key(float(one["avg_width"] or UNKNOWN_WIDTH), known or None)
        return Key(UNKNOWN_WIDTH)


@asynccontextmanager
async def postgresql_twin(
    snapshot: Snapshot, candidates: Sequence[AddIndex] = ()
) -> AsyncIterator[PostgresqlTwin | Unproved]:
    """Make a twin from a snapshot on a throwaway server, or say why there is none.

    Args:
        snapshot: What the twin is made from.
        candidates: Indexes that will be tried; others can be tried later.
    """
    if snapshot.server.flavour != "PostgreSQL":
        yield Unproved(f"no twin of {snapshot.server.flavour}")
        return
    if snapshot.block_bytes != BLOCK:
        yield Unproved(f"no twin of a server with pages of {snapshot.block_bytes} bytes")
        return
    try:
        server = await start_server("postgresql", at_least=NEEDED)
    except ScratchError:
        reason = 'a twin needs PostgreSQL 18, pip install "asa-toolkit[twin]" brings one'
        server = None
    if server is None:
        yield Unproved(reason)
        return
    try:
        assert server.supervised is not None  # noqa: S101  (nothing was lent)
        if not sparse(server.supervised.directory):
            yield Unproved(f"no sparse files in {server.supervised.directory.parent}")
            return
        async with (
            cluster(server, snapshot) as made,
            connection_to(made.planner) as planner,
        ):
            twin = PostgresqlTwin(made, planner)
            await twin.read_indexes()
            if candidates:
                await twin.add(*candidates)
            yield twin
    finally:
        await server.stop()


def named_in(key: str, condition: str) -> bool:
    """Tell whether a condition of a plan names a key, an expression with brackets or without."""
    key, condition = (text.translate(BRACKETS) for text in (key, condition))
    return re.search(rf"(?<![\w.]){re.escape(key)}(?!\w)", condition) is not None


def quoted(table: str) -> str:
    """Return a table's name, with its schema where it has one, as SQL."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in table.split("."))
