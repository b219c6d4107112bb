"""How the ORM loads something, told by the functions of SQLAlchemy's that a load came through."""

# A frame has the name of its file as text; a Path for each would cost more than the walk.
# ruff: noqa: PTH120

import os
from collections.abc import Iterator
from types import FrameType

__all__ = ["COLUMN", "EAGER", "HEIRS", "LAZY", "Marks", "marked"]

Marks = dict[str, tuple[str, str]]
"""Function of SQLAlchemy's, (end of its file's name, strategy that it stands for)."""

LAZY: Marks = {
    "refresh": ("session.py", "refresh"),
    "invoke": ("loading.py", "immediate"),
}

EAGER: Marks = {
    "_load": ("strategies.py", "subquery"),
    "_load_via_child": ("strategies.py", "selectin"),
    "_load_via_parent": ("strategies.py", "selectin"),
}

COLUMN: Marks = {
    "refresh": ("session.py", "refresh"),
    "_load_expired": ("state.py", "expired"),
    "_load_for_state": ("strategies.py", "deferred"),
}

HEIRS: Marks = {"do_load": ("loading.py", "selectin")}

OWN = os.path.dirname(__file__)

FILES: dict[str, bool] = {}
"""Whether a file is SQLAlchemy's, or watches it, or is none at all, by its name."""


def is_sqlalchemy(name: str) -> bool:
    """Tell whether a frame's file is SQLAlchemy's or has no name of its own."""
    known = FILES.get(name)
    if known is None:
        known = FILES[name] = (
            "sqlalchemy" in name or name[:1] == "<" or os.path.dirname(name) == OWN
        )
    return known


def marked(frame: FrameType | None, marks: Marks) -> Iterator[str]:
    """Yield the strategies of marked functions, from the inner, as far as SQLAlchemy reaches."""
    while frame is not None:
        code = frame.f_code
        name = code.co_name
        if name in marks and code.co_filename.endswith(marks[name][0]):
            yield marks[name][1]
        if not is_sqlalchemy(code.co_filename):
            return
        frame = frame.f_back
