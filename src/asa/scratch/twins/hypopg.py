"""The real database as its own twin: HypoPG makes indexes there that only EXPLAIN sees.

They live in the memory of asa's own session, which no other one sees, and end with it.
https://hypopg.readthedocs.io
"""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.load import Load
from asa.database.postgresql.explain import explain
from asa.database.postgresql.schema import quoted
from asa.model.fix import AddIndex
from asa.model.plan import NotPlanned, Plan, PlanNode
from asa.model.record import Parameters
from asa.scratch.twins.planner import PostgresqlPlanner

__all__ = ["HypopgTwin", "hypopg_twin"]

EXTENSION = """
SELECT n.nspname, e.extversion,
       to_regprocedure(format('%I.hypopg_hide_index(oid)', n.nspname)) IS NOT NULL
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'hypopg'
"""
HIDDEN = "SELECT to_regclass($1)::oid"


@dataclass(slots=True)
class HypopgTwin(PostgresqlPlanner):
    """A real PostgreSQL, planned on with indexes that are not there.

    Attributes:
        connection: Of asa's own session there.
        schema: Where the extension's functions are, quoted.
        version: Of the extension.
        hides: Whether it can hide an index that is there.
        made: Names of the indexes made now, by the names that plans show.
        state: Names of those made and hidden now.
        sizes: Bytes of each candidate, by name.
        load: What the database has planned, and may in all.
    """

    connection: AsyncConnection
    schema: str
    version: str
    hides: bool
    made: dict[str, str] = field(default_factory=dict)
    state: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
    sizes: dict[str, int] = field(default_factory=dict)
    load: Load = field(default_factory=Load)

    def label(self, tables: Collection[str] = ()) -> str:  # noqa: ARG002  (all are the real ones)
        """Return how a proof names it."""
        return f"hypopg {self.version}"

    async def prepare(self, indexes: Sequence[AddIndex]) -> None:
        """Do nothing: each is made when it is tried."""

    async def size(self, index: AddIndex) -> int:
        """Return HypoPG's estimate in bytes, which is rather too much than too little."""
        if index.name not in self.sizes:
            await self.change([index], ())
            await self.connection.rollback()
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
        try:
            if not await self.change(added, hidden):
                return NotPlanned("HypoPG could not make or hide the index")
            answer = await self.load.planned(partial(explain, self.connection, sql, parameters))
        finally:
            await self.connection.rollback()
        if isinstance(answer, NotPlanned):
            return answer
        nodes = tuple(self.named(node) for node in answer.nodes)
        return replace(answer, nodes=nodes, lines=tuple(map(self.renamed, answer.lines)))

    def share(self, index: AddIndex, equal: int) -> float | None:  # noqa: ARG002  (a cost says more)
        """Return None: costs judge here."""
        return None

    async def change(self, added: Sequence[AddIndex], hidden: Sequence[str]) -> bool:
        """Make and hide just these indexes; tell whether all of it could be done.

        What is made lives in the session, not in the transaction, which the caller ends.
        """
        wanted = (frozenset(index.name for index in added), frozenset(hidden))
        if wanted == self.state:
            return True
        if hidden and not self.hides:
            return False
        try:
            await self.reset()
            for index in added:
                await self.make(index)
            for name in hidden:
                await self.hide(name)
        except DBAPIError:
            await self.connection.rollback()
            await self.reset()
            return False
        self.state = wanted
        return True

    async def reset(self) -> None:
        """Forget all indexes made and hidden."""
        await self.connection.exec_driver_sql(f"SELECT {self.schema}.hypopg_reset()")
        if self.hides:
            await self.connection.exec_driver_sql(
                f"SELECT {self.schema}.hypopg_unhide_all_indexes()"
            )
        self.made, self.state = {}, (frozenset(), frozenset())

    async def make(self, index: AddIndex) -> None:
        """Make one index that only this session's EXPLAIN sees."""
        ddl = index.ddl.replace("CREATE INDEX CONCURRENTLY", "CREATE INDEX", 1)
        made = await self.connection.exec_driver_sql(
            f"SELECT indexname, {self.schema}.hypopg_relation_size(indexrelid) "  # noqa: S608  (the schema is quoted)
            f"FROM {self.schema}.hypopg_create_index($1)",
            (ddl,),
        )
        name, size = tuple(made.one())
        self.made[name] = index.name
        self.sizes[index.name] = int(size)

    async def hide(self, name: str) -> None:
        """Hide one index that is there."""
        oid = (await self.connection.exec_driver_sql(HIDDEN, (quoted(name),))).scalar_one()
        await self.connection.exec_driver_sql(
            f"SELECT {self.schema}.hypopg_hide_index($1::oid)", (oid,)
        )

    def named(self, node: PlanNode) -> PlanNode:
        """Return a node with the name that the index would have."""
        return replace(
            node,
            index=self.made.get(node.index or "", node.index),
            children=tuple(self.named(child) for child in node.children),
        )

    def renamed(self, line: str) -> str:
        """Return a line of a plan with the names that the indexes would have."""
        for shown, name in self.made.items():
            line = line.replace(shown, name)
        return line


@asynccontextmanager
async def hypopg_twin(source: AsyncConnection) -> AsyncIterator[HypopgTwin | None]:
    """Use HypoPG behind a connection; None where it is not installed there."""
    found = (await source.exec_driver_sql(EXTENSION)).first()
    await source.rollback()
    if found is None:
        yield None
        return
    schema, version, hides = tuple(found)
    twin = HypopgTwin(source, quoted(schema), version, hides)
    try:
        yield twin
    finally:
        if not source.invalidated:
            await twin.reset()
            await source.rollback()
