"""`asa.capture.capture`: a block's queries into a list, a file or a function, no trace after."""

import asyncio
import gc
import logging
import stat
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool, QueuePool

from asa.capture import capture
from asa.capture.listening import HOOKS
from asa.model.observation import Fact, PoolWait, TransactionUse, UnreturnedConnection
from asa.model.parameter import Withheld
from asa.model.record import QueryRecord
from asa.workload import read_workload


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    books: Mapped[list["Book"]] = relationship()


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("authors.id"))


ASK = sa.text("SELECT :n")


@pytest.fixture
def engine() -> Iterator[sa.Engine]:
    made = sa.create_engine("sqlite://")
    Base.metadata.create_all(made)
    with Session(made) as session:
        session.add_all([Author(books=[Book()]) for _ in range(3)])
        session.commit()
    yield made
    made.dispose()


def ask(engine: sa.Engine, n: int = 1) -> None:
    with engine.connect() as connection:
        connection.execute(ASK, {"n": n})


def test_queries_of_a_block_are_recorded_and_no_others(engine: sa.Engine) -> None:
    ask(engine, 0)
    with capture() as captured:
        ask(engine, 1)
        ask(engine, 2)
        assert captured.count == 2
    ask(engine, 3)
    assert [query.parameters for query in captured.queries] == [(1,), (2,)]
    assert captured.count == 2
    assert captured.total_ms > 0
    (first, _) = captured.queries
    assert first.call_site is not None
    assert first.call_site.function == "ask"
    assert first.rows is None or first.rows >= 0
    assert first.scope.transaction is not None


def test_captures_nest_and_each_sees_the_engines_that_it_was_asked_for(engine: sa.Engine) -> None:
    other = sa.create_engine("sqlite://")
    with capture() as everything, capture(engine) as one, capture([other]) as another:
        ask(engine, 1)
        ask(other.execution_options(isolation_level="AUTOCOMMIT"), 2)
        with capture() as inner:
            ask(engine, 3)
    assert (everything.count, one.count, another.count, inner.count) == (3, 2, 1, 1)
    other.dispose()


def test_an_engine_that_was_disposed_is_still_the_one_asked_for(engine: sa.Engine) -> None:
    with capture(engine) as captured:
        engine.dispose()
        ask(engine)
    assert captured.count == 1


def test_nothing_stays_behind(engine: sa.Engine) -> None:
    def handlers() -> list[list[object]]:
        places = (
            (engine.dispatch, "before_cursor_execute"),
            (engine.dispatch, "after_cursor_execute"),
            (engine.dialect.dispatch, "handle_error"),
            (engine.pool.dispatch, "checkout"),
            (engine.pool.dispatch, "checkin"),
            (Session().dispatch, "do_orm_execute"),
            (Session().dispatch, "after_begin"),
        )
        return [list(getattr(dispatch, name)) for dispatch, name in places]

    # Other tests of this process may listen to every engine and session.
    before = handlers()
    checkout = QueuePool._do_get
    with capture(), capture():
        assert QueuePool._do_get is not checkout
        assert handlers() != before
        ask(engine)
    assert QueuePool._do_get is checkout
    assert HOOKS == []
    assert handlers() == before


def test_what_fails_in_the_block_is_raised_and_recorded(engine: sa.Engine) -> None:
    captured = capture()
    with pytest.raises(sa.exc.OperationalError), captured, engine.connect() as connection:
        connection.execute(sa.text("SELECT nonsense"))
    assert [query.error for query in captured.queries] == ["OperationalError"]
    assert HOOKS == []


def test_a_function_gets_each_record_and_a_list_is_added_to(engine: sa.Engine) -> None:
    told: list[QueryRecord] = []
    kept: list[QueryRecord] = []
    with capture(engine, told.append), capture(engine, kept):
        ask(engine)
    assert [query.sql for query in told] == [query.sql for query in kept] == ["SELECT ?"]


def test_a_function_that_fails_harms_nobody(
    engine: sa.Engine, caplog: pytest.LogCaptureFixture
) -> None:
    def wrong(_: QueryRecord) -> None:
        raise RuntimeError

    with capture(engine, wrong), capture(engine) as captured:
        ask(engine)
        ask(engine)
    assert captured.count == 2
    assert "RuntimeError" in caplog.text


def test_without_values_only_same_and_different_is_kept(engine: sa.Engine) -> None:
    with capture(engine, values=False) as captured:
        for n in (4711, 4711, 4712):
            ask(engine, n)
    first, again, other = (query.parameters for query in captured.queries)
    assert first == again != other
    assert isinstance(first, tuple)
    assert isinstance(first[0], Withheld)
    with capture(engine, values=False) as anew:
        ask(engine, 4711)
    assert anew.queries[0].parameters != first


def test_parameters_are_kept_as_they_were(engine: sa.Engine) -> None:
    row = [1]
    with capture(engine) as captured, engine.connect() as connection:
        connection.exec_driver_sql("SELECT ?", tuple(row))
        many: list[Any] = [(1,), (2,)]
        connection.exec_driver_sql("UPDATE books SET author_id = author_id WHERE id = ?", many)
        many.clear()
    assert [query.parameters for query in captured.queries] == [(1,), (1,)]
    assert [query.executions for query in captured.queries] == [1, 2]


def test_slow_queries_are_logged_without_values(
    engine: sa.Engine, caplog: pytest.LogCaptureFixture
) -> None:
    with capture(engine, slow_ms=0), engine.connect() as connection:
        connection.execute(sa.text("SELECT 'secret', :n"), {"n": "hidden"})
    with capture(engine, slow_ms=60_000):
        ask(engine)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.name == "asa.capture"
    assert "SELECT '?', ?" in record.getMessage()
    assert "test_recording.py" in record.getMessage()
    assert "secret" not in caplog.text
    assert "hidden" not in caplog.text


def test_a_file_is_a_capture_that_asa_reads(engine: sa.Engine, tmp_path: Path) -> None:
    file = tmp_path / "block.jsonl"
    with capture(engine, file), Session(engine) as session:
        for author in session.scalars(sa.select(Author)):
            assert len(author.books) == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    workload = read_workload([str(file)])
    assert workload.calls == 4
    (burst,) = workload.bursts
    assert burst.load is not None
    assert burst.load.path == ("Author.books",)
    assert burst.load.origin is not None
    with pytest.raises(FileExistsError), capture(engine, file):
        pass
    assert HOOKS == []


def test_what_is_no_engine_is_refused() -> None:
    with pytest.raises(TypeError, match="takes engines, not str"):
        capture("sqlite://")


def facts(file: Path) -> list[Fact]:
    return [observation.worst for observation in read_workload([str(file)]).observations]


async def held(engine: AsyncEngine, seconds: float) -> None:
    async with AsyncSession(engine) as session:
        await session.execute(ASK, {"n": 1})
        await asyncio.sleep(seconds)
        await session.execute(ASK, {"n": 2})
        await session.commit()


def test_waits_for_the_pool_and_idle_transactions_are_told(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'pool.db'}"

    async def main() -> int:
        one: Any = {"poolclass": AsyncAdaptedQueuePool, "pool_size": 1, "max_overflow": 0}
        engine = create_async_engine(url, pool_timeout=0.05, **one)
        patient = create_async_engine(url, **one)
        async with capture(None, tmp_path / "pool.jsonl"):
            results = await asyncio.gather(
                held(engine, 0.2), held(engine, 0.2), return_exceptions=True
            )
            await asyncio.gather(held(patient, 0.05), held(patient, 0.05))
        await engine.dispose()
        await patient.dispose()
        return sum(isinstance(result, sa.exc.TimeoutError) for result in results)

    assert asyncio.run(main()) == 1
    found = facts(tmp_path / "pool.jsonl")
    waits = [fact for fact in found if isinstance(fact, PoolWait)]
    idle = next(fact for fact in found if isinstance(fact, TransactionUse))
    assert waits
    assert all(wait.call_site and wait.call_site.function == "held" for wait in waits)
    assert any(wait.timed_out for wait in waits)
    assert {(wait.size, wait.overflow) for wait in waits} == {(1, 0)}
    assert idle.longest_ms >= 50
    assert idle.queries == 2
    assert idle.duration_ms - idle.queries_ms >= idle.longest_ms
    assert idle.after is not None
    assert idle.before is not None
    assert idle.before.line == idle.after.line + 2
    assert idle.ended == "commit"
    assert idle.scope.session is not None


def test_a_connection_never_returned_is_told_with_the_line_that_took_it(tmp_path: Path) -> None:
    async def main() -> None:
        engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'lost.db'}")
        with capture(engine, tmp_path / "lost.jsonl"):
            lost: Any = await engine.connect()
            await lost.execute(ASK, {"n": 1})
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", sa.exc.SAWarning)
                del lost
                gc.collect()
            kept = await engine.connect()
            async with engine.connect() as returned:
                await returned.execute(ASK, {"n": 2})
        await kept.close()
        await engine.dispose()

    asyncio.run(main())
    found = [f for f in facts(tmp_path / "lost.jsonl") if isinstance(f, UnreturnedConnection)]
    assert {(fact.collected, fact.call_site.text) for fact in found if fact.call_site} == {
        (True, "lost: Any = await engine.connect()"),
        (False, "kept = await engine.connect()"),
    }


def test_a_sync_connection_lost_to_the_collector_is_told(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'lost.db'}", poolclass=QueuePool)
    with capture(engine, tmp_path / "lost.jsonl"):
        lost: Any = engine.connect()
        lost.execute(ASK, {"n": 1})
        del lost
        gc.collect()
        ask(engine)
    (fact,) = [f for f in facts(tmp_path / "lost.jsonl") if isinstance(f, UnreturnedConnection)]
    assert fact.collected
    engine.dispose()


def test_the_pool_gives_what_it_gave(tmp_path: Path) -> None:
    """A pool under watch hands out, refuses and takes back as it does without."""

    def states() -> list[object]:
        engine = sa.create_engine(
            f"sqlite:///{tmp_path / 'same.db'}",
            poolclass=QueuePool,
            pool_size=1,
            max_overflow=1,
            pool_timeout=0.01,
        )
        seen: list[object] = []
        first, second = engine.connect(), engine.connect()
        try:
            engine.connect()
        except sa.exc.TimeoutError as error:
            seen.append(str(error))
        first.close()
        second.detach()
        second.close()
        seen.append(engine.pool.status())
        engine.dispose()
        return seen

    plain = states()
    with capture():
        assert states() == plain
    assert isinstance(sa.create_engine("sqlite://").pool, Pool)


def test_the_library_needs_no_more_than_sqlalchemy() -> None:
    loaded = (
        "import sys\nfrom asa.capture import capture\n"
        "print(sorted({'typer', 'rich', 'sqlglot', 'alembic', 'sqlparse'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
