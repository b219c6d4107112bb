"""What an existing env.py migrates, which modules it imports, and where it is weak."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from asa.project.find.facts import Place
from asa.project.find.module import Module, dotted, is_main_guard, parse_module
from asa.project.find.origin import Origins
from asa.project.find.repository import Repository

__all__ = ["EnvironmentReading", "Weakness", "read_environment"]

IMPORTS_BY_NAME = re.compile(r"\b(?:walk_packages|iter_modules|import_module|__import__)\b")


@dataclass(frozen=True, slots=True)
class Weakness:
    """One thing in an env.py that will go wrong, with the edit that mends it."""

    place: Place
    what: str
    edit: str


@dataclass(frozen=True, slots=True)
class EnvironmentReading:
    """What reading an env.py tells.

    Attributes:
        target: References of the MetaData that it migrates; empty where that is not plain.
        reached: Modules of the project that are imported when it runs; None where some are
            imported by a computed name, so that reading cannot tell.
        options: Names given to `context.configure`; None where they are computed.
        weaknesses: Found without knowing the database.
    """

    target: tuple[str, ...]
    reached: frozenset[str] | None
    options: frozenset[str] | None
    weaknesses: tuple[Weakness, ...]
    place: Place


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
        weaknesses=tuple(weaknesses(module)),
        place=Place(path, 1),
    )


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
    for call in calls_named(module, "configure"):
        names |= {item.arg for item in call.keywords if item.arg}
        computed |= any(item.arg is None for item in call.keywords)
    return None if computed and "render_as_batch" not in names else frozenset(names)


def calls_named(module: Module, name: str) -> Iterator[ast.Call]:
    """Yield the calls of a function of that name."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and (dotted(node.func) or "").rpartition(".")[2] == name:
            yield node


def weaknesses(module: Module) -> Iterator[Weakness]:
    """Yield what is weak whatever the database is."""
    value = module.assigns.get("target_metadata")
    if isinstance(value, ast.Constant) and value.value is None:
        yield Weakness(
            Place(module.path, value.lineno),
            "target_metadata is None: a revision from it drops every table",
            "set it to the metadata of your base",
        )
    for call in calls_named(module, "fileConfig"):
        if not any(item.arg == "disable_existing_loggers" for item in call.keywords):
            yield Weakness(
                Place(module.path, call.lineno),
                "fileConfig silences the loggers that exist already",
                "add disable_existing_loggers=False",
            )
    for call in calls_named(module, "configure"):
        for item in call.keywords:
            off = isinstance(item.value, ast.Constant) and item.value.value is False
            if item.arg == "compare_type" and off:
                yield Weakness(
                    Place(module.path, item.value.lineno),
                    "compare_type=False: changed column types go unseen",
                    "set compare_type=True",
                )
            if item.arg == "compare_server_default" and not off:
                yield Weakness(
                    Place(module.path, item.value.lineno),
                    "compare_server_default reports differences that are none",
                    "remove compare_server_default",
                )
    for call in calls_named(module, "set_main_option"):
        yield Weakness(
            Place(module.path, call.lineno),
            "set_main_option fails on a URL with a % in its password",
            'give the URL to the engine itself, or double each "%"',
        )
