"""The forms in which a check is written."""

from enum import Enum

__all__ = ["Form"]


class Form(str, Enum):
    """How the answer is written."""

    TERMINAL = "terminal"
    JSON = "json"
    GITHUB = "github"
    MARKDOWN = "markdown"
