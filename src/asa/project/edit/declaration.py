"""Where a module declares a table: a mapped class, or a call of `Table`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import libcst as cst
import libcst.matchers as m

from asa.project.edit.site import UnclearError, call_name

__all__ = [
    "ARGUMENTS", "Declaration", "assigned", "class_named", "column_call", "found_in",
    "owner_of", "replaced", "spelt", "table_call",
]  # fmt: skip

ARGUMENTS = "__table_args__"
Node = TypeVar("Node", bound=cst.CSTNode)


@dataclass(frozen=True, slots=True)
class Declaration:
    """One table as a module declares it.

    Attributes:
        table: Its name, without a schema.
        class_name: Of the class that maps it; empty for a bare `Table(...)`.
        attributes: By column, the class's attribute for it.
        inherits: Whether the class gets `__table_args__` from another one.
    """

    table: str
    class_name: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    inherits: bool = False

    def attribute(self, column: str) -> str | None:
        """Return the attribute of a column; None where the class has none."""
        return next((name for held, name in self.attributes if held == column), None)


def class_named(module: cst.Module, name: str) -> cst.ClassDef:
    """Return the class of that name.

    Raises:
        UnclearError: There is not exactly one.
    """
    found = [node for node in found_in(module, cst.ClassDef) if node.name.value == name]
    if len(found) != 1:
        raise UnclearError(f"no single class {name} is there")
    return found[0]


def table_call(module: cst.Module, table: str) -> cst.Call:
    """Return the one call `Table("name", ...)`.

    Raises:
        UnclearError: There is not exactly one, or its arguments are computed.
    """
    found = [
        call
        for call in found_in(module, cst.Call)
        if call_name(call) == "Table" and call.args and spelt(call.args[0].value) == table
    ]
    if len(found) != 1:
        raise UnclearError(f'no single Table("{table}", ...) is there')
    if any(argument.star for argument in found[0].args):
        raise UnclearError(f'the arguments of Table("{table}", ...) are computed')
    return found[0]


def assigned(
    body: cst.BaseSuite, name: str
) -> tuple[cst.CSTNode, cst.BaseExpression | None] | None:
    """Return the assignment of a name in a block, and its value; None without one.

    Raises:
        UnclearError: It is a function there, or set more than once.
    """
    found: list[tuple[cst.CSTNode, cst.BaseExpression | None]] = []
    for statement in body.body:
        if isinstance(statement, cst.FunctionDef) and statement.name.value == name:
            raise UnclearError(f"{name} is a function there")
        for node in statement.body if isinstance(statement, cst.SimpleStatementLine) else ():
            match node:
                case cst.AnnAssign(target=cst.Name(value=target), value=value) if target == name:
                    found.append((node, value))
                case cst.Assign(
                    targets=[cst.AssignTarget(target=cst.Name(value=target))], value=value
                ) if target == name:
                    found.append((node, value))
    if len(found) > 1:
        raise UnclearError(f"{name} is set twice there")
    return found[0] if found else None


def spelt(node: cst.BaseExpression) -> str | None:
    """Return the text of a plain string literal; None for anything else."""
    if isinstance(node, cst.SimpleString | cst.ConcatenatedString):
        value = node.evaluated_value
        return value if isinstance(value, str) else None
    return None


def found_in(root: cst.CSTNode, kind: type[Node]) -> Iterator[Node]:
    """Yield the nodes of a kind, in the order of the source."""
    for node in m.findall(root, m.MatchIfTrue(lambda node: isinstance(node, kind))):
        assert isinstance(node, kind)  # noqa: S101  (so it was sought)
        yield node


def owner_of(module: cst.Module, declared: Declaration) -> cst.ClassDef | cst.Call:
    """Return the class that declares a table, or the `Table(...)` that does."""
    if not declared.class_name:
        return table_call(module, declared.table)
    owner = class_named(module, declared.class_name)
    if assigned(owner.body, "__table__") is not None:
        return table_call(module, declared.table)
    return owner


def column_call(table: cst.Call, column: str) -> cst.Call | None:
    """Return the `Column("name", ...)` of a `Table(...)`; None without one."""
    for argument in table.args:
        call = argument.value
        if isinstance(call, cst.Call) and call_name(call) == "Column" and call.args:
            name = spelt(call.args[0].value)
            if name == column:
                return call
    return None


def replaced(module: cst.Module, old: cst.CSTNode, new: cst.CSTNode) -> cst.Module:
    """Return a module with one node in the place of another."""
    changed = module.deep_replace(old, new)
    assert isinstance(changed, cst.Module)  # noqa: S101  (a part of it was replaced)
    return changed
