"""Which MySQL or MariaDB is behind a connection."""

import re
from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.model.server import Server

__all__ = ["parsed_server", "read_server"]

QUERY = "SELECT VERSION(), @@version_comment, @@global.read_only"
# Not every server has these. A reader of Aurora says so in the first alone.
MORE = "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('innodb_read_only', 'aurora_version')"


NOTHING: Mapping[str, str] = {}


async def read_server(connection: AsyncConnection, /) -> Server:
    """Ask a connection what server is behind it."""
    row: tuple[object, ...] = tuple((await connection.exec_driver_sql(QUERY)).one())
    rows: list[tuple[object, ...]] = [*map(tuple, await connection.exec_driver_sql(MORE))]
    more = {str(name): str(value) for name, value in rows}
    version, comment, read_only = map(str, row)
    return parsed_server(version, comment, read_only, more)


def parsed_server(
    version: str, comment: str, read_only: str, more: Mapping[str, str] = NOTHING
) -> Server:
    """Return the server that answers so to VERSION(), @@version_comment and @@read_only.

    Args:
        version: As it says it.
        comment: As it says it.
        read_only: As it says it.
        more: `innodb_read_only` and `aurora_version`, where it has them.
    """
    # Before 11.0 MariaDB hid behind a version of MySQL that old replicas accept.
    text = version.removeprefix("5.5.5-") if "MariaDB" in version else version
    found = re.match(r"\d+(?:\.\d+)*", text)
    number = found[0] if found else text
    if tidb := re.search(r"-TiDB-v(\d+(?:\.\d+)*)", version):
        number = tidb[1]
    return Server(
        "mysql",
        "Aurora MySQL" if more.get("aurora_version") else flavour_of(version, comment),
        tuple(int(part) for part in number.split(".") if part.isdigit()),
        number,
        says_yes(read_only) or says_yes(more.get("innodb_read_only", "OFF")),
        replica="aurora_version" in more and says_yes(more.get("innodb_read_only", "OFF")),
    )


def says_yes(value: str) -> bool:
    """Tell whether a variable is on; MariaDB has read-only modes of several names."""
    return value.upper() not in ("0", "OFF", "FALSE")


def flavour_of(version: str, comment: str) -> str:
    """Return what people call the server that says this of itself."""
    if "MariaDB" in version or "mariadb" in comment.lower():
        return "MariaDB"
    if "TiDB" in version:
        return "TiDB"
    return "Percona Server" if "percona" in comment.lower() else "MySQL"
