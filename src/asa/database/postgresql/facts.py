"""What a PostgreSQL session is like for the application."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.session import Facts, Remark

__all__ = ["read_facts"]

PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE")

QUERY = """
SELECT current_setting('server_encoding'), current_setting('TimeZone'),
       current_setting('transaction_isolation'),
       extract(epoch FROM clock_timestamp())::float8,
       current_schema(), current_user,
       coalesce(has_schema_privilege(current_schema(), 'CREATE'), false),
       (SELECT array[count(*) FILTER (WHERE NOT (held.s AND held.i AND held.u AND held.d)),
                     count(*) FILTER (WHERE NOT held.s), count(*) FILTER (WHERE NOT held.i),
                     count(*) FILTER (WHERE NOT held.u), count(*) FILTER (WHERE NOT held.d)]
          FROM (SELECT has_table_privilege(c.oid, 'SELECT') AS s,
                       has_table_privilege(c.oid, 'INSERT') AS i,
                       has_table_privilege(c.oid, 'UPDATE') AS u,
                       has_table_privilege(c.oid, 'DELETE') AS d
                  FROM pg_class c
                 WHERE c.relnamespace = to_regnamespace(quote_ident(current_schema()))
                   AND c.relkind IN ('r', 'p')) AS held),
       array(SELECT extname::text FROM pg_extension
              WHERE extname IN ('hypopg', 'pg_stat_statements') ORDER BY 1)
"""


async def read_facts(connection: AsyncConnection, /) -> Facts:
    """Ask what the session is like."""
    row: tuple[object, ...] = tuple((await connection.exec_driver_sql(QUERY)).one())
    encoding, zone, isolation, clock, schema, _, creates, refused, helpers = row
    lacks_migration = () if creates or schema is None else (f"CREATE on schema {schema}",)
    return Facts(
        str(encoding),
        str(zone),
        str(isolation),
        float(str(clock)),
        lacking(refused) if isinstance(refused, list) else (),
        lacks_migration,
        tuple(str(name) for name in helpers) if isinstance(helpers, list) else (),
        tuple(remarks(str(encoding), schema)),
    )


def lacking(refused: Sequence[int]) -> tuple[str, ...]:
    """Return what is lacked, of the counts of tables: any privilege, then each of PRIVILEGES."""
    tables, *each = refused
    if not tables:
        return ()
    *others, last = [name for name, count in zip(PRIVILEGES, each, strict=True) if count]
    between = ", " if set(each) <= {0, tables} else " or "
    named = ", ".join(others) + between + last if others else last
    return (f"{named} on {tables} table{'' if tables == 1 else 's'}",)


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
