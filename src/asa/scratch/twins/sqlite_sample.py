"""What a sample of a SQLite table's rows tells of the keys of an index."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.sqlite.schema import quoted
from asa.database.sqlite.snapshot import SAMPLE_ROWS
from asa.model.fix import AddIndex, IndexKey, keys

__all__ = ["Sample", "sampled_all", "shares_of_existing"]

Prefix = tuple[str, tuple[IndexKey, ...], str | None]


@dataclass(frozen=True, slots=True)
class Sample:
    """What a sample of a table tells of an index's key.

    Attributes:
        rows: Estimated rows of the whole table.
        distinct: Estimated distinct values of each prefix of the key.
        held: Share of the rows that the index holds; below 1 where it has a condition.
    """

    rows: int
    distinct: tuple[float, ...]
    held: float = 1.0

    def statistics(self) -> str:
        """Return the numbers that ANALYZE would write to `sqlite_stat1`."""
        rows = max(1, round(self.rows * self.held))
        per_key = (max(1, round(rows / max(count, 1))) for count in self.distinct)
        return " ".join(str(number) for number in (rows, *per_key))


async def sampled_all(
    source: AsyncConnection, candidates: Sequence[AddIndex], rows: Mapping[str, int]
) -> dict[str, Sample | None]:
    """Sample the keys of candidates, each prefix once; `rows` are those of each table."""
    known: dict[Prefix, tuple[int, int, int]] = {}
    for index in candidates:
        for width in range(1, len(index.keys) + 1):
            prefix = (index.table, index.keys[:width], index.where)
            if prefix not in known:
                known[prefix] = await counted_keys(source, *prefix)
    samples = {}
    for index in candidates:
        held = await held_share(source, index) if index.where else 1.0
        counts = [
            known[index.table, index.keys[:width], index.where]
            for width in range(1, len(index.keys) + 1)
        ]
        samples[index.name] = sampled(rows.get(index.table, 0), held, counts)
    return samples


def sampled(rows: int, held: float, counts: Sequence[tuple[int, int, int]]) -> Sample | None:
    """Return what counts of each prefix of a key tell; None for an empty table."""
    read = counts[0][0]
    if not read:
        return None
    inside = max(rows * held, read)
    estimates = tuple(distinct(inside, count, seen, once) for count, seen, once in counts)
    return Sample(max(rows, read), estimates, held)


async def held_share(source: AsyncConnection, index: AddIndex) -> float:
    """Return the share of a sample's rows for which an index's condition holds."""
    sample = f"SELECT * FROM {quoted(index.table)} LIMIT {SAMPLE_ROWS}"  # noqa: S608  (the name is quoted)
    counted = f"SELECT avg(({index.where}) IS TRUE) FROM ({sample})"  # noqa: S608
    return float((await source.exec_driver_sql(counted)).scalar_one() or 0.0)


async def shares_of_existing(
    source: AsyncConnection,
    database: sqlite3.Connection,
    tables: Collection[str],
    rows: Mapping[str, int],
) -> dict[str, tuple[float, ...]]:
    """Return what one value of each prefix of the indexes of some tables leaves, by a sample."""
    existing = [
        AddIndex(table, keys(*columns), name, "")
        for table in tables
        for name, columns in plain_indexes(database, table)
    ]
    samples = await sampled_all(source, existing, rows)
    return {
        name: tuple(1 / max(count, 1) for count in sample.distinct)
        for name, sample in samples.items()
        if sample
    }


def plain_indexes(database: sqlite3.Connection, table: str) -> list[tuple[str, list[str]]]:
    """Return name and columns of the indexes of a table over all rows and plain columns."""
    listed = database.execute(f"PRAGMA index_list({quoted(table)})").fetchall()
    found = []
    for _, name, _, _, partial in listed:
        columns = [row[2] for row in database.execute(f"PRAGMA index_info({quoted(name)})")]
        if not partial and all(columns):
            found.append((name, columns))
    return found


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


def distinct(rows: float, read: int, seen: int, once: int) -> float:
    """Estimate the distinct values of a table from a sample.

    Haas and Stokes, "Estimating the number of classes in a finite population", JASA 93
    (1998), the estimator Duj1, which PostgreSQL's ANALYZE uses too.
    """
    return read * seen / (read - once + once * read / rows)
