"""A program that loads eagerly: what it reads always, in one execution of two, or never."""

import asyncio
import sys
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import shelf
from shelf import Shelf
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import joinedload, selectinload


async def names(*, counted: bool) -> None:
    """Read the books where they are counted."""
    async with shelf.new_session() as session:
        for one in await session.scalars(select(Shelf).options(selectinload(Shelf.books))):
            sys.stdout.write(f"{one.name} {len(one.books) if counted else ''}\n")


async def unread() -> None:
    """Read no book at all."""
    async with shelf.new_session() as session:
        for one in await session.scalars(select(Shelf).options(selectinload(Shelf.books))):
            sys.stdout.write(f"{one.name}\n")


async def joined(*, read: bool) -> None:
    """Read the books, or not, of a statement each."""
    async with shelf.new_session() as session:
        if read:
            query = select(Shelf).options(joinedload(Shelf.books))
            found = (await session.scalars(query)).unique().all()
            sys.stdout.write(f"{[len(one.books) for one in found]}\n")
        else:
            other = select(Shelf).options(joinedload(Shelf.books))
            rows = (await session.scalars(other)).unique().all()
            sys.stdout.write(f"{[one.id for one in rows]}\n")


async def shown() -> None:
    """Take the owner of a book for granted where an error is swallowed."""
    async with shelf.new_session() as session:
        query = select(Shelf).options(selectinload(Shelf.books)).limit(1)
        one = (await session.scalars(query)).one()
        with suppress(SQLAlchemyError):
            _ = one.books


async def main() -> None:
    await names(counted=False)
    await names(counted=True)
    await unread()
    await joined(read=True)
    await joined(read=False)
    await shown()
    await shelf.engine.dispose()


if __name__ == "__main__":
    asyncio.run(main())
