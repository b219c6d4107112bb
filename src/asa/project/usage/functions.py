"""The functions of a module, however deep, each with the code that is its own."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from asa.model.finding import Location
from asa.project.find.module import Module, dotted
from asa.project.find.repository import Repository

__all__ = ["Function", "FunctionNode", "called", "functions_in", "keywords", "last_name"]

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Function:
    """One function, or the code of a module or class that runs on import.

    Attributes:
        module: Where it stands.
        node: Its syntax tree; None for the code outside of functions.
        name: Dotted from the module on; empty for the code outside of functions.
        nodes: Its own statements and expressions, those of inner functions left out.
    """

    module: Module
    node: FunctionNode | None
    name: str
    nodes: tuple[ast.AST, ...]

    @property
    def is_async(self) -> bool:
        """Whether it is an `async def`."""
        return isinstance(self.node, ast.AsyncFunctionDef)

    def location(self, node: ast.AST) -> Location:
        """Return where a node of it is."""
        return Location(self.module.path, getattr(node, "lineno", 0))

    def calls(self) -> Iterator[ast.Call]:
        """Yield the calls that it makes itself."""
        for node in self.nodes:
            if isinstance(node, ast.Call):
                yield node

    def assignments(self) -> Iterator[tuple[str, ast.expr]]:
        """Yield each plain name that it binds, with the value."""
        for node in self.nodes:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        yield target.id, node.value
            elif (
                isinstance(node, (ast.AnnAssign, ast.NamedExpr))
                and isinstance(node.target, ast.Name)
                and node.value is not None
            ):
                yield node.target.id, node.value

    def parameters(self) -> Iterator[ast.arg]:
        """Yield its parameters."""
        if self.node is not None:
            taken = self.node.args
            yield from (*taken.posonlyargs, *taken.args, *taken.kwonlyargs)


def functions_in(module: Module) -> Iterator[Function]:
    """Yield the code outside of functions, then every function and method."""
    yield Function(module, None, "", tuple(own_nodes(module.tree, through_classes=True)))
    yield from inner_functions(module, module.tree, "")


def inner_functions(module: Module, scope: ast.AST, prefix: str) -> Iterator[Function]:
    """Yield the functions below a node."""
    for child in ast.iter_child_nodes(scope):
        if isinstance(child, SCOPES):
            name = f"{prefix}{child.name}"
            if not isinstance(child, ast.ClassDef):
                yield Function(module, child, name, tuple(own_nodes(child)))
            yield from inner_functions(module, child, f"{name}.")
        else:
            yield from inner_functions(module, child, prefix)


def own_nodes(scope: ast.AST, *, through_classes: bool = False) -> Iterator[ast.AST]:
    """Yield the nodes of a scope without those of inner scopes."""
    for child in ast.iter_child_nodes(scope):
        if isinstance(child, ast.ClassDef) and through_classes:
            yield from own_nodes(child, through_classes=True)
        elif not isinstance(child, SCOPES):
            yield child
            yield from own_nodes(child, through_classes=through_classes)


def called(call: ast.Call, module: Module, repository: Repository) -> str:
    """Return the full dotted name of what is called; empty where that is no name.

    A name that a function imports itself is taken for what it says.
    """
    name = dotted(call.func)
    if name is None:
        return ""
    full = repository.resolve(module, name)
    found = repository.split(full)
    if found is not None and not found[0].defines(found[1]):
        return name
    return full


def last_name(name: str) -> str:
    """Return the last step of a dotted name."""
    return name.rpartition(".")[2]


def keywords(call: ast.Call) -> dict[str, str]:
    """Return the source text of each keyword argument; `**` for those that are computed."""
    return {item.arg or "**": ast.unparse(item.value) for item in call.keywords}
