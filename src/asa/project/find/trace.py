"""Follow an expression back to the environment variable or the attribute that it comes from."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from asa.project.find.module import Module, dotted
from asa.project.find.origin import keyword
from asa.project.find.repository import Repository
from asa.project.find.settings import Settings, environment_read, readers_of

__all__ = ["Scope", "Trace", "calls_in_scope"]

# Calls that change the form of a URL and not where it comes from.
TRANSPARENT_CALLS = frozenset({"str", "make_url"})
TRANSPARENT_METHODS = frozenset(
    {"replace", "unicode_string", "get_secret_value", "render_as_string", "strip", "set", "format"}
)
DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands.

    Attributes:
        module: Its module.
        owner: The top-level function or class around it; None at the top level.
        names: Values bound there, `self.name` among them.
    """

    module: Module
    owner: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | None = None
    names: dict[str, ast.expr] = field(default_factory=dict)


def calls_in_scope(module: Module) -> Iterator[tuple[Scope, ast.Call]]:
    """Yield every call of a module with its scope."""
    for statement in module.tree.body:
        scope = Scope(module)
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            scope = Scope(module, statement, bound(statement))
        for node in ast.walk(statement):
            if isinstance(node, ast.Call):
                yield scope, node


def bound(statement: ast.stmt) -> dict[str, ast.expr]:
    """Return what a function or the methods of a class bind: `url = ...`, `self.url = ...`."""
    names = {}
    for node in ast.walk(statement):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                name = dotted(target)
                if name and (isinstance(target, ast.Name) or name.startswith("self.")):
                    names[name] = node.value
    return names


class Trace:
    """Follows expressions of one scope."""

    def __init__(self, repository: Repository, settings: Settings, scope: Scope) -> None:
        self.repository = repository
        self.settings = settings
        self.scope = scope

    def reference(self, value: ast.expr, depth: int = 0) -> str | None:
        """Return `env:NAME` or `module:attribute` for an expression; None where it is neither."""
        value = bare(value)
        read = environment_read(value, readers_of(self.scope.module))
        if read is not None:
            # A default in the code would be lost: the name that holds both is better.
            return None if read.default else f"env:{read.name}"
        chain = steps(value)
        if chain is None or depth > DEEPEST:
            return None
        head, *rest = chain
        if head == "self" and rest:
            head, rest = f"self.{rest[0]}", rest[1:]
        if head in self.scope.names:
            return self.local(head, rest, depth)
        return self.global_name(head, rest, depth)

    def local(self, head: str, rest: list[str], depth: int) -> str | None:
        """Follow a name that the function binds (`settings = get_settings()`)."""
        value = self.scope.names[head]
        if not rest:
            return self.reference(value, depth + 1)
        chain = steps(bare(value))
        if chain is None or chain[0] == head:
            return None
        return self.global_name(chain[0], [*chain[1:], *rest], depth + 1)

    def global_name(self, head: str, rest: list[str], depth: int) -> str | None:
        """Follow a name of the module, its own or imported, to the module that makes it."""
        full = self.repository.resolve(self.scope.module, head.removesuffix("()"))
        while rest and self.repository.module(full) is not None:
            # `config.DATABASE_URL`: the name before the dot is a module.
            head, *rest = rest
            full = self.repository.follow(f"{full}.{head.removesuffix('()')}", frozenset())
        called = head.endswith("()")
        found = self.repository.split(full)
        if found is None or not found[0].defines(found[1]):
            return self.argument(head, depth) if not rest else self.settings.attribute(rest)
        module, name, inner = found
        if called and name in module.classes:
            return self.settings.attribute(rest) if rest else None
        path = [*inner, *rest]
        if not path and not called:
            plain = self.variable_of(module, name, depth)
            if plain is not None:
                return plain
        if not path and called and not callable_plainly(module, name):
            return None
        return f"{module.name}:{'.'.join([name + ('()' if called else ''), *path])}"

    def variable_of(self, module: Module, name: str, depth: int) -> str | None:
        """Return `env:NAME` where a module's name is nothing but a variable that is read."""
        value = module.assigns.get(name)
        if value is None:
            return None
        found = Trace(self.repository, self.settings, Scope(module)).reference(value, depth + 1)
        return found if found is not None and found.startswith("env:") else None

    def argument(self, name: str, depth: int) -> str | None:
        """Follow a parameter of the function or class to a place that calls it."""
        owner = self.scope.owner
        if owner is None or name not in (parameters := parameters_of(owner)):
            return None
        full = f"{self.scope.module.name}.{owner.name}"
        for module in self.settings.modules:
            for scope, call in calls_in_scope(module):
                called = dotted(call.func)
                if called is None or called.rpartition(".")[2] not in (owner.name, "cls"):
                    continue
                if self.repository.resolve(module, called) != full:
                    continue
                place = parameters.index(name)
                given = call.args[place] if place < len(call.args) else keyword(call, name)
                if given is not None:
                    inner = Trace(self.repository, self.settings, scope)
                    return inner.reference(given, depth + 1)
        return None


def parameters_of(owner: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[str]:
    """Return the parameters that a caller gives, in order; of a class, those of its `__init__`."""
    if isinstance(owner, ast.ClassDef):
        makers = (n for n in owner.body if isinstance(n, ast.FunctionDef) and n.name == "__init__")
        maker = next(makers, None)
        return parameters_of(maker)[1:] if maker else []
    taken = owner.args
    return [argument.arg for argument in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs)]


def callable_plainly(module: Module, name: str) -> bool:
    """Tell whether a function of a module can be called without arguments and without a loop."""
    function = module.functions.get(name)
    return isinstance(function, ast.FunctionDef) and not (
        len(function.args.args) - len(function.args.defaults)
    )


def bare(value: ast.expr) -> ast.expr:
    """Return an expression without the calls that only change its form."""
    while isinstance(value, ast.Call):
        if isinstance(value.func, ast.Attribute) and value.func.attr in TRANSPARENT_METHODS:
            value = value.func.value
        elif (dotted(value.func) or "").rpartition(".")[2] in TRANSPARENT_CALLS and value.args:
            value = value.args[0]
        else:
            break
    return value


def steps(value: ast.expr) -> list[str] | None:
    """Return the steps of `settings.db.url` or `get_settings().url()`; None for anything else."""
    found: list[str] = []
    suffix = ""
    while True:
        if isinstance(value, ast.Attribute):
            found.append(value.attr + suffix)
            value, suffix = value.value, ""
        elif isinstance(value, ast.Call) and not value.args and not value.keywords and not suffix:
            value, suffix = value.func, "()"
        elif isinstance(value, ast.Name):
            return [*reversed([*found, value.id + suffix])]
        else:
            return None
