"""Which SQLite library reads the file, and whether the file can be written."""

import os
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.sqlite.cause import may
from asa.model.server import Server

__all__ = ["read_server"]


async def read_server(connection: AsyncConnection, /) -> Server:
    """Ask a connection what server is behind it; reads the file's header, so a bad file shows."""
    # SELECT 1 alone never touches the file.
    await connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
    version = str((await connection.exec_driver_sql("SELECT sqlite_version()")).scalar_one())
    queries_only = (await connection.exec_driver_sql("PRAGMA query_only")).scalar_one()
    # seq, name, file: the main database comes first, with no file where it is in memory.
    listed = (await connection.exec_driver_sql("PRAGMA database_list")).mappings().all()
    file = str(listed[0]["file"] or "")
    return Server(
        "sqlite",
        "SQLite",
        tuple(int(part) for part in version.split(".")),
        version,
        bool(queries_only) or not writable(file),
    )


def writable(file: str) -> bool:
    """Tell whether SQLite can write a file and its journal beside it; memory always can."""
    path = Path(file)
    return not file or (may(path, os.W_OK) and may(path.parent, os.W_OK))
