"""The engine of the application's database, and the sessions that use it.

    async with db.session() as session:        # commit yourself, or lose it on purpose
    async with db.transaction() as session:    # commits at the end, rolls back on an error
    session: Annotated[AsyncSession, Depends(get_db)]    # in FastAPI

Every session ends in a `with`, so that its connection always goes back to the pool. The file
is yours: edit it as the project grows.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import AsyncAdaptedQueuePool, Connection, StaticPool, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

ROOT = Path(__file__).resolve().parents[1]  # asa: root

# The variables that `.env` sets count here as they do for Alembic.
try:
    from dotenv import load_dotenv
except ImportError:
    pass
else:
    load_dotenv(ROOT / ".env")

ASYNC_DRIVERS = {
    "postgresql": "asyncpg",
    "postgres": "asyncpg",
    "mysql": "aiomysql",
    "mariadb": "aiomysql",
    "sqlite": "aiosqlite",
}


def application_url() -> str | URL:
    """Return the URL of the application's database."""
    return variable("DATABASE_URL")  # asa: url


def variable(name: str) -> str:
    """Return an environment variable."""
    value = os.environ.get(name)
    if not value:
        raise RuntimeError(f"{name} is not set, and the database URL is taken from it")
    return value


def number(name: str, default: int) -> int:
    """Return an environment variable that is a number."""
    return int(os.environ.get(name) or default)


@dataclass(frozen=True)
class PoolSettings:
    """How many connections there are and how long they live; each can be set by a variable.

    Every process of the application has a pool of its own: processes times (size + overflow)
    must stay below what the server admits.
    """

    size: int = field(default_factory=lambda: number("DB_POOL_SIZE", 5))
    max_overflow: int = field(default_factory=lambda: number("DB_MAX_OVERFLOW", 10))
    # A request that waits longer for a connection fails instead of piling up.
    timeout_s: int = field(default_factory=lambda: number("DB_POOL_TIMEOUT", 10))
    # Shorter than the idle limit of the server and of what stands between.
    recycle_s: int = field(default_factory=lambda: number("DB_POOL_RECYCLE", 1800))


@dataclass(frozen=True)
class Health:
    """What `SessionManager.check` found out."""

    ok: bool
    duration_ms: float
    pool: str
    error: str | None = None


class SessionManager:
    """One database: its engine, made at the first use, and its sessions."""

    def __init__(self, url: str | URL | None = None, pool: PoolSettings | None = None) -> None:
        self._url = url
        self._pool = pool

    @cached_property
    def engine(self) -> AsyncEngine:
        """The engine; making it does not connect."""
        url = with_async_driver(make_url(self._url or application_url()))
        engine = create_async_engine(
            url,
            echo=os.environ.get("DB_ECHO", "").lower() in ("1", "true", "yes", "on"),
            **pool_options(url, self._pool or PoolSettings()),
        )
        if url.get_backend_name() == "sqlite":
            prepare_sqlite(engine)
        return engine

    @cached_property
    def new_session(self) -> async_sessionmaker[AsyncSession]:
        """The factory of sessions; what they have loaded stays readable after a commit."""
        return async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """Lend a session; what is not committed at its end is rolled back."""
        async with self.new_session() as session:
            yield session

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Lend a session that commits at the end and rolls back on an error."""
        async with self.new_session() as session, session.begin():
            # SQLite takes its write lock now and waits for it; taken later, it may be refused.
            await session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
            yield session

    async def check(self, timeout_s: float = 2.0) -> Health:
        """Ask the database for an answer, within a time."""
        started = time.monotonic()
        error = None
        try:
            await asyncio.wait_for(self._ask(), timeout_s)
        except asyncio.TimeoutError:
            error = f"no answer within {timeout_s:g} s"
        except (SQLAlchemyError, OSError) as failure:
            # The type alone: the message may hold the server's address and user.
            error = type(failure).__name__
        duration_ms = (time.monotonic() - started) * 1000
        return Health(error is None, duration_ms, self.engine.pool.status(), error)

    async def _ask(self) -> None:
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close all connections; the next use opens new ones."""
        await self.engine.dispose()


@asynccontextmanager
async def transaction(session: AsyncSession) -> AsyncIterator[AsyncSession]:
    """Commit a session's work at the end, roll it back on an error.

    Also after the session was read from, where `session.begin()` would complain. Within another
    `transaction` of the same session it is a savepoint: its error undoes its own part only.
    """
    if session.info.get("in_transaction"):
        async with session.begin_nested():
            yield session
        return
    session.info["in_transaction"] = True
    try:
        yield session
        await session.commit()
    except BaseException:
        await session.rollback()
        raise
    finally:
        del session.info["in_transaction"]


def with_async_driver(url: URL) -> URL:
    """Return the URL with an async driver where it names none."""
    backend, _, driver = url.drivername.partition("+")
    if driver not in {"asyncpg", "psycopg", "psycopg_async", "aiomysql", "asyncmy", "aiosqlite"}:
        family = "postgresql" if backend == "postgres" else backend
        url = url.set(drivername=f"{family}+{ASYNC_DRIVERS[backend]}")
    if url.drivername.endswith("+asyncpg") and "sslmode" in url.query:
        # libpq's spelling; asyncpg calls the same thing ssl.
        ssl = url.query["sslmode"]
        url = url.difference_update_query(["sslmode", "channel_binding"])
        url = url.update_query_dict({"ssl": ssl})
    return url


def pool_options(url: URL, pool: PoolSettings) -> dict[str, Any]:
    """Return the engine's options for its pool."""
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        # A database in memory lives in its one connection: all sessions share it.
        return {"poolclass": StaticPool}
    return {
        # Named for SQLite: before SQLAlchemy 2.0.38 its files had a pool that takes no sizes.
        "poolclass": AsyncAdaptedQueuePool,
        "pool_pre_ping": True,
        "pool_size": pool.size,
        "max_overflow": pool.max_overflow,
        "pool_timeout": pool.timeout_s,
        "pool_recycle": pool.recycle_s,
    }


def prepare_sqlite(engine: AsyncEngine) -> None:
    """Give SQLite foreign keys, readers beside a writer, patience, and whole transactions."""

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(dbapi_connection: Any, _record: Any) -> None:
        # The driver would begin transactions too late for savepoints: we begin them ourselves.
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA busy_timeout=5000")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql(f"BEGIN {options.get('sqlite_begin', 'DEFERRED')}")


db = SessionManager()


async def get_db() -> AsyncIterator[AsyncSession]:
    """Lend a request its session (FastAPI dependency).

    It does not commit: FastAPI runs what follows the `yield` when the response may be on its
    way already, and a failed commit could not be told any more. Commit in the endpoint, by
    `await session.commit()` or `async with transaction(session)`.
    """
    async with db.session() as session:
        yield session
