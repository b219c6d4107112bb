"""Query patterns: loading, paging, bulk writes, aggregates.

    python query_patterns.py [URL]

Runs on SQLite in memory, or on the PostgreSQL, MySQL or MariaDB database of the URL, where it
makes tables named example_* and drops them again. Each pattern states how many statements it
takes, and fails if it takes another number.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Index,
    String,
    event,
    exists,
    func,
    insert,
    inspect,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    contains_eager,
    joinedload,
    mapped_column,
    raiseload,
    relationship,
    selectinload,
)

AUTHORS = ("Ada", "Bob", "Cleo")
BOOKS_EACH = 4


class Base(DeclarativeBase):
    """Holds the tables."""


class Author(Base):
    """Somebody who writes."""

    __tablename__ = "example_authors"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)

    books: Mapped[list["Book"]] = relationship(back_populates="author", order_by="Book.id")


class Book(Base):
    """Something written."""

    __tablename__ = "example_books"
    # Serves the keyset pages below, column for column.
    __table_args__ = (Index("ix_example_books_year_id", "year", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("example_authors.id"), index=True)
    title: Mapped[str] = mapped_column(String(120))
    year: Mapped[int]
    sold: Mapped[int] = mapped_column(default=0)

    author: Mapped[Author] = relationship(back_populates="books")


class Topic(Base):
    """A topic below another one."""

    __tablename__ = "example_topics"

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("example_topics.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))


class Stock(Base):
    """How many copies of a book a shop has."""

    __tablename__ = "example_stock"

    shop: Mapped[str] = mapped_column(String(40), primary_key=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("example_books.id"), primary_key=True)
    copies: Mapped[int]


async def collections(session: AsyncSession) -> list[int]:
    """To many: selectinload. One more statement, whatever the number of parents."""
    statement = select(Author).options(selectinload(Author.books)).order_by(Author.name)
    return [len(author.books) for author in await session.scalars(statement)]


async def references(session: AsyncSession) -> list[str]:
    """To one: joinedload. No more statement; innerjoin where the key is never NULL."""
    statement = select(Book).options(joinedload(Book.author, innerjoin=True)).order_by(Book.id)
    return [book.author.name for book in await session.scalars(statement)]


async def joined_collections(session: AsyncSession) -> list[int]:
    """To many by joinedload: one wide statement whose repeated parents `.unique()` folds.

    SQLAlchemy refuses the result without it. Right for few children; with LIMIT it needs a
    subquery, and with two collections the rows multiply.
    """
    statement = select(Author).options(joinedload(Author.books)).order_by(Author.name)
    return [len(author.books) for author in (await session.scalars(statement)).unique()]


async def filtered_collections(session: AsyncSession) -> list[tuple[str, int]]:
    """Only some of the children: join, filter, and tell the ORM that the join has them."""
    statement = (
        select(Author)
        .join(Author.books)
        .where(Book.year >= 2003)
        .options(contains_eager(Author.books))
        .order_by(Author.name)
        # The collections are not whole: without this, ones loaded before would stay as they are.
        .execution_options(populate_existing=True)
    )
    authors = (await session.scalars(statement)).unique()
    return [(author.name, len(author.books)) for author in authors]


async def nothing_by_accident(session: AsyncSession) -> str:
    """Where the children are not needed: raiseload says so at once, under test too."""
    author = (await session.scalars(select(Author).options(raiseload("*")).limit(1))).one()
    try:
        author.books  # noqa: B018
    except InvalidRequestError as refusal:
        return str(refusal)
    raise AssertionError("loaded by accident")


async def page(
    session: AsyncSession, after: tuple[int, int] | None = None, size: int = 5
) -> Sequence[Book]:
    """Return the books that follow a (year, id): as fast on page 1000 as on page 1.

    OFFSET reads and throws away all rows before the page, and skips or repeats rows that are
    inserted meanwhile. The last column of the order must be unique.
    """
    statement = select(Book).order_by(Book.year, Book.id).limit(size)
    if after is not None:
        # MySQL and MariaDB use an index for the spelled-out form only.
        if session.bind.dialect.name == "mysql":  # type: ignore[union-attr]
            year, key = after
            later = (Book.year > year) | ((Book.year == year) & (Book.id > key))
            statement = statement.where(Book.year >= year, later)
        else:
            statement = statement.where(tuple_(Book.year, Book.id) > after)
    return (await session.scalars(statement)).all()


async def all_pages(session: AsyncSession) -> list[int]:
    """Walk through all pages; each begins where the one before ended."""
    seen: list[int] = []
    after = None
    while books := await page(session, after):
        seen += [book.id for book in books]
        after = (books[-1].year, books[-1].id)
    return seen


async def insert_many(session: AsyncSession, author_id: int) -> list[int]:
    """Insert many rows and get their keys: RETURNING, in one statement where it is there.

    MySQL has no RETURNING: the ORM inserts row by row to learn the keys. Where nobody needs
    them, leave `returning` out: one statement everywhere.
    """
    rows = [
        {"author_id": author_id, "title": f"Volume {number}", "year": 2010} for number in range(3)
    ]
    if session.bind.dialect.insert_executemany_returning:  # type: ignore[union-attr]
        # In any order; returning(..., sort_by_parameter_order=True) keeps that of the rows.
        return list(await session.scalars(insert(Book).returning(Book.id), rows))
    books = [Book(**row) for row in rows]
    session.add_all(books)
    await session.flush()
    return [book.id for book in books]


async def raise_sales(session: AsyncSession, year: int) -> list[int]:
    """Change many rows by one statement and get them back.

    MySQL and MariaDB cannot return from UPDATE: lock the rows, change them, read them.
    """
    change = update(Book).where(Book.year == year).values(sold=Book.sold + 1)
    if session.bind.dialect.update_returning:  # type: ignore[union-attr]
        return sorted(await session.scalars(change.returning(Book.id)))
    keys = (await session.scalars(select(Book.id).where(Book.year == year).with_for_update())).all()
    await session.execute(change)
    return sorted(keys)


async def set_each(session: AsyncSession, keys: Sequence[int]) -> None:
    """Give each of many rows its own values: update by primary key, sent as one batch."""
    await session.execute(
        update(Book), [{"id": key, "sold": 10 * number} for number, key in enumerate(keys, 1)]
    )


async def stock_up(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Insert, or add to the row that is there: one statement, safe when two do it at once."""
    dialect = session.bind.dialect.name  # type: ignore[union-attr]
    if dialect == "mysql":
        statement = mysql.insert(Stock).values(rows)
        added = {"copies": Stock.copies + statement.inserted.copies}
        await session.execute(statement.on_duplicate_key_update(added))
        return
    own = postgresql.insert if dialect == "postgresql" else sqlite.insert
    conflicting = own(Stock).values(rows)
    await session.execute(
        conflicting.on_conflict_do_update(
            index_elements=[Stock.shop, Stock.book_id],
            set_={"copies": Stock.copies + conflicting.excluded.copies},
        )
    )


async def newest_two_each(session: AsyncSession) -> list[tuple[str, int]]:
    """Window function: the two newest books of each author, in one statement."""
    rank = (
        func.row_number()
        .over(partition_by=Book.author_id, order_by=[Book.year.desc(), Book.id.desc()])
        .label("rank")
    )
    ranked = select(Book.id, rank).subquery()
    statement = (
        select(Author.name, Book.year)
        .join(Book.author)
        .join(ranked, ranked.c.id == Book.id)
        .where(ranked.c.rank <= 2)
        .order_by(Author.name, Book.year.desc(), Book.id.desc())
    )
    return [(name, year) for name, year in await session.execute(statement)]


async def below(session: AsyncSession, name: str) -> list[tuple[str, int]]:
    """Recursive CTE: a topic and all below it, with their depth."""
    start = select(Topic.id, Topic.name, literal(0).label("depth")).where(Topic.name == name)
    tree = start.cte("tree", recursive=True)
    deeper = select(Topic.id, Topic.name, (tree.c.depth + 1).label("depth")).join(
        tree, Topic.parent_id == tree.c.id
    )
    tree = tree.union_all(deeper)
    rows = await session.execute(
        select(tree.c.name, tree.c.depth).order_by(tree.c.depth, tree.c.id)
    )
    return [(found, depth) for found, depth in rows]


async def with_a_book_of(session: AsyncSession, year: int) -> list[str]:
    """EXISTS: authors who have such a book, each once, however many they have."""
    has = exists().where(Book.author_id == Author.id, Book.year == year)
    return list(await session.scalars(select(Author.name).where(has).order_by(Author.name)))


async def stream(session: AsyncSession) -> int:
    """Stream a large result: `yield_per` keeps so many rows in memory, no more."""
    statement = select(Book).order_by(Book.id).execution_options(yield_per=5)
    total = 0
    async for book in await session.stream_scalars(statement):
        total += book.year
    return total


async def sums(session: AsyncSession) -> list[tuple[str, int, int]]:
    """Aggregates: let the database count, instead of loading each collection to count it."""
    statement = (
        select(Author.name, func.count(Book.id), func.coalesce(func.sum(Book.sold), 0))
        .outerjoin(Author.books)
        .group_by(Author.id, Author.name)
        .order_by(Author.name)
    )
    return [(name, books, int(sold)) for name, books, sold in await session.execute(statement)]


async def fill(session: AsyncSession) -> None:
    """Store three authors with four books each, and a tree of topics."""
    for name in AUTHORS:
        books = [Book(title=f"{name} {number}", year=2000 + number) for number in range(BOOKS_EACH)]
        session.add(Author(name=name, books=books))
    session.add_all(
        [
            Topic(id=1, name="computing"),
            Topic(id=2, name="languages", parent_id=1),
            Topic(id=3, name="databases", parent_id=1),
            Topic(id=4, name="query planning", parent_id=3),
            Topic(id=5, name="gardening"),
        ]
    )
    await session.commit()


async def show(engine: AsyncEngine) -> None:
    """Run each pattern with the number of statements that it takes."""
    new_session = async_sessionmaker(engine, expire_on_commit=False)
    async with new_session() as session:
        await fill(session)
    await show_loading(engine, new_session)
    await show_reading(engine, new_session)
    await show_writing(engine, new_session)


async def show_loading(engine: AsyncEngine, new_session: async_sessionmaker[AsyncSession]) -> None:
    """Show how relationships are loaded."""
    async with new_session() as session:
        with counted(engine, 2, "selectinload: authors and their books"):
            expect(await collections(session), [4, 4, 4])
    async with new_session() as session:
        with counted(engine, 1, "joinedload: books and their author"):
            expect((await references(session))[:5], ["Ada"] * 4 + ["Bob"])
    async with new_session() as session:
        with counted(engine, 1, "joinedload with unique(): authors and their books"):
            expect(await joined_collections(session), [4, 4, 4])
    async with new_session() as session:
        with counted(engine, 1, "contains_eager: authors and some of their books"):
            expect(await filtered_collections(session), [("Ada", 1), ("Bob", 1), ("Cleo", 1)])
    async with new_session() as session:
        with counted(engine, 1, "raiseload: authors, and books by no accident"):
            expect("raise" in await nothing_by_accident(session), True)


async def show_reading(engine: AsyncEngine, new_session: async_sessionmaker[AsyncSession]) -> None:
    """Show what the database does better than a loop."""
    async with new_session() as session:
        with counted(engine, 4, "keyset pagination: 12 books in pages of 5, and an empty one"):
            expect(len(set(await all_pages(session))), 12)
        with counted(engine, 1, "window function: the two newest books of each author"):
            newest = await newest_two_each(session)
        expect(newest[:3], [("Ada", 2003), ("Ada", 2002), ("Bob", 2003)])
        with counted(engine, 1, "recursive CTE: a topic and all below it"):
            topics = await below(session, "computing")
        expect(topics[0], ("computing", 0))
        expect(topics[-1], ("query planning", 2))
        with counted(engine, 1, "EXISTS: authors with a book of 2003"):
            expect(await with_a_book_of(session, 2003), list(AUTHORS))
        with counted(engine, 1, "yield_per: all books, five in memory"):
            expect(await stream(session), 3 * (2000 + 2001 + 2002 + 2003))
        with counted(engine, 1, "aggregates: books and sales of each author"):
            expect(await sums(session), [(name, 4, 0) for name in AUTHORS])


async def show_writing(engine: AsyncEngine, new_session: async_sessionmaker[AsyncSession]) -> None:
    """Show how many rows are written at once; the fallback says what it costs."""
    returning = engine.dialect.insert_executemany_returning
    one = "RETURNING" if returning else "without RETURNING"
    async with new_session() as session:
        first = (await session.scalars(select(Author.id).order_by(Author.id))).all()[0]
        with counted(engine, 1 if returning else 3, f"bulk insert of 3 books, {one}"):
            keys = await insert_many(session, first)
        expect(len(set(keys)), 3)
        returning = engine.dialect.update_returning
        one = "RETURNING" if returning else "without RETURNING"
        with counted(engine, 1 if returning else 2, f"bulk update of 3 books, {one}"):
            expect(await raise_sales(session, 2010), sorted(keys))
        with counted(engine, 1, "bulk update by primary key, each row its own values"):
            await set_each(session, keys)
        expect((await sums(session))[0], ("Ada", 7, 60))
        rows = [{"shop": "Rome", "book_id": key, "copies": 2} for key in keys]
        with counted(engine, 2, "upsert: 3 rows inserted, then added to"):
            await stock_up(session, rows)
            await stock_up(session, rows)
        expect(await session.scalar(select(func.sum(Stock.copies))), 12)
        await session.commit()


@contextmanager
def counted(engine: AsyncEngine, claimed: int, what: str) -> Iterator[None]:
    """Count the statements of a block, print the number, and fail if it is not the claimed one."""
    seen: list[str] = []

    def count(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.split(None, 1)[0] in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"):
            seen.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", count)
    print(f"{len(seen):>3} statement{'s' if len(seen) != 1 else ' '}  {what}")
    if len(seen) != claimed:
        raise AssertionError(f"{claimed} claimed, {len(seen)} counted: {seen}")


def expect(found: object, expected: object) -> None:
    """Fail where the database did not answer as the example says."""
    if found != expected:
        raise AssertionError(f"{expected!r} expected, {found!r} found")


@asynccontextmanager
async def database(url: str) -> AsyncIterator[AsyncEngine]:
    """Lend an engine with the example's tables, which are dropped afterwards."""
    engine = create_async_engine(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine.sync_engine, "connect")
        def prepare(dbapi_connection: Any, _record: Any) -> None:
            dbapi_connection.isolation_level = None
            cursor = dbapi_connection.cursor()
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.close()

        @event.listens_for(engine.sync_engine, "begin")
        def begin(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN")

    try:
        async with engine.begin() as connection:
            there = await connection.run_sync(lambda c: set(inspect(c).get_table_names()))
            taken = sorted(there & set(Base.metadata.tables))
            if taken:
                sys.exit(f"the database has a table {taken[0]} already: give another database")
            await connection.run_sync(Base.metadata.create_all)
        try:
            yield engine
        finally:
            async with engine.begin() as connection:
                await connection.run_sync(Base.metadata.drop_all)
    finally:
        await engine.dispose()


async def main(url: str) -> None:
    """Run the example on a database."""
    async with database(url) as engine:
        started = datetime.now(timezone.utc)
        print(f"{engine.dialect.name}, {started:%Y-%m-%d}")
        await show(engine)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "sqlite+aiosqlite://"))
