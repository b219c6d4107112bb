"""The attributes that mapped classes, their mixins and bases spell, with their lines."""

import ast
from collections.abc import Iterator

from asa.model.finding import Location
from asa.model.usage import AttributeSource
from asa.project.find import ProjectSource
from asa.project.find.module import Module, dotted
from asa.project.find.repository import Repository

__all__ = ["attributes_of"]


def attributes_of(source: ProjectSource, repository: Repository) -> Iterator[AttributeSource]:
    """Yield the attributes of every mapped class and of the project's classes that it is of."""
    seen: set[str] = set()
    for found in source.metadata:
        waiting = [f"{item.module}.{item.name}" for item in found.classes]
        while waiting:
            name = waiting.pop()
            place = repository.split(name)
            if name in seen or place is None or place[1] not in place[0].classes:
                continue
            seen.add(name)
            module, head, _ = place
            node = module.classes[head].node
            yield from spelt(module, node)
            bases = (dotted(base) for base in node.bases)
            waiting += [repository.resolve(module, base) for base in bases if base]


def spelt(module: Module, node: ast.ClassDef) -> Iterator[AttributeSource]:
    """Yield the attributes of one class body; of a `declared_attr` those that it names."""
    for statement in node.body:
        location = Location(module.path, statement.lineno)
        owner = f"{module.name}:{node.name}"
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                names = spoken(value) if value is not None else frozenset()
                yield AttributeSource(owner, name, location, ast.unparse(annotation), names)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield AttributeSource(owner, name, location, None, spoken(value))
            case ast.FunctionDef(name=name) if statement.decorator_list:
                returned = ast.unparse(statement.returns) if statement.returns else None
                yield AttributeSource(owner, name, location, returned, spoken(statement))


def spoken(node: ast.AST) -> frozenset[str]:
    """Return the dotted names that a node speaks of."""
    return frozenset(
        name
        for part in ast.walk(node)
        if isinstance(part, ast.Name | ast.Attribute) and (name := dotted(part))
    )
