"""The PostgreSQL twin beside the database that it stands for, filled with rows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.scratch.market import CANDIDATES, QUERIES, ROWS, SCHEMA

from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.database.postgresql.statistics import read_snapshot
from asa.database.url import DatabaseUrl, parse_url
from asa.model.finding import Unproved
from asa.model.fix import AddIndex, keys
from asa.model.plan import NotPlanned, Plan
from asa.model.server import Server as About
from asa.model.snapshot import Definition, Locale, Snapshot
from asa.scratch import Server
from asa.scratch.twins import twin_of
from asa.scratch.twins.postgresql import PostgresqlTwin, postgresql_twin

READER = "asa_reader"
STATE = """
SELECT string_agg(relname || relkind::text || relpages || reltuples, ' ' ORDER BY oid)
FROM pg_class WHERE relnamespace <> 'pg_catalog'::regnamespace AND relname !~ '^pg_'
"""


@dataclass(frozen=True)
class Market:
    """A filled market, the plans of its twin, and its own before and after the indexes."""

    about: About
    twin: list[Plan | NotPlanned]
    twin_with: list[Plan | NotPlanned]
    real: list[Plan | NotPlanned]
    real_with: list[Plan | NotPlanned]
    snapshot: Snapshot
    label: str
    missing: tuple[str, ...]
    directory: Path
    untouched: bool


@pytest.fixture(scope="module")
def modern(newest: Server) -> Market:
    """A market on the version of the twin itself."""
    return asyncio.run(market_on(newest))


@pytest.fixture(scope="module", params=["same version", "installed version"])
def market(request: pytest.FixtureRequest, modern: Market) -> Market:
    if request.param == "same version":
        return modern
    return asyncio.run(market_on(request.getfixturevalue("postgresql_server")))


async def market_on(server: Server) -> Market:
    async with server.database() as url:
        return await visited(parse_url(url), server.about)


async def visited(database: DatabaseUrl, about: About) -> Market:
    """Fill a market, plan on its twin as a reader, then on itself."""
    await run(database, *SCHEMA, *ROWS, "VACUUM ANALYZE")
    name = f"{READER}_{about.version[0]}"
    await run(
        database,
        f"CREATE ROLE {name} LOGIN PASSWORD 'swordfish'",
        f'GRANT SELECT ON ALL TABLES IN SCHEMA public, "Back Office" TO {name}',
        f'GRANT USAGE ON SCHEMA "Back Office" TO {name}',
    )
    reader = replace(database, url=database.url.set(username=name, password="swordfish"))
    before = await state(database)
    async with connection_to(reader) as connection:
        snapshot = await read_snapshot(connection)
        async with twin_of("postgresql", connection, CANDIDATES) as twin:
            assert isinstance(twin, PostgresqlTwin), twin
            own = [await twin.plan(sql, None) for sql in QUERIES]
            own_with = [await twin.plan(sql, None, added=CANDIDATES) for sql in QUERIES]
            label, missing, directory = twin.label(), twin.cluster.missing, twin.cluster.data
    untouched = await state(database) == before
    real = await plans(database)
    await run(database, *(c.ddl.replace(" CONCURRENTLY", "") for c in CANDIDATES))
    real_with = await plans(database)
    await run(database, f"DROP OWNED BY {name}", f"DROP ROLE {name}")
    return Market(
        about, own, own_with, real, real_with, snapshot, label, missing, directory, untouched
    )


async def run(database: DatabaseUrl, *statements: str) -> None:
    async with connection_to(database, autocommit=True) as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)


async def state(database: DatabaseUrl) -> object:
    async with connection_to(database) as connection:
        return (await connection.exec_driver_sql(STATE)).scalar_one()


async def plans(database: DatabaseUrl) -> list[Plan | NotPlanned]:
    explain = dialect_named("postgresql").explain
    async with connection_to(database) as connection:
        return [await explain(connection, sql, None) for sql in QUERIES]


def pairs(market: Market) -> list[tuple[str, Plan, Plan]]:
    """Return each query with the twin's plan and the real one, without and with the indexes."""
    found = []
    both = (*zip(QUERIES, market.twin, market.real, strict=True),)
    for sql, own, real in (*both, *zip(QUERIES, market.twin_with, market.real_with, strict=True)):
        assert isinstance(own, Plan), (sql, own)
        assert isinstance(real, Plan), (sql, real)
        found.append((sql, own, real))
    return found


def leaves(plan: Plan) -> list[tuple[str, ...]]:
    """Return how a plan reads each table; by which index says the line."""
    words = (line.split("  cost")[0].strip() for line in plan.lines)
    return sorted((w,) for w in words if " on " in w)


def test_the_twin_reads_every_table_as_the_real_database_does(market: Market) -> None:
    unlike = [
        (sql, own.lines, real.lines)
        for sql, own, real in pairs(market)
        if leaves(own) != leaves(real)
    ]
    assert not unlike


def test_its_costs_are_those_of_the_real_database(modern: Market) -> None:
    far = [
        (sql, own.cost, real.cost)
        for sql, own, real in pairs(modern)
        if own.cost and real.cost and not 0.9 <= own.cost / real.cost <= 1.1
    ]
    assert not far


def test_the_candidates_are_taken_where_they_would_be(market: Market) -> None:
    taken = {n.index for p in market.twin_with if isinstance(p, Plan) for n in p.walk() if n.index}
    assert {c.name for c in CANDIDATES} <= taken
    not_yet = {n.index for p in market.twin if isinstance(p, Plan) for n in p.walk()}
    assert not not_yet & {c.name for c in CANDIDATES}


def test_all_of_the_schema_came_over_and_the_label_says_whence(market: Market) -> None:
    assert market.missing == ()
    major = market.about.version[0]
    other = "" if major == 18 else f", server is {major}"
    day = market.snapshot.taken.partition(" ")[0]
    assert market.label == f"twin (PostgreSQL 18{other}, statistics of {day})"


def test_a_reader_was_enough_and_nothing_changed_nor_stays(market: Market) -> None:
    assert market.untouched
    assert not market.directory.exists()


def asked(snapshot: Snapshot, *sqls: str, added: tuple[AddIndex, ...] = ()) -> list[object]:
    """Plan statements on the twin of a snapshot."""

    async def main() -> list[object]:
        async with postgresql_twin(snapshot) as twin:
            if isinstance(twin, Unproved):
                return [twin]
            return [await twin.plan(sql, None, added=added) for sql in sqls]

    return asyncio.run(main())


def test_what_only_a_newer_planner_can_do_is_no_proof(market: Market) -> None:
    """PostgreSQL 18 skips over the few values of a leading column; 15 cannot."""
    index = AddIndex(
        "orders", keys("status", "total"), "s", "CREATE INDEX s ON orders (status, total)"
    )
    (plan,) = asked(market.snapshot, "SELECT * FROM orders WHERE total = 7", added=(index,))
    assert isinstance(plan, Plan)
    assert any(n.index == "s" for n in plan.walk()) is (market.about.version >= (18,))


def test_a_table_of_many_files_is_planned_and_indexed(modern: Market) -> None:
    """A thousand times as many rows: files of more than one segment, and no room taken."""
    grown = tuple(
        replace(r, blocks=r.blocks * 1000, pages=r.pages * 1000, tuples=r.tuples * 1000)
        if r.name == "orders"
        else r
        for r in modern.snapshot.relations
    )
    large = replace(modern.snapshot, relations=grown)
    sql = "SELECT * FROM orders WHERE total = 7 AND status = 'ok'"
    total = next(c for c in CANDIDATES if c.name == "c_total")
    small, before, after = (
        *asked(modern.snapshot, sql),
        *asked(large, sql),
        *asked(large, sql, added=(total,)),
    )
    assert isinstance(small, Plan)
    assert isinstance(before, Plan)
    assert isinstance(after, Plan)
    assert 300 < (before.cost or 0) / (small.cost or 1) < 1100
    assert (after.cost or 0) < (before.cost or 0) / 2


def test_a_partial_index_is_as_large_as_the_rows_that_it_holds(modern: Market) -> None:
    """One order in fifty is deleted."""
    on = "CREATE INDEX {} ON orders (total)"
    whole = AddIndex("orders", keys("total"), "w", on.format("w"))
    where = "deleted_at IS NOT NULL"
    part = AddIndex("orders", keys("total"), "p", f"{on.format('p')} WHERE {where}", where=where)

    async def main() -> tuple[int, int]:
        async with postgresql_twin(modern.snapshot, [whole, part]) as twin:
            assert isinstance(twin, PostgresqlTwin)
            return await twin.size(whole), await twin.size(part)

    large, small = asyncio.run(main())
    assert 20 < large / small < 80


def test_what_the_twin_lacks_is_said(modern: Market) -> None:
    postgis = Definition("extension", "postgis", "CREATE EXTENSION postgis")
    shape = Definition("table", "public.shapes", "CREATE TABLE public.shapes (g geometry)")
    lacking = replace(modern.snapshot, definitions=(*modern.snapshot.definitions, postgis, shape))
    answer, other = asked(lacking, "SELECT * FROM shapes", QUERIES[0])
    assert isinstance(answer, NotPlanned)
    assert "the twin lacks extension postgis, table public.shapes" in answer.reason
    assert isinstance(other, Plan)


def test_statistics_that_are_refused_leave_the_others_in_place(modern: Market) -> None:
    broken = {**modern.snapshot.columns[0], "relname": "orders", "null_frac": "many"}
    columns = (broken, *modern.snapshot.columns, broken)
    (plan,) = asked(replace(modern.snapshot, columns=columns), QUERIES[2])
    assert isinstance(plan, Plan)
    own = modern.twin[2]
    assert isinstance(own, Plan)
    assert plan.cost == own.cost


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"server": About("postgresql", "CockroachDB", (24,), "24.1")}, "no twin of CockroachDB"),
        ({"block_bytes": 32768}, "no twin of a server with pages of 32768 bytes"),
    ],
)
def test_where_no_twin_can_be_the_reason_is_said(change: dict[str, object], reason: str) -> None:
    server = About("postgresql", "PostgreSQL", (16,), "16.4")
    snapshot = Snapshot(server, "", Locale("libc", "C"), 8192)
    assert asked(replace(snapshot, **change), "SELECT 1") == [Unproved(reason)]  # type: ignore[arg-type]


def test_without_a_postgresql_of_the_version_needed_the_reason_says_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("asa.scratch.twins.postgresql.NEEDED", (99,))
    server = About("postgresql", "PostgreSQL", (16,), "16.4")
    (answer,) = asked(Snapshot(server, "", Locale("libc", "C"), 8192), "SELECT 1")
    assert isinstance(answer, Unproved)
    assert 'pip install "asa-toolkit[twin]"' in answer.reason


def test_like_finds_no_index_under_a_locale_that_sorts_by_language(newest: Server) -> None:
    """`LIKE 'abc%'` goes by an index under C, and by none under other locales."""

    async def main() -> tuple[list[Plan | NotPlanned], str, bool]:
        async with database_sorted_as(newest, "C.UTF-8") as database:
            await run(
                database,
                "CREATE TABLE people (name text)",
                "INSERT INTO people SELECT 'n' || i FROM generate_series(1, 20000) i",
                "CREATE INDEX ix_name ON people (name)",
                "CREATE INDEX ix_lower ON people (lower(name))",
                "ANALYZE",
            )
            async with (
                connection_to(database) as connection,
                twin_of("postgresql", connection) as twin,
            ):
                assert isinstance(twin, PostgresqlTwin)
                found = [
                    await twin.plan("SELECT * FROM people WHERE name LIKE 'n77%'", None),
                    await twin.plan("SELECT * FROM people WHERE lower(name) = 'n77'", None),
                ]
                return found, twin.label(), await privileged(twin.planner)

    (like, lower), label, superuser = asyncio.run(main())
    assert isinstance(like, Plan)
    assert like.nodes[0].kind == "Seq Scan"
    assert isinstance(lower, Plan)
    assert (lower.nodes[0].index, lower.nodes[0].rows) == ("ix_lower", 1), (
        "its statistics are there"
    )
    assert "sorted as" not in label
    assert not superuser


async def privileged(connection: AsyncConnection) -> bool:
    found = await connection.exec_driver_sql("SELECT current_setting('is_superuser') = 'on'")
    return bool(found.scalar_one())


@asynccontextmanager
async def database_sorted_as(server: Server, locale: str) -> AsyncIterator[DatabaseUrl]:
    """Make a database with a locale of its own on a scratch server."""
    options = f"TEMPLATE template0 LOCALE_PROVIDER libc LOCALE '{locale}'"
    async with server.database() as url:
        maintenance = parse_url(url)
        await run(maintenance, f"CREATE DATABASE sorted {options}")
        other = maintenance.url.set(database="sorted")
        try:
            yield parse_url(other.render_as_string(hide_password=False))
        finally:
            await run(maintenance, "DROP DATABASE sorted")
