"""What a PostgreSQL session is like for the application."""

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.session import Facts, Remark

__all__ = ["read_facts"]

QUERY = """
SELECT current_setting('server_encoding'), current_setting('TimeZone'),
       current_setting('transaction_isolation'),
       extract(epoch FROM clock_timestamp())::float8,
       current_schema(), current_user,
       coalesce(has_schema_privilege(current_schema(), 'CREATE'), false),
       (SELECT count(*)::int FROM pg_class c
         WHERE c.relnamespace = to_regnamespace(quote_ident(current_schema()))
           AND c.relkind IN ('r', 'p')
           AND NOT (has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
                AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))),
       array(SELECT extname::text FROM pg_extension
              WHERE extname IN ('hypopg', 'pg_stat_statements') ORDER BY 1)
"""


async def read_facts(connection: AsyncConnection, /) -> Facts:
    """Ask what the session is like."""
    row: tuple[object, ...] = tuple((await connection.exec_driver_sql(QUERY)).one())
    encoding, zone, isolation, clock, schema, _, creates, barred, helpers = row
    lacks_use = (f"{barred} tables not all of SELECT, INSERT, UPDATE, DELETE",) if barred else ()
    lacks_migration = () if creates or schema is None else (f"CREATE on schema {schema}",)
    return Facts(
        str(encoding),
        str(zone),
        str(isolation),
        float(str(clock)),
        lacks_use,
        lacks_migration,
        tuple(str(name) for name in helpers) if isinstance(helpers, list) else (),
        tuple(remarks(str(encoding), schema)),
    )


def remarks(encoding: str, schema: object) -> list[Remark]:
    """Return what the user must judge."""
    found = []
    if encoding != "UTF8":
        found.append(
            Remark("encoding", f"{encoding}: not all text fits", "create the database with UTF8")
        )
    if schema is None:
        found.append(
            Remark(
                "schema",
                "search_path names no schema that is there",
                "create the schema, or ALTER ROLE ... SET search_path",
            )
        )
    return found
