"""Programs to capture: written into a directory and run there by asa's own launcher."""

import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

from asa.capture.run import CaptureResult, run
from asa.model.capture_line import CaptureLine, line_from_json
from asa.model.record import QueryRecord

__all__ = ["MODELS", "Captured", "capture", "write"]

MODELS = """
import asyncio
import os
import sqlalchemy as sa
from sqlalchemy import ForeignKey, select, text
from sqlalchemy.ext.asyncio import AsyncAttrs, AsyncSession, create_async_engine
from sqlalchemy.orm import (
    DeclarativeBase, Mapped, Session, immediateload, joinedload, mapped_column, relationship,
    selectinload, subqueryload,
)


class Base(AsyncAttrs, DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(50))
    bio: Mapped[str] = mapped_column(sa.String(50), deferred=True, default="x")
    posts: Mapped[list["Post"]] = relationship(back_populates="user", order_by="Post.id")


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User] = relationship(back_populates="posts")
    comments: Mapped[list["Comment"]] = relationship(order_by="Comment.id")


class Comment(Base):
    __tablename__ = "comments"
    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))


async def filled(url):
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with AsyncSession(engine) as session:
        session.add_all([User(name=n, posts=[Post(comments=[Comment()])]) for n in ("a", "b")])
        await session.commit()
    return engine
"""


@dataclass(frozen=True)
class Captured:
    """What a captured program left behind."""

    result: CaptureResult
    lines: tuple[CaptureLine, ...]

    @property
    def queries(self) -> list[QueryRecord]:
        """All executions."""
        return [line for line in self.lines if isinstance(line, QueryRecord)]

    def of(self, function: str) -> list[QueryRecord]:
        """The executions that one function of the program sent."""
        return [q for q in self.queries if q.call_site and q.call_site.function == function]


def write(directory: Path, program: str, name: str = "program.py") -> Path:
    """Write a program into a directory."""
    path = directory / name
    path.write_text(textwrap.dedent(program))
    return path


def capture(
    directory: Path,
    program: str,
    *arguments: str,
    python: tuple[str, ...] = (),
    values: bool = True,
) -> Captured:
    """Run a program in the current directory under capture."""
    path = write(directory, program)
    file = directory / "capture.jsonl"
    command = [sys.executable, *python, path.name, *arguments]
    result = run(command, file, values=values, force=True)
    lines = file.read_text().splitlines() if result.file else []
    return Captured(result, tuple(line for text in lines if (line := line_from_json(text))))
