"""A healthy check: its steps, what it leaves behind, and the pool's recovery."""

import asyncio
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.pool import AsyncAdaptedQueuePool, QueuePool
from tests.connection.conftest import listener

from asa.connection.check import check
from asa.connection.inquiry import spread
from asa.connection.recovery import Reached, Recovered, Unbroken, break_and_recover
from asa.connection.step import PoolPlan, Verdict, Wanted
from asa.database.dialect import dialect_named
from asa.database.engine import connection_to, engine_for
from asa.database.url import parse_url
from asa.model.event import Event, Stage, silent


@pytest.fixture
def existing_url(database_url: str) -> str:
    """A database that is there: SQLite makes its file at the first write only."""
    if database_url.startswith("sqlite"):
        sqlite3.connect(parse_url(database_url).url.database or "").execute(
            "CREATE TABLE t (id)"
        ).connection.close()
    return database_url


DEFAULT = PoolPlan()
ASKED = ("query", "session", "rights")


def checked(url: str, plan: PoolPlan = DEFAULT) -> tuple[Verdict, list[Event]]:
    said: list[Event] = []
    verdict = asyncio.run(check(parse_url(url), Wanted(plan), said.append))
    return verdict, said


def test_takes_every_step_and_says_each_as_it_happens(existing_url: str) -> None:
    verdict, said = checked(existing_url)
    names = [step.name for step in verdict.steps if step.name != "journal"]
    way = ["open"] if verdict.server.dialect == "sqlite" else ["connect", "login"]
    # Before SQLAlchemy 2.0.38 a file has no pool that could be judged.
    queued = isinstance(engine_for(parse_url(existing_url)).pool, QueuePool)
    assert names == [*way, *ASKED, "pre-ping", *(["checkout", "pool"] if queued else [])]
    assert [event.subject for event in said] == [step.name for step in verdict.steps]
    assert verdict.warnings == ()
    timed = [step for step in verdict.steps if step.name in (*way, "query")]
    assert all(step.duration_ms is not None and step.duration_ms > 0 for step in timed)
    query = next(step for step in verdict.steps if step.name == "query")
    assert str(verdict.server) in query.text


def test_resolves_a_name(postgresql_url: str) -> None:
    url = postgresql_url.replace("127.0.0.1", "localhost")
    verdict, _ = checked(url)
    assert verdict.steps[0].name == "resolve"
    assert "127.0.0.1" in verdict.steps[0].text


def test_says_what_was_translated(postgresql_url: str) -> None:
    _, said = checked(postgresql_url + "?channel_binding=prefer")
    assert (said[0].stage, said[0].subject) == (Stage.NOTE, "url")
    assert "channel_binding" in said[0].text


def test_leaves_nothing_behind(existing_url: str) -> None:
    database = parse_url(existing_url)

    async def tables() -> list[str]:
        async with connection_to(database) as connection:
            return [
                t.name for t in (await dialect_named(database.dialect).schema(connection)).tables
            ]

    before = asyncio.run(tables())
    checked(existing_url)
    assert asyncio.run(tables()) == before


def test_memory_has_no_pool_to_prove() -> None:
    verdict, _ = checked("sqlite://")
    ping = next(step for step in verdict.steps if step.name == "pre-ping")
    assert (ping.stage, "not shown" in ping.text) == (Stage.NOTE, True)


def test_a_read_only_database_is_a_warning(postgresql_url: str) -> None:
    verdict, _ = checked(postgresql_url + "?options=-cdefault_transaction_read_only%3Don")
    (warning,) = verdict.warnings
    assert "read-only" in warning.text
    assert warning.advice


def test_pools_that_do_not_fit_are_a_warning_with_the_pool_that_does(postgresql_url: str) -> None:
    verdict, _ = checked(postgresql_url, PoolPlan(size=20, overflow=20, workers=4))
    (warning,) = verdict.warnings
    assert warning.name == "pool"
    assert "4 workers x 40 = 160" in warning.text
    assert "max_overflow=" in warning.advice


# the break-it proof


def broken(url: str, *, pool_pre_ping: bool) -> Recovered | Reached | Unbroken:
    database = parse_url(url)

    async def main() -> Recovered | Reached | Unbroken:
        engine = engine_for(database, pool_pre_ping=pool_pre_ping, poolclass=AsyncAdaptedQueuePool)
        try:
            return await break_and_recover(
                engine, dialect_named(database.dialect).session, database
            )
        finally:
            await engine.dispose()

    return asyncio.run(main())


def test_a_broken_pooled_connection_is_replaced_by_pre_ping(existing_url: str) -> None:
    result = broken(existing_url, pool_pre_ping=True)
    assert isinstance(result, Recovered), result


def test_without_pre_ping_the_same_break_reaches_the_application(existing_url: str) -> None:
    result = broken(existing_url, pool_pre_ping=False)
    assert isinstance(result, Reached), result


def test_only_connections_of_its_own_are_ended(postgresql_url: str, mysql_url: str) -> None:
    for url in (postgresql_url, mysql_url):
        database = parse_url(url)

        async def main() -> None:
            async with connection_to(database) as stranger:  # noqa: B023  (run at once)
                await stranger.exec_driver_sql("SELECT 1")
                await check(database, Wanted(), silent)  # noqa: B023  (run at once)
                await stranger.exec_driver_sql("SELECT 1")

        asyncio.run(main())


def test_a_transaction_is_not_seen_by_others_while_it_is_checked(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    writer = sqlite3.connect(file, isolation_level=None)
    writer.execute("CREATE TABLE t (id)")
    writer.execute("BEGIN IMMEDIATE")
    verdict, _ = checked(f"sqlite:///{file}")
    writer.execute("INSERT INTO t VALUES (1)")
    writer.execute("COMMIT")
    writer.close()
    assert verdict.server.flavour == "SQLite"


def test_ends_within_its_time(silent_port: int) -> None:
    since = time.monotonic()
    with pytest.raises(Exception, match="said nothing"):
        asyncio.run(
            check(
                parse_url(f"postgresql://u:p@127.0.0.1:{silent_port}/d"),
                Wanted(timeout_seconds=0.5),
                silent,
            )
        )
    assert time.monotonic() - since < 1.5


# poolers


@contextmanager
def pooler(port: int) -> Iterator[int]:
    """Relay to a PostgreSQL as PgBouncer does: clients get a key of the pooler's own."""

    def relay(client: socket.socket) -> None:
        server = socket.create_connection(("127.0.0.1", port))
        ends = threading.Thread(target=pump, args=(client, server), daemon=True)
        ends.start()
        keyed = False
        while data := server.recv(65536):
            at = -1 if keyed else data.find(b"K\x00\x00\x00\x0c")
            if at >= 0:
                keyed = True
                data = data[: at + 5] + b"\x00\x00\x00\x07" + data[at + 9 :]
            client.sendall(data)
        client.shutdown(socket.SHUT_RDWR)

    def pump(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    with listener(relay) as own_port:
        yield own_port


def test_a_pooler_is_told_and_no_backend_is_ended_behind_it(postgresql_url: str) -> None:
    port = parse_url(postgresql_url).url.port
    assert port is not None
    with pooler(port) as own_port:
        url = parse_url(postgresql_url).url.set(port=own_port)
        plain = url.render_as_string(hide_password=False) + "?ssl=disable"
        verdict, _ = checked(plain)
        (warning,) = verdict.warnings
        assert warning.name == "pooler"
        assert "statement_cache_size=0" in warning.advice
        assert verdict.stage_of("pre-ping") is Stage.DONE
        result = broken(plain, pool_pre_ping=True)
        assert isinstance(result, Recovered)
        assert result.how == "cut on this side"
        uncached = plain + "&prepared_statement_cache_size=0&statement_cache_size=0"
        assert checked(uncached)[0].warnings == ()


def test_a_mysql_connection_that_is_cut_on_this_side_recovers_too(mysql_url: str) -> None:
    database = parse_url(mysql_url)

    async def main() -> Recovered | Reached | Unbroken:
        session = replace(dialect_named(database.dialect).session, end=None)
        engine = engine_for(database, pool_pre_ping=True)
        try:
            return await break_and_recover(engine, session, database)
        finally:
            await engine.dispose()

    result = asyncio.run(main())
    assert isinstance(result, Recovered)
    assert result.how == "cut on this side"


# deeper


def test_deep_fills_the_pool_and_shows_the_break_without_pre_ping(
    postgresql_url: str, mysql_url: str
) -> None:
    for url in (postgresql_url, mysql_url):
        wanted = Wanted(PoolPlan(size=2, overflow=1, workers=2), deep=True, pings=3)
        verdict = asyncio.run(check(parse_url(url), wanted, silent))
        texts = {step.name: step.text for step in verdict.steps}
        assert texts["fill"] == "opened 6 connections at once"
        told = "no pre-ping: the same break is an error (connection-lost)"
        assert texts["without"] == told
        assert "in 3 pings" in texts["latency"]


def test_deep_says_how_many_the_server_really_gave(postgresql_url: str) -> None:
    # The oldest asyncpg logs in 100 times in ten seconds of a busy machine.
    wanted = Wanted(PoolPlan(size=60, overflow=0, workers=2), timeout_seconds=60, deep=True)
    verdict = asyncio.run(check(parse_url(postgresql_url), wanted, silent))
    fill = next(step for step in verdict.steps if step.name == "fill")
    assert fill.stage is Stage.WARNED
    assert "of 120 connections opened: too-many-connections" in fill.text


def test_an_idle_limit_asks_for_recycling(mysql_url: str) -> None:
    verdict = asyncio.run(
        check(parse_url(mysql_url + "?init_command=SET+wait_timeout%3D600"), Wanted(), silent)
    )
    step = next(step for step in verdict.steps if step.name == "recycle")
    assert step.stage is Stage.WARNED
    assert step.advice == "set pool_recycle=300"


def test_the_spread_of_pings_is_by_nearest_rank() -> None:
    assert spread([1.0, 2.0, 3.0, 100.0]) == "p50 2.0, p95 100.0, max 100.0 ms in 4 pings"
    assert spread([5.0]) == "p50 5.0, p95 5.0, max 5.0 ms in 1 pings"
