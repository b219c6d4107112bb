"""env.py files and revisions that go their own way, and what runs them behind the guard.

REAL stands for the real database's URL, SYNC for the same with a synchronous driver, RAW for a
call of the driver itself, NAME for its file or name.
"""

from dataclasses import replace
from pathlib import Path

from asa.migrations.environment import Environment
from asa.migrations.upgrade import Moved, downgrade, upgrade
from asa.model.event import Notify, silent

HEAD = """
import asyncio, os, sys
from alembic import context
from sqlalchemy import MetaData, create_engine, event, pool, text
from sqlalchemy.ext.asyncio import async_engine_from_config, create_async_engine

def migrate(connection):
    context.configure(connection=connection, target_metadata=MetaData())
    with context.begin_transaction():
        context.run_migrations()

async def online(engine):
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()
"""
GO = "\nasyncio.run(online(create_async_engine(REAL)))\n"
RAW = {
    "postgresql": """
import asyncpg
async def raw():
    connection = await asyncpg.connect(DSN)
    await connection.execute("DELETE FROM customers")
""",
    "mysql": """
import aiomysql, pymysql
async def raw():
    connection = await aiomysql.connect(autocommit=True, **PARTS)
    cursor = await connection.cursor()
    await cursor.execute("DELETE FROM customers")
""",
    "sqlite": """
import sqlite3
async def raw():
    connection = sqlite3.connect(NAME)
    connection.execute("DELETE FROM customers")
    connection.commit()
""",
}
# Each leads to the scratch database in spite of itself.
LED = {
    "the URL of alembic.ini": (
        "asyncio.run(online(async_engine_from_config("
        'context.config.get_section("alembic"), poolclass=pool.NullPool)))'
    ),
    "an engine of its own": GO,
    "an engine of its own with a pool and options": (
        "asyncio.run(online(create_async_engine(REAL, pool_pre_ping=True,"
        ' isolation_level="SERIALIZABLE")))'
    ),
    "an engine made in a module of the project's": (
        "from own_engine import engine\nasyncio.run(online(engine))"
    ),
    "settings that are kept": (
        "from functools import lru_cache\n@lru_cache\ndef url():\n    return REAL\n"
        "asyncio.run(online(create_async_engine(url())))"
    ),
    "a .env read by itself": (
        "from dotenv import dotenv_values\n"
        'url = dotenv_values(os.path.join(os.path.dirname(__file__), "..", ".env"))["SHOP_URL"]\n'
        "assert url == REAL\nasyncio.run(online(create_async_engine(url)))"
    ),
    "a .env that overrides": (
        "from dotenv import load_dotenv\n"
        'load_dotenv(os.path.join(os.path.dirname(__file__), "..", ".env"), override=True)\n'
        'asyncio.run(online(create_async_engine(os.environ["SHOP_URL"])))'
    ),
    "the environment": 'asyncio.run(online(create_async_engine(os.environ["REAL_URL"])))',
    "a connection handed over is ignored": ('context.config.attributes["connection"] = None' + GO),
    "a loop of its own in a thread": (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(1) as threads:\n"
        "    threads.submit(asyncio.run, online(create_async_engine(REAL))).result()"
    ),
    "a listener that sets the address first": (
        "engine = create_async_engine(REAL)\n"
        '@event.listens_for(engine.sync_engine, "engine_connect")\n'
        "def see(connection):\n    connection.engine.url = engine.url\n"
        "asyncio.run(online(engine))"
    ),
    "a refusal that is swallowed": (
        "RAW\ntry:\n    asyncio.run(raw())\nexcept Exception:\n    pass" + GO
    ),
}
SYNC = (
    "engine = create_engine(SYNC)\nwith engine.connect() as connection:\n    migrate(connection)\n"
)
# Each is refused.
REFUSED = {
    "a driver called at import": "RAW\nasyncio.run(raw())" + GO,
    "a driver called after the migration": GO + "RAW\nasyncio.run(raw())",
    "a driver called in a thread": (
        "RAW\nfrom concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(1) as threads:\n    threads.submit(asyncio.run, raw()).result()"
        + GO
    ),
    "a program of its own": (
        "import subprocess\n"
        'subprocess.run([sys.executable, "-m", "alembic", "downgrade", "base"], check=True)' + GO
    ),
    "a shell": 'os.system("alembic downgrade base") and sys.exit(3)' + GO,
    "a fresh process": (
        "import multiprocessing\n"
        'process = multiprocessing.get_context("spawn").Process(target=print)\nprocess.start()' + GO
    ),
    "a program in its own place": "os.execv(sys.executable, [sys.executable])" + GO,
    "another kind of database": "create_engine(OTHER).connect()" + GO,
    "a socket of its own": (
        'import socket\nsocket.create_connection(("192.0.2.1", 5432), timeout=5)' + GO
    ),
}
OF_DIALECT = {
    "sqlite": {
        "a creator": (
            "import sqlite3\nengine = create_engine(SYNC, creator=lambda: sqlite3.connect(NAME))\n"
            "with engine.connect() as connection:\n    migrate(connection)\n"
        ),
        "another database attached": (
            "engine = create_engine(SYNC)\nwith engine.connect() as connection:\n"
            "    connection.exec_driver_sql(f\"ATTACH DATABASE '{NAME}' AS other\")\n"
            '    connection.exec_driver_sql("DELETE FROM other.customers")\n'
            "    migrate(connection)\n"
        ),
        "the file removed": "os.remove(NAME)" + GO,
        "the file overwritten": 'open(NAME, "wb").close()' + GO,
        "the file truncated": "os.truncate(NAME, 0)" + GO,
        "another file put over it": ('open("empty", "w").close()\nos.replace("empty", NAME)' + GO),
        "a file copied over it": (
            'import shutil\nopen("empty", "w").close()\nshutil.copyfile("empty", NAME)' + GO
        ),
    },
    "postgresql": {
        "a listener that puts the address back": (
            "engine = create_async_engine(REAL)\n"
            '@event.listens_for(engine.sync_engine, "do_connect")\n'
            "def put_back(dialect, record, args, options):\n"
            '    options["database"] = NAME\nasyncio.run(online(engine))'
        ),
        "a listener that connects itself": (
            "import asyncpg\nfrom sqlalchemy.util import await_only\n"
            "engine = create_async_engine(REAL)\n"
            '@event.listens_for(engine.sync_engine, "do_connect")\n'
            "def connect(dialect, record, args, options):\n"
            "    return await_only(asyncpg.connect(DSN))\nasyncio.run(online(engine))"
        ),
    },
    "mysql": {
        "PyMySQL called at import": (
            "import pymysql\nc = pymysql.connect(**PARTS)\n"
            'c.cursor().execute("DELETE FROM customers")\nc.commit()' + GO
        ),
        "a database chosen after connecting": (
            "RAW\nasync def choose():\n"
            "    own = dict(PARTS, db=os.environ['REAL_URL'].rpartition('/')[2])\n"
            "    connection = await aiomysql.connect(autocommit=True, **own)\n"
            "    await connection.select_db(NAME)\nasyncio.run(choose())" + GO
        ),
        "a statement for another database": (
            "async def outside():\n    engine = create_async_engine(REAL)\n"
            "    async with engine.begin() as connection:\n"
            '        await connection.execute(text(f"DELETE FROM `{NAME}`.customers"))\n'
            "asyncio.run(outside())" + GO
        ),
        "another database used": (
            "async def outside():\n    engine = create_async_engine(REAL)\n"
            "    async with engine.begin() as connection:\n"
            '        await connection.execute(text(f"USE {NAME}"))\n'
            '        await connection.execute(text("DELETE FROM customers"))\n'
            "asyncio.run(outside())" + GO
        ),
    },
}


def runs(
    environment: Environment, roots: tuple[Path, ...], notify: Notify
) -> dict[str, tuple[str, ...]]:
    """Move each project's scratch up and down; return what came of each: revisions or errors."""
    outcomes: dict[str, tuple[str, ...]] = {}
    for root in roots:
        config = replace(environment.config, root=root)
        own = replace(environment, config=config, ini=root / "alembic.ini")
        try:
            up, down = upgrade(own, "head", silent), downgrade(own, "base", silent, confirmed=True)
            assert isinstance(down, Moved)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is what came of it)
            outcomes[root.name] = (str(error),)
        else:
            outcomes[root.name] = tuple(step.revision.id for step in (*up.steps, *down.steps))
    return outcomes


def runs_one(environment: Environment, target: str, notify: Notify) -> None:
    """Move one project's scratch up."""
    upgrade(environment, target, notify)
