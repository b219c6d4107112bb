"""What a module calls the names of SQLAlchemy, with the imports that are lacking."""

from typing import TypeVar

import libcst as cst
from libcst.codemod import CodemodContext
from libcst.codemod.visitors import AddImportsVisitor
from libcst.helpers import get_full_name_for_node

from asa.project.edit.declaration import found_in

__all__ = ["spoken_in"]

Small = TypeVar("Small", bound=cst.BaseSmallStatement)

ORIGINS = {"Index": "sqlalchemy", "text": "sqlalchemy", "mapped_column": "sqlalchemy.orm"}


def spoken_in(
    module: cst.Module,
    owner: cst.CSTNode,
    written: cst.BaseExpression,
    context: CodemodContext,
) -> cst.BaseExpression:
    """Return an expression with SQLAlchemy's names as a module has them.

    Args:
        module: Where it is to stand.
        owner: The class or call there that it becomes a part of.
        written: It calls `Index`, `text` and the like.
        context: Is told of the imports to add.
    """
    names = {
        call.func.value
        for call in found_in(written, cst.Call)
        if isinstance(call.func, cst.Name) and call.func.value in ORIGINS
    }
    spoken = {name: name_for(module, owner, name, context) for name in sorted(names)}
    changed = written.visit(Called(spoken))
    assert isinstance(changed, cst.BaseExpression)  # noqa: S101  (names alone were replaced)
    return changed


class Called(cst.CSTTransformer):
    """Gives the functions that are called other names."""

    def __init__(self, names: dict[str, str]) -> None:
        super().__init__()
        self.names = names

    def leave_Call(  # noqa: N802  (libcst looks it up by this name)
        self, original_node: cst.Call, updated_node: cst.Call
    ) -> cst.Call:
        """Rename the function of one call."""
        function = original_node.func
        if isinstance(function, cst.Name) and function.value in self.names:
            return updated_node.with_changes(func=cst.parse_expression(self.names[function.value]))
        return updated_node


def name_for(module: cst.Module, owner: cst.CSTNode, name: str, context: CodemodContext) -> str:
    """Return how to call a name of SQLAlchemy; imports it where it has to be."""
    origin = ORIGINS[name]
    inner = bound_in(owner.body) if isinstance(owner, cst.ClassDef) else frozenset[str]()
    known = imported(module, origin)
    if name in known and known[name] not in inner:
        return known[name]
    whole = {
        alias.evaluated_alias: alias.evaluated_name
        for line in top_level(module, cst.Import)
        for alias in line.names
        if alias.evaluated_alias
    }
    for alias, package in whole.items():
        if package == origin and alias not in inner:
            return f"{alias}.{name}"
    taken = inner | bound_in(module)
    spoken = name if name not in taken else f"sql_{name.lower()}"
    AddImportsVisitor.add_needed_import(context, origin, name, None if spoken == name else spoken)
    return spoken


def imported(module: cst.Module, origin: str) -> dict[str, str]:
    """Return the names that a module imports from another, each with what it calls it."""
    found = {}
    for line in top_level(module, cst.ImportFrom):
        package = get_full_name_for_node(line.module) if line.module else ""
        if package != origin or isinstance(line.names, cst.ImportStar) or line.relative:
            continue
        for alias in line.names:
            found[alias.evaluated_name] = alias.evaluated_alias or alias.evaluated_name
    return found


def top_level(module: cst.Module, kind: type[Small]) -> list[Small]:
    """Return the statements of a kind at the top of a module."""
    lines = [line for line in module.body if isinstance(line, cst.SimpleStatementLine)]
    return [part for line in lines for part in line.body if isinstance(part, kind)]


def bound_in(block: cst.Module | cst.BaseSuite) -> frozenset[str]:
    """Return the names that the statements of a block bind."""
    found: set[str] = set()
    for statement in block.body:
        match statement:
            case (
                cst.ClassDef(name=cst.Name(value=name)) | cst.FunctionDef(name=cst.Name(value=name))
            ):
                found.add(name)
            case cst.SimpleStatementLine(body=parts):
                for part in parts:
                    found |= bound_by(part)
    return frozenset(found)


def bound_by(part: cst.CSTNode) -> set[str]:
    """Return the names that one small statement binds."""
    match part:
        case cst.AnnAssign(target=cst.Name(value=name)):
            return {name}
        case cst.Assign(targets=targets):
            return {t.target.value for t in targets if isinstance(t.target, cst.Name)}
        case cst.Import(names=names) | cst.ImportFrom(names=names):
            aliases = () if isinstance(names, cst.ImportStar) else names
            return {a.evaluated_alias or a.evaluated_name.partition(".")[0] for a in aliases}
    return set()
