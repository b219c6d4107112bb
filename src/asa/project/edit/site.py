"""A line of a module: the statement there, the function around it and the names it knows."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

import libcst as cst
import libcst.matchers as m
from libcst.metadata import MetadataWrapper, ParentNodeProvider, PositionProvider

__all__ = ["Site", "UnclearError", "call_name", "name_of"]

Node = TypeVar("Node", bound=cst.CSTNode)


class UnclearError(Exception):
    """The statement cannot be told without doubt; the message is a clause."""


class Site:
    """One line of a module.

    Attributes:
        module: With positions; what is found belongs to it.
        statement: The innermost statement there.

    Raises:
        UnclearError: No statement is there.
    """

    def __init__(self, module: cst.Module, line: int) -> None:
        wrapper = MetadataWrapper(module)
        self.module = wrapper.module
        self.positions = wrapper.resolve(PositionProvider)
        self.parents = wrapper.resolve(ParentNodeProvider)
        self.line = line
        self.statement = self.innermost()

    def innermost(self) -> cst.CSTNode:
        """Return the innermost statement on the line."""
        found = [
            node
            for node in self.nodes(self.module)
            if isinstance(node, cst.SimpleStatementLine | cst.BaseCompoundStatement)
            and self.covers(node)
        ]
        if not found:
            raise UnclearError("no statement is there any more")
        return max(found, key=lambda node: self.positions[node].start.line)

    def covers(self, node: cst.CSTNode) -> bool:
        """Tell whether the line lies within a node."""
        place = self.positions[node]
        return bool(place.start.line <= self.line <= place.end.line)

    def nodes(self, root: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """Yield a node and all within, in the order of the source."""
        yield root
        for child in root.children:
            yield from self.nodes(child)

    def header(self) -> Iterator[cst.CSTNode]:
        """Yield what belongs to the statement itself, not to the block below it."""
        waiting = [self.statement]
        while waiting:
            node = waiting.pop(0)
            yield node
            waiting += [child for child in node.children if not isinstance(child, cst.BaseSuite)]

    def calls(self) -> list[cst.Call]:
        """Return the calls of the statement itself."""
        return [node for node in self.header() if isinstance(node, cst.Call)]

    def around(self, node: cst.CSTNode, kind: type[Node]) -> Node | None:
        """Return the nearest node of a kind around another one."""
        parent = self.parents.get(node)
        while parent is not None and not isinstance(parent, kind):
            parent = self.parents.get(parent)
        return parent

    def chain(self, call: cst.Call) -> cst.Call:
        """Return the last call of a chain of methods: `select(...)` or what is called on it."""
        last: cst.CSTNode = call
        while True:
            attribute = self.parents.get(last)
            outer = self.parents.get(attribute) if attribute is not None else None
            if not (isinstance(attribute, cst.Attribute) and attribute.value is last):
                break
            if not (isinstance(outer, cst.Call) and outer.func is attribute):
                break
            last = outer
        assert isinstance(last, cst.Call)  # noqa: S101  (each step found one)
        return last

    def replaced(self, old: cst.CSTNode, new: cst.CSTNode) -> cst.Module:
        """Return the module with one node in the place of another."""
        changed = self.module.deep_replace(old, new)
        assert isinstance(changed, cst.Module)  # noqa: S101  (a part of it was replaced)
        return changed

    def knows(self, name: str) -> bool:
        """Tell whether the module defines or imports a name at its top, or the function does."""
        function = self.around(self.statement, cst.FunctionDef)
        roots = [self.module, *([function] if function else [])]
        return any(name in names(root) for root in roots)


def names(root: cst.CSTNode) -> set[str]:
    """Return the names that a module or function defines or imports."""
    found: set[str] = set()
    body = getattr(root, "body", ())
    statements: Iterable[cst.CSTNode] = getattr(body, "body", body)
    for statement in statements:
        if isinstance(statement, cst.ClassDef | cst.FunctionDef):
            found.add(statement.name.value)
        for node in m.findall(statement, m.ImportFrom() | m.Import()):
            for alias in getattr(node, "names", ()):
                if isinstance(alias, cst.ImportAlias):
                    found.add(alias.evaluated_alias or alias.evaluated_name.partition(".")[0])
    return found


def name_of(node: cst.CSTNode) -> str:
    """Return the last part of a dotted name; empty for anything else."""
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""


def call_name(call: cst.Call) -> str:
    """Return what a call calls: `select`, `scalars`."""
    return name_of(call.func)
