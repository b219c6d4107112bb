"""What the models declare comes back whole from the project's own interpreter."""

import pytest
from tests.project.repositories import write

from asa.config import Config
from asa.model.mapping import (
    DeclaredCheck,
    DeclaredTable,
    Default,
    MappedClass,
    MappedRelationship,
    ProjectModels,
)
from asa.model.schema import ForeignKey, Index
from asa.project.load import load_models

FILES = {
    "app/__init__.py": "",
    "app/models.py": """
    import datetime, enum
    from sqlalchemy import (
        BigInteger, CheckConstraint, DateTime, Enum, ForeignKey, Index, MetaData, String,
        TypeDecorator, UniqueConstraint, func, text,
    )
    from sqlalchemy.ext.asyncio import AsyncAttrs
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

    class Colour(enum.Enum):
        RED = "red"

    class Trimmed(TypeDecorator):
        impl = String
        cache_ok = True

    class Base(AsyncAttrs, DeclarativeBase):
        metadata = MetaData(naming_convention={"fk": "fk_%(table_name)s_%(column_0_name)s"})

    class Stamped:
        made: Mapped[datetime.datetime] = mapped_column(
            DateTime(timezone=True), default=datetime.datetime.utcnow
        )

    class User(Stamped, Base):
        __tablename__ = "users"
        __table_args__ = (
            UniqueConstraint("mail", "shop"),
            CheckConstraint("shop > 0", name="shop_positive"),
            Index("ix_open", "mail", postgresql_where=text("shop IS NULL")),
        )
        id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
        mail: Mapped[str] = mapped_column(Trimmed(80))
        shop: Mapped[int | None]
        address: Mapped[str] = mapped_column("addr", String, server_default="", default="")
        tags: Mapped[str] = mapped_column(default=[])
        colour: Mapped[Colour] = mapped_column(Enum(Colour), onupdate=func.now())
        posts: Mapped[list["Post"]] = relationship(
            back_populates="user", cascade="all, delete-orphan", passive_deletes=True
        )

    class Post(Base):
        __tablename__ = "posts"
        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
        user: Mapped["User"] = relationship(back_populates="posts", lazy="raise")
    """,
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> ProjectModels:
    root = write(tmp_path_factory.mktemp("project"), FILES)
    return load_models(Config(root))


def table(models: ProjectModels, name: str) -> DeclaredTable:
    return next(found for found in models.metadata[0].declared if found.name == name)


def mapped(models: ProjectModels, name: str) -> MappedClass:
    return next(found for found in models.classes if found.name == name)


def test_columns_tell_type_and_defaults(models: ProjectModels) -> None:
    users = table(models, "users")
    held = {column.name: column for column in users.columns}
    assert held["id"].kinds[:2] == ("BigInteger", "Integer")
    assert held["id"].autoincrement
    assert (held["mail"].length, held["mail"].decorated) == (80, "Trimmed")
    assert held["mail"].is_a("String")
    assert (held["shop"].nullable, held["mail"].nullable) == (True, False)
    assert held["addr"].default == Default("value", "str")
    assert held["addr"].server_default
    assert held["tags"].default == Default("mutable", "list")
    assert held["made"].default == Default("function", "datetime.utcnow")
    assert (held["made"].timezone, held["id"].timezone) == (True, None)
    assert held["colour"].onupdate == Default("sql", "now")
    assert (held["colour"].type_name, held["colour"].native) == ("colour", True)


def test_keys_and_constraints_keep_their_names(models: ProjectModels) -> None:
    users = table(models, "users")
    assert users.primary_key == ("id",)
    assert users.uniques == ((None, ("mail", "shop")),)
    assert users.checks == (DeclaredCheck("shop_positive", "shop > 0"),)
    assert users.indexes == (Index("ix_open", ("mail",), where="shop IS NULL"),)
    assert "fk" in users.convention
    assert table(models, "posts").foreign_key("user_id") == ForeignKey(
        ("user_id",), "users", ("id",), "CASCADE", "fk_posts_user_id"
    )


def test_classes_tell_attributes_and_where_they_come_from(models: ProjectModels) -> None:
    user = mapped(models, "User")
    assert user.attribute("addr") == "address"
    assert user.bases[:2] == ("app.models:User", "app.models:Stamped")
    assert user.is_awaitable


def test_relationships_tell_both_ends(models: ProjectModels) -> None:
    assert mapped(models, "User").relationships == (
        MappedRelationship(
            name="posts",
            target="Post",
            uselist=True,
            lazy="select",
            columns=(("users.id", "posts.user_id"),),
            direction="one-to-many",
            back_populates="user",
            cascade=frozenset(
                {"save-update", "merge", "refresh-expire", "expunge", "delete", "delete-orphan"}
            ),
            passive_deletes=True,
            target_table="posts",
        ),
    )
    assert mapped(models, "Post").relationships[0].direction == "many-to-one"
