"""An async env.py that takes the database it is handed, and a transaction for each revision."""

import asyncio

from alembic import context
from shop_models import Base
from sqlalchemy import pool
from sqlalchemy.ext.asyncio import create_async_engine

config = context.config


def migrate(connection):
    context.configure(
        connection=connection, target_metadata=Base.metadata, transaction_per_migration=True
    )
    with context.begin_transaction():
        context.run_migrations()


async def online():
    url = config.attributes.get("url") or config.get_main_option("sqlalchemy.url")
    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


asyncio.run(online())
