"""Which MySQL or MariaDB is behind a connection."""

import re

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.model.server import Server

__all__ = ["parsed_server", "read_server"]

QUERY = "SELECT VERSION(), @@version_comment, @@global.read_only"


async def read_server(connection: AsyncConnection, /) -> Server:
    """Ask a connection what server is behind it."""
    row: tuple[object, ...] = tuple((await connection.exec_driver_sql(QUERY)).one())
    return parsed_server(*map(str, row))


def parsed_server(version: str, comment: str, read_only: str) -> Server:
    """Return the server that answers so to VERSION(), @@version_comment and @@read_only."""
    # Before 11.0 MariaDB hid behind a version of MySQL that old replicas accept.
    text = version.removeprefix("5.5.5-") if "MariaDB" in version else version
    found = re.match(r"\d+(?:\.\d+)*", text)
    number = found[0] if found else text
    if tidb := re.search(r"-TiDB-v(\d+(?:\.\d+)*)", version):
        number = tidb[1]
    return Server(
        "mysql",
        flavour_of(version, comment),
        tuple(int(part) for part in number.split(".") if part.isdigit()),
        number,
        read_only.upper() not in ("0", "OFF", "FALSE"),
    )


def flavour_of(version: str, comment: str) -> str:
    """Return what people call the server that says this of itself."""
    if "MariaDB" in version or "mariadb" in comment.lower():
        return "MariaDB"
    if "TiDB" in version:
        return "TiDB"
    return "Percona Server" if "percona" in comment.lower() else "MySQL"
