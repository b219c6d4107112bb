"""From what the user named to the database that a command works on."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from asa.config import Config, UrlReference, environment, find_config
from asa.errors import ConfigurationError

if TYPE_CHECKING:
    from asa.database.url import DatabaseUrl

__all__ = [
    "DatabaseOption",
    "DialectName",
    "ScratchUrlOption",
    "configured",
    "database_of",
    "migrated",
    "scratch_of",
    "unset_variable",
]

DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        help="One of the project's databases, by its name in the settings.",
        metavar="NAME",
    ),
]

ScratchUrlOption = Annotated[
    str | None,
    typer.Option(
        "--scratch-url", help="Server on which asa may create and drop databases.", metavar="URL"
    ),
]


class DialectName(str, Enum):
    """What the user may say that SQL or models are meant for."""

    POSTGRESQL = "postgresql"
    MYSQL = "mysql"
    MARIADB = "mariadb"
    SQLITE = "sqlite"

    @property
    def family(self) -> str:
        """The name that SQLAlchemy's URLs and asa's rules have for it."""
        return "mysql" if self is DialectName.MARIADB else self.value


def configured(
    *,
    url: str | None = None,
    scratch: str | None = None,
    database: str | None = None,
    password_from: str | None = None,
) -> Config:
    """Return the settings that hold where the user stands, flags laid over them."""
    config = find_config(Path.cwd())
    return config.with_flags(
        url=url, scratch=scratch, database=database, password_from=password_from
    )


def migrated(config: Config) -> Config:
    """Return the settings with the database as migrations reach it."""
    return config if config.migration_url is None else replace(config, url=config.migration_url)


def database_of(config: Config) -> DatabaseUrl:
    """Return the application's database, with its password where a function must give it.

    A relative SQLite file is meant from where the user stands in a URL that was typed, and
    from the project's root in a setting; it is the same file for every command.

    Raises:
        ConfigurationError: None is named, or what is named does not lead to a URL.
        ProjectError: The project's module that holds the URL or the password could not be
            imported, or gave none.
    """
    from asa.database.url import parse_url

    if config.url is None:
        raise nothing_named(config)
    database = parse_url(resolved(config, config.url))
    if not config.url.typed and config.root != Path.cwd():
        database = database.anchored(config.root)
    provider = config.password
    if provider is None or database.dialect == "sqlite":
        return database
    if database.url.password and not provider.insists:
        return database
    from asa.project.password import load_password

    return database.with_password(load_password(config, provider, database.without_secrets))


def nothing_named(config: Config) -> ConfigurationError:
    """Return the error for settings that lead to no database."""
    names = [one.name for one in config.databases]
    if names:
        return ConfigurationError(
            f"no database is chosen: the settings name {', '.join(names)}",
            f"add --database {names[0]}",
        )
    return ConfigurationError(
        "no database is named here",
        "asa init, or add --url, or set ASA_URL",
    )


def scratch_of(config: Config) -> str | None:
    """Return the URL of the server on which asa may make databases; None where none is lent.

    Raises:
        ConfigurationError: What is named does not lead to a URL.
    """
    return resolved(config, config.scratch) if config.scratch else None


def unset_variable(config: Config) -> str | None:
    """Return the variable that should hold the URL and is not set; None where that is not so."""
    variable = config.url.variable if config.url else None
    return variable if variable and not environment(config.root).get(variable) else None


def resolved(config: Config, reference: UrlReference) -> str:
    """Return the URL text behind a reference."""
    if reference.variable is not None:
        value = environment(config.root).get(reference.variable)
        if not value:
            raise ConfigurationError(
                f"{reference.variable} is not set, and {reference.origin} takes the URL from it",
                f"export {reference.variable}=..., or write it in .env",
            )
        return value
    if reference.attribute is not None:
        from asa.project.load import load_attribute

        return load_attribute(config, *reference.attribute)
    return reference.text
