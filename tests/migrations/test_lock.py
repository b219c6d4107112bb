"""One asa at a time upgrades a database; a table's lock that is not had is asked for again."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from tests.migrations.project import Project, make_project
from tests.race import ASA, COUNT, race

from asa.database.lock import lock_named
from asa.database.url import parse_url
from asa.errors import DatabaseError, MigrationError
from asa.migrations.lock import Patience, locked
from asa.migrations.upgrade import upgrade
from asa.model.event import Event, silent

TABLE = "op.create_table('{0}', sa.Column('id', sa.Integer, primary_key=True))"
HURRIED = Patience(lock_wait_s=0.2)
# MySQL counts its lock time-out in whole seconds.
IMPATIENT = Patience(lock_timeout_s=1, retries=1, pause_s=0.05)


def taken(url: str) -> bool:
    """Tell whether a connection of its own could take the lock."""

    async def attempt() -> bool:
        database = parse_url(url)
        async with lock_named(database.dialect).reach(database) as lock:
            return not await lock.take()

    return asyncio.run(attempt())


@contextmanager
def held(url: str, *statements: str) -> Iterator[Callable[[], None]]:
    """Hold what the statements lock, from another thread, until the function is called."""
    ready, done = threading.Event(), threading.Event()

    async def hold() -> None:
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            for statement in statements:
                await connection.execute(text(statement))
            ready.set()
            await asyncio.to_thread(done.wait, 30)
            await connection.rollback()
        await engine.dispose()

    thread = threading.Thread(target=asyncio.run, args=(hold(),))
    thread.start()
    try:
        assert ready.wait(10)
        yield done.set
    finally:
        done.set()
        thread.join()


@contextmanager
def held_file(url: str) -> Iterator[Callable[[], None]]:
    """Hold a SQLite file so that nobody can even read it, until the function is called."""
    file = make_url(url).database
    assert file
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield connection.close
    finally:
        connection.close()


def test_the_lock_is_held_for_the_block_and_no_longer(database_url: str) -> None:
    database = parse_url(database_url)
    assert not taken(database_url)
    with locked(database, HURRIED, silent):
        assert taken(database_url)
    assert not taken(database_url)


def test_whoever_does_not_get_it_learns_who_has_it(database_url: str) -> None:
    database = parse_url(database_url)
    events: list[Event] = []
    with (
        locked(database, HURRIED, silent),
        pytest.raises(MigrationError) as caught,
        locked(database, HURRIED, events.append),
    ):
        pytest.fail("two hold the lock")
    assert caught.value.message == "the upgrade lock was not had in 0.2 s; nothing was done"
    holder = dict(caught.value.details)["holder"]
    assert holder.startswith(("process ", "connection ", "another asa"))
    assert [event.text for event in events] == [f"waiting for the upgrade lock, held by {holder}"]


def test_without_it_nothing_is_applied(project: Project) -> None:
    project.write_revision("a", None, TABLE.format("t0"))
    with locked(parse_url(project.url), HURRIED, silent), pytest.raises(MigrationError):
        upgrade(project.environment(), "head", silent, HURRIED)
    assert "t0" not in project.tables()


def test_it_can_be_left_out(project: Project) -> None:
    project.write_revision("a", None, TABLE.format("t0"))
    with locked(parse_url(project.url), HURRIED, silent):
        upgrade(project.environment(), "head", silent, Patience(lock=False))
    assert "t0" in project.tables()


def test_at_head_no_lock_is_needed(project: Project) -> None:
    project.write_revision("a", None, TABLE.format("t0"))
    upgrade(project.environment(), "head", silent)
    with locked(parse_url(project.url), HURRIED, silent):
        assert upgrade(project.environment(), "head", silent, HURRIED).steps == ()


@pytest.mark.parametrize("dialect", ["postgresql", "mysql"])
def test_a_busy_table_is_tried_again(
    tmp_path: Path, dialect: str, request: pytest.FixtureRequest
) -> None:
    project = make_project(tmp_path, request.getfixturevalue(f"{dialect}_url"))
    project.execute("CREATE TABLE busy (id int)", "INSERT INTO busy VALUES (1)")
    project.write_revision("a", None, "op.add_column('busy', sa.Column('x', sa.Integer))")
    events: list[Event] = []
    with held(project.url, "SELECT * FROM busy") as release:

        def listen(event: Event) -> None:
            events.append(event)
            if event.subject == "lock-timeout":
                release()

        moved = upgrade(project.environment(), "head", listen, IMPATIENT)
    assert [step.revision.id for step in moved.steps] == ["a"]
    (news,) = [event.text for event in events if event.subject == "lock-timeout"]
    assert news.startswith("a step a waits for a lock, nothing of it stays; try 2 of 2 in ")
    assert project.marks == ["a"]


@pytest.mark.parametrize("dialect", ["postgresql", "mysql"])
def test_a_table_that_stays_busy_ends_the_upgrade(
    tmp_path: Path, dialect: str, request: pytest.FixtureRequest
) -> None:
    project = make_project(tmp_path, request.getfixturevalue(f"{dialect}_url"))
    project.execute("CREATE TABLE busy (id int)", "INSERT INTO busy VALUES (1)")
    project.write_revision("a", None, "op.add_column('busy', sa.Column('x', sa.Integer))")
    with held(project.url, "SELECT * FROM busy"), pytest.raises(MigrationError) as caught:
        upgrade(project.environment(), "head", silent, IMPATIENT)
    assert "ALTER TABLE busy ADD COLUMN x" in dict(caught.value.details)["sql"]


def test_what_partly_stays_is_not_tried_again(tmp_path: Path, mysql_url: str) -> None:
    project = make_project(tmp_path, mysql_url)
    project.execute("CREATE TABLE busy (id int)", "INSERT INTO busy VALUES (1)")
    add = "op.add_column('busy', sa.Column('x', sa.Integer))"
    project.write_revision("a", None, f"{TABLE.format('t0')}; {add}")
    events: list[Event] = []
    with held(project.url, "SELECT * FROM busy"), pytest.raises(MigrationError) as caught:
        upgrade(project.environment(), "head", events.append, IMPATIENT)
    assert "CREATE TABLE t0" in dict(caught.value.details)["done"]
    assert not [event for event in events if event.subject == "lock-timeout"]


def test_a_locked_sqlite_file_is_waited_for(tmp_path: Path, sqlite_url: str) -> None:
    project = make_project(tmp_path, f"{sqlite_url}?timeout=0.1")
    project.write_revision("a", None, TABLE.format("t0"))
    events: list[Event] = []
    with held_file(sqlite_url) as release:

        def listen(event: Event) -> None:
            events.append(event)
            if event.subject == "lock":
                release()

        moved = upgrade(project.environment(), "head", listen, Patience(pause_s=0.1))
    assert [step.revision.id for step in moved.steps] == ["a"]
    (first, *_) = [event.text for event in events if event.subject == "lock"]
    assert first.endswith("is locked by another process")


def test_a_sqlite_file_that_stays_locked_is_an_error(tmp_path: Path, sqlite_url: str) -> None:
    project = make_project(tmp_path, f"{sqlite_url}?timeout=0.1")
    project.write_revision("a", None, TABLE.format("t0"))
    with held_file(sqlite_url), pytest.raises(DatabaseError) as caught:
        upgrade(project.environment(), "head", silent, Patience(lock_wait_s=0.2, pause_s=0.1))
    assert caught.value.cause == "locked"


def test_of_ten_started_at_once_one_migrates_and_all_end_well(project: Project) -> None:
    for number in range(3):
        parent = f"a{number - 1}" if number else None
        project.write_revision(f"a{number}", parent, TABLE.format(f"t{number}"))
    ran = race(project.root, ASA, "upgrade")
    assert [one.code for one in ran] == [0] * COUNT, [one.said for one in ran if one.code]
    assert sum("3 applied" in one.said for one in ran) == 1
    assert sum("nothing to apply" in one.said for one in ran) == COUNT - 1
    assert project.marks == ["a2"]
