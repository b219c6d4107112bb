"""The SQLite twin: an in-memory database with the real schema and the real statistics.

It holds no rows. SQLite's planner looks only at the schema and at `sqlite_stat1` (and
`sqlite_stat4` where it is compiled in), which `ANALYZE sqlite_schema` loads, so the twin
plans as the real database does (https://www.sqlite.org/fileformat2.html#stat1tab).
"""

import sqlite3
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.foreign_sql import MISFIT, refusal
from asa.database.sqlite.explain import asked, plan_of_rows
from asa.database.sqlite.schema import quoted
from asa.model.fix import AddIndex, IndexKey
from asa.model.plan import NotPlanned, Plan
from asa.model.record import Parameters

__all__ = ["SqliteTwin", "sqlite_twin"]

SAMPLE_ROWS = 10_000
STATISTICS = ("sqlite_stat1", "sqlite_stat4")
OBJECTS = """
SELECT sql FROM sqlite_master
WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    AND type IN ('table', 'index', 'view')
ORDER BY CASE type WHEN 'table' THEN 1 WHEN 'index' THEN 2 ELSE 3 END, rowid
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """What a sample of a table tells of an index's key.

    Attributes:
        rows: Estimated rows of the whole table.
        distinct: Estimated distinct values of each prefix of the key.
    """

    rows: int
    distinct: tuple[float, ...]

    def statistics(self) -> str:
        """Return the numbers that ANALYZE would write to `sqlite_stat1`."""
        per_key = (max(1, round(self.rows / max(count, 1))) for count in self.distinct)
        return " ".join(str(number) for number in (self.rows, *per_key))


@dataclass(frozen=True, slots=True)
class SqliteTwin:
    """An empty copy of a SQLite database that plans as the real one does.

    Attributes:
        samples: By the name of a candidate index.
        measured: Tables whose statistics were copied; the planner knows nothing of others.
        missing: Objects of the real schema that could not be copied.
    """

    database: sqlite3.Connection
    samples: Mapping[str, Sample] = field(default_factory=dict)
    measured: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Return how a proof names this twin."""
        return "SQLite twin"

    @property
    def costs_sorts(self) -> bool:
        """SQLite tells no costs."""
        return False

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
) -> AsyncIterator[SqliteTwin]:
    """Copy schema and statistics of a SQLite database into a twin.

    The candidates' columns are sampled in the source (10,000 rows of each table), so that
    the twin knows of a new index what ANALYZE would find.
    """
    # A cached EXPLAIN is not prepared anew when an index is dropped: its plan would be stale.
    database = sqlite3.connect(":memory:", isolation_level=None, cached_statements=0)
    try:
        missing = await copy_schema(source, database)
        measured = await copy_statistics(source, database)
        samples = {index.name: await sampled(source, index, database) for index in candidates}
        yield SqliteTwin(
            database,
            {name: sample for name, sample in samples.items() if sample},
            measured,
            missing,
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


async def sampled(
    source: AsyncConnection, index: AddIndex, database: sqlite3.Connection
) -> Sample | None:
    """Sample the key of a candidate; None for an empty table."""
    known = database.execute(
        "SELECT max(CAST(stat AS INTEGER)) FROM sqlite_stat1 WHERE tbl = ?", (index.table,)
    ).fetchone()[0]
    counts = [
        await counted_keys(source, index.table, index.keys[:width], index.where)
        for width in range(1, len(index.keys) + 1)
    ]
    read = counts[0][0]
    if not read:
        return None
    rows = max(known or 0, read)
    return Sample(rows, tuple(distinct(rows, read, seen, once) for _, seen, once in counts))


async def counted_keys(
    source: AsyncConnection, table: str, keys: Sequence[IndexKey], where: str | None
) -> tuple[int, int, int]:
    """Return the rows read of a sample, its distinct keys, and those seen once."""
    listed = [key.name if key.expression else quoted(key.name) for key in keys]
    named = ", ".join(f"{text} AS k{place}" for place, text in enumerate(listed))
    groups_by = ", ".join(f"k{place}" for place in range(len(listed)))
    condition = f" WHERE {where}" if where else ""
    sample = f"SELECT {named} FROM {quoted(table)}{condition} LIMIT {SAMPLE_ROWS}"  # noqa: S608  (all names are quoted)
    groups = f"SELECT count(*) AS n FROM ({sample}) GROUP BY {groups_by}"  # noqa: S608
    result = await source.exec_driver_sql(
        f"SELECT coalesce(sum(n), 0), count(*), coalesce(sum(n = 1), 0) FROM ({groups})"  # noqa: S608
    )
    counts = [int(count) for count in tuple(result.one())]
    return counts[0], counts[1], counts[2]


def distinct(rows: int, read: int, seen: int, once: int) -> float:
    """Estimate the distinct values of a table from a sample.

    Haas and Stokes, "Estimating the number of classes in a finite population", JASA 93
    (1998), the estimator Duj1, which PostgreSQL's ANALYZE uses too.
    """
    return read * seen / (read - once + once * read / rows)
