"""The schema that a review builds from the history is the one that the database has."""

from collections.abc import Iterable

import pytest
from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import create_async_engine
from tests.migrations.project import Project

from asa.migrations.env_run import standing_in
from asa.migrations.own_connection import run_apart
from asa.migrations.review.collection import hear
from asa.migrations.review.schema_state import Passage
from asa.migrations.review.statement import operations_in
from asa.migrations.upgrade import upgrade
from asa.model.event import silent

KEY = 'sa.Column("id", sa.Integer(), primary_key=True)'
TEXT = 'sa.Column("x", sa.String(20), index=True)'
DEFAULTED = 'sa.Column("y", sa.Integer(), server_default="1")'
CHILD = 'sa.Column("a_id", sa.Integer(), sa.ForeignKey("a.id", ondelete="CASCADE"), index=True)'
HISTORY = (
    f'op.create_table("a", {KEY}, {TEXT}, {DEFAULTED})',
    f'op.create_table("b", {KEY}, {CHILD})',
    'op.add_column("a", sa.Column("z", sa.Integer(), nullable=False, server_default="0"))',
    'op.drop_index("ix_a_x", table_name="a")',
    'op.drop_column("a", "x")',
    'op.rename_table("a", "c")',
    'op.create_index("ix_c_z", "c", ["z", "y"], unique=True)',
    'op.execute("ALTER TABLE c RENAME COLUMN y TO w")',
)


def test_the_history_leads_to_what_the_database_has(project: Project) -> None:
    parent = None
    for number, body in enumerate(HISTORY):
        project.write_revision(f"r{number}", parent, body)
        parent = f"r{number}"
    upgrade(project.environment(), "head", silent)
    passage = Passage()
    with standing_in(project.environment()) as site:
        dialect = project.environment().database
        name = dialect.dialect if dialect else project.url.partition("+")[0]
        for script in reversed(site.history.scripts):
            function, _ = hear(site, script, "mysql" if "mysql" in name else name, both=False)
            passage.pass_over(step.operation for step in function.steps)
    tables = passage.tables
    assert {key: shape(table.columns) for key, table in tables.items()} == real(project)
    (key,) = tables["b"].foreign_keys
    assert (key.columns, key.on_delete) == (("a_id",), "CASCADE")
    assert ("z", "y") in [index.columns for index in tables["c"].indexes]
    assert passage.defaulted == {"a.y", "a.z"}


def shape(columns: Iterable[object]) -> list[tuple[str, bool]]:
    """Return names and nullability."""
    return [(getattr(column, "name"), getattr(column, "nullable")) for column in columns]  # noqa: B009


def real(project: Project) -> dict[str, list[tuple[str, bool]]]:
    """Return the columns of every table in the database."""

    async def work() -> dict[str, list[tuple[str, bool]]]:
        engine = create_async_engine(project.url)
        async with engine.connect() as connection:
            columns = await connection.run_sync(lambda sync: inspect(sync).get_multi_columns())
        await engine.dispose()
        return {
            name: [(column["name"], bool(column["nullable"])) for column in found]
            for (_, name), found in columns.items()
            if name != "alembic_version"
        }

    return run_apart(work())


@pytest.mark.parametrize(
    "sql", ["DROP TABLE nothing", "ALTER TABLE nothing ADD x int", "DROP INDEX i"]
)
def test_what_is_about_an_unknown_table_changes_nothing(sql: str) -> None:
    passage = Passage()
    passage.pass_over(operations_in(sql, "postgresql"))
    assert passage.schema.tables == ()
