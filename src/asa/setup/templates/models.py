"""The tables of the application."""

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base_model import BaseModel  # asa: base


class Note(BaseModel):
    """A first table: make it yours."""

    __tablename__ = "notes"
    __shown__ = ("title",)

    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
