"""One parsed file: what it imports, defines and assigns at its top level."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["ClassSource", "Module", "assigned", "dotted", "is_main_guard", "parse_module"]


@dataclass(frozen=True, slots=True)
class ClassSource:
    """One class statement at a module's top level.

    Attributes:
        node: Its syntax tree.
        conditional: Whether an `if` or `try` decides that it exists.
    """

    node: ast.ClassDef
    conditional: bool


@dataclass(slots=True)
class Module:
    """One module of the project.

    Attributes:
        name: Dotted.
        path: File below the repository's root.
        is_package: Whether the file is an `__init__.py`.
        imports: Local name to the dotted name that it stands for.
        stars: Modules imported with `*`.
        classes: By name, the last definition wins.
        functions: By name.
        assigns: Value assigned to a name at the top level.
        error: Line and message where the file is not Python.
    """

    name: str
    path: str
    is_package: bool
    tree: ast.Module
    imports: dict[str, str] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    classes: dict[str, ClassSource] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = field(default_factory=dict)
    assigns: dict[str, ast.expr] = field(default_factory=dict)
    error: tuple[int, str] | None = None

    def source_of(self, statement: ast.ImportFrom) -> str:
        """Return the dotted module that a `from ... import` names, relative dots resolved."""
        if not statement.level:
            return statement.module or ""
        parts = self.name.split(".")
        kept = len(parts) - statement.level + (1 if self.is_package else 0)
        inner = [statement.module] if statement.module else []
        return ".".join([*parts[: max(kept, 0)], *inner])

    def defines(self, name: str) -> bool:
        """Tell whether a name is made here (not imported)."""
        return name in self.classes or name in self.assigns or name in self.functions


def parse_module(name: str, path: str, text: str) -> Module:
    """Parse one file; a file that is not Python comes back empty with its `error`."""
    is_package = path.rpartition("/")[2] == "__init__.py"
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        place = (getattr(error, "lineno", None) or 1, getattr(error, "msg", None) or "not Python")
        return Module(name, path, is_package, ast.Module([], []), error=place)
    module = Module(name, path, is_package, tree)
    for statement, conditional in top_level(tree.body):
        record(module, statement, conditional)
    return module


def top_level(body: list[ast.stmt], conditional: bool = False) -> Iterator[tuple[ast.stmt, bool]]:
    """Yield the statements that run on import, with whether a condition decides it."""
    for statement in body:
        if isinstance(statement, ast.If):
            if is_main_guard(statement.test):
                continue
            yield from top_level(statement.body, conditional=True)
            yield from top_level(statement.orelse, conditional=True)
        elif isinstance(statement, ast.Try):
            yield from top_level(statement.body, conditional=True)
            for handler in statement.handlers:
                yield from top_level(handler.body, conditional=True)
            yield from top_level(statement.orelse, conditional=True)
        elif isinstance(statement, ast.With):
            yield from top_level(statement.body, conditional)
        else:
            yield statement, conditional


def is_main_guard(test: ast.expr) -> bool:
    """Tell whether a condition is `__name__ == "__main__"`."""
    return any(isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(test))


def record(module: Module, statement: ast.stmt, conditional: bool) -> None:
    """Enter one statement into the module's tables."""
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            first = alias.name.partition(".")[0]
            module.imports[alias.asname or first] = alias.name if alias.asname else first
    elif isinstance(statement, ast.ImportFrom):
        source = module.source_of(statement)
        for alias in statement.names:
            if alias.name == "*":
                module.stars.append(source)
            else:
                module.imports[alias.asname or alias.name] = f"{source}.{alias.name}"
    elif isinstance(statement, ast.ClassDef):
        module.classes[statement.name] = ClassSource(statement, conditional)
    elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        module.functions[statement.name] = statement
    else:
        for name, value in assigned(statement):
            module.assigns[name] = value


def assigned(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """Yield the plain names that a statement binds, each with its value."""
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Name):
                yield target.id, statement.value
    elif (
        isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and statement.value is not None
    ):
        yield statement.target.id, statement.value


def dotted(node: ast.expr) -> str | None:
    """Return `a.b.c` for a chain of names, subscripts looked through; None for anything else."""
    if isinstance(node, ast.Subscript):
        return dotted(node.value)
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = dotted(node.value) if isinstance(node.value, (ast.Name, ast.Attribute)) else None
        return f"{head}.{node.attr}" if head else None
    return None
