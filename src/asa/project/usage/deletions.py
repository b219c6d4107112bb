"""Where the source deletes rows of a mapped class."""

import ast
from collections.abc import Iterator

from asa.model.usage import Deletion
from asa.project.find.module import dotted
from asa.project.find.repository import Repository
from asa.project.usage.functions import Function, called, last_name

__all__ = ["deletions_in"]

STATEMENTS = frozenset({"sqlalchemy.delete", "sqlalchemy.sql.delete", "sqlmodel.delete", "delete"})


def deletions_in(function: Function, repository: Repository) -> Iterator[Deletion]:
    """Yield the deletions of a function whose class the source shows."""
    held = entities(function)
    for call in function.calls():
        if len(call.args) != 1:
            continue
        target = call.args[0]
        name = called(call, function.module, repository)
        if name in STATEMENTS and (entity := dotted(target)):
            yield Deletion(function.location(call), last_name(entity), "delete")
        elif is_session_delete(call) and isinstance(target, ast.Name) and target.id in held:
            yield Deletion(function.location(call), held[target.id], "session.delete")


def is_session_delete(call: ast.Call) -> bool:
    """Tell whether a call is the `delete` of something that is named like a session."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "delete":
        return False
    owner = last_name(dotted(call.func.value) or "").lower()
    return "session" in owner or owner in ("db", "uow")


def entities(function: Function) -> dict[str, str]:
    """Return the class of each variable where an annotation or `session.get` tells it."""
    held = {}
    for argument in function.parameters():
        name = dotted(argument.annotation) if argument.annotation else None
        if name:
            held[argument.arg] = last_name(name)
    for name, value in function.assignments():
        call = value.value if isinstance(value, ast.Await) else value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args:
            entity = dotted(call.args[0])
            if call.func.attr in ("get", "get_one") and entity and entity[0].isupper():
                held[name] = last_name(entity)
    return held
