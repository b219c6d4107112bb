"""Repositories as people lay them out: each whole, importable, and unlike the others.

`LAYOUTS` end right without a question. The values are small applications that share no
structure: where the base is, how the model modules are found, where the URL comes from.
"""

from dataclasses import dataclass

from tests.project.repositories import BASE

__all__ = ["LAYOUTS", "SEVERAL_BASES", "Layout"]

KEYED = "id: Mapped[int] = mapped_column(primary_key=True)"
ORM = "from sqlalchemy.orm import Mapped, mapped_column"


@dataclass(frozen=True, slots=True)
class Layout:
    """A repository.

    Attributes:
        files: Path to text.
        tables: Names of all the tables that its models define.
        url: The reference that init must arrive at.
        variable: The environment variable that moves its database; None where the test
            gives the URL to init.
        needs: Packages that it imports.
        settings: Environment variables that its settings cannot do without.
        base: `module:attribute` of the base.
    """

    files: dict[str, str]
    tables: frozenset[str]
    base: str
    url: str
    variable: str
    needs: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()


def model(name: str, table: str, base: str, more: str = "") -> str:
    """Return the source of a module with one mapped class."""
    module, _, imported = base.rpartition(".")
    return (
        f"from sqlalchemy import ForeignKey\n{ORM}\n\nfrom {module} import {imported}\n\n\n"
        f'class {name}({imported}):\n    __tablename__ = "{table}"\n\n    {KEYED}\n{more}'
    )


SRC_MANY_MODULES = Layout(
    {
        "pyproject.toml": '[project]\nname = "acme-shop"\nversion = "1"\n',
        "src/acme_shop/__init__.py": "",
        "src/acme_shop/settings.py": """
            from functools import lru_cache

            from pydantic_settings import BaseSettings, SettingsConfigDict


            class Settings(BaseSettings):
                model_config = SettingsConfigDict(env_prefix="ACME_", env_file=".env")

                database_url: str
                page_size: int = 20


            @lru_cache
            def get_settings() -> Settings:
                return Settings()
        """,
        "src/acme_shop/database/__init__.py": """
            from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

            from acme_shop.settings import get_settings


            def make_sessions():
                return async_sessionmaker(create_async_engine(get_settings().database_url))
        """,
        "src/acme_shop/database/base.py": """
            from datetime import datetime

            from sqlalchemy import DateTime, MetaData, func
            from sqlalchemy.ext.asyncio import AsyncAttrs
            from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column


            class Base(AsyncAttrs, DeclarativeBase):
                metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})

                @declared_attr.directive
                def __tablename__(cls) -> str:
                    return cls.__name__.lower() + "s"


            class Timestamped:
                created: Mapped[datetime] = mapped_column(
                    DateTime(timezone=True), server_default=func.now()
                )


            class Entity(Timestamped, Base):
                __abstract__ = True

                id: Mapped[int] = mapped_column(primary_key=True)
        """,
        "src/acme_shop/models/__init__.py": "from .customer import Customer\n",
        **{
            f"src/acme_shop/models/{file}.py": (
                f"from acme_shop.database.base import Entity\n\n\nclass {name}(Entity):\n    pass\n"
            )
            for file, name in (
                ("customer", "Customer"),
                ("product", "Product"),
                ("voucher", "Voucher"),
                ("lab_test", "LabTest"),
                ("test_result", "TestResult"),
            )
        },
    },
    frozenset({"customers", "products", "vouchers", "labtests", "testresults"}),
    "acme_shop.database.base:Base",
    "acme_shop.settings:get_settings().database_url",
    "ACME_DATABASE_URL",
    needs=("pydantic_settings",),
)

FLAT_FILES = Layout(
    {
        ".env.example": "DATABASE_URL=postgresql://localhost/shop\n",
        "config.py": 'import os\n\nDATABASE_URL = os.environ.get("DATABASE_URL")\n',
        "db.py": """
            import config
            from sqlalchemy.ext.asyncio import create_async_engine
            from sqlalchemy.orm import declarative_base

            engine = create_async_engine(config.DATABASE_URL)
            Base = declarative_base()
        """,
        "models.py": """
            from db import Base
            from sqlalchemy import Column, ForeignKey, Integer, String, Table

            membership = Table(
                "membership",
                Base.metadata,
                Column("user_id", ForeignKey("users.id"), primary_key=True),
                Column("group_id", ForeignKey("groups.id"), primary_key=True),
            )


            class User(Base):
                __tablename__ = "users"
                id = Column(Integer, primary_key=True)
                email = Column(String(200), unique=True, nullable=False)


            class Group(Base):
                __tablename__ = "groups"
                id = Column(Integer, primary_key=True)
        """,
        "main.py": "from models import User\n",
    },
    frozenset({"users", "groups", "membership"}),
    "db:Base",
    "env:DATABASE_URL",
    "DATABASE_URL",
)

MONOREPO = Layout(
    {
        "README.md": "# Two halves\n",
        "frontend/package.json": "{}\n",
        "backend/pyproject.toml": '[project]\nname = "backend"\nversion = "0"\n',
        "backend/app/__init__.py": "",
        "backend/app/core/__init__.py": "",
        "backend/app/core/config.py": """
            from pydantic import computed_field
            from pydantic_settings import BaseSettings


            class Settings(BaseSettings):
                DB_SCHEME: str = "sqlite+aiosqlite"
                DB_PATH: str
                PROJECT_NAME: str

                @computed_field
                @property
                def SQLALCHEMY_DATABASE_URI(self) -> str:
                    return f"{self.DB_SCHEME}://{self.DB_PATH}"


            settings = Settings()
        """,
        "backend/app/core/db.py": """
            from sqlalchemy.ext.asyncio import create_async_engine

            from app.core.config import settings

            engine = create_async_engine(str(settings.SQLALCHEMY_DATABASE_URI))
        """,
        "backend/app/models.py": """
            import uuid

            from sqlmodel import Field, Relationship, SQLModel


            class UserBase(SQLModel):
                email: str = Field(unique=True, index=True, max_length=255)


            class UserCreate(UserBase):
                password: str


            class User(UserBase, table=True):
                id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
                items: list["Item"] = Relationship(back_populates="owner")


            class Item(SQLModel, table=True):
                id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
                title: str = Field(max_length=255)
                owner_id: uuid.UUID = Field(foreign_key="user.id", ondelete="CASCADE")
                owner: User | None = Relationship(back_populates="items")
        """,
        "backend/app/main.py": "from app.models import User\n",
    },
    frozenset({"user", "item"}),
    "sqlmodel:SQLModel",
    "app.core.config:settings.SQLALCHEMY_DATABASE_URI",
    "DB_PATH",
    needs=("sqlmodel", "pydantic_settings"),
    settings=(("PROJECT_NAME", "x"),),
)

NAME_UNLIKE_FOLDER = Layout(
    {
        "services/billing-api/pyproject.toml": '[project]\nname = "billing-api"\nversion = "0"\n',
        "services/billing-api/lib/ledger/__init__.py": "",
        "services/billing-api/lib/ledger/db.py": """
            import os

            from sqlalchemy.ext.asyncio import create_async_engine
            from sqlalchemy.orm import registry

            mapper_registry = registry()
            Model = mapper_registry.generate_base()


            def engine():
                return create_async_engine(os.environ["LEDGER_DB_URL"])
        """,
        "services/billing-api/lib/ledger/entries.py": model("Entry", "entries", "ledger.db.Model"),
        "services/billing-api/lib/ledger/__main__.py": (
            "from ledger.db import engine\nfrom ledger.entries import Entry\n"
        ),
    },
    frozenset({"entries"}),
    "ledger.db:Model",
    "env:LEDGER_DB_URL",
    "LEDGER_DB_URL",
)

NAMESPACE_PACKAGES = Layout(
    {
        "pyproject.toml": '[project]\nname = "acme.billing"\nversion = "0"\n',
        "src/acme/core/orm.py": BASE,
        "src/acme/billing/invoice.py": model(
            "Invoice",
            "invoices",
            "acme.core.orm.Base",
            '    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"))\n',
        ),
        "src/acme/plans/plan.py": model("Plan", "plans", "acme.core.orm.Base"),
        "src/acme/billing/engine.py": """
            from os import environ

            from sqlalchemy.ext.asyncio import create_async_engine

            engine = create_async_engine(url=environ["BILLING_DSN"])
        """,
    },
    frozenset({"invoices", "plans"}),
    "acme.core.orm:Base",
    "env:BILLING_DSN",
    "BILLING_DSN",
)

LOAD_ALL_MODELS = Layout(
    {
        "pyproject.toml": '[project]\nname = "service"\nversion = "0"\n',
        "service/__init__.py": "",
        "service/settings.py": """
            from pydantic_settings import BaseSettings, SettingsConfigDict


            class Database(BaseSettings):
                model_config = SettingsConfigDict(env_prefix="SERVICE_DB_")

                url: str


            class Settings(BaseSettings):
                model_config = SettingsConfigDict(env_prefix="SERVICE_")

                workers: int = 1

                @property
                def db_url(self) -> str:
                    return Database().url


            settings = Settings()
        """,
        "service/db/__init__.py": "",
        "service/db/meta.py": "import sqlalchemy as sa\n\nmeta = sa.MetaData()\n",
        "service/db/base.py": """
            from sqlalchemy.orm import DeclarativeBase

            from service.db.meta import meta


            class Base(DeclarativeBase):
                metadata = meta
        """,
        "service/db/models/__init__.py": """
            import pkgutil
            from pathlib import Path


            def load_all_models() -> None:
                folder = Path(__file__).resolve().parent
                for found in pkgutil.walk_packages([str(folder)], "service.db.models."):
                    __import__(found.name)
        """,
        "service/db/models/dummy.py": model("Dummy", "dummies", "service.db.base.Base"),
        "service/db/models/inner/__init__.py": "",
        "service/db/models/inner/deep.py": model("Deep", "deep", "service.db.base.Base"),
        "service/web/lifetime.py": """
            from sqlalchemy.ext.asyncio import create_async_engine

            from service.settings import settings


            def set_up(app):
                app.state.engine = create_async_engine(str(settings.db_url))
        """,
    },
    frozenset({"dummies", "deep"}),
    "service.db.base:Base",
    "service.settings:settings.db_url",
    "SERVICE_DB_URL",
    needs=("pydantic_settings",),
)

IMPERATIVE = Layout(
    {
        "allocation/__init__.py": "",
        "allocation/config.py": (
            'import os\n\n\ndef get_database_uri():\n    return os.environ["ALLOCATION_DB_URI"]\n'
        ),
        "allocation/domain/__init__.py": "",
        "allocation/domain/model.py": """
            class Line:
                def __init__(self, sku: str, quantity: int):
                    self.sku = sku
                    self.quantity = quantity


            class Batch:
                def __init__(self, reference: str):
                    self.reference = reference
        """,
        "allocation/adapters/__init__.py": "",
        "allocation/adapters/orm.py": """
            from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table
            from sqlalchemy.orm import registry, relationship

            from allocation.domain import model

            metadata = MetaData()
            mapper = registry(metadata=metadata)
            lines = Table(
                "lines",
                metadata,
                Column("id", Integer, primary_key=True),
                Column("sku", String(255)),
                Column("quantity", Integer, nullable=False),
            )
            batches = Table(
                "batches",
                metadata,
                Column("id", Integer, primary_key=True),
                Column("reference", String(255)),
            )
            allocations = Table(
                "allocations",
                metadata,
                Column("id", Integer, primary_key=True),
                Column("line_id", ForeignKey("lines.id")),
                Column("batch_id", ForeignKey("batches.id")),
            )


            def map_tables():
                line = mapper.map_imperatively(model.Line, lines)
                mapper.map_imperatively(
                    model.Batch,
                    batches,
                    properties={"lines": relationship(line, secondary=allocations)},
                )
        """,
        "allocation/service/unit_of_work.py": """
            from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

            from allocation import config


            def sessions():
                return async_sessionmaker(create_async_engine(config.get_database_uri()))
        """,
    },
    frozenset({"lines", "batches", "allocations"}),
    "allocation.adapters.orm:mapper",
    "allocation.config:get_database_uri()",
    "ALLOCATION_DB_URI",
)

PLAIN_TABLES = Layout(
    {
        "requirements.txt": "sqlalchemy\n",
        "app/db.py": """
            import os

            import sqlalchemy as sa

            DATABASE_URL = os.getenv("NOTES_DB_URL")
            metadata = sa.MetaData()

            notes = sa.Table(
                "notes",
                metadata,
                sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("title", sa.String(50)),
                sa.Column("created", sa.DateTime, server_default=sa.func.now(), nullable=False),
            )
        """,
        "app/more/tags.py": """
            import sqlalchemy as sa
            from app.db import metadata

            tags = sa.Table(
                "tags", metadata, sa.Column("note_id", sa.ForeignKey("notes.id"), primary_key=True)
            )
        """,
        "app/main.py": "from app.db import notes\n",
    },
    frozenset({"notes", "tags"}),
    "app.db:metadata",
    "env:NOTES_DB_URL",
    "NOTES_DB_URL",
)

LIBRARY_BASE = Layout(
    {
        "pyproject.toml": '[project]\nname = "library"\nversion = "0"\n',
        "src/library/__init__.py": "",
        "src/library/config.py": """
            import os
            from dataclasses import dataclass, field


            @dataclass
            class DatabaseSettings:
                URL: str = field(default_factory=lambda: os.environ["LIBRARY_DATABASE_URL"])


            @dataclass
            class Settings:
                db: DatabaseSettings = field(default_factory=DatabaseSettings)


            def get_settings() -> Settings:
                return Settings()
        """,
        "src/library/db/__init__.py": "",
        "src/library/db/engine.py": """
            from sqlalchemy.ext.asyncio import create_async_engine

            from library.config import get_settings

            settings = get_settings()
            engine = create_async_engine(settings.db.URL)
        """,
        "src/library/db/models/__init__.py": "from library.db.models.author import Author\n",
        "src/library/db/models/author.py": """
            from advanced_alchemy.base import UUIDAuditBase
            from sqlalchemy import String
            from sqlalchemy.orm import Mapped, mapped_column


            class Author(UUIDAuditBase):
                name: Mapped[str] = mapped_column(String(100))
        """,
        "src/library/db/models/book.py": """
            from uuid import UUID

            from advanced_alchemy.base import UUIDBase
            from advanced_alchemy.mixins import SlugKey
            from sqlalchemy import ForeignKey
            from sqlalchemy.orm import Mapped, mapped_column


            class Book(UUIDBase, SlugKey):
                __tablename__ = "books"

                author_id: Mapped[UUID] = mapped_column(ForeignKey("author.id"))
        """,
    },
    frozenset({"author", "books"}),
    "advanced_alchemy.base:UUIDAuditBase",
    "library.db.engine:settings.db.URL",
    "LIBRARY_DATABASE_URL",
    needs=("advanced_alchemy",),
)

NESTED_SETTINGS = Layout(
    {
        "pyproject.toml": '[project]\nname = "cafe"\nversion = "0"\n',
        "cafe/__init__.py": "",
        "cafe/config.py": """
            from pydantic import BaseModel
            from pydantic_settings import BaseSettings, SettingsConfigDict


            class DatabaseConfig(BaseModel):
                url: str
                echo: bool = False
                naming_convention: dict[str, str] = {"pk": "pk_%(table_name)s"}


            class Settings(BaseSettings):
                model_config = SettingsConfigDict(
                    env_prefix="CAFE__", env_nested_delimiter="__", case_sensitive=False
                )

                db: DatabaseConfig


            settings = Settings()
        """,
        "cafe/models/__init__.py": '__all__ = ("Base", "Drink")\n'
        "from .base import Base\nfrom .drink import Drink\n",
        "cafe/models/base.py": """
            from sqlalchemy import MetaData
            from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

            from cafe.config import settings


            class Base(DeclarativeBase):
                __abstract__ = True

                metadata = MetaData(naming_convention=settings.db.naming_convention)
                id: Mapped[int] = mapped_column(primary_key=True)
        """,
        "cafe/models/drink.py": """
            from typing import TYPE_CHECKING

            from sqlalchemy import Numeric
            from sqlalchemy.orm import Mapped, mapped_column, relationship

            from .base import Base

            if TYPE_CHECKING:
                from .order import Order


            class Drink(Base):
                __tablename__ = "drinks"

                price: Mapped[float] = mapped_column(Numeric(8, 2))
                orders: Mapped[list["Order"]] = relationship(back_populates="drink")
        """,
        "cafe/models/order.py": """
            from sqlalchemy import ForeignKey
            from sqlalchemy.orm import Mapped, mapped_column, relationship

            from .base import Base
            from .drink import Drink


            class Order(Base):
                __tablename__ = "orders"

                drink_id: Mapped[int] = mapped_column(ForeignKey("drinks.id"))
                drink: Mapped[Drink] = relationship(back_populates="orders")
        """,
        "cafe/db_helper.py": """
            from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

            from cafe.config import settings


            class DatabaseHelper:
                def __init__(self, url: str, echo: bool = False) -> None:
                    self.engine = create_async_engine(url=url, echo=echo)
                    self.sessions = async_sessionmaker(self.engine)


            helper = DatabaseHelper(url=str(settings.db.url), echo=settings.db.echo)
        """,
    },
    frozenset({"drinks", "orders"}),
    "cafe.models.base:Base",
    "cafe.config:settings.db.url",
    "CAFE__DB__URL",
    needs=("pydantic_settings",),
)

# An env.py as the async template of Alembic leaves it, with things of the project's own.
OWN_ENV = """
    import asyncio

    from alembic import context
    from sqlalchemy import pool
    from sqlalchemy.ext.asyncio import create_async_engine

    from deep.config import database_url
    from deep.storage.tables import Base
    from deep.storage import events, people  # noqa: F401

    target_metadata = Base.metadata


    def include_object(item, name, type_, reflected, compare_to):
        return not (type_ == "table" and name.startswith("legacy_"))


    def render_item(type_, item, autogen_context):
        if type_ == "type" and type(item).__name__ == "Shout":
            autogen_context.imports.add("from deep.storage.types import Shout")
            return "Shout()"
        return False


    def number(context, revision, directives):
        script = directives[0]
        script.rev_id = "0001" if script.rev_id != "0001" else "0002"


    def run(connection):
        context.configure(
            connection=connection,
            target_metadata=target_metadata,
            version_table="deep_versions",
            include_object=include_object,
            render_item=render_item,
            process_revision_directives=number,
            render_as_batch=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


    async def main():
        engine = create_async_engine(database_url(), poolclass=pool.NullPool)
        async with engine.connect() as connection:
            await connection.run_sync(run)
        await engine.dispose()


    if context.is_offline_mode():
        context.configure(url=database_url(), target_metadata=target_metadata)
        with context.begin_transaction():
            context.run_migrations()
    else:
        asyncio.run(main())
"""

DEEP_ALEMBIC = Layout(
    {
        "pyproject.toml": '[project]\nname = "deep"\nversion = "0"\n',
        "src/deep/__init__.py": "",
        "src/deep/config.py": (
            'import os\n\n\ndef database_url():\n    return os.environ["DEEP_DATABASE_URL"]\n'
        ),
        "src/deep/storage/__init__.py": "",
        "src/deep/storage/tables.py": BASE,
        "src/deep/storage/types.py": """
            from sqlalchemy import String, TypeDecorator


            class Shout(TypeDecorator):
                impl = String(60)
                cache_ok = True
        """,
        "src/deep/storage/people.py": """
            from sqlalchemy.orm import Mapped, mapped_column

            from deep.storage.tables import Base
            from deep.storage.types import Shout


            class Person(Base):
                __tablename__ = "people"

                id: Mapped[int] = mapped_column(primary_key=True)
                name: Mapped[str] = mapped_column(Shout())
        """,
        "src/deep/storage/events.py": model("Event", "events", "deep.storage.tables.Base"),
        "src/deep/storage/engine.py": """
            from sqlalchemy.ext.asyncio import create_async_engine

            from deep.config import database_url


            def engine():
                return create_async_engine(database_url())
        """,
        "src/deep/storage/alembic.ini": """
            [alembic]
            script_location = %(here)s/migrations
            prepend_sys_path = %(here)s/../..
            version_locations = %(here)s/migrations/versions
        """,
        "src/deep/storage/migrations/env.py": OWN_ENV,
        "src/deep/storage/migrations/script.py.mako": """
            revision = ${repr(up_revision)}
            down_revision = ${repr(down_revision)}
            import sqlalchemy as sa
            from alembic import op
            ${imports if imports else ""}


            def upgrade():
                ${upgrades if upgrades else "pass"}


            def downgrade():
                ${downgrades if downgrades else "pass"}
        """,
        "src/deep/storage/migrations/versions/.gitkeep": "",
    },
    frozenset({"people", "events"}),
    "deep.storage.tables:Base",
    "deep.config:database_url()",
    "DEEP_DATABASE_URL",
)

LAYOUTS = {
    "src, many modules": SRC_MANY_MODULES,
    "flat files": FLAT_FILES,
    "monorepo with SQLModel": MONOREPO,
    "name unlike its folder": NAME_UNLIKE_FOLDER,
    "namespace packages": NAMESPACE_PACKAGES,
    "load_all_models": LOAD_ALL_MODELS,
    "imperative mapping": IMPERATIVE,
    "plain tables": PLAIN_TABLES,
    "library base": LIBRARY_BASE,
    "nested settings": NESTED_SETTINGS,
    "alembic deep in src": DEEP_ALEMBIC,
}

SEVERAL_BASES = {
    "app/__init__.py": "",
    "app/core/base.py": BASE,
    "app/core/tenant.py": model("Tenant", "tenants", "app.core.base.Base"),
    "app/analytics/base.py": BASE.replace("Base(", "AnalyticsBase("),
    "app/analytics/hit.py": model("Hit", "hits", "app.analytics.base.AnalyticsBase"),
    "app/db.py": """
        import os

        from sqlalchemy.ext.asyncio import create_async_engine

        engine = create_async_engine(os.environ["APP_DB_URL"])
    """,
}
