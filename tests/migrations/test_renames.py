"""A rename keeps the data, both ways; what may be one is asked, never guessed."""

import re
from pathlib import Path

import pytest
from tests.migrations.project import CUSTOMER, ORDER, Project, make_project

from asa.errors import UsageError
from asa.migrations.rename import Answers, Rename, Undecided, parse_rename
from asa.migrations.revision import Written, migrate
from asa.migrations.status import read_status
from asa.migrations.upgrade import downgrade, upgrade
from asa.model.event import silent
from asa.model.operation import AlterColumn, Change, DropColumn, RenameTable


@pytest.fixture
def project(tmp_path: Path, database_url: str) -> Project:
    """A project on an empty database; on SQLite its env.py changes tables by making them anew."""
    return make_project(tmp_path, database_url, "plain" if "sqlite" in database_url else "stock")


@pytest.fixture
def sqlite_project(tmp_path: Path, sqlite_url: str) -> Project:
    return make_project(tmp_path, sqlite_url, "plain")


USER = """
from sqlalchemy import Index, UniqueConstraint

class User(Base):
    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("email", name="uq_email"),
        Index("ix_users_name", "name"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    email: Mapped[str] = mapped_column(String(80), server_default="nobody")
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", name="fk_customer"))
"""
RENAMED = (
    USER.replace(
        "name: Mapped[str] = mapped_column(String(50))",
        "full_name: Mapped[str | None] = mapped_column(String(90))",
    )
    .replace('Index("ix_users_name", "name")', 'Index("ix_users_full_name", "full_name")')
    .replace("email:", "mail:")
    .replace('"email"', '"mail"')
    .replace("customer_id:", "buyer_id:")
)
RENAMES = tuple(
    parse_rename(text)
    for text in ("users.name:full_name", "users.email:mail", "users.customer_id:buyer_id")
)


def at_head(project: Project, *models: str) -> None:
    """Bring the database to where the models are."""
    project.write_models(*models)
    migrate(project.environment(), "start", silent)
    upgrade(project.environment(), "head", silent)


def renamed(project: Project, *renames: Rename) -> Written:
    """Write a revision with some renames, apply it, and see that nothing is left to do."""
    written = migrate(project.environment(), "rename", silent, Answers(renames))
    assert isinstance(written, Written)
    assert written.revision is not None
    upgrade(project.environment(), "head", silent)
    status = read_status(project.environment(), silent)
    assert status.clean, status.models
    return written


def test_renamed_columns_keep_their_data_both_ways(project: Project) -> None:
    at_head(project, CUSTOMER, USER)
    project.execute(
        "INSERT INTO customers (id, name) VALUES (1, 'c')",
        "INSERT INTO users (id, name, email, customer_id) VALUES (7, 'Ann', 'a@b', 1)",
    )
    project.write_models(CUSTOMER, RENAMED)
    written = renamed(project, *RENAMES)
    assert not any(isinstance(operation, DropColumn) for operation in written.operations)
    assert project.execute("SELECT id, full_name, mail, buyer_id FROM users") == [
        [(7, "Ann", "a@b", 1)]
    ]
    downgrade(project.environment(), written.parents[0].id, silent)
    assert project.execute("SELECT id, name, email, customer_id FROM users") == [
        [(7, "Ann", "a@b", 1)]
    ]
    project.write_models(CUSTOMER, USER)
    assert read_status(project.environment(), silent).pending[-1].message.startswith("rename")
    upgrade(project.environment(), "head", silent)
    assert project.execute("SELECT full_name FROM users") == [[("Ann",)]]


def test_a_renamed_table_keeps_its_rows_both_ways(project: Project) -> None:
    at_head(project, CUSTOMER, ORDER)
    project.execute(
        "INSERT INTO customers (id, name) VALUES (1, 'c')",
        "INSERT INTO orders (id, customer_id) VALUES (5, 1)",
    )
    bought = ORDER.replace('"orders"', '"purchases"')
    note = "    note: Mapped[str | None] = mapped_column(String(9))\n"
    project.write_models(CUSTOMER, bought, note)
    written = renamed(project, Rename("orders", "purchases"))
    assert RenameTable("orders", "purchases") in written.operations
    assert project.execute("SELECT id, customer_id, note FROM purchases") == [[(5, 1, None)]]
    downgrade(project.environment(), "-1", silent)
    assert project.execute("SELECT id, customer_id FROM orders") == [[(5, 1)]]
    assert project.tables() == {"customers", "orders", "alembic_version"}


def test_a_table_that_others_refer_to_takes_them_along(project: Project) -> None:
    at_head(project, CUSTOMER, ORDER)
    project.execute(
        "INSERT INTO customers (id, name) VALUES (1, 'c')",
        "INSERT INTO orders (id, customer_id) VALUES (5, 1)",
    )
    project.write_models(
        CUSTOMER.replace('"customers"', '"clients"'),
        ORDER.replace('"customers.id"', '"clients.id"'),
    )
    written = renamed(project, Rename("customers", "clients"))
    assert written.operations == (RenameTable("customers", "clients"),)
    assert project.execute("SELECT name FROM clients JOIN orders ON customer_id = clients.id") == [
        [("c",)]
    ]


def test_without_an_answer_nothing_is_written(sqlite_project: Project) -> None:
    at_head(sqlite_project, CUSTOMER)
    files = sqlite_project.files
    sqlite_project.write_models(CUSTOMER.replace("name:", "full_name:"))
    environment = sqlite_project.environment()
    undecided = migrate(environment, "rename", silent)
    assert undecided == Undecided((Rename("customers.name", "full_name"),))
    assert sqlite_project.files == files
    wrong = Answers((Rename("customers.name", "nickname"),))
    with pytest.raises(UsageError) as caught:
        migrate(environment, "rename", silent, wrong)
    assert caught.value.hint == "--rename customers.name:full_name"
    separate = Answers(separate=undecided.renames)
    written = migrate(environment, "no rename", silent, separate)
    assert isinstance(written, Written)
    assert any(isinstance(operation, DropColumn) for operation in written.operations)


def test_each_column_is_paired_with_the_likeliest(sqlite_project: Project) -> None:
    at_head(sqlite_project, CUSTOMER + "    town: Mapped[str] = mapped_column(String(50))\n")
    models = CUSTOMER.replace("name:", "home_town:")
    sqlite_project.write_models(models + "    full_name: Mapped[str] = mapped_column(String(50))\n")
    undecided = migrate(sqlite_project.environment(), "x", silent)
    assert isinstance(undecided, Undecided)
    assert set(undecided.renames) == {
        Rename("customers.town", "home_town"),
        Rename("customers.name", "full_name"),
    }


@pytest.mark.parametrize(
    "models",
    [
        # Another type and another name, nothing new, another table of other columns.
        CUSTOMER.replace("name: Mapped[str] = mapped_column(String(50))", "age: Mapped[int]"),
        CUSTOMER.partition("    name:")[0],
        CUSTOMER.replace('"customers"', '"logs"')
        .replace("name:", "line:")
        .replace("id:", "number:"),
    ],
)
def test_what_is_surely_no_rename_is_not_asked(sqlite_project: Project, models: str) -> None:
    at_head(sqlite_project, CUSTOMER)
    sqlite_project.write_models(models)
    written = migrate(sqlite_project.environment(), "x", silent)
    assert isinstance(written, Written)
    assert written.operations


def test_what_no_rename_looks_like_can_be_named_one(sqlite_project: Project) -> None:
    at_head(sqlite_project, CUSTOMER)
    sqlite_project.execute("INSERT INTO customers (id, name) VALUES (1, '41')")
    models = CUSTOMER.replace("name: Mapped[str] = mapped_column(String(50))", "age: Mapped[int]")
    sqlite_project.write_models(models)
    written = renamed(sqlite_project, Rename("customers.name", "age"))
    (operation,) = written.operations
    assert isinstance(operation, AlterColumn)
    assert Change("name", "name", "age") in operation.changes
    assert sqlite_project.execute("SELECT age FROM customers") == [[(41,)]]


@pytest.mark.parametrize("text", ["users.name", ":new", "users.name:", ""])
def test_a_rename_is_old_and_new(text: str) -> None:
    with pytest.raises(UsageError, match=re.escape(f'--rename "{text}"')):
        parse_rename(text)


def test_a_rename_may_name_the_table_twice() -> None:
    assert parse_rename("users.name:users.full_name") == Rename("users.name", "full_name")
    assert parse_rename("users:people") == Rename("users", "people")
