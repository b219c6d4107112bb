"""The worked examples, each a program in one file, and the shop of the demo."""

import ast
from dataclasses import dataclass
from pathlib import Path

__all__ = ["EXAMPLES", "Example"]


@dataclass(frozen=True, slots=True)
class Example:
    """One worked example: a program in one file."""

    name: str

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.name}.py"

    @property
    def source(self) -> str:
        """Its text."""
        return Path(__file__).with_name(self.file).read_text(encoding="utf-8")

    @property
    def summary(self) -> str:
        """What it shows, in one line."""
        page = ast.get_docstring(ast.parse(self.source)) or ""
        return page.splitlines()[0].rstrip(".")


EXAMPLES = tuple(map(Example, ("user_model", "session_patterns", "query_patterns")))
