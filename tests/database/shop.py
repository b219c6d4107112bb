"""A small schema that is the same on all three databases, for the tests of schema and plans."""

from asa.database.engine import connection_to
from asa.database.url import DatabaseUrl, parse_url

ROWS = 3_000
KEYS = {
    "sqlite": "INTEGER PRIMARY KEY",
    "postgresql": "SERIAL PRIMARY KEY",
    "mysql": "INTEGER PRIMARY KEY AUTO_INCREMENT",
}
# `%` is doubled for the driver that formats with it.
SERIES = {
    "sqlite": """
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
        INSERT INTO orders (customer_id, status, placed)
        SELECT 1 + i % 100, 's' || (i % 3), i FROM n
    """,
    "postgresql": """
        INSERT INTO orders (customer_id, status, placed)
        SELECT 1 + i % 100, 's' || (i % 3), i FROM generate_series(1, 3000) AS i
    """,
    "mysql": """
        INSERT INTO orders (customer_id, status, placed)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60),
                       m(i) AS (SELECT (a.i - 1) * 50 + b.i FROM n a JOIN n b ON b.i <= 50)
        SELECT 1 + i %% 100, concat('s', i %% 3), i FROM m
    """,
}
MARK = {"sqlite": "?", "postgresql": "$1", "mysql": "%s"}


async def make_shop(url: str, *more: str) -> DatabaseUrl:
    """Create customers and orders, fill orders, run what else is asked; return the URL."""
    database = parse_url(url)
    key = KEYS[database.dialect]
    statements = (
        f"CREATE TABLE customers (id {key}, email VARCHAR(80) NOT NULL UNIQUE)",
        (
            f"CREATE TABLE orders (id {key}, customer_id INTEGER NOT NULL, "
            "status VARCHAR(20), placed INTEGER)"
        ),
        "CREATE INDEX ix_orders_placed ON orders (placed DESC, status)",
        SERIES[database.dialect],
        *more,
    )
    async with connection_to(database) as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)
        await connection.commit()
    return database


async def scalar(database: DatabaseUrl, sql: str) -> object:
    """Run one statement on a connection of its own and return its one value."""
    async with connection_to(database) as connection:
        return (await connection.exec_driver_sql(sql)).scalar()


async def rows_left(database: DatabaseUrl) -> object:
    """Count the orders."""
    return await scalar(database, "SELECT count(*) FROM orders")
