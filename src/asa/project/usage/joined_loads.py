"""Statements with joined eager loading whose rows are fetched without `unique()`."""

import ast
from collections.abc import Iterator

from asa.model.usage import JoinedLoad
from asa.project.find.module import dotted
from asa.project.usage.functions import Function, last_name

__all__ = ["joined_loads_in"]

EXECUTES = frozenset({"execute", "scalar", "scalars"})
# Not `first` and `scalar`: for these SQLAlchemy reads one row and asks for no unique().
FETCHES = frozenset(
    {
        "all", "fetchall", "fetchmany", "fetchone", "one", "one_or_none", "partitions",
        "scalar_one", "scalar_one_or_none",
    }
)  # fmt: skip


def joined_loads_in(function: Function) -> Iterator[JoinedLoad]:
    """Yield the fetches of a function that want a `unique()`.

    A function that says `unique` anywhere is believed.
    """
    if any(isinstance(n, ast.Attribute) and n.attr == "unique" for n in function.nodes):
        return
    statements = joined_statements(function)
    results = {
        name: attributes
        for name, value in function.assignments()
        if (attributes := executed(root_of(value), statements))
    }
    for call in function.calls():
        if not isinstance(call.func, ast.Attribute):
            continue
        root = root_of(call.func.value)
        if call.func.attr in FETCHES:
            held = results.get(root.id) if isinstance(root, ast.Name) else None
            attributes = held or executed(root, statements)
            if attributes:
                yield JoinedLoad(function.location(call), attributes, call.func.attr)


def joined_statements(function: Function) -> dict[str, tuple[str, ...]]:
    """Return the variables that hold a statement with joined loads, and what it joins."""
    held: dict[str, tuple[str, ...]] = {}
    for name, value in function.assignments():
        root = root_of(value)
        before = held.get(root.id, ()) if isinstance(root, ast.Name) else ()
        # A name that is bound to something else holds no statement any more.
        held[name] = () if is_executed(root) else (*before, *joined(value))
    return {name: attributes for name, attributes in held.items() if attributes}


def joined(node: ast.AST) -> tuple[str, ...]:
    """Return the attributes that an expression loads by a join: `User.posts`."""
    return tuple(
        name
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
        and last_name(dotted(call.func) or chained(call)) == "joinedload"
        for argument in call.args[:1]
        if (name := dotted(argument)) is not None
    )


def chained(call: ast.Call) -> str:
    """Return the method of a call on another call's result: `selectinload(...).joinedload`."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def root_of(node: ast.expr) -> ast.expr:
    """Return what a chain of methods begins with: the call that executes, or a name."""
    while True:
        if isinstance(node, ast.Await):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if is_executed(node):
                return node
            node = node.func.value
        elif isinstance(node, ast.Attribute):
            node = node.value
        else:
            return node


def is_executed(node: ast.expr) -> bool:
    """Tell whether an expression runs a statement on a session."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in EXECUTES
        and bool(node.args)
    )


def executed(node: ast.expr, statements: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return what the statement that an expression runs loads by joins."""
    if not isinstance(node, ast.Call) or not is_executed(node):
        return ()
    statement = node.args[0]
    root = root_of(statement)
    before = statements.get(root.id, ()) if isinstance(root, ast.Name) else ()
    return (*before, *joined(statement))
