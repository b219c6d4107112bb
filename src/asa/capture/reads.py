"""Tells which eagerly loaded attributes a rerun reads.

SQLAlchemy fires no event where a loaded attribute is read. So in a rerun that asks for it, and
in no other capture, the descriptor is watched: it does what it did.
"""

import os
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy.orm.attributes import InstrumentedAttribute

from ..model.capture_line import ReadLine  # noqa: TID252  (loaded by path)
from .trail import Trail

__all__ = ["Reads"]

GET = "__get__"


class Reads:
    """Watches attributes, until it is told to let go.

    Args:
        watched: (file, line, attribute) of the lines that load entities eagerly.
        tell: Takes each read, the first time that it happens.
    """

    def __init__(
        self, watched: Iterable[tuple[str, int, str]], tell: Callable[[ReadLine], None]
    ) -> None:
        self.watched = set(watched)
        self.names = {name for _, _, name in self.watched}
        self.tell = tell
        self.original = original = getattr(InstrumentedAttribute, GET)
        names, seen = self.names, self.seen

        def __get__(attribute: Any, instance: Any, owner: Any) -> Any:  # noqa: N807
            if instance is not None and attribute.key in names:
                seen(attribute.key, instance)
            return original(attribute, instance, owner)

        setattr(InstrumentedAttribute, GET, __get__)

    def seen(self, name: str, instance: Any) -> None:
        """Tell of an attribute that is read, where its entity comes from a watched line."""
        state = getattr(instance, "_sa_instance_state", None)
        for option in getattr(state, "load_options", ()):
            origin = option.payload[0] if type(option) is Trail else None
            if origin is None:
                continue
            read = (origin.file, origin.line, name)
            if read in self.watched:
                self.watched.discard(read)
                self.tell(ReadLine(os.getpid(), *read))

    def take_down(self) -> None:
        """Let the descriptor be as it was."""
        setattr(InstrumentedAttribute, GET, self.original)
