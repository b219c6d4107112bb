"""Where the project takes its database URL from.

The surest witness is the call that makes the engine: its argument is followed back to the
environment variable or the settings attribute that it comes from. Without one, a variable
or a settings field named like a database URL is taken. The value itself is only looked at
for its scheme and never kept.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from asa.project.find.facts import FoundUrl, Place
from asa.project.find.module import Module, dotted
from asa.project.find.repository import Repository
from asa.project.find.settings import Settings, environment_read

__all__ = ["find_urls", "spoken_scheme"]

SPEAKS_OF_URL = re.compile(r"create_(?:async_)?engine|environ|getenv|Settings|[Cc]onfig|\benv\b")
NAMED_LIKE_URL = re.compile(
    r"(?i)(?:^|_)(?:(?:sqlalchemy_)?(?:async_)?(?:database|db|postgres(?:ql)?|pg|mysql|mariadb|sqlite)"
    r"_?(?:async_?)?(?:url|uri|dsn))$"
)
LESS_LIKELY = re.compile(r"(?i)test|replica|read|sync(?<!async)|redis|legacy|old")
ENGINE_CALLS = ("create_async_engine", "create_engine")
SCHEME = re.compile(r"^(postgres(?:ql)?|mysql|mariadb|sqlite)(?:\+(\w+))?:")
FAMILIES = {"postgres": "postgresql", "mariadb": "mysql"}
# Calls that change the form of a URL and not where it comes from.
TRANSPARENT_CALLS = frozenset({"str", "make_url"})
TRANSPARENT_METHODS = frozenset(
    {"replace", "unicode_string", "get_secret_value", "render_as_string", "strip", "set", "format"}
)


def find_urls(repository: Repository, dotenv: dict[str, str | None]) -> tuple[FoundUrl, ...]:
    """Return every place that the URL may come from, the likeliest first, each once.

    Args:
        repository: Where to look.
        dotenv: Names set in `.env` and their values; only schemes are taken from it.
    """
    modules = list(repository.mentioning(SPEAKS_OF_URL))
    settings = Settings(repository, modules)
    found = [
        *engines(repository, modules, settings),
        *settings_fields(settings),
        *variables(modules),
        *(FoundUrl(f"env:{name}", Place(".env", 1), "set") for name in in_dotenv(dotenv)),
    ]
    found.sort(key=lambda url: bool(LESS_LIKELY.search(url.reference.rpartition(":")[2])))
    first = {url.reference: url for url in reversed(found)}
    ordered = dict.fromkeys(url.reference for url in found)
    return tuple(with_dialect(first[reference], repository, dotenv) for reference in ordered)


def in_dotenv(dotenv: dict[str, str | None]) -> list[str]:
    """Return the names in `.env` that hold or are named like a database URL."""
    return [
        name
        for name, value in dotenv.items()
        if SCHEME.match(value or "") or NAMED_LIKE_URL.search(name)
    ]


def with_dialect(url: FoundUrl, repository: Repository, dotenv: dict[str, str | None]) -> FoundUrl:
    """Return the URL with the dialect that its value in `.env` or its source shows."""
    if url.dialect is not None:
        return url
    kind, _, name = url.reference.partition(":")
    spoken = spoken_scheme(dotenv.get(name) or "") if kind == "env" else None
    if spoken is None and kind != "env":
        module = repository.module(kind)
        value = module.assigns.get(name.partition(".")[0]) if module else None
        spoken = scheme_within(value) if value is not None else None
    return replace(url, dialect=spoken[0], driver=spoken[1]) if spoken else url


def spoken_scheme(text: str) -> tuple[str, str | None] | None:
    """Return (dialect, driver) of a text that begins like a database URL."""
    match = SCHEME.match(text.strip())
    return (FAMILIES.get(match[1], match[1]), match[2]) if match else None


def scheme_within(value: ast.expr) -> tuple[str, str | None] | None:
    """Return (dialect, driver) of the first URL-like text in an expression."""
    texts = (
        node.value
        for node in ast.walk(value)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return next((spoken for text in texts if (spoken := spoken_scheme(text))), None)


def engines(
    repository: Repository, modules: list[Module], settings: Settings
) -> Iterator[FoundUrl]:
    """Yield the sources of the URLs given to engine calls, async engines first."""
    calls = [
        (module, scope, call)
        for module in modules
        for scope, call in calls_in_scope(module)
        if (dotted(call.func) or "").rpartition(".")[2] in ENGINE_CALLS
    ]
    calls.sort(
        key=lambda found: (dotted(found[2].func) or "").rpartition(".")[2] != ENGINE_CALLS[0]
    )
    for module, scope, call in calls:
        given = (
            call.args[0]
            if call.args
            else next((k.value for k in call.keywords if k.arg == "url"), None)
        )
        if given is None:
            continue
        reference = Trace(repository, settings, module, scope).reference(given)
        name = (dotted(call.func) or "").rpartition(".")[2]
        if reference is None:
            engine = assigned_to(module, call)
            reference = f"{module.name}:{engine}.url" if engine else None
        if reference is not None:
            spoken = scheme_within(given)
            yield FoundUrl(
                reference,
                Place(module.path, call.lineno),
                f"given to {name}",
                *(spoken or (None, None)),
            )


def assigned_to(module: Module, call: ast.Call) -> str | None:
    """Return the top-level name that a call's result is bound to."""
    return next((name for name, value in module.assigns.items() if value is call), None)


Scope = dict[str, ast.expr]


def calls_in_scope(module: Module) -> Iterator[tuple[Scope, ast.Call]]:
    """Yield every call with the local names of the function that it stands in."""
    for statement in module.tree.body:
        scope: Scope = {}
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            scope = {
                target.id: node.value
                for node in ast.walk(statement)
                if isinstance(node, ast.Assign)
                for target in node.targets
                if isinstance(target, ast.Name)
            }
        for node in ast.walk(statement):
            if isinstance(node, ast.Call):
                yield scope, node


class Trace:
    """Follows an expression in one module back to where its value comes from."""

    def __init__(
        self, repository: Repository, settings: Settings, module: Module, scope: Scope
    ) -> None:
        self.repository = repository
        self.settings = settings
        self.module = module
        self.scope = scope

    def reference(self, value: ast.expr, depth: int = 0) -> str | None:
        """Return `env:NAME` or `module:attribute` for an expression; None where it is neither."""
        value = bare(value)
        read = environment_read(value)
        if read is not None:
            # A default in the code would be lost: the name that holds both is better.
            return None if read.default else f"env:{read.name}"
        if depth > 5:
            return None
        chain = steps(value)
        if chain is None:
            return None
        head, *rest = chain
        if head in self.scope:
            return self.local(head, rest, depth)
        return self.global_name(head, rest, depth)

    def local(self, head: str, rest: list[str], depth: int) -> str | None:
        """Follow a name that the function binds (`settings = get_settings()`)."""
        bound = self.scope[head]
        if not rest:
            return self.reference(bound, depth + 1)
        chain = steps(bare(bound))
        if chain is None or chain[0] == head:
            return None
        return self.global_name(chain[0], [*chain[1:], *rest], depth + 1)

    def global_name(self, head: str, rest: list[str], depth: int) -> str | None:
        """Follow a name of the module, its own or imported, to the module that makes it."""
        called = head.endswith("()")
        full = self.repository.resolve(self.module, head.removesuffix("()"))
        found = self.repository.split(full)
        if found is None or not found[0].defines(found[1]):
            return self.settings.attribute(rest) if rest else None
        module, name, inner = found
        attributes = [*inner, *rest]
        if called and name in module.classes:
            return self.settings.attribute(rest)
        if not attributes and not called and name in module.assigns:
            other = Trace(self.repository, self.settings, module, {})
            plain = other.reference(module.assigns[name], depth + 1)
            if plain is not None and plain.startswith("env:"):
                return plain
        if not attributes and called:
            return f"{module.name}:{name}()" if callable_name(module, name) else None
        return f"{module.name}:{'.'.join([name + ('()' if called else ''), *attributes])}"


def callable_name(module: Module, name: str) -> bool:
    """Tell whether a function of a module needs no arguments."""
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
    """Return the steps of `settings.db.url` or `get_settings().url`; None for anything else."""
    found: list[str] = []
    while isinstance(value, ast.Attribute):
        found.append(value.attr)
        value = value.value
    if isinstance(value, ast.Call) and not value.args and not value.keywords:
        name = dotted(value.func)
        if name is None or "." in name:
            return None
        found.append(f"{name}()")
    elif isinstance(value, ast.Name):
        found.append(value.id)
    else:
        return None
    return found[::-1]


def settings_fields(settings: Settings) -> Iterator[FoundUrl]:
    """Yield the settings fields that are named like a database URL."""
    for field in settings.fields:
        if NAMED_LIKE_URL.search(field.name):
            reference = settings.attribute([field.name]) or f"env:{field.variable}"
            yield FoundUrl(reference, field.place, f"field of {field.owner}", field.dialect)


def variables(modules: list[Module]) -> Iterator[FoundUrl]:
    """Yield the environment variables that are read and named like a database URL."""
    for module in modules:
        bound = {id(value): name for name, value in module.assigns.items()}
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.expr):
                continue
            read = environment_read(node)
            if read is None or not NAMED_LIKE_URL.search(read.name):
                continue
            kept = bound.get(id(node)) if read.default else None
            reference = f"{module.name}:{kept}" if kept else f"env:{read.name}"
            spoken = scheme_within(node) or (None, None)
            yield FoundUrl(reference, Place(module.path, node.lineno), "read", *spoken)
