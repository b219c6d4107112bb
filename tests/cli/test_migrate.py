"""`asa migrate`: what it prints, where, and how it ends."""

import re
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url
from tests.migrations.project import CUSTOMER, ORDER, Project, make_project

PROVED = re.compile(
    r"  ✓ proved  up [\d.]+ m?s, down [\d.]+ m?s, up [\d.]+ m?s; schema equals models"
)


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def project(tmp_path: Path, sqlite_url: str) -> Project:
    made = make_project(tmp_path, sqlite_url, "batch")
    made.write_models(CUSTOMER, ORDER)
    return made


def test_the_operations_are_a_table_and_the_file_is_named(project: Project) -> None:
    done = project.asa("migrate", "start")
    assert done.returncode == 0
    head, _, rest = done.stdout.partition("\n\n")
    rows = ["", *rest.splitlines()]
    assert head.startswith('asa migrate "start"   SQLite 3.')
    assert head.endswith("first revision")
    assert rows[1:4] == [
        "  + table   customers              2 columns",
        "  + table   orders                 2 columns, fk to customers.id",
        "  + index   ix_orders_customer_id  orders (customer_id)",
    ]
    (file,) = project.files
    assert PROVED.fullmatch(rows[5])
    assert rows[-2:] == [f"✓ wrote migrations/versions/{file}", "next  asa upgrade"]
    # env.py runs once to compare and once for the sizes that the review weighs.
    assert done.stderr == 2 * "stock env.py prints on stdout\n"


def test_nothing_to_write_says_so(project: Project) -> None:
    project.asa("migrate", "start")
    project.asa("upgrade")
    done = project.asa("migrate", "again")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == (
        "✓ no change: models equal the database (2 tables), so nothing was written"
    )
    assert len(project.files) == 1


def test_what_loses_data_is_marked(project: Project) -> None:
    project.asa("migrate", "start")
    project.asa("upgrade")
    project.write_models(CUSTOMER.replace("name:", "age:").replace("Mapped[str]", "Mapped[int]"))
    done = project.asa("migrate", "fewer", "--no-rename")
    rows = done.stdout.splitlines()
    assert any(row.startswith("! - table   orders") for row in rows)
    assert any(row.startswith("! - column  customers.name") for row in rows)


def test_what_may_be_a_rename_is_refused_without_an_answer(project: Project) -> None:
    project.asa("migrate", "start")
    project.asa("upgrade")
    files = project.files
    project.write_models(CUSTOMER.replace("name:", "full_name:"), ORDER)
    done = project.asa("migrate", "other")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "customers.name is dropped and full_name added" in done.stderr
    assert "add --rename customers.name:full_name   or --no-rename" in done.stderr
    assert project.files == files
    done = project.asa("migrate", "other", "--rename", "customers.name:full_name")
    assert done.returncode == 0, done.stdout
    assert "  ~ column  customers.name  " in done.stdout
    assert any(PROVED.fullmatch(row) for row in done.stdout.splitlines())
    wrong = project.asa("migrate", "other", "--rename", "customers.nickname:full_name")
    assert wrong.returncode == 2
    assert project.asa("migrate", "other", "--rename", "customers").returncode == 2


def test_a_database_behind_is_left_for_the_replayed_history(project: Project) -> None:
    project.asa("migrate", "start")
    done = project.asa("migrate", "more")
    assert done.returncode == 0
    first, *rows = done.stdout.splitlines()
    assert first.startswith('asa migrate "more"   against scratch SQLite 3.')
    assert rows[-1].startswith("✓ no change: models equal the replayed history (2 tables)")
    assert "1 revision is not applied to the database yet: compared with" in done.stderr
    project.write_models(CUSTOMER + "    town: Mapped[str | None]\n", ORDER)
    done = project.asa("migrate", "town", "--scratch")
    assert done.returncode == 0, done.stdout
    assert "  + column  customers.town" in done.stdout
    assert any(PROVED.fullmatch(row) for row in done.stdout.splitlines())
    assert len(project.files) == 2
    assert project.tables() == set()


def test_no_database_is_needed(tmp_path: Path, postgresql_url: str) -> None:
    url = make_url(postgresql_url)
    nowhere = url.set(port=1).render_as_string(hide_password=False)
    project = make_project(tmp_path, nowhere)
    done = project.asa("migrate", "start", ASA_SCRATCH=postgresql_url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'asa migrate "start"   against scratch PostgreSQL' in done.stdout
    assert "connection refused: nothing listens at" in done.stderr
    assert url.password is not None
    assert url.password not in done.stdout + done.stderr
    assert any(PROVED.fullmatch(row) for row in done.stdout.splitlines())
    # asa leaves nothing of its own on a server that it was lent.
    again = Project(project.root, project.models, postgresql_url)
    assert again.tables() == set()


def test_the_hooks_of_the_project_run_over_what_was_written_on_scratch(project: Project) -> None:
    ini = project.root / "alembic.ini"
    hook = (
        "[post_write_hooks]\nhooks = mark\nmark.type = exec\n"
        f"mark.executable = {sys.executable}\n"
        "mark.options = -c \"import sys; open(sys.argv[1], 'a').write('# marked')\" "
        "REVISION_SCRIPT_FILENAME\n"
    )
    ini.write_text(ini.read_text() + hook)
    done = project.asa("migrate", "start", "--scratch")
    assert done.returncode == 0, done.stdout + done.stderr
    (file,) = project.files
    assert (project.root / "migrations/versions" / file).read_text().endswith("# marked")


def test_what_its_proof_refutes_stays_and_ends_with_4(project: Project) -> None:
    template = project.root / "migrations" / "script.py.mako"
    broken = template.read_text().replace(
        "def downgrade() -> None:\n", 'def downgrade() -> None:\n    op.drop_table("nowhere")\n'
    )
    template.write_text(broken)
    done = project.asa("migrate", "start")
    assert done.returncode == 4
    (file,) = project.files
    rows = done.stdout.splitlines()
    assert "  ✗ refuted: down failed" in rows
    assert any(row.startswith("    error  no such table: nowhere") for row in rows)
    assert f"✗ wrote migrations/versions/{file}, which must change" in rows
    assert project.tables() == set()


def test_a_history_that_does_not_replay_names_the_revision(project: Project) -> None:
    project.write_revision("aaa", None, 'op.drop_table("made_by_hand")')
    done = project.asa("migrate", "more", "--scratch")
    assert done.returncode == 4
    assert done.stdout == ""
    assert "aaa step aaa failed" in done.stderr
    assert "no such table: made_by_hand" in done.stderr
    assert project.files == ["aaa_.py"]


def test_an_empty_directory_is_told_to_init(tmp_path: Path, project: Project) -> None:
    empty = tmp_path / "empty"
    (empty / ".git").mkdir(parents=True)
    done = project.asa("migrate", "x", directory=empty)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines()[0].startswith("✗ no Alembic environment in ")
    assert done.stderr.splitlines()[-1] == "next  asa init"


def test_it_works_below_the_root(project: Project) -> None:
    below = project.root / "deep" / "down"
    below.mkdir(parents=True)
    assert project.asa("migrate", "start", directory=below).returncode == 0
    assert len(project.files) == 1


def test_the_sql_of_what_was_written_is_printed_on_request(
    tmp_path: Path, postgresql_url: str
) -> None:
    project = make_project(tmp_path, postgresql_url)
    done = project.asa("migrate", "start", "--sql", "--plain")
    assert done.returncode == 0, done.stderr
    assert "CREATE TABLE customers" in done.stdout
    assert done.stdout.index("next  asa upgrade") < done.stdout.index("CREATE TABLE customers")
