"""`asa migrate`: what it prints, where, and how it ends."""

from pathlib import Path

import pytest
from tests.migrations.project import CUSTOMER, ORDER, Project, make_project


@pytest.fixture
def project(tmp_path: Path, sqlite_url: str) -> Project:
    made = make_project(tmp_path, sqlite_url)
    made.write_models(CUSTOMER, ORDER)
    return made


def test_the_operations_are_a_table_and_the_file_is_named(project: Project) -> None:
    done = project.asa("migrate", "start")
    assert done.returncode == 0
    first, *rows = done.stdout.splitlines()
    assert first.startswith('asa migrate "start"   SQLite 3.')
    assert first.endswith("first revision")
    assert rows[1:4] == [
        "  + table   customers              2 columns",
        "  + table   orders                 2 columns, fk to customers.id",
        "  + index   ix_orders_customer_id  orders (customer_id)",
    ]
    (file,) = project.files
    assert rows[-2:] == [f"✓ wrote migrations/versions/{file}", "next  asa upgrade"]
    assert done.stderr == "stock env.py prints on stdout\n"


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
    project.write_models(CUSTOMER.replace("name:", "full_name:"))
    rows = project.asa("migrate", "fewer").stdout.splitlines()
    assert any(row.startswith("! - table   orders") for row in rows)
    assert any(row.startswith("! - column  customers.name") for row in rows)
    assert any("if that is a rename, its values are lost as written" in row for row in rows)
    assert any('new_column_name="full_name"' in row for row in rows)


def test_a_database_behind_exits_with_1(project: Project) -> None:
    project.asa("migrate", "start")
    done = project.asa("migrate", "more")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "next  asa upgrade" in done.stderr


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
