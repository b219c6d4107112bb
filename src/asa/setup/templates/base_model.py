"""What every model has in common.

    class Author(BaseModel):
        __tablename__ = "authors"
        __shown__ = ("name",)

        name: Mapped[str] = mapped_column(String(80))

`BaseModel` has a UUID key, timestamps and soft deletion. A table that wants less takes what
it needs: `class Tag(UuidKey, Base)`. The file is yours: edit it as the project grows.
"""

import os
import sys
import time
import uuid
from datetime import datetime, timezone
from typing import Any, ClassVar

from sqlalchemy import DateTime, MetaData, String, TypeDecorator, Uuid, event, inspect
from sqlalchemy.dialects.mysql import DATETIME
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncAttrs
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
    UserDefinedOption,
    mapped_column,
    with_loader_criteria,
)
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

if sys.version_info >= (3, 14):
    from uuid import uuid7
else:

    def uuid7() -> uuid.UUID:
        """Return a UUID that begins with the time (RFC 9562), so that new rows lie together."""
        time_ms = time.time_ns() // 1_000_000
        value = (time_ms << 80) | int.from_bytes(os.urandom(10), "big")
        value = value & ~(0xF << 76) | 0x7 << 76  # version
        value = value & ~(0x3 << 62) | 0x2 << 62  # variant
        return uuid.UUID(int=value)


class UtcDateTime(TypeDecorator[datetime]):
    """A time with its zone, UTC; also where the database itself stores none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Keep the microseconds on MySQL and MariaDB, which drop them by default."""
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store the time in UTC; one without a zone would be a guess."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone: datetime.now(timezone.utc) has one")
        utc = value.astimezone(timezone.utc)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _: Dialect) -> datetime | None:
        """Return the time with its zone."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=timezone.utc)


class utc_now(FunctionElement[datetime]):  # noqa: N801  (named as SQL functions are)
    """The database's clock in UTC, whatever time zone its server is set to."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(utc_now)
def _(_element: utc_now, _compiler: Any, **_: Any) -> str:
    return "CURRENT_TIMESTAMP"


@compiles(utc_now, "mysql")
@compiles(utc_now, "mariadb")
def _(_element: utc_now, _compiler: Any, **_: Any) -> str:
    return "(utc_timestamp(6))"


@compiles(utc_now, "sqlite")
def _(_element: utc_now, _compiler: Any, **_: Any) -> str:
    return "(strftime('%Y-%m-%d %H:%M:%f000', 'now'))"


# Constraints with names can be changed and dropped by later revisions.
NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(AsyncAttrs, DeclarativeBase):
    """Holds the tables; `await row.awaitable_attrs.name` loads what is not loaded yet."""

    metadata = MetaData(naming_convention=NAMES)  # asa: metadata
    # MySQL and MariaDB want a length; say String(n) or Text where 255 is wrong.
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime(), str: String(255)}
    # What the database sets is read back by the same flush: an attribute left expired would be
    # loaded at its next use, which async code cannot (MissingGreenlet).
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012

    # Columns that repr() shows beside the primary key.
    __shown__: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        """Show the key and `__shown__` as far as they are loaded; never ask the database."""
        state = inspect(self)
        keys = [state.mapper.get_property_by_column(key).key for key in state.mapper.primary_key]
        names = dict.fromkeys((*keys, *self.__shown__))
        shown = ", ".join(f"{name}={state.dict[name]!r}" for name in names if name in state.dict)
        return f"{type(self).__name__}({shown})"


class UuidKey:
    """A primary key that is known before the row is stored and tells nothing of its number."""

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid7, sort_order=-1)


class Timestamps:
    """When the row was made and last changed, by the database's clock."""

    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime(), server_default=utc_now(), sort_order=1
    )
    updated_at: Mapped[datetime] = mapped_column(
        UtcDateTime(), server_default=utc_now(), onupdate=utc_now(), sort_order=1
    )


class SoftDelete:
    """Rows that are marked as deleted, and hidden from every query of the ORM.

    `execution_options(include_deleted=True)` on a statement shows them. What refers to the row
    is not marked along, a unique value in it stays taken, and a session that has loaded it
    already goes on holding it. SQLAlchemy before 2.1 leaves the filter out of `any()`, `has()`
    and `exists()`; `in_(select(...))` has it.
    """

    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), index=True, sort_order=1)

    @property
    def is_deleted(self) -> bool:
        """Whether the row is marked as deleted."""
        return self.deleted_at is not None

    def soft_delete(self) -> None:
        """Mark the row as deleted; the next flush stores it."""
        self.deleted_at = datetime.now(timezone.utc)

    def restore(self) -> None:
        """Take the mark away."""
        self.deleted_at = None


class IncludeDeleted(UserDefinedOption):
    """Goes with the rows of a statement, to what their relationships load."""

    propagate_to_loaders = True


include_deleted = IncludeDeleted()
not_deleted = with_loader_criteria(
    SoftDelete, lambda row: row.deleted_at.is_(None), include_aliases=True
)


@event.listens_for(Session, "do_orm_execute")
def hide_deleted(state: ORMExecuteState) -> None:
    """Add the filter to each SELECT, UPDATE and DELETE, joins and relationships included."""
    # An object that is there already gets its columns, deleted or not.
    if state.is_column_load or not (state.is_select or state.is_update or state.is_delete):
        return
    if include_deleted in state.user_defined_options:
        return
    wanted = state.execution_options.get("include_deleted", False)
    option = include_deleted if wanted else not_deleted
    state.statement = state.statement.options(option)


class BaseModel(UuidKey, Timestamps, SoftDelete, Base):
    """The base of an ordinary table."""

    __abstract__ = True
