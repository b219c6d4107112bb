"""An Alembic environment that the repository has already, and the modules that open sessions."""

import configparser
import os
import re
import sys
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

__all__ = ["AlembicEnvironment", "find_environments", "find_sessions"]

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
    """

    settings: str
    script_location: str
    in_pyproject: bool = False
    reading: EnvironmentReading | None = None


def find_environments(repository: Repository, origins: Origins) -> tuple[AlembicEnvironment, ...]:
    """Return the Alembic environments of a repository, those nearest the root first."""
    found = []
    root = repository.root
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if enters(Path(folder, name))]
        for name in sorted(names):
            file = Path(folder, name)
            location = script_location(file)
            if location is not None:
                inside = Path(os.path.relpath(location, root)).as_posix()
                settings = file.relative_to(root).as_posix()
                env = root / inside / "env.py"
                known = read_environment(env, repository, origins) if inside[:2] != ".." else None
                in_pyproject = name == "pyproject.toml"
                found.append(AlembicEnvironment(settings, inside, in_pyproject, known))
    return tuple(sorted(found, key=lambda e: (e.settings.count("/"), e.in_pyproject, e.settings)))


def enters(folder: Path) -> bool:
    """Tell whether settings of Alembic may lie in a folder."""
    return is_application(folder) or folder.name in ("alembic", "migrations")


def script_location(file: Path) -> Path | None:
    """Return the environment's directory where a file holds settings of Alembic."""
    if file.name == "pyproject.toml":
        value = from_pyproject(file)
    elif file.suffix == ".ini":
        value = from_ini(file)
    else:
        return None
    if value is None:
        return None
    # A relative location counts from where alembic is started: the settings' own directory.
    return file.parent / value.replace("%(here)s", str(file.parent))


def from_ini(file: Path) -> str | None:
    """Return `script_location` of an ini file's `[alembic]` section."""
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(file.read_text(encoding="utf-8"))
        return parser.get("alembic", "script_location", fallback=None)
    except (configparser.Error, OSError, UnicodeDecodeError):
        return None


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
