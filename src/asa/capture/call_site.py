"""The line of the user's program that a query comes from.

An async query runs in a greenlet of SQLAlchemy's, whose stack ends inside SQLAlchemy; the
coroutine that awaits it stands on the stack of the greenlet's parent. So the live frames
are walked first (`run_sync` puts the user's function there), then the parents' frames, down
to the event loop: below it stands `asyncio.run(main())`, which tells nothing.
"""

# File names come as text, once a frame; a Path for each would cost more than the walk.
# ruff: noqa: PTH100, PTH118, PTH119, PTH120

import linecache
import os
import sys
import sysconfig
from types import CodeType, FrameType
from typing import Any

from ..model.record import CallSite  # noqa: TID252  (loaded by path, under a private name)

__all__ = ["CallSites"]

USER, LIBRARY, ENGINE, LOOP, UNNAMED = range(5)
"""What a file is: the user's; a library's or Python's; SQLAlchemy's, a driver's or asa's, which
is never an answer; the event loop's, where the walk ends; none at all (`<string>`)."""

ENGINE_PACKAGES = frozenset(
    (
        *("aiomysql", "aiosqlite", "alembic", "asyncmy", "asyncpg", "greenlet"),
        *("psycopg", "psycopg2", "pymysql", "sqlalchemy", "sqlmodel"),
    )
)
LOOP_FILES = ("events.py", "base_events.py", "runners.py")


class CallSites:
    """Finds call sites; each file is classified once and each line read once.

    Args:
        root: Directory that files are named relative to.
    """

    def __init__(self, root: str) -> None:
        self.start = os.path.abspath(os.curdir)
        self.root = root or self.start
        self.kinds: dict[str, int] = {}
        self.sites: dict[tuple[str, int, str], CallSite] = {}
        self.places: dict[tuple[int, int], tuple[CodeType, CallSite]] = {}
        self.python = folders("stdlib", "platstdlib")
        self.asyncio = tuple(os.path.join(folder, "asyncio") + os.sep for folder in self.python)
        self.installed = folders("purelib", "platlib")
        # .../asa/capture/call_site.py: what lies beside `capture` and `model` is asa.
        self.own = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep

    def find(self, frame: FrameType | None) -> CallSite | None:
        """Return the nearest line of the user's program, from a frame outwards.

        Where no frame is the user's (the program itself is installed as a library), the
        nearest that is neither SQLAlchemy's nor Python's.
        """
        nearest: FrameType | None = None
        greenlet: Any = None
        kinds = self.kinds
        while True:
            while frame is not None:
                kind = kinds.get(frame.f_code.co_filename, UNNAMED)
                if kind == ENGINE:
                    frame = frame.f_back
                    continue
                if kind == UNNAMED:
                    kind = self.kind(frame)
                if kind == USER:
                    return self.site(frame)
                if kind == LOOP:
                    return None if nearest is None else self.site(nearest)
                if kind == LIBRARY and nearest is None and not self.is_python(frame):
                    nearest = frame
                frame = frame.f_back
            greenlet = outer_greenlet(greenlet)
            if greenlet is None:
                return None if nearest is None else self.site(nearest)
            frame = greenlet.gr_frame

    def kind(self, frame: FrameType) -> int:
        """Return what a frame's file is."""
        name = frame.f_code.co_filename
        kind = self.kinds.get(name)
        if kind is None:
            kind = self.kinds[name] = self.classify(name)
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

    def site(self, frame: FrameType) -> CallSite:
        """Return a frame's current line; one object for each line.

        The line's number is counted from a table that is as long as the function, so it is
        asked for once for each instruction. An entry keeps its code alive, whose identity it
        is known by.
        """
        code = frame.f_code
        place = (id(code), frame.f_lasti)
        known = self.places.get(place)
        if known is None:
            known = self.places[place] = (code, self.line(frame, frame.f_lineno or 0))
        return known[1]

    def line(self, frame: FrameType, number: int) -> CallSite:
        """Return a line of a frame's function."""
        code = frame.f_code
        key = (code.co_filename, number, code.co_name)
        site = self.sites.get(key)
        if site is None:
            text = linecache.getline(key[0], number, frame.f_globals).strip()
            site = self.sites[key] = CallSite(self.shown(key[0]), number, key[2], text)
        return site

    def of_user(self, frame: FrameType, number: int) -> CallSite | None:
        """Return a line of a frame's function where that is the user's; else None."""
        return self.line(frame, number) if self.kind(frame) == USER else None

    def shown(self, name: str) -> str:
        """Return a file's name relative to the root where it is below it."""
        if name.startswith("<"):
            return name
        path = os.path.abspath(os.path.join(self.start, name))
        return path.removeprefix(self.root.rstrip(os.sep) + os.sep)


def folders(*names: str) -> tuple[str, ...]:
    """Return folders of this Python installation, each with its separator at the end."""
    paths = {sysconfig.get_path(name) for name in names}
    known = {os.path.abspath(path) for path in paths if path}
    return tuple(path + os.sep for path in known | set(map(os.path.realpath, known)))


def package_of(path: str, installed: tuple[str, ...]) -> str | None:
    """Return the top package of a file that lies among installed packages, else None."""
    for marker in ("site-packages", "dist-packages"):
        _, found, inside = path.rpartition(f"{os.sep}{marker}{os.sep}")
        if found:
            return inside.partition(os.sep)[0].removesuffix(".py")
    for folder in installed:
        if path.startswith(folder):
            return path[len(folder) :].partition(os.sep)[0].removesuffix(".py")
    return None


def is_engine(path: str) -> bool:
    """Tell whether a file is SQLAlchemy's or a driver's, imported from a checkout of it."""
    for package in ENGINE_PACKAGES:
        file = getattr(sys.modules.get(package), "__file__", None)
        if file and path.startswith(os.path.dirname(os.path.abspath(file)) + os.sep):
            return True
    return False


def outer_greenlet(greenlet: Any) -> Any:
    """Return the parent of a greenlet, of the current one for None; None where there is none."""
    if greenlet is not None:
        return greenlet.parent
    module = sys.modules.get("greenlet")
    return None if module is None else module.getcurrent().parent
