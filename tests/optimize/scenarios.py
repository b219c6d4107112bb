"""A program with one function for each way to query row by row, and for each innocent shape.

Bad ones are `bad_*`, with the relationship and the fix that asa must name as docstring; innocent
ones are `ok_*`.
"""

import asyncio
import os
import sys
from contextvars import Context
from typing import Optional, cast

from sqlalchemy import (
    Column,
    ForeignKey,
    String,
    Table,
    delete,
    exists,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncAttrs, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    WriteOnlyMapped,
    immediateload,
    joinedload,
    mapped_column,
    relationship,
    selectin_polymorphic,
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
    boss_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    posts: Mapped[list["Post"]] = relationship(back_populates="user")
    boss: Mapped[Optional["User"]] = relationship(remote_side="User.id")
    notes: WriteOnlyMapped["Note"] = relationship()


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    title: Mapped[str] = mapped_column(String(40))
    user: Mapped[User] = relationship(back_populates="posts")
    comments: Mapped[list["Comment"]] = relationship()
    tags: Mapped[list["Tag"]] = relationship(secondary=post_tags)


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    text: Mapped[str] = mapped_column(String(40))


class Comment(Base):
    __tablename__ = "comments"
    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), index=True)


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(String(40))


class Pet(Base):
    __tablename__ = "pets"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "pet"}  # noqa: RUF012


class Dog(Pet):
    __tablename__ = "dogs"
    id: Mapped[int] = mapped_column(ForeignKey("pets.id"), primary_key=True)
    bark: Mapped[str] = mapped_column(String(10))
    toys: Mapped[list["Toy"]] = relationship()
    __mapper_args__ = {"polymorphic_identity": "dog"}  # noqa: RUF012


class Toy(Base):
    __tablename__ = "toys"
    id: Mapped[int] = mapped_column(primary_key=True)
    dog_id: Mapped[int] = mapped_column(ForeignKey("dogs.id"), index=True)


async def bad_collection(session: AsyncSession) -> None:
    """User.posts

    .options(selectinload(User.posts))
    """
    for user in (await session.scalars(select(User))).all():
        await user.awaitable_attrs.posts


async def bad_single_row(session: AsyncSession) -> None:
    """Post.user

    .options(joinedload(Post.user, innerjoin=True))
    """
    for post in (await session.scalars(select(Post))).all():
        await post.awaitable_attrs.user


async def bad_many_to_many(session: AsyncSession) -> None:
    """Post.tags

    .options(selectinload(Post.tags))
    """
    for post in (await session.scalars(select(Post))).all():
        await post.awaitable_attrs.tags


async def bad_nested(session: AsyncSession) -> None:
    """User.posts -> Post.comments

    .options(selectinload(User.posts).selectinload(Post.comments))
    """
    for user in (await session.scalars(select(User))).all():
        for post in await user.awaitable_attrs.posts:
            await post.awaitable_attrs.comments


async def bad_below_an_option(session: AsyncSession) -> None:
    """User.posts -> Post.comments

    .options(defaultload(User.posts).selectinload(Post.comments))
    """
    query = select(User).options(selectinload(User.posts))
    for user in (await session.scalars(query)).all():
        for post in user.posts:
            await post.awaitable_attrs.comments


async def bad_refresh(session: AsyncSession) -> None:
    """User.posts

    .options(selectinload(User.posts))
    """
    for user in (await session.scalars(select(User))).all():
        await session.refresh(user, ["posts"])


async def bad_deferred(session: AsyncSession) -> None:
    """User.bio

    .options(undefer(User.bio))
    """
    for user in (await session.scalars(select(User))).all():
        await user.awaitable_attrs.bio


async def bad_expired(session: AsyncSession) -> None:
    """User

    async_sessionmaker(..., expire_on_commit=False)
    """
    users = (await session.scalars(select(User))).all()
    session.expire_all()
    for user in users:
        await user.awaitable_attrs.name


async def bad_immediate(session: AsyncSession) -> None:
    """User.posts

    .options(selectinload(User.posts))
    """
    await session.scalars(select(User).options(immediateload(User.posts)))


async def bad_run_sync(session: AsyncSession) -> None:
    """User.posts

    .options(selectinload(User.posts))
    """

    def work(sync: Session) -> None:
        for user in sync.scalars(select(User)).all():
            _ = user.posts

    await session.run_sync(work)


async def bad_two_parents(session: AsyncSession) -> None:
    """User.posts

    .options(selectinload(User.posts))
    """
    for user in (await session.scalars(select(User).limit(2))).all():
        await user.awaitable_attrs.posts


async def bad_get(session: AsyncSession) -> None:
    """Post.user

    select(User).where(User.id.in_(ids))
    """
    for key in (await session.scalars(select(Post.user_id).distinct())).all():
        await session.get(User, key)


async def bad_select(session: AsyncSession) -> None:
    """User.posts

    select(Post).where(Post.user_id.in_(user_ids))
    """
    for user in (await session.scalars(select(User))).all():
        await session.scalars(select(Post).where(Post.user_id == user.id))


async def bad_unique_column(session: AsyncSession) -> None:
    """User by name

    select(User).where(User.name.in_(names))
    """
    for name in ("u1", "u2", "u3"):
        await session.scalar(select(User).where(User.name == name))


async def bad_count(session: AsyncSession) -> None:
    """User.posts

    select(Post.user_id, func.count()).where(Post.user_id.in_(user_ids)).group_by(Post.user_id)
    """
    for user in (await session.scalars(select(User))).all():
        await session.scalar(select(func.count()).select_from(Post).where(Post.user_id == user.id))


async def bad_text(session: AsyncSession) -> None:
    """User.posts

    one query for all: ... FROM posts WHERE user_id IN (...)
    """
    for user in (await session.scalars(select(User))).all():
        await session.execute(text("SELECT * FROM posts WHERE user_id = :key"), {"key": user.id})


async def bad_column_without_a_constraint(session: AsyncSession) -> None:
    """Post by title

    select(Post).where(Post.title.in_(titles))
    """
    for title in ("01", "11", "21", "31", "41"):
        await session.scalar(select(Post).where(Post.title == title))


async def bad_write_only(session: AsyncSession) -> None:
    """User.notes

    select(Note).where(Note.user_id.in_(user_ids))
    """
    for user in (await session.scalars(select(User))).all():
        await session.scalars(user.notes.select())


async def bad_stream(session: AsyncSession) -> None:
    """Post.user

    .options(joinedload(Post.user, innerjoin=True))
    """
    async for post in await session.stream_scalars(select(Post)):
        await post.awaitable_attrs.user


async def bad_tree(session: AsyncSession) -> None:
    """User.boss

    .options(joinedload(User.boss))
    """
    for user in (await session.scalars(select(User).where(User.boss_id.is_not(None)))).all():
        await user.awaitable_attrs.boss


async def bad_heirs_columns(session: AsyncSession) -> None:
    """Dog.bark

    .options(selectin_polymorphic(Pet, [Dog]))
    """
    for pet in (await session.scalars(select(Pet))).all():
        await pet.awaitable_attrs.bark


async def bad_heirs_collection(session: AsyncSession) -> None:
    """Dog.toys

    .options(selectinload(Dog.toys))
    """
    for dog in (await session.scalars(select(Dog))).all():
        await dog.awaitable_attrs.toys


async def bad_filtered(session: AsyncSession) -> None:
    """User.posts

    .options(selectinload(User.posts.and_(Post.title == title)))
    """
    for user in (await session.scalars(select(User))).all():
        wanted = select(Post).where(Post.user_id == user.id, Post.title == "11")
        await session.scalars(wanted)


async def bad_latest(session: AsyncSession) -> None:
    """User.posts

    number = func.row_number().over(partition_by=Post.user_id, order_by=Post.id.desc())
    numbered = select(Post, number.label("place")).where(Post.user_id.in_(user_ids)).subquery()
    select(aliased(Post, numbered)).where(numbered.c.place <= limit)
    """
    for user in (await session.scalars(select(User))).all():
        newest = select(Post).where(Post.user_id == user.id).order_by(Post.id.desc()).limit(1)
        await session.scalar(newest)


async def bad_exists(session: AsyncSession) -> None:
    """User.posts

    one query for all: ... FROM posts WHERE user_id IN (...)
    """
    for user in (await session.scalars(select(User))).all():
        await session.scalar(select(exists().where(Post.user_id == user.id)))


async def bad_refreshed_whole(session: AsyncSession) -> None:
    """Tag

    select(Tag).where(Tag.id.in_(ids)).execution_options(populate_existing=True)
    """
    for tag in (await session.scalars(select(Tag))).all():
        await session.refresh(tag)


async def bad_core(_: AsyncSession) -> None:
    """User.posts

    one query for all: ... FROM posts WHERE user_id IN (...)
    """
    async with engine.connect() as connection:
        for (key,) in (await connection.execute(select(User.id))).all():
            await connection.execute(select(Post.__table__).where(Post.user_id == key))


async def bad_insert(session: AsyncSession) -> None:
    """tags

    session.add_all([Tag(...) for ... in ...]) and one flush
    """
    for label in ("a", "b", "c", "d", "e"):
        session.add(Tag(label=label))
        await session.flush()
    await session.rollback()


async def bad_core_insert(_: AsyncSession) -> None:
    """tags

    execute(insert(tags), rows)
    """
    async with engine.connect() as connection:
        for label in ("a", "b", "c", "d", "e"):
            await connection.execute(insert(Base.metadata.tables["tags"]).values(label=label))
        await connection.rollback()


async def bad_update(session: AsyncSession) -> None:
    """posts

    update(Post).where(Post.id.in_(ids))
    """
    for key in range(1, 7):
        await session.execute(update(Post).where(Post.id == key).values(title="x"))
    await session.rollback()


async def bad_delete(session: AsyncSession) -> None:
    """comments

    delete(Comment).where(Comment.id.in_(ids))
    """
    for key in range(1, 7):
        await session.execute(delete(Comment).where(Comment.id == key))
    await session.rollback()


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
        await asyncio.sleep(0.02)


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


async def ok_insertmanyvalues(session: AsyncSession) -> None:
    for batch in (("a", "b"), ("c", "d")):
        session.add_all([Tag(label=label) for label in batch])
        await session.flush()
    await session.rollback()


async def ok_bulk_rows(session: AsyncSession) -> None:
    await session.execute(insert(Tag), [{"label": label} for label in "abcdef"])
    await session.execute(update(Post), [{"id": key, "title": "y"} for key in range(1, 7)])
    await session.rollback()


async def ok_retries(session: AsyncSession) -> None:
    for _ in range(5):
        if await session.scalar(select(Tag).where(Tag.label == "none")):
            break


async def ok_one_after_the_other(session: AsyncSession) -> None:
    post = (await session.scalars(select(Post).where(Post.id == 3))).one()
    user = await session.get(User, post.user_id)
    assert user is not None
    await session.scalars(select(Pet).where(Pet.user_id == user.id))


async def ok_one_parent(session: AsyncSession) -> None:
    user = (await session.scalars(select(User).limit(1))).one()
    await user.awaitable_attrs.posts
    await user.awaitable_attrs.boss


async def ok_search(session: AsyncSession) -> None:
    for start in ("0", "1", "2", "3", "4"):
        await session.scalars(select(Post).where(Post.title.startswith(start)))


async def ok_separate_requests(_: AsyncSession) -> None:
    async def request(key: int) -> None:
        async with new_session() as own:
            user = await own.get(User, key)
            assert user is not None
            await user.awaitable_attrs.posts

    start = asyncio.get_running_loop().create_task
    await asyncio.gather(*[Context().run(start, request(key)) for key in range(1, 6)])


async def bad_gather_of_own_sessions(session: AsyncSession) -> None:
    """User by id

    select(User).where(User.id.in_(ids))
    """

    async def work(key: int) -> None:
        async with new_session() as own:
            await own.get(User, key)

    keys = (await session.scalars(select(User.id))).all()
    await asyncio.gather(*(work(key) for key in keys))


async def bad_task_group(session: AsyncSession) -> None:
    """User.posts

    select(Post).where(Post.user_id.in_(user_ids))
    """

    async def work(key: int) -> None:
        async with new_session() as own:
            await own.scalars(select(Post).where(Post.user_id == key))

    keys = (await session.scalars(select(User.id))).all()
    if sys.version_info < (3, 11):
        await asyncio.gather(*(work(key) for key in keys))
        return
    async with asyncio.TaskGroup() as group:
        for key in keys:
            group.create_task(work(key))


async def ok_gathered_visitors(session: AsyncSession) -> None:
    async def visit(key: int) -> None:
        async with new_session() as own:
            await own.get(User, key)
            await own.scalars(select(Post).where(Post.user_id == key))
            await own.scalar(select(func.count()).select_from(Note).where(Note.user_id == key))

    keys = (await session.scalars(select(User.id))).all()
    await asyncio.gather(*(visit(key) for key in keys))


async def ok_gathered_dashboard(session: AsyncSession) -> None:
    async def count(entity: type[Base]) -> None:
        async with new_session() as own:
            await own.scalar(select(func.count()).select_from(entity))

    await session.scalars(select(User.id))
    await asyncio.gather(*(count(entity) for entity in (User, Post, Comment, Tag, Note)))


async def ok_polymorphic(session: AsyncSession) -> None:
    query = select(Pet).options(selectin_polymorphic(Pet, [Dog]))
    for pet in (await session.scalars(query)).all():
        _ = cast("Dog", pet).bark


engine = create_async_engine(os.environ["SCENARIOS_URL"])
new_session = async_sessionmaker(engine, expire_on_commit=False)


async def seed() -> None:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with new_session() as session:
        tags = [Tag(label=str(number)) for number in range(3)]
        users: list[User] = []
        for number in range(6):
            posts = [
                Post(title=f"{number}{n}", tags=tags[:n], comments=[Comment()]) for n in range(3)
            ]
            boss = users[number - 3] if number > 2 else None
            users.append(User(name=f"u{number}", bio="b", posts=posts, boss=boss))
        session.add_all(users)
        await session.flush()
        session.add_all([Dog(bark="wuff", user_id=user.id, toys=[Toy()]) for user in users])
        session.add_all([Note(text="n", user_id=user.id) for user in users])
        await session.commit()


async def main() -> None:
    for scenario in [f for name, f in globals().items() if name.startswith(("bad_", "ok_"))]:
        async with new_session() as session:
            await scenario(session)
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(seed() if sys.argv[1:] == ["seed"] else main())
