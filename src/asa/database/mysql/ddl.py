"""The statements that make a MySQL schema again, as the server writes them."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

__all__ = ["read_ddl"]

TABLES = "SHOW FULL TABLES"
COUNTER = re.compile(r" AUTO_INCREMENT=\d+")
DEFINER = re.compile(r" (?:ALGORITHM|DEFINER|SQL SECURITY)[ =](?:`[^`]*`@`[^`]*`|\w+)")


async def read_ddl(connection: AsyncConnection, /) -> tuple[str, ...]:
    """Return the statements; no foreign key is checked meanwhile, for tables refer in circles."""
    found = await rows(connection, TABLES)
    tables = [name for name, kind in found if kind == "BASE TABLE"]
    views = [name for name, kind in found if kind == "VIEW"]
    made = [COUNTER.sub("", await written(connection, "TABLE", name)) for name in tables]
    made += [DEFINER.sub("", await written(connection, "VIEW", name)) for name in views]
    return ("SET foreign_key_checks = 0", *made, "SET foreign_key_checks = 1")


async def written(connection: AsyncConnection, kind: str, name: str) -> str:
    """Return how the server writes a table or a view."""
    quoted = "`" + name.replace("`", "``") + "`"
    return str((await rows(connection, f"SHOW CREATE {kind} {quoted}"))[0][1])


async def rows(connection: AsyncConnection, sql: str) -> Sequence[Any]:
    """Run one statement of asa's own and return its rows."""
    return (await connection.exec_driver_sql(sql)).all()
