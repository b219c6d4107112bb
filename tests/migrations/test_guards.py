"""What must never be dropped, and what a revision's file must import to run."""

from pathlib import Path

import pytest
from tests.migrations.project import CUSTOMER, make_project

from asa.errors import ProjectError
from asa.migrations.revision import Written, migrate
from asa.migrations.status import read_status
from asa.migrations.upgrade import upgrade
from asa.model.event import silent

TYPES = """
from sqlalchemy import Numeric
from sqlalchemy.types import TypeDecorator

class Money(TypeDecorator):
    impl = Numeric
    cache_ok = True
"""
PRICE = """
from money_types import Money

class Price(Base):
    __tablename__ = "prices"
    id: Mapped[int] = mapped_column(primary_key=True)
    amount: Mapped[str] = mapped_column(Money(10, 2))
"""
STRANGE = """
from advanced_alchemy.types import GUID, DateTimeUTC
from sqlmodel import AutoString

class Strange(Base):
    __tablename__ = "strange"
    id: Mapped[str] = mapped_column(GUID, primary_key=True)
    made: Mapped[str] = mapped_column(DateTimeUTC(timezone=True))
    word: Mapped[str] = mapped_column(AutoString())
"""


def test_types_of_the_projects_own_are_imported_by_the_file(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "money_types.py").write_text(TYPES)
    project = make_project(tmp_path, database_url)
    project.write_models(PRICE)
    made = migrate(project.environment(), "prices", silent)
    assert isinstance(made, Written)
    assert made.revision is not None
    assert "import money_types" in (tmp_path / made.revision.file).read_text()
    upgrade(project.environment(), "head", silent)
    assert read_status(project.environment(), silent).clean


def test_types_of_libraries_are_imported_and_no_difference(
    tmp_path: Path, database_url: str
) -> None:
    pytest.importorskip("sqlmodel")
    pytest.importorskip("advanced_alchemy")
    project = make_project(tmp_path, database_url)
    project.write_models(STRANGE.replace("AutoString()", "AutoString(20)"))
    migrate(project.environment(), "strange", silent)
    upgrade(project.environment(), "head", silent)
    assert read_status(project.environment(), silent).clean


def test_a_table_whose_model_was_not_imported_is_not_dropped(
    tmp_path: Path, sqlite_url: str
) -> None:
    project = make_project(tmp_path, sqlite_url)
    project.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY)")
    (tmp_path / "forgotten.py").write_text(
        f"from {project.models} import Base\nfrom sqlalchemy import Column, Integer\n"
        "class Order(Base):\n    __tablename__ = 'orders'\n"
        "    id = Column(Integer, primary_key=True)\n"
    )
    with pytest.raises(ProjectError, match="orders would be dropped") as caught:
        migrate(project.environment(), "start", silent)
    assert "import forgotten in env.py" in caught.value.hint
    assert project.files == []


def test_partitions_and_tables_of_extensions_are_left_alone(
    tmp_path: Path, postgresql_url: str
) -> None:
    project = make_project(tmp_path, postgresql_url)
    project.execute(
        "CREATE EXTENSION IF NOT EXISTS pg_trgm",
        "CREATE TABLE spatial_ref_sys (srid int PRIMARY KEY)",
        "ALTER EXTENSION pg_trgm ADD TABLE spatial_ref_sys",
        "CREATE TABLE other_marks (version_num varchar(32) PRIMARY KEY)",
    )
    project.write_models(CUSTOMER)
    made = migrate(project.environment(), "start", silent)
    assert isinstance(made, Written)
    assert [type(one).__name__ for one in made.operations] == ["CreateTable"]
    assert made.revision is not None
    text = (tmp_path / made.revision.file).read_text()
    assert "spatial_ref_sys" not in text
    assert "other_marks" not in text
    upgrade(project.environment(), "head", silent)
    assert read_status(project.environment(), silent).clean
