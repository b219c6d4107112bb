"""A revision is written from the models, whole or not at all."""

from pathlib import Path

import pytest
from tests.migrations.project import CUSTOMER, ORDER, Project, make_project

from asa.errors import (
    ConfigurationError,
    DatabaseError,
    FindingsError,
    MigrationError,
    ProjectError,
    UsageError,
)
from asa.migrations.message import clean_message
from asa.migrations.revision import migrate
from asa.migrations.status import read_status
from asa.migrations.upgrade import downgrade, upgrade
from asa.model.event import silent
from asa.model.operation import (
    AddConstraint,
    CreateIndex,
    CreateTable,
    DropTable,
)


def at_head(project: Project, *models: str) -> None:
    """Bring the database to where the models are."""
    project.write_models(*models)
    migrate(project.environment(), "start", silent)
    upgrade(project.environment(), "head", silent)


def test_what_is_written_makes_the_database_equal_to_the_models(project: Project) -> None:
    project.write_models(CUSTOMER, ORDER)
    written = project.migrate("add orders")
    assert written.revision is not None
    assert written.parents == ()
    assert written.tables == 2
    by_kind = {type(operation): operation for operation in written.operations}
    orders = by_kind[CreateTable]
    assert isinstance(orders, CreateTable)
    assert orders.table == "orders"
    assert [column.name for column in orders.columns] == ["id", "customer_id"]
    assert any(c.reference == "customers.id" for c in orders.constraints)
    index = by_kind[CreateIndex]
    assert isinstance(index, CreateIndex)
    assert (index.table, index.columns) == ("orders", ("customer_id",))
    upgrade(project.environment(), "head", silent)
    assert project.tables() == {"customers", "orders", "alembic_version"}
    again = project.migrate("again")
    assert again.revision is None
    assert again.operations == ()
    assert project.files == [Path(written.revision.file).name]


def test_comparing_leaves_the_database_as_it_is(project: Project) -> None:
    migrate(project.environment(), "start", silent)
    assert project.tables() == set()


def test_a_database_behind_is_not_compared(project: Project) -> None:
    migrate(project.environment(), "start", silent)
    files = project.files
    with pytest.raises(FindingsError) as caught:
        migrate(project.environment(), "more", silent)
    assert caught.value.message.startswith("1 revision is not applied yet")
    assert caught.value.hint == "asa upgrade"
    assert project.files == files


def test_several_heads_are_named_with_the_command_that_joins_them(sqlite_project: Project) -> None:
    sqlite_project.write_revision("a", None, "pass")
    sqlite_project.write_revision("b", "a", "pass")
    sqlite_project.write_revision("c", "a", "pass")
    with pytest.raises(FindingsError, match="2 heads") as caught:
        migrate(sqlite_project.environment(), "more", silent)
    assert caught.value.hint.startswith("asa merge")
    assert sorted(text.split()[0] for _, text in caught.value.details) == ["b", "c"]


def test_a_mark_that_no_file_has_is_said_to_be_so(sqlite_project: Project) -> None:
    sqlite_project.execute(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)",
        "INSERT INTO alembic_version VALUES ('lost')",
    )
    with pytest.raises(FindingsError, match='marked with "lost"'):
        migrate(sqlite_project.environment(), "more", silent)


def test_a_dropped_table_is_an_operation_of_its_own(project: Project) -> None:
    at_head(project, CUSTOMER, ORDER)
    project.write_models(CUSTOMER)
    written = project.migrate("drop orders")
    assert DropTable("orders") in written.operations


def test_a_table_with_a_needed_index_is_dropped_and_comes_back(project: Project) -> None:
    at_head(project, CUSTOMER, ORDER)
    project.write_models(CUSTOMER)
    migrate(project.environment(), "drop orders", silent)
    upgrade(project.environment(), "head", silent)
    assert project.tables() == {"customers", "alembic_version"}
    downgrade(project.environment(), "-1", silent)
    project.write_models(CUSTOMER, ORDER)
    environment = project.environment()
    assert read_status(environment, silent).pending[0].message == "drop orders"
    downgrade(environment, "base", silent)
    assert project.tables() == {"alembic_version"}


@pytest.mark.parametrize("dialect", ["postgresql", "mysql"])
def test_a_foreign_key_goes_before_the_index_that_it_needs(
    tmp_path: Path, dialect: str, request: pytest.FixtureRequest
) -> None:
    # SQLite drops constraints in batch mode only, which makes the whole table anew.
    project = make_project(tmp_path, request.getfixturevalue(f"{dialect}_url"))
    named = ORDER.replace('"customers.id")', '"customers.id", name="fk_customer")')
    at_head(project, CUSTOMER, named)
    project.write_models(CUSTOMER, ORDER.partition("    customer_id")[0])
    migrate(project.environment(), "drop customer", silent)
    upgrade(project.environment(), "head", silent)
    assert read_status(project.environment(), silent).clean


def test_models_that_are_all_gone_were_not_imported(project: Project) -> None:
    at_head(project, CUSTOMER, ORDER)
    files = project.files
    project.write_models("")
    with pytest.raises(ProjectError, match="no model was imported, so 2 tables would be dropped"):
        migrate(project.environment(), "empty", silent)
    assert project.files == files


def test_another_environments_version_table_is_never_dropped(project: Project) -> None:
    at_head(project, CUSTOMER)
    project.execute("CREATE TABLE other_version (version_num VARCHAR(32) NOT NULL)")
    written = project.migrate("nothing")
    assert written.revision is None
    assert "other_version" in project.tables()


def test_a_type_without_a_repr_leaves_no_file(sqlite_project: Project) -> None:
    sqlite_project.write_models(
        "from sqlalchemy.types import UserDefinedType\n"
        "class Odd(UserDefinedType):\n"
        "    cache_ok = True\n"
        "    def get_col_spec(self, **kw): return 'TEXT'\n"
        "    def __repr__(self): return '<odd type>'\n"
        "class Thing(Base):\n"
        "    __tablename__ = 'things'\n"
        "    id: Mapped[int] = mapped_column(primary_key=True)\n"
        "    odd = mapped_column(Odd())\n"
    )
    with pytest.raises(MigrationError, match="would not be Python") as caught:
        migrate(sqlite_project.environment(), "odd", silent)
    assert "<odd type>" in dict(caught.value.details)["line"]
    assert sqlite_project.files == []


def test_a_failing_post_write_hook_leaves_a_whole_file(sqlite_project: Project) -> None:
    ini = sqlite_project.root / "alembic.ini"
    ini.write_text(
        ini.read_text()
        + "\n[post_write_hooks]\nhooks = absent\nabsent.type = exec\n"
        + "absent.executable = /nowhere/absent\n"
    )
    with pytest.raises(MigrationError, match="was written, but its post-write hook failed"):
        migrate(sqlite_project.environment(), "start", silent)
    assert len(sqlite_project.files) == 1


@pytest.mark.parametrize(
    ("message", "file"),
    [
        ('say """hello""" \\N{x}', "say_hello"),
        ("../../etc/passwd", "etc_passwd"),
        ("two\nlines\x00", "two_lines"),
        ("добавить заказы", "добавить_заказы"),
        ("x" * 400, ""),
    ],
)
def test_any_message_makes_a_file_that_python_reads(
    sqlite_project: Project, message: str, file: str
) -> None:
    written = sqlite_project.migrate(message)
    assert written.revision is not None
    path = sqlite_project.root / written.revision.file
    assert path.parent == sqlite_project.root / "migrations" / "versions"
    assert file in path.name
    assert len(path.name.encode()) < 255
    assert written.revision.message == clean_message(message)
    upgrade(sqlite_project.environment(), "head", silent)


@pytest.mark.parametrize("message", ["", "  ", "!!!", "\n"])
def test_a_message_without_a_word_is_refused(message: str) -> None:
    with pytest.raises(UsageError, match="needs a message"):
        clean_message(message)


def test_the_projects_own_hook_has_the_last_word(sqlite_project: Project) -> None:
    env = sqlite_project.root / "migrations" / "env.py"
    env.write_text(
        env.read_text().replace(
            "connection=connection, target_metadata=Base.metadata",
            "connection=connection, target_metadata=Base.metadata,"
            " process_revision_directives=lambda c, r, d: d.clear()",
        )
    )
    written = sqlite_project.migrate("start")
    assert written.revision is None
    assert sqlite_project.files == []


def test_env_py_without_models_is_told_so(sqlite_project: Project) -> None:
    env = sqlite_project.root / "migrations" / "env.py"
    env.write_text(env.read_text().replace("Base.metadata", "None"))
    with pytest.raises(ConfigurationError, match="target_metadata is None"):
        migrate(sqlite_project.environment(), "start", silent)


def test_no_database_no_revision(tmp_path: Path) -> None:
    project = make_project(tmp_path, "mysql+aiomysql://u:secret@127.0.0.1:1/db")
    with pytest.raises(DatabaseError) as caught:
        migrate(project.environment(), "start", silent)
    assert caught.value.cause == "refused"
    assert project.files == []


def test_a_constraint_is_described_by_name_and_target() -> None:
    constraint = AddConstraint("foreign key", "orders", "fk_o", ("c",), ("customers", ("id",)))
    description = constraint.description
    assert (description.subject, description.remark) == ("fk_o", "to customers.id")
