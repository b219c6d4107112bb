"""A SQLite file is copied before an upgrade; the copy stays until the upgrade has succeeded."""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.migrations.project import Project, make_project

from asa.errors import MigrationError
from asa.migrations.upgrade import downgrade, upgrade
from asa.model.event import silent

TABLE = "op.create_table('{0}', sa.Column('id', sa.Integer, primary_key=True))"
FAILS = "op.execute('INSERT INTO nowhere VALUES (1)')"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose database holds a row, in WAL mode, and lies in the project."""
    made = make_project(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/app.db")
    made.write_revision("a", None, TABLE.format("t0"), "op.drop_table('t0')")
    upgrade(made.environment(), "head", silent, copied=True)
    assert not copy_of(made).exists(), "an empty database needs no copy"
    with closing(sqlite3.connect(tmp_path / "app.db")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("INSERT INTO t0 VALUES (1)")
        connection.commit()
    return made


def copy_of(project: Project) -> Path:
    return project.root / "app.db.before-upgrade"


def rows(file: Path) -> list[tuple[int]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT id FROM t0 ORDER BY id").fetchall()


def test_success_leaves_no_copy(project: Project) -> None:
    seen = f"assert __import__('pathlib').Path({str(copy_of(project))!r}).is_file()"
    project.write_revision("b", "a", f"{seen}; {TABLE.format('t1')}", "op.drop_table('t1')")
    upgrade(project.environment(), "head", silent, copied=True)
    assert not copy_of(project).exists()
    downgrade(project.environment(), "-1", silent, copied=True)
    assert sorted(file.name for file in project.root.glob("app.db*.*")) == []


def test_a_failure_names_the_copy_and_what_puts_it_back(project: Project) -> None:
    # The stock env.py commits each statement: what was done stays.
    project.write_revision("b", "a", f"{TABLE.format('t1')}; {FAILS}")
    with pytest.raises(MigrationError) as caught:
        upgrade(project.environment(), "head", silent, copied=True)
    told = dict(caught.value.details)["copy"]
    assert rows(copy_of(project)) == [(1,)]
    assert "t1" in project.tables()
    command = told.removeprefix("as it was before: ")
    subprocess.run(["sh", "-c", command], cwd=project.root, check=True)
    assert project.tables() == {"alembic_version", "t0"}
    assert rows(project.root / "app.db") == [(1,)]
    assert not copy_of(project).exists()
    with closing(sqlite3.connect(project.root / "app.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_second_attempt_keeps_the_copy_of_what_was_there_first(project: Project) -> None:
    project.write_revision("b", "a", f"{TABLE.format('t1')}; {FAILS}")
    for _ in range(2):
        with pytest.raises(MigrationError):
            upgrade(project.environment(), "head", silent, copied=True)
        with closing(sqlite3.connect(copy_of(project))) as connection:
            names = connection.execute("SELECT name FROM sqlite_master").fetchall()
        assert ("t1",) not in names
    # Unchanged since, it is made anew: rows that came in the meantime are in it.
    project.execute("DROP TABLE t1", "INSERT INTO t0 VALUES (2)")
    with pytest.raises(MigrationError):
        upgrade(project.environment(), "head", silent, copied=True)
    assert rows(copy_of(project)) == [(1,), (2,)]


def test_without_room_nothing_is_done(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write_revision("b", "a", TABLE.format("t1"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100))
    with pytest.raises(MigrationError, match=r"a copy of app\.db needs"):
        upgrade(project.environment(), "head", silent, copied=True)
    assert project.marks == ["a"]
    assert project.asa("upgrade").returncode == 4
    assert project.asa("upgrade", "--no-copy").returncode == 0


def test_an_index_over_a_function_of_the_application_is_copied_too(project: Project) -> None:
    with closing(sqlite3.connect(project.root / "app.db")) as connection:
        connection.create_function("own", 1, lambda value: value, deterministic=True)
        connection.execute("CREATE INDEX ix_own ON t0 (own(id))")
    project.write_revision("b", "a", FAILS)
    with pytest.raises(MigrationError):
        upgrade(project.environment(), "head", silent, copied=True)
    assert rows(copy_of(project)) == [(1,)]
