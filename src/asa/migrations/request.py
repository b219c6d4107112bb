"""What the user asks for when a revision is to be written."""

from dataclasses import dataclass

from asa.migrations.rename import NO_ANSWERS, Answers

__all__ = ["Certified", "Request"]


@dataclass(frozen=True, slots=True)
class Certified:
    """Indexes that a revision is about, and nothing else.

    Attributes:
        indexes: (table with its schema, name) of those that come or go.
        certificate: Why, for the revision's docstring.
    """

    indexes: frozenset[tuple[str, str]]
    certificate: str


@dataclass(frozen=True, slots=True)
class Request:
    """A revision as the user wants it.

    Attributes:
        message: What it does, in the user's words.
        answers: What the user said of columns and tables that may have been renamed.
        plain: Whether operations stay as Alembic generates them.
        certified: What alone the revision may do; None for all that the models have changed.
    """

    message: str
    answers: Answers = NO_ANSWERS
    plain: bool = False
    certified: Certified | None = None
