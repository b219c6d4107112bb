"""The SQLite twin: an in-memory database with the real schema and the real statistics.

It holds no rows. SQLite's planner looks only at the schema and at `sqlite_stat1` (and
`sqlite_stat4` where it is compiled in), which `ANALYZE sqlite_schema` loads, so the twin
plans as the real database does (https://www.sqlite.org/fileformat2.html#stat1tab).
"""

import sqlite3
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from math import prod
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.foreign_sql import MISFIT, refusal
from asa.database.sqlite.explain import asked, plan_of_rows
from asa.database.sqlite.schema import quoted
from asa.database.sqlite.snapshot import STATISTICS, count_rows
from asa.model.fix import AddIndex
from asa.model.plan import NotPlanned, Plan, PlanNode
from asa.model.record import Parameters
from asa.scratch.twins.sqlite_sample import Sample, sampled_all, shares_of_existing
from asa.scratch.twins.sqlite_weight import FILTERED, UNKNOWN_ROWS, Reading

__all__ = ["SqliteTwin", "sqlite_twin"]

WRITE_COST = 2.0
ROW_BYTES, KEY_BYTES = 10, 12
KEY_SHARE, RANGE_SHARE = 0.01, 0.25
"""What is left where nothing is known: by a key's value, by a range."""
MEASURED = "SELECT tbl, max(CAST(stat AS INTEGER)) FROM sqlite_stat1 GROUP BY tbl"
TABLES = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
)
OBJECTS = """
SELECT sql FROM sqlite_master
WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    AND type IN ('table', 'index', 'view')
ORDER BY CASE type WHEN 'table' THEN 1 WHEN 'index' THEN 2 ELSE 3 END, rowid
"""


@dataclass(frozen=True, slots=True)
class SqliteTwin:
    """An empty copy of a SQLite database that plans as the real one does.

    Attributes:
        samples: By the name of a candidate index.
        measured: Tables whose statistics were copied; the planner knows nothing of others.
        missing: Objects of the real schema that could not be copied.
        rows: Of each table.
        shares: Of each index that ANALYZE or a sample measured, the share of the rows that
            one value of each prefix of its key leaves.
        columns: By (table, column) in lower case, the same of a candidate's first column.
    """

    database: sqlite3.Connection
    samples: Mapping[str, Sample] = field(default_factory=dict)
    measured: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)
    shares: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    columns: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def label(self, tables: Collection[str] = ()) -> str:  # noqa: ARG002  (one word for all)
        """Return how a proof names this twin."""
        return "SQLite twin"

    @property
    def costs_sorts(self) -> bool:
        """SQLite tells no costs."""
        return False

    @property
    def write_cost(self) -> float:
        """One page found and one written."""
        return WRITE_COST

    def weigh(
        self,
        plan: Plan,
        *,
        limited: bool = False,
        names: Mapping[str, str] = MappingProxyType({}),
        equal: Mapping[str, Collection[str]] = MappingProxyType({}),
    ) -> float:
        """Count the rows and pages that a plan reads, and the rows that it sorts."""
        sizes = {
            **{name.lower(): count for name, count in self.rows.items()},
            **{alias: self.rows.get(table, UNKNOWN_ROWS) for alias, table in names.items()},
        }
        reading = Reading(
            sizes,
            self.left,
            lambda node: self.met(node, equal, names),
            self.seeks,
            limited=limited,
        )
        return reading.weight(plan)

    def met(
        self, node: PlanNode, equal: Mapping[str, Collection[str]], names: Mapping[str, str]
    ) -> float:
        """Return the share of what a step reads that has the values its index does not find."""
        condition = (node.condition or "").lower()
        if "rowid=?" in condition:
            return 1.0
        name = (node.alias or node.table or "").lower()
        table = names.get(name, name).lower()
        left = (column for column in equal.get(name, ()) if column not in condition)
        return prod(self.columns.get((table, column), FILTERED) for column in left)

    def seeks(self, node: PlanNode) -> float:
        """Return how often a search begins anew, where it skips the first columns of an index."""
        skipped = (node.condition or "").count("ANY(")
        known = self.shares.get(node.index or "", ())
        return 1 / known[skipped - 1] if 0 < skipped <= len(known) else 1.0

    def left(self, node: PlanNode) -> float:
        """Return the share of a table's rows that a search by an index leaves."""
        if "rowid=?" in (node.condition or ""):
            return 0.0
        condition = node.condition or ""
        equal = condition.count("=?") + condition.count("ANY(")
        sample = self.samples.get(node.index or "")
        if sample is not None and sample.rows:
            distinct = sample.distinct[min(equal, len(sample.distinct)) - 1] if equal else 1
            return 1 / max(distinct, 1) * (RANGE_SHARE if ">" in str(node.condition) else 1)
        known = self.shares.get(node.index or "")
        if known and equal:
            return known[min(equal, len(known)) - 1] * self.seeks(node)
        return KEY_SHARE if equal else RANGE_SHARE

    async def prepare(self, indexes: Sequence[AddIndex]) -> None:
        """Do nothing: each is made when it is tried."""

    async def size(self, index: AddIndex) -> int:
        """Estimate the bytes of an index from its table's rows."""
        sample = self.samples.get(index.name)
        rows = sample.rows if sample else self.rows.get(index.table, 0)
        held = sample.held if sample else 1.0
        return round(rows * held * (ROW_BYTES + KEY_BYTES * len(index.keys)))

    async def plan(
        self,
        sql: str,
        parameters: Parameters,
        *,
        added: Sequence[AddIndex] = (),
        hidden: Sequence[str] = (),
    ) -> Plan | NotPlanned:
        """Plan a statement as if the indexes added were there and those hidden were not."""
        reason = refusal(sql)
        if reason:
            return NotPlanned(reason)
        try:
            text, values = asked(sql, parameters)
            with self.changed(added, hidden):
                return plan_of_rows(self.database.execute(text, values).fetchall())
        except LookupError:
            return NotPlanned(MISFIT)
        except (sqlite3.Error, sqlite3.Warning) as error:
            return NotPlanned(f"the twin refused it: {type(error).__name__}")

    def share(self, index: AddIndex, equal: int) -> float | None:
        """Return the share of the rows that one value of the first `equal` columns leaves."""
        sample = self.samples.get(index.name)
        if sample is None or not sample.rows or not 0 < equal <= len(sample.distinct):
            return None
        return 1 / max(sample.distinct[equal - 1], 1)

    @contextmanager
    def changed(self, added: Sequence[AddIndex], hidden: Sequence[str]) -> Iterator[None]:
        """Change the indexes for the time of the block."""
        self.database.execute("BEGIN")
        try:
            for index in added:
                self.database.execute(index.ddl)
                sample = self.samples.get(index.name)
                if sample and index.table in self.measured:
                    self.database.execute(
                        "INSERT INTO sqlite_stat1 VALUES (?, ?, ?)",
                        (index.table, index.name, sample.statistics()),
                    )
            for name in hidden:
                self.database.execute(f"DROP INDEX {quoted(name)}")
            if added and self.measured:
                self.database.execute("ANALYZE sqlite_schema")
            yield
        finally:
            # Rolling back makes SQLite read the schema and its statistics anew.
            self.database.execute("ROLLBACK")


@asynccontextmanager
async def sqlite_twin(
    source: AsyncConnection,
    candidates: Sequence[AddIndex] = (),
    tables: Collection[str] = (),  # noqa: ARG001  (all are copied)
    rows: Mapping[str, int] = MappingProxyType({}),
) -> AsyncIterator[SqliteTwin]:
    """Copy schema and statistics of a SQLite database into a twin.

    The candidates' columns are sampled in the source (10,000 rows of each table), so that
    the twin knows of a new index what ANALYZE would find. `rows` stands for what some tables
    have.
    """
    # A cached EXPLAIN is not prepared anew when an index is dropped: its plan would be stale.
    database = sqlite3.connect(":memory:", isolation_level=None, cached_statements=0)
    try:
        missing = await copy_schema(source, database)
        measured = await copy_statistics(source, database)
        counts = {**await row_counts(source, database), **rows}
        samples = await sampled_all(source, candidates, counts)
        unmeasured = {index.table for index in candidates} - measured
        guessed = await shares_of_existing(source, database, unmeasured, counts)
        yield SqliteTwin(
            database,
            {name: sample for name, sample in samples.items() if sample},
            measured,
            missing,
            counts,
            {**guessed, **index_shares(database)},
            column_shares(candidates, samples),
        )
    finally:
        database.close()


async def copy_schema(source: AsyncConnection, database: sqlite3.Connection) -> tuple[str, ...]:
    """Create what the source holds; return the statements that could not be run here."""
    statements = (await source.exec_driver_sql(OBJECTS)).scalars()
    return tuple(sql for sql in statements if not created(database, sql))


def created(database: sqlite3.Connection, sql: str) -> bool:
    """Run a CREATE statement; tell whether it could be run."""
    try:
        database.execute(sql)
    except sqlite3.Error:
        return False
    return True


async def copy_statistics(source: AsyncConnection, database: sqlite3.Connection) -> frozenset[str]:
    """Copy the planner's statistics and make SQLite load them; return the tables they cover."""
    tables: set[str] = set()
    database.execute("ANALYZE")
    for name in STATISTICS:
        present = f"SELECT 1 FROM sqlite_master WHERE name = '{name}'"  # noqa: S608  (asa's own constant)
        if not (await source.exec_driver_sql(present)).all():
            continue
        if not database.execute(present).fetchall():
            continue
        rows = (await source.exec_driver_sql(f"SELECT * FROM {name}")).all()  # noqa: S608
        for row in rows:
            tables.add(row[0])
            marks = ", ".join("?" * len(row))
            database.execute(f"INSERT INTO {name} VALUES ({marks})", tuple(row))  # noqa: S608
    database.execute("ANALYZE sqlite_schema")
    return frozenset(tables)


async def row_counts(source: AsyncConnection, database: sqlite3.Connection) -> dict[str, int]:
    """Return the rows of every table, measured or else counted."""
    measured = dict(database.execute(MEASURED).fetchall())
    names = [name for (name,) in database.execute(TABLES).fetchall()]
    return {name: measured.get(name) or await count_rows(source, name) for name in names}


def index_shares(database: sqlite3.Connection) -> dict[str, tuple[float, ...]]:
    """Return what one value of each prefix of a measured index's key leaves."""
    shares = {}
    for name, text in database.execute("SELECT idx, stat FROM sqlite_stat1 WHERE idx NOT NULL"):
        numbers = [int(word) for word in str(text).split() if word.isdigit()]
        if len(numbers) > 1 and numbers[0]:
            shares[name] = tuple(number / numbers[0] for number in numbers[1:])
    return shares


def column_shares(
    candidates: Sequence[AddIndex], samples: Mapping[str, Sample | None]
) -> dict[tuple[str, str], float]:
    """Return what one value of the first column of each whole candidate leaves."""
    shares = {}
    for index in candidates:
        sample = samples.get(index.name)
        if sample and index.where is None and not index.keys[0].expression:
            place = (index.table.lower(), index.keys[0].name.lower())
            shares[place] = 1 / max(sample.distinct[0], 1)
    return shares
