"""SQLite's safe form: a table that is made anew takes no rows of others with it."""

from pathlib import Path

from tests.migrations.project import make_project

from asa.migrations.revision import Written, migrate
from asa.migrations.status import read_status
from asa.migrations.upgrade import downgrade, upgrade
from asa.model.event import silent

CHILD = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
"""
PARENT = """
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(String(100))
"""
KEYS_ON = """    from sqlalchemy import event

    @event.listens_for(engine.sync_engine, "connect")
    def switch_on(connection, _record):
        connection.execute("PRAGMA foreign_keys=ON")

    async with engine.connect() as connection:"""


def test_rows_that_refer_to_a_remade_table_stay(tmp_path: Path, sqlite_url: str) -> None:
    project = make_project(tmp_path, sqlite_url)
    env_py = project.root / "migrations" / "env.py"
    env_py.write_text(
        env_py.read_text().replace("    async with engine.connect() as connection:", KEYS_ON)
    )
    project.write_models(PARENT, CHILD)
    migrate(project.environment(), "start", silent)
    upgrade(project.environment(), "head", silent)
    project.execute("INSERT INTO users VALUES (1, 'a')", "INSERT INTO orders VALUES (1, 1)")
    project.write_models(PARENT.replace("str | None", "str"), CHILD)
    made = migrate(project.environment(), "require email", silent)
    assert isinstance(made, Written)
    upgrade(project.environment(), "head", silent)
    assert read_status(project.environment(), silent).clean
    assert project.execute("SELECT id FROM orders")[0] == [(1,)]
    downgrade(project.environment(), made.parents[0].id, silent, confirmed=True)
    assert project.execute("SELECT id FROM orders")[0] == [(1,)]


def test_constraints_without_a_name_get_one_that_the_downgrade_drops(
    tmp_path: Path, sqlite_url: str
) -> None:
    project = make_project(tmp_path, sqlite_url)
    unnamed = PARENT.replace("String(100)", "String(100), unique=True")
    project.write_models(unnamed, CHILD.replace(', ondelete="CASCADE"', ""))
    migrate(project.environment(), "start", silent)
    upgrade(project.environment(), "head", silent)
    project.write_models(PARENT, CHILD.replace('ForeignKey("users.id", ondelete="CASCADE")', ""))
    migrate(project.environment(), "let go", silent)
    upgrade(project.environment(), "head", silent)
    assert read_status(project.environment(), silent).clean
    project.write_models(unnamed, CHILD)
    made = migrate(project.environment(), "take back", silent)
    assert isinstance(made, Written)
    upgrade(project.environment(), "head", silent)
    assert read_status(project.environment(), silent).clean
    downgrade(project.environment(), made.parents[0].id, silent, confirmed=True)
