"""Indexes that real servers never went by, and the workload planned without them."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from tests.database.shop import MARK, make_shop
from tests.optimize.logs import record
from tests.rules.cases import findings

from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.database.url import DatabaseUrl, parse_url
from asa.model.activity import Activity, NotCounted
from asa.model.case import Case
from asa.model.finding import Proof, Proved, Refuted
from asa.optimize.explain import plans_of
from asa.optimize.proof import prove
from asa.optimize.snapshot import take_snapshot
from asa.optimize.snapshot_file import read_snapshot, write_snapshot
from asa.rules.query.unused_index import RULE
from asa.scratch import Server
from asa.workload import digest

MONTH = 30 * 86_400.0
INDEXES = (
    "CREATE INDEX ix_idle ON orders (status)",
    "CREATE INDEX ix_used ON orders (customer_id)",
)
USED = "SELECT id FROM orders WHERE customer_id = 7"
# MySQL counts by itself, and takes what stands in this comment for one.
COUNTING = {"postgresql": (), "mysql": ("SET /*M! GLOBAL userstat = 1, */ @counting = 1",)}
# What a session did is counted for all to see within a second, and when it ends.
COUNTED_S = 1.5


async def used_shop(url: str) -> DatabaseUrl:
    """Make a shop of which one index is used."""
    dialect = parse_url(url).dialect
    analyse = "ANALYZE" if dialect == "postgresql" else "ANALYZE TABLE orders"
    database = await make_shop(url, *COUNTING[dialect], *INDEXES, analyse)
    async with connection_to(database) as connection:
        await connection.exec_driver_sql(USED)
        await connection.rollback()
    await asyncio.sleep(COUNTED_S)
    return database


async def activity_of(database: DatabaseUrl) -> Activity | NotCounted:
    read = dialect_named(database.dialect).activity
    assert read is not None
    async with connection_to(database) as connection:
        return await read(connection)


def judged(url: str, column: str) -> dict[str, Proof | None]:
    """Judge a month later, on a log of one statement; return what became of each index."""

    async def main() -> dict[str, Proof | None]:
        database = await used_shop(url)
        activity = await activity_of(database)
        assert isinstance(activity, Activity)
        dialect = dialect_named(database.dialect)
        async with connection_to(database) as connection:
            schema = await dialect.schema(connection)
        sql = f"SELECT id FROM orders WHERE {column} = {MARK[database.dialect]}"
        workload = digest([record(sql, (7,))], dialect=database.dialect)
        plans = await plans_of(database, workload)
        older = replace(activity, since=activity.since - MONTH)
        case = Case(workload, schema, database.dialect, plans, activity=older)
        proofs = await prove(database, case, findings(RULE, case))
        return {f.subject.split()[0]: f.proof for f in proofs.findings if f.rule == RULE.id}

    return asyncio.run(main())


@pytest.mark.parametrize("url", ["postgresql_url", "mysql_url"])
def test_an_index_that_no_query_went_by_goes_without_loss(
    url: str, request: pytest.FixtureRequest
) -> None:
    proofs = judged(request.getfixturevalue(url), "placed")
    assert sorted(proofs) == ["ix_idle", "ix_orders_placed"]
    idle = proofs["ix_idle"]
    assert isinstance(idle, Proved)
    assert "1 query class planned without it, none loses" in idle.how
    # The server never saw it used; a statement of the log needs it all the same.
    assert isinstance(proofs["ix_orders_placed"], Refuted)


def test_a_server_that_counts_nothing_says_so(mysql_server: Server, mysql_url: str) -> None:
    if mysql_server.about.flavour == "MySQL":
        pytest.skip("MySQL counts unless it is told not to")

    async def main() -> Activity | NotCounted:
        database = await make_shop(mysql_url, "SET GLOBAL userstat = 0")
        return await activity_of(database)

    assert asyncio.run(main()) == NotCounted(
        "the server does not count: performance_schema and userstat are off"
    )


def test_a_snapshot_carries_what_was_counted(tmp_path: Path, postgresql_url: str) -> None:
    async def main() -> Activity | None:
        database = await used_shop(postgresql_url)
        write_snapshot(await take_snapshot(database), tmp_path / "prod.asa")
        return read_snapshot(tmp_path / "prod.asa").activity

    activity = asyncio.run(main())
    assert activity is not None
    scans = {one.name: one.scans for one in activity.indexes if one.name.startswith("ix_")}
    assert scans["ix_idle"] == 0
    assert scans["ix_used"] > 0
    whole = activity.table("orders")
    assert whole is not None
    assert whole.reads > 0
