"""With the env.py that `asa init` writes: init, migrate, upgrade, status, downgrade, by hand."""

import json
import subprocess
import sys
from pathlib import Path

from tests.migrations.project import Project

MODELS = """
import datetime, decimal, enum
from sqlalchemy import JSON, CheckConstraint, Enum, ForeignKey, Numeric, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Tier(enum.Enum):
    bronze = "bronze"
    gold = "gold"

class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    tier: Mapped[Tier]
    profile: Mapped[dict] = mapped_column(JSON)
    seen: Mapped[datetime.datetime] = mapped_column(server_default=func.now())

class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (CheckConstraint("total >= 0", name="positive"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[decimal.Decimal] = mapped_column(Numeric(10, 2), server_default="0")
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
"""
SETTINGS = """
import os
DATABASE_URL = os.environ["DATABASE_URL"]
"""


def test_the_whole_road(tmp_path: Path, database_url: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "models.py").write_text(MODELS)
    (tmp_path / "settings.py").write_text(SETTINGS)
    project = Project(tmp_path, "models", database_url)

    def asa(*words: str) -> str:
        done = project.asa_process(*words, DATABASE_URL=database_url)
        assert done.returncode == 0, done.stdout + done.stderr
        return str(done.stdout)

    asa("init")
    assert "✓ wrote" in asa("migrate", "start")
    assert "✓ 1 applied" in asa("upgrade")
    assert json.loads(asa("status", "--format", "json"))["clean"] is True
    assert "no change: models equal the database (2 tables)" in asa("migrate", "again")
    models = (tmp_path / "models.py").read_text()
    (tmp_path / "models.py").write_text(models.replace("String(80)", "String(120)"))
    assert "~ column  customers.name  varchar(80) to varchar(120)" in asa("migrate", "wider")
    # The revisions serve without asa.
    plain = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=tmp_path,
        env={"DATABASE_URL": database_url, "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert plain.returncode == 0, plain.stderr
    assert "database, revisions and models agree" in asa("check")
    assert "✓ 2 undone" in asa("downgrade", "base")
    assert project.tables() == {"alembic_version"}
