"""The modules of a repository, parsed when first asked for, and what their names stand for."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from asa.project.find.files import SourceFile, read_sources
from asa.project.find.module import Module, parse_module
from asa.project.find.roots import module_names

__all__ = ["Repository"]


class Repository:
    """A repository's source.

    Args:
        root: Its directory.
        files: Its application's files; read from the directory when None.
    """

    def __init__(self, root: Path, files: Iterable[SourceFile] | None = None) -> None:
        self.root = root
        self.files = tuple(read_sources(root) if files is None else files)
        self.parsed: dict[str, Module] = {}

    @cached_property
    def places(self) -> dict[str, tuple[SourceFile, str]]:
        """Dotted module name to (file, import root)."""
        named = module_names(self.files)
        return {
            named[file.path][1]: (file, named[file.path][0])
            for file in self.files
            if file.path in named
        }

    def module(self, name: str) -> Module | None:
        """Return a module of the repository; None where it is not one of its own."""
        if name not in self.parsed:
            if name not in self.places:
                return None
            file, _ = self.places[name]
            self.parsed[name] = parse_module(name, file.path.as_posix(), file.text)
        return self.parsed[name]

    def lend(self, module: Module) -> Module:
        """Take in a module that is not the application's, so that its names can be resolved."""
        self.parsed[module.name] = module
        return module

    def mentioning(self, *patterns: re.Pattern[str]) -> Iterator[Module]:
        """Yield the modules whose text matches all patterns; the others are not parsed."""
        for name, (file, _) in self.places.items():
            if all(pattern.search(file.text) for pattern in patterns):
                module = self.module(name)
                if module is not None:
                    yield module

    def resolve(self, module: Module, name: str) -> str:
        """Return the full dotted name behind a name used in a module.

        `Base` imported through three packages becomes `app.db.base.Base`; names of other
        libraries become theirs (`sqlalchemy.orm.DeclarativeBase`).
        """
        return self.follow(f"{module.name}.{name}", frozenset())

    def follow(self, name: str, seen: frozenset[str]) -> str:
        """Follow imports and plain aliases until the name is where it was made."""
        found = self.split(name)
        if found is None or name in seen:
            return name
        module, head, rest = found
        seen |= {name}
        if head in module.classes or head in module.functions or head in module.assigns:
            return name
        if head in module.imports:
            return self.follow(".".join([module.imports[head], *rest]), seen)
        for star in module.stars:
            candidate = ".".join([star, head, *rest])
            if self.split(candidate) is None:
                if star.partition(".")[0] in ("sqlalchemy", "sqlmodel"):
                    return candidate
                continue
            target = self.follow(candidate, seen)
            inner = self.split(target)
            if inner is None or inner[0].defines(inner[1]):
                return target
        return name

    def split(self, name: str) -> tuple[Module, str, list[str]] | None:
        """Split a dotted name into (own module, attribute, rest); None for another library's."""
        parts = name.split(".")
        for end in range(len(parts) - 1, 0, -1):
            module = self.module(".".join(parts[:end]))
            if module is not None:
                return module, parts[end], parts[end + 1 :]
        return None
