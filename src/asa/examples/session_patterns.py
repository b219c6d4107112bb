"""Twelve ways to use a session, from web requests to bulk.

    python session_patterns.py [URL]

Runs on a temporary SQLite file, or on the PostgreSQL, MySQL or MariaDB database of the URL,
where it makes tables named example_* and drops them again. Each pattern states how many
statements it takes, and fails if it takes another number. Those of a web application need
FastAPI and httpx (pip install fastapi httpx); without them they are left out, and it says so.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timezone
from typing import Annotated, Any, TypeVar

from sqlalchemy import (
    AsyncAdaptedQueuePool,
    CheckConstraint,
    ForeignKey,
    String,
    event,
    func,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

try:
    from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException
    from httpx import ASGITransport, AsyncClient
except ImportError:
    FASTAPI = False
else:
    FASTAPI = True

Result = TypeVar("Result")
NewSession = async_sessionmaker[AsyncSession]


class Base(DeclarativeBase):
    """Holds the tables of the bank."""


class Account(Base):
    """Somebody's money."""

    __tablename__ = "example_accounts"
    __table_args__ = (CheckConstraint("cents >= 0", name="ck_example_accounts_cents"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(String(40), unique=True)
    cents: Mapped[int]

    entries: Mapped[list["Entry"]] = relationship(back_populates="account")


class Entry(Base):
    """A line of an account's statement."""

    __tablename__ = "example_entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("example_accounts.id"), index=True)
    text: Mapped[str] = mapped_column(String(80))

    account: Mapped[Account] = relationship(back_populates="entries")


class Archive(DeclarativeBase):
    """Holds the tables of another database."""


class Letter(Archive):
    """What was written to a customer."""

    __tablename__ = "example_letters"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(String(40))


async def fastapi_dependency(new_session: NewSession) -> list[int]:
    """1. A session for each request: made by a dependency, committed by the endpoint.

    The dependency does not commit: FastAPI runs what follows its `yield` when the response may
    be on its way already, and a failed commit could not be told any more.
    """

    async def get_db() -> AsyncIterator[AsyncSession]:
        async with new_session() as session:
            yield session

    app = FastAPI()
    Database = Annotated[AsyncSession, Depends(get_db)]  # noqa: N806

    @app.post("/accounts/{owner}/deposit")
    async def deposit(owner: str, cents: int, session: Database) -> dict[str, int]:
        found = await session.scalars(select(Account).where(Account.owner == owner))
        account = found.one_or_none()
        if account is None:
            raise HTTPException(404, f"{owner} has no account")
        account.cents += cents
        await session.commit()
        # Still readable: the session was made with expire_on_commit=False.
        return {"cents": account.cents}

    async with client(app) as http:
        known = await http.post("/accounts/Ada/deposit", params={"cents": 50})
        unknown = await http.post("/accounts/Nobody/deposit", params={"cents": 50})
    return [known.status_code, known.json()["cents"], unknown.status_code]


async def context_manager(new_session: NewSession) -> None:
    """2. A session for a script or a job: one `with` commits at its end, or rolls back."""
    async with new_session.begin() as session:
        session.add(Account(owner="Cleo", cents=0))


async def savepoint(new_session: NewSession) -> list[str]:
    """3. A part that may fail: its savepoint is rolled back, the rest is committed."""
    async with new_session.begin() as session:
        owners = ("Dora", "Ada", "Emil")
        return [owner for owner in owners if not await opened(session, owner)]


async def opened(session: AsyncSession, owner: str) -> bool:
    """Open an account; tell whether the owner had none yet."""
    try:
        async with session.begin_nested():
            session.add(Account(owner=owner, cents=0))
    except IntegrityError:
        return False
    return True


async def background_task(new_session: NewSession) -> int:
    """4. Work after the response: in a session of its own, since the request's is closed.

    It is given keys, never objects, which belong to the request's session.
    """

    async def write_entry(account_id: int) -> None:
        async with new_session.begin() as session:
            session.add(Entry(account_id=account_id, text="statement printed"))

    app = FastAPI()

    @app.post("/accounts/{account_id}/statement", status_code=202)
    async def print_statement(account_id: int, later: BackgroundTasks) -> None:
        later.add_task(write_entry, account_id)

    async with new_session() as session:
        found = await session.scalars(select(Account.id).where(Account.owner == "Ada"))
        account_id = found.one()
    async with client(app) as http:
        return (await http.post(f"/accounts/{account_id}/statement")).status_code


async def concurrent_tasks(new_session: NewSession, owners: Sequence[str]) -> list[int]:
    """5. Tasks side by side: each its own session, since a session does one thing at a time.

    No more of them at once than the pool has connections: the others wait for the semaphore,
    not for the pool, which would time out.
    """
    at_once = asyncio.Semaphore(3)

    async def cents_of(owner: str) -> int:
        async with at_once, new_session() as session:
            found = await session.scalars(select(Account.cents).where(Account.owner == owner))
            return found.one()

    return await asyncio.gather(*(cents_of(owner) for owner in owners))


async def streaming(new_session: NewSession) -> int:
    """6. A large result: rows come in portions, and only one portion is in memory."""
    total = 0
    async with new_session() as session:
        statement = select(Account).execution_options(yield_per=2)
        async for account in await session.stream_scalars(statement):
            total += account.cents
    return total


@asynccontextmanager
async def read_only(new_session: NewSession) -> AsyncIterator[AsyncSession]:
    """7. A session that cannot write: the database itself refuses."""
    async with new_session() as session:
        connection = await session.connection(execution_options={"postgresql_readonly": True})
        if connection.dialect.name == "mysql":
            # For the transaction that the next statement begins.
            await connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        elif connection.dialect.name == "sqlite":
            await connection.exec_driver_sql("PRAGMA query_only=ON")
        try:
            yield session
        finally:
            if connection.dialect.name == "sqlite":
                # It would go with the connection, to whoever gets it next.
                await connection.exec_driver_sql("PRAGMA query_only=OFF")
            await session.rollback()


async def with_retries(work: Callable[[], Awaitable[Result]], attempts: int = 5) -> Result:
    """8. Retry what another transaction got in the way of: all of it, in a new session.

    Whatever the first attempt read is out of date, so the whole transaction runs again.
    """
    for attempt in range(1, attempts + 1):
        try:
            return await work()
        except DBAPIError as error:
            if attempt == attempts or not was_in_the_way(error):
                raise
        await asyncio.sleep(0.01 * 2**attempt)
    raise AssertionError("not reached")


def was_in_the_way(error: DBAPIError) -> bool:
    """Tell whether a concurrent transaction is to blame: then trying again helps."""
    code = getattr(error.orig, "sqlstate", None)
    if code is not None:
        return code in {"40001", "40P01"}  # PostgreSQL: serialization failure, deadlock
    first = error.orig.args[0] if error.orig is not None and error.orig.args else None
    # MySQL: deadlock, lock wait timeout, record changed since it was read.
    return first in {1213, 1205, 1020} or "database is locked" in str(error.orig)


async def race(new_session: NewSession) -> tuple[int, int]:
    """Let two transactions read the same account before either writes; both must count."""
    both_have_read, attempts = asyncio.Event(), 0

    async def deposit() -> None:
        nonlocal attempts
        async with new_session.begin() as session:
            await session.connection(execution_options={"isolation_level": "SERIALIZABLE"})
            account = (await session.scalars(select(Account).where(Account.owner == "Bob"))).one()
            attempts += 1
            if attempts == 2:
                both_have_read.set()
            await both_have_read.wait()
            account.cents += 10

    await asyncio.gather(with_retries(deposit), with_retries(deposit))
    async with new_session() as session:
        found = await session.scalars(select(Account.cents).where(Account.owner == "Bob"))
        return found.one(), attempts


async def rolled_back_test(engine: AsyncEngine) -> tuple[int, int]:
    """9. A test that leaves nothing behind, though the code that it tests commits.

    The session joins a transaction that the test holds; its commits release savepoints.
    """
    async with engine.connect() as connection:
        transaction = await connection.begin()
        joined = async_sessionmaker(
            connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        )
        await context_manager_like(joined)
        async with joined() as session:
            within = await number_of_accounts(session)
        await transaction.rollback()
    async with AsyncSession(engine) as session:
        return within, await number_of_accounts(session)


async def context_manager_like(new_session: NewSession) -> None:
    """Be the code under test: it opens its own session and commits."""
    async with new_session.begin() as session:
        session.add(Account(owner="Test", cents=1))


async def number_of_accounts(session: AsyncSession) -> int:
    """Count the accounts."""
    return await session.scalar(select(func.count()).select_from(Account)) or 0


async def several_databases(engine: AsyncEngine, archive: AsyncEngine) -> tuple[int, int]:
    """10. One session over several databases: each class goes to its own.

    The two commits are not one: if the second fails, the first stays. What must stay together
    belongs into one database.
    """
    new_session = async_sessionmaker(binds={Base: engine, Archive: archive}, expire_on_commit=False)
    async with new_session.begin() as session:
        session.add(Account(owner="Fay", cents=0))
        session.add(Letter(owner="Fay"))
    async with new_session() as session:
        letters = await session.scalar(select(func.count()).select_from(Letter))
        return await number_of_accounts(session), letters or 0


async def synchronous_code(new_session: NewSession) -> list[str]:
    """11. Code that was written for a plain Session: run_sync, where even lazy loads work."""

    def report(session: Session) -> list[str]:
        accounts = session.scalars(select(Account).where(Account.entries.any())).all()
        return [f"{account.owner}: {len(account.entries)}" for account in accounts]

    async with new_session() as session:
        return await session.run_sync(report)


async def bulk(new_session: NewSession) -> int:
    """12. Many rows: one INSERT and one UPDATE, without an object for each."""
    async with new_session.begin() as session:
        rows = [{"owner": f"Customer {number}", "cents": number} for number in range(100)]
        await session.execute(insert(Account), rows)
        # What is loaded in this session would be refreshed in Python: nothing is here.
        change = update(Account).where(Account.owner.like("Customer %"))
        await session.execute(
            change.values(cents=Account.cents + 1),
            execution_options={"synchronize_session": False},
        )
        total = select(func.sum(Account.cents)).where(Account.owner.like("Customer %"))
        return int(await session.scalar(total) or 0)


async def show(engine: AsyncEngine, archive: AsyncEngine) -> None:
    """Run each pattern with the number of statements that it takes."""
    new_session = async_sessionmaker(engine, expire_on_commit=False)
    async with new_session.begin() as session:
        await session.execute(
            insert(Account), [{"owner": "Ada", "cents": 100}, {"owner": "Bob", "cents": 100}]
        )
    await show_web(engine, new_session)
    with counted(engine, 1, "2. context manager"):
        await context_manager(new_session)
    with counted(engine, 3, "3. nested transaction: two stored, one refused"):
        expect(await savepoint(new_session), ["Ada"])
    with counted(engine, 3, "5. concurrent tasks, a session each"):
        expect(len(await concurrent_tasks(new_session, ("Ada", "Bob", "Cleo"))), 3)
    with counted(engine, 1, "6. streaming"):
        expect(await streaming(new_session) >= 200, True)
    await show_refusals(engine, new_session)
    with counted(engine, 3, "9. a test that is rolled back: its insert, and two counts"):
        within, after = await rolled_back_test(engine)
    expect(within - after, 1)
    with counted(engine, 2, "10. several databases: what went to this one"):
        _, letters = await several_databases(engine, archive)
    expect(letters, 1)
    with counted(engine, 2 if FASTAPI else 1, "11. run_sync, with a lazy load in it"):
        expect(await synchronous_code(new_session), ["Ada: 1"] if FASTAPI else [])
    with counted(engine, 3, "12. bulk: 100 rows inserted, changed, summed"):
        expect(await bulk(new_session), 100 * 99 // 2 + 100)


async def show_web(engine: AsyncEngine, new_session: NewSession) -> None:
    """Run the patterns of a web application, if FastAPI is there."""
    if not FASTAPI:
        print("  -               1. and 4. left out: pip install fastapi httpx")
        return
    with counted(engine, 3, "1. FastAPI dependency: one deposit, one unknown account"):
        expect(await fastapi_dependency(new_session), [200, 150, 404])
    with counted(engine, 2, "4. background task, in its own session"):
        expect(await background_task(new_session), 202)


async def show_refusals(engine: AsyncEngine, new_session: NewSession) -> None:
    """Run the patterns in which the database says no."""
    with counted(engine, 2, "7. read-only: one read, one write refused"):
        async with read_only(new_session) as session:
            await number_of_accounts(session)
            try:
                await session.execute(update(Account).values(cents=0))
            except (OperationalError, DBAPIError):
                refused = True
            else:
                refused = False
        expect(refused, True)
    async with new_session.begin() as session:
        # The same connection may write again.
        await session.execute(update(Account).where(Account.owner == "Bob").values(cents=100))
    cents, attempts = await race(new_session)
    expect((cents, attempts > 2), (120, True))
    print(f"  -               8. retry: two deposits at once, {attempts} attempts, none lost")


@asynccontextmanager
async def client(app: "FastAPI") -> AsyncIterator["AsyncClient"]:
    """Lend a client that calls an application without a network."""
    transport = ASGITransport(app=app)
    async with AsyncClient(transport=transport, base_url="http://bank") as http:
        yield http


@contextmanager
def counted(engine: AsyncEngine, claimed: int, what: str) -> Iterator[None]:
    """Count the statements of a block, print the number, and fail if it is not the claimed one."""
    seen: list[str] = []

    def count(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.split(None, 1)[0] in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"):
            seen.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", count)
    print(f"{len(seen):>3} statement{'s' if len(seen) != 1 else ' '}  {what}")
    if len(seen) != claimed:
        raise AssertionError(f"{claimed} claimed, {len(seen)} counted: {seen}")


def expect(found: object, expected: object) -> None:
    """Fail where the database did not answer as the example says."""
    if found != expected:
        raise AssertionError(f"{expected!r} expected, {found!r} found")


@asynccontextmanager
async def database(url: str) -> AsyncIterator[AsyncEngine]:
    """Lend an engine with the example's tables, which are dropped afterwards."""
    # The tasks below all hold a connection at once.
    engine = create_async_engine(url, poolclass=AsyncAdaptedQueuePool, pool_size=5)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine.sync_engine, "connect")
        def prepare(dbapi_connection: Any, _record: Any) -> None:
            dbapi_connection.isolation_level = None
            cursor = dbapi_connection.cursor()
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA busy_timeout=5000")
            cursor.close()

        @event.listens_for(engine.sync_engine, "begin")
        def begin(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN")

    try:
        async with engine.begin() as connection:
            there = await connection.run_sync(lambda c: set(inspect(c).get_table_names()))
            taken = sorted(there & set(Base.metadata.tables))
            if taken:
                sys.exit(f"the database has a table {taken[0]} already: give another database")
            await connection.run_sync(Base.metadata.create_all)
        try:
            yield engine
        finally:
            async with engine.begin() as connection:
                await connection.run_sync(Base.metadata.drop_all)
    finally:
        await engine.dispose()


async def main(url: str) -> None:
    """Run the example on a database."""
    async with database(url) as engine:
        started = datetime.now(timezone.utc)
        print(f"{engine.dialect.name}, {started:%Y-%m-%d}")
        archive = create_async_engine("sqlite+aiosqlite://")
        try:
            async with archive.begin() as connection:
                await connection.run_sync(Archive.metadata.create_all)
            await show(engine, archive)
        finally:
            await archive.dispose()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(main(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(main(f"sqlite+aiosqlite:///{folder}/bank.db"))
