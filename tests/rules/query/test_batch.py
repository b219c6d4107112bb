"""What is written instead of a query for each row runs, and brings the same rows."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    aliased,
    mapped_column,
    relationship,
    selectinload,
)

from asa.capture import capture
from asa.capture.mapping import mapped_classes
from asa.model.case import Case
from asa.model.finding import Finding
from asa.model.mapping import MappedClass
from asa.model.workload import Source
from asa.rules.query import n_plus_one, row_by_row_write
from asa.workload.digest import Digest


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    books: Mapped[list["Book"]] = relationship()


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("authors.id"))
    status: Mapped[str] = mapped_column(sa.String(10))
    pages: Mapped[int]


NAMES = {
    "Author": Author, "Book": Book, "select": sa.select, "func": sa.func, "aliased": aliased,
    "selectinload": selectinload, "author_ids": [1, 2, 3, 4], "status": "new", "limit": 2,
}  # fmt: skip


@pytest.fixture
def session() -> Iterator[Session]:
    """Four authors, each with books of two kinds."""
    engine = sa.create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        for number in range(1, 5):
            books = [
                Book(status="new" if place % 2 else "old", pages=10 * number + place)
                for place in range(6)
            ]
            session.add(Author(id=number, books=books))
        session.commit()
        yield session


def judged(ask: Callable[[], Any], rule: Any = n_plus_one) -> Finding:
    """Return the one finding of what a program asks."""
    with capture() as captured:
        ask()
    digest = Digest()
    digest.add_all(captured.queries)
    mapped: list[MappedClass] = list(mapped_classes(Base.registry))
    digest.add_source(Source("capture", "capture"), mapped)
    (finding,) = rule.check(Case(digest.workload()))
    assert isinstance(finding, Finding)
    return finding


def run(text: str) -> Any:
    """Return what the last line of a fix is."""
    *before, last = text.splitlines()
    names = dict(NAMES)
    exec("\n".join(before), names)  # noqa: S102  (what asa tells a user to write)
    return eval(last, names)  # noqa: S307


def per_author(session: Session, query: Callable[[int], Any]) -> list[list[Any]]:
    """Ask for each author."""
    return [
        list(session.execute(query(author.id)).all())
        for author in session.scalars(sa.select(Author)).all()
    ]


def test_a_condition_beside_the_key_goes_into_the_option(session: Session) -> None:
    def query(key: int) -> Any:
        return sa.select(Book).where(Book.author_id == key, Book.status == "new")

    single = [[row[0].id for row in rows] for rows in per_author(session, query)]
    session.expunge_all()
    finding = judged(lambda: per_author(session, query))
    assert finding.fix is not None
    text = finding.fix.text
    assert text == ".options(selectinload(Author.books.and_(Book.status == status)))"
    session.expunge_all()
    authors = session.scalars(run(f"select(Author){text}")).all()
    assert [[book.id for book in author.books] for author in authors] == single


def test_the_first_rows_of_each_are_numbered(session: Session) -> None:
    def query(key: int) -> Any:
        mine = sa.select(Book).where(Book.author_id == key, Book.status == "new")
        return mine.order_by(Book.pages.desc()).limit(2)

    single = {row[0].id for rows in per_author(session, query) for row in rows}
    finding = judged(lambda: per_author(session, query))
    assert finding.fix is not None
    assert {book.id for book in session.scalars(run(finding.fix.text)).all()} == single
    assert len(single) == 8


@pytest.mark.parametrize("total", [sa.func.count(), sa.func.sum(Book.pages)], ids=str)
def test_a_total_is_grouped(session: Session, total: Any) -> None:
    def query(key: int) -> Any:
        return sa.select(total).select_from(Book).where(Book.author_id == key)

    single = [rows[0][0] for rows in per_author(session, query)]
    finding = judged(lambda: per_author(session, query))
    assert finding.fix is not None
    grouped = session.execute(run(finding.fix.text)).all()
    assert [value for _, value in sorted(tuple(row) for row in grouped)] == single


def test_rows_of_a_class_are_added_together(session: Session) -> None:
    def ask() -> None:
        for number in range(5):
            session.add(Book(author_id=1, status="new", pages=number))
            session.flush()

    finding = judged(ask, row_by_row_write)
    assert finding.fix is not None
    assert finding.fix.text == "session.add_all([Book(...) for ... in ...]) and one flush"


def test_what_a_query_flushes_early_is_held_back(session: Session) -> None:
    books = session.scalars(sa.select(Book)).all()

    def ask() -> None:
        for book in books[:6]:
            book.pages += 100
            session.scalars(sa.select(Author).where(Author.id == book.id)).all()

    finding = judged(ask, row_by_row_write)
    assert finding.fix is not None
    assert "no_autoflush" in finding.fix.text
