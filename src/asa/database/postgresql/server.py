"""Which PostgreSQL, or what speaks its protocol, is behind a connection."""

import re

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.model.server import Server

__all__ = ["flavour_of", "read_line_prefix", "read_server", "version_numbers"]

QUERY = """
SELECT version(), current_setting('server_version'),
       current_setting('default_transaction_read_only') = 'on', pg_is_in_recovery()
"""
# What version() says of itself, where it is not PostgreSQL.
BANNERS = (
    ("CockroachDB", "CockroachDB"),
    ("-YB-", "YugabyteDB"),
    ("Redshift", "Redshift"),
    ("EnterpriseDB", "EDB Postgres"),
    ("Greenplum", "Greenplum"),
)


async def read_server(connection: AsyncConnection, /) -> Server:
    """Ask a connection what server is behind it."""
    row: tuple[object, ...] = tuple((await connection.exec_driver_sql(QUERY)).one())
    banner, version = str(row[0]), str(row[1])
    replica = bool(row[3])
    read_only = replica or bool(row[2])
    flavour = flavour_of(banner)
    text = version.split(maxsplit=1)[0]
    if flavour == "CockroachDB" and (found := re.search(r"v(\d[\d.]*)", banner)):
        text = found[1]
    return Server("postgresql", flavour, version_numbers(text), text, read_only, replica)


async def read_line_prefix(connection: AsyncConnection, /) -> str:
    """Ask a server what it writes before each line of its log."""
    return str((await connection.exec_driver_sql("SHOW log_line_prefix")).scalar_one())


def flavour_of(banner: str) -> str:
    """Return what people call the server that says this of itself."""
    return next((name for sign, name in BANNERS if sign in banner), "PostgreSQL")


def version_numbers(text: str) -> tuple[int, ...]:
    """Return the leading numbers of a version: (16, 4) of `16.4`, (18,) of `18beta1`."""
    found = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(int(part) for part in found[0].split(".")) if found else ()
