"""A further database of the project: its own settings, and what of the source is left for it."""

import re
from dataclasses import replace

from asa.config import Config, UrlReference
from asa.errors import UsageError
from asa.project.find import ProjectSource

__all__ = ["for_database", "untaken"]

# What TOML takes as a key without quotes, and every file system as part of a name.
NAME = re.compile(r"[A-Za-z0-9_-]+")


def for_database(config: Config, name: str) -> Config:
    """Return the settings of a further database, those that are there and those it will have.

    Raises:
        UsageError: The name would not do as a key and as part of a file's name.
    """
    if not NAME.fullmatch(name):
        raise UsageError(
            f'"{name}" cannot name a database',
            "letters, digits, - and _ can: asa init --database reports",
        )
    own = next((one for one in config.databases if one.name == name), None)
    return replace(
        config,
        url=own.url if own else None,
        migration_url=own.migration_url if own else None,
        password=own.password if own else None,
        metadata=own.metadata if own else (),
        alembic=(own.alembic if own else None) or f"alembic_{name}.ini",
        database=name,
    )


def untaken(config: Config, name: str, source: ProjectSource, *, url_known: bool) -> ProjectSource:
    """Return what the source tells without the MetaData and URLs of the other databases.

    Where no MetaData is left, all stay: the same tables may live in two databases.

    Args:
        config: Settings of the project, not narrowed.
        name: The database that what is left is for.
        source: What reading the source told.
        url_known: Whether a flag or the settings say where it is.

    Raises:
        UsageError: It is open where the database is.
    """
    others = [one for one in config.databases if one.name != name]
    metadata = {*config.metadata, *(reference for one in others for reference in one.metadata)}
    known = [one.url for one in others] + ([config.url] if config.url else [])
    urls = free_urls(source, known)
    if not url_known and len(urls.urls) != 1:
        raise UsageError(
            f"where {name} is cannot be read from the source",
            f"asa init --database {name} --url env:NAME   (or --url module:attribute)",
            details=tuple(("read", f"{url.reference} in {url.place}") for url in urls.urls[:3]),
        )
    left = tuple(found for found in source.metadata if found.reference not in metadata)
    return replace(urls, metadata=left or source.metadata)


def free_urls(source: ProjectSource, known: list[UrlReference]) -> ProjectSource:
    """Return the source without the URLs that the settings give to a database."""
    taken = {reference.text for reference in known}
    return replace(source, urls=tuple(url for url in source.urls if url.reference not in taken))
