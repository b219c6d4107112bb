"""The mapped classes and tables that a revision takes from the application's code."""

import ast
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from sqlalchemy import MetaData, Table

from asa.model.change import UsedModel

__all__ = ["models_used"]

LIBRARIES = frozenset(("alembic", "sqlalchemy"))


def models_used(source: str) -> tuple[UsedModel, ...]:
    """Return the application's models that a revision's source uses; types are no models.

    The modules that the revision imports must have been imported already.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return ()
    found = {(used.name, used.line): used for used in walk(tree)}
    return tuple(sorted(found.values(), key=lambda used: used.line))


def walk(tree: ast.Module) -> Iterator[UsedModel]:
    """Yield each import of a model, and each use of one through its module."""
    modules: dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from imported(node, modules)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                if alias.name.partition(".")[0] not in LIBRARIES:
                    modules[name] = sys.modules.get(alias.name if alias.asname else name)
    for node in ast.walk(tree) if modules else ():
        if isinstance(node, ast.Attribute) and (dotted := path_of(node)):
            value = modules.get(dotted[0])
            for part in dotted[1:]:
                value = getattr(value, part, None)
            if is_model(value):
                yield UsedModel(".".join(dotted), node.lineno)


def imported(node: ast.ImportFrom, modules: dict[str, Any]) -> Iterator[UsedModel]:
    """Yield the models that `from ... import` binds; note the modules that it binds."""
    if not node.module or node.level or node.module.partition(".")[0] in LIBRARIES:
        return
    for alias in node.names:
        value = value_of(node.module, alias.name)
        if is_model(value):
            yield UsedModel(f"{node.module}.{alias.name}", node.lineno)
        elif isinstance(value, ModuleType):
            modules[alias.asname or alias.name] = value


def value_of(module: str, name: str) -> object:
    """Return what an import binds; None where that module was never imported."""
    return getattr(sys.modules.get(module), name, None) or sys.modules.get(f"{module}.{name}")


def is_model(value: object) -> bool:
    """Tell whether this is a mapped class, a table or metadata."""
    mapped = isinstance(value, type) and hasattr(value, "metadata") and hasattr(value, "registry")
    return mapped or isinstance(value, MetaData | Table)


def path_of(node: ast.Attribute) -> tuple[str, ...]:
    """Return the names of `a.b.c`; empty where it begins with anything but a name."""
    parts = [node.attr]
    value: ast.expr = node.value
    while isinstance(value, ast.Attribute):
        parts.append(value.attr)
        value = value.value
    return (value.id, *reversed(parts)) if isinstance(value, ast.Name) else ()
