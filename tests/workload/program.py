"""A workload to be logged: run with the URL of an empty database."""

import asyncio
import sys
from contextlib import suppress

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

NOTES = ("it's, $2 = 'x', NULL", None, "two\nlines\twith LOG:  and\n# Time: now", "ünïcödé; --")


async def main(url: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE logged (id int PRIMARY KEY, note text)"))
        for number, note in enumerate(NOTES):
            values = {"id": number, "note": note}
            await connection.execute(text("INSERT INTO logged\n VALUES (:id, :note)"), values)
    for number in (1, 2, 2, 3):
        async with engine.connect() as connection:
            query = text("SELECT note FROM logged WHERE id = :id")
            await connection.execute(query, {"id": number})
    async with engine.begin() as connection:
        await connection.execute(
            text("UPDATE logged SET note = :note WHERE id IN (:a, :b)"),
            {"note": "n", "a": 1, "b": 2},
        )
        await connection.execute(text("SELECT count(*) FROM logged"))
    with suppress(DBAPIError):
        async with engine.connect() as connection:
            await connection.execute(text("SELECT missing FROM logged"))
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
