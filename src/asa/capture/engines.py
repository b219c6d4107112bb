"""The engines that a capture as a library is asked for."""

from collections.abc import Iterable
from typing import Any

__all__ = ["is_sought", "sought"]


def sought(engines: Any) -> tuple[Any, ...] | None:
    """Return the synchronous engines of what the user named; None for all.

    Raises:
        TypeError: One is no engine.
    """
    return None if engines is None else tuple(map(sync, several(engines)))


def is_sought(engines: tuple[Any, ...] | None, pool: Any) -> bool:
    """Tell whether a pool is that of an engine sought; disposing makes it a new one."""
    return engines is None or any(engine.pool is pool for engine in engines)


def several(engines: Any) -> Iterable[Any]:
    """Return one engine or several as several."""
    return engines if isinstance(engines, list | tuple | set | frozenset) else (engines,)


def sync(engine: Any) -> Any:
    """Return the synchronous engine of an asynchronous one.

    Raises:
        TypeError: It is no engine.
    """
    found = getattr(engine, "sync_engine", engine)
    if not hasattr(found, "pool"):
        raise TypeError(f"capture() takes engines, not {type(engine).__name__}")
    return found
