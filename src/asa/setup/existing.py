"""The Alembic environment that is there already, or the folder that is free for one."""

from pathlib import Path

from asa.config import Config
from asa.errors import ConfigurationError
from asa.project.find import AlembicEnvironment, ProjectSource

__all__ = ["adopted", "free_folder"]

FOLDERS = ("migrations", "alembic", "db_migrations")


def adopted(config: Config, source: ProjectSource) -> AlembicEnvironment | None:
    """Return the environment that is there already: the one the settings name, or the nearest.

    Raises:
        ConfigurationError: There is one, but asa could not work with it as it stands.
    """
    usable = [e for e in source.environments if e.section == "alembic"]
    named = [e for e in usable if e.settings == config.alembic]
    if config.database:
        return named[0] if named else None
    found = [e for e in usable if e.script_location[:2] != ".."]
    chosen = next(iter((*named, *found)), None)
    if chosen is None and source.environments:
        other = source.environments[0]
        sections = [e.section for e in source.environments if e.settings == other.settings]
        raise ConfigurationError(
            f"{other.settings} has no [alembic] section, only [{'], ['.join(sections)}]",
            f"give [{other.section}] a file of its own with [alembic] in it, then asa init again",
        )
    if chosen is None and source.unnamed:
        raise ConfigurationError(
            f"{source.unnamed[0]} is an Alembic environment that no settings file names",
            f"write alembic.ini with [alembic] and script_location = {source.unnamed[0]},"
            " then asa init again",
        )
    return chosen


def free_folder(root: Path, database: str | None = None) -> str:
    """Return the name for the environment's directory: one that nothing else lives in."""
    names = (f"migrations_{database}",) if database else FOLDERS
    for name in names:
        folder = root / name
        if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
            return name
    settings = f"alembic_{database}.ini" if database else "alembic.ini"
    raise ConfigurationError(
        f"{' and '.join(names)} {'hold' if len(names) > 1 else 'holds'} something else",
        f"write {settings} with a script_location of your choice, then asa init again",
    )
