"""Sessions that concurrent tasks share: an AsyncSession serves one task at a time."""

import ast
import re
from collections.abc import Iterator

from asa.model.usage import SharedSession
from asa.project.find.module import Module, dotted
from asa.project.usage.functions import Function, last_name

__all__ = ["shared_sessions_in"]

USUAL_NAMES = frozenset({"async_session", "db", "db_session", "dbsession", "session"})
ORM = frozenset({"advanced_alchemy", "sqlalchemy", "sqlmodel"})
HTTP_CLIENTS = frozenset({"aiobotocore", "aiohttp", "curl_cffi", "httpx", "requests", "scrapling"})
LOOPS = (ast.For, ast.AsyncFor, ast.ListComp, ast.SetComp, ast.GeneratorExp)
STARTERS = frozenset({"create_task", "ensure_future", "start_soon"})


def shared_sessions_in(function: Function) -> Iterator[SharedSession]:
    """Yield where a function gives one session to several tasks."""
    sessions = session_names(function)
    if not sessions:
        return
    for call in function.calls():
        name = dotted(call.func) or ""
        if last_name(name) == "gather":
            for session in sorted(shared_by_gather(call, sessions)):
                yield SharedSession(function.location(call), session, name)
    yield from shared_by_tasks(function, sessions)


def session_names(function: Function) -> frozenset[str]:
    """Return the variables of a function that hold a session of SQLAlchemy's.

    A parameter by its annotation, and what `async with` binds to a session by its maker. The
    usual names alone count where the module speaks of SQLAlchemy and of no HTTP client: those
    have sessions too, which tasks may share.
    """
    trusted = speaks_of_sqlalchemy(function.module)
    named = {
        argument.arg
        for argument in function.parameters()
        if (argument.annotation and is_session(ast.unparse(argument.annotation)))
        or (argument.annotation is None and trusted and argument.arg in USUAL_NAMES)
    }
    for node in function.nodes:
        if isinstance(node, ast.AsyncWith):
            for item in node.items:
                made = ast.unparse(item.context_expr)
                usual = trusted and ("session" in made.lower() or "db" in made.lower())
                if isinstance(item.optional_vars, ast.Name) and (is_session(made) or usual):
                    named.add(item.optional_vars.id)
    return frozenset(named)


def is_session(text: str) -> bool:
    """Tell whether an annotation or a call speaks of SQLAlchemy's session class."""
    return (
        re.search(r"\b(?:AsyncSession|async_session\w*|async_scoped_session)\b", text) is not None
    )


def speaks_of_sqlalchemy(module: Module) -> bool:
    """Tell whether a module imports SQLAlchemy, and no client with sessions of its own."""
    imported = {name.partition(".")[0] for name in module.imports.values()}
    return bool(imported & ORM) and not imported & HTTP_CLIENTS


def shared_by_gather(call: ast.Call, sessions: frozenset[str]) -> set[str]:
    """Return the sessions that more than one awaitable of a `gather` uses."""
    shared: set[str] = set()
    seen: set[str] = set()
    for argument in call.args:
        used = used_sessions(argument, sessions)
        inner = argument.value if isinstance(argument, ast.Starred) else argument
        if isinstance(inner, LOOPS):
            shared |= used - bound_within(inner)
        shared |= used & seen
        seen |= used
    return shared


def used_sessions(node: ast.AST, sessions: frozenset[str]) -> set[str]:
    """Return the sessions that an expression speaks of."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} & sessions


def bound_within(node: ast.AST) -> set[str]:
    """Return the names that a comprehension binds itself."""
    return {
        name.id
        for name in ast.walk(node)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }


def shared_by_tasks(function: Function, sessions: frozenset[str]) -> Iterator[SharedSession]:
    """Yield sessions given to tasks that a loop or several statements start."""
    looped = {
        id(inner)
        for node in function.nodes
        if isinstance(node, LOOPS)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Call)
    }
    opened = {
        name for node in function.nodes if isinstance(node, LOOPS) for name in opened_in(node)
    }
    seen: set[str] = set()
    for call in function.calls():
        name = dotted(call.func) or ""
        if last_name(name) not in STARTERS:
            continue
        used = {n for a in call.args for n in used_sessions(a, sessions)}
        again = used if id(call) in looped else used & seen
        for session in sorted(again - opened):
            yield SharedSession(function.location(call), session, last_name(name))
        seen |= used


def opened_in(loop: ast.AST) -> Iterator[str]:
    """Yield the sessions that a loop opens anew in each round."""
    for node in ast.walk(loop):
        if isinstance(node, ast.AsyncWith):
            for item in node.items:
                if isinstance(item.optional_vars, ast.Name):
                    yield item.optional_vars.id
