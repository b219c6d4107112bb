"""A revision's functions are run where no database is, and all that they would do is noted."""

from pathlib import Path

import pytest
from tests.migrations.project import make_project

from asa.migrations.env_run import standing_in
from asa.migrations.review.collection import Function, hear
from asa.model.operation import (
    AddColumn,
    AddConstraint,
    ChangeRows,
    Command,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropIndex,
    DropTable,
    InsertRows,
)


def heard(tmp_path: Path, body: str, dialect: str = "postgresql", head: str = "") -> Function:
    """Return what the upgrade of this body would do."""
    project = make_project(tmp_path, "sqlite+aiosqlite:///absent.db")
    file = project.write_revision("a", None, body)
    file.write_text(f"{head}\n{file.read_text()}")
    with standing_in(project.environment()) as site:
        return hear(site, site.script.get_revision("a"), dialect)[0]


def kinds(function: Function) -> list[type]:
    return [type(step.operation) for step in function.steps]


@pytest.mark.parametrize("dialect", ["postgresql", "mysql", "sqlite"])
def test_operations_are_noted_with_their_lines(tmp_path: Path, dialect: str) -> None:
    body = 'op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True)); '
    body += 'op.add_column("t", sa.Column("x", sa.Text()))'
    found = heard(tmp_path, body, dialect)
    assert kinds(found) == [CreateTable, AddColumn]
    assert [step.line for step in found.steps] == [11, 12]
    assert found.silences == ()


def test_what_a_column_brings_is_noted(tmp_path: Path) -> None:
    column = 'sa.Column("x", sa.Integer(), sa.ForeignKey("u.id"), unique=True, index=True)'
    found = heard(tmp_path, f'op.add_column("t", {column})')
    assert kinds(found) == [AddColumn, AddConstraint, CreateIndex]
    key = found.steps[1].operation
    assert isinstance(key, AddConstraint)
    assert key.target == ("u", ("id",))


@pytest.mark.parametrize("dialect", ["postgresql", "mysql", "sqlite"])
def test_what_goes_through_the_connection_is_noted(tmp_path: Path, dialect: str) -> None:
    head = "from sqlalchemy.orm import Session"
    body = """t = sa.table("t", sa.column("id"), sa.column("x")); bind = op.get_bind()
    bind.execute(sa.update(t).values(x=1))
    session = Session(bind); session.execute(sa.delete(t)); session.commit()
    bind.exec_driver_sql("INSERT INTO t (id) VALUES (1)")
    assert bind.execute(sa.select(t)).fetchall() == []
    op.bulk_insert(t, [{"id": 1}, {"id": 2}])"""
    found = heard(tmp_path, body, dialect, head)
    assert found.silences == ()
    changes = [s.operation for s in found.steps if not isinstance(s.operation, Command)]
    assert changes == [
        ChangeRows("update", "t", "all"),
        ChangeRows("delete", "t", "all"),
        InsertRows("t", 1),
        InsertRows("t", 2),
    ]


def test_the_dialect_is_the_one_asked_for(tmp_path: Path) -> None:
    body = "assert op.get_bind().dialect.name == 'mysql'; "
    body += "assert op.get_context().dialect.name == 'mysql'; "
    body += "from alembic import context; assert not context.is_offline_mode(); "
    body += "op.drop_column('t', 'x')"
    assert kinds(heard(tmp_path, body, "mysql")) == [DropColumn]


def test_an_autocommit_block_is_outside_of_the_transaction(tmp_path: Path) -> None:
    body = """op.execute("SELECT 1")
    with op.get_context().autocommit_block():
        op.execute("SELECT 2")
    op.execute("SELECT 3"); op.execute("COMMIT"); op.execute("SELECT 4")"""
    found = heard(tmp_path, body)
    assert [step.transaction for step in found.steps] == [0, None, 1, 1, None]


def test_a_loop_over_rows_is_read_instead(tmp_path: Path) -> None:
    """What stands behind a line that needs a row is read from the source, call by call."""
    body = """count = op.get_bind().execute(sa.text("SELECT count(*) FROM t")).scalar()
    if count > 5:
        op.drop_column("t", "x")
    op.add_column("t", sa.Column("y", sa.Integer()))
    op.drop_column("t", unknown)"""
    found = heard(tmp_path, body)
    assert kinds(found) == [Command, DropColumn, AddColumn]
    assert [step.line for step in found.steps[1:]] == [13, 14]
    reasons = [silence.reason for silence in found.silences]
    assert "TypeError" in reasons[0]
    assert found.silences[1].subject.endswith(":15")


def test_a_loop_without_an_end_ends(tmp_path: Path) -> None:
    body = "while op.get_bind().execute(sa.text('UPDATE t SET x = 1 WHERE id < 5')) is not None:\n"
    found = heard(tmp_path, body + "        pass")
    assert any("does not end" in silence.reason for silence in found.silences)


LOOKING = """if not sa.inspect(op.get_bind()).has_table("t"):;     {make}
    op.create_index("ix", "t", ["x"])
    found = sa.inspect(op.get_bind())
    names = [column["name"] for column in found.get_columns("t")]
    if names == ["id", "x"] and isinstance(found.get_columns("t")[1]["type"], sa.String):
        op.add_column("t", sa.Column("seen", sa.Text()))
    if any(index["name"] == "ix" for index in found.get_indexes("t")):
        op.drop_index("ix", "t")
    if found.has_table("elsewhere"):
        op.drop_table("elsewhere")"""
MAKE = (
    'op.create_table("t", sa.Column("id", sa.Integer, primary_key=True), '
    'sa.Column("x", sa.String(9)))'
)


@pytest.mark.parametrize("dialect", ["postgresql", "mysql", "sqlite"])
def test_a_revision_that_looks_sees_the_schema_as_it_becomes(tmp_path: Path, dialect: str) -> None:
    found = heard(tmp_path, LOOKING.format(make=MAKE), dialect)
    assert kinds(found) == [CreateTable, CreateIndex, AddColumn, DropIndex]
    assert found.silences == ()


@pytest.mark.parametrize("dialect", ["postgresql", "mysql", "sqlite"])
def test_a_table_that_the_inspector_reflects_is_whole(tmp_path: Path, dialect: str) -> None:
    body = f"""{MAKE}
    op.create_table("u", sa.Column("t_id", sa.Integer, sa.ForeignKey("t.id")))
    u = sa.Table("u", sa.MetaData(), autoload_with=op.get_bind())
    assert [key.target_fullname for key in u.foreign_keys] == ["t.id"]
    assert [c.name for c in u.metadata.tables["t"].primary_key] == ["id"]"""
    assert heard(tmp_path, body, dialect).silences == ()


def test_a_downgrade_sees_what_the_upgrade_made(tmp_path: Path) -> None:
    project = make_project(tmp_path, "sqlite+aiosqlite:///absent.db")
    down = 'if sa.inspect(op.get_bind()).has_table("t"):;     op.drop_table("t")'
    project.write_revision("a", None, MAKE, down)
    with standing_in(project.environment()) as site:
        _, downgrade = hear(site, site.script.get_revision("a"), "sqlite")
    assert kinds(downgrade) == [DropTable]


@pytest.mark.parametrize(
    "body",
    [
        "sa.create_engine('sqlite:///reached.db').connect()",
        "import sqlite3; sqlite3.connect('reached.db')",
        "import socket; socket.create_connection(('127.0.0.1', 1))",
        "import subprocess; subprocess.run(['touch', 'reached.db'])",
        "import os; os.system('touch reached.db')",
    ],
)
def test_nothing_is_reached(tmp_path: Path, body: str) -> None:
    """A connection or a program of the revision's own is refused, and told."""
    found = heard(tmp_path, f"{body}; op.drop_column('t', 'x')")
    assert not list(tmp_path.glob("**/reached.db"))
    assert "connection of its own" in found.silences[0].reason
    assert kinds(found) == [DropColumn]


def test_afterwards_the_world_is_reachable_again(tmp_path: Path) -> None:
    import sqlite3

    heard(tmp_path, "pass")
    sqlite3.connect(":memory:").close()


def test_sql_that_is_not_read_is_told(tmp_path: Path) -> None:
    found = heard(tmp_path, 'op.execute("DO $$ BEGIN DROP TABLE t;END $$")')
    assert "SQL that asa does not read" in found.silences[0].reason
    assert found.silences[0].subject.endswith(":11")


def test_a_refusal_on_purpose_is_no_failure(tmp_path: Path) -> None:
    found = heard(tmp_path, 'raise NotImplementedError("never")')
    assert found.refuses
    assert found.silences == ()


def test_batch_mode_tells_what_makes_the_table_anew(tmp_path: Path) -> None:
    body = """with op.batch_alter_table("t") as batch:
        batch.add_column(sa.Column("x", sa.Integer()))
        batch.alter_column("y", nullable=False)
    with op.batch_alter_table("t", recreate="never") as batch:
        batch.drop_column("z")"""
    found = heard(tmp_path, body, "sqlite")
    assert [step.recreates for step in found.steps] == [False, True, False]
