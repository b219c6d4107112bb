"""The project's Alembic environment: where its settings are, and Alembic's own Config of them."""

import io
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import alembic
from alembic.config import Config as AlembicConfig

from asa.config import Config
from asa.database.url import DatabaseUrl
from asa.errors import ConfigurationError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["Environment", "find_environment"]

PYPROJECT = "pyproject.toml"
PYPROJECT_SINCE = (1, 16)


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a project's migrations live and which database they are meant for.

    Attributes:
        config: The project's settings.
        ini: alembic.ini, or whatever the project calls it.
        toml: pyproject.toml with `[tool.alembic]`; at least one of the two is there.
        database: The database that the user named; None to leave it to env.py.
    """

    config: Config
    ini: Path | None
    toml: Path | None
    database: DatabaseUrl | None = None

    @property
    def directory(self) -> Path:
        """The directory against which Alembic's relative paths are meant."""
        file = self.ini or self.toml
        return file.parent if file else self.config.root

    @property
    def import_paths(self) -> tuple[str, ...]:
        """Directories to put in front of `sys.path`."""
        return tuple(str((self.config.root / path).resolve()) for path in self.config.pythonpath)

    def alembic_config(self, output: TextIO | None = None) -> AlembicConfig:
        """Return Alembic's Config; the URL travels in `attributes`, `%` and password intact.

        Args:
            output: Takes the SQL of an offline run.
        """
        # asa takes the upgrade lock itself; an env.py that takes it too would wait for asa.
        attributes: dict[str, object] = {"lock": False}
        if self.database is not None:
            attributes["url"] = self.database.text
            attributes["connect_args"] = dict(self.database.connect_args)
        options: dict[str, object] = {"toml_file": str(self.toml)} if self.toml else {}
        return AlembicConfig(
            str(self.ini) if self.ini else None,
            stdout=io.StringIO(),
            output_buffer=output,
            attributes=attributes,
            **options,  # type: ignore[arg-type]  # toml_file exists from Alembic 1.16 on
        )

    def shown(self, file: str | Path) -> str:
        """Return a path relative to the project's root where it is below it."""
        path = Path(file).resolve()
        root = self.config.root.resolve()
        return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def find_environment(config: Config, database: DatabaseUrl | None = None) -> Environment:
    """Find the project's Alembic settings.

    Looked for in this order: what `alembic` in asa's settings names, `alembic.ini`,
    `[tool.alembic]` in pyproject.toml.

    Raises:
        ConfigurationError: There are none, or Alembic here is too old to read them.
    """
    ini, toml = named(config) if config.alembic else found(config.root)
    if ini is None and toml is None:
        raise ConfigurationError(
            f"no Alembic environment in {config.root}: neither alembic.ini nor [tool.alembic]",
            "asa init",
        )
    if ini is None and alembic_version() < PYPROJECT_SINCE:
        raise ConfigurationError(
            f"Alembic {alembic.__version__} does not read [tool.alembic]; 1.16 is the first",
            'pip install "alembic>=1.16", or keep the settings in alembic.ini',
        )
    if alembic_version() < PYPROJECT_SINCE:
        toml = None
    return Environment(config, ini, toml, database)


def named(config: Config) -> tuple[Path | None, Path | None]:
    """Return (ini, toml) for the file that the settings name."""
    file = config.root / str(config.alembic)
    if not file.is_file():
        origin = config.source.name if config.source else "the environment"
        raise ConfigurationError(
            f'alembic = "{config.alembic}" of {origin} names a file that is not there',
            f"correct it, or asa init   (looked for {file})",
        )
    if file.suffix == ".toml":
        return None, file
    return file, with_alembic_table(config.root / PYPROJECT)


def found(root: Path) -> tuple[Path | None, Path | None]:
    """Return (ini, toml) as they lie in the project's root."""
    ini = root / "alembic.ini"
    return ini if ini.is_file() else None, with_alembic_table(root / PYPROJECT)


def with_alembic_table(file: Path) -> Path | None:
    """Return pyproject.toml where it has `[tool.alembic]`."""
    if not file.is_file():
        return None
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{file.name} is not valid TOML: {error}", f"correct {file}"
        ) from None
    return file if isinstance(table, dict) and "alembic" in table else None


def alembic_version() -> tuple[int, ...]:
    """Return the first two numbers of Alembic's version."""
    numbers = alembic.__version__.split(".")[:2]
    return tuple(int(number) for number in numbers)
