"""What the user asks for when a revision is to be written."""

from dataclasses import dataclass

from asa.migrations.rename import NO_ANSWERS, Answers

__all__ = ["Request"]


@dataclass(frozen=True, slots=True)
class Request:
    """A revision as the user wants it.

    Attributes:
        message: What it does, in the user's words.
        answers: What the user said of columns and tables that may have been renamed.
        plain: Whether operations stay as Alembic generates them.
    """

    message: str
    answers: Answers = NO_ANSWERS
    plain: bool = False
