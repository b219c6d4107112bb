"""Which attribute of a detached entity an exception is about, from the exception's own frames.

SQLAlchemy fires no event where a lazy load finds its entity without a session. The frames of
its traceback still hold the entity, which knows the trail of the line that loaded it.
"""

from collections.abc import Iterator
from types import TracebackType
from typing import Any

from ..model.observation import UnloadedAttribute  # noqa: TID252  (loaded by path, privately named)
from ..model.record import CallSite, Scope  # noqa: TID252
from .call_site import CallSites

__all__ = ["unloaded_of"]

DETACHED = "DetachedInstanceError"
MOST_CHAINED = 8


def unloaded_of(error: BaseException, sites: CallSites, scope: Scope) -> UnloadedAttribute | None:
    """Return the attribute that could not be loaded; None for any other exception.

    Args:
        error: What ended a test or a process, or has such a cause.
        sites: Names the user's lines.
        scope: Where it happened.
    """
    for one in chained(error):
        if type(one).__name__ == DETACHED and one.__traceback__ is not None:
            return found(one.__traceback__, sites, scope)
    return None


def chained(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and its causes."""
    for _ in range(MOST_CHAINED):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def found(trace: TracebackType, sites: CallSites, scope: Scope) -> UnloadedAttribute | None:
    """Return what a traceback tells."""
    touched: CallSite | None = None
    state: Any = None
    attribute = ""
    walked: TracebackType | None = trace
    while walked is not None:
        site = sites.of_user(walked.tb_frame, walked.tb_lineno)
        touched = site or touched
        local = walked.tb_frame.f_locals
        if hasattr(local.get("state"), "load_options"):
            state = local["state"]
            attribute = attribute_of(local) or attribute
        walked = walked.tb_next
    if state is None:
        return None
    origin, path, collections = trail_of(state)
    step = f"{state.class_.__name__}.{attribute}" if attribute else state.class_.__name__
    uselist = bool(getattr(getattr(state.mapper.attrs, attribute, None), "uselist", False))
    return UnloadedAttribute(
        scope, DETACHED, (*path, step), touched, origin, (*collections, uselist)
    )


def attribute_of(local: dict[str, Any]) -> str:
    """Return the attribute that a frame of SQLAlchemy's was loading."""
    names = local.get("attribute_names")
    if names:
        return str(next(iter(names))) if len(names) == 1 else ""
    return str(getattr(local.get("self"), "key", "") or "")


def trail_of(state: Any) -> tuple[CallSite | None, tuple[str, ...], tuple[bool, ...]]:
    """Return the line that loaded an entity, and the way from there."""
    for option in state.load_options:
        if type(option).__name__ == "Trail":
            laid: tuple[CallSite | None, tuple[str, ...], tuple[bool, ...]] = option.payload
            return laid
    return None, (), ()
