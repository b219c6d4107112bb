"""asa review as it is typed: exit codes, streams and forms."""

import json
from pathlib import Path

import pytest
from tests.migrations.project import CUSTOMER, Project, make_project

TABLE = 'op.create_table("users", sa.Column("id", sa.BigInteger(), primary_key=True))'
INDEX = 'op.create_index("ix_users_id", "users", ["id"])'
REQUIRED = 'op.add_column("users", sa.Column("age", sa.Integer(), nullable=False))'


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose second revision has an error and a warning on PostgreSQL."""
    project = make_project(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/shop.db")
    project.write_revision("aaa1", None, TABLE, 'op.drop_table("users")')
    undo = 'op.drop_column("users", "age"); op.drop_index("ix_users_id", table_name="users")'
    project.write_revision("aaa2", "aaa1", f"{INDEX}; {REQUIRED}", undo)
    return project


def test_findings_are_shown_with_their_safe_form(project: Project) -> None:
    done = project.asa("review", "--all", "--offline", "--dialect", "postgresql")
    assert done.returncode == 1
    assert "asa review   2 revisions   for postgresql   no sizes" in done.stdout
    assert "✓ aaa1  step aaa1" in done.stdout
    assert "✗ aaa2  required-column   migrations/versions/aaa2_.py:11" in done.stdout
    assert "! aaa2  index-blocks-writes   migrations/versions/aaa2_.py:10" in done.stdout
    assert "    safe    with op.get_context().autocommit_block():" in done.stdout
    assert "✗ 1 error, 1 warning" in done.stdout
    assert done.stdout.rstrip().endswith("next  asa rules required-column")
    assert all(len(line) <= 80 for line in done.stdout.splitlines())


def test_unapplied_revisions_are_judged_by_default(project: Project) -> None:
    assert project.asa("upgrade", "aaa1").returncode == 0
    project.execute("INSERT INTO users (id) VALUES (1)")
    done = project.asa("review")
    assert done.returncode == 1
    assert "1 unapplied revision   SQLite" in done.stdout
    assert "aaa1" not in done.stdout
    assert project.marks == ["aaa1"]


def test_at_head_nothing_is_found(project: Project) -> None:
    project.write_revision("aaa2", "aaa1", "pass")
    assert project.asa("upgrade").returncode == 0
    done = project.asa("review")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (
        0,
        "✓ nothing found: 0 unapplied revisions",
    )


@pytest.mark.parametrize(
    ("fail_on", "code"), [("error", 1), ("warning", 1), ("info", 1), ("never", 0)]
)
def test_the_severity_that_fails_can_be_chosen(project: Project, fail_on: str, code: int) -> None:
    done = project.asa("review", "aaa2", "--offline", "--fail-on", fail_on)
    assert done.returncode == code


def test_warnings_alone_do_not_fail(project: Project) -> None:
    project.write_revision("aaa2", "aaa1", INDEX, 'op.drop_index("ix_users_id", "users")')
    words = ("review", "aaa2", "--offline", "--dialect", "postgresql")
    assert project.asa(*words).returncode == 0
    assert project.asa(*words, "--fail-on", "warning").returncode == 1


def test_json_holds_rule_place_and_safe_form(project: Project) -> None:
    done = project.asa("review", "aaa2", "--offline", "--format", "json")
    (finding,) = json.loads(done.stdout)["findings"]
    assert finding["rule"] == "required-column"
    assert finding["severity"] == "error"
    assert finding["location"] == {"file": "migrations/versions/aaa2_.py", "line": 11}
    assert "nullable=True" in finding["fix"]["text"]


def test_sarif_names_the_rule_and_the_line(project: Project) -> None:
    done = project.asa("review", "aaa2", "--offline", "--format", "sarif")
    (run,) = json.loads(done.stdout)["runs"]
    (result,) = run["results"]
    assert result["ruleId"] in {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 11}


def test_github_annotates_the_line(project: Project) -> None:
    done = project.asa("review", "aaa2", "--offline", "--format", "github")
    assert done.stdout.startswith("::error file=migrations/versions/aaa2_.py,line=11,title=")
    assert done.stdout.endswith("asa: 1 error\n")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("review", "--all", "aaa1"), 2, "chosen in two ways"),
        (("review", "--all", "--since", "main"), 2, "chosen in two ways"),
        (("review", "--since", "main"), 2, "in no git repository"),
        (("review", "nope"), 4, 'has the id "nope"'),
        (("review", "--url", "postgresql://u:secret@127.0.0.1:1/d"), 2, "--url"),
        (("review", "--dialect", "oracle"), 2, "oracle"),
    ],
)
def test_what_is_wrong_is_told_on_stderr(
    project: Project, words: tuple[str, ...], code: int, message: str
) -> None:
    done = project.asa(*words)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert "secret" not in done.stderr


def test_a_project_without_alembic_is_told_what_to_type(tmp_path: Path) -> None:
    done = make_project(tmp_path / "made", "sqlite://").asa("review", directory=tmp_path)
    assert done.returncode == 2
    assert "asa init" in done.stderr


def test_status_says_which_pending_revision_must_change(project: Project) -> None:
    assert project.asa("upgrade", "aaa1").returncode == 0
    project.execute("INSERT INTO users (id) VALUES (1)")
    done = project.asa("status")
    assert done.returncode == 0
    [pending] = [line for line in done.stdout.splitlines() if line.startswith("  ✗ aaa2")]
    assert pending.endswith("required-column")
    assert "✗ 1 pending, 1 must change\nnext  asa review aaa2" in done.stdout
    # Nothing breaks the path of the file above.
    assert all(len(line) <= 80 for line in done.stdout.partition("\n\n")[2].splitlines())


def test_status_stands_where_a_pending_revision_cannot_be_judged(project: Project) -> None:
    project.write_revision("aaa2", "aaa1", "raise SystemExit(3)")
    done = project.asa("status")
    assert done.returncode == 0
    assert "2 pending" in done.stdout


def test_migrate_reviews_what_it_writes(tmp_path: Path, postgresql_url: str) -> None:
    project = make_project(tmp_path, postgresql_url)
    assert project.asa("migrate", "start").returncode == 0
    assert project.asa("upgrade").returncode == 0
    project.write_models(CUSTOMER, "    town: Mapped[str] = mapped_column(String(50))\n")
    project.execute("INSERT INTO customers (id, name) VALUES (1, 'a')")
    done = project.asa("migrate", "towns", "--plain")
    assert "✗ required-column   customers.town" in done.stdout
    if done.returncode == 0:
        assert "next  asa review " in done.stdout


def test_the_settings_weigh_rules_and_leave_them_out(project: Project) -> None:
    settings = project.root / "asa.toml"
    held = settings.read_text() if settings.exists() else ""
    settings.write_text(
        held + '\nignore = ["index-blocks-writes"]\nseverity = {required-column = "warning"}\n'
    )
    done = project.asa("review", "--all", "--offline", "--dialect", "postgresql")
    assert "index-blocks-writes" not in done.stdout
    assert "! aaa2  required-column" in done.stdout
    assert done.returncode == 0
