"""A program that loads shelves and their books row by row, and does more where it is told to.

`python shelf.py` with words: `seed`; `insert` adds a book between loading and touching;
`expire` forgets what was loaded; `clock` prints the time; `grow` leaves a shelf more behind;
`fail-later` fails from the second run on; `alias` loads the shelves by an alias.
"""

import asyncio
import os
import sys
import time
from pathlib import Path

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.ext.asyncio import AsyncAttrs, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, aliased, mapped_column, relationship


class Base(AsyncAttrs, DeclarativeBase):
    pass


class Shelf(Base):
    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20))
    books: Mapped[list["Book"]] = relationship(order_by="Book.id")


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id"))


engine = create_async_engine(os.environ["SHELF_URL"])
new_session = async_sessionmaker(engine, expire_on_commit=False)


async def seed() -> None:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with new_session() as session:
        session.add_all([Shelf(name=f"s{n}", books=[Book(), Book()]) for n in range(4)])
        await session.commit()


async def shelves(session: AsyncSession, words: list[str]) -> list[Shelf]:
    if "alias" in words:
        other = aliased(Shelf)
        return list((await session.scalars(select(other).order_by(other.id))).all())
    return list((await session.scalars(select(Shelf).order_by(Shelf.id))).all())


async def main(words: list[str]) -> None:
    async with new_session() as session:
        found = await shelves(session, words)
        if "insert" in words:
            session.add(Book(shelf_id=found[0].id))
            await session.flush()
        if "expire" in words:
            for shelf in found:
                session.expire(shelf, ["books"])
        counts = [len(await shelf.awaitable_attrs.books) for shelf in found]
        await session.rollback()
        if "grow" in words:
            session.add(Shelf(name="more"))
            await session.commit()
    await engine.dispose()
    sys.stdout.write(f"{counts}\n")
    if "clock" in words:
        sys.stdout.write(f"{time.time_ns()}\n")


def fail_later() -> None:
    again = Path("ran")
    if again.exists():
        sys.exit(3)
    again.touch()


def test_shelves() -> None:
    """The same work as a test, for pytest."""
    asyncio.run(main([]))


if __name__ == "__main__":
    asyncio.run(seed() if sys.argv[1:] == ["seed"] else main(sys.argv[1:]))
    if "fail-later" in sys.argv:
        fail_later()
