"""A complete user model: relationships, constraints, cascades.

    python user_model.py [URL]

Runs on SQLite in memory, or on the PostgreSQL, MySQL or MariaDB database of the URL, where it
makes tables named example_* and drops them again. Each step states how many statements it
takes, and fails if it takes another number.
"""

import asyncio
import enum
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Enum,
    ForeignKey,
    Index,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import (
    AsyncAttrs,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
    validates,
)


class Base(AsyncAttrs, DeclarativeBase):
    """Names every constraint, so that later revisions can change it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Status(enum.Enum):
    """What a user may do."""

    INVITED = "invited"
    ACTIVE = "active"
    BLOCKED = "blocked"


# Many to many without anything else to say: a bare table is enough.
user_roles = Table(
    "example_user_roles",
    Base.metadata,
    Column("user_id", ForeignKey("example_users.id", ondelete="CASCADE"), primary_key=True),
    # The primary key serves queries by user; those by role need an index of their own.
    Column(
        "role_id", ForeignKey("example_roles.id", ondelete="CASCADE"), primary_key=True, index=True
    ),
)


class User(Base):
    """Somebody with an account."""

    __tablename__ = "example_users"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("length(name) > 0", name="name_given"),
        # For "the newest active users": equality first, then the order.
        Index(None, "status", "created_at"),
        # Small, because few users are blocked. MySQL has no partial index and takes all rows.
        Index(
            "ix_example_users_blocked",
            "blocked_at",
            postgresql_where=text("blocked_at IS NOT NULL"),
            sqlite_where=text("blocked_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    # A VARCHAR with a CHECK: a new value is an easy revision on every database.
    status: Mapped[Status] = mapped_column(
        Enum(
            Status,
            native_enum=False,
            create_constraint=True,
            name="status",
            length=20,
            values_callable=lambda members: [member.value for member in members],
        ),
        default=Status.INVITED,
    )
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    blocked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    # Parts of the user: deleted with it, by the database (passive_deletes loads nothing for
    # that), and deleted when they are taken out of the collection (delete-orphan).
    profile: Mapped["Profile | None"] = relationship(
        back_populates="user", cascade="all, delete-orphan", passive_deletes=True
    )
    addresses: Mapped[list["Address"]] = relationship(
        back_populates="user",
        cascade="all, delete-orphan",
        passive_deletes=True,
        order_by="Address.label",
    )
    memberships: Mapped[list["Membership"]] = relationship(
        back_populates="user", cascade="all, delete-orphan", passive_deletes=True
    )
    roles: Mapped[list["Role"]] = relationship(
        secondary=user_roles, back_populates="users", passive_deletes=True, order_by="Role.name"
    )
    # Not a part: posts outlive their author. The database sets the column to NULL.
    posts: Mapped[list["Post"]] = relationship(
        back_populates="author", passive_deletes="all", order_by="Post.id"
    )

    @validates("email")
    def lowered(self, _key: str, email: str) -> str:
        """Store addresses in one spelling, so that the unique constraint means something."""
        return email.strip().lower()

    def __repr__(self) -> str:
        """Show the user without loading anything."""
        return f"User(id={self.__dict__.get('id')}, email={self.__dict__.get('email')!r})"


class Profile(Base):
    """What a user tells of themselves; one to one, sharing the user's key."""

    __tablename__ = "example_profiles"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("example_users.id", ondelete="CASCADE"), primary_key=True
    )
    about: Mapped[str] = mapped_column(Text)

    user: Mapped[User] = relationship(back_populates="profile", single_parent=True)


class Address(Base):
    """Where a user gets mail; each label once."""

    __tablename__ = "example_addresses"
    # The unique constraint's index also serves the foreign key, whose column comes first.
    __table_args__ = (UniqueConstraint("user_id", "label"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("example_users.id", ondelete="CASCADE"))
    label: Mapped[str] = mapped_column(String(20))
    street: Mapped[str] = mapped_column(String(200))

    user: Mapped[User] = relationship(back_populates="addresses")


class Role(Base):
    """A set of rights."""

    __tablename__ = "example_roles"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)

    users: Mapped[list[User]] = relationship(
        secondary=user_roles, back_populates="roles", passive_deletes=True
    )


class Team(Base):
    """A group of users; it cannot be deleted while it has members."""

    __tablename__ = "example_teams"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)

    memberships: Mapped[list["Membership"]] = relationship(
        back_populates="team", passive_deletes="all"
    )


class Membership(Base):
    """Many to many with something to say: since when."""

    __tablename__ = "example_memberships"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("example_users.id", ondelete="CASCADE"), primary_key=True
    )
    team_id: Mapped[int] = mapped_column(
        ForeignKey("example_teams.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    user: Mapped[User] = relationship(back_populates="memberships")
    team: Mapped[Team] = relationship(back_populates="memberships")


class Post(Base):
    """Something published."""

    __tablename__ = "example_posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int | None] = mapped_column(
        ForeignKey("example_users.id", ondelete="SET NULL"), index=True
    )
    title: Mapped[str] = mapped_column(String(200))

    author: Mapped[User | None] = relationship(back_populates="posts")


async def create(session: AsyncSession) -> None:
    """Store two users with all that belongs to them; one flush sorts the inserts."""
    admin, writer = Role(name="admin"), Role(name="writer")
    team = Team(name="Compilers")
    for email, name, roles in (
        ("Ada@Example.org", "Ada", [admin, writer]),
        ("bob@example.org", "Bob", [writer]),
    ):
        session.add(
            User(
                email=email,
                name=name,
                status=Status.ACTIVE,
                profile=Profile(about=f"I am {name}."),
                addresses=[
                    Address(label="home", street="1 First St"),
                    Address(label="work", street="2 Second St"),
                ],
                roles=roles,
                memberships=[Membership(team=team)],
                posts=[Post(title=f"{name} writes"), Post(title=f"{name} writes again")],
            )
        )
    await session.commit()


async def load_with_selectin(session: AsyncSession) -> list[User]:
    """Load users with two collections: one statement for the users, one for each collection."""
    statement = (
        select(User)
        .where(User.status == Status.ACTIVE)
        .order_by(User.name)
        .options(selectinload(User.addresses), selectinload(User.roles))
    )
    return list(await session.scalars(statement))


async def load_with_join(session: AsyncSession) -> list[User]:
    """Load users with a collection in one statement; `.unique()` folds its repeated rows."""
    statement = (
        select(User)
        .order_by(User.name)
        .options(joinedload(User.profile), joinedload(User.addresses))
    )
    return list((await session.scalars(statement)).unique())


async def refused(session: AsyncSession, user: User) -> bool:
    """Tell whether the database refuses a user; the savepoint keeps the session usable."""
    try:
        async with session.begin_nested():
            session.add(user)
    except (IntegrityError, OperationalError):
        # Some MySQL versions report a broken CHECK as an operational error.
        return True
    return False


async def remove_orphan(session: AsyncSession) -> None:
    """Take an address out of its user: delete-orphan deletes the row."""
    statement = select(User).where(User.name == "Ada").options(selectinload(User.addresses))
    ada = (await session.scalars(statement)).one()
    del ada.addresses[0]
    await session.commit()


async def delete_user(session: AsyncSession) -> None:
    """Delete a user: the database deletes the parts and unlinks the posts."""
    ada = (await session.scalars(select(User).where(User.name == "Ada"))).one()
    await session.delete(ada)
    await session.commit()


async def left(session: AsyncSession) -> dict[str, int]:
    """Return how many rows each table has."""
    models = (User, Profile, Address, Membership, Post, Role)
    counts = [select(func.count()).select_from(model).scalar_subquery() for model in models]
    row = (await session.execute(select(*counts))).one()
    return {model.__name__: count for model, count in zip(models, row, strict=True)}


async def team_is_kept(session: AsyncSession) -> bool:
    """Try to delete a team with members: ON DELETE RESTRICT says no."""
    team = (await session.scalars(select(Team))).one()
    try:
        async with session.begin_nested():
            await session.delete(team)
    except IntegrityError:
        return True
    return False


async def show(engine: AsyncEngine) -> None:
    """Walk through the model, each step with the number of statements that it takes."""
    new_session = async_sessionmaker(engine, expire_on_commit=False)
    # One INSERT for each table, all rows at once. Where the keys of many rows do not come back
    # in their order (SQLite, MySQL) it is one for each row that needs its key: two roles, two
    # users, four addresses, four posts.
    many = engine.dialect.name != "sqlite" and engine.dialect.insert_executemany_returning
    async with new_session() as session:
        with counted(engine, 8 if many else 16, "store two users and all that is theirs"):
            await create(session)
    async with new_session() as session:
        with counted(engine, 3, "load users, addresses, roles: selectinload"):
            users = await load_with_selectin(session)
        expect([len(user.addresses) for user in users], [2, 2])
        expect([role.name for role in users[0].roles], ["admin", "writer"])
    async with new_session() as session:
        with counted(engine, 1, "load users, profiles, addresses: joinedload and unique()"):
            users = await load_with_join(session)
        expect(
            [(user.email, len(user.addresses)) for user in users],
            [
                ("ada@example.org", 2),
                ("bob@example.org", 2),
            ],
        )
    async with new_session() as session:
        with counted(engine, 2, "refuse an address that is taken, and an empty name"):
            expect(await refused(session, User(email="ADA@example.org", name="Other")), True)
            expect(await refused(session, User(email="new@example.org", name="")), True)
    async with new_session() as session:
        with counted(engine, 3, "take an address out: delete-orphan"):
            await remove_orphan(session)
    async with new_session() as session:
        with counted(engine, 2, "delete a user: the database cascades"):
            await delete_user(session)
        expect(
            await left(session),
            {
                "User": 1,
                "Profile": 1,
                "Address": 2,
                "Membership": 1,
                "Post": 4,
                "Role": 2,
            },
        )
        expect(await session.scalar(select(func.count()).where(Post.author_id.is_(None))), 2)
    async with new_session() as session:
        with counted(engine, 2, "keep a team that has members: RESTRICT"):
            expect(await team_is_kept(session), True)


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
