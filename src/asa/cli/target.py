"""From what the user named to the database that a command works on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from asa.config import Config, UrlReference, environment, find_config
from asa.errors import ConfigurationError

if TYPE_CHECKING:
    from asa.database.url import DatabaseUrl

__all__ = ["configured", "database_of"]


def configured(*, url: str | None = None, scratch: str | None = None) -> Config:
    """Return the settings that hold where the user stands, flags laid over them."""
    return find_config(Path.cwd()).with_flags(url=url, scratch=scratch)


def database_of(config: Config) -> DatabaseUrl:
    """Return the application's database.

    Raises:
        ConfigurationError: None is named, or what is named does not lead to a URL.
        ProjectError: The module that should hold the URL could not be imported.
    """
    from asa.database.url import parse_url

    if config.url is None:
        raise ConfigurationError(
            "no database is named here",
            "asa init, or add --url, or set ASA_URL",
        )
    return parse_url(resolved(config, config.url))


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
