"""A program with one function for each way to query row by row, and for each innocent shape.

Bad ones are `bad_*`, with the fix that asa must name as docstring; innocent ones are `ok_*`.
"""

import asyncio
import os
import sys

from sqlalchemy import Column, ForeignKey, String, Table, func, select, text
from sqlalchemy.ext.asyncio import AsyncAttrs, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    immediateload,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
    subqueryload,
)


class Base(AsyncAttrs, DeclarativeBase):
    pass


post_tags = Table(
    "post_tags",
    Base.metadata,
    Column("post_id", ForeignKey("posts.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
)


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    bio: Mapped[str] = mapped_column(String(40), deferred=True)
    posts: Mapped[list["Post"]] = relationship(back_populates="user")


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    title: Mapped[str] = mapped_column(String(40))
    user: Mapped[User] = relationship(back_populates="posts")
    comments: Mapped[list["Comment"]] = relationship()
    tags: Mapped[list["Tag"]] = relationship(secondary=post_tags)


class Comment(Base):
    __tablename__ = "comments"
    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), index=True)


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(String(40))


async def bad_collection(session: AsyncSession) -> None:
    """.options(selectinload(User.posts))"""
    for user in (await session.scalars(select(User))).all():
        await user.awaitable_attrs.posts


async def bad_single_row(session: AsyncSession) -> None:
    """.options(joinedload(Post.user))"""
    for post in (await session.scalars(select(Post))).all():
        await post.awaitable_attrs.user


async def bad_many_to_many(session: AsyncSession) -> None:
    """.options(selectinload(Post.tags))"""
    for post in (await session.scalars(select(Post))).all():
        await post.awaitable_attrs.tags


async def bad_nested(session: AsyncSession) -> None:
    """.options(selectinload(User.posts).selectinload(Post.comments))"""
    for user in (await session.scalars(select(User))).all():
        for post in await user.awaitable_attrs.posts:
            await post.awaitable_attrs.comments


async def bad_below_an_option(session: AsyncSession) -> None:
    """.options(defaultload(User.posts).selectinload(Post.comments))"""
    query = select(User).options(selectinload(User.posts))
    for user in (await session.scalars(query)).all():
        for post in user.posts:
            await post.awaitable_attrs.comments


async def bad_refresh(session: AsyncSession) -> None:
    """.options(selectinload(User.posts))"""
    for user in (await session.scalars(select(User))).all():
        await session.refresh(user, ["posts"])


async def bad_deferred(session: AsyncSession) -> None:
    """.options(undefer(User.bio))"""
    for user in (await session.scalars(select(User))).all():
        await user.awaitable_attrs.bio


async def bad_expired(session: AsyncSession) -> None:
    """async_sessionmaker(..., expire_on_commit=False)"""
    users = (await session.scalars(select(User))).all()
    session.expire_all()
    for user in users:
        await user.awaitable_attrs.name


async def bad_immediate(session: AsyncSession) -> None:
    """.options(selectinload(User.posts))"""
    await session.scalars(select(User).options(immediateload(User.posts)))


async def bad_run_sync(session: AsyncSession) -> None:
    """.options(selectinload(User.posts))"""

    def work(sync: Session) -> None:
        for user in sync.scalars(select(User)).all():
            _ = user.posts

    await session.run_sync(work)


async def bad_two_parents(session: AsyncSession) -> None:
    """.options(selectinload(User.posts))"""
    for user in (await session.scalars(select(User).limit(2))).all():
        await user.awaitable_attrs.posts


async def bad_get(session: AsyncSession) -> None:
    """select(User).where(User.id.in_(ids))"""
    for key in (await session.scalars(select(Post.user_id).distinct())).all():
        await session.get(User, key)


async def bad_select(session: AsyncSession) -> None:
    """select(Post).where(Post.user_id.in_(user_ids))"""
    for user in (await session.scalars(select(User))).all():
        await session.scalars(select(Post).where(Post.user_id == user.id))


async def bad_unique_column(session: AsyncSession) -> None:
    """select(User).where(User.name.in_(names))"""
    for name in ("u1", "u2", "u3"):
        await session.scalar(select(User).where(User.name == name))


async def bad_count(session: AsyncSession) -> None:
    """select(Post.user_id, func.count(...)).group_by(Post.user_id)"""
    for user in (await session.scalars(select(User))).all():
        await session.scalar(select(func.count()).select_from(Post).where(Post.user_id == user.id))


async def bad_text(session: AsyncSession) -> None:
    """one query for all: ... FROM posts WHERE user_id IN (...)"""
    for user in (await session.scalars(select(User))).all():
        await session.execute(text("SELECT * FROM posts WHERE user_id = :key"), {"key": user.id})


async def ok_loader_options(session: AsyncSession) -> None:
    deep = selectinload(User.posts).selectinload(Post.comments)
    for option in (deep, subqueryload(User.posts), joinedload(User.posts)):
        session.expunge_all()
        users = (await session.scalars(select(User).options(option))).unique().all()
        _ = [user.posts for user in users]


async def ok_offset_pages(session: AsyncSession) -> None:
    for offset in range(0, 18, 3):
        await session.scalars(select(Post).order_by(Post.id).limit(3).offset(offset))


async def ok_keyset_pages(session: AsyncSession) -> None:
    last = 0
    for _ in range(5):
        page = select(Post).where(Post.id > last).order_by(Post.id).limit(3)
        last = (await session.scalars(page)).all()[-1].id


async def ok_chunks(session: AsyncSession) -> None:
    keys = (await session.scalars(select(Post.id))).all()
    for start in range(0, 18, 6):
        await session.scalars(select(Post).where(Post.id.in_(keys[start : start + 6])))


async def ok_two_gets(session: AsyncSession) -> None:
    for key in (1, 2):
        await session.get(User, key)


async def ok_polling(session: AsyncSession) -> None:
    for _ in range(6):
        await session.scalar(select(func.count()).select_from(Post).where(Post.user_id == 1))


async def ok_dashboard(session: AsyncSession) -> None:
    for model in (User, Post, Comment, Tag):
        await session.scalar(select(func.count()).select_from(model))
    for title in ("00", "01", "02"):
        await session.scalar(select(func.count()).select_from(Post).where(Post.title == title))


async def ok_separate_sessions(_: AsyncSession) -> None:
    for key in range(1, 6):
        async with new_session() as session:
            await session.get(User, key)


async def ok_already_loaded(session: AsyncSession) -> None:
    users = (await session.scalars(select(User))).all()
    for post in (await session.scalars(select(Post))).all():
        assert await post.awaitable_attrs.user in users


async def ok_inserted_and_refreshed(session: AsyncSession) -> None:
    for label in ("a", "b", "c"):
        tag = Tag(label=label)
        session.add(tag)
        await session.flush()
        await session.refresh(tag)
    await session.rollback()


engine = create_async_engine(os.environ["SCENARIOS_URL"])
new_session = async_sessionmaker(engine, expire_on_commit=False)


async def seed() -> None:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with new_session() as session:
        tags = [Tag(label=str(number)) for number in range(3)]
        for number in range(6):
            posts = [
                Post(title=f"{number}{n}", tags=tags[:n], comments=[Comment()]) for n in range(3)
            ]
            session.add(User(name=f"u{number}", bio="b", posts=posts))
        await session.commit()


async def main() -> None:
    for scenario in [f for name, f in globals().items() if name.startswith(("bad_", "ok_"))]:
        async with new_session() as session:
            await scenario(session)
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(seed() if sys.argv[1:] == ["seed"] else main())
