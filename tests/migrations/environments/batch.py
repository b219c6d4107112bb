"""The same as stock.py, for SQLite: it changes a table by making it anew."""

import asyncio
from logging.config import fileConfig

from alembic import context
from shop_models import Base
from sqlalchemy import pool
from sqlalchemy.ext.asyncio import async_engine_from_config

config = context.config
fileConfig(config.config_file_name)


def offline():
    context.configure(
        url=config.get_main_option("sqlalchemy.url"),
        target_metadata=Base.metadata,
        literal_binds=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def migrate(connection):
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


async def online():
    section = config.get_section(config.config_ini_section)
    engine = async_engine_from_config(section, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


print("stock env.py prints on stdout")  # noqa: T201  (as some do)
if context.is_offline_mode():
    offline()
else:
    asyncio.run(online())
