"""Which of the things found in a repository are the ones to migrate."""

import re
from collections.abc import Mapping
from dataclasses import replace

from asa.config import Config, UrlReference
from asa.errors import ConfigurationError, ProjectError, UsageError
from asa.project.find import FoundMetadata, FoundUrl, ProjectSource, spoken_scheme
from asa.project.load import attribute_of
from asa.setup.plan import ChosenUrl, Undecided

__all__ = ["check_named", "choose_metadata", "choose_url", "seen_url", "with_driver"]

PASSWORD = re.compile(r"://[^/@\s]*:[^/@\s]+@|[?&](?:password|passwd|token)=", re.IGNORECASE)
DEFAULT_URL = "env:DATABASE_URL"
NOWHERE = "nothing in the source names a database URL"
ASYNC_DRIVERS = {
    "postgresql": ("asyncpg", "psycopg"),
    "mysql": ("aiomysql", "asyncmy"),
    "sqlite": ("aiosqlite",),
}


def choose_metadata(
    source: ProjectSource, wanted: tuple[str, ...]
) -> tuple[FoundMetadata, ...] | Undecided:
    """Return the MetaData to migrate, or the candidates where the source leaves it open.

    Args:
        source: What reading the source told.
        wanted: `module:attribute` references that the user named; empty to choose.

    Raises:
        ProjectError: The repository has no models.
        UsageError: A wanted reference is not `module:attribute`.
    """
    if wanted:
        return tuple(named(source, reference) for reference in wanted)
    if not source.metadata:
        raise ProjectError(
            f"no SQLAlchemy models were found in {source.root}, {source.files} Python files read",
            "asa init --models writes a first one; or name yours: asa init --metadata module:Base",
        )
    if len(source.metadata) == 1:
        return source.metadata
    return Undecided(source.metadata)


def named(source: ProjectSource, reference: str) -> FoundMetadata:
    """Return what the source tells of a reference; one that it does not show is taken as given."""
    module, colon, attribute = reference.partition(":")
    if not (colon and module and attribute):
        raise UsageError(
            f'"{reference}" names no base', "write it as module:attribute, such as app.models:Base"
        )
    for found in source.metadata:
        if found.reference == reference:
            return found
    short = attribute.removesuffix(".metadata")
    for found in source.metadata:
        if found.reference == f"{module}:{short}":
            return found
    # Reached by another name (`app.models:Base`, imported there from `app.db.base`): the
    # modules are those of the base with that name.
    alike = [f for f in source.metadata if f.reference.rpartition(":")[2] == short]
    if len(alike) == 1:
        return replace(alike[0], reference=reference)
    return FoundMetadata(reference, None)


def choose_url(
    config: Config, source: ProjectSource, flag: str | None, environ: Mapping[str, str]
) -> tuple[ChosenUrl, tuple[FoundUrl, ...]]:
    """Return where the URL comes from, and the other places where one is read.

    Args:
        config: Settings that hold already.
        source: What reading the source told.
        flag: What the user gave by `--url`.
        environ: The environment with `.env`, looked at for schemes only.

    Raises:
        ConfigurationError: The URL given carries a password.
    """
    found, *others = source.urls or (None,)
    if flag:
        chosen = ChosenUrl(flag, "--url")
    elif config.url is not None and not config.url.origin.startswith("ASA_"):
        chosen = ChosenUrl(config.url.text, config.url.origin)
    elif found is not None:
        origin = f"{found.how} in {found.place}"
        chosen = ChosenUrl(found.reference, origin, found.dialect, found.driver)
    else:
        chosen = ChosenUrl(DEFAULT_URL, NOWHERE)
    if PASSWORD.search(chosen.reference):
        raise ConfigurationError(
            "a URL with a password does not belong into a file",
            "export DATABASE_URL=..., then asa init --url env:DATABASE_URL",
        )
    left = tuple(
        url
        for url in others
        # A line of .env reads nothing: it may be the very setting that was chosen.
        if url.reference != chosen.reference and not url.place.file.startswith(".env")
    )
    return with_scheme(chosen, environ), left


def check_named(url: ChosenUrl, source: ProjectSource, environ: Mapping[str, str]) -> None:
    """See that a URL which the source does not show is not made up where there must be one.

    Raises:
        UsageError: The project connects somewhere, and reading cannot tell by which URL.
    """
    connects = source.sessions or source.environments
    if url.origin == NOWHERE and connects and "DATABASE_URL" not in environ:
        places = [*map(str, source.sessions), *(e.settings for e in source.environments)]
        raise UsageError(
            "where the database URL comes from cannot be read from the source",
            "asa init --url env:NAME   (or --url module:attribute)",
            details=tuple(("used in", place) for place in places[:3]),
        )


def with_scheme(url: ChosenUrl, environ: Mapping[str, str]) -> ChosenUrl:
    """Return the URL with the dialect that its value shows, where it can be seen."""
    reference = UrlReference(url.reference, url.origin)
    if reference.variable is not None:
        spoken = spoken_scheme(environ.get(reference.variable) or "")
    elif reference.attribute is None:
        spoken = spoken_scheme(url.reference)
        if spoken is None:
            raise ConfigurationError(
                "the database URL cannot be read",
                "use env:NAME, module:attribute, or a postgresql://, mysql:// or sqlite:// URL",
            )
    else:
        spoken = None
    return replace(url, dialect=spoken[0], driver=spoken[1]) if spoken else url


def seen_url(
    config: Config, url: ChosenUrl, pythonpath: tuple[str, ...]
) -> tuple[ChosenUrl, str, str | None]:
    """Look at the settings attribute behind a URL.

    Returns:
        The URL with its dialect, the attribute's kind (`text`, `url`, `secret`), and why it
        could not be looked at, None where it could.
    """
    reference = UrlReference(url.reference, url.origin)
    if reference.attribute is None:
        return url, "text", None
    try:
        kind, text = attribute_of(config, url.reference, pythonpath)
    except ProjectError as error:
        return url, "text", error.message
    spoken = spoken_scheme(text)
    return (replace(url, dialect=spoken[0], driver=spoken[1]) if spoken else url), kind, None


def with_driver(url: ChosenUrl, drivers: tuple[str, ...]) -> tuple[ChosenUrl, str | None]:
    """Return the URL with the async driver that will be used, and a note where it is missing."""
    if url.dialect is None:
        return url, None
    known = ASYNC_DRIVERS[url.dialect]
    best = next((driver for driver in known if driver in drivers), known[0])
    driver = url.driver if url.driver in known else best
    note = None
    if driver not in drivers:
        note = f"{driver} is not installed in the project's environment: pip install {driver}"
    elif url.driver is not None and url.driver != driver:
        note = f"{url.driver} in the URL is not an async driver: env.py uses {driver}"
    return replace(url, driver=driver), note
