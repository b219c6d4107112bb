# ruff: noqa: E501  (a statement of a revision stays on one line)
import asyncio

import pytest
from sqlalchemy import Column, Index, Integer, MetaData, Table, inspect
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.sql.elements import conv
from tests.rules.migration.corpus import Case, change_of, findings

LONG = "a_name_that_nobody_can_read_and_that_is_longer_than_any_database_keeps"
BAD = (
    Case(
        "postgresql",
        'op.execute("CREATE INDEX a_name_that_nobody_can_read_and_that_is_longer_than_any_database_keeps ON orders (tag_id)")',
    ),
    Case(
        "mysql",
        'op.execute("ALTER TABLE users ADD a_name_that_nobody_can_read_and_that_is_longer_than_any_database_keeps int")',
    ),
    Case(
        "postgresql",
        'op.execute("ALTER TABLE users ADD äääääääääääääääääääääääääääääääääääää int")',
    ),
    Case(
        "postgresql",
        'op.execute("CREATE TABLE a_name_that_nobody_can_read_and_that_is_longer_than_any_database_keeps (id int)")',
    ),
    Case("postgresql", f'op.create_index("{LONG}", "orders", ["tag_id"])'),
    Case("postgresql", f'op.rename_table("tags", "{LONG}")'),
    Case("mysql", f'op.alter_column("tags", "id", new_column_name="{LONG}")'),
)
GOOD = (
    Case(
        "postgresql",
        'op.execute("CREATE INDEX a_name_that_nobody_can_read_and_that_is_longer_than_any_databas ON orders (tag_id)")',
    ),
    Case(
        "mysql",
        'op.execute("ALTER TABLE users ADD a_name_that_nobody_can_read_and_that_is_longer_than_any_database int")',
    ),
    Case(
        "sqlite",
        'op.execute("CREATE INDEX a_name_that_nobody_can_read_and_that_is_longer_than_any_database_keeps ON orders (tag_id)")',
    ),
    Case("postgresql", 'op.execute("ALTER TABLE users ADD äääääääääääääääääääääääääääääää int")'),
    Case("postgresql", f'op.create_index(op.f("{LONG}"), "orders", ["tag_id"])'),
    Case("mysql", f'op.create_unique_constraint(op.f("{LONG}"), "orders", ["tag_id"])'),
    Case("postgresql", f'op.add_column("tags", sa.Column("{LONG[:60]}", sa.Text(), index=True))'),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A name that the database does not keep is found."""
    found = findings("long-identifier", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """One of the greatest length is not."""
    assert findings("long-identifier", case) == []


def test_a_cut_name_is_the_same_when_it_is_dropped(postgresql_url: str) -> None:
    """What the review calls a name in op.f() is what SQLAlchemy calls it in the database."""
    case = Case("postgresql", f'op.create_index(op.f("{LONG}"), "orders", ["tag_id"])')
    (step,) = change_of(case).steps
    drop = Case("postgresql", f'op.drop_index(op.f("{LONG}"), "orders")')
    (dropping,) = change_of(drop).steps
    metadata = MetaData()
    table = Table("orders", metadata, Column("tag_id", Integer))
    Index(conv(LONG), table.c.tag_id)

    async def main() -> list[str | None]:
        engine = create_async_engine(postgresql_url)
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
            found = await connection.run_sync(lambda c: inspect(c).get_indexes("orders"))
        await engine.dispose()
        return [index["name"] for index in found]

    assert asyncio.run(main()) == [step.operation.name] == [dropping.operation.name]  # type: ignore[union-attr]
