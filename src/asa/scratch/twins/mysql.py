"""The MySQL and MariaDB twin: a sample of the rows on a throwaway server of the same make.

Statistics alone mislead these planners, which look into the tables themselves for ranges. So
the twin holds some of the real rows, in its private directory and no longer than it lives.
Indexes to try are really made there.
"""

import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from math import log2
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.engine import connection_to
from asa.database.mysql.explain import explain
from asa.database.mysql.schema import quoted
from asa.database.mysql.server import read_server
from asa.database.mysql.statistics import SampledTable, read_settings, rows, sample, sampled_tables
from asa.database.url import parse_url
from asa.model.finding import Unproved
from asa.model.fix import AddIndex
from asa.model.plan import NotPlanned, Plan
from asa.model.record import Parameters
from asa.model.server import Server
from asa.scratch.start import is_mariadb, start_server
from asa.scratch.twins.mysql_sample import copied, ran, setting, unfit

__all__ = ["MysqlTwin", "mysql_twin"]

WRITE_COST, WRITE_COST_MS = 2.0, 0.02
ROW_BYTES, KEY_BYTES, PAGE_FILL = 14, 12, 0.7
SORTED_ROW_COST = 0.05
FIRST_ROWS = 100.0
"""What a statement with LIMIT reads of an order that an index gives."""

SORTS = frozenset({"filesort", "temporary table"})
# What the planner says when it looked a constant up and found no row.
EMPTY = re.compile(r"impossible where|no matching row", re.IGNORECASE)

INDEXES = """
SELECT DISTINCT index_name, table_name FROM information_schema.statistics
WHERE table_schema = DATABASE() AND index_name <> 'PRIMARY'
"""


@dataclass(slots=True)
class MysqlTwin:
    """A sample of a database that plans as the whole does.

    Attributes:
        connection: To the sample, for making and hiding indexes.
        planner: To the sample, with the settings of the server's sessions.
        server: Where the rows are from.
        about: Where they are now.
        tables: What was copied.
        missing: What could not be.
        places: The table of each index.
        off: Indexes hidden now.
        tried: Candidates that were made.
        refused: Candidates that could not be.
    """

    connection: AsyncConnection
    planner: AsyncConnection
    server: Server
    about: Server
    tables: Sequence[SampledTable]
    missing: Sequence[str]
    places: dict[str, list[str]] = field(default_factory=dict)
    off: set[str] = field(default_factory=set)
    tried: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)

    def label(self, tables: Collection[str] = ()) -> str:
        """Return how a proof about some tables names this twin."""
        text = f"{self.about.flavour} {minor(self.about)}"
        if minor(self.about) != minor(self.server):
            text += f", server is {minor(self.server)}"
        share = self.smallest(tables)
        return f"twin ({text}), {'all rows copied' if share == 1 else f'sample of {shown(share)}'}"

    def smallest(self, tables: Collection[str] = ()) -> float:
        """Return the smallest share that was copied of some tables, or of all."""
        wanted = {name.lower() for name in tables}
        shares = [t.share for t in self.tables if not wanted or t.name.lower() in wanted]
        return min(shares, default=1.0)

    @property
    def costs_sorts(self) -> bool:
        """The costs are of a sample, and neither server counts a filesort."""
        return False

    @property
    def write_cost(self) -> float:
        """One page found and one written; from MariaDB 11 on a cost is in milliseconds."""
        timed = is_mariadb(self.about) and self.about.version >= (11,)
        return WRITE_COST_MS if timed else WRITE_COST

    def weigh(
        self,
        plan: Plan,
        *,
        limited: bool = False,
        names: Mapping[str, str] = MappingProxyType({}),  # noqa: ARG002
        equal: Mapping[str, Collection[str]] = MappingProxyType({}),  # noqa: ARG002
    ) -> float:
        """Return the planner's cost with that of sorting, which it does not count itself."""
        return weight(plan, limited=limited) / self.smallest()

    async def prepare(self, indexes: Sequence[AddIndex]) -> None:
        """Do nothing: each is made when it is tried."""

    async def size(self, index: AddIndex) -> int:
        """Estimate the bytes of an index from the types of its columns."""
        found = next((t for t in self.tables if t.name.lower() == index.table.lower()), None)
        entry = ROW_BYTES + KEY_BYTES * len(index.keys)
        return round((found.rows if found else 0) * entry / PAGE_FILL)

    async def plan(
        self,
        sql: str,
        parameters: Parameters,
        *,
        added: Sequence[AddIndex] = (),
        hidden: Sequence[str] = (),
    ) -> Plan | NotPlanned:
        """Plan a statement as if the indexes added were there and those hidden were not."""
        for index in added:
            if index.name not in self.tried | self.refused:
                await self.add(index)
            if index.name in self.refused:
                return NotPlanned("the twin could not make the index")
        wanted = {index.name for index in added}
        await self.switch((self.tried - wanted) | set(hidden))
        answer = await explain(self.planner, sql, parameters)
        if isinstance(answer, NotPlanned):
            lacking = f"; the twin lacks {', '.join(self.missing)}" if self.missing else ""
            return NotPlanned(answer.reason + lacking)
        if self.smallest() < 1 and any(EMPTY.match(node.kind) for node in answer.walk()):
            return NotPlanned("the sample lacks the rows that it asks for")
        return answer

    def share(self, index: AddIndex, equal: int) -> float | None:  # noqa: ARG002  (a cost says more)
        """Return None: this twin judges by cost."""
        return None

    async def switch(self, off: set[str]) -> None:
        """Hide some indexes from the planner and show all others."""
        hide, show = (
            ("IGNORED", "NOT IGNORED") if is_mariadb(self.about) else ("INVISIBLE", "VISIBLE")
        )
        for name in sorted(self.off ^ off):
            state = hide if name in off else show
            for table in self.places.get(name, ()):
                alter = f"ALTER TABLE {quoted(table)} ALTER INDEX {quoted(name)} {state}"
                await self.connection.exec_driver_sql(alter.replace("%", "%%"))
        self.off = off

    async def add(self, index: AddIndex) -> None:
        """Make a candidate and measure its table again."""
        if await ran(self.connection, index.ddl):
            await ran(self.connection, f"ANALYZE TABLE {quoted(index.table)}")
            self.tried.add(index.name)
        else:
            self.refused.add(index.name)
        await self.read_indexes()

    async def read_indexes(self) -> None:
        """Read which indexes there are."""
        self.places = {}
        for name, table in await rows(self.connection, INDEXES):
            self.places.setdefault(name, []).append(table)


@asynccontextmanager
async def mysql_twin(
    source: AsyncConnection,
    candidates: Sequence[AddIndex],
    tables: Collection[str],
    rows: Mapping[str, int] = MappingProxyType({}),
) -> AsyncIterator[MysqlTwin | Unproved]:
    """Copy a sample of some tables to a throwaway server, or say why there is none.

    There is none for `rows` that are not there: this planner looks at the rows themselves.
    """
    server = await read_server(source)
    reason = await unfit(server)
    if reason is None and rows:
        reason = f"the planner of {server.flavour} looks at rows, and those of --rows are not there"
    if reason is not None:
        yield Unproved(reason)
        return
    found, missing = await sampled_tables(source, frozenset(tables))
    scratch = await start_server("mysql", like=server)
    try:
        copy = parse_url(await scratch.create_database())
        async with (
            connection_to(copy, autocommit=True) as connection,
            connection_to(copy) as planner,
        ):
            lacking = await copied(connection, found, lambda table: sample(source, table))
            for name, value in (await read_settings(source)).items():
                await ran(planner, f"SET SESSION {name} = {setting(value)}")
            await planner.rollback()
            lacks = (*missing, *lacking)
            twin = MysqlTwin(connection, planner, server, scratch.about, found, lacks)
            for index in candidates:
                await twin.add(index)
            await twin.read_indexes()
            yield twin
    finally:
        await scratch.stop()


def weight(plan: Plan, *, limited: bool) -> float:
    """Return a plan's cost with that of sorting, or of the first rows that need no sorting."""
    nodes = list(plan.walk())
    rows = max((node.rows or 1.0 for node in nodes if node.table), default=1.0)
    cost = plan.cost or 0.0
    if any(node.kind in SORTS for node in nodes):
        return cost + rows * log2(rows + 1) * SORTED_ROW_COST
    return cost * min(1.0, FIRST_ROWS / rows) if limited else cost


def minor(server: Server) -> str:
    """Return a version up to its second number: `10.11`."""
    return ".".join(map(str, server.version[:2]))


def shown(share: float) -> str:
    """Return a share for the screen: `5%`, `2.5%`, `0.1%`."""
    return f"{share * 100:.2g}%"
