"""`asa verify` and `asa upgrade --dry-run`: proofs that touch no database of the project's."""

import json
from pathlib import Path

import pytest
from tests.migrations.project import CUSTOMER, Done, Project, make_project

TABLE = (
    'op.create_table("customers", sa.Column("id", sa.Integer, primary_key=True), '
    'sa.Column("name", sa.String({length}), nullable=False))'
)


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def project(tmp_path: Path, database_url: str) -> Project:
    """A project of three revisions, none of them applied."""
    made = make_project(tmp_path, database_url)
    made.write_revision("aaa", None, TABLE.format(length=50), 'op.drop_table("customers")')
    made.write_revision("bbb", "aaa", "pass")
    made.write_revision(
        "ccc",
        "bbb",
        """op.execute("INSERT INTO customers VALUES (1, 'x')")""",
        'op.execute("DELETE FROM customers")',
    )
    return made


def run(project: Project, *words: str) -> Done:
    """Run asa with the test's own server lent to it."""
    lent = {} if "sqlite" in project.url else {"ASA_SCRATCH": project.url}
    dialect = project.url.partition("+")[0]
    extra = ("--dialect", dialect) if words[0] == "verify" else ()
    return project.asa(*words, *extra, **lent)


def test_a_history_that_holds(project: Project) -> None:
    done = run(project, "verify")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = done.stdout.splitlines()
    assert rows[0].startswith("asa verify   ")
    assert "   3 revisions up, down, up again   " in rows[2]
    assert rows[3:] == ["    ✓ its end equals the models", "", "✓ the history holds"]
    assert project.tables() == set()


def test_a_downgrade_that_fails_is_named_and_stops_the_walk(project: Project) -> None:
    project.write_revision("bbb", "aaa", "pass", 'op.drop_table("nowhere")')
    done = run(project, "verify", "--format", "json")
    assert done.returncode == 1
    (found,) = json.loads(done.stdout)
    (failure,) = found["failures"]
    assert (failure["revision"], failure["what"]) == ("bbb", "down failed")
    assert "nowhere" in failure["details"]["sql"]
    assert found["skipped"] == ["ccc"]
    assert found["revisions"] == 2
    assert not found["clean"]
    shown = run(project, "verify").stdout
    assert "✗ bbb step bbb   down failed" in shown
    assert "not judged: 1 after it" in shown


def test_a_downgrade_that_undoes_too_little_is_named(tmp_path: Path, sqlite_url: str) -> None:
    project = make_project(tmp_path, sqlite_url)
    add = 'op.add_column("customers", sa.Column("town", sa.String(9)))'
    project.write_revision("aaa", None, TABLE.format(length=50), 'op.drop_table("customers")')
    project.write_revision(
        "bbb",
        "aaa",
        f'if "town" not in [c["name"] for c in '
        f'sa.inspect(op.get_bind()).get_columns("customers")]: {add}',
    )
    project.write_models(CUSTOMER + "    town: Mapped[str | None] = mapped_column(String(9))\n")
    done = run(project, "verify")
    assert done.returncode == 1
    assert "✗ bbb step bbb   its downgrade does not undo what it does" in done.stdout
    assert "✓ its end equals the models" in done.stdout


def test_an_end_that_differs_from_the_models_fails(tmp_path: Path, sqlite_url: str) -> None:
    project = make_project(tmp_path, sqlite_url)
    project.write_revision("aaa", None, "pass")
    done = run(project, "verify")
    assert done.returncode == 1
    assert "✗ its end does not equal the models" in done.stdout
    assert "+ table   customers" in done.stdout
    assert "✗ the end of the history does not equal the models" in done.stdout


def test_several_heads_are_refused(tmp_path: Path, sqlite_url: str) -> None:
    project = make_project(tmp_path, sqlite_url)
    project.write_revision("aaa", None, "pass")
    project.write_revision("bbb", "aaa", "pass")
    project.write_revision("ccc", "aaa", "pass")
    done = run(project, "verify")
    assert done.returncode == 1
    assert "the history has 2 heads" in done.stderr


def test_a_dry_run_leaves_the_database_as_it_is(project: Project) -> None:
    project.asa("upgrade", "aaa")
    done = run(project, "upgrade", "--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = done.stdout.splitlines()
    assert [row.split()[1] for row in rows[2:4]] == ["bbb", "ccc"]
    assert rows[-2].startswith("✓ 2 applied on scratch ")
    assert rows[-2].endswith("; the database itself was not touched")
    assert project.marks == ["aaa"]
    assert project.execute("SELECT * FROM customers") == [[]]


def test_a_dry_run_that_fails_ends_with_4(project: Project) -> None:
    project.asa("upgrade", "aaa")
    project.write_revision("ccc", "bbb", 'op.drop_table("nowhere")')
    done = run(project, "upgrade", "--dry-run")
    assert done.returncode == 4
    assert "ccc step ccc failed on scratch; the database itself was not touched" in done.stderr
    assert project.marks == ["aaa"]


def test_a_dry_run_with_nothing_pending_says_so(tmp_path: Path, sqlite_url: str) -> None:
    project = make_project(tmp_path, sqlite_url)
    project.write_revision("aaa", None, "pass")
    project.asa("upgrade")
    done = run(project, "upgrade", "--dry-run")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "✓ nothing to apply, the database is at aaa step aaa"
