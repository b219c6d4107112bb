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
from asa.project.find.origin import keyword
from asa.project.find.repository import Repository
from asa.project.find.scheme import scheme_within, spoken_scheme
from asa.project.find.settings import Settings, environment_read, readers_of
from asa.project.find.trace import Trace, calls_in_scope

__all__ = ["find_urls"]

SPEAKS_OF_URL = re.compile(r"create_(?:async_)?engine|environ|getenv|[Ss]ettings|[Cc]onfig|\benv\b")
NAMED_LIKE_URL = re.compile(
    r"(?i)(?:^|_)(?:(?:sqlalchemy_)?(?:async_)?(?:database|db|postgres(?:ql)?|pg|mysql|mariadb|sqlite)"
    r"_?(?:async_?)?(?:url|uri|dsn))$"
)
LESS_LIKELY = re.compile(r"(?i)test|replica|read|sync(?<!async)|redis|legacy|old")
ENGINE_CALLS = ("create_async_engine", "create_engine")


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
        if spoken_scheme(value or "") or NAMED_LIKE_URL.search(name)
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


def engines(
    repository: Repository, modules: list[Module], settings: Settings
) -> Iterator[FoundUrl]:
    """Yield the sources of the URLs given to engine calls, async engines first."""
    calls = [
        (engine_call(call), scope, call)
        for module in modules
        for scope, call in calls_in_scope(module)
        if engine_call(call)
    ]
    calls.sort(key=lambda found: found[0] != ENGINE_CALLS[0])
    for name, scope, call in calls:
        given = call.args[0] if call.args else keyword(call, "url")
        if given is None:
            continue
        reference = Trace(repository, settings, scope).reference(given)
        engine = assigned_to(scope.module, call)
        if reference is None and engine:
            reference = f"{scope.module.name}:{engine}.url"
        if reference is not None:
            place = Place(scope.module.path, call.lineno)
            spoken = scheme_within(given) or (None, None)
            yield FoundUrl(reference, place, f"given to {name}", *spoken)


def engine_call(call: ast.Call) -> str:
    """Return the name of a call that makes an engine; empty for any other."""
    name = (dotted(call.func) or "").rpartition(".")[2]
    return name if name in ENGINE_CALLS else ""


def assigned_to(module: Module, call: ast.Call) -> str | None:
    """Return the top-level name that a call's result is bound to."""
    return next((name for name, value in module.assigns.items() if value is call), None)


def settings_fields(settings: Settings) -> Iterator[FoundUrl]:
    """Yield the settings fields that are named like a database URL."""
    for field in settings.fields:
        if NAMED_LIKE_URL.search(field.name.replace(".", "_")):
            reference = settings.attribute(field.name.split(".")) or f"env:{field.variable}"
            yield FoundUrl(reference, field.place, f"field of {field.owner}", field.dialect)


def variables(modules: list[Module]) -> Iterator[FoundUrl]:
    """Yield the environment variables that are read and named like a database URL."""
    for module in modules:
        bound = {id(value): name for name, value in module.assigns.items()}
        readers = readers_of(module)
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.expr):
                continue
            read = environment_read(node, readers)
            if read is None or not NAMED_LIKE_URL.search(read.name):
                continue
            kept = bound.get(id(node)) if read.default else None
            reference = f"{module.name}:{kept}" if kept else f"env:{read.name}"
            spoken = scheme_within(node) or (None, None)
            yield FoundUrl(reference, Place(module.path, node.lineno), "read", *spoken)
