"""The PostgreSQL twin: an empty PostgreSQL with the real schema, statistics and file sizes.

The planner looks at nothing else, so the twin plans as the real database does. Indexes to
try are really made, empty, and given the size that they would have.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.engine import connection_to
from asa.database.postgresql.explain import explain
from asa.errors import ScratchError
from asa.model.finding import Unproved
from asa.model.fix import AddIndex
from asa.model.plan import NotPlanned, Plan, PlanNode
from asa.model.record import Parameters
from asa.model.snapshot import Relation, Snapshot
from asa.scratch.start import start_server
from asa.scratch.twins.cluster import Cluster, cluster
from asa.scratch.twins.expressions import tell_folded
from asa.scratch.twins.files import BLOCK, sparse
from asa.scratch.twins.planner import PostgresqlPlanner
from asa.scratch.twins.session import quoted, ran, rows
from asa.scratch.twins.skip_scan import skipped
from asa.scratch.twins.trees import trees_of

__all__ = ["PostgresqlTwin", "postgresql_twin"]

NEEDED = (18,)
"""The first version to which statistics can be given."""
LONGEST_MISSING = 3

INDEXES = """
SELECT i.relname, i.oid, pg_get_indexdef(i.oid, 1, true),
       pg_partition_root(i.oid)::oid
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_namespace n ON n.oid = i.relnamespace
WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
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
            while isinstance(answer, Plan) and (unfit := skipped(answer, self.leading) - off):
                off |= unfit
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

    @property
    def leading(self) -> dict[str, str]:
        """The first key of each index by its name."""
        return {made.name: made.leading for made in self.indexes.values()}

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
        # Empty tables, which indexes are made on, tell nothing of it.
        shares = {index.name: await self.held(index) for index in indexes}
        by_table: dict[str, list[AddIndex]] = {}
        for index in indexes:
            by_table.setdefault(index.table, []).append(index)
        grown: list[Relation] = []
        for table, own in by_table.items():
            tables = await self.cluster.tables_of(table)
            await self.cluster.deflate(tables)
            for index in own:
                grown += await self.made(index, tables, shares[index.name])
            grown += tables
        await self.cluster.inflate(grown)
        for index in indexes:
            if index.name in self.tried:
                await tell_folded(self.cluster, index)
        # A session keeps files open, and with them their old length.
        await self.planner.invalidate()
        await self.read_indexes()
        self.off = None

    async def made(
        self, index: AddIndex, tables: Sequence[Relation], share: float
    ) -> list[Relation]:
        """Make one candidate on empty tables; return its parts as large as they would be."""
        ddl = index.ddl.replace("CREATE INDEX CONCURRENTLY", "CREATE INDEX", 1)
        if not await ran(self.cluster.owner, ddl):
            self.refused.add(index.name)
            return []
        rows_of = {table.name: max(table.tuples, 0.0) * share for table in tables}
        version = self.cluster.snapshot.server.version
        parts = [
            tree.sized(rows_of[tree.table], version)
            for tree in await trees_of(self.cluster.admin, index)
            if tree.table in rows_of
        ]
        self.sizes[index.name] = BLOCK * sum(relation.blocks for relation in parts)
        self.tried[index.name] = index
        return parts

    async def read_indexes(self) -> None:
        """Read which indexes there are."""
        found = await rows(self.cluster.admin, INDEXES)
        names = {oid: name for name, oid, _, _ in found}
        self.indexes = {
            name: Made(names.get(root, name), oid, leading) for name, oid, leading, root in found
        }

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
