"""Alembic's environment for an async SQLAlchemy project.

Alembic runs this file for every command that needs the models or the database. It is yours:
edit it as the project grows. A program that calls Alembic may hand over a database by
`config.attributes`: "connection" (a sync Connection), or "url" with "connect_args"; and
"lock": False where it keeps other upgrades out itself.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from logging.config import fileConfig
from pathlib import Path
from typing import Any, Literal

from alembic import context
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, MetaData, event, pool, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine  # asa: names

ROOT = Path(__file__).resolve().parents[1]  # asa: root

# The variables that `.env` sets count here as they do for the application.
try:
    from dotenv import load_dotenv
except ImportError:
    pass
else:
    load_dotenv(ROOT / ".env")

# Each module that defines tables, so that none of them is taken for dropped.
import models  # type: ignore[import-not-found]  # noqa: E402  # asa: imports

target_metadata = models.Base.metadata  # asa: metadata
# Tables of the same database that other revisions look after.
other_metadata: list[MetaData] = []  # asa: others

ASYNC_DRIVERS = {
    "postgresql": "asyncpg",
    "postgres": "asyncpg",
    "mysql": "aiomysql",
    "mariadb": "aiomysql",
    "sqlite": "aiosqlite",
}

config = context.config


def application_url() -> str | URL:
    """Return the URL that the application itself uses."""
    return variable("DATABASE_URL")  # asa: url


def variable(name: str) -> str:
    """Return an environment variable."""
    value = os.environ.get(name)
    if not value:
        raise CommandError(f"{name} is not set, and the database URL is taken from it")
    return value


def database_url() -> URL:
    """Return the URL to migrate, given an async driver where it names none."""
    url = make_url(config.attributes.get("url") or application_url())
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


def moves_schema() -> bool:
    """Tell an upgrade, a downgrade and a stamp from the commands that only look."""
    try:
        context.get_revision_argument()
    except KeyError:
        return False
    return True


def make_engine() -> AsyncEngine:
    """Return an engine without a pool; on SQLite one whose DDL can be rolled back."""
    url = database_url()
    connect_args: dict[str, Any] = config.attributes.get("connect_args") or {}
    if url.get_backend_name() == "sqlite" and moves_schema() and "timeout" not in url.query:
        # Another upgrade may be at work: wait until it has ended.
        connect_args = {"timeout": 60, **connect_args}
    engine = create_async_engine(url, poolclass=pool.NullPool, connect_args=connect_args)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine.sync_engine, "connect")
        def prepare(dbapi_connection: Any, _record: Any) -> None:
            # The driver would not begin a transaction before DDL: we begin it ourselves.
            # Foreign keys are off because batch mode drops and renames tables, which would
            # delete the rows that refer to them; SQLite takes this only outside a transaction.
            dbapi_connection.isolation_level = None
            cursor = dbapi_connection.cursor()
            cursor.execute("PRAGMA foreign_keys=OFF")
            cursor.close()

        @event.listens_for(engine.sync_engine, "begin")
        def begin(connection: Connection) -> None:
            if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
                # Of several upgrades at once, one goes first and the others see what it did.
                connection.exec_driver_sql("BEGIN IMMEDIATE" if moves_schema() else "BEGIN")

    return engine


def schemas_in_use() -> set[str | None]:
    """Return the schemas that the models name; None is the database's default one."""
    listed = target_metadata if isinstance(target_metadata, list) else [target_metadata]
    return {table.schema for metadata in listed for table in metadata.tables.values()}


def not_ours(connection: Connection) -> set[str]:
    """Return the tables of the database that these revisions must leave alone.

    Those of the project's other metadata and, on PostgreSQL, those that belong to an
    extension or are a partition of another table.
    """
    names = {table.name for metadata in other_metadata for table in metadata.tables.values()}
    if connection.dialect.name == "postgresql":
        owned = text(
            "SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') AND"
            " (c.relispartition OR EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid"
            " AND d.classid = 'pg_class'::regclass AND d.deptype = 'e'))"
        )
        names.update(connection.scalars(owned))
    return names


def include_name(name: str | None, type_: str, _parent_names: Any) -> bool:
    """Leave out the schemas that the models do not use."""
    return type_ != "schema" or name in schemas_in_use() | {None}


def only_ours(connection: Connection) -> Callable[..., bool]:
    """Return Alembic's filter that keeps it from dropping tables that are not ours."""
    foreign: list[set[str]] = []

    def include_object(_: Any, name: str, type_: str, reflected: bool, known: Any) -> bool:
        if type_ != "table" or not reflected or known is not None:
            return True
        if not foreign:
            foreign.append(not_ours(connection))
        return name not in foreign[0]

    return include_object


def compare_type(
    migration: MigrationContext, _column: Any, _known: Any, _reflected: Any, wanted: Any
) -> bool | None:
    """Let Alembic compare types, but for those that SQLite's reflection cannot tell apart."""
    if migration.dialect.name == "sqlite":
        spelled = wanted.compile(dialect=migration.dialect).partition("(")[0]
        if spelled not in getattr(migration.dialect, "ischema_names", {}):
            return False
    return None


def render_item(kind: str, item: Any, autogen_context: Any) -> Literal[False]:
    """Let a revision import the column types that are not SQLAlchemy's own."""
    module = type(item).__module__
    if kind == "type" and not module.startswith("sqlalchemy."):
        autogen_context.imports.add(f"import {module}")
    return False


def configure(dialect: str, **options: Any) -> None:
    """Tell Alembic how to compare and how to run; the same online and offline."""
    context.configure(
        target_metadata=target_metadata,
        compare_type=compare_type,
        include_schemas=schemas_in_use() - {None} != set(),
        include_name=include_name,
        render_item=render_item,
        render_as_batch=dialect == "sqlite",
        transactional_ddl=True if dialect == "sqlite" else None,
        # On SQLite its lock ends with the transaction, and must not end between two revisions.
        transaction_per_migration=dialect != "sqlite",
        **options,
    )


def migrate(connection: Connection) -> None:
    """Run the migrations on a connection. No statement may run on it before the transaction."""
    configure(
        connection.dialect.name,
        connection=connection,
        include_object=only_ours(connection),
    )
    with context.begin_transaction():
        context.run_migrations()


# The upgrade lock, where it is asked for.  # asa: lock
async def migrate_online() -> None:
    """Connect, migrate, disconnect."""
    engine = make_engine()
    try:
        async with engine.connect() as connection:  # asa: connect
            await connection.run_sync(migrate)
    finally:
        await engine.dispose()


def run_online() -> None:
    """Migrate the connection that the caller handed over, or the application's database."""
    connection = config.attributes.get("connection")
    if connection is not None:
        migrate(connection)
        return
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(migrate_online())
    else:
        # Called from async code, whose loop runs in this thread: another thread gets its own.
        with ThreadPoolExecutor(1) as executor:
            executor.submit(asyncio.run, migrate_online()).result()


def run_offline() -> None:
    """Print the SQL instead of running it (`alembic upgrade head --sql`)."""
    url = database_url()
    configure(
        url.get_backend_name(),
        url=url,
        literal_binds=True,
        dialect_opts={"paramstyle": "named"},
    )
    with context.begin_transaction():
        context.run_migrations()


# The alembic command sets up logging; a program that calls Alembic keeps its own.
ini = config.config_file_name
if config.cmd_opts is not None and ini is not None and Path(ini).is_file():
    fileConfig(ini, disable_existing_loggers=False)

if context.is_offline_mode():
    run_offline()
else:
    run_online()
