"""What the user should know beside the plan: what is missing, what is weak, each with its edit."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from asa.config import UrlReference
from asa.project.find import (
    EnvironmentReading,
    FoundMetadata,
    Patch,
    Place,
    Weakness,
    after_imports,
    tables_of_revisions,
    with_argument,
)
from asa.project.load import Installed, Loaded
from asa.setup.environment import SEPARATOR_SINCE
from asa.setup.plan import ChosenUrl

__all__ = ["lacking", "ownerless", "said", "weak_points"]


def lacking(installed: Installed, root: Path, url: ChosenUrl) -> Iterator[str]:
    """Yield what the project's environment needs before plain Alembic works in it."""
    if installed.alembic is None:
        yield "alembic is not installed in the project's environment: pip install alembic"
    elif version_of(installed.alembic) < SEPARATOR_SINCE and " " in str(root):
        split = "splits prepend_sys_path at the space in the project's path"
        yield f"Alembic {installed.alembic} {split}: upgrade to 1.16, or move the project"
    if not installed.greenlet:
        needed = 'pip install "sqlalchemy[asyncio]"'
        yield f"greenlet, which async SQLAlchemy needs, is not installed there: {needed}"
    variable = UrlReference(url.reference, url.origin).variable
    only_there = variable is not None and variable not in os.environ
    if only_there and (root / ".env").is_file() and not installed.dotenv:
        needed = "pip install python-dotenv"
        yield f"plain alembic does not read .env without python-dotenv: {needed}"


def version_of(text: str) -> tuple[int, ...]:
    """Return (major, minor) of a version."""
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def weak_points(
    reading: EnvironmentReading,
    chosen: Sequence[FoundMetadata],
    direct: frozenset[str],
    url: ChosenUrl,
) -> Iterator[Weakness]:
    """Yield what in the project's own env.py will go wrong, each with its edit.

    Args:
        reading: What reading the file told.
        chosen: The MetaData that it has to know.
        direct: References that are a MetaData themselves.
        url: Where the application takes its URL from.
    """
    modules = tuple(dict.fromkeys(module for found in chosen for module in found.modules))
    lost = [m for m in modules if reading.reached is not None and m not in reading.reached]
    if lost:
        yield unimported(reading, lost)
    calls = reading.configure_calls()
    batch = reading.options is None or "render_as_batch" in reading.options
    if url.dialect == "sqlite" and not batch:
        argument = "render_as_batch=True"
        yield Weakness(
            Place(reading.place.file, calls[0].lineno if calls else 1),
            "context.configure sets no batch mode, which SQLite needs",
            f"add {argument}",
            tuple(with_argument(reading.source, call, argument) for call in calls),
        )
    if reading.sync_engine is not None and "create_async_engine" in url.origin:
        yield Weakness(
            reading.sync_engine,
            "makes a sync engine, which the application's async driver does not serve",
            "use async_engine_from_config of sqlalchemy.ext.asyncio and connection.run_sync",
        )
    for weakness in reading.weaknesses:
        targetless = weakness.what.startswith("target_metadata is None")
        yield with_target(weakness, reading, chosen, direct) if targetless else weakness


def ownerless(folder: Path, loaded: Loaded, options: frozenset[str] | None) -> str | None:
    """Return what to know of tables that the revisions made and no model has any more.

    Args:
        folder: The environment's directory.
        loaded: The tables of the models.
        options: What env.py gives to `context.configure`; None where it is computed.
    """
    made = tables_of_revisions(folder) or frozenset()
    known = {name.rpartition(".")[2] for m in loaded.models.metadata for name in m.tables}
    lost = sorted(made - known)
    if not lost:
        return None
    names = ", ".join(lost[:3]) + (f" and {len(lost) - 3} more" if len(lost) > 3 else "")
    filtered = options is None or options & {"include_object", "include_name"}
    unless = ", unless its filter leaves them out" if filtered else ""
    return f"no model has {names}, made by revisions: the next one would drop them{unless}"


def unimported(reading: EnvironmentReading, lost: Sequence[str]) -> Weakness:
    """Return the weakness of an env.py that leaves modules with models out."""
    names = ", ".join(lost[:3]) + (f" and {len(lost) - 3} more" if len(lost) > 3 else "")
    lines = [imported(module, reading.bound) for module in lost]
    silenced = "E402, F401" if "E402" in reading.source else "F401"
    return Weakness(
        reading.place,
        f"does not import {names}: its tables go unseen or are dropped",
        f"add {'; '.join(lines[:3])}",
        (after_imports(reading.source, [f"{line}  # noqa: {silenced}" for line in lines]),),
    )


def imported(module: str, bound: frozenset[str]) -> str:
    """Return the import of a module that takes no name which the file binds otherwise."""
    taken = module.partition(".")[0] in bound
    return f"import {module} as {module.replace('.', '_')}" if taken else f"import {module}"


def with_target(
    weakness: Weakness,
    reading: EnvironmentReading,
    chosen: Sequence[FoundMetadata],
    direct: frozenset[str],
) -> Weakness:
    """Return the weakness of having no target with the edit that names the project's base."""
    module, _, path = chosen[0].reference.partition(":")
    name = path.partition(".")[0]
    if len(chosen) > 1 or name in reading.bound:
        return weakness
    target = path if chosen[0].reference in direct else f"{path}.metadata"
    assigned = re.search(r"^target_metadata\b[^=\n]*=\s*None\b", reading.source, re.MULTILINE)
    if assigned is None:
        return weakness
    patches = (
        after_imports(reading.source, [f"from {module} import {name}"]),
        Patch(assigned.end() - len("None"), assigned.end(), target),
    )
    edit = f"from {module} import {name}; target_metadata = {target}"
    return replace(weakness, edit=edit, patches=patches)


def said(weakness: Weakness) -> str:
    """Return a weakness as one sentence with its edit."""
    where = str(weakness.place) if weakness.place.line > 1 else weakness.place.file
    return f"{where} {weakness.what}: {weakness.edit}"
