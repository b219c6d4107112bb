"""Rewrite a loop that gets one row at a time, into one query before the loop."""

from dataclasses import dataclass

import libcst as cst

from asa.model.fix import Rewrite
from asa.project.edit.site import Site, UnclearError, call_name, name_of

__all__ = ["with_lookup"]

VIEWS = frozenset(("items", "keys", "values"))
REPEATABLE = frozenset(("dict", "frozenset", "list", "set", "tuple", "Collection", "Mapping",
                        "Sequence"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lookup:
    """A row got in a loop.

    Attributes:
        awaited: `await session.get(Class, key)`.
        call: The same without `await`.
        loop: Around it.
        key: What is looked up.
    """

    awaited: cst.Await
    call: cst.Call
    loop: cst.For
    key: cst.BaseExpression


def with_lookup(site: Site, fix: Rewrite) -> tuple[cst.Module, dict[str, str]]:
    """Return the module with one query before the loop, and the names that it needs.

    Raises:
        UnclearError: The loop is none of a shape that can be rewritten without doubt.
    """
    found = lookup_at(site, fix.entity)
    source = repeatable(site, found.loop)
    rows = free_name(site, f"{snake(fix.entity)}s")
    row = snake(fix.entity)
    target = code(found.loop.target)
    keys = (
        f"list({source})"
        if is_first(found)
        else f"[{code(found.key)} for {target} in {code(found.loop.iter)}]"
    )
    session = code(found.call.func.value) if isinstance(found.call.func, cst.Attribute) else ""
    column = f"{fix.entity}.{fix.column}"
    query = f"select({fix.entity}).where({column}.in_({keys}))"
    made = cst.parse_statement(
        f"{rows} = {{\n    {row}.{fix.column}: {row}\n"
        f"    for {row} in await {session}.scalars(\n        {query}\n    )\n}}\n"
    )
    read = cst.parse_expression(f"{rows}.get({code(found.key)})")
    loop = found.loop.deep_replace(found.awaited, read)
    assert isinstance(loop, cst.For)  # noqa: S101  (a part of it was replaced)
    before = made.with_changes(leading_lines=loop.leading_lines)
    changed = with_statements(site, found.loop, [before, loop.with_changes(leading_lines=())])
    return changed, {"select": "sqlalchemy", fix.entity: ""}


def lookup_at(site: Site, entity: str) -> Lookup:
    """Return the one `get` of a class on the line, in a loop over what it looks up."""
    calls = [c for c in site.calls() if call_name(c) == "get" and is_plain_get(c, entity)]
    if len(calls) != 1:
        raise UnclearError(f"no single get of {entity} is there")
    call = calls[0]
    awaited, loop = site.parents.get(call), site.around(call, cst.For)
    if not isinstance(awaited, cst.Await) or loop is None or loop.asynchronous is not None:
        raise UnclearError("it stands in no plain loop")
    if site.around(call, cst.FunctionDef) is not site.around(loop, cst.FunctionDef):
        raise UnclearError("it stands in a function within the loop")
    key = call.args[1].value
    root = key
    while isinstance(root, cst.Attribute):
        root = root.value
    bound = {name_of(node) for node in site.nodes(loop.target)}
    if not isinstance(root, cst.Name) or root.value not in bound:
        raise UnclearError("its key is not what the loop goes over")
    if root.value in assigned(site, loop.body):
        raise UnclearError(f"the loop changes {root.value}")
    return Lookup(awaited, call, loop, key)


def is_plain_get(call: cst.Call, entity: str) -> bool:
    """Tell whether a call is `session.get(Class, key)` and no more."""
    plain = all(argument.keyword is None and not argument.star for argument in call.args)
    return len(call.args) == 2 and plain and name_of(call.args[0].value) == entity


def assigned(site: Site, block: cst.CSTNode) -> set[str]:
    """Return the names that a block gives a value."""
    targets = [
        n.target for n in site.nodes(block) if isinstance(n, cst.AssignTarget | cst.AugAssign)
    ]
    return {name_of(node) for target in targets for node in site.nodes(target)}


def repeatable(site: Site, loop: cst.For) -> str:
    """Return the name of what a loop goes over, which can be gone over twice.

    Raises:
        UnclearError: Nobody knows whether it can.
    """
    over = loop.iter
    view = view_of(over)
    if view in VIEWS and isinstance(over, cst.Call) and isinstance(over.func, cst.Attribute):
        held = over.func.value
        if isinstance(held, cst.Name):
            return held.value
    if isinstance(over, cst.Name) and kind_of(site, over.value) in REPEATABLE:
        return over.value
    raise UnclearError("what the loop goes over may not last for two rounds")


def kind_of(site: Site, name: str) -> str:
    """Return the type that a parameter of the function is declared with; empty for none."""
    function = site.around(site.statement, cst.FunctionDef)
    for parameter in function.params.params if function else ():
        if parameter.name.value == name and parameter.annotation is not None:
            declared = parameter.annotation.annotation
            return name_of(declared.value if isinstance(declared, cst.Subscript) else declared)
    return ""


def view_of(over: cst.BaseExpression) -> str:
    """Return the method that a loop goes over, called without arguments; empty for none."""
    if isinstance(over, cst.Call) and isinstance(over.func, cst.Attribute) and not over.args:
        return over.func.attr.value
    return ""


def is_first(found: Lookup) -> bool:
    """Tell whether the keys of a loop are what its source yields by itself."""
    view, target = view_of(found.loop.iter), found.loop.target
    if isinstance(target, cst.Tuple):
        return view == "items" and code(target.elements[0].value) == code(found.key)
    return view in ("", "keys") and code(target) == code(found.key)


def free_name(site: Site, wanted: str) -> str:
    """Return a name that the module does not use."""
    used = {node.value for node in site.nodes(site.module) if isinstance(node, cst.Name)}
    return wanted if wanted not in used else free_name(site, f"{wanted}_by_key")


def snake(name: str) -> str:
    """Return a class's name as a variable's: `OrderItem` becomes `order_item`."""
    return "".join(f"_{c.lower()}" if c.isupper() and n else c.lower() for n, c in enumerate(name))


def with_statements(
    site: Site, old: cst.For, new: "list[cst.SimpleStatementLine | cst.BaseCompoundStatement]"
) -> cst.Module:
    """Return the module with several statements in the place of one."""
    block = site.parents[old]
    assert isinstance(block, cst.IndentedBlock)  # noqa: S101  (a function is around it)
    body = [one for each in block.body for one in (new if each is old else [each])]
    return site.replaced(block, block.with_changes(body=body))


def code(node: cst.CSTNode) -> str:
    """Return the source of a node."""
    return cst.Module([]).code_for_node(node)
