"""`asa migrate --baseline`: a stored schema stands in for history that cannot be replayed."""

import json
from pathlib import Path

import pytest
from tests.cli.test_verify import TABLE, cache, run
from tests.migrations.project import CUSTOMER, ORDER, Project, make_project

__all__ = ["cache"]

DEAD = "import gone_since_long"
ADD = 'op.add_column("customers", sa.Column("town", sa.String(9)))'
DROP = 'op.drop_column("customers", "town")'


@pytest.fixture
def project(tmp_path: Path, database_url: str) -> Project:
    """A project whose first revision ran once, and cannot run again."""
    made = make_project(tmp_path, database_url)
    make = TABLE.format(length=50)
    index = 'op.create_index("ix_name", "customers", ["name"])'
    made.write_revision("aaa", None, f"{make}; {index}")
    assert made.asa("upgrade").returncode == 0
    made.write_revision("aaa", None, DEAD)
    made.write_revision("bbb", "aaa", ADD, DROP)
    town = "    town: Mapped[str | None] = mapped_column(String(9))\n"
    indexed = CUSTOMER.replace("String(50))", "String(50), index=True)")
    made.write_models(indexed.replace("index=True", "index=False") + town + INDEX)
    return made


INDEX = '    __table_args__ = (Index("ix_name", "name"),)\n'


def test_a_baseline_stands_in_for_history_that_cannot_run(project: Project) -> None:
    done = run(project, "migrate", "add orders", "--scratch")
    assert done.returncode == 4
    assert "aaa step aaa failed" in done.stderr
    assert "gone_since_long" in done.stderr
    assert "asa migrate --baseline" in done.stderr
    taken = project.asa("migrate", "--baseline")
    assert taken.returncode == 0, taken.stderr
    assert "✓ wrote migrations/baseline/" in taken.stdout
    (file,) = (project.root / "migrations" / "baseline").iterdir()
    stored = json.loads(file.read_text())
    assert stored["revisions"] == ["aaa"]
    assert "asa migrate --baseline" in stored["about"]
    verified = run(project, "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "   1 revision up, down, up again, on rows" in verified.stdout
    assert "· not judged: 1 revision that the baseline stands in for" in verified.stdout
    assert "✓ its end equals the models" in verified.stdout
    models = project.root / f"{project.models}.py"
    project.write_models(models.read_text().partition("pass\n")[2], ORDER)
    written = run(project, "migrate", "add orders", "--scratch", "--no-input")
    assert written.returncode == 0, written.stdout + written.stderr
    assert "+ table   orders" in written.stdout
    assert "✓ proved" in written.stdout
    again = project.asa("migrate", "--baseline")
    assert "replaces the one before; at aaa step aaa" in again.stdout


def test_a_database_at_no_revision_is_refused(tmp_path: Path, sqlite_url: str) -> None:
    project = make_project(tmp_path, sqlite_url)
    project.write_revision("aaa", None, "pass")
    done = project.asa("migrate", "--baseline")
    assert done.returncode == 4
    assert "the database is at no revision" in done.stderr


def test_a_message_and_a_baseline_exclude_each_other(tmp_path: Path, sqlite_url: str) -> None:
    project = make_project(tmp_path, sqlite_url)
    assert project.asa("migrate", "x", "--baseline").returncode == 2
    done = project.asa("migrate")
    assert (done.returncode, "a revision wants a message" in done.stderr) == (2, True)
