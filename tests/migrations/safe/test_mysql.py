"""MySQL's safe form: statements that say how they may work, and run so with rows."""

from pathlib import Path

import pytest
from tests.migrations.project import make_project

from asa.migrations.revision import Written, migrate
from asa.migrations.status import read_status
from asa.migrations.upgrade import downgrade, upgrade
from asa.model.event import silent

BEFORE = """
from sqlalchemy import Index, text

class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(String(100))
    old: Mapped[int | None] = mapped_column(index=True)
"""
AFTER = """
from sqlalchemy import DateTime, Index, Text, func

class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(String(100), index=True)
    old: Mapped[int | None]
    note: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), server_default="it's: 50%")
    made: Mapped[str | None] = mapped_column(DateTime, server_default=func.now())
    __table_args__ = (Index("words", "note", mysql_prefix="FULLTEXT"),)
"""

INDEXED = """
    __table_args__ = (Index("ix_lower", text("(lower(email))")), Index("ix_old", old.desc()))
"""


def test_what_the_server_can_do_beside_writers_says_so(tmp_path: Path, mysql_url: str) -> None:
    project = make_project(tmp_path, mysql_url)
    project.write_models(BEFORE)
    migrate(project.environment(), "start", silent)
    upgrade(project.environment(), "head", silent)
    project.execute("INSERT INTO users (id, email) VALUES (1, 'a')")
    project.write_models(AFTER)
    made = migrate(project.environment(), "grow", silent)
    assert isinstance(made, Written)
    assert made.revision is not None
    text = (tmp_path / made.revision.file).read_text()
    assert "ADD INDEX ix_users_email (email), ALGORITHM=INPLACE, LOCK=NONE" in text
    assert "op.create_index('words'" in text  # writers wait for a full-text index
    upgrade(project.environment(), "head", silent)
    assert project.execute("SELECT state FROM users")[0] == [("it's: 50%",)]
    assert read_status(project.environment(), silent).clean
    downgrade(project.environment(), made.parents[0].id, silent, confirmed=True)
    assert project.execute("SELECT id, email FROM users")[0] == [(1, "a")]


def test_an_index_over_an_expression_is_built_while_writers_wait(
    tmp_path: Path, mysql_url: str
) -> None:
    project = make_project(tmp_path, mysql_url)
    project.write_models(BEFORE)
    migrate(project.environment(), "start", silent)
    upgrade(project.environment(), "head", silent)
    if "MariaDB" in str(project.execute("SELECT VERSION()")):
        pytest.skip("MariaDB has no such index")
    project.execute("INSERT INTO users (id, email) VALUES (1, 'a')")
    project.write_models(BEFORE + INDEXED)
    made = migrate(project.environment(), "index", silent)
    assert isinstance(made, Written)
    assert made.revision is not None
    assert "op.create_index('ix_lower'" in (tmp_path / made.revision.file).read_text()
    upgrade(project.environment(), "head", silent)
    assert read_status(project.environment(), silent).clean
