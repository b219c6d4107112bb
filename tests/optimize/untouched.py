"""A program that touches an attribute which nothing has loaded, outside of any await."""

import asyncio
import sys
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import shelf
from sqlalchemy import select
from sqlalchemy.exc import MissingGreenlet, StatementError


async def main() -> None:
    async with shelf.new_session() as session:
        found = (await session.scalars(select(shelf.Shelf).limit(1))).one()
        with suppress(MissingGreenlet, StatementError):
            len(found.books)
    await shelf.engine.dispose()


asyncio.run(main())
