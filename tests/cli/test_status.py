"""`asa status`: one screen, exit code 0, the same as JSON for programs."""

import json
from pathlib import Path

import pytest
from tests.migrations.project import CUSTOMER, Project, make_project


@pytest.fixture
def project(tmp_path: Path, sqlite_url: str) -> Project:
    return make_project(tmp_path, sqlite_url)


def test_one_screen_tells_how_far_the_database_is_behind(project: Project) -> None:
    project.write_revision("a", None, "pass")
    project.write_revision("b", "a", "pass")
    done = project.asa("status")
    assert done.returncode == 0
    head, _, rest = done.stdout.partition("\n\n")
    assert head.startswith("asa status   SQLite 3.")
    assert rest.splitlines() == [
        "  database  nothing applied                     2 behind",
        "  head      b step b                            one head",
        "  models    not compared                        the database is behind",
        "",
        "  pending                           locks             review",
        "  ✓ a  step a                       none              nothing grave",
        "  ✓ b  step b                       none              nothing grave",
        "",
        "! 2 pending",
        "next  asa upgrade",
    ]


def test_pending_revisions_are_shown_with_what_they_lock_and_what_a_review_says(
    tmp_path: Path, postgresql_url: str
) -> None:
    project = make_project(tmp_path, postgresql_url)
    table = "op.create_table('{0}', sa.Column('id', sa.Integer, primary_key=True){1})"
    project.write_revision("a", None, table.format("old", ""))
    project.asa("upgrade")
    key = ", sa.Column('o', sa.Integer, sa.ForeignKey('old.id'))"
    project.write_revision("b", "a", table.format("new", key), "op.drop_table('new')")
    project.write_revision("c", "b", "op.drop_column('old', 'id')")
    rows = project.asa("status").stdout.splitlines()
    assert all(len(row) <= 80 for row in rows)
    start = rows.index("  pending                           locks             review")
    assert rows[start + 1].split()[:5] == ["!", "b", "step", "b", "old"]
    assert rows[start + 2].split()[1:6] == ["c", "step", "c", "old", "irreversible-downgrade,"]


def test_an_invalid_index_is_named(tmp_path: Path, postgresql_url: str) -> None:
    project = make_project(tmp_path, postgresql_url)
    project.execute("CREATE TABLE t (a int)", "CREATE INDEX ix_t ON t (a)")
    broken = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_t'\\:\\:regclass"
    project.execute(broken)
    rows = project.asa("status").stdout.splitlines()
    assert any(row.startswith("  ! ix_t ") for row in rows)
    assert json.loads(project.asa("status", "--format", "json").stdout)["invalid_indexes"] == [
        "ix_t"
    ]


def test_agreement_is_said(project: Project) -> None:
    project.asa("migrate", "start")
    project.asa("upgrade")
    rows = project.asa("status").stdout.partition("\n\n")[2].splitlines()
    assert rows[-1] == "✓ database, revisions and models agree"
    assert rows[2].split() == [
        "models",
        "1",
        "table",
        "equal",
        "to",
        "the",
        "database,",
        "no",
        "drift",
    ]


def test_drift_is_listed(project: Project) -> None:
    project.asa("migrate", "start")
    project.asa("upgrade")
    project.write_models(CUSTOMER, "    age: Mapped[int | None]\n")
    rows = project.asa("status").stdout.splitlines()
    assert "  + column  customers.age  integer" in rows
    assert rows[-1] == 'next  asa migrate "what changed"'


def test_json_is_for_programs(project: Project) -> None:
    project.write_revision("a", None, "pass")
    done = project.asa_process("status", "--format", "json")
    assert done.returncode == 0
    told = json.loads(done.stdout)
    assert told["database"]["dialect"] == "sqlite"
    assert told["pending"] == [
        {"id": "a", "message": "step a", "file": "migrations/versions/a_.py"}
    ]
    assert told["models"] == {"compared": False, "reason": "the database is behind", "drift": []}
    assert told["clean"] is False


def test_an_empty_directory_is_told_to_init(tmp_path: Path, project: Project) -> None:
    empty = tmp_path / "empty"
    (empty / ".git").mkdir(parents=True)
    done = project.asa("status", directory=empty)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1] == "next  asa init"
    assert "Traceback" not in done.stderr


def test_settings_name_the_database_and_the_reference_is_shown(project: Project) -> None:
    (project.root / "pyproject.toml").write_text('[tool.asa]\nurl = "env:SHOP_URL"\n')
    done = project.asa("status", SHOP_URL=project.url)
    assert done.stdout.splitlines()[0].startswith("asa status   env:SHOP_URL   SQLite 3.")


def test_another_database_than_the_one_named_is_told(project: Project, tmp_path: Path) -> None:
    done = project.asa("status", ASA_URL=f"sqlite:///{tmp_path}/other.db")
    assert done.returncode == 0
    assert "! env.py connects to sqlite" in done.stderr
    assert not (tmp_path / "other.db").exists()


def test_a_url_flag_that_env_py_ignores_is_refused(project: Project, tmp_path: Path) -> None:
    done = project.asa("status", "--url", f"sqlite:///{tmp_path}/other.db")
    assert done.returncode == 2
    assert "env.py does not connect to the database of --url" in done.stderr
