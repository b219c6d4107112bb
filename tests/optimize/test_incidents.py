"""Shapes of production incidents whose missing index is known, judged on filled tables."""

import asyncio

import pytest
from tests.optimize.logs import record

from asa.database.engine import connection_to
from asa.database.load import Load
from asa.database.url import DatabaseUrl, parse_url
from asa.model.event import silent
from asa.model.finding import Proved, Unproved
from asa.model.fix import AddIndex
from asa.optimize.asking import Asking, asked
from asa.scratch import Server
from asa.scratch.twins import twin_of
from asa.workload import digest

ROWS = 20_000
TABLES = frozenset({"jobs", "batches"})
POSTGRESQL = (
    """CREATE TABLE jobs (id serial PRIMARY KEY, batch int, state text, began timestamp,
                          planned timestamp, done boolean, title text, note text)""",
    "CREATE TABLE batches (id int, origin int, PRIMARY KEY (id, origin))",
    f"""INSERT INTO jobs (batch, state, began, planned, done, title, note)
        SELECT i % 100, CASE WHEN i % 100 = 0 THEN 'running' ELSE 'ended' END,
               CASE WHEN i % 7 <> 0 THEN timestamp '2026-01-01' + i * interval '1 minute' END,
               timestamp '2026-01-01' + i * interval '1 minute', i % 300 <> 0,
               repeat(md5(i::text), 2), repeat(md5('n' || i), 4)
        FROM generate_series(1, {ROWS}) i""",
    "INSERT INTO batches SELECT i % 400, i / 400 FROM generate_series(1, 4000) i",
    "ANALYZE jobs, batches",
)
SQLITE = (
    "CREATE TABLE jobs (id integer PRIMARY KEY, sensor text, kind text, seen int, gone int)",
    "CREATE INDEX ix_jobs_seen ON jobs (seen)",
    "CREATE INDEX ix_jobs_kind_sensor ON jobs (kind, sensor, gone)",
    f"""INSERT INTO jobs
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
        SELECT i, 'sensor' || (i % 20), 'kind' || (i % 900), i, i % 40 = 0 FROM n""",
    "ANALYZE",
)
EARLY = "coalesce(jobs.began, jobs.planned)"
ON_POSTGRESQL = {
    # The planner hopes to meet one of the rows early; where there is none all is read.
    "SELECT EXISTS (SELECT * FROM jobs WHERE batch = 7)": {"jobs (batch)"},
    "SELECT id FROM jobs WHERE NOT done": {"jobs (id) WHERE NOT done"},
    f"SELECT title FROM jobs WHERE {EARLY} <= '2026-01-10' ORDER BY {EARLY} LIMIT 20": {
        "jobs (coalesce(began, planned))"
    },
    "SELECT id FROM jobs WHERE lower(title) = 'x' AND lower(note) = 'y'": {"jobs (lower(title))"},
    "SELECT id FROM jobs WHERE title = 'a' OR note = 'b'": {"jobs (title)", "jobs (note)"},
    # The second table is found by its key: one that also carries a column saves little more.
    """SELECT jobs.title, batches.origin FROM jobs JOIN batches ON batches.id = jobs.batch
       WHERE jobs.planned = '2026-01-03 00:00:00'""": {"jobs (planned)"},
}
ON_SQLITE = {
    "SELECT kind FROM jobs WHERE sensor = 'sensor7' AND seen > 100 AND seen < 9000 ORDER BY seen": {
        "jobs (sensor, seen)"
    },
    "SELECT * FROM jobs WHERE sensor = 'sensor7' ORDER BY seen DESC LIMIT 20": {
        "jobs (sensor, seen)"
    },
    # A search that skips over 900 kinds is no search.
    "SELECT count(*) FROM jobs WHERE sensor = 'sensor7' AND gone = 0": {"jobs (sensor, gone)"},
}


async def advised(
    database: DatabaseUrl, dialect: str, statements: tuple[str, ...], queries: dict[str, set[str]]
) -> dict[str, set[str]]:
    """Fill the tables and return the indexes that are proved for each query."""
    async with connection_to(database) as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)
        await connection.commit()
    asking = Asking(1, False, None, {}, Load(), silent)
    found = {}
    async with (
        connection_to(database) as source,
        twin_of(dialect, source, tables=TABLES) as twin,
    ):
        for sql in queries:
            # SQLite's twin samples what it is to try when it is made.
            shared = None if dialect == "sqlite" or isinstance(twin, Unproved) else twin
            result = await asked(asking, digest([record(sql, ())] * 10), database, shared)
            assert not result.judgement.not_planned
            findings = [f for f in result.judgement.findings if isinstance(f.fix, AddIndex)]
            assert all(isinstance(one.proof, Proved) for one in findings)
            found[sql] = {f.fix.subject for f in findings if isinstance(f.fix, AddIndex)}
    return found


@pytest.mark.parametrize(
    ("dialect", "statements", "queries"),
    [("postgresql", POSTGRESQL, ON_POSTGRESQL), ("sqlite", SQLITE, ON_SQLITE)],
)
def test_the_index_that_an_incident_lacked_is_advised(
    request: pytest.FixtureRequest,
    dialect: str,
    statements: tuple[str, ...],
    queries: dict[str, set[str]],
) -> None:
    server: Server = request.getfixturevalue(f"{dialect}_server")

    async def main() -> dict[str, set[str]]:
        async with server.database() as url:
            return await advised(parse_url(url), dialect, statements, queries)

    assert asyncio.run(main()) == queries
