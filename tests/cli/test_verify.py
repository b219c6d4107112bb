"""`asa verify` and `asa upgrade --dry-run`: proofs that touch no database of the project's."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.migrations.project import CUSTOMER, Done, Project, make_project

TABLE = (
    'op.create_table("customers", sa.Column("id", sa.Integer, primary_key=True), '
    'sa.Column("name", sa.String({length}), nullable=False))'
)


DROPPED = 'op.drop_table("tags"); op.drop_table("customers")'
TOWN = '"customers", sa.Column("town", sa.String(9))'


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def project(tmp_path: Path, database_url: str) -> Project:
    return history(tmp_path, database_url)


def history(root: Path, url: str) -> Project:
    """Make a project of three revisions, none of them applied."""
    made = make_project(root, url)
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
    lent: dict[str, Any] = {} if "sqlite" in project.url else {"ASA_SCRATCH": project.url}
    dialect = project.url.partition("+")[0]
    extra = ("--dialect", dialect) if words[0] == "verify" else ()
    return project.asa(*words, *extra, **lent)


def test_a_history_that_holds(project: Project) -> None:
    done = run(project, "verify")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = done.stdout.splitlines()
    assert rows[0].startswith("asa verify   ")
    assert "   3 revisions up, down, up again, on rows   " in rows[2]
    assert rows[3:] == ["    ✓ its end equals the models", "", "✓ the history holds"]
    assert project.tables() == set()


def test_every_failure_is_named_as_far_as_the_chain_allows(tmp_path: Path, mysql_url: str) -> None:
    """Where DDL is not transactional each failure leaves most behind, so there it is shown."""
    project = history(tmp_path, mysql_url)
    project.write_revision("bbb", "aaa", "pass", 'op.drop_table("nowhere")')
    project.write_revision("ddd", "ccc", "pass", 'op.drop_column("customers", "nowhere")')
    project.write_revision("eee", "ddd", 'op.drop_table("elsewhere")')
    project.write_revision("fff", "eee", "pass")
    done = run(project, "verify", "--format", "json")
    assert done.returncode == 1
    (found,) = json.loads(done.stdout)
    failures = [(one["revision"], one["what"]) for one in found["failures"]]
    assert failures == [("bbb", "down failed"), ("ddd", "down failed"), ("eee", "up failed")]
    assert "nowhere" in found["failures"][0]["details"]["sql"]
    assert (found["skipped"], found["revisions"]) == (["fff"], 5)
    assert not found["clean"]


def test_rows_show_what_empty_tables_hide(tmp_path: Path, postgresql_url: str) -> None:
    """A null, a duplicate and a value that cannot be cast, each in a revision of its own."""
    project = make_project(tmp_path, postgresql_url)
    make = f"{TABLE.format(length=50)}; op.add_column({TOWN})"
    project.write_revision("aaa", None, make, 'op.drop_table("customers")')
    alter = 'op.alter_column("customers", "town", existing_type=sa.String(9), nullable={})'
    project.write_revision("bbb", "aaa", alter.format(False), alter.format(True))
    unique = 'op.create_index("uq_name", "customers", ["name"], unique=True)'
    project.write_revision("ccc", "bbb", unique, 'op.drop_index("uq_name", "customers")')
    cast = 'op.alter_column("customers", "name", type_={})'
    number = cast.format('sa.Integer, postgresql_using="name::integer"')
    project.write_revision("ddd", "ccc", number, cast.format("sa.String(50)"))
    (found,) = json.loads(run(project, "verify", "--format", "json").stdout)
    assert [(one["revision"], one["what"]) for one in found["failures"]] == [
        (revision, "up fails on rows that the schema before it allows")
        for revision in ("bbb", "ccc", "ddd")
    ]
    (bare,) = json.loads(run(project, "verify", "--no-rows", "--format", "json").stdout)
    assert bare["failures"] == []


def test_rows_have_a_value_for_json(tmp_path: Path, database_url: str) -> None:
    made = make_project(tmp_path, database_url)
    tags = (
        'op.create_table("tags", sa.Column("id", sa.Integer, primary_key=True), '
        'sa.Column("names", sa.JSON, nullable=False))'
    )
    made.write_revision("aaa", None, f"{TABLE.format(length=50)}; {tags}", DROPPED)
    made.write_revision("bbb", "aaa", 'op.drop_table("tags")', tags)
    done = run(made, "verify")
    assert done.returncode == 0, done.stdout + done.stderr


def test_code_that_does_not_take_the_rows_is_no_failure(tmp_path: Path, sqlite_url: str) -> None:
    project = make_project(tmp_path, sqlite_url)
    project.write_revision("aaa", None, TABLE.format(length=50), 'op.drop_table("customers")')
    read = "[int(row.name) for row in op.get_bind().execute(sa.text('SELECT name FROM customers'))]"
    project.write_revision("bbb", "aaa", read)
    done = run(project, "verify")
    assert done.returncode == 0, done.stdout
    assert "! bbb step bbb   its own code did not take asa's rows" in done.stdout
    assert "✓ its end equals the models" in done.stdout


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
    assert "left  column customers.town" in done.stdout
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
    rows = done.stdout.partition("\n\n")[2].splitlines()
    assert [row.split()[1] for row in rows[:2]] == ["bbb", "ccc"]
    assert rows[-2].startswith("✓ 2 applied on scratch ")
    assert rows[-2].endswith("; the database itself was not touched")
    assert project.marks == ["aaa"]
    assert project.execute("SELECT * FROM customers") == [[]]


def test_a_dry_run_that_fails_ends_with_4(tmp_path: Path, sqlite_url: str) -> None:
    project = history(tmp_path, sqlite_url)
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


def test_dialects_are_verified_side_by_side(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where env.py makes an engine for the URL of the environment, which is of one."""
    project = make_project(tmp_path, sqlite_url)
    env_py = tmp_path / "migrations" / "env.py"
    made = "async_engine_from_config(section, poolclass=pool.NullPool)"
    text = env_py.read_text().replace(made, 'create_async_engine(os.environ["DATABASE_URL"])')
    imports = "import os\n\nfrom sqlalchemy.ext.asyncio import create_async_engine\n"
    env_py.write_text(f"{imports}{text}")
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    project.write_revision("aaa", None, TABLE.format(length=50), 'op.drop_table("customers")')
    words = ("verify", "--dialect", "sqlite", "--dialect", "postgresql", "--format", "json")
    done = project.asa(*words)
    found = json.loads(done.stdout)
    assert [one["dialect"] for one in found] == ["sqlite", "postgresql"]
    assert all(one["clean"] for one in found), done.stdout
