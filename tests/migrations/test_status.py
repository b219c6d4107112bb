"""Status tells where database, revisions and models stand, and changes nothing."""

from pathlib import Path

import pytest
from tests.migrations.project import CUSTOMER, ORDER, Project, make_project

from asa.errors import DatabaseError
from asa.migrations.drift import Drift
from asa.migrations.revision import migrate
from asa.migrations.status import NotCompared, Status, read_status
from asa.migrations.upgrade import upgrade
from asa.model.event import silent
from asa.model.operation import AddColumn, AlterColumn


def status(project: Project) -> Status:
    return read_status(project.environment(), silent)


def test_an_empty_database_lacks_every_revision(project: Project) -> None:
    written = project.migrate("start")
    found = status(project)
    assert found.current == ()
    assert found.pending == (written.revision,)
    assert found.heads == (written.revision,)
    assert found.models == NotCompared("the database is behind")
    assert not found.clean
    assert project.tables() == set()


def test_at_head_the_models_are_compared(project: Project) -> None:
    project.write_models(CUSTOMER, ORDER)
    migrate(project.environment(), "start", silent)
    upgrade(project.environment(), "head", silent)
    found = status(project)
    assert found.models == Drift(2, ())
    assert found.current == found.heads
    assert found.clean


def test_a_new_column_is_drift(project: Project) -> None:
    migrate(project.environment(), "start", silent)
    upgrade(project.environment(), "head", silent)
    project.write_models(CUSTOMER, "    age: Mapped[int | None]\n")
    found = status(project)
    assert isinstance(found.models, Drift)
    (operation,) = found.models.operations
    assert isinstance(operation, AddColumn)
    assert (operation.table, operation.column.name) == ("customers", "age")
    assert operation.column.text == "integer"
    assert not found.clean


def test_a_changed_type_is_drift(project: Project) -> None:
    migrate(project.environment(), "start", silent)
    upgrade(project.environment(), "head", silent)
    project.write_models(CUSTOMER.replace("String(50)", "String(80)"))
    found = status(project)
    assert isinstance(found.models, Drift)
    (operation,) = found.models.operations
    assert isinstance(operation, AlterColumn)
    assert operation.description.remark == "varchar(50) to varchar(80)"


def test_the_server_is_named_with_its_version(project: Project) -> None:
    server = status(project).place.server
    assert server.flavour in ("PostgreSQL", "MariaDB", "MySQL", "SQLite")
    assert server.version > (3,)
    assert server.version_text.startswith(f"{server.version[0]}.{server.version[1]}")


def test_a_mark_without_a_file_is_lost_not_fatal(sqlite_project: Project) -> None:
    sqlite_project.write_revision("a", None, "pass")
    upgrade(sqlite_project.environment(), "head", silent)
    sqlite_project.execute("UPDATE alembic_version SET version_num = 'lost'")
    found = status(sqlite_project)
    assert [unknown.id for unknown in found.lost] == ["lost"]
    assert isinstance(found.models, NotCompared)
    assert not found.clean


def test_a_database_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    file = tmp_path / "absent.db"
    project = make_project(tmp_path, f"sqlite+aiosqlite:///{file}")
    project.write_revision("a", None, "pass")
    found = status(project)
    assert [revision.id for revision in found.pending] == ["a"]
    assert not file.exists()


@pytest.mark.parametrize("dialect", ["postgresql+asyncpg", "mysql+aiomysql"])
def test_a_server_that_is_not_there_is_named_without_its_password(
    tmp_path: Path, dialect: str
) -> None:
    project = make_project(tmp_path, f"{dialect}://u:secret@127.0.0.1:1/db")
    with pytest.raises(DatabaseError) as caught:
        status(project)
    assert caught.value.cause == "refused"
    assert "127.0.0.1:1" in caught.value.message
    assert "secret" not in str(vars(caught.value))
