"""What a file on the stack is: the user's, a library's, SQLAlchemy's, the event loop's."""

# File names come as text, once a frame; a Path for each would cost more than the walk.
# ruff: noqa: PTH100, PTH118, PTH119, PTH120

import os
from types import FrameType

from .installed import ENGINE_PACKAGES, folders, is_engine, package_of

__all__ = ["ENGINE", "LIBRARY", "LOOP", "UNNAMED", "USER", "SourceFiles"]

USER, LIBRARY, ENGINE, LOOP, UNNAMED = range(5)
"""What a file is: the user's; a library's or Python's; SQLAlchemy's, a driver's or asa's, which
is never an answer; the event loop's, where the walk ends; none at all (`<string>`)."""

LOOP_FILES = ("events.py", "base_events.py", "runners.py")


class SourceFiles:
    """Classifies each file once.

    Args:
        root: Directory that files are named relative to.

    Attributes:
        kinds: What each file is, by its name.
        engine: The names of the files that are never an answer.
    """

    def __init__(self, root: str) -> None:
        self.start = os.path.abspath(os.curdir)
        self.root = root or self.start
        self.kinds: dict[str, int] = {}
        self.engine: set[str] = set()
        self.python = folders("stdlib", "platstdlib")
        self.asyncio = tuple(os.path.join(folder, "asyncio") + os.sep for folder in self.python)
        self.installed = folders("purelib", "platlib")
        # .../asa/capture/source_file.py: what lies beside `capture` and `model` is asa.
        self.own = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep

    def kind(self, frame: FrameType) -> int:
        """Return what a frame's file is."""
        name = frame.f_code.co_filename
        kind = self.kinds.get(name)
        if kind is None:
            kind = self.kinds[name] = self.classify(name)
            if kind == ENGINE:
                self.engine.add(name)
        if kind == UNNAMED:
            # `python -c`, the prompt and a notebook are the user's; code that a library
            # makes with exec is not.
            return USER if frame.f_globals.get("__name__") == "__main__" else LIBRARY
        return kind

    def is_python(self, frame: FrameType) -> bool:
        """Tell whether a library's frame belongs to the standard library or has no file."""
        name = frame.f_code.co_filename
        return name.startswith("<") or (
            name.startswith(self.python) and package_of(name, self.installed) is None
        )

    def classify(self, name: str) -> int:
        """Return what a file is by its name."""
        if name.startswith("<"):
            return LIBRARY if name.startswith("<frozen") else UNNAMED
        path = os.path.abspath(os.path.join(self.start, name))
        package = package_of(path, self.installed)
        if package is not None:
            return self.classify_installed(package)
        if path.startswith(self.own) or is_engine(path):
            return ENGINE
        if path.startswith(self.asyncio) and os.path.basename(path) in LOOP_FILES:
            return LOOP
        return LIBRARY if path.startswith(self.python) else USER

    def classify_installed(self, package: str) -> int:
        """Return what a package among the installed ones is.

        A project that is installed into its own environment (by tox, in an image) is the
        user's where its source lies in the directory of the run.
        """
        if package in ENGINE_PACKAGES:
            return ENGINE
        beside = (os.path.join(self.root, package), os.path.join(self.root, "src", package))
        return USER if any(map(os.path.isdir, beside)) else LIBRARY

    def shown(self, name: str) -> str:
        """Return a file's name relative to the root where it is below it."""
        if name.startswith("<"):
            return name
        path = os.path.abspath(os.path.join(self.start, name))
        return path.removeprefix(self.root.rstrip(os.sep) + os.sep)
