"""How many rows the tables of a database have, as far as it knows without counting."""

from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

__all__ = ["SMALL_ROWS", "partitioned_tables", "small_tables"]

# Below it a table is read through, or written anew, before anybody notices.
SMALL_ROWS = 10_000
POSTGRESQL = text(
    "SELECT n.nspname = current_schema(), n.nspname, c.relname FROM pg_class c"
    " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND"
    " (pg_relation_size(c.oid) = 0 OR (c.reltuples > 0 AND c.reltuples < :limit))"
)
MYSQL = text(
    "SELECT table_schema = database(), table_schema, table_name FROM information_schema.tables"
    " WHERE table_rows < :limit"
)
PARTITIONED = text(
    "SELECT n.nspname = current_schema(), n.nspname, c.relname FROM pg_class c"
    " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'p'"
)


def small_tables(context: MigrationContext) -> frozenset[str]:
    """Return the tables, with their schemas, that are known to have few rows."""
    statement = {"postgresql": POSTGRESQL, "mysql": MYSQL, "mariadb": MYSQL}.get(
        context.dialect.name
    )
    if statement is None or context.connection is None:
        return frozenset()
    rows = context.connection.execute(statement, {"limit": SMALL_ROWS})
    return frozenset(name if here else f"{schema}.{name}" for here, schema, name in rows)


def partitioned_tables(context: MigrationContext) -> frozenset[str]:
    """Return PostgreSQL's partitioned tables, with their schemas."""
    if context.dialect.name != "postgresql" or context.connection is None:
        return frozenset()
    rows = context.connection.execute(PARTITIONED)
    return frozenset(name if here else f"{schema}.{name}" for here, schema, name in rows)
