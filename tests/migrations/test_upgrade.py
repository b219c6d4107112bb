"""Revisions are applied and undone with a line for each; a failure says what it left behind."""

from pathlib import Path

import pytest
from tests.migrations.project import Project, make_project

from asa.errors import ConfigurationError, DatabaseError, ExitCode, MigrationError, UsageError
from asa.migrations.offline import upgrade_sql
from asa.migrations.upgrade import Moved, Undecided, downgrade, upgrade
from asa.model.event import Event, Stage, silent

TABLE = "op.create_table('{0}', sa.Column('id', sa.Integer, primary_key=True))"


def chain(project: Project, *bodies: str) -> None:
    """Write revisions a0, a1, ... that follow each other."""
    for number, body in enumerate(bodies):
        project.write_revision(f"a{number}", f"a{number - 1}" if number else None, body)


def test_each_revision_is_told_when_it_starts_and_when_it_is_done(project: Project) -> None:
    chain(project, TABLE.format("t0"), TABLE.format("t1"))
    events: list[Event] = []
    moved = upgrade(project.environment(), "head", events.append)
    told = [(e.stage, e.subject, e.done, e.total) for e in events if e.stage is not Stage.NOTE]
    assert told == [
        (Stage.STARTED, "a0", 0, 2),
        (Stage.DONE, "a0", 1, 2),
        (Stage.STARTED, "a1", 1, 2),
        (Stage.DONE, "a1", 2, 2),
    ]
    assert [step.revision.id for step in moved.steps] == ["a0", "a1"]
    assert all(step.duration_ms > 0 for step in moved.steps)
    assert [revision.id for revision in moved.current] == ["a1"]
    assert project.marks == ["a1"]
    assert {"t0", "t1"} <= project.tables()


def test_nothing_is_done_at_head(project: Project) -> None:
    chain(project, TABLE.format("t0"))
    upgrade(project.environment(), "head", silent)
    moved = upgrade(project.environment(), "head", silent)
    assert moved.steps == ()
    assert [str(revision) for revision in moved.current] == ["a0 step a0"]


def test_a_failure_names_revision_line_statement_and_the_state_left(project: Project) -> None:
    chain(
        project,
        TABLE.format("t0"),
        TABLE.format("t1") + "; op.execute('INSERT INTO nowhere VALUES (1)')",
    )
    with pytest.raises(MigrationError) as caught:
        upgrade(project.environment(), "head", silent)
    error = caught.value
    details = dict(error.details)
    assert error.message == "a1 step a1 failed"
    assert error.exit_code == ExitCode.MIGRATION
    assert details["at"] == "migrations/versions/a1_.py:11"
    assert details["sql"] == "INSERT INTO nowhere VALUES (1)"
    assert "nowhere" in details["error"]
    marked = project.marks if "alembic_version" in project.tables() else []
    stayed = "t1" in project.tables()
    # What is said of the state is what is there.
    assert ("marked with a0 step a0" in details["state"]) == (marked == ["a0"])
    assert ("marked with no revision" in details["state"]) == (marked == [])
    assert ("1 statement of it may stay" in details["state"]) == stayed
    assert ("CREATE TABLE t1" in details.get("done", "")) == stayed
    mysql = project.url.startswith("mysql")
    assert error.hint.startswith("asa status ") if mysql else "then asa upgrade" in error.hint


def test_postgresql_is_left_as_it_was(tmp_path: Path, postgresql_url: str) -> None:
    project = make_project(tmp_path, postgresql_url)
    chain(project, TABLE.format("t0"), TABLE.format("t1") + "; op.execute('SELECT nothing()')")
    with pytest.raises(MigrationError) as caught:
        upgrade(project.environment(), "head", silent)
    state = dict(caught.value.details)["state"]
    assert state.startswith(
        "rolled back, and the one before it too; the database is marked with no"
    )
    assert project.tables() == set()


def test_with_a_transaction_for_each_revision_the_earlier_ones_stay(
    tmp_path: Path, postgresql_url: str
) -> None:
    project = make_project(tmp_path, postgresql_url, "handed")
    chain(project, TABLE.format("t0"), TABLE.format("t1") + "; op.execute('SELECT nothing()')")
    with pytest.raises(MigrationError) as caught:
        upgrade(project.environment(), "head", silent)
    assert "marked with a0 step a0" in dict(caught.value.details)["state"]
    assert project.marks == ["a0"]


def test_statements_of_an_autocommit_block_are_said_to_stay(
    tmp_path: Path, postgresql_url: str
) -> None:
    project = make_project(tmp_path, postgresql_url, "handed")
    block = (
        "with op.get_context().autocommit_block():;     op.execute('CREATE TABLE stays (id int)')"
    )
    chain(project, block.replace(";  ", "; ") + "; op.execute('SELECT nothing()')")
    with pytest.raises(MigrationError) as caught:
        upgrade(project.environment(), "head", silent)
    details = dict(caught.value.details)
    assert details["done"] == "CREATE TABLE stays (id int)"
    assert "autocommit block" in details["state"]
    assert project.tables() == {"alembic_version", "stays"}


def test_an_exception_of_the_revision_itself_names_its_line(sqlite_project: Project) -> None:
    chain(sqlite_project, "raise ValueError('no such tier')")
    with pytest.raises(MigrationError) as caught:
        upgrade(sqlite_project.environment(), "head", silent)
    details = dict(caught.value.details)
    assert details["at"] == "migrations/versions/a0_.py:10"
    assert details["error"] == "no such tier"
    assert "sql" not in details


def test_stored_values_stay_out_of_the_report(project: Project) -> None:
    chain(project, "op.execute('CREATE TABLE people (name varchar(50))')")
    upgrade(project.environment(), "head", silent)
    project.execute("INSERT INTO people VALUES ('agnes'), ('agnes')")
    project.write_revision("b", "a0", "op.create_index('ux', 'people', ['name'], unique=True)")
    with pytest.raises(MigrationError) as caught:
        upgrade(project.environment(), "head", silent)
    shown = caught.value.message + caught.value.hint + str(caught.value.details)
    assert "agnes" not in shown
    assert "CREATE UNIQUE INDEX ux" in shown


def test_downgrade_goes_one_step_and_comes_back(project: Project) -> None:
    project.write_revision("a", None, TABLE.format("t0"), "op.drop_table('t0')")
    project.write_revision("b", "a", TABLE.format("t1"), "op.drop_table('t1')")
    upgrade(project.environment(), "head", silent)
    moved = downgrade(project.environment(), "-1", silent)
    assert isinstance(moved, Moved)
    assert [step.revision.id for step in moved.steps] == ["b"]
    assert project.marks == ["a"]
    assert project.tables() == {"alembic_version", "t0"}
    moved = downgrade(project.environment(), "base", silent)
    assert isinstance(moved, Moved)
    assert moved.current == ()
    assert project.tables() == {"alembic_version"}


def test_a_downgrade_elsewhere_waits_for_a_yes(
    tmp_path: Path, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path, postgresql_url)
    project.write_revision("a", None, TABLE.format("t0"), "op.drop_table('t0')")
    upgrade(project.environment(), "head", silent)
    # No other machine is at hand in a test: let this one count as one.
    monkeypatch.setattr("asa.migrations.place.Place.local", False)
    undecided = downgrade(project.environment(), "-1", silent)
    assert isinstance(undecided, Undecided)
    assert [revision.id for revision in undecided.revisions] == ["a"]
    assert project.marks == ["a"]
    assert isinstance(downgrade(project.environment(), "-1", silent, confirmed=True), Moved)
    assert project.marks == []


def test_a_synchronous_env_py_works_too(tmp_path: Path, sqlite_url: str) -> None:
    project = make_project(tmp_path, sqlite_url, "plain")
    chain(project, TABLE.format("t0"))
    upgrade(project.environment(), "head", silent)
    assert project.marks == ["a0"]


def test_a_url_that_env_py_does_not_heed_is_refused(
    tmp_path: Path, sqlite_url: str, sqlite_project: Project
) -> None:
    chain(sqlite_project, TABLE.format("t0"))
    other = f"sqlite:///{tmp_path / 'other.db'}"
    with pytest.raises(ConfigurationError, match="does not connect to the database of --url"):
        upgrade(sqlite_project.environment(other), "head", silent)
    assert sqlite_project.tables() == set()
    assert not (tmp_path / "other.db").exists()


def test_a_configured_url_that_env_py_does_not_heed_is_told(
    tmp_path: Path, sqlite_project: Project
) -> None:
    chain(sqlite_project, TABLE.format("t0"))
    events: list[Event] = []
    other = f"sqlite:///{tmp_path / 'other.db'}"
    environment = sqlite_project.environment(other, "ASA_URL in the environment")
    upgrade(environment, "head", events.append)
    told = [event.text for event in events if event.subject == "elsewhere"]
    assert len(told) == 1
    assert "other.db of ASA_URL in the environment" in told[0]
    assert sqlite_project.marks == ["a0"]


def test_an_unknown_target_is_named(sqlite_project: Project) -> None:
    chain(sqlite_project, TABLE.format("t0"))
    with pytest.raises(UsageError, match='no revision file has the id "zzz"') as caught:
        upgrade(sqlite_project.environment(), "zzz", silent)
    assert caught.value.exit_code == ExitCode.USAGE
    assert caught.value.details == ()
    with pytest.raises(UsageError) as caught:
        downgrade(sqlite_project.environment(), "ao", silent)
    assert caught.value.details == (("near", "a0 step a0"),)


def test_a_database_that_does_not_answer_is_a_database_error(tmp_path: Path) -> None:
    project = make_project(tmp_path, "postgresql+asyncpg://u:secret@127.0.0.1:1/db")
    chain(project, TABLE.format("t0"))
    with pytest.raises(DatabaseError) as caught:
        upgrade(project.environment(), "head", silent)
    assert caught.value.cause == "refused"
    assert "secret" not in caught.value.message + caught.value.hint


def test_sql_is_printed_without_a_connection(sqlite_project: Project) -> None:
    chain(sqlite_project, TABLE.format("t0"), TABLE.format("t1"))
    sql = upgrade_sql(sqlite_project.environment(), "head")
    assert "CREATE TABLE t0" in sql
    assert "CREATE TABLE t1" in sql
    ranged = upgrade_sql(sqlite_project.environment(), "a0:a1")
    assert "CREATE TABLE t0" not in ranged
    assert "CREATE TABLE t1" in ranged
    assert sqlite_project.tables() == set()


def test_a_database_ahead_is_left_alone_only_on_purpose(project: Project) -> None:
    chain(project, TABLE.format("t0"))
    upgrade(project.environment(), "head", silent)
    project.execute("UPDATE alembic_version SET version_num = 'newer'")
    with pytest.raises(MigrationError, match='marked with "newer"'):
        upgrade(project.environment(), "head", silent)
    moved = upgrade(project.environment(), "head", silent, allow_ahead=True)
    assert moved.steps == ()
    assert [str(known) for known in moved.current] == ["newer (no file here has it)"]
    assert project.marks == ["newer"]
    with pytest.raises(UsageError, match="zzz"):
        upgrade(project.environment(), "zzz", silent, allow_ahead=True)
    with pytest.raises(MigrationError, match='marked with "newer"'):
        downgrade(project.environment(), "-1", silent)


def test_what_fails_at_the_commit_is_told_as_such(tmp_path: Path, postgresql_url: str) -> None:
    project = make_project(tmp_path, postgresql_url)
    project.execute(
        "CREATE TABLE p (id int PRIMARY KEY)",
        "CREATE TABLE c (p int REFERENCES p DEFERRABLE INITIALLY DEFERRED)",
    )
    chain(project, "op.execute('INSERT INTO c VALUES (4711)')")
    with pytest.raises(MigrationError) as caught:
        upgrade(project.environment(), "head", silent)
    assert caught.value.message == "a0 step a0 failed when it was committed"
    assert "4711" not in str(caught.value.details)
    assert "marked with no revision" in dict(caught.value.details)["state"]
