"""Plan the Alembic environment of a repository."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from asa.config import Config, UrlReference, environment
from asa.errors import ConfigurationError, ProjectError
from asa.project.find import (
    AlembicEnvironment,
    EnvironmentReading,
    FoundMetadata,
    ProjectSource,
    find_project,
)
from asa.project.load import Installed, Loaded, load_metadata
from asa.setup.choice import choose_metadata, choose_url, seen_url, with_driver
from asa.setup.environment import (
    EnvironmentFacts,
    alembic_ini,
    alembic_table,
    env_py,
    script_mako,
)
from asa.setup.plan import Action, Change, ChosenMetadata, ChosenUrl, InitPlan, Undecided
from asa.setup.toml import Value, with_keys, with_table

__all__ = ["InitOptions", "plan_init"]

PYPROJECT_SINCE = (1, 16)
FOLDERS = ("migrations", "alembic", "db_migrations")


@dataclass(frozen=True, slots=True)
class InitOptions:
    """What the user asked for.

    Attributes:
        metadata: References of the bases to migrate; empty to find them.
        url: `env:NAME`, `module:attribute` or a URL without a password.
        pyproject: Whether Alembic's settings go to pyproject.toml.
    """

    metadata: tuple[str, ...] = ()
    url: str | None = None
    pyproject: bool = False


def plan_init(config: Config, options: InitOptions) -> InitPlan | Undecided:
    """Find out what a repository is and plan what it needs; nothing is written.

    Args:
        config: Settings of the repository as they are; `config.root` is where asa writes.
        options: What the user asked for.

    Raises:
        ProjectError: There are no models, or they cannot be imported.
        ConfigurationError: The URL carries a password, or pyproject.toml cannot take settings.
    """
    source = find_project(config.root)
    existing = adopted(config, source)
    reading = existing.reading if existing else None
    wanted = options.metadata or config.metadata or (reading.target if reading else ())
    chosen = choose_metadata(source, wanted)
    if isinstance(chosen, Undecided):
        return chosen
    chosen_references = {found.reference for found in chosen}
    others = tuple(f for f in source.metadata if f.reference not in chosen_references)
    pythonpath = config.pythonpath or roots(source, chosen)
    loaded = load_metadata(config, chosen, pythonpath=pythonpath)
    url, unused = choose_url(config, source, options.url, environment(config.root))
    url, kind, unseen = seen_url(config, url, pythonpath)
    url, driver_note = with_driver(url, loaded.installed.drivers)
    facts = EnvironmentFacts(
        location=existing.script_location if existing else free_folder(config.root),
        pythonpath=pythonpath,
        modules=loaded.models.modules,
        metadata=tuple(found.reference for found in chosen),
        others=tuple(found.reference for found in others),
        direct=loaded.direct,
        starters=tuple(
            (starter, found.reference, table)
            for found in chosen
            for starter, table in found.table_starters
        ),
        url=UrlReference(url.reference, url.origin),
        url_kind=kind,
    )
    changes = files(config, options, facts, existing, loaded)
    notes = [
        *lacking(loaded.installed, config.root, url),
        driver_note,
        f"the URL could not be read now: {unseen}" if unseen else None,
        *(weak_points(reading, loaded.models.modules, url.dialect) if reading else ()),
        *(f"{other.reference} is read too, in {other.place}" for other in unused[:2]),
    ]
    return InitPlan(
        root=config.root,
        metadata=tuple(counted(found, loaded) for found in chosen),
        url=url,
        changes=(*changes, *kept_sessions(source, changes)),
        folders=(f"{facts.location}/versions",),
        notes=tuple(note for note in notes if note),
        installed=loaded.installed,
    )


def roots(source: ProjectSource, chosen: Sequence[FoundMetadata]) -> tuple[str, ...]:
    """Return the import roots of the modules to import; the root itself where none is known."""
    names = [name for found in chosen for name in (*found.modules, found.reference)]
    return source.pythonpath(*names) or (".",)


def counted(found: FoundMetadata, loaded: Loaded) -> ChosenMetadata:
    """Return a MetaData with the tables that the import has shown."""
    tables = next(m.tables for m in loaded.models.metadata if m.reference == found.reference)
    if not tables:
        raise ProjectError(
            f"{found.reference} has no tables after {len(found.modules)} modules were imported",
            "name another base: asa init --metadata module:Base",
        )
    return ChosenMetadata(found.reference, len(tables), found.modules)


def adopted(config: Config, source: ProjectSource) -> AlembicEnvironment | None:
    """Return the environment that is there already: the one the settings name, or the nearest."""
    named = [e for e in source.environments if e.settings == config.alembic]
    found = [e for e in source.environments if e.script_location[:2] != ".."]
    return next(iter((*named, *found)), None)


def lacking(installed: Installed, root: Path, url: ChosenUrl) -> Iterator[str]:
    """Yield what the project's environment needs before plain Alembic works in it."""
    if installed.alembic is None:
        yield "alembic is not installed in the project's environment: pip install alembic"
    if not installed.greenlet:
        needed = 'pip install "sqlalchemy[asyncio]"'
        yield f"greenlet, which async SQLAlchemy needs, is not installed there: {needed}"
    variable = UrlReference(url.reference, url.origin).variable
    only_there = variable is not None and variable not in os.environ
    if only_there and (root / ".env").is_file() and not installed.dotenv:
        needed = "pip install python-dotenv"
        yield f"plain alembic does not read .env without python-dotenv: {needed}"


def weak_points(
    reading: EnvironmentReading, modules: Sequence[str], dialect: str | None
) -> Iterator[str]:
    """Yield what in the project's own env.py will go wrong, each with its edit."""
    lost = [m for m in modules if reading.reached is not None and m not in reading.reached]
    if lost:
        names = ", ".join(lost[:3]) + (f" and {len(lost) - 3} more" if len(lost) > 3 else "")
        what = "its tables go unseen or are dropped"
        yield f"{reading.place.file} does not import {names}: {what}; add import {lost[0]}"
    batch = reading.options is None or "render_as_batch" in reading.options
    if dialect == "sqlite" and not batch:
        edit = "add render_as_batch=True to context.configure"
        yield f"{reading.place.file} has no batch mode, which SQLite needs: {edit}"
    for weakness in reading.weaknesses:
        yield f"{weakness.place} {weakness.what}: {weakness.edit}"


def free_folder(root: Path) -> str:
    """Return the name for the environment's directory: one that nothing else lives in."""
    for name in FOLDERS:
        folder = root / name
        if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
            return name
    raise ConfigurationError(
        f"{' and '.join(FOLDERS)} all hold something else",
        "write alembic.ini with a script_location of your choice, then asa init again",
    )


def files(
    config: Config,
    options: InitOptions,
    facts: EnvironmentFacts,
    existing: AlembicEnvironment | None,
    loaded: Loaded,
) -> tuple[Change, ...]:
    """Return what happens to each file of the environment and to asa's own settings."""
    root = config.root
    in_pyproject = existing.in_pyproject if existing else options.pyproject
    settings = (
        existing.settings if existing else ("pyproject.toml" if in_pyproject else "alembic.ini")
    )
    imports = f"async, imports {plural(len(facts.modules), 'module')}"
    changes = [
        new_or_kept(root, f"{facts.location}/env.py", env_py(facts), imports),
        new_or_kept(root, f"{facts.location}/script.py.mako", script_mako()),
    ]
    if not in_pyproject:
        changes.insert(0, new_or_kept(root, settings, alembic_ini(facts)))
    elif existing is None:
        check_pyproject(root, loaded)
    table = alembic_table(facts) if in_pyproject and existing is None else None
    return (*changes, own_settings(config, facts, settings, table))


def check_pyproject(root: Path, loaded: Loaded) -> None:
    """See that Alembic's settings can live in pyproject.toml.

    Raises:
        ConfigurationError: There is none, or the project's Alembic is too old to read it.
    """
    if not (root / "pyproject.toml").is_file():
        raise ConfigurationError(
            f"there is no pyproject.toml in {root}", "leave --pyproject out: asa init"
        )
    version = loaded.installed.alembic
    if version and tuple(int(part) for part in version.split(".")[:2]) < PYPROJECT_SINCE:
        raise ConfigurationError(
            f"Alembic {version} does not read pyproject.toml; 1.16 is the first that does",
            "leave --pyproject out, or upgrade Alembic",
        )


def new_or_kept(root: Path, path: str, content: str, note: str = "") -> Change:
    """Return the change that writes a file, or keeps the one that is there."""
    if (root / path).exists():
        same = (root / path).read_bytes() == content.encode()
        return Change(Action.KEEP, path, "" if same else "yours, untouched")
    return Change(Action.WRITE, path, note, content)


def own_settings(
    config: Config, facts: EnvironmentFacts, settings: str, table: str | None
) -> Change:
    """Return the change to the file that holds asa's settings."""
    path = "pyproject.toml" if (config.root / "pyproject.toml").is_file() else "asa.toml"
    values: dict[str, Value] = {
        "url": facts.url.text,
        "metadata": facts.metadata[0] if len(facts.metadata) == 1 else facts.metadata,
        "alembic": settings,
    }
    if facts.pythonpath != (".",):
        values["pythonpath"] = facts.pythonpath
    file = config.root / path
    before = file.read_bytes().decode("utf-8") if file.is_file() else ""
    after = with_table(before, table) if table else before
    name = ("tool", "asa") if path == "pyproject.toml" else ()
    after = with_keys(after, name, values)
    if after == before:
        return Change(Action.KEEP, path)
    lines = after.count("\n") - before.count("\n") - (table.count("\n") if table else 0)
    said = "[tool.asa]" if name else "asa's settings"
    shown = ", ".join([*(["[tool.alembic]"] if table else []), said])
    action = Action.EDIT if file.is_file() else Action.WRITE
    return Change(
        action,
        path,
        f"{shown}, {plural(setting_lines(lines, name, before), 'line')}",
        after,
        before,
    )


def setting_lines(lines: int, name: tuple[str, ...], before: str) -> int:
    """Return how many settings some new lines hold, a header and the blank line aside."""
    new_table = bool(name) and "[tool.asa]" not in before
    return lines - (2 if new_table and before.strip() else 1 if new_table else 0)


def kept_sessions(source: ProjectSource, changes: Sequence[Change]) -> tuple[Change, ...]:
    """Return the project's own modules that make engines or sessions: they stay as they are."""
    touched = {change.path for change in changes}
    return tuple(
        Change(Action.KEEP, place.file, "your sessions, untouched")
        for place in source.sessions
        if place.file not in touched
    )


def plural(count: int, noun: str) -> str:
    """Return a count with its noun."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
