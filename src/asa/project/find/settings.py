"""Settings read from the environment: plain reads, and pydantic-settings classes."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from asa.project.find.facts import Place
from asa.project.find.module import Module, dotted
from asa.project.find.origin import keyword, names
from asa.project.find.repository import Repository
from asa.project.find.scheme import scheme_within

__all__ = ["EnvironmentRead", "Field", "Settings", "environment_read", "readers_of"]

SETTINGS_BASES = frozenset({"pydantic_settings.BaseSettings", "pydantic.BaseSettings"})
READERS = frozenset({"environ.get", "getenv", "environ", "config", "env", "env.str", "env.url"})
# Classes of starlette, decouple and environs whose instances read variables when called.
READER_CLASSES = frozenset({"Config", "AutoConfig", "Env"})


@dataclass(frozen=True, slots=True)
class EnvironmentRead:
    """One read of an environment variable.

    Attributes:
        default: Whether the code gives a value to use where the variable is not set.
    """

    name: str
    default: bool


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a settings class.

    Attributes:
        owner: Name of the class.
        variable: The environment variable that fills it.
        dialect: Of its default where that is a URL.
    """

    name: str
    owner: str
    variable: str
    place: Place
    dialect: str | None = None


def readers_of(module: Module) -> frozenset[str]:
    """Return the names by which a module's calls read variables."""
    made = {
        name
        for name, value in module.assigns.items()
        if isinstance(value, ast.Call)
        and (dotted(value.func) or "").rpartition(".")[2] in READER_CLASSES
    }
    return READERS | made | {f"{name}.{kind}" for name in made for kind in ("str", "url")}


def environment_read(node: ast.expr, readers: frozenset[str] = READERS) -> EnvironmentRead | None:
    """Return what an expression reads from the environment.

    Knows `os.environ["X"]`, `os.environ.get("X")`, `os.getenv("X")`, and the `config("X")`
    and `env("X")` of starlette, decouple and environs, by whatever name in `readers`.
    """
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        read = environment_read(node.values[0], readers)
        return EnvironmentRead(read.name, default=True) if read else None
    if isinstance(node, ast.Subscript):
        name = dotted(node.value) or ""
        key = node.slice
        if name.rpartition(".")[2] == "environ" and isinstance(key, ast.Constant):
            return EnvironmentRead(str(key.value), default=False)
        return None
    if not isinstance(node, ast.Call) or not node.args:
        return None
    called, first = dotted(node.func) or "", node.args[0]
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return None
    if called.removeprefix("os.") not in readers:
        return None
    default = node.args[1] if len(node.args) > 1 else keyword(node, "default")
    empty = isinstance(default, ast.Constant) and default.value in (None, "")
    # decouple's and starlette's second positional argument is the cast or the default.
    return EnvironmentRead(first.value, default=default is not None and not empty)


class Settings:
    """The settings classes of a repository and the names that hold their instances."""

    def __init__(self, repository: Repository, modules: list[Module]) -> None:
        self.repository = repository
        self.modules = modules

    @cached_property
    def classes(self) -> dict[str, tuple[Module, ast.ClassDef]]:
        """Every settings class by its full name."""
        return {
            f"{module.name}.{name}": (module, source.node)
            for module in self.modules
            for name, source in module.classes.items()
            if self.is_settings(f"{module.name}.{name}", frozenset())
        }

    def is_settings(self, name: str, seen: frozenset[str]) -> bool:
        """Tell whether a class descends from pydantic's BaseSettings."""
        if name in SETTINGS_BASES:
            return True
        found = self.repository.split(name)
        if found is None or name in seen or found[1] not in found[0].classes:
            return False
        module, head, _ = found
        return any(
            self.is_settings(self.repository.resolve(module, dotted(base) or ""), seen | {name})
            for base in module.classes[head].node.bases
        )

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Every field, and every property, of every settings class; nested ones dotted."""
        own = [
            (module, node, item)
            for module, node in self.classes.values()
            for item in fields_of(module, node)
        ]
        nested = (inner for module, node, item in own for inner in self.nested(module, node, item))
        return (*(item for _, _, item in own), *nested)

    def nested(self, module: Module, node: ast.ClassDef, outer: Field) -> Iterator[Field]:
        """Yield the fields of the class that a field of a settings class holds."""
        annotations = (
            item.annotation
            for item in node.body
            if isinstance(item, ast.AnnAssign)
            and isinstance(item.target, ast.Name)
            and item.target.id == outer.name
        )
        full = self.repository.resolve(module, dotted(next(annotations, ast.Constant(0))) or "")
        found = self.repository.split(full)
        if found is None or found[1] not in found[0].classes:
            return
        delimiter = config_text(node, "env_nested_delimiter") or "__"
        for inner in fields_of(found[0], found[0].classes[found[1]].node):
            yield replace(
                inner,
                name=f"{outer.name}.{inner.name}",
                variable=f"{outer.variable}{delimiter}{inner.name}".upper(),
            )

    @cached_property
    def instances(self) -> dict[str, str]:
        """Full class name to `module:name` (or `module:function()`) of an instance of it."""
        held: dict[str, str] = {}
        for module in self.modules:
            for name, value in module.assigns.items():
                target = self.made_by(module, value)
                if target:
                    held.setdefault(target, f"{module.name}:{name}")
        for module in self.modules:
            for name, function in module.functions.items():
                returned = [n.value for n in ast.walk(function) if isinstance(n, ast.Return)]
                plain = not function.args.args and isinstance(function, ast.FunctionDef)
                target = self.made_by(module, returned[0]) if returned and plain else None
                if target:
                    held.setdefault(target, f"{module.name}:{name}()")
        return held

    def made_by(self, module: Module, value: ast.expr | None) -> str | None:
        """Return the settings class whose instance an expression makes."""
        if not isinstance(value, ast.Call):
            return None
        full = self.repository.resolve(module, dotted(value.func) or "")
        if full in self.classes:
            return full
        found = self.repository.split(full)
        function = found[0].functions.get(found[1]) if found else None
        if found is None or function is None:
            return None
        returns = [n.value for n in ast.walk(function) if isinstance(n, ast.Return)]
        made = returns[0] if returns else None
        if isinstance(made, ast.Call):
            target = self.repository.resolve(found[0], dotted(made.func) or "")
            return target if target in self.classes else None
        return None

    def attribute(self, path: list[str]) -> str | None:
        """Return the reference of the attribute of an instance that has such a field."""
        for name, (module, node) in self.classes.items():
            if name in self.instances and any(f.name == path[0] for f in fields_of(module, node)):
                return ".".join([self.instances[name], *path])
        return None


def fields_of(module: Module, node: ast.ClassDef) -> list[Field]:
    """Return the fields and properties of one settings class."""
    prefix = config_text(node, "env_prefix")
    found = []
    for statement in node.body:
        name, value = None, None
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            name, value = statement.target.id, statement.value
        elif isinstance(statement, ast.FunctionDef) and is_property(statement):
            name = statement.name
        if name is None or name == "model_config":
            continue
        variable = alias_of(value) or f"{prefix}{name}".upper()
        place = Place(module.path, statement.lineno)
        found.append(Field(name, node.name, variable, place, default_dialect(value)))
    return found


def config_text(node: ast.ClassDef, name: str) -> str:
    """Return a text of a settings class's configuration, in either of pydantic's two spellings."""
    for key, value in names(node.body):
        if key == "model_config":
            if isinstance(value, ast.Call):
                return text_of(keyword(value, name))
            if isinstance(value, ast.Dict):
                pairs = zip(value.keys, value.values, strict=True)
                return next((text_of(v) for k, v in pairs if text_of(k) == name), "")
    inner = (n for n in node.body if isinstance(n, ast.ClassDef) and n.name == "Config")
    return next((text_of(v) for config in inner for n, v in names(config.body) if n == name), "")


def alias_of(value: ast.expr | None) -> str | None:
    """Return the variable that `Field(alias=...)` or one of its like names."""
    if not isinstance(value, ast.Call):
        return None
    texts = (text_of(keyword(value, name)) for name in ("validation_alias", "alias", "env"))
    return next((text for text in texts if text), None)


def text_of(node: ast.expr | None) -> str:
    """Return a constant's text; empty for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def default_dialect(value: ast.expr | None) -> str | None:
    """Return the dialect of a default that is a database URL."""
    spoken = scheme_within(value) if value is not None else None
    return spoken[0] if spoken else None


def is_property(function: ast.FunctionDef) -> bool:
    """Tell whether a method reads like a field."""
    decorators = ((dotted(d) or "").rpartition(".")[2] for d in function.decorator_list)
    return any(name in ("property", "cached_property") for name in decorators)
