"""The declarative bases, metadata, mapped classes and tables of a repository.

A class is mapped when its bases lead, through any number of modules, to something that
declares a mapping: `DeclarativeBase`, `declarative_base()`, a registry, SQLModel, or the
base of a library. Classes and tables are gathered by the MetaData that they end in.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

from asa.project.find.facts import FoundClass, FoundMetadata, FoundTable, Place
from asa.project.find.made import inner_classes, made_tables, makers
from asa.project.find.module import ClassSource, Module, dotted
from asa.project.find.origin import Origins, keyword, names
from asa.project.find.repository import Repository

__all__ = ["find_metadata"]

# Cheap tests on the text, so that a file which only queries is never parsed.
SPEAKS_OF_MAPPING = re.compile(
    r"sqlalchemy|sqlmodel|advanced_alchemy|__tablename__|DeclarativeBase|declarative_base"
)
DEFINES = re.compile(
    r"^[ \t]*class\s|\b(?:Table|MetaData|declarative_base|generate_base|registry)\s*\(",
    re.MULTILINE,
)
# A function that calls one of these does more than map.
REACHES_DATABASE = frozenset({"begin", "connect", "create_all", "drop_all", "execute", "run_sync"})
MAPPING_CALLS = ("map_imperatively", "map_declaratively")


def find_metadata(repository: Repository, origins: Origins) -> tuple[FoundMetadata, ...]:
    """Return every MetaData of the repository that has tables, the one with most first."""
    modules = mapping_modules(repository, origins)
    classes: defaultdict[str, list[FoundClass]] = defaultdict(list)
    tables: defaultdict[str, list[FoundTable]] = defaultdict(list)
    starters: defaultdict[str, set[str]] = defaultdict(set)
    for module in modules:
        for name, source in module.classes.items():
            key = origins.mapped(f"{module.name}.{name}")
            if key is not None:
                classes[key].append(found_class(module, name, source))
        for key, inner in inner_classes(module, repository, origins):
            classes[key].append(inner)
        for key, table in tables_of(module, repository, origins):
            tables[key].append(table)
        for key, starter in starters_of(module, repository, origins):
            starters[key].add(starter)
    for key, found in tables.items():
        starters[key] |= {f"{t.module}:{t.function}" for t in found if t.function}
    made_by = {name: key for m in modules for name, key in makers(m, repository, origins)}
    for key, made in made_tables(made_by, repository, origins):
        tables[key].append(made)
    called = called_on_import(modules, repository)
    gathered = (
        FoundMetadata(
            reference=origins.reference(key),
            place=origins.place(key),
            classes=tuple(sorted(classes[key], key=order)),
            tables=tuple(sorted(tables[key], key=order)),
            starters=tuple(sorted(starters[key] - called)),
        )
        for key in {*classes, *tables}
    )
    return tuple(sorted(gathered, key=lambda found: (-found.table_count, found.reference)))


def order(found: FoundClass | FoundTable) -> tuple[str, int]:
    """Sort by module, then line."""
    return found.module, found.place.line


def mapping_modules(repository: Repository, origins: Origins) -> list[Module]:
    """Return the modules that can hold mapped classes.

    A model module need not name SQLAlchemy at all (`from app.db import Base, Column`), so
    the names of the classes found so far are looked for until no new module turns up.
    """
    modules = {module.name: module for module in repository.mentioning(SPEAKS_OF_MAPPING, DEFINES)}
    fresh = list(modules.values())
    while fresh:
        known = {
            name
            for module in fresh
            for name in (*module.classes, *module.assigns)
            if origins.family(f"{module.name}.{name}") is not None
        }
        if not known:
            break
        pattern = re.compile(
            rf"\bclass\s+\w+\s*(?:\[[^\]]*\]\s*)?\([^)]*"
            rf"\b(?:{'|'.join(map(re.escape, sorted(known)))})\b"
        )
        rest = (m for m in repository.mentioning(pattern) if m.name not in modules)
        fresh = list({module.name: module for module in rest}.values())
        modules |= {module.name: module for module in fresh}
    return list(modules.values())


def found_class(module: Module, name: str, source: ClassSource) -> FoundClass:
    """Describe one mapped class."""
    return FoundClass(
        name=name,
        module=module.name,
        place=Place(module.path, source.node.lineno),
        table=table_name(source.node),
        conditional=source.conditional,
    )


def table_name(node: ast.ClassDef) -> str | None:
    """Return the table that a class body names, by `__tablename__` or `__table__ = Table(...)`."""
    for name, value in names(node.body):
        if name == "__tablename__" and isinstance(value, ast.Constant):
            return str(value.value)
        if name == "__table__" and isinstance(value, ast.Call):
            return literal(value)
    return None


def literal(call: ast.Call) -> str | None:
    """Return the first argument of a call where it is a plain string."""
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def tables_of(
    module: Module, repository: Repository, origins: Origins
) -> Iterator[tuple[str, FoundTable]]:
    """Yield the `Table(...)` calls of a module with the key of their MetaData."""
    for function, call in calls(module):
        called = dotted(call.func)
        if called is None or called.rpartition(".")[2] != "Table":
            continue
        if repository.resolve(module, called) not in (
            "sqlalchemy.Table",
            "sqlalchemy.schema.Table",
        ):
            continue
        metadata = call.args[1] if len(call.args) > 1 else keyword(call, "metadata")
        if function and isinstance(metadata, ast.Name):
            local = dict(names(module.functions[function].body))
            metadata = local.get(metadata.id, metadata)
        key = origins.metadata(module, metadata) if metadata is not None else None
        if key is not None:
            place = Place(module.path, call.lineno)
            yield key, FoundTable(literal(call), module.name, place, function)


def starters_of(
    module: Module, repository: Repository, origins: Origins
) -> Iterator[tuple[str, str]]:
    """Yield the functions that map classes imperatively, which somebody has to call."""
    for function, call in calls(module):
        called = dotted(call.func)
        if function and called and called.rpartition(".")[2] in MAPPING_CALLS:
            owner = called.rpartition(".")[0]
            key = origins.family(repository.resolve(module, owner)) if owner else None
            if key is not None:
                yield key, f"{module.name}:{function}"


def calls(module: Module) -> Iterator[tuple[str | None, ast.Call]]:
    """Yield every call that importing a module makes, and those of its functions.

    With each comes the name of the top-level function that it stands in. Functions that
    need arguments cannot be called by asa and are left out, as are methods.
    """
    for statement in module.tree.body:
        function = None
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if not callable_plainly(statement):
                continue
            function = statement.name
        for node in ast.walk(statement):
            if isinstance(node, ast.Call):
                yield function, node


def called_on_import(modules: list[Module], repository: Repository) -> set[str]:
    """Return the `module:function` that the modules call themselves when they are imported."""
    called = set()
    for module in modules:
        for function, call in calls(module):
            name = dotted(call.func)
            if function is None and name is not None:
                called.add(":".join(repository.resolve(module, name).rsplit(".", 1)))
    return called


def callable_plainly(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell whether a function can be called without arguments, a loop or a database."""
    taken = function.args
    reached = {
        n.func.attr
        for n in ast.walk(function)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)
    }
    if reached & REACHES_DATABASE:
        return False
    needed = len(taken.posonlyargs) + len(taken.args) - len(taken.defaults)
    needed += sum(default is None for default in taken.kw_defaults)
    return needed == 0 and isinstance(function, ast.FunctionDef)
