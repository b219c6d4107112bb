"""An Alembic environment that the repository has already, and the modules that open sessions."""

import configparser
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from asa.project.find.facts import Place
from asa.project.find.files import is_application
from asa.project.find.origin import Origins
from asa.project.find.reading import EnvironmentReading, read_environment
from asa.project.find.repository import Repository

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["AlembicEnvironment", "find_environments", "find_sessions", "find_unnamed"]

SPEAKS_OF_SESSIONS = re.compile(
    r"\b(?:async_sessionmaker|sessionmaker|create_async_engine|async_scoped_session)\s*\("
)


@dataclass(frozen=True, slots=True)
class AlembicEnvironment:
    """An Alembic environment.

    Attributes:
        settings: The ini file or pyproject.toml, below the repository's root.
        script_location: Directory of `env.py`, below the root where it is inside it. The
            directory may be missing or incomplete.
        in_pyproject: Whether the settings stand in `[tool.alembic]`.
        reading: What its env.py tells; None where there is none.
        section: Of the ini file; what is not `alembic` has to be named to Alembic (`-n`).
    """

    settings: str
    script_location: str
    in_pyproject: bool = False
    reading: EnvironmentReading | None = None
    section: str = "alembic"


def find_environments(repository: Repository, origins: Origins) -> tuple[AlembicEnvironment, ...]:
    """Return the Alembic environments of a repository, those nearest the root first."""
    found = []
    root = repository.root
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if enters(Path(folder, name))]
        for name in sorted(names):
            file = Path(folder, name)
            for section, location in script_locations(file):
                inside = Path(os.path.relpath(location, root)).as_posix()
                settings = file.relative_to(root).as_posix()
                env = root / inside / "env.py"
                known = read_environment(env, repository, origins) if inside[:2] != ".." else None
                in_pyproject = name == "pyproject.toml"
                found.append(AlembicEnvironment(settings, inside, in_pyproject, known, section))
    return tuple(sorted(found, key=lambda e: (e.settings.count("/"), e.in_pyproject, e.settings)))


def enters(folder: Path) -> bool:
    """Tell whether settings of Alembic may lie in a folder."""
    return is_application(folder) or folder.name in ("alembic", "migrations")


def find_unnamed(root: Path, environments: Iterable[AlembicEnvironment]) -> tuple[str, ...]:
    """Return the directories that are an Alembic environment which no settings file names."""
    named = {environment.script_location for environment in environments}
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if enters(Path(folder, name))]
        location = Path(folder).relative_to(root).as_posix()
        if "env.py" in names and Path(folder, "versions").is_dir() and location not in named:
            text = Path(folder, "env.py").read_text(encoding="utf-8", errors="replace")
            if "alembic" in text:
                found.append(location)
    return tuple(found)


def script_locations(file: Path) -> Iterator[tuple[str, Path]]:
    """Yield (section, the environment's directory) where a file holds settings of Alembic."""
    if file.name == "pyproject.toml":
        value = from_pyproject(file)
        listed = [("alembic", value)] if value is not None else []
    elif file.suffix == ".ini":
        listed = from_ini(file)
    else:
        listed = []
    for section, location in listed:
        # A relative one counts from where alembic is started: the settings' own directory.
        yield section, file.parent / location.replace("%(here)s", str(file.parent))


def from_ini(file: Path) -> list[tuple[str, str]]:
    """Return each section of an ini file that has a `script_location`, with that."""
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(file.read_text(encoding="utf-8"))
    except (configparser.Error, OSError, UnicodeDecodeError):
        return []
    return [
        (section, value)
        for section in parser.sections()
        if (value := parser.get(section, "script_location", fallback=None)) is not None
    ]


def from_pyproject(file: Path) -> str | None:
    """Return `script_location` of `[tool.alembic]`."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        value = table.get("tool", {}).get("alembic", {}).get("script_location")
    except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError, AttributeError):
        return None
    return value if isinstance(value, str) else None


def find_sessions(repository: Repository) -> tuple[Place, ...]:
    """Return where the project makes its engines and session factories, a line per file."""
    found = []
    for file, _ in repository.places.values():
        match = SPEAKS_OF_SESSIONS.search(file.text)
        if match:
            line = file.text.count("\n", 0, match.start()) + 1
            found.append(Place(file.path.as_posix(), line))
    return tuple(found)
