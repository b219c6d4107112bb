"""`asa downgrade`: one step back; anything but this machine's databases needs a yes."""

from pathlib import Path

import pytest
from tests.migrations.project import Project, make_project

TABLE = "op.create_table('{0}', sa.Column('id', sa.Integer, primary_key=True))"


@pytest.fixture
def project(tmp_path: Path, sqlite_url: str) -> Project:
    made = make_project(tmp_path, sqlite_url)
    made.write_revision("a", None, TABLE.format("t0"), "op.drop_table('t0')")
    made.write_revision("b", "a", TABLE.format("t1"), "op.drop_table('t1')")
    made.asa("upgrade")
    return made


def test_one_step_is_undone(project: Project) -> None:
    done = project.asa("downgrade")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-2:] == [
        "✓ 1 undone, the database is at a step a",
        "next  asa upgrade   applies them again",
    ]
    assert project.marks == ["a"]


def test_base_undoes_everything(project: Project) -> None:
    assert project.asa("downgrade", "base").returncode == 0
    assert project.marks == []
    done = project.asa("downgrade", "base")
    assert "nothing to undo" in done.stdout


def test_a_step_further_than_the_first_is_an_error_not_a_bug(project: Project) -> None:
    done = project.asa("downgrade", "-3")
    assert done.returncode == 2
    assert "-3" in done.stderr


def test_sql_needs_both_ends(project: Project) -> None:
    done = project.asa("downgrade", "--sql")
    assert done.returncode == 2
    assert "asa downgrade START:END --sql" in done.stderr
    done = project.asa("downgrade", "b:a", "--sql")
    assert done.returncode == 0
    assert "DROP TABLE t1" in done.stdout


def test_minus_one_is_a_step_and_not_an_option(project: Project) -> None:
    assert project.asa("downgrade", "-1").returncode == 0
    assert project.marks == ["a"]


def test_an_unknown_option_is_told(project: Project) -> None:
    done = project.asa("downgrade", "--yess")
    assert done.returncode == 2
    assert "no option --yess" in done.stderr
    assert project.marks == ["b"]


def test_another_machines_database_needs_a_yes(tmp_path: Path, postgresql_url: str) -> None:
    # The same server under a name that does not say that it is this machine.
    elsewhere = postgresql_url.replace("127.0.0.1", "127.1")
    assert elsewhere != postgresql_url
    project = make_project(tmp_path, elsewhere)
    project.write_revision("a", None, TABLE.format("t0"), "op.drop_table('t0')")
    project.asa("upgrade")
    done = project.asa("downgrade")
    assert done.returncode == 2
    assert "nobody can answer here: undo them?" in done.stderr
    assert "next  add --yes" in done.stderr
    assert "! a step a" in done.stderr
    assert project.marks == ["a"]
    assert project.asa("downgrade", "--yes").returncode == 0
    assert project.marks == []
