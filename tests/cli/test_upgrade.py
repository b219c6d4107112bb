"""`asa upgrade`: one line for each revision; a failure is told on stderr with exit code 4."""

import asyncio
import re
from pathlib import Path

import pytest
from tests.migrations.project import Project, make_project

TABLE = "op.create_table('{0}', sa.Column('id', sa.Integer, primary_key=True))"


@pytest.fixture
def project(tmp_path: Path, sqlite_url: str) -> Project:
    made = make_project(tmp_path, sqlite_url)
    made.write_revision("a", None, TABLE.format("t0"))
    made.write_revision("b", "a", TABLE.format("t1"))
    return made


def test_each_revision_is_a_line(project: Project) -> None:
    done = project.asa("upgrade")
    assert done.returncode == 0
    head, _, rest = done.stdout.partition("\n\n")
    rows = rest.splitlines()
    assert head.startswith("asa upgrade   SQLite 3.")
    assert re.fullmatch(r"  ✓ a  step a +[\d.]+ ms", rows[0])
    assert re.fullmatch(r"  ✓ b  step b +[\d.]+ ms", rows[1])
    assert rows[-2:] == ["✓ 2 applied, the database is at b step b", "next  asa status"]


def test_at_head_there_is_nothing_to_apply(project: Project) -> None:
    project.asa("upgrade")
    done = project.asa("upgrade")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "✓ nothing to apply, the database is at b step b"


def test_a_database_that_a_newer_release_moved_on_is_said_to_be_ahead(project: Project) -> None:
    project.asa("upgrade")
    project.execute("UPDATE alembic_version SET version_num = 'newer'")
    assert project.asa("upgrade").returncode == 4
    for words in (("upgrade",), ("upgrade", "--dry-run")):
        done = project.asa(*words, "--allow-ahead")
        assert done.returncode == 0
        last = "! left as it is: the database is ahead, at newer (no file here has it)"
        assert done.stdout.splitlines()[-1] == last


def test_as_far_as_named(project: Project) -> None:
    assert project.asa("upgrade", "+1").returncode == 0
    assert project.marks == ["a"]


def test_a_failure_exits_with_4_and_says_what_is_left(project: Project) -> None:
    project.write_revision("c", "b", "op.execute('INSERT INTO nowhere VALUES (1)')")
    done = project.asa("upgrade")
    assert done.returncode == 4
    assert "✓ b  step b" in done.stdout
    rows = [row for row in done.stderr.splitlines() if not row.startswith("stock env.py")]
    assert rows[0] == "✗ c step c failed"
    assert rows[2:6] == [
        "    at      migrations/versions/c_.py:10",
        "    sql     INSERT INTO nowhere VALUES (1)",
        "    error   no such table: nowhere",
        "    state   nothing of it stays; the database is marked with b step b",
    ]
    assert rows[-1] == "next  correct migrations/versions/c_.py:10, then asa upgrade"
    assert project.marks == ["b"]


def test_it_works_inside_a_running_loop(project: Project) -> None:
    """As an async fixture of pytest calls it."""

    async def fixture() -> None:
        assert project.asa("upgrade", "+1").returncode == 0
        assert project.asa("upgrade", "nowhere").returncode == 2

    asyncio.run(fixture())
    assert project.marks == ["a"]


def test_each_of_several_databases_is_upgraded_by_its_name(tmp_path: Path) -> None:
    made = make_project(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/own.db", "handed")
    made.write_revision("a", None, TABLE.format("t0"))
    databases = "".join(
        f'[databases.{name}]\nurl = "sqlite:///{name}.db"\n' for name in ("east", "west")
    )
    (tmp_path / "asa.toml").write_text(f'alembic = "alembic.ini"\n{databases}')
    asked = made.asa("upgrade")
    assert asked.returncode == 2
    assert "add --database east" in asked.stderr
    assert made.asa("upgrade", "--database", "west").returncode == 0
    assert (tmp_path / "west.db").exists()
    assert not (tmp_path / "east.db").exists()
    assert not (tmp_path / "own.db").exists()
    assert "1 behind" in made.asa("status", "--database", "east").stdout
    assert "1 behind" not in made.asa("status", "--database", "west").stdout


def test_sql_is_the_only_thing_on_stdout(project: Project) -> None:
    done = project.asa("upgrade", "--sql")
    assert done.returncode == 0
    assert done.stdout.startswith(("-- Running upgrade", "CREATE TABLE alembic_version"))
    assert "CREATE TABLE t1" in done.stdout
    assert not project.tables()


def test_several_heads_name_the_commands(project: Project) -> None:
    project.write_revision("c", "a", "pass")
    done = project.asa("upgrade")
    assert done.returncode == 1
    assert "several heads" in done.stderr
    assert project.asa("upgrade", "heads").returncode == 0
    assert project.marks == ["b", "c"]


def test_a_refused_connection_exits_with_3_and_shows_no_password(project: Project) -> None:
    ini = project.root / "alembic.ini"
    url = "postgresql+asyncpg://u:secret@127.0.0.1:1/db"
    ini.write_text(ini.read_text().replace(project.url, url))
    done = project.asa_process("upgrade")
    assert done.returncode == 3
    assert "[refused]" in done.stderr
    assert "secret" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
