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
from types import FrameType
from typing import Any, NamedTuple

from ..model.record import CallSite  # noqa: TID252  (loaded by path, under a private name)
from .gathering import waiting_frames
from .installed import ENGINE_PACKAGES, folders, is_engine, package_of
from .label import current_task
from .loops import in_loop

__all__ = ["CallSites", "Chain"]

USER, LIBRARY, ENGINE, LOOP, UNNAMED = range(5)
"""What a file is: the user's; a library's or Python's; SQLAlchemy's, a driver's or asa's, which
is never an answer; the event loop's, where the walk ends; none at all (`<string>`)."""

LOOP_FILES = ("events.py", "base_events.py", "runners.py")

MOST_CALLERS = 5
MOST_STRANGERS = 12
"""Frames of libraries in a row behind which no caller is looked for: a server's, pytest's."""


class Chain(NamedTuple):
    """A line that sends a statement, and those that led to it.

    There is one object for all equal chains, so that its identity tells them apart.

    Attributes:
        site: The user's line; None where no frame is the user's.
        callers: The user's lines that called it, from the inner, as far as one that stands in
            a loop; none where it stands in one itself.
    """

    site: CallSite | None
    callers: tuple[CallSite, ...] = ()


NOWHERE = Chain(None)


class CallSites:
    """Finds call sites; each file is classified once and each line read once.

    Args:
        root: Directory that files are named relative to.
    """

    def __init__(self, root: str) -> None:
        self.start = os.path.abspath(os.curdir)
        self.root = root or self.start
        self.kinds: dict[str, int] = {}
        self.sites: dict[tuple[str, int, str, bool], CallSite] = {}
        self.places: dict[tuple[int, int], tuple[object, CallSite]] = {}
        self.chains: dict[tuple[int, ...], Chain] = {}
        self.python = folders("stdlib", "platstdlib")
        self.asyncio = tuple(os.path.join(folder, "asyncio") + os.sep for folder in self.python)
        self.installed = folders("purelib", "platlib")
        # .../asa/capture/call_site.py: what lies beside `capture` and `model` is asa.
        self.own = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep

    def find(self, frame: FrameType | None) -> CallSite | None:
        """Return the nearest line of the user's program, from a frame outwards.

        Where no frame is the user's (the program itself is installed as a library, or a
        framework loads what it makes a response of), the nearest that is neither SQLAlchemy's
        nor Python's.
        """
        nearest, _ = self.nearest(frame)
        return None if nearest is None else self.site(nearest)

    def nearest(self, frame: FrameType | None) -> tuple[FrameType | None, Any]:
        """Return the frame of that line, and the greenlet that it belongs to."""
        nearest: FrameType | None = None
        greenlet: Any = None
        strangers = 0
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
                    return frame, greenlet
                if kind == LOOP:
                    return nearest, greenlet
                strangers += kind == LIBRARY
                if nearest is not None and strangers > MOST_STRANGERS:
                    return nearest, greenlet
                if kind == LIBRARY and nearest is None and not self.is_python(frame):
                    nearest = frame
                frame = frame.f_back
            greenlet = outer_greenlet(greenlet)
            if greenlet is None:
                return nearest, None
            frame = greenlet.gr_frame

    def chain(self, frame: FrameType | None) -> Chain:
        """Return the nearest line of the user's program with those that led to it."""
        nearest, greenlet = self.nearest(frame)
        if nearest is None:
            return NOWHERE
        site = self.site(nearest)
        if site.loops:
            return self.chained(site, ())
        return self.chained(site, self.callers(nearest, site, greenlet))

    def chained(self, site: CallSite, callers: tuple[CallSite, ...]) -> Chain:
        """Return the one chain of these lines, which are one object each."""
        key = (id(site), *map(id, callers))
        known = self.chains.get(key)
        if known is None:
            known = self.chains[key] = Chain(site, callers)
        return known

    def callers(
        self, nearest: FrameType, innermost: CallSite, greenlet: Any
    ) -> tuple[CallSite, ...]:
        """Return the lines outwards from a frame, each once: a function may call itself."""
        found: list[CallSite] = []
        frame, strangers = nearest.f_back, 0
        while True:
            while frame is not None:
                kind = self.kind(frame)
                if kind == LOOP:
                    return (*found, *self.gathered())
                if strangers > MOST_STRANGERS:
                    return tuple(found)
                strangers += kind == LIBRARY
                if kind == USER:
                    strangers = 0
                    site = self.site(frame)
                    if site is not innermost and site not in found:
                        found.append(site)
                    if site.loops or len(found) == MOST_CALLERS:
                        return tuple(found)
                frame = frame.f_back
            greenlet = outer_greenlet(greenlet)
            if greenlet is None:
                return tuple(found)
            frame = greenlet.gr_frame

    def gathered(self) -> tuple[CallSite, ...]:
        """Return the line that started the current task together with others, if one did."""
        frames = waiting_frames(current_task())
        frame = next((one for one in frames if self.kind(one) == USER), None)
        if frame is None:
            return ()
        return (self.line(frame, frame.f_lineno or 0, loops=True),)

    def is_apart(self, frame: FrameType | None) -> bool:
        """Tell whether the current task runs a server's work: so many frames are a library's."""
        strangers = 0
        greenlet: Any = None
        while True:
            while frame is not None:
                kind = self.kind(frame)
                if kind == LOOP or strangers > MOST_STRANGERS:
                    return strangers > MOST_STRANGERS
                strangers += kind == LIBRARY
                frame = frame.f_back
            greenlet = outer_greenlet(greenlet)
            if greenlet is None:
                return False
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
            line = self.line(frame, frame.f_lineno or 0, loops=in_loop(code, frame.f_lasti))
            known = self.places[place] = (code, line)
        return known[1]

    def line(self, frame: FrameType, number: int, *, loops: bool = False) -> CallSite:
        """Return a line of a frame's function."""
        code = frame.f_code
        key = (code.co_filename, number, code.co_name, loops)
        site = self.sites.get(key)
        if site is None:
            text = linecache.getline(key[0], number, frame.f_globals).strip()
            site = self.sites[key] = CallSite(self.shown(key[0]), number, key[2], text, loops)
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


def outer_greenlet(greenlet: Any) -> Any:
    """Return the parent of a greenlet, of the current one for None; None where there is none."""
    if greenlet is not None:
        return greenlet.parent
    module = sys.modules.get("greenlet")
    return None if module is None else module.getcurrent().parent
