"""The text of the Alembic environment that asa writes for a project."""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from asa.config import UrlReference
from asa.setup.formatter import Formatter
from asa.setup.templating import filled, template

__all__ = ["EnvironmentFacts", "alembic_ini", "alembic_table", "env_py", "script_mako"]

# The first Alembic that knows `path_separator`.
SEPARATOR_SINCE = (1, 16)
ASYNCIO = "from sqlalchemy.ext.asyncio import"
NO_LOCK: dict[str, tuple[str, ...]] = {
    "names": (f"{ASYNCIO} AsyncEngine, create_async_engine",),
    "lock": (),
    "connect": ("async with engine.connect() as connection:",),
}
LOCK_BEGINS = "# Tried, never waited for"


@dataclass(frozen=True, slots=True)
class EnvironmentFacts:
    """What the generated files depend on.

    Attributes:
        location: Directory of env.py below the project's root.
        pythonpath: Directories below the root for `sys.path`; `.` is the root.
        modules: Modules to import.
        metadata: `module:attribute` of each MetaData to migrate.
        others: Likewise of the project's MetaData that are not migrated here.
        direct: References that are a MetaData themselves.
        starters: (`module:function`, reference of its MetaData, one of the tables it makes) of
            each function that must be called after the imports.
        url: Where the application takes its URL from.
        url_kind: What the attribute behind it is: `text`, `url` or `secret`.
        drivers: The async drivers that the project has installed.
        formatter: What formats new revisions.
        alembic: Version of the project's Alembic; None where it is not installed.
        lock: Whether env.py is to carry the upgrade lock.
    """

    location: str
    pythonpath: tuple[str, ...]
    modules: tuple[str, ...]
    metadata: tuple[str, ...]
    others: tuple[str, ...]
    direct: frozenset[str]
    starters: tuple[tuple[str, str, str], ...]
    url: UrlReference
    url_kind: str = "text"
    drivers: tuple[str, ...] = ()
    formatter: Formatter | None = None
    alembic: str | None = None
    lock: bool = False


def env_py(facts: EnvironmentFacts) -> str:
    """Return the text of env.py."""
    text = template("env.py")
    names = Names(reserved(text))
    functions = tuple(starter for starter, _, _ in facts.starters)
    references = (*facts.metadata, *facts.others, *functions)
    imports = [names.module(module) for module in facts.modules]
    imports += names.attributes(references)
    calls = [
        line
        for starter, reference, table in facts.starters
        for line in (
            f'if "{table}" not in {names.metadata(reference, facts.direct)}.tables:',
            f"    {names.local(starter)}()",
        )
    ]
    owned = [names.metadata(reference, facts.direct) for reference in facts.metadata]
    others = [names.metadata(reference, facts.direct) for reference in facts.others]
    target = owned[0] if len(owned) == 1 else f"[{', '.join(owned)}]"
    depth = len(PurePosixPath(facts.location).parts)
    return filled(
        with_drivers(text, facts.drivers),
        {
            "root": (f"ROOT = Path(__file__).resolve().parents[{depth}]",),
            "imports": (*imports, *(("", *calls) if calls else ())),
            "metadata": (f"target_metadata = {target}",),
            "others": (f"other_metadata: list[MetaData] = [{', '.join(others)}]",),
            "url": url_lines(facts.url, facts.url_kind),
            **(locking() if facts.lock else NO_LOCK),
        },
    )


def locking() -> dict[str, tuple[str, ...]]:
    """Return the lines of env.py that take the upgrade lock."""
    text = template("upgrade_lock.py")
    return {
        "names": (f"{ASYNCIO} AsyncConnection, AsyncEngine, create_async_engine",),
        "lock": (*text[text.index(LOCK_BEGINS) :].splitlines(), "", ""),
        "connect": (
            "async with engine.connect() as lock, engine.connect() as connection:",
            "    await lock_upgrades(lock)",
        ),
    }


def with_drivers(text: str, installed: tuple[str, ...]) -> str:
    """Return env.py with the async driver that is there where the usual one is not."""
    for usual, other in (("asyncpg", "psycopg"), ("aiomysql", "asyncmy")):
        if usual not in installed and other in installed:
            text = text.replace(f': "{usual}",', f': "{other}",')
    return text


def reserved(text: str) -> frozenset[str]:
    """Return the names that a template binds at its top level; imports must not shadow them."""
    bound: set[str] = set()
    for statement in ast.walk(ast.parse(text)):
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            bound |= {(a.asname or a.name).partition(".")[0] for a in statement.names}
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            bound.add(statement.name)
        elif isinstance(statement, ast.Name) and isinstance(statement.ctx, ast.Store):
            bound.add(statement.id)
    return frozenset(bound - {"models"})


class Names:
    """The names that env.py gives to what it imports, none of them taken twice."""

    def __init__(self, taken: frozenset[str]) -> None:
        self.taken = set(taken)
        self.given: dict[str, str] = {}

    def module(self, name: str) -> str:
        """Return the line that imports a module for what it defines."""
        top = name.partition(".")[0]
        alias = f" as {name.replace('.', '_')}_module" if top in self.taken else ""
        return f"import {name}{alias}  # noqa: E402, F401"

    def attributes(self, references: Sequence[str]) -> list[str]:
        """Return the lines that import the first attribute of each reference, once each."""
        lines = []
        for reference in dict.fromkeys(references):
            module, _, path = reference.partition(":")
            attribute = path.partition(".")[0]
            key = f"{module}:{attribute}"
            if key in self.given:
                continue
            local = attribute
            if local in self.taken:
                local = joined(module, attribute)
            self.taken.add(local)
            self.given[key] = local
            renamed = f" as {local}" if local != attribute else ""
            lines.append(f"from {module} import {attribute}{renamed}  # noqa: E402")
        return lines

    def local(self, reference: str) -> str:
        """Return the expression by which an imported reference is written."""
        module, _, path = reference.partition(":")
        attribute, dot, rest = path.partition(".")
        return f"{self.given[f'{module}:{attribute}']}{dot}{rest}"

    def metadata(self, reference: str, direct: frozenset[str]) -> str:
        """Return the expression of the MetaData behind a reference."""
        local = self.local(reference)
        return local if reference in direct else f"{local}.metadata"


def joined(module: str, attribute: str) -> str:
    """Return a name that tells a module's attribute from its namesakes: `ShopModelsBase`."""
    words = [*module.replace("_", ".").split("."), attribute]
    if attribute[0].isupper():
        return "".join(word[0].upper() + word[1:] for word in words if word)
    return "_".join(words)


def url_lines(url: UrlReference, kind: str) -> tuple[str, ...]:
    """Return the body of `application_url`."""
    if url.variable is not None:
        return (f'return variable("{url.variable}")',)
    if url.attribute is None:
        return (f'return "{url.text}"',)
    module, path = url.attribute
    first = path.partition(".")[0].removesuffix("()")
    value = {"url": path, "secret": f"{path}.get_secret_value()"}.get(kind, f"str({path})")
    return (f"from {module} import {first}", "", f"return {value}")


def alembic_ini(facts: EnvironmentFacts) -> str:
    """Return the text of alembic.ini."""
    hook = f"{facts.formatter.ini()}\n" if facts.formatter else ""
    return (
        template("alembic.ini")
        .replace("%(here)s/migrations", here(facts.location))
        .replace("prepend_sys_path = %(here)s\npath_separator = os\n", import_paths(facts))
        .replace("[loggers]", f"{hook}[loggers]", 1)
    )


def import_paths(facts: EnvironmentFacts) -> str:
    """Return the lines of alembic.ini that set `sys.path`."""
    paths = [here(path) for path in facts.pythonpath]
    numbers = tuple(int(part) for part in re.findall(r"\d+", facts.alembic or "")[:2])
    if len(paths) == 1 or (numbers and numbers < SEPARATOR_SINCE):
        # Before `path_separator` a colon separated them, on every system.
        return f"prepend_sys_path = {':'.join(paths)}\npath_separator = os\n"
    # Neither a drive's colon on Windows nor a space in a directory's name ends a path.
    lines = "".join(f"    {path}\n" for path in paths)
    return f"prepend_sys_path =\n{lines}path_separator = newline\n"


def alembic_table(facts: EnvironmentFacts) -> str:
    """Return the text of `[tool.alembic]` for pyproject.toml."""
    paths = ", ".join(f'"{here(path)}"' for path in facts.pythonpath)
    return (
        template("alembic.toml")
        .replace("%(here)s/migrations", here(facts.location))
        .replace('["%(here)s"]', f"[{paths}]")
    ) + (facts.formatter.toml() if facts.formatter else "")


def here(path: str) -> str:
    """Return a path below the root as Alembic's settings spell it."""
    return "%(here)s" if path == "." else f"%(here)s/{path}"


def script_mako() -> str:
    """Return the text of script.py.mako, Alembic's template of a revision."""
    return template("script.py.mako")
