"""The line that sends a statement, with the lines that led to it."""

from ..model.record import CallSite  # noqa: TID252  (loaded by path, under a private name)

__all__ = ["NOWHERE", "Chain"]

MOST_CALLERS = 5


class Chain:
    """A line that sends a statement, and those that led to it.

    There is one object for all equal chains, so that its identity tells them apart.

    Attributes:
        site: The user's line; None where no frame is the user's.
        callers: The user's lines that called it, from the inner, as far as one that stands in
            a loop; none where it stands in one itself.
        whole: Whether no caller is looked for behind these.
        longer: The chains with one caller more, by the place where that one calls.
    """

    __slots__ = ("callers", "longer", "site", "whole")

    def __init__(self, site: CallSite | None, callers: tuple[CallSite, ...] = ()) -> None:
        self.site = site
        self.callers = callers
        last = callers[-1] if callers else site
        self.whole = last is None or last.loops or len(callers) == MOST_CALLERS
        self.longer: dict[tuple[int, int], Chain] = {}


NOWHERE = Chain(None)
