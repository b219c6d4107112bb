"""What asa tells a user to type into a model."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Index, Integer, MetaData, String, Table, text
from tests.migrations.comparison import on

from asa.model.fix import AddIndex, IndexKey
from asa.scratch import Server


@pytest.mark.parametrize("expression", ["lower(email)", "lower(trim(email))", "total + 1"])
def test_an_index_over_an_expression_is_made_as_it_is_written(
    database_server: Server, database_url: str, expression: str
) -> None:
    """Databases differ in the parentheses that they want, and SQLAlchemy adds none to a text."""
    if database_server.about.flavour == "MariaDB":
        pytest.skip("MariaDB has no such index")
    key = IndexKey(expression, expression=True)
    advised = AddIndex("users", (key,), "ix", "", dialect=database_server.dialect)
    metadata = MetaData()
    Table(
        "users",
        metadata,
        Column("email", String(50)),
        Column("total", Integer),
        eval(advised.text, {"Index": Index, "text": text}),  # noqa: S307  (asa's own words)
    )
    on(database_url, metadata.create_all)


def test_a_falling_key_is_typed_so_that_sqlite_sees_no_drift(sqlite_url: str) -> None:
    falling = (IndexKey("email"), IndexKey("total", descending=True))
    advised = AddIndex("users", falling, "ix", "", dialect="sqlite")
    metadata = MetaData()
    total = Column("total", Integer)
    index = eval(advised.text, {"Index": Index, "total": total})  # noqa: S307  (asa's own words)
    Table("users", metadata, Column("email", String(50)), total, index)
    on(sqlite_url, metadata.create_all)
    assert not on(
        sqlite_url, lambda made: compare_metadata(MigrationContext.configure(made), metadata)
    )
