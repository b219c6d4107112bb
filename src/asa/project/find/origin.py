"""Where a mapped class comes from: its declarative base, and the MetaData behind that.

A *family* is named by the dotted name of the base class, registry or MetaData that its
members share; several bases over one MetaData are one family.
"""

import ast
from collections.abc import Iterator

from asa.project.find.facts import Place
from asa.project.find.module import ClassSource, Module, assigned, dotted
from asa.project.find.repository import Repository

__all__ = ["Origins", "keyword", "names"]

DECLARATIVE = frozenset({"sqlalchemy.orm.DeclarativeBase", "sqlalchemy.orm.DeclarativeBaseNoMeta"})
METACLASSES = frozenset(
    {"sqlalchemy.orm.DeclarativeMeta", "sqlalchemy.ext.declarative.DeclarativeMeta"}
)
SQLMODEL = frozenset({"sqlmodel.SQLModel", "sqlmodel.main.SQLModel"})
BASE_FACTORIES = frozenset(
    {
        "sqlalchemy.orm.declarative_base",
        "sqlalchemy.orm.decl_api.declarative_base",
        "sqlalchemy.ext.declarative.declarative_base",
        "sqlalchemy.ext.declarative.api.declarative_base",
    }
)
REGISTRIES = frozenset({"sqlalchemy.orm.registry", "sqlalchemy.orm.decl_api.registry"})
METADATA = frozenset({"sqlalchemy.MetaData", "sqlalchemy.schema.MetaData"})
# Libraries whose ready-made classes are declarative bases over one MetaData of their own.
LIBRARY_BASES = {
    "advanced_alchemy.base": "advanced_alchemy.base",
    "advanced_alchemy.extensions": "advanced_alchemy.base",
    "litestar.plugins.sqlalchemy.base": "advanced_alchemy.base",
}
MAPPING_DECORATORS = ("mapped", "mapped_as_dataclass")
BASE_DECORATORS = ("as_declarative_base", "as_declarative")


class Origins:
    """Answers, for one repository, to which family a name belongs."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.families: dict[str, str | None] = {}
        self.references: dict[str, str] = {}

    def family(self, name: str) -> str | None:
        """Return the family of a class, base, registry or MetaData; None where it has none.

        Args:
            name: Full dotted name, as `Repository.resolve` gives it.
        """
        if name not in self.families:
            self.families[name] = None  # a class that leads back to itself has no family
            self.families[name] = self.derive(name)
        return self.families[name]

    def derive(self, name: str) -> str | None:
        """Work the family out from the source."""
        if name in SQLMODEL:
            return self.noted("sqlmodel.SQLModel", name)
        for prefix, shared in LIBRARY_BASES.items():
            # Beside its bases such a library has mixins, which lead to no MetaData.
            if name.startswith(f"{prefix}.") and name.endswith(("Base", ".SQLQuery")):
                return self.noted(shared, name)
        found = self.repository.split(name)
        if found is None:
            return None
        module, head, rest = found
        if rest:
            return self.of_attribute(f"{module.name}.{head}", rest)
        if head in module.classes:
            return self.of_class(module, name, module.classes[head])
        if head in module.assigns:
            return self.of_value(module, name, module.assigns[head])
        return None

    def of_attribute(self, owner: str, rest: list[str]) -> str | None:
        """Return the family of `Base.metadata`, `Base.registry` or `registry.metadata`."""
        return self.family(owner) if rest in (["metadata"], ["registry"]) else None

    def of_class(self, module: Module, name: str, source: ClassSource) -> str | None:
        """Return the family of a class of the repository."""
        decorated = self.decorator(module, source.node)
        if decorated is not None:
            kind, owner = decorated
            family = self.family(self.repository.resolve(module, owner)) if owner else None
            return family or (self.noted(name, name) if kind in BASE_DECORATORS else None)
        own = self.own_metadata(module, source.node)
        if self.has_metaclass(module, source.node):
            return self.noted(own or name, name)
        for base in source.node.bases:
            if isinstance(base, ast.Call):
                made = self.of_value(module, name, base)
                if made is not None:
                    return self.noted(own or made, name)
            target = self.repository.resolve(module, dotted(base) or "")
            if target in DECLARATIVE:
                return self.noted(own or name, name)
            family = self.family(target)
            if family is not None:
                return self.noted(own, name) if own else family
        return self.library(module, source.node)

    def library(self, module: Module, node: ast.ClassDef) -> str | None:
        """Return the family of a class that is mapped by a base from an unknown library.

        `__tablename__` beside a base of another package, whose name says that it is one.
        """
        if not any(key in ("__tablename__", "__table__") for key, _ in names(node.body)):
            return None
        for base in node.bases:
            target = self.repository.resolve(module, dotted(base) or "")
            package, _, last = target.rpartition(".")
            own = self.repository.split(target) is not None
            if package and not own and last.endswith(("Base", "Model")) and not known_mixin(target):
                return self.noted(target, target)
        return None

    def of_value(self, module: Module, name: str, value: ast.expr) -> str | None:
        """Return the family of a name that a call or an alias makes."""
        if not isinstance(value, ast.Call):
            alias = dotted(value)
            return self.family(self.repository.resolve(module, alias)) if alias else None
        called = dotted(value.func)
        if called is None:
            return None
        target = self.repository.resolve(module, called)
        if target in METADATA:
            return self.noted(name, name)
        if target in BASE_FACTORIES or target in REGISTRIES:
            given = keyword(value, "metadata")
            shared = self.metadata(module, given) if given is not None else None
            return self.noted(shared or name, name)
        if called.rpartition(".")[2] == "generate_base":
            owner = self.repository.resolve(module, called.rpartition(".")[0])
            family = self.family(owner)
            return self.noted(family, name) if family else None
        return None

    def metadata(self, module: Module, value: ast.expr) -> str | None:
        """Return the family behind an expression that stands for a MetaData."""
        used = dotted(value)
        return self.family(self.repository.resolve(module, used)) if used else None

    def has_metaclass(self, module: Module, node: ast.ClassDef) -> bool:
        """Tell whether a class is made a base by its metaclass, as before DeclarativeBase."""
        given = next((item.value for item in node.keywords if item.arg == "metaclass"), None)
        return given is not None and (
            self.repository.resolve(module, dotted(given) or "") in METACLASSES
        )

    def own_metadata(self, module: Module, node: ast.ClassDef) -> str | None:
        """Return the family of the MetaData or registry that a base class sets for itself."""
        # SQLModel takes its registry as an argument of the class statement.
        arguments = [(item.arg, item.value) for item in node.keywords]
        for name, value in [*names(node.body), *arguments]:
            if name in ("metadata", "registry"):
                shared = self.metadata(module, value)
                if shared:
                    return shared
                if isinstance(value, ast.Call):
                    return f"{module.name}.{node.name}"
        return None

    def decorator(self, module: Module, node: ast.ClassDef) -> tuple[str, str] | None:
        """Return (what, registry) of `@reg.mapped`, `@reg.as_declarative_base()` and their like."""
        for item in node.decorator_list:
            called = dotted(item.func if isinstance(item, ast.Call) else item)
            if called is None:
                continue
            owner, _, kind = called.rpartition(".")
            if kind in (*MAPPING_DECORATORS, *BASE_DECORATORS):
                external = self.repository.split(self.repository.resolve(module, owner or kind))
                return kind, owner if external is not None else ""
        return None

    def noted(self, family: str | None, name: str) -> str | None:
        """Remember the best name to reach a family by: a base class before a bare MetaData."""
        if family is None:
            return None
        held = self.references.get(family)
        if held is None or (self.rank(name), name) < (self.rank(held), held):
            self.references[family] = name
        return family

    def rank(self, name: str) -> int:
        """Order the names of one family: class, generated base, registry, MetaData, foreign."""
        found = self.repository.split(name)
        if found is None:
            return 4
        module, head, _ = found
        if head in module.classes:
            return 0
        value = module.assigns.get(head)
        called = dotted(value.func) if isinstance(value, ast.Call) else None
        last = (called or "").rpartition(".")[2]
        return {"registry": 2, "MetaData": 3}.get(last, 1)

    def reference(self, family: str) -> str:
        """Return `module:attribute` by which a family is imported."""
        name = self.references.get(family, family)
        found = self.repository.split(name)
        if found is None:
            module, _, attribute = name.rpartition(".")
            return f"{module}:{attribute}"
        return f"{found[0].name}:{'.'.join([found[1], *found[2]])}"

    def place(self, family: str) -> Place | None:
        """Return where a family is declared; None for another library's."""
        found = self.repository.split(self.references.get(family, family))
        if found is None:
            return None
        module, head, _ = found
        if head in module.classes:
            return Place(module.path, module.classes[head].node.lineno)
        value = module.assigns.get(head)
        return Place(module.path, value.lineno) if value is not None else None

    def mapped(self, name: str) -> str | None:
        """Return the family of a class that has a table of its own or its parent's, else None."""
        family = self.family(name)
        found = self.repository.split(name)
        if family is None or found is None or found[2]:
            return None
        module, head, _ = found
        source = module.classes.get(head)
        if source is None or self.is_base(module, source.node) or is_abstract(source.node):
            return None
        if family == "sqlmodel.SQLModel" or self.is_sqlmodel(name):
            return family if has_table(source.node) else None
        return family

    def is_base(self, module: Module, node: ast.ClassDef) -> bool:
        """Tell whether a class is a declarative base itself."""
        decorated = self.decorator(module, node)
        if decorated is not None:
            return decorated[0] in BASE_DECORATORS
        targets = (self.repository.resolve(module, dotted(base) or "") for base in node.bases)
        made = any(isinstance(base, ast.Call) for base in node.bases)
        return made or self.has_metaclass(module, node) or any(t in DECLARATIVE for t in targets)

    def is_sqlmodel(self, name: str) -> bool:
        """Tell whether a class descends from SQLModel, over whatever MetaData."""
        found = self.repository.split(name)
        if name in SQLMODEL:
            return True
        if found is None or found[1] not in found[0].classes:
            return False
        module, head, _ = found
        targets = (
            self.repository.resolve(module, dotted(base) or "")
            for base in module.classes[head].node.bases
        )
        return any(target != name and self.is_sqlmodel(target) for target in targets)


def known_mixin(name: str) -> bool:
    """Tell whether a foreign class only adds columns or methods and maps nothing."""
    return name.startswith(("sqlalchemy.", "pydantic", "typing", "fastapi_users", "abc."))


def names(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """Yield the (name, value) pairs that a class body assigns."""
    for statement in body:
        yield from assigned(statement)


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """Return the value of a keyword argument."""
    return next((item.value for item in call.keywords if item.arg == name), None)


def is_abstract(node: ast.ClassDef) -> bool:
    """Tell whether a class body says `__abstract__ = True`."""
    return any(
        name == "__abstract__" and isinstance(value, ast.Constant) and value.value is True
        for name, value in names(node.body)
    )


def has_table(node: ast.ClassDef) -> bool:
    """Tell whether a SQLModel class is declared with `table=True`."""
    return any(
        item.arg == "table" and isinstance(item.value, ast.Constant) and item.value.value is True
        for item in node.keywords
    )
