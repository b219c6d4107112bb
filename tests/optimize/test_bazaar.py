"""Queries of which it is known which index they lack, or why none, judged on each database."""

import asyncio
from dataclasses import replace

import pytest
from tests.optimize.bazaar import CASES, Case, statements, written
from tests.optimize.logs import record

from asa.database.engine import connection_to
from asa.database.load import Load
from asa.database.url import DatabaseUrl, parse_url
from asa.model.event import silent
from asa.model.finding import Unproved
from asa.model.fix import AddIndex
from asa.model.judgement import Judgement
from asa.model.row_snapshot import RowSnapshot
from asa.model.workload import Workload
from asa.optimize.asking import Asking, asked
from asa.optimize.snapshot import take_snapshot
from asa.scratch import Server
from asa.scratch.twins import postgresql_twin, twin_of
from asa.scratch.twins.mysql import MysqlTwin
from asa.scratch.twins.restored import restored
from asa.workload import digest

DIALECTS = ("sqlite", "postgresql", "mysql")
THIN = frozenset({"join from a narrow side", "exists", "in a query"})
"""Of two samples of a tenth so few rows meet that no index seems to be worth it."""
TABLES = frozenset({"customers", "orders", "items", "visits", "tags"})


def workload(one: Case, dialect: str) -> Workload:
    """Return the workload of a case."""
    log = [record(written(sql, dialect), values, dialect=dialect) for sql, values, _ in one.log]
    read = digest(log, dialect=dialect)
    calls = {written(sql, dialect): calls for sql, _, calls in one.log}
    return replace(
        read, classes=tuple(replace(c, calls=calls[c.sql], total_ms=None) for c in read.classes)
    )


async def judged(database: DatabaseUrl, dialect: str, *, saved: bool) -> dict[str, Judgement]:
    """Fill a bazaar and judge every case on one twin of it, or on what its snapshot says."""
    async with connection_to(database) as connection:
        for statement in statements(dialect):
            await connection.exec_driver_sql(statement)
        await connection.commit()
    asking = Asking(1, False, None, {}, Load(), silent)
    found: dict[str, Judgement] = {}
    if saved:
        snapshot = await take_snapshot(database)
        if isinstance(snapshot, RowSnapshot):
            return await judged_on_rows(asking, snapshot, dialect)
        async with postgresql_twin(snapshot) as made:
            assert not isinstance(made, Unproved), made
            mine = replace(asking, asks_twin=True)
            for one in CASES:
                result = await asked(mine, workload(one, dialect), made.cluster.planner, made)
                found[one.name] = result.judgement
        return found
    async with (
        connection_to(database) as source,
        twin_of(dialect, source, tables=TABLES) as twin,
    ):
        assert not isinstance(twin, Unproved), twin
        for one in CASES:
            # SQLite's twin samples what it is to try when it is made.
            shared = None if dialect == "sqlite" else twin
            result = await asked(asking, workload(one, dialect), database, shared)
            found[one.name] = result.judgement
    return found


async def judged_on_rows(
    asking: Asking, snapshot: RowSnapshot, dialect: str
) -> dict[str, Judgement]:
    """Judge every case on one database made of a snapshot's rows."""
    found = {}
    async with restored(snapshot) as made:
        assert not isinstance(made, Unproved), made
        mine = replace(asking, rows=made.rows)
        for one in CASES:
            result = await asked(
                mine, workload(one, dialect), made.database, made.twin, None, made.shares
            )
            found[one.name] = result.judgement
            if isinstance(made.twin, MysqlTwin):
                await forget_tried(made.twin)
    return found


async def forget_tried(twin: MysqlTwin) -> None:
    """Drop what was tried: the next case is to find the database as it was."""
    for name in twin.tried:
        for table in twin.places[name]:
            await twin.connection.exec_driver_sql(f"DROP INDEX `{name}` ON `{table}`")
    twin.tried.clear()
    twin.off.clear()
    await twin.read_indexes()


@pytest.fixture(scope="module", params=DIALECTS)
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(f"{request.param}_server")
    return found


@pytest.fixture(scope="module", params=[False, True], ids=["live", "saved"])
def saved(request: pytest.FixtureRequest) -> bool:
    """Say whether only a snapshot of the database is at hand."""
    return bool(request.param)


@pytest.fixture(scope="module")
def judgements(server: Server, saved: bool) -> dict[str, Judgement]:
    async def main() -> dict[str, Judgement]:
        async with server.database() as url:
            return await judged(parse_url(url), server.dialect, saved=saved)

    return asyncio.run(main())


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.name)
def test_what_is_lacking_is_advised_and_nothing_else(
    server: Server, saved: bool, judgements: dict[str, Judgement], one: Case
) -> None:
    judgement = judgements[one.name]
    if saved and server.dialect == "mysql" and one.name in THIN:
        return
    advised = {f.fix.subject for f in judgement.findings if isinstance(f.fix, AddIndex)}
    assert not judgement.not_planned
    assert advised == one.right(server.about.flavour.lower())
    if one.why:
        silences = [f"{s.subject} {s.reason}" for s in judgement.not_judged]
        refused = [f"{f.subject}: {f.proof}" for f in judgement.refuted]
        assert any(one.why in text for text in (*silences, *refused)), (silences, refused)


def test_there_are_sixty_cases() -> None:
    assert len({one.name for one in CASES}) == len(CASES) >= 60
