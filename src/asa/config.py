"""Settings: flag, then environment (`ASA_URL`), then `[tool.asa]` or `asa.toml`.

`find_config` walks up from a directory to the project's root and reads what is there;
nothing of the project is imported. A URL stays the reference that the user wrote
(`env:NAME`, `module:attribute`, or a URL) until a command needs the database.
"""

import difflib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, cast

from asa.errors import ConfigurationError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["Config", "UrlReference", "environment", "find_config"]

ROOT_MARKERS = ("asa.toml", "pyproject.toml", "alembic.ini", ".git")


@dataclass(frozen=True, slots=True)
class UrlReference:
    """A database URL as the user named it.

    Attributes:
        text: `env:NAME`, `module:attribute`, or a URL.
        origin: Where it was named, for messages: `--url`, `[tool.asa] in pyproject.toml`.
    """

    text: str
    origin: str

    @property
    def variable(self) -> str | None:
        """Name of the environment variable of an `env:NAME` reference."""
        return self.text[4:] if self.text.startswith("env:") else None

    @property
    def attribute(self) -> tuple[str, str] | None:
        """(module, dotted attribute) of a `module:attribute` reference."""
        if self.variable is not None or "://" in self.text:
            return None
        module, colon, attribute = self.text.partition(":")
        return (module, attribute) if colon and module and attribute else None


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one project.

    Attributes:
        root: The project's root: where the settings file, or else a marker, was found.
        source: The file the settings came from; None where there is none.
        url: The application's database.
        metadata: `module:attribute` references of the MetaData or base classes.
        alembic: Path of the Alembic settings below root (`alembic.ini`, `pyproject.toml`).
        pythonpath: Directories below root that hold the project's packages.
        scratch: Server on which asa may create and drop databases of its own.
        python: The project's interpreter; None to find it.
    """

    root: Path
    source: Path | None = None
    url: UrlReference | None = None
    metadata: tuple[str, ...] = ()
    alembic: str | None = None
    pythonpath: tuple[str, ...] = ()
    scratch: UrlReference | None = None
    python: str | None = None

    def with_flags(self, *, url: str | None = None, scratch: str | None = None) -> "Config":
        """Return these settings with the given flags laid over them."""
        config = self
        if url:
            config = replace(config, url=UrlReference(url, "--url"))
        if scratch:
            config = replace(config, scratch=UrlReference(scratch, "--scratch-url"))
        return config


URL_KEYS = ("url", "scratch")
LIST_KEYS = ("metadata", "pythonpath")
KEYS = tuple(f.name for f in fields(Config) if f.name not in ("root", "source"))


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
        source, name = pyproject, "[tool.asa] in pyproject.toml"
    elif own.is_file():
        source, table, name = own, parsed(own), "asa.toml"
    else:
        return Config(root=root)
    config = Config(root=root, source=source)
    for key, value in table.items():
        if key not in KEYS:
            raise unknown(key, name)
        config = replace(config, **{key: checked(key, value, name)})
    return config


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


def unknown(key: str, name: str) -> ConfigurationError:
    """Make the error for a key that does not exist, naming the nearest that does."""
    near = difflib.get_close_matches(key, KEYS, n=1, cutoff=0.5)
    hint = f'did you mean "{near[0]}"?' if near else f"known keys: {', '.join(KEYS)}"
    return ConfigurationError(f'{name} has an unknown key "{key}"', hint)


def checked(key: str, value: object, origin: str) -> Any:
    """Return a setting's value in the type that `Config` holds.

    Raises:
        ConfigurationError: The value is of another type.
    """
    if key in LIST_KEYS:
        items = [value] if isinstance(value, str) else value
        if isinstance(items, list) and all(isinstance(item, str) for item in items):
            return tuple(item.strip() for item in items if item.strip())
        raise ConfigurationError(f"{key} of {origin} must be a list of strings")
    if not isinstance(value, str):
        raise ConfigurationError(f"{key} of {origin} must be a string")
    return UrlReference(value, origin) if key in URL_KEYS else value
