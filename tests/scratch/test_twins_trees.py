"""The B-trees of a PostgreSQL twin: as high as the real ones, sound, and empty."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.engine import connection_to
from asa.database.postgresql.explain import explain
from asa.database.postgresql.statistics import read_snapshot
from asa.database.url import DatabaseUrl, parse_url
from asa.model.fix import AddIndex, keys
from asa.model.plan import Plan
from asa.model.snapshot import Snapshot
from asa.scratch import Server
from asa.scratch.twins import PostgresqlTwin, postgresql_twin

FILLED = (
    "CREATE EXTENSION pageinspect",
    "CREATE EXTENSION amcheck",
    """
    CREATE TABLE things (
        id int PRIMARY KEY, few int, big bigint, name text, long text, at timestamptz)
    """,
    """
    INSERT INTO things SELECT i, i % 70, (i::bigint * 7919) % 150000, md5(i::text),
    repeat(md5(i::text), 10), timestamptz '2026-01-01' + i * interval '1 min'
    FROM generate_series(1, 150000) i
    """,
    "CREATE TABLE parts (id int PRIMARY KEY, thing_id int REFERENCES things)",
    "INSERT INTO parts SELECT i, i FROM generate_series(1, 300) i",
    "CREATE TABLE none (id int PRIMARY KEY)",
    "CREATE INDEX ix_few ON things (few)",
    "CREATE INDEX ix_big ON things (big)",
    "CREATE INDEX ix_name ON things (name)",
    "CREATE INDEX ix_long ON things (long)",
    "CREATE INDEX ix_two ON things (few, at DESC)",
    "CREATE INDEX ix_payload ON things (id) INCLUDE (long)",
    "CREATE INDEX ix_lower ON things (lower(long))",
    "CREATE INDEX ix_some ON things (at) WHERE few = 3",
    "CREATE INDEX ix_hash ON things USING hash (big)",
    # Of every row: what is measured of a few differs from time to time.
    "SET default_statistics_target = 600",
    "VACUUM ANALYZE",
)
HEIGHTS = """
SELECT i.relname, (bt_metap(i.oid::regclass::text)).fastlevel
FROM pg_class i JOIN pg_am m ON m.oid = i.relam AND m.amname = 'btree'
WHERE i.relnamespace = 'public'::regnamespace ORDER BY 1
"""
SOUND = """
SELECT bt_index_parent_check(i.oid::regclass, true)
FROM pg_class i JOIN pg_am m ON m.oid = i.relam AND m.amname = 'btree'
WHERE i.relnamespace = 'public'::regnamespace
"""
TRIED = AddIndex("things", keys("name", "few"), "c", "CREATE INDEX c ON things (name, few)")
LOOKUPS = (
    "SELECT * FROM things WHERE id = 7",
    "SELECT * FROM parts p JOIN things t ON t.id = p.thing_id WHERE p.id < 100",
    "SELECT * FROM things t JOIN parts p ON p.id = t.id WHERE t.big < 500",
    "SELECT max(id) FROM things",
    "SELECT * FROM things WHERE name = 'x'",
    "UPDATE things SET few = 1 WHERE id = 7",
)

Filled = tuple[Snapshot, dict[str, int], list[float | None]]


async def rows(connection: AsyncConnection, sql: str) -> Sequence[Any]:
    return (await connection.exec_driver_sql(sql)).all()


@pytest.fixture(scope="module")
def filled(newest: Server) -> Filled:
    """A snapshot, the real height of each index, and what each lookup really costs."""

    async def main() -> Filled:
        async with newest.database() as url:
            return await measured(parse_url(url))

    try:
        return asyncio.run(main())
    except DBAPIError as error:
        pytest.skip(f"no extension to look into indexes: {error.orig}")


async def measured(database: DatabaseUrl) -> Filled:
    async with connection_to(database, autocommit=True) as connection:
        for statement in FILLED:
            await connection.exec_driver_sql(statement)
    async with connection_to(database) as connection:
        snapshot = await read_snapshot(connection)
        costs = [cost(await explain(connection, sql, None)) for sql in LOOKUPS]
        await connection.rollback()
        await connection.exec_driver_sql(TRIED.ddl)
        heights = dict(map(tuple, await rows(connection, HEIGHTS)))
    return snapshot, heights, costs


def cost(plan: object) -> float | None:
    assert isinstance(plan, Plan)
    return plan.cost


def test_each_is_as_high_as_the_real_one(
    filled: Filled,
) -> None:
    snapshot, real, _ = filled

    async def main() -> dict[str, int]:
        async with postgresql_twin(snapshot, [TRIED]) as twin:
            assert isinstance(twin, PostgresqlTwin)
            return dict(map(tuple, await rows(twin.cluster.admin, HEIGHTS)))

    own = asyncio.run(main())
    assert set(real.values()) >= {0, 1, 2}
    assert own == real


def test_a_search_by_key_costs_what_it_does_there(
    filled: Filled,
) -> None:
    snapshot, _, real = filled

    async def main() -> list[float | None]:
        async with postgresql_twin(snapshot) as twin:
            assert isinstance(twin, PostgresqlTwin)
            return [cost(await twin.plan(sql, None)) for sql in LOOKUPS]

    assert asyncio.run(main()) == pytest.approx(real, rel=0.01)


def test_the_server_finds_them_sound_and_nothing_in_them(
    filled: Filled,
) -> None:
    """The planner itself goes down a tree for the least and the greatest value."""
    snapshot, heights, _ = filled

    async def main() -> tuple[int, list[Any]]:
        async with postgresql_twin(snapshot, [TRIED]) as twin:
            assert isinstance(twin, PostgresqlTwin)
            checked = await rows(twin.cluster.admin, SOUND)
            await twin.cluster.admin.exec_driver_sql("SET enable_seqscan = off")
            found = [
                (await rows(twin.cluster.admin, f"SELECT {one} FROM things"))[0][0]
                for one in ("max(big)", "min(id)", "max(name)", "max(lower(long))")
            ]
            return len(checked), found

    checked, found = asyncio.run(main())
    assert checked == len(heights)
    assert found == [None] * 4
