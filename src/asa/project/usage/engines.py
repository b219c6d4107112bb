"""Where engines and session factories are made, how, and how often."""

import ast
from collections.abc import Iterable, Iterator

from asa.model.usage import EngineCall, SessionFactory
from asa.project.find.module import dotted
from asa.project.find.repository import Repository
from asa.project.find.scheme import scheme_within
from asa.project.usage.functions import Function, called, keywords, last_name

__all__ = ["engines_in", "factories_in", "requests_of"]

ENGINES = {"create_async_engine": True, "create_engine": False}
FACTORIES = frozenset({"AsyncSession", "async_sessionmaker", "sessionmaker"})
LIBRARIES = ("sqlalchemy", "sqlmodel")
ROUTES = frozenset(
    {"api_route", "delete", "get", "head", "options", "patch", "post", "put", "route", "websocket"}
)
DEPENDENCIES = frozenset({"Depends", "Security", "Provide"})


def engines_in(
    function: Function, repository: Repository, requests: frozenset[str]
) -> Iterator[EngineCall]:
    """Yield the engines that a function makes.

    Args:
        function: Where to look.
        repository: To know what its names stand for.
        requests: Full names of the functions that run for each request.
    """
    full = f"{function.module.name}.{function.name}"
    lasting = is_lasting(function)
    request = function.name if full in requests else None
    for call in function.calls():
        name = called(call, function.module, repository)
        if last_name(name) not in ENGINES or not is_library(name) or is_own(function, name):
            continue
        dialect, driver = scheme_of(call)
        yield EngineCall(
            location=function.location(call),
            is_async=ENGINES[last_name(name)],
            arguments=keywords(call),
            dialect=dialect,
            driver=driver,
            awaits=function.is_async,
            request=None if lasting or is_stored(function, call) else request,
        )


def is_library(name: str) -> bool:
    """Tell whether a called name is SQLAlchemy's, or stands for nothing else."""
    return "." not in name or name.startswith(LIBRARIES)


def is_own(function: Function, name: str) -> bool:
    """Tell whether a function imports a name of the project's, such as a session factory."""
    return any(
        isinstance(node, ast.ImportFrom)
        and not (node.module or "").startswith(LIBRARIES)
        and any((alias.asname or alias.name) == name for alias in node.names)
        for node in function.nodes
    )


def is_stored(function: Function, call: ast.Call) -> bool:
    """Tell whether what a call makes is kept in a mapping: `engines[url] = engine`."""
    names = {name for name, value in function.assignments() if value is call}
    return any(
        isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Subscript) for target in node.targets)
        and (node.value is call or (isinstance(node.value, ast.Name) and node.value.id in names))
        for node in function.nodes
    )


def is_lasting(function: Function) -> bool:
    """Tell whether what a function makes is kept beyond the call."""
    if function.node is None:
        return True
    decorators = (ast.unparse(item) for item in function.node.decorator_list)
    kept = any("cache" in text.lower() for text in decorators)
    return kept or any(
        isinstance(node, ast.Global | ast.Nonlocal)
        or (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute))
        for node in function.nodes
    )


def scheme_of(call: ast.Call) -> tuple[str | None, str | None]:
    """Return (dialect, driver) of the URL that a call is given; None where it is not written."""
    first = call.args[0] if call.args else None
    if first is None:
        first = next((item.value for item in call.keywords if item.arg == "url"), None)
    found = scheme_within(first) if first is not None else None
    return found or (None, None)


def factories_in(function: Function, repository: Repository) -> Iterator[SessionFactory]:
    """Yield the session factories that a function makes, and the sessions made without one."""
    for call in function.calls():
        name = called(call, function.module, repository)
        made = last_name(name)
        if made not in FACTORIES or not is_library(name) or is_own(function, name):
            continue
        arguments = keywords(call)
        if made == "sessionmaker" and "Async" not in arguments.get("class_", ""):
            continue
        yield SessionFactory(function.location(call), made, arguments)


def requests_of(functions: Iterable[Function], repository: Repository) -> frozenset[str]:
    """Return the full names of the functions that run for each request.

    Those are routes, dependencies, and what these call by name.
    """
    functions = list(functions)
    by_name = {f"{f.module.name}.{f.name}": f for f in functions if f.name}
    waiting = {name for name, function in by_name.items() if is_route(function)}
    for function in functions:
        waiting |= set(dependencies(function, repository))
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in found or name not in by_name:
            continue
        found.add(name)
        inner = by_name[name]
        waiting |= {called(call, inner.module, repository) for call in inner.calls()}
    return frozenset(found)


def is_route(function: Function) -> bool:
    """Tell whether a decorator makes a function answer requests: `@router.get("/")`."""
    return function.node is not None and any(
        isinstance(item, ast.Call)
        and isinstance(item.func, ast.Attribute)
        and item.func.attr in ROUTES
        for item in function.node.decorator_list
    )


def dependencies(function: Function, repository: Repository) -> Iterator[str]:
    """Yield the full names of what a function is given by `Depends(...)`."""
    for call in function.calls():
        if last_name(dotted(call.func) or "") in DEPENDENCIES and call.args:
            name = dotted(call.args[0])
            if name:
                yield repository.resolve(function.module, name)
