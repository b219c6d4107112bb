import asyncio

import pytest
from tests.database.shop import ROWS, make_shop

from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.database.url import parse_url
from asa.model.schema import Schema


async def schema_of(url: str) -> Schema:
    database = parse_url(url)
    async with connection_to(database) as connection:
        return await dialect_named(database.dialect).schema(connection)


def read(url: str, *more: str) -> Schema:
    async def main() -> Schema:
        await make_shop(url, *more)
        return await schema_of(url)

    return asyncio.run(main())


def test_tables_columns_and_sizes_are_read(database_url: str) -> None:
    schema = read(database_url)
    assert [t.name for t in schema.tables] == ["customers", "orders"]
    orders = schema.table("ORDERS")
    assert orders is not None
    assert [c.name for c in orders.columns] == ["id", "customer_id", "status", "placed"]
    assert [c.nullable for c in orders.columns] == [False, False, True, True]
    assert orders.rows == ROWS
    customers = schema.table("customers")
    assert customers is not None
    assert customers.rows == 0


def test_indexes_tell_keys_constraints_and_falling_columns(database_url: str) -> None:
    schema = read(database_url)
    customers, orders = schema.tables
    primary = [i for i in orders.indexes if i.primary]
    assert [i.columns for i in primary] == [("id",)]
    assert primary[0].unique
    unique = [i for i in customers.indexes if i.unique and not i.primary]
    assert [(i.columns, i.constraint) for i in unique] == [(("email",), True)]
    placed = next(i for i in orders.indexes if i.name == "ix_orders_placed")
    # MariaDB before 10.8 and MySQL before 8 read DESC and forget it.
    assert [c.removesuffix(" DESC") for c in placed.columns] == ["placed", "status"]
    assert (placed.unique, placed.constraint) == (False, False)


def test_foreign_keys_are_read(database_url: str) -> None:
    schema = read(
        database_url,
        "CREATE TABLE payments (id INTEGER PRIMARY KEY, order_id INTEGER, "
        "FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE)",
    )
    payments = schema.table("payments")
    assert payments is not None
    (key,) = payments.foreign_keys
    assert (key.columns, key.table, key.target, key.on_delete) == (
        ("order_id",),
        "orders",
        ("id",),
        "CASCADE",
    )


@pytest.mark.parametrize("url", ["sqlite_url", "postgresql_url"])
def test_partial_and_expression_indexes_are_read(url: str, request: pytest.FixtureRequest) -> None:
    schema = read(
        request.getfixturevalue(url),
        "CREATE INDEX ix_partial ON orders (customer_id) WHERE status = 's1'",
        "CREATE INDEX ix_lower ON orders (lower(status), placed)",
    )
    orders = schema.table("orders")
    assert orders is not None
    partial = next(i for i in orders.indexes if i.name == "ix_partial")
    assert partial.where is not None
    assert "status" in partial.where
    lower = next(i for i in orders.indexes if i.name == "ix_lower")
    assert lower.columns[0].startswith("lower(status")
    assert lower.columns[1] == "placed"


def test_analyze_tells_how_distinct_a_column_is(sqlite_url: str) -> None:
    schema = read(sqlite_url, "CREATE INDEX ix_c ON orders (customer_id)", "ANALYZE")
    column = schema.tables[1].column("customer_id")
    assert column is not None
    assert column.distinct == pytest.approx(1 / 30)


def test_postgresql_tells_distinct_values_from_pg_stats(postgresql_url: str) -> None:
    schema = read(postgresql_url, "ANALYZE orders")
    status, placed = schema.tables[1].column("status"), schema.tables[1].column("placed")
    assert status is not None
    assert placed is not None
    assert status.distinct == pytest.approx(3 / ROWS)
    assert placed.distinct == 1.0


def test_postgresql_keys_of_another_kind_are_told_apart(postgresql_url: str) -> None:
    """Not one of these serves the plain comparisons that an index on (status) serves."""
    schema = read(
        postgresql_url,
        "CREATE INDEX ix_a ON orders (status text_pattern_ops)",
        'CREATE INDEX ix_b ON orders (status COLLATE "C")',
        "CREATE INDEX ix_c ON orders USING hash (status)",
        "CREATE INDEX ix_d ON orders (status) INCLUDE (placed)",
        "CREATE INDEX ix_e ON orders (status NULLS FIRST)",
    )
    keys = {i.name: i.columns for i in schema.tables[1].indexes if str(i.name).startswith("ix_")}
    assert keys.pop("ix_orders_placed") == ("placed DESC", "status")
    assert len({"status", *(k[0] for k in keys.values())}) == 6


def test_postgresql_tables_elsewhere_bear_their_schema(postgresql_url: str) -> None:
    schema = read(
        postgresql_url,
        "CREATE SCHEMA billing",
        "CREATE TABLE billing.invoices (id INTEGER PRIMARY KEY)",
    )
    assert [t.name for t in schema.tables] == ["billing.invoices", "customers", "orders"]


def test_reading_the_schema_of_an_empty_database(database_url: str) -> None:
    assert asyncio.run(schema_of(database_url)).tables == ()
