"""A review judges the right revisions, knows sizes, and changes nothing."""

import subprocess
from pathlib import Path

import pytest
from tests.migrations.project import Project, make_project

from asa.errors import ConfigurationError, ProjectError, UsageError
from asa.migrations.review.choice import Choice
from asa.migrations.review.review import Review, review
from asa.migrations.upgrade import upgrade
from asa.model.event import Event, silent
from asa.model.finding import Severity

KEY = 'sa.Column("id", sa.BigInteger(), primary_key=True)'
TABLE = f'op.create_table("users", {KEY}, sa.Column("age", sa.Integer()))'
DROP = "op.drop_column('t', 'x')"
REQUIRED = 'op.add_column("users", sa.Column("level", sa.Integer(), nullable=False))'
NO_DATABASE = "sqlite+aiosqlite:///absent.db"


def judged(project: Project, *names: str, database: bool = True, **options: object) -> Review:
    choice = Choice(names, options.pop("since", None), bool(options.pop("everything", False)))  # type: ignore[arg-type]
    dialect = str(options["dialect"]) if "dialect" in options else None
    return review(project.environment(), choice, silent, dialect=dialect, ask_database=database)


def rules(found: Review) -> dict[str, Severity]:
    return {finding.rule: finding.severity for finding in found.judgement.findings}


def ids(found: Review) -> list[str]:
    return [reviewed.revision.id for reviewed in found.revisions]


def history(project: Project) -> None:
    """Write a table, a column that must not be null, and a change of rows."""
    project.write_revision("a", None, TABLE, 'op.drop_table("users")')
    project.write_revision("b", "a", REQUIRED, 'op.drop_column("users", "level")')
    project.write_revision("c", "b", 'op.execute("UPDATE users SET age = 1")')


def test_unapplied_revisions_are_judged_in_order(project: Project) -> None:
    history(project)
    upgrade(project.environment(), "a", silent)
    found = judged(project)
    assert ids(found) == ["b", "c"]
    assert found.scope == "2 unapplied revisions"
    assert found.place is not None
    assert found.place.server.dialect == found.dialect
    assert project.marks == ["a"]


def test_the_size_of_a_table_weighs(project: Project) -> None:
    history(project)
    upgrade(project.environment(), "a", silent)
    assert rules(judged(project))["required-column"] is Severity.INFO
    project.execute("INSERT INTO users (id, age) VALUES (1, 1)")
    found = rules(judged(project))
    assert found["required-column"] is Severity.ERROR
    assert found["unbatched-change"] is Severity.INFO


def test_at_head_there_is_nothing_to_judge(project: Project) -> None:
    history(project)
    upgrade(project.environment(), "head", silent)
    assert ids(judged(project)) == []
    assert ids(judged(project, everything=True)) == ["a", "b", "c"]
    assert ids(judged(project, "b")) == ["b"]
    assert ids(judged(project, "a:c")) == ["b", "c"]


def test_an_empty_database_is_left_empty(project: Project) -> None:
    history(project)
    judged(project)
    assert project.tables() == set()


def test_a_table_of_an_earlier_pending_revision_holds_no_rows(project: Project) -> None:
    history(project)
    found = rules(judged(project))
    assert found["required-column"] is Severity.INFO
    assert found.get("unbatched-change", Severity.INFO) is Severity.INFO


def test_without_a_database_every_revision_is_judged_with_a_note(tmp_path: Path) -> None:
    project = make_project(tmp_path, "postgresql+asyncpg://u:secret@127.0.0.1:1/db")
    history(project)
    told: list[Event] = []
    found = review(project.environment(), Choice(), told.append)
    assert ids(found) == ["a", "b", "c"]
    assert found.dialect == "postgresql"
    assert found.place is None
    assert rules(found)["required-column"] is Severity.ERROR
    assert "sizes are unknown" in told[0].text
    assert "secret" not in told[0].text


def test_the_history_tells_types_where_no_database_can(tmp_path: Path) -> None:
    project = make_project(tmp_path, NO_DATABASE)
    project.write_revision("a", None, 'op.create_table("t", sa.Column("x", sa.String(50)))')
    project.write_revision("b", "a", 'op.alter_column("t", "x", type_=sa.String(20))')
    project.write_revision("c", "b", 'op.alter_column("t", "x", type_=sa.String(30))')
    assert "narrowing-type" in rules(judged(project, "b", database=False, dialect="postgresql"))
    found = rules(judged(project, "c", database=False, dialect="postgresql"))
    assert "narrowing-type" not in found
    assert "type-rewrite" not in found


def test_a_dialect_that_nothing_tells_must_be_named(tmp_path: Path) -> None:
    project = make_project(tmp_path, "")
    project.write_revision("a", None, TABLE)
    with pytest.raises(ConfigurationError, match="which dialect"):
        judged(project, database=False)
    assert judged(project, database=False, dialect="mariadb").dialect == "mysql"


def test_sizes_of_another_dialect_are_not_used(sqlite_project: Project) -> None:
    history(sqlite_project)
    found = judged(sqlite_project, dialect="postgresql")
    assert found.place is None
    assert rules(found)["required-column"] is Severity.ERROR


def git(root: Path, *words: str) -> None:
    """Run git with an identity of its own."""
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.invalid")
    subprocess.run(["git", *identity, *words], cwd=root, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Project:
    """A project on branch `work`, which left `main` after revision a."""
    project = make_project(tmp_path / "project", NO_DATABASE)
    history(project)
    later = [project.root / "migrations" / "versions" / f"{name}_.py" for name in "bc"]
    kept = {file: file.read_text() for file in later}
    for file in later:
        file.unlink()
    git(project.root, "init", "-q", "-b", "main")
    git(project.root, "add", "-A")
    git(project.root, "commit", "-q", "-m", "start")
    git(project.root, "checkout", "-q", "-b", "work")
    later[0].write_text(kept[later[0]])
    git(project.root, "add", "-A")
    git(project.root, "commit", "-q", "-m", "b")
    later[1].write_text(kept[later[1]])
    return project


def test_since_a_branch_the_new_files_are_judged_committed_or_not(repository: Project) -> None:
    assert ids(judged(repository, database=False, since="main")) == ["b", "c"]
    assert ids(judged(repository, database=False, since="HEAD")) == ["c"]


def test_without_a_database_what_left_the_main_branch_is_judged(repository: Project) -> None:
    found = judged(repository, database=False)
    assert ids(found) == ["b", "c"]
    assert "since the main branch" in found.scope


def test_a_project_below_the_repository_is_found(tmp_path: Path, repository: Project) -> None:
    git(repository.root, "worktree", "add", "-q", str(tmp_path / "other"), "main")
    assert ids(judged(repository, database=False, since="main")) == ["b", "c"]


def test_an_unknown_branch_is_told(repository: Project) -> None:
    with pytest.raises(UsageError) as caught:
        judged(repository, database=False, since="nowhere")
    assert "git fetch origin" in caught.value.hint


def test_a_shallow_clone_is_told_to_fetch(tmp_path: Path, repository: Project) -> None:
    git(repository.root, "add", "-A")
    git(repository.root, "commit", "-q", "-m", "c")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository.root}", str(clone))
    shallow = Project(clone, repository.models, NO_DATABASE)
    with pytest.raises(UsageError) as caught:
        judged(shallow, database=False, since="main")
    assert "shallow" in caught.value.message
    assert "git fetch --unshallow" in caught.value.hint


@pytest.mark.parametrize(
    ("comment", "silent_on"),
    [
        (f"{DROP}  # asa: ignore[dropped-column] nobody reads it", True),
        (f"# asa: ignore[dropped-column] nobody reads it\n    {DROP}", True),
        ("op.drop_column(\n 't',\n 'x',  # asa: ignore[dropped-column] unused\n    )", True),
        (f"{DROP}  # asa: ignore[dropped-table, dropped-column] unused", True),
        (f"{DROP}  # asa: ignore[dropped-column] until 2999-12-31: the table goes", True),
        (f"{DROP}  # asa: ignore[dropped-column] until 2020-01-31: the table goes", False),
        (f"{DROP}  # asa: ignore[dropped-column] until 2999-12-31", False),
        (f"{DROP}  # asa: ignore[dropped-column]", False),
        (f"{DROP}  # asa: ignore[dropped-table] another rule", False),
        (f"{DROP}\n    op.execute('SELECT 1')  # asa: ignore[dropped-column] late", False),
        (f"op.execute('''\n# asa: ignore[dropped-column] no comment\n''')\n    {DROP}", False),
    ],
)
def test_a_comment_with_a_reason_exempts_its_statement(
    tmp_path: Path, comment: str, silent_on: bool
) -> None:
    project = make_project(tmp_path, NO_DATABASE)
    project.write_revision("a", None, comment)
    found = rules(judged(project, database=False, everything=True))
    assert ("dropped-column" not in found) is silent_on


def test_a_comment_at_the_top_exempts_the_whole_file(tmp_path: Path) -> None:
    project = make_project(tmp_path, NO_DATABASE)
    file = project.write_revision("a", None, "op.drop_column('t', 'x'); op.drop_column('t', 'y')")
    file.write_text(f"# asa: ignore[dropped-column] the table is unused\n{file.read_text()}")
    assert "dropped-column" not in rules(judged(project, database=False, everything=True))


def test_a_revision_that_cannot_be_imported_is_told_with_its_line(tmp_path: Path) -> None:
    project = make_project(tmp_path, NO_DATABASE)
    file = project.write_revision("a", None, "pass")
    file.write_text("import nothing_of_this_name\n" + file.read_text())
    with pytest.raises(ProjectError, match=r"a_\.py:1 raised ModuleNotFoundError"):
        judged(project, database=False, everything=True)
