"""Where settings come from: the project's file, `.env` and the environment."""

import os
import sys
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, cast

from asa.config.nearest import suggestion
from asa.config.policy import POLICY_KEYS, policy_of
from asa.config.settings import Config, NamedDatabase
from asa.config.value import LIST_KEYS, checked
from asa.errors import ConfigurationError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["environment", "find_config", "find_root"]

ROOT_MARKERS = ("asa.toml", "pyproject.toml", "alembic.ini", ".git")
DATABASES = "databases"
# What is derived, or is a table of its own.
NOT_KEYS = ("root", "source", DATABASES, "database", "policy")
KEYS = tuple(f.name for f in fields(Config) if f.name not in NOT_KEYS)
DATABASE_KEYS = tuple(f.name for f in fields(NamedDatabase) if f.name != "name")


def find_config(start: Path, environ: Mapping[str, str] | None = None) -> Config:
    """Read the settings that hold in a directory.

    Args:
        start: Directory in which the user stands.
        environ: Environment to read; the process's and `.env`'s when None.

    Raises:
        ConfigurationError: A settings file cannot be parsed, or a key is unknown or wrong.
    """
    root = find_root(start)
    config = read_file(root)
    values = environment(root) if environ is None else environ
    if values.get("ASA_URL"):
        # The file's way for migrations leads to the file's database, not to this one.
        config = replace(config, migration_url=None)
    for key in KEYS:
        value = values.get(f"ASA_{key.upper()}")
        if value:
            origin = f"ASA_{key.upper()} in the environment"
            listed = value.split(",") if key in LIST_KEYS else value
            config = replace(config, **{key: checked(key, listed, origin)})
    return config


def find_root(start: Path) -> Path:
    """Return the nearest directory from `start` upwards that bears a root marker."""
    start = start.resolve()
    for directory in (start, *start.parents):
        if any((directory / marker).exists() for marker in ROOT_MARKERS):
            return directory
    return start


def environment(root: Path) -> Mapping[str, str]:
    """Return the environment, with `.env` of the root below it.

    Raises:
        ConfigurationError: `.env` cannot be read.
    """
    file = root / ".env"
    if not file.is_file():
        return os.environ
    from dotenv import dotenv_values

    try:
        read = dotenv_values(file)
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file} is not UTF-8 text", f"correct {file}") from None
    except OSError as error:
        raise ConfigurationError(f"cannot read {file}: {error.strerror}") from None
    below = {name: value for name, value in read.items() if value is not None}
    return {**below, **os.environ}


def read_file(root: Path) -> Config:
    """Read `[tool.asa]` of pyproject.toml, or asa.toml where pyproject has no such table.

    Raises:
        ConfigurationError: The file cannot be parsed, or a key is unknown or wrong.
    """
    pyproject, own = root / "pyproject.toml", root / "asa.toml"
    table = asa_table(parsed(pyproject)) if pyproject.is_file() else None
    if table is not None:
        source, name, prefix = pyproject, "[tool.asa] in pyproject.toml", "tool.asa."
    elif own.is_file():
        source, table, name, prefix = own, parsed(own), "asa.toml", ""
    else:
        return Config(root=root)
    policy = policy_of({key: table[key] for key in POLICY_KEYS if key in table}, name)
    config = Config(root=root, source=source, policy=policy)
    for key, value in table.items():
        if key in POLICY_KEYS:
            continue
        if key == DATABASES:
            config = replace(config, databases=databases(value, prefix, source.name))
            continue
        if key not in KEYS:
            raise unknown(key, name, (*KEYS, DATABASES, *POLICY_KEYS))
        config = replace(config, **{key: checked(key, value, name)})
    return config


def databases(value: object, prefix: str, file: str) -> tuple[NamedDatabase, ...]:
    """Read `[databases.NAME]`, each a table of its own.

    Args:
        value: What bears the name `databases`.
        prefix: What stands before it in the file: `tool.asa.`, or nothing.
        file: Name of the file.

    Raises:
        ConfigurationError: One is no table, has no url, or a key that is unknown or wrong.
    """
    if not isinstance(value, dict):
        raise ConfigurationError(
            f"{prefix}databases in {file} is not a table",
            f'write [{prefix}databases.NAME] with url = "..."',
        )
    return tuple(
        database(str(name), table, f"[{prefix}databases.{name}] in {file}")
        for name, table in value.items()
    )


def database(name: str, table: object, origin: str) -> NamedDatabase:
    """Read one database's table.

    Raises:
        ConfigurationError: It is none, has no url, or a key that is unknown or wrong.
    """
    if not isinstance(table, dict):
        raise ConfigurationError(f"{origin} is not a table", 'write url = "..." in it')
    settings: dict[str, Any] = {}
    for key, value in table.items():
        if key not in DATABASE_KEYS:
            raise unknown(str(key), origin, DATABASE_KEYS)
        settings[key] = checked(str(key), value, origin)
    if "url" not in settings:
        raise ConfigurationError(f"{origin} has no url", 'write url = "env:NAME" in it')
    return NamedDatabase(name, **settings)


def asa_table(pyproject: dict[str, Any]) -> dict[str, Any] | None:
    """Return `[tool.asa]`; None where there is none.

    Raises:
        ConfigurationError: What bears that name is not a table.
    """
    table: Any = pyproject
    for step, key in enumerate(("tool", "asa"), 1):
        table = table.get(key)
        if table is None:
            return None
        if not isinstance(table, dict):
            named = ".".join(("tool", "asa")[:step])
            raise ConfigurationError(f"{named} in pyproject.toml is not a table")
    return cast("dict[str, Any]", table)


def parsed(file: Path) -> dict[str, Any]:
    """Parse a TOML file.

    Raises:
        ConfigurationError: It cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{file.name} is not valid TOML: {error}", f"correct {file}"
        ) from None
    except OSError as error:
        raise ConfigurationError(f"cannot read {file}: {error.strerror}") from None


def unknown(key: str, name: str, known: tuple[str, ...]) -> ConfigurationError:
    """Return the error for a key that does not exist, naming the nearest that does."""
    hint = suggestion(key, known, kind="known keys")
    return ConfigurationError(f'{name} has an unknown key "{key}"', hint)
