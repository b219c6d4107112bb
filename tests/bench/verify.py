"""`asa verify` of 200 revisions ends in 60 s on SQLite and in 120 s on PostgreSQL, each alone."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.result import Result

__all__ = ["measure", "write_history"]

REVISIONS = 200
TABLES = 50
LIMITS_S = {"sqlite": 60.0, "postgresql": 120.0}
INI = """[alembic]
script_location = migrations
prepend_sys_path = .
sqlalchemy.url = sqlite+aiosqlite:///shop.db
"""
ENV = """
import asyncio
import os

from alembic import context
from models import Base
from sqlalchemy import pool
from sqlalchemy.ext.asyncio import create_async_engine

URL = os.environ["DATABASE_URL"]


def work(connection):
    context.configure(
        connection=connection, target_metadata=Base.metadata, render_as_batch=True
    )
    with context.begin_transaction():
        context.run_migrations()


async def main():
    engine = create_async_engine(URL, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(work)
    await engine.dispose()


asyncio.run(main())
"""
MODELS_HEAD = """
from sqlalchemy import BigInteger, ForeignKey, Index, Numeric, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass
"""
MODEL = """

class T{n}(Base):
    __tablename__ = "t{n}"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    parent_id: Mapped[int | None] = mapped_column({parent}index=True)
    price: Mapped[float] = mapped_column(Numeric(12, 2), server_default="0")
    note: Mapped[str | None] = mapped_column(String(200))
    __table_args__ = (Index("ix_t{n}_name_price", "name", "price"),)
"""
REVISION = '''"""step {n}"""
import sqlalchemy as sa
from alembic import op

revision = "r{n:03}"
down_revision = {parent!r}


def upgrade():
    {up}


def downgrade():
    {down}
'''
CREATE = """op.create_table(
        "t{n}",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("parent_id", sa.Integer{key}),
    )
    op.create_index("ix_t{n}_parent_id", "t{n}", ["parent_id"])"""
ADD_PRICE = """price = sa.Column("price", sa.Numeric(12, 2), server_default="0", nullable=False)
    op.add_column("t{n}", price)
    op.create_index("ix_t{n}_name_price", "t{n}", ["name", "price"])"""
DROP_PRICE = """op.drop_index("ix_t{n}_name_price", "t{n}")
    with op.batch_alter_table("t{n}") as table:
        table.drop_column("price")"""
ADD_NOTE = """op.add_column("t{n}", sa.Column("note", sa.String(200)))
    op.execute("UPDATE t{n} SET note = name WHERE note IS NULL")"""
DROP_NOTE = """with op.batch_alter_table("t{n}") as table:
        table.drop_column("note")"""
ALTER = """with op.batch_alter_table("t{n}") as table:
        table.alter_column(
            "name",
            type_=sa.String({new}),
            existing_type=sa.String({old}),
            existing_nullable=False,
        )"""


def measure() -> Result:
    """Return the dialect that comes nearest to its limit."""
    with tempfile.TemporaryDirectory(prefix="asa-bench-") as directory:
        write_history(Path(directory))
        found = [timed(Path(directory), dialect) for dialect in LIMITS_S]
    return min(found, key=lambda result: result.ratio)


def timed(root: Path, dialect: str) -> Result:
    """Time the command as a whole process, its scratch server started and ended in it."""
    start = time.perf_counter()
    subprocess.run(
        (Path(sys.executable).parent / "asa", "verify", "--dialect", dialect, "--format", "json"),
        cwd=root,
        env={**os.environ, "DATABASE_URL": "sqlite+aiosqlite:///shop.db"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    took_s = time.perf_counter() - start
    limit_s = LIMITS_S[dialect]
    claim = f"asa verify: {REVISIONS} revisions on {dialect}"
    return Result(claim, took_s, limit_s, limit_s / took_s, 1.0, "s")


def write_history(root: Path) -> None:
    """Write models and the revisions that make them: four for each table."""
    versions = root / "migrations" / "versions"
    versions.mkdir(parents=True)
    (root / "alembic.ini").write_text(INI)
    (root / "migrations" / "env.py").write_text(ENV)
    models = [MODELS_HEAD]
    parent: str | None = None
    for table in range(TABLES):
        target = f'ForeignKey("t{table % 5}.id"), ' if table >= 5 else ""
        models.append(MODEL.format(n=table, parent=target))
        for offset, (up, down) in enumerate(steps(table)):
            number = 4 * table + offset
            text = REVISION.format(n=number, parent=parent, up=up, down=down)
            parent = f"r{number:03}"
            (versions / f"{parent}.py").write_text(text)
    (root / "models.py").write_text("".join(models))


def steps(n: int) -> tuple[tuple[str, str], ...]:
    """Return the bodies of the revisions of one table."""
    key = f', sa.ForeignKey("t{n % 5}.id")' if n >= 5 else ""
    return tuple(
        (up.format(n=n, key=key), down.format(n=n))
        for up, down in (
            (CREATE, 'op.drop_table("t{n}")'),
            (ADD_PRICE, DROP_PRICE),
            (ADD_NOTE, DROP_NOTE),
            (ALTER.format(n="{n}", new=80, old=40), ALTER.format(n="{n}", new=40, old=80)),
        )
    )
