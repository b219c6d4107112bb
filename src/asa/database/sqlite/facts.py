"""What an SQLite connection is like for the application."""

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.session import Facts, Remark
from asa.database.sqlite.server import read_server

__all__ = ["read_facts"]

SHORT_MS = 1000


async def read_facts(connection: AsyncConnection, /) -> Facts:
    """Ask what the connection is like."""
    encoding = await pragma(connection, "encoding")
    file = (await connection.exec_driver_sql("PRAGMA database_list")).mappings().all()[0]["file"]
    barred = ("write permission",) if (await read_server(connection)).read_only else ()
    found = []
    if file and await pragma(connection, "journal_mode") != "wal":
        found.append(
            Remark(
                "journal",
                "no WAL: a writer blocks all readers",
                "PRAGMA journal_mode=WAL   once, it stays in the file",
                concurrent=True,
            )
        )
    if file and int(await pragma(connection, "busy_timeout")) < SHORT_MS:
        found.append(
            Remark(
                "busy",
                "a locked file is an error within a second",
                "add ?timeout=5 to the URL",
                concurrent=True,
            )
        )
    return Facts(encoding, "", "serializable", None, barred, barred, (), tuple(found))


async def pragma(connection: AsyncConnection, name: str) -> str:
    """Return the value of a PRAGMA."""
    return str((await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one())
