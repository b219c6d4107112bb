"""A synchronous env.py on SQLite, whatever driver alembic.ini names."""

from alembic import context
from shop_models import Base
from sqlalchemy import create_engine

url = context.config.get_main_option("sqlalchemy.url").replace("+aiosqlite", "")
engine = create_engine(url)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
