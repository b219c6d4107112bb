"""The three usual errors of async SQLAlchemy: each without the templates, and none with them."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, HTTPException
from httpx import ASGITransport, AsyncClient
from sqlalchemy import AsyncAdaptedQueuePool, DateTime, ForeignKey, String, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload
from sqlalchemy.orm.exc import DetachedInstanceError

from asa.setup.templates import session_manager
from asa.setup.templates.base_model import Base, BaseModel
from asa.setup.templates.session_manager import PoolSettings, SessionManager

# MissingGreenlet itself, or a StatementError around it (SQLAlchemy 2.1).
NO_GREENLET = "greenlet_spawn has not been called"


class PlainBase(DeclarativeBase):
    pass


class PlainPainter(PlainBase):
    __tablename__ = "plain_painters"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.now()
    )
    pictures: Mapped[list["PlainPicture"]] = relationship()


class PlainPicture(PlainBase):
    __tablename__ = "plain_pictures"

    id: Mapped[int] = mapped_column(primary_key=True)
    painter_id: Mapped[int] = mapped_column(ForeignKey("plain_painters.id"))


class Painter(BaseModel):
    __tablename__ = "test_painters"

    name: Mapped[str] = mapped_column(String(40))
    pictures: Mapped[list["Picture"]] = relationship()


class Picture(BaseModel):
    __tablename__ = "test_pictures"

    painter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("test_painters.id"))


@asynccontextmanager
async def plain(url: str, **options: object) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    """Lend what most people write first: an engine and a factory with their defaults."""
    engine = create_async_engine(
        url, poolclass=AsyncAdaptedQueuePool, pool_size=2, max_overflow=0, pool_timeout=0.2
    )
    try:
        async with engine.begin() as connection:
            await connection.run_sync(PlainBase.metadata.create_all)
        yield async_sessionmaker(engine, **options)  # type: ignore[call-overload]
    finally:
        await engine.dispose()


@asynccontextmanager
async def templated(url: str) -> AsyncIterator[SessionManager]:
    """Lend the template's manager, its pool as small."""
    db = SessionManager(url, PoolSettings(size=2, max_overflow=0, timeout_s=5))
    try:
        async with db.engine.begin() as connection:
            tables = [Base.metadata.tables[model.__tablename__] for model in (Painter, Picture)]
            await connection.run_sync(Base.metadata.create_all, tables=tables)
        yield db
    finally:
        await db.close()


def test_not_bound_to_a_session_without(database_url: str) -> None:
    async def main() -> None:
        async with plain(database_url) as new_session:
            painter = PlainPainter(name="Frida")
            async with new_session() as session:
                session.add(painter)
                await session.commit()
            with pytest.raises(DetachedInstanceError, match="is not bound to a Session"):
                _ = painter.name

    asyncio.run(main())


def test_not_bound_to_a_session_with(database_url: str) -> None:
    async def main() -> None:
        async with templated(database_url) as db:
            painter = Painter(name="Frida", pictures=[Picture()])
            async with db.transaction() as session:
                session.add(painter)
            # All of it, what the database has set included.
            assert painter.name == "Frida"
            assert painter.created_at == painter.updated_at
            assert len(painter.pictures) == 1

    asyncio.run(main())


# What is refused leaves the coroutine behind that it was about to await.
@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
def test_missing_greenlet_without(database_url: str) -> None:
    async def main() -> None:
        async with plain(database_url) as new_session, new_session() as session:
            painter = PlainPainter(name="Frida")
            session.add(painter)
            await session.commit()
            with pytest.raises(SQLAlchemyError, match=NO_GREENLET):
                _ = painter.name
        async with plain(database_url, expire_on_commit=False) as new_session:
            async with new_session() as session:
                painter = (await session.scalars(select(PlainPainter))).one()
                with pytest.raises(SQLAlchemyError, match=NO_GREENLET):
                    _ = painter.pictures
                painter.name = "Frida K."
                await session.commit()
                # Set by the UPDATE, and not read back.
                with pytest.raises(SQLAlchemyError, match=NO_GREENLET):
                    _ = painter.updated_at
            with pytest.raises(DetachedInstanceError):
                _ = painter.pictures

    asyncio.run(main())


def test_missing_greenlet_with(database_url: str) -> None:
    async def main() -> None:
        async with templated(database_url) as db:
            async with db.transaction() as session:
                session.add(Painter(name="Frida", pictures=[Picture()]))
            async with db.session() as session:
                painter = (await session.scalars(select(Painter))).one()
                assert len(await painter.awaitable_attrs.pictures) == 1
                painter.name = "Frida K."
                await session.commit()
                assert painter.updated_at >= painter.created_at
            assert len(painter.pictures) == 1
            async with db.session() as session:
                loaded = select(Painter).options(selectinload(Painter.pictures))
                painter = (await session.scalars(loaded)).one()
            assert len(painter.pictures) == 1

    asyncio.run(main())


def test_pool_exhausted_without(database_url: str) -> None:
    async def main() -> None:
        async with plain(database_url) as new_session:
            forgotten = []

            async def handler() -> None:
                session = new_session()
                forgotten.append(session)
                await session.scalars(select(PlainPainter))

            await handler()
            await handler()
            with pytest.raises(PoolTimeoutError, match="limit of size 2 overflow 0 reached"):
                await handler()
            for session in forgotten:
                await session.close()

    asyncio.run(main())


def test_pool_exhausted_with(database_url: str) -> None:
    """Twelve failing handlers at once over two connections: each gives its own back."""

    async def main() -> None:
        async with templated(database_url) as db:

            async def handler() -> None:
                async with db.session() as session:
                    await session.scalars(select(Painter))
                    raise ZeroDivisionError

            async def answered() -> None:
                with suppress(ZeroDivisionError):
                    await handler()

            await asyncio.gather(*(answered() for _ in range(12)))
            assert "Current Checked out connections: 0" in db.engine.pool.status()

    asyncio.run(main())


def test_pool_exhausted_with_get_db(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve requests at once, each third one failing, over two connections."""
    app = FastAPI()

    @app.get("/{number}")
    async def handler(
        number: int, session: Annotated[AsyncSession, Depends(session_manager.get_db)]
    ) -> int:
        await session.scalars(select(Painter))
        if number % 3 == 0:
            raise HTTPException(418)
        return number

    async def main() -> list[int]:
        async with templated(database_url) as db:
            monkeypatch.setattr(session_manager, "db", db)
            async with AsyncClient(transport=ASGITransport(app=app), base_url="http://x") as http:
                answers = await asyncio.gather(*(http.get(f"/{n}") for n in range(12)))
            assert "Current Checked out connections: 0" in db.engine.pool.status()
        return [answer.status_code for answer in answers]

    assert asyncio.run(main()) == [418, 200, 200] * 4
