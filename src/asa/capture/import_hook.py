"""Call back when a module has been imported, and not before.

Loaded at the start of every process, so it imports nothing that Python has not loaded yet:
`importlib.abc` and `typing` alone would cost milliseconds.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

__all__ = ["watch"]


class WatchedLoader:
    """Loads a module as its own loader does, puts that loader back, and calls."""

    def __init__(self, loader: Any, imported: Callable[[], None]) -> None:
        self.loader = loader
        self.imported = imported

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Let the module's own loader make it."""
        module: ModuleType | None = self.loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Let the module's own loader run it, under its own name, then call."""
        if module.__spec__ is not None:
            module.__spec__.loader = self.loader
        module.__loader__ = self.loader
        self.loader.exec_module(module)
        guarded(self.imported)


class Watcher:
    """Stands before the other finders and says nothing, except of the watched modules."""

    def __init__(self, modules: Mapping[str, Callable[[], None]]) -> None:
        self.modules = modules

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a watched module as the other finders would, and wrap its loader."""
        imported = self.modules.get(fullname)
        if imported is None:
            return None
        for finder in sys.meta_path:
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find(fullname, path, target) if find else None
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = WatchedLoader(spec.loader, imported)  # type: ignore[assignment]
                return spec
        return None


def watch(modules: Mapping[str, Callable[[], None]]) -> None:
    """Call each function once its module has been imported; at once where it is already."""
    for name, imported in modules.items():
        if name in sys.modules:
            guarded(imported)
    sys.meta_path.insert(0, Watcher(modules))


def guarded(imported: Callable[[], None]) -> None:
    """Call; what fails in asa must not fail the program's import."""
    try:  # noqa: SIM105  (contextlib is not loaded yet when a process starts)
        imported()
    except Exception:  # noqa: BLE001, S110  (capture never breaks the program)
        pass
