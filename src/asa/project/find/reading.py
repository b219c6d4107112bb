"""What an existing env.py migrates, which modules it imports, and where it is weak."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from asa.project.find.facts import Place
from asa.project.find.module import Module, dotted, is_main_guard, parse_module
from asa.project.find.origin import Origins
from asa.project.find.patch import Patch, replaced, with_argument
from asa.project.find.repository import Repository

__all__ = ["EnvironmentReading", "Weakness", "read_environment"]

IMPORTS_BY_NAME = re.compile(r"\b(?:walk_packages|iter_modules|import_module|__import__)\b")
# `url.replace("+asyncpg", "")`, or a driver named outright.
SWAPS_DRIVER = re.compile(r"\+\w+|psycopg|pymysql|drivername")


@dataclass(frozen=True, slots=True)
class Weakness:
    """One thing in an env.py that will go wrong, with the edit that mends it.

    Attributes:
        place: Where.
        what: What is wrong there, and what comes of it.
        edit: What to change, in words.
        patches: The same as text, where it is safe to do without asking; empty otherwise.
    """

    place: Place
    what: str
    edit: str
    patches: tuple[Patch, ...] = ()


@dataclass(frozen=True, slots=True)
class EnvironmentReading:
    """What reading an env.py tells.

    Attributes:
        target: References of the MetaData that it migrates; empty where that is not plain.
        reached: Modules of the project that are imported when it runs; None where some are
            imported by a computed name, so that reading cannot tell.
        options: Names given to `context.configure`; None where they are computed.
        weaknesses: Found without knowing the database.
        place: Its file.
        source: Its text.
        sync_engine: Where it makes an engine that is not async of the application's URL.
        bound: Names that it binds at its top level by other means than `import name`.
    """

    target: tuple[str, ...]
    reached: frozenset[str] | None
    options: frozenset[str] | None
    weaknesses: tuple[Weakness, ...]
    place: Place
    source: str
    bound: frozenset[str]
    sync_engine: Place | None

    def configure_calls(self) -> tuple[ast.Call, ...]:
        """Return the calls of `context.configure`."""
        return tuple(calls_named(ast.parse(self.source), "configure"))


def read_environment(
    file: Path, repository: Repository, origins: Origins
) -> EnvironmentReading | None:
    """Read an env.py; None where there is none or it is not Python."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    path = Path(file).relative_to(repository.root).as_posix()
    module = repository.lend(parse_module(f"__{path}__".replace(".", "_"), path, text))
    if module.error is not None:
        return None
    return EnvironmentReading(
        target=targets(module, origins),
        reached=reached_from(module, text, repository),
        options=configured(module),
        weaknesses=tuple(weaknesses(module, text)),
        place=Place(path, 1),
        source=text,
        bound=bound(module),
        sync_engine=sync_engine(module, text),
    )


def sync_engine(module: Module, text: str) -> Place | None:
    """Return where an env.py makes a sync engine without giving the URL another driver."""
    if SWAPS_DRIVER.search(text):
        return None
    calls = (
        call
        for name in ("engine_from_config", "create_engine")
        for call in calls_named(module.tree, name)
    )
    return next((Place(module.path, call.lineno) for call in calls), None)


def bound(module: Module) -> frozenset[str]:
    """Return the names of the top level that are not plainly a module's."""
    modules = {name for name, target in module.imports.items() if name == target}
    return frozenset({*module.imports, *module.assigns, *module.functions} - modules)


def targets(module: Module, origins: Origins) -> tuple[str, ...]:
    """Return the references of what `target_metadata` is set to."""
    value = module.assigns.get("target_metadata")
    listed = value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value] if value else []
    families = [origins.metadata(module, item) for item in listed]
    known = tuple(origins.reference(family) for family in families if family is not None)
    return known if len(known) == len(families) else ()


def reached_from(module: Module, text: str, repository: Repository) -> frozenset[str] | None:
    """Return the project's modules that are imported, directly or by others, when env.py runs."""
    if IMPORTS_BY_NAME.search(text):
        return None
    reached: set[str] = set()
    waiting = list(imports_of(module))
    while waiting:
        name = waiting.pop()
        parts = name.split(".")
        for end in range(1, len(parts) + 1):
            step = ".".join(parts[:end])
            if step in reached or step not in repository.places:
                continue
            reached.add(step)
            file, _ = repository.places[step]
            if IMPORTS_BY_NAME.search(file.text):
                return None
            inner = repository.module(step)
            waiting.extend(imports_of(inner) if inner is not None else ())
    return frozenset(reached)


def imports_of(module: Module) -> Iterator[str]:
    """Yield the dotted names that a module imports when it runs, functions' imports included."""
    for node in running(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = module.source_of(node)
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names)


def running(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a tree's nodes without what only a type checker sees or a script runs."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and (
            is_main_guard(child.test) or (dotted(child.test) or "").endswith("TYPE_CHECKING")
        ):
            continue
        yield child
        yield from running(child)


def configured(module: Module) -> frozenset[str] | None:
    """Return the options that any `context.configure(...)` names; None where some are computed."""
    names: set[str] = set()
    computed = False
    for call in calls_named(module.tree, "configure"):
        names |= {item.arg for item in call.keywords if item.arg}
        computed |= any(item.arg is None for item in call.keywords)
    return None if computed and "render_as_batch" not in names else frozenset(names)


def calls_named(tree: ast.Module, name: str) -> Iterator[ast.Call]:
    """Yield the calls of a function of that name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (dotted(node.func) or "").rpartition(".")[2] == name:
            yield node


def weaknesses(module: Module, source: str) -> Iterator[Weakness]:
    """Yield what is weak whatever the database is."""
    value = module.assigns.get("target_metadata")
    if isinstance(value, ast.Constant) and value.value is None:
        yield Weakness(
            Place(module.path, value.lineno),
            "target_metadata is None: a revision from it drops every table",
            "set it to the metadata of your base",
        )
    for call in calls_named(module.tree, "fileConfig"):
        if not any(item.arg == "disable_existing_loggers" for item in call.keywords):
            argument = "disable_existing_loggers=False"
            yield Weakness(
                Place(module.path, call.lineno),
                "fileConfig silences the loggers that exist already",
                f"add {argument}",
                (with_argument(source, call, argument),),
            )
    for call in calls_named(module.tree, "configure"):
        yield from weak_options(call, module, source)
    for call in calls_named(module.tree, "set_main_option"):
        yield from weak_url(call, module, source)


def weak_options(call: ast.Call, module: Module, source: str) -> Iterator[Weakness]:
    """Yield what `context.configure` is told and should not be."""
    for item in call.keywords:
        off = isinstance(item.value, ast.Constant) and item.value.value is False
        place = Place(module.path, item.value.lineno)
        if item.arg == "compare_type" and off:
            yield Weakness(
                place,
                "compare_type=False: changed column types go unseen",
                "set compare_type=True",
                (replaced(source, item.value, "True"),),
            )
        if item.arg == "compare_server_default" and not off:
            yield Weakness(
                place,
                "compare_server_default reports differences that are none",
                "set compare_server_default=False",
                (replaced(source, item.value, "False"),),
            )


def weak_url(call: ast.Call, module: Module, source: str) -> Iterator[Weakness]:
    """Yield a URL that is given to the settings with its percent signs as they are."""
    named = [text.value for text in call.args[:1] if isinstance(text, ast.Constant)]
    if named != ["sqlalchemy.url"] or len(call.args) < 2:
        return
    value = call.args[1]
    written = ast.get_source_segment(source, value) or ""
    if "%%" in written:
        return
    plain = isinstance(value, (ast.Name, ast.Attribute, ast.Call, ast.Subscript))
    doubled = f'{written if plain else f"({written})"}.replace("%", "%%")'
    yield Weakness(
        Place(module.path, call.lineno),
        "set_main_option fails on a URL with a % in its password",
        'double each "%" in it: .replace("%", "%%")',
        (replaced(source, value, doubled),),
    )
