"""A shop whose requests run on a pool of four connections: ten row by row, ten innocent.

Run with the URL of an empty database, to be seen through the server's log alone. Each faulty
request has relationships of its own, so that a log without any line of the program tells them
apart.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from sqlalchemy import Column, ForeignKey, String, Table, func, select, text
from sqlalchemy.ext.asyncio import AsyncAttrs, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    WriteOnlyMapped,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
)


class Base(AsyncAttrs, DeclarativeBase):
    id: Mapped[int] = mapped_column(primary_key=True)


class User(Base):
    __tablename__ = "users"
    name: Mapped[str] = mapped_column(String(20), unique=True)
    posts: Mapped[list["Post"]] = relationship()
    orders: Mapped[list["Order"]] = relationship()
    notes: Mapped[list["Note"]] = relationship()
    badges: Mapped[list["Badge"]] = relationship()
    logins: WriteOnlyMapped["Login"] = relationship()


class Category(Base):
    __tablename__ = "categories"
    name: Mapped[str] = mapped_column(String(20))


post_tags = Table(
    "post_tags",
    Base.metadata,
    Column("post_id", ForeignKey("posts.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
)


class Tag(Base):
    __tablename__ = "tags"
    label: Mapped[str] = mapped_column(String(20))


class Post(Base):
    __tablename__ = "posts"
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"))
    title: Mapped[str] = mapped_column(String(20))
    category: Mapped[Category] = relationship()
    tags: Mapped[list[Tag]] = relationship(secondary=post_tags)
    likes: Mapped[list["Like"]] = relationship()


class Like(Base):
    __tablename__ = "likes"
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))


class Order(Base):
    __tablename__ = "orders"
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    items: Mapped[list["Item"]] = relationship()
    invoices: Mapped[list["Invoice"]] = relationship()


class Product(Base):
    __tablename__ = "products"
    price: Mapped[int]


class Item(Base):
    __tablename__ = "items"
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    product: Mapped[Product] = relationship()


class Invoice(Base):
    __tablename__ = "invoices"
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))


class Note(Base):
    __tablename__ = "notes"
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class Badge(Base):
    __tablename__ = "badges"
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class Login(Base):
    __tablename__ = "logins"
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


async def bad_collection(session: AsyncSession) -> None:
    """User.posts"""
    for user in (await session.scalars(select(User).order_by(User.name))).all():
        await user.awaitable_attrs.posts


async def bad_single_row(session: AsyncSession) -> None:
    """Post.category"""
    for post in (await session.scalars(select(Post))).all():
        await post.awaitable_attrs.category


async def bad_many_to_many(session: AsyncSession) -> None:
    """Post.tags"""
    for post in (await session.scalars(select(Post).limit(8))).all():
        await session.refresh(post, ["tags"])


async def bad_nested(session: AsyncSession) -> None:
    """User.orders -> Order.items"""
    for user in (await session.scalars(select(User).limit(5))).all():
        for order in await user.awaitable_attrs.orders:
            await order.awaitable_attrs.items


async def bad_get(session: AsyncSession) -> None:
    """Item.product"""
    for item in (await session.scalars(select(Item).limit(9))).all():
        await session.get(Product, item.product_id)


async def bad_select(session: AsyncSession) -> None:
    """User.notes"""
    for key in (await session.scalars(select(User.id))).all():
        await session.scalars(select(Note).where(Note.user_id == key))


async def bad_count(session: AsyncSession) -> None:
    """User.badges"""
    for user in (await session.scalars(select(User))).all():
        count = select(func.count()).select_from(Badge).where(Badge.user_id == user.id)
        await session.scalar(count)


async def bad_write_only(session: AsyncSession) -> None:
    """User.logins"""
    for user in (await session.scalars(select(User))).all():
        await session.scalars(user.logins.select())


async def bad_latest(session: AsyncSession) -> None:
    """Order.invoices"""
    for order in (await session.scalars(select(Order).limit(6))).all():
        latest = select(Invoice).where(Invoice.order_id == order.id).order_by(Invoice.id.desc())
        await session.scalar(latest.limit(1))


async def bad_text(session: AsyncSession) -> None:
    """Post.likes"""
    for post in (await session.scalars(select(Post).limit(7))).all():
        await session.execute(text("SELECT * FROM likes WHERE post_id = :key"), {"key": post.id})


async def ok_options(session: AsyncSession) -> None:
    query = select(User).options(selectinload(User.posts).joinedload(Post.category))
    await session.scalars(query)


async def ok_joined(session: AsyncSession) -> None:
    await session.scalars(select(Item).options(joinedload(Item.product)))


async def ok_offset_pages(session: AsyncSession) -> None:
    for start in range(0, 30, 5):
        await session.scalars(select(Post.title).order_by(Post.id).limit(5).offset(start))


async def ok_keyset_pages(session: AsyncSession) -> None:
    last = 0
    for _ in range(6):
        page = select(Post.id, Post.title).where(Post.id > last).order_by(Post.id).limit(4)
        last = (await session.execute(page)).all()[-1].id


async def ok_chunks(session: AsyncSession) -> None:
    keys = list((await session.scalars(select(Post.id))).all())
    for start in range(0, len(keys), 6):
        chunk = keys[start : start + 6]
        await session.scalars(select(Like.id).where(Like.post_id.in_(chunk)))


async def ok_dashboard(session: AsyncSession) -> None:
    for model in (User, Post, Order, Item, Like):
        await session.scalar(select(func.count()).select_from(model))


async def ok_polling(session: AsyncSession) -> None:
    for _ in range(6):
        await session.scalar(select(func.count(Order.id)).where(Order.user_id == 1))
        await asyncio.sleep(0.01)


async def ok_two_gets(session: AsyncSession) -> None:
    for key in (1, 2):
        await session.get(Category, key)


async def ok_one_after_the_other(session: AsyncSession) -> None:
    post = (await session.scalars(select(Post).where(Post.id == 3))).one()
    await session.get(User, post.user_id)
    await session.scalars(select(Invoice.id).where(Invoice.order_id == post.id))


async def ok_requests(session: AsyncSession) -> None:
    await session.get(Tag, session.info["request"])


async def seed(new_session: async_sessionmaker[AsyncSession]) -> None:
    async with new_session() as session:
        session.add_all([Category(id=n, name=f"c{n}") for n in range(1, 31)])
        session.add_all([Product(id=n, price=n) for n in range(1, 31)])
        tags = [Tag(id=n, label=f"t{n}") for n in range(1, 9)]
        for key in range(1, 11):
            posts = [
                Post(
                    title=f"p{key}{n}",
                    category_id=(key - 1) * 3 + n + 1,
                    tags=tags[:n],
                    likes=[Like()],
                )
                for n in range(3)
            ]
            orders = [
                Order(items=[Item(product_id=key * 2 + n)], invoices=[Invoice()]) for n in range(2)
            ]
            user = User(id=key, name=f"u{key}", posts=posts, orders=orders)
            user.notes, user.badges = [Note()], [Badge()]
            session.add_all([user, Login(user_id=key)])
        session.add_all(tags)
        await session.commit()


async def main(url: str) -> None:
    engine = create_async_engine(url, pool_size=4, max_overflow=0)
    new_session = async_sessionmaker(engine, expire_on_commit=False)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await seed(new_session)

    async def request(handler: Callable[[AsyncSession], Awaitable[None]], number: int) -> None:
        async with new_session(info={"request": number}) as session:
            await handler(session)

    handlers = [f for name, f in globals().items() if name.startswith(("bad_", "ok_"))]
    await asyncio.gather(*(request(f, number) for number in (1, 2, 3, 4) for f in handlers))
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
