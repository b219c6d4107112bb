"""The types of peeling: numbered lines in, numbered lines out."""

from collections.abc import Callable, Iterator

__all__ = ["Peel", "Rows", "Skip"]

Rows = Iterator[tuple[int, str]]
"""Lines without their ends, each with its number in the file."""

Skip = Callable[[int, str], None]
"""Is told of a line that is not wrapped as the others are: its number, and why."""

Peel = Callable[[Rows, Skip], Rows]
