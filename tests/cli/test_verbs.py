"""Alembic's own verbs mean under asa what they mean there; `asa check` is the gate for CI."""

import json
from pathlib import Path

import pytest
from tests.migrations.project import CUSTOMER, Project, make_project

TABLE = "op.create_table('{0}', sa.Column('id', sa.Integer, primary_key=True))"


@pytest.fixture
def project(tmp_path: Path, sqlite_url: str) -> Project:
    made = make_project(tmp_path, sqlite_url)
    made.write_revision("a", None, TABLE.format("t0"))
    made.write_revision("b", "a", TABLE.format("t1"))
    return made


def test_check_fails_while_revisions_are_pending(project: Project) -> None:
    done = project.asa("check")
    assert done.returncode == 1
    assert "! 2 pending" in done.stdout


def test_check_fails_on_drift_and_passes_without(tmp_path: Path, sqlite_url: str) -> None:
    project = make_project(tmp_path, sqlite_url)
    done = project.asa("check", "--format", "json")
    assert done.returncode == 1
    (change,) = json.loads(done.stdout)["models"]["drift"]
    assert (change["sign"], change["kind"], change["subject"]) == ("+", "table", "customers")
    project.asa("migrate", "start")
    project.asa("upgrade")
    done = project.asa("check", "--format", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["clean"] is True


def test_current_names_the_mark(project: Project) -> None:
    assert project.asa("current").stdout == "no revision is applied\n"
    project.asa("upgrade", "a")
    assert project.asa("current").stdout == "a step a\n"


def test_history_is_listed_newest_first_without_a_database(project: Project) -> None:
    ini = project.root / "alembic.ini"
    ini.write_text(ini.read_text().replace(project.url, "postgresql+asyncpg://127.0.0.1:1/x"))
    done = project.asa("history")
    assert done.returncode == 0
    assert done.stdout == "b  step b   head\na  step a   first\n"


def test_several_heads_are_joined(project: Project) -> None:
    project.write_revision("c", "a", TABLE.format("t2"))
    heads = project.asa("heads").stdout
    assert "b step b   migrations/versions/b_.py" in heads
    assert "c step c   migrations/versions/c_.py" in heads
    assert 'asa merge "join heads"' in heads
    assert project.asa("migrate", "more").returncode == 1
    merged = project.asa("merge", "join them")
    assert merged.returncode == 0, merged.stderr
    assert merged.stdout.startswith("✓ wrote migrations/versions/")
    assert "join them   head, joins " in project.asa("history").stdout
    assert project.asa("upgrade").returncode == 0
    assert {"t0", "t1", "t2"} <= project.tables()


def test_there_is_nothing_to_merge_with_one_head(project: Project) -> None:
    files = project.files
    done = project.asa("merge")
    assert done.returncode == 1
    assert "one head" in done.stderr
    assert project.files == files


def test_show_prints_the_file(project: Project) -> None:
    done = project.asa("show", "head")
    assert done.returncode == 0
    assert "file    migrations/versions/b_.py" in done.stdout
    assert "op.create_table('t1'" in done.stdout
    assert project.asa("show", "zzz").returncode == 2


def test_stamp_marks_and_runs_nothing(project: Project) -> None:
    done = project.asa("stamp", "head")
    assert done.returncode == 0
    assert "was marked with nothing, now with b step b" in done.stdout
    assert project.marks == ["b"]
    assert project.tables() == {"alembic_version"}
    assert "now with nothing" in project.asa("stamp", "base").stdout
    assert project.marks == []


def test_a_project_without_revisions_has_an_empty_history(tmp_path: Path, sqlite_url: str) -> None:
    project = make_project(tmp_path, sqlite_url)
    project.write_models(CUSTOMER)
    assert "no revision yet" in project.asa("history").stdout
    assert "first revision" in project.asa("migrate", "start").stdout
