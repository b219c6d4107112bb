"""Small repositories, one per way in which projects lay out their models."""

from pathlib import Path
from textwrap import dedent

USER = """
    from sqlalchemy.orm import Mapped, mapped_column

    from {base} import Base


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
"""
BASE = """
    from sqlalchemy.orm import DeclarativeBase


    class Base(DeclarativeBase):
        pass
"""

FLAT = {
    "database.py": """
        import os

        from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
        from sqlalchemy.orm import DeclarativeBase

        URL = os.environ["SHOP_URL"]


        class Base(DeclarativeBase):
            pass


        def sessions():
            return async_sessionmaker(create_async_engine(URL))
    """,
    "models.py": """
        from sqlalchemy import ForeignKey, String
        from sqlalchemy.orm import Mapped, mapped_column, relationship

        from database import Base


        class User(Base):
            __tablename__ = "users"

            id: Mapped[int] = mapped_column(primary_key=True)
            name: Mapped[str] = mapped_column(String(50), index=True)
            orders: Mapped[list["Order"]] = relationship(back_populates="user")


        class Order(Base):
            __tablename__ = "orders"

            id: Mapped[int] = mapped_column(primary_key=True)
            user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
            user: Mapped[User] = relationship(back_populates="orders")
    """,
    "pyproject.toml": """
        [project]
        name = "flat"  # kept
        version = "1"
    """,
}

SRC = {
    "pyproject.toml": '[project]\nname = "src-layout"\nversion = "1"\n',
    "src/shop/__init__.py": "",
    "src/shop/db/__init__.py": "from .base import Base\n",
    "src/shop/db/base.py": """
        from sqlalchemy.ext.asyncio import AsyncAttrs
        from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass


        class Base(MappedAsDataclass, AsyncAttrs, DeclarativeBase):
            pass
    """,
    "src/shop/models/__init__.py": "",
    "src/shop/models/common.py": """
        from sqlalchemy.orm import Mapped, mapped_column

        from shop.db import Base as Root


        class Identified(Root):
            __abstract__ = True

            id: Mapped[int] = mapped_column(primary_key=True, init=False)
    """,
    "src/shop/models/user.py": """
        from sqlalchemy import String
        from sqlalchemy.orm import Mapped, mapped_column

        from . import common as c


        class User(c.Identified):
            __tablename__ = "users"

            name: Mapped[str] = mapped_column(String(40))
    """,
    "src/shop/models/plain.py": """
        from ._columns import *
        from .common import Identified


        class Tag(Identified):
            __tablename__ = "tags"

            label = text_column()
    """,
    "src/shop/models/_columns.py": """
        from sqlalchemy import String
        from sqlalchemy.orm import mapped_column


        def text_column():
            return mapped_column(String(20), init=False)
    """,
}

BACKEND = {
    "backend/app/core/config.py": """
        class Settings:
            database_url = "sqlite+aiosqlite:///./backend.db"


        settings = Settings()
    """,
    "backend/app/db/session.py": """
        from sqlalchemy.ext.asyncio import create_async_engine

        from app.core.config import settings

        engine = create_async_engine(str(settings.database_url))
    """,
    "backend/app/db/base.py": BASE,
    "backend/app/models/user.py": USER.format(base="app.db.base"),
    "backend/app/models/post.py": """
        from sqlalchemy import ForeignKey
        from sqlalchemy.orm import Mapped, mapped_column

        from ..db.base import Base


        class Post(Base):
            __tablename__ = "posts"

            id: Mapped[int] = mapped_column(primary_key=True)
            user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    """,
    "frontend/node_modules/thing/models.py": USER.format(base="elsewhere"),
    ".venv/pyvenv.cfg": "",
    ".venv/lib/models.py": USER.format(base="elsewhere"),
    "backend/tests/models.py": USER.format(base="app.db.base"),
}

TABLES = {
    "app/__init__.py": "",
    "app/tables.py": """
        import sqlalchemy as sa

        metadata = sa.MetaData()

        users = sa.Table("users", metadata, sa.Column("id", sa.Integer, primary_key=True))
    """,
    "app/more.py": """
        from sqlalchemy import Column, ForeignKey, Integer, Table

        from app import tables

        posts = Table(
            "posts",
            tables.metadata,
            Column("id", Integer, primary_key=True),
            Column("user_id", Integer, ForeignKey("users.id")),
        )
    """,
}

GENERATED = {
    "app/__init__.py": "",
    "app/mapping.py": """
        from sqlalchemy import MetaData
        from sqlalchemy.orm import registry

        naming = {"ix": "ix_%(column_0_label)s", "pk": "pk_%(table_name)s"}
        metadata_obj = MetaData(naming_convention=naming)
        mapper_registry = registry(metadata=metadata_obj)
        Model = mapper_registry.generate_base()
    """,
    "app/users.py": """
        from sqlalchemy import Column, Integer, Table

        from app.mapping import Model, mapper_registry, metadata_obj


        class User(Model):
            __tablename__ = "users"
            id = Column(Integer, primary_key=True)


        @mapper_registry.mapped
        class Team:
            __tablename__ = "teams"
            id = Column(Integer, primary_key=True)


        members = Table("members", metadata_obj, Column("id", Integer, primary_key=True))
    """,
}

OLD_STYLE = {
    "app.py": """
        from sqlalchemy import Column, Integer
        from sqlalchemy.orm import declarative_base

        Base = declarative_base()


        class Note(Base):
            __tablename__ = "notes"
            id = Column(Integer, primary_key=True)
    """,
}

IMPERATIVE = {
    "shop/domain.py": """
        class User:
            pass
    """,
    "shop/orm.py": """
        from sqlalchemy import Column, Integer, Table
        from sqlalchemy.orm import registry

        from shop import domain

        mapper_registry = registry()


        def map_tables():
            metadata = mapper_registry.metadata
            users = Table("users", metadata, Column("id", Integer, primary_key=True))
            mapper_registry.map_imperatively(domain.User, users)
    """,
}

SEVERAL = {
    "one/__init__.py": "",
    "one/models.py": BASE
    + """

    from sqlalchemy.orm import Mapped, mapped_column


    class A(Base):
        __tablename__ = "a"
        id: Mapped[int] = mapped_column(primary_key=True)


    class B(Base):
        __tablename__ = "b"
        id: Mapped[int] = mapped_column(primary_key=True)
    """,
    "two/__init__.py": "",
    "two/models.py": BASE
    + """

    from sqlalchemy.orm import Mapped, mapped_column


    class C(Base):
        __tablename__ = "c"
        id: Mapped[int] = mapped_column(primary_key=True)
    """,
}

SQLMODEL = {
    "app/__init__.py": "",
    "app/models.py": """
        from sqlmodel import Field, SQLModel


        class HeroBase(SQLModel):
            name: str


        class Hero(HeroBase, table=True):
            id: int | None = Field(default=None, primary_key=True)


        class HeroPublic(HeroBase):
            id: int
    """,
}

ADVANCED_ALCHEMY = {
    "app/__init__.py": "",
    "app/models.py": """
        from advanced_alchemy.base import UUIDAuditBase, UUIDBase
        from sqlalchemy.orm import Mapped


        class Author(UUIDAuditBase):
            name: Mapped[str]


        class Book(UUIDBase):
            __tablename__ = "books"
            title: Mapped[str]
    """,
}

PACKAGE_CALLED_SRC = {
    "src/__init__.py": "",
    "src/database.py": BASE,
    "src/auth/models.py": USER.format(base="src.database"),
    "src/main.py": "from src.auth.models import User\n",
}

IMPORTABLE = {
    "flat": FLAT,
    "src": SRC,
    "backend": BACKEND,
    "tables": TABLES,
    "generated": GENERATED,
    "old style": OLD_STYLE,
    "imperative": IMPERATIVE,
    "package called src": PACKAGE_CALLED_SRC,
}


def write(root: Path, files: dict[str, str], *more: dict[str, str]) -> Path:
    """Write a repository into a directory and return it."""
    for path, text in [item for part in (files, *more) for item in part.items()]:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedented(text), encoding="utf-8")
    return root


def dedented(text: str) -> str:
    """Return a file's text as it stands in the repository."""
    return dedent(text).lstrip("\n")
