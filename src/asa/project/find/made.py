"""Tables that no plain statement shows: made inside a class, by a function, by `type`.

A function that makes them gives every module which calls it on import a table of its own.
Such a module has to be imported as any other with models, or its tables look dropped.
"""

import ast
import re
from collections.abc import Iterator

from asa.project.find.facts import FoundClass, FoundTable, Place
from asa.project.find.module import Module, dotted, top_level
from asa.project.find.origin import Origins, has_table, is_abstract, keyword
from asa.project.find.repository import Repository

__all__ = ["inner_classes", "made_tables", "makers"]

TABLE = ("sqlalchemy.Table", "sqlalchemy.schema.Table")
CLASS_BY_TYPE = re.compile(r"\btype\s*\([^,()]+,\s*\(")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def inner_classes(
    module: Module, repository: Repository, origins: Origins
) -> Iterator[tuple[str, FoundClass]]:
    """Yield the mapped classes inside other classes with the key of their MetaData."""
    for statement, _ in top_level(module.tree.body):
        if isinstance(statement, ast.ClassDef):
            for node in ast.walk(statement):
                if isinstance(node, ast.ClassDef) and node is not statement:
                    key = family_of(node, module, repository, origins)
                    if key is not None:
                        place = Place(module.path, node.lineno)
                        yield key, FoundClass(node.name, module.name, place, conditional=True)


def makers(module: Module, repository: Repository, origins: Origins) -> Iterator[tuple[str, str]]:
    """Yield (full name, key) of the functions that define a mapped class or a table."""
    for function in module.functions.values():
        for node in ast.walk(function):
            key = None
            if isinstance(node, ast.ClassDef):
                key = family_of(node, module, repository, origins)
            elif isinstance(node, ast.Call) and called(node, module, repository) in TABLE:
                metadata = node.args[1] if len(node.args) > 1 else keyword(node, "metadata")
                key = origins.metadata(module, metadata) if metadata is not None else None
            if key is not None:
                yield f"{module.name}.{function.name}", key


def made_tables(
    made_by: dict[str, str], repository: Repository, origins: Origins
) -> Iterator[tuple[str, FoundTable]]:
    """Yield the tables that calls make on import, with the key of their MetaData.

    Args:
        made_by: Full name and key of each function of `makers`.
        repository: Where to look for their calls, and for `type("Name", (Base,), ...)`.
        origins: Leads a base to its MetaData.
    """
    for module in repository.mentioning(CLASS_BY_TYPE):
        for node in on_import(module):
            bases = node.args[1] if len(node.args) == 3 and dotted(node.func) == "type" else None
            for base in bases.elts if isinstance(bases, ast.Tuple) else ():
                key = origins.family(repository.resolve(module, dotted(base) or ""))
                if key is not None:
                    yield key, FoundTable(None, module.name, Place(module.path, node.lineno))
    if not made_by:
        return
    short = sorted({re.escape(name.rpartition(".")[2]) for name in made_by})
    for module in repository.mentioning(re.compile(rf"\b(?:{'|'.join(short)})\s*\(")):
        for node in on_import(module):
            name = called(node, module, repository)
            if name in made_by:
                place = Place(module.path, node.lineno)
                yield made_by[name], FoundTable(None, module.name, place)


def family_of(
    node: ast.ClassDef, module: Module, repository: Repository, origins: Origins
) -> str | None:
    """Return the key of the MetaData that an inner class has a table in."""
    for base in node.bases:
        target = repository.resolve(module, dotted(base) or "")
        key = origins.family(target)
        if key is not None and not is_abstract(node):
            return key if has_table(node) or not origins.is_sqlmodel(target) else None
    return None


def called(node: ast.Call, module: Module, repository: Repository) -> str:
    """Return the full name of what a call calls; empty where it has none."""
    name = dotted(node.func)
    return repository.resolve(module, name) if name else ""


def on_import(module: Module) -> Iterator[ast.Call]:
    """Yield the calls that run when a module is imported."""
    for statement, _ in top_level(module.tree.body):
        if not isinstance(statement, FUNCTIONS):
            for node in ast.walk(statement):
                if isinstance(node, ast.Call):
                    yield node
