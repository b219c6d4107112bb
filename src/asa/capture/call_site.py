"""The line of the user's program that a query comes from.

An async query runs in a greenlet of SQLAlchemy's, whose stack ends inside SQLAlchemy; the
coroutine that awaits it stands on the stack of the greenlet's parent. So the live frames
are walked first (`run_sync` puts the user's function there), then the parents' frames, down
to the event loop: below it stands `asyncio.run(main())`, which tells nothing.
"""

import linecache
import sys
from types import FrameType
from typing import Any

from ..model.record import CallSite  # noqa: TID252  (loaded by path, under a private name)
from .chain import NOWHERE, Chain
from .gathering import waiting_frames
from .label import current_task
from .loops import in_loop
from .source_file import ENGINE, LIBRARY, LOOP, UNNAMED, USER, SourceFiles
from .strategy import Marks

__all__ = ["CallSites"]

MOST_STRANGERS = 12
"""Frames of libraries in a row behind which no caller is looked for: a server's, pytest's."""


class CallSites:
    """Finds call sites; each file is classified once and each line read once.

    A line's number is counted from a table that is as long as the function, so it is asked
    for once for each instruction. Such a place is known by the identity of its code, which
    `codes` keeps alive.

    Args:
        root: Directory that files are named relative to.
    """

    def __init__(self, root: str) -> None:
        self.files = SourceFiles(root)
        self.kinds = self.files.kinds
        self.engine = self.files.engine
        self.kind = self.files.kind
        self.codes: dict[int, object] = {}
        self.sites: dict[tuple[str, int, str, bool], CallSite] = {}
        self.places: dict[tuple[int, int], CallSite] = {}
        self.beginnings: dict[tuple[int, int], Chain] = {}
        self.chains: dict[tuple[int, ...], Chain] = {}

    def find(self, frame: FrameType | None) -> CallSite | None:
        """Return the nearest line of the user's program, from a frame outwards.

        Where no frame is the user's (the program itself is installed as a library, or a
        framework loads what it makes a response of), the nearest that is neither SQLAlchemy's
        nor Python's.
        """
        nearest, _ = self.nearest(frame)
        return None if nearest is None else self.site(nearest)

    def find_marked(
        self, frame: FrameType | None, marks: Marks
    ) -> tuple[CallSite | None, str | None]:
        """Return the nearest line, and what the outermost marked function before it stands for.

        A refresh loads immediately, and is the one that counts.
        """
        strategy = None
        engine = self.engine
        while frame is not None:
            code = frame.f_code
            if code.co_filename not in engine and not self.is_inner(frame):
                break
            if code.co_name in marks and code.co_filename.endswith(marks[code.co_name][0]):
                strategy = marks[code.co_name][1]
            frame = frame.f_back
        if frame is not None and self.kinds.get(code.co_filename) == USER:
            return self.site(frame), strategy
        return self.find(frame), strategy

    def is_inner(self, frame: FrameType) -> bool:
        """Tell whether a frame is SQLAlchemy's, or of code that a library made."""
        kind = self.kind(frame)
        return kind == ENGINE or (kind == LIBRARY and frame.f_code.co_filename[:1] == "<")

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
                if kind == LIBRARY and nearest is None and not self.files.is_python(frame):
                    nearest = frame
                frame = frame.f_back
            greenlet = outer_greenlet(greenlet)
            if greenlet is None:
                return nearest, None
            frame = greenlet.gr_frame

    def chain(self, frame: FrameType | None) -> Chain:
        """Return the nearest line of the user's program with those that led to it."""
        engine, greenlet = self.engine, None
        while frame is not None and frame.f_code.co_filename in engine:
            frame = frame.f_back
        if frame is None or self.kinds.get(frame.f_code.co_filename) != USER:
            frame, greenlet = self.nearest(frame)
            if frame is None:
                return NOWHERE
        place = (id(frame.f_code), frame.f_lasti)
        chain = self.beginnings.get(place)
        if chain is None:
            chain = self.beginnings[place] = self.chained(self.site(frame), ())
        return chain if chain.whole else self.called(chain, frame.f_back, greenlet)

    def chained(self, site: CallSite | None, callers: tuple[CallSite, ...]) -> Chain:
        """Return the one chain of these lines, which are one object each."""
        key = (id(site), *map(id, callers))
        known = self.chains.get(key)
        if known is None:
            known = self.chains[key] = Chain(site, callers)
        return known

    def called(self, chain: Chain, frame: FrameType | None, greenlet: Any) -> Chain:
        """Return a chain with the lines outwards from a frame, as far as they are told."""
        strangers = 0
        kinds = self.kinds
        while True:
            while frame is not None:
                code = frame.f_code
                kind = kinds.get(code.co_filename, UNNAMED)
                if kind == UNNAMED:
                    kind = self.kind(frame)
                if kind == USER:
                    strangers = 0
                    longer = chain.longer.get((id(code), frame.f_lasti))
                    chain = self.lengthened(chain, frame) if longer is None else longer
                    if chain.whole:
                        return chain
                elif kind == LOOP:
                    return self.gathered(chain)
                elif kind == LIBRARY:
                    strangers += 1
                    if strangers > MOST_STRANGERS:
                        return chain
                frame = frame.f_back
            greenlet = outer_greenlet(greenlet)
            if greenlet is None:
                return chain
            frame = greenlet.gr_frame

    def lengthened(self, chain: Chain, frame: FrameType) -> Chain:
        """Return a chain with one caller more; each line once: a function may call itself."""
        site = self.site(frame)
        known = site is chain.site or site in chain.callers
        longer = chain if known else self.chained(chain.site, (*chain.callers, site))
        chain.longer[id(frame.f_code), frame.f_lasti] = longer
        return longer

    def gathered(self, chain: Chain) -> Chain:
        """Return a chain with the line that started the current task among others, if one did."""
        frames = waiting_frames(current_task())
        frame = next((one for one in frames if self.kind(one) == USER), None)
        if frame is None:
            return chain
        site = self.line(frame, frame.f_lineno or 0, loops=True)
        return self.chained(chain.site, (*chain.callers, site))

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

    def site(self, frame: FrameType) -> CallSite:
        """Return a frame's current line; one object for each line."""
        code = frame.f_code
        place = (id(code), frame.f_lasti)
        known = self.places.get(place)
        if known is None:
            self.codes[id(code)] = code
            known = self.line(frame, frame.f_lineno or 0, loops=in_loop(code, frame.f_lasti))
            self.places[place] = known
        return known

    def line(self, frame: FrameType, number: int, *, loops: bool = False) -> CallSite:
        """Return a line of a frame's function."""
        code = frame.f_code
        key = (code.co_filename, number, code.co_name, loops)
        site = self.sites.get(key)
        if site is None:
            text = linecache.getline(key[0], number, frame.f_globals).strip()
            site = self.sites[key] = CallSite(self.files.shown(key[0]), number, key[2], text, loops)
        return site

    def of_user(self, frame: FrameType, number: int) -> CallSite | None:
        """Return a line of a frame's function where that is the user's; else None."""
        return self.line(frame, number) if self.kind(frame) == USER else None


def outer_greenlet(greenlet: Any) -> Any:
    """Return the parent of a greenlet, of the current one for None; None where there is none."""
    if greenlet is not None:
        return greenlet.parent
    module = sys.modules.get("greenlet")
    return None if module is None else module.getcurrent().parent
