"""Which database a command works on: by flag, by name, by a function, from any directory."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from asa.cli.target import configured, database_of, migrated
from asa.errors import ConfigurationError, ProjectError

SETTINGS = """
url = "sqlite:///own.db"
migration_url = "env:OWNER_URL"

[databases.reports]
url = "postgresql://iam@db.internal/reports"
password = "iam:token"

[databases.archive]
url = "sqlite:///data/archive.db"
"""
IAM = """
def token(url):
    return f"t0ken@{url.host}/{url.username}"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("ASA_URL", "ASA_PASSWORD", "OWNER_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "asa.toml").write_text(SETTINGS)
    (tmp_path / "iam.py").write_text(IAM)
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    return tmp_path


def test_a_setting_s_file_is_meant_from_the_root(project: Path) -> None:
    assert database_of(configured()).url.database == str(project / "own.db")
    archive = database_of(configured(database="archive"))
    assert archive.url.database == str(project / "data" / "archive.db")


def test_a_typed_file_is_meant_from_where_the_user_stands(project: Path) -> None:
    assert project.joinpath("below").samefile(Path.cwd())
    assert database_of(configured(url="sqlite:///typed.db")).url.database == "typed.db"


def test_a_variable_and_an_attribute_are_the_project_s_even_as_a_flag(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_URL", "sqlite:///file:shop.db?uri=true")
    flagged = database_of(configured(url="env:SHOP_URL"))
    assert flagged.url.database == f"file:{project / 'shop.db'}"
    (project / "settings.py").write_text('URL = "sqlite:///attribute.db"')
    attribute = database_of(configured(url="settings:URL"))
    assert attribute.url.database == str(project / "attribute.db")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:////tmp/x.db"])
def test_what_is_no_relative_file_stays(
    project: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    assert project
    monkeypatch.setenv("ASA_URL", url)
    assert database_of(configured()).url.database == make_url(url).database


def test_migrations_have_a_way_of_their_own(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWNER_URL", "sqlite:///owner.db")
    assert database_of(migrated(configured())).url.database == str(project / "owner.db")
    named = configured(database="archive")
    assert migrated(named) is named
    typed = configured(url="sqlite:///typed.db")
    assert migrated(typed) is typed


def test_a_function_gives_the_password_and_nothing_shows_it(project: Path) -> None:
    assert project
    database = database_of(configured(database="reports"))
    assert database.url.password == "t0ken@db.internal/iam"
    assert "t0ken" not in database.shown + repr(database)


def test_the_url_s_own_password_comes_first_and_a_flag_before_it(project: Path) -> None:
    with_one = "postgresql://iam:own@db.internal/x"
    (project / "asa.toml").write_text(f'url = "{with_one}"\npassword = "iam:token"')
    assert database_of(configured()).url.password == "own"
    flagged = configured(password_from="iam:token")
    assert database_of(flagged).url.password == "t0ken@db.internal/iam"


def test_a_file_has_no_password_to_ask_for(project: Path) -> None:
    (project / "asa.toml").write_text('url = "sqlite:///own.db"\npassword = "nowhere:token"')
    assert database_of(configured()).dialect == "sqlite"


def test_a_function_that_is_not_there_is_a_fault_of_the_project(project: Path) -> None:
    (project / "asa.toml").write_text('url = "mysql://u@h/x"\npassword = "nowhere:token"')
    with pytest.raises(ProjectError, match="nowhere"):
        database_of(configured())


def test_several_databases_and_none_chosen(project: Path) -> None:
    (project / "asa.toml").write_text(SETTINGS.partition("[")[1] + SETTINGS.partition("[")[2])
    with pytest.raises(ConfigurationError, match="reports, archive") as caught:
        database_of(configured())
    assert caught.value.hint == "add --database reports"


@pytest.fixture
def revisions(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An Alembic environment with one revision, in a directory of its own."""
    home = project / "db"
    (home / "versions").mkdir(parents=True)
    (home / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s\n")
    (home / "env.py").write_text(ENV_PY)
    (home / "versions" / "a1.py").write_text(REVISION)
    (project / "asa.toml").write_text('alembic = "db/alembic.ini"\n')
    monkeypatch.chdir(project)
    return project


def asa(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "asa", *words], capture_output=True, text=True, check=False
    )


def marks(file: Path) -> list[tuple[str]]:
    with closing(sqlite3.connect(file)) as made:
        return made.execute("SELECT version_num FROM alembic_version").fetchall()


def test_every_command_means_the_same_file(revisions: Path) -> None:
    """Alembic's own directory does not move the file that was typed."""
    for command in ("upgrade", "status", "check-connection"):
        done = asa(command, "--url", "sqlite:///typed.db")
        assert done.returncode == 0, done.stderr
    assert [file.name for file in revisions.rglob("*.db")] == ["typed.db"]
    assert marks(revisions / "typed.db") == [("a1",)]


def test_migrations_go_their_own_way_and_looking_does_not(revisions: Path) -> None:
    settings = 'url = "sqlite:///app.db"\nmigration_url = "sqlite:///owner.db"\n'
    (revisions / "asa.toml").write_text(f'alembic = "db/alembic.ini"\n{settings}')
    upgraded = asa("upgrade")
    assert upgraded.returncode == 0, upgraded.stderr
    assert marks(revisions / "owner.db") == [("a1",)]
    assert not (revisions / "app.db").exists()
    assert "1 pending" in asa("status").stdout
    undone = asa("downgrade", "--yes")
    assert undone.returncode == 0, undone.stderr
    assert marks(revisions / "owner.db") == []


def test_migrations_of_a_named_database(revisions: Path) -> None:
    settings = '[databases.archive]\nurl = "sqlite:///archive.db"\n'
    (revisions / "asa.toml").write_text(f'alembic = "db/alembic.ini"\n{settings}')
    named = asa("status", "--database", "archive")
    assert named.returncode == 0, named.stderr
    assert "archive.db" in named.stdout
    unnamed = asa("status")
    assert unnamed.returncode == 2
    assert "--database archive" in unnamed.stderr


ENV_PY = """
import asyncio
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

def work(connection):
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()

async def main():
    engine = create_async_engine(context.config.attributes["url"])
    async with engine.connect() as connection:
        await connection.run_sync(work)
    await engine.dispose()

asyncio.run(main())
"""
REVISION = """
from alembic import op
revision, down_revision = "a1", None

def upgrade():
    op.execute("CREATE TABLE t (id INTEGER)")

def downgrade():
    op.execute("DROP TABLE t")
"""
