"""The base model and the session manager that asa writes, on real databases."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import (
    AsyncAdaptedQueuePool,
    ForeignKey,
    Index,
    StaticPool,
    String,
    UniqueConstraint,
    delete,
    event,
    func,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, aliased, joinedload, mapped_column, relationship, selectinload

from asa.setup.templates.base_model import Base, BaseModel, UuidKey, uuid7
from asa.setup.templates.models import Note
from asa.setup.templates.session_manager import (
    Health,
    PoolSettings,
    SessionManager,
    pool_options,
    transaction,
    with_async_driver,
)


class Writer(BaseModel):
    __tablename__ = "test_writers"
    __shown__ = ("name",)

    name: Mapped[str] = mapped_column(unique=True)
    secret: Mapped[str] = mapped_column(default="hunter2")
    letters: Mapped[list["Letter"]] = relationship(back_populates="writer")


class Letter(BaseModel):
    __tablename__ = "test_letters"
    __table_args__ = (Index(None, "writer_id", "subject"), UniqueConstraint("writer_id", "number"))

    subject: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]
    sent_at: Mapped[datetime | None]
    writer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("test_writers.id"))
    writer: Mapped[Writer] = relationship(back_populates="letters")


class Stamp(UuidKey, Base):
    __tablename__ = "test_stamps"

    motif: Mapped[str]


TABLES = [Base.metadata.tables[m.__tablename__] for m in (Writer, Letter, Stamp, Note)]
Run = Callable[[Callable[[SessionManager], Awaitable[None]]], None]


@asynccontextmanager
async def opened(url: str, **pool: int) -> AsyncIterator[SessionManager]:
    db = SessionManager(url, PoolSettings(**pool))
    try:
        async with db.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all, tables=TABLES)
        yield db
    finally:
        await db.close()


@pytest.fixture
def run(database_url: str) -> Run:
    def inner(body: Callable[[SessionManager], Awaitable[None]]) -> None:
        async def main() -> None:
            async with opened(database_url) as db:
                await body(db)

        asyncio.run(main())

    return inner


async def two_writers(db: SessionManager) -> tuple[Writer, Writer]:
    """Store two writers with two letters each; one letter and one writer are deleted."""
    ada, bob = Writer(name="Ada"), Writer(name="Bob")
    ada.letters = [Letter(subject="kept", number=1), Letter(subject="gone", number=2)]
    bob.letters = [Letter(subject="of Bob", number=1)]
    async with db.transaction() as session:
        session.add_all([ada, bob])
        await session.flush()
        ada.letters[1].soft_delete()
        bob.soft_delete()
    return ada, bob


def test_what_the_database_sets_is_there_after_insert_and_update(run: Run) -> None:
    async def body(db: SessionManager) -> None:
        async with db.session() as session:
            ada = Writer(name="Ada 🖋")
            session.add(ada)
            await session.commit()
            made, changed = ada.created_at, ada.updated_at
            assert made.tzinfo is not None
            assert abs(datetime.now(timezone.utc) - made) < timedelta(minutes=1)
            await asyncio.sleep(0.01)
            ada.name = "Ada L. 🖋"
            await session.commit()
            assert ada.created_at == made
            assert ada.updated_at > changed
            stored = await session.scalar(select(Writer.name, Writer.created_at).limit(1))
            assert stored == "Ada L. 🖋"

    run(body)


def test_times_come_back_in_utc_whatever_zone_they_had(run: Run) -> None:
    moment = datetime(2026, 3, 29, 3, 30, 0, 123456, timezone(timedelta(hours=2)))

    async def body(db: SessionManager) -> None:
        async with db.transaction() as session:
            letter = Letter(subject="late", number=1, sent_at=moment, writer=Writer(name="Ada"))
            session.add(letter)
        async with db.session() as session:
            read = await session.get(Letter, letter.id)
            assert read is not None
            assert read.sent_at is not None
            assert read.sent_at == moment
            assert read.sent_at.utcoffset() == timedelta(0)
            before = select(func.count(Letter.id)).where(Letter.sent_at < moment)
            assert await session.scalar(before) == 0

    run(body)


def test_a_time_without_a_zone_is_refused(sqlite_url: str) -> None:
    async def main() -> None:
        async with opened(sqlite_url) as db, db.session() as session:
            naive = datetime(2026, 1, 1)  # noqa: DTZ001
            session.add(Letter(subject="x", number=1, sent_at=naive, writer_id=uuid.uuid4()))
            with pytest.raises(Exception, match="no time zone"):
                await session.flush()

    asyncio.run(main())


def test_the_deleted_are_hidden_from_every_query(run: Run) -> None:
    async def body(db: SessionManager) -> None:
        _, bob = await two_writers(db)
        every = {"include_deleted": True}
        number_two = select(Letter.writer_id).where(Letter.number == 2)
        queries = {
            "entity": (select(Letter), 2, 3),
            "column": (select(Letter.subject), 2, 3),
            "count": (select(func.count()).select_from(Letter), 2, 3),
            "alias": (select(aliased(Letter)), 2, 3),
            "join": (select(Letter).join(Letter.writer), 1, 3),
            "in": (select(Writer).where(Writer.id.in_(number_two)), 0, 1),
            "exists": (select(Writer).where(Writer.letters.any(Letter.number == 2)), 0, 1),
        }
        if sqlalchemy.__version__ < "2.1":
            del queries["exists"]
        async with db.session() as session:
            for name, (statement, shown, stored) in queries.items():
                for options, expected in (({}, shown), (every, stored)):
                    rows = (await session.execute(statement, execution_options=options)).all()
                    found = rows[0][0] if name == "count" else len(rows)
                    assert found == expected, name
        async with db.session() as session:
            assert await session.get(Writer, bob.id) is None
            # Not by AsyncSession.get, whose older versions lose the options.
            found = session.sync_session.get
            assert await session.run_sync(lambda _: found(Writer, bob.id, execution_options=every))

    run(body)


@pytest.mark.parametrize("load", [selectinload, joinedload, None])
def test_the_deleted_are_hidden_from_relationships(run: Run, load: Any) -> None:
    async def body(db: SessionManager) -> None:
        await two_writers(db)
        statement = select(Writer).where(Writer.name == "Ada")
        if load:
            statement = statement.options(load(Writer.letters))
        async with db.session() as session:
            ada = (await session.scalars(statement)).unique().one()
            assert [x.subject for x in await ada.awaitable_attrs.letters] == ["kept"]
        async with db.session() as session:
            letter = (await session.scalars(select(Letter).where(Letter.subject == "of Bob"))).one()
            assert await letter.awaitable_attrs.writer is None
        async with db.session() as session:
            options = {"include_deleted": True}
            found = await session.scalars(statement, execution_options=options)
            letters = await found.unique().one().awaitable_attrs.letters
            assert {x.subject for x in letters} == {"kept", "gone"}

    run(body)


def test_bulk_statements_pass_the_deleted_by(run: Run) -> None:
    async def body(db: SessionManager) -> None:
        await two_writers(db)
        every = {"include_deleted": True}
        async with db.transaction() as session:
            await session.execute(update(Letter).values(subject="new"))
            shown = await session.scalars(select(Letter.subject), execution_options=every)
            assert sorted(shown) == ["gone", "new", "new"]
            await session.execute(delete(Letter))
            assert (await session.scalars(select(Letter.subject), execution_options=every)).all()
            await session.execute(delete(Letter), execution_options=every)
            left = select(func.count()).select_from(Letter)
            assert await session.scalar(left, execution_options=every) == 0

    run(body)


def test_a_deleted_row_at_hand_can_be_refreshed_and_restored(run: Run) -> None:
    async def body(db: SessionManager) -> None:
        _, bob = await two_writers(db)
        async with db.transaction() as session:
            session.add(bob)
            await session.refresh(bob)
            assert bob.is_deleted
            bob.restore()
        async with db.session() as session:
            assert await session.get(Writer, bob.id) is not None

    run(body)


def test_deleted_hides_nothing_of_tables_without_it(run: Run) -> None:
    async def body(db: SessionManager) -> None:
        async with db.transaction() as session:
            session.add(Stamp(motif="swan"))
        async with db.session() as session:
            assert (await session.scalars(select(Stamp.motif))).all() == ["swan"]

    run(body)


def test_repr_shows_the_key_and_what_is_named_and_never_loads() -> None:
    ada = Writer(id=uuid.UUID(int=7), name="Ada", secret="hunter2")
    assert repr(ada) == f"Writer(id={uuid.UUID(int=7)!r}, name='Ada')"
    assert repr(Writer()) == "Writer()"


def test_uuid7_is_one_and_grows() -> None:
    made = [uuid7() for _ in range(3)]
    assert {(value.version, value.variant) for value in made} == {(7, uuid.RFC_4122)}
    now_ms = datetime.now(timezone.utc).timestamp() * 1000
    assert abs((made[0].int >> 80) - now_ms) < 1000
    assert len(set(made)) == 3


def test_every_constraint_has_a_name() -> None:
    table = Base.metadata.tables["test_letters"]
    assert {c.name for c in table.constraints} == {
        "pk_test_letters",
        "uq_test_letters_writer_id_number",
        "fk_test_letters_writer_id_test_writers",
    }
    assert "ix_test_letters_writer_id_test_letters_subject" in {i.name for i in table.indexes}


def test_a_session_rolls_back_and_a_transaction_commits(run: Run) -> None:
    async def names(db: SessionManager) -> list[str]:
        async with db.session() as session:
            return sorted(await session.scalars(select(Writer.name)))

    async def body(db: SessionManager) -> None:
        async with db.session() as session:
            session.add(Writer(name="forgotten"))
            await session.flush()
        async with db.transaction() as session:
            session.add(Writer(name="kept"))
        with suppress(ZeroDivisionError):
            async with db.transaction() as session:
                session.add(Writer(name="failed"))
                await session.flush()
                raise ZeroDivisionError
        assert await names(db) == ["kept"]

    run(body)


def test_transaction_after_a_read_and_a_savepoint_within(run: Run) -> None:
    async def body(db: SessionManager) -> None:
        async with db.session() as session:
            assert (await session.scalars(select(Writer))).all() == []
            async with transaction(session):
                session.add(Writer(name="outer"))
                await session.flush()
                with suppress(IntegrityError):
                    async with transaction(session):
                        session.add(Writer(name="outer"))
                async with transaction(session):
                    session.add(Writer(name="inner"))
            with suppress(ZeroDivisionError):
                async with transaction(session):
                    async with transaction(session):
                        session.add(Writer(name="undone with the outer"))
                    raise ZeroDivisionError
        async with db.session() as session:
            assert set(await session.scalars(select(Writer.name))) == {"outer", "inner"}

    run(body)


def test_check_tells_up_and_down(run: Run) -> None:
    async def body(db: SessionManager) -> None:
        found = await db.check()
        assert (found.ok, found.error) == (True, None)
        assert "Pool" in found.pool

    run(body)


def test_check_of_a_server_that_is_not_there() -> None:
    async def main() -> Health:
        db = SessionManager("postgresql://u:hunter2@127.0.0.1:1/d")
        try:
            return await db.check()
        finally:
            await db.close()

    found = asyncio.run(main())
    assert not found.ok
    assert found.error
    assert "hunter2" not in str(found)


def test_check_while_the_pool_is_exhausted(database_url: str) -> None:
    async def main() -> Health:
        async with opened(database_url, size=1, max_overflow=0) as db, db.transaction():
            return await db.check(timeout_s=0.2)

    found = asyncio.run(main())
    assert found.error == "no answer within 0.2 s"
    assert "Current Checked out connections: 1" in found.pool


def test_sqlite_is_prepared(sqlite_url: str) -> None:
    async def main() -> list[object]:
        async with opened(sqlite_url) as db, db.session() as session:
            pragmas = ("foreign_keys", "busy_timeout", "journal_mode")
            return [await session.scalar(text(f"PRAGMA {name}")) for name in pragmas]

    assert asyncio.run(main()) == [1, 5000, "wal"]


def test_writers_of_sqlite_wait_for_each_other(sqlite_url: str) -> None:
    """Each reads first and then writes, which SQLite refuses to all but one without the lock."""

    async def add(db: SessionManager, number: int) -> None:
        async with db.transaction() as session:
            count = await session.scalar(select(func.count(Stamp.id)))
            await asyncio.sleep(0.001)
            session.add(Stamp(motif=f"{count} {number}"))

    async def main() -> int | None:
        async with opened(sqlite_url) as db:
            await asyncio.gather(*(add(db, number) for number in range(10)))
            async with db.session() as session:
                return await session.scalar(select(func.count(Stamp.id)))

    assert asyncio.run(main()) == 10


def test_a_database_in_memory_is_one_for_all_sessions() -> None:
    async def main() -> list[str]:
        async with opened("sqlite://") as db:
            async with db.transaction() as session:
                session.add(Stamp(motif="swan"))
            async with db.session() as session:
                return list(await session.scalars(select(Stamp.motif)))

    assert asyncio.run(main()) == ["swan"]


def test_broken_connections_are_replaced(database_url: str) -> None:
    """What `pool_pre_ping` is for: the connection in the pool died in the meantime."""

    async def main() -> None:
        async with opened(database_url, size=1, max_overflow=0) as db:
            killed: list[Any] = []
            event.listen(db.engine.sync_engine, "checkin", lambda c, _: killed.append(c))
            assert (await db.check()).ok
            raw = killed.pop().driver_connection
            if db.engine.dialect.name == "postgresql":
                raw.terminate()
            elif db.engine.dialect.name == "mysql":
                raw.close()
            else:
                await raw.close()
            assert (await db.check()).ok

    asyncio.run(main())


@pytest.mark.parametrize("dialect", ["postgresql", "mysql", "sqlite"])
def test_pool_settings_reach_every_dialect(
    dialect: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("SIZE", 3), ("MAX_OVERFLOW", 4), ("TIMEOUT", 6), ("RECYCLE", 60)):
        monkeypatch.setenv(f"DB_POOL_{name}".replace("POOL_MAX", "MAX"), str(value))
    monkeypatch.setenv("DB_ECHO", "on")
    place = f"sqlite:///{tmp_path}/x.db" if dialect == "sqlite" else f"{dialect}://u@h/d"
    engine = SessionManager(place).engine
    pool = engine.pool
    assert isinstance(pool, AsyncAdaptedQueuePool)
    assert (pool.size(), pool._max_overflow, pool.timeout(), pool._recycle) == (3, 4, 6, 60)
    assert pool._pre_ping
    assert engine.echo


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u@h/d", "postgresql+asyncpg://u@h/d"),
        ("postgresql+psycopg2://u@h/d?sslmode=require", "postgresql+asyncpg://u@h/d?ssl=require"),
        ("mysql+pymysql://u@h/d", "mysql+aiomysql://u@h/d"),
        ("sqlite:///x.db", "sqlite+aiosqlite:///x.db"),
        ("postgresql+psycopg://u@h/d", "postgresql+psycopg://u@h/d"),
    ],
)
def test_the_driver_is_async(given: str, used: str) -> None:
    from sqlalchemy.engine import make_url

    assert str(with_async_driver(make_url(given))) == used


def test_memory_takes_no_sizes() -> None:
    from sqlalchemy.engine import make_url

    assert pool_options(make_url("sqlite+aiosqlite://"), PoolSettings()) == {
        "poolclass": StaticPool
    }
