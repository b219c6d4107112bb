"""The environment of a guarded process: every database URL in it names the scratch database."""

import re
from collections.abc import Mapping

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from asa.database.url import FAMILIES, DatabaseUrl

__all__ = ["disguised", "names_in", "same_family"]

SCHEMES = "|".join(FAMILIES)
DATABASE_URL = re.compile(rf"\s*(?:{SCHEMES})(?:\+\w+)?:/", re.IGNORECASE)
NOWHERE = "asa-guard.invalid"
# What libpq and asyncpg take from the environment where a program names no address.
LIBPQ = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE")
LIBPQ_DETOURS = ("PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE", "PGPASSFILE", "PGTARGETSESSIONATTRS")
# A server that is lent to asa is none of the project's business.
OWN = ("ASA_SCRATCH",)


def disguised(variables: Mapping[str, str], scratch: DatabaseUrl) -> dict[str, str]:
    """Return the environment with the scratch database wherever one is named.

    Args:
        variables: The process's own, with the project's `.env` below it: a `.env` that is read
            again sets nothing then.
        scratch: The database to name instead.
    """
    kept = {name: value for name, value in variables.items() if name not in (*LIBPQ_DETOURS, *OWN)}
    urls = {name: value for name, value in kept.items() if DATABASE_URL.match(value)}
    # A history may be proved on a dialect that the project's own database does not have.
    only = not any(same_family(value, scratch) for value in urls.values())
    replaced = {name: other_url(value, scratch, only=only) for name, value in urls.items()}
    return {**kept, **replaced, **libpq(scratch)}


def other_url(text: str, scratch: DatabaseUrl, *, only: bool) -> str:
    """Return the scratch's URL with the driver of another; one to nowhere for other databases.

    Args:
        text: The URL of the environment.
        scratch: The database to name instead.
        only: Whether none of the URLs is of the scratch's dialect, so that it stands in for all.
    """
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        return scratch.text
    if FAMILIES.get(url.get_backend_name()) != scratch.dialect:
        if only:
            return scratch.text if is_async(url) else sync_url(scratch)
        return f"{url.drivername}://{NOWHERE}/none"
    return scratch.url.set(drivername=url.drivername).render_as_string(hide_password=False)


def is_async(url: URL) -> bool:
    """Tell whether a URL's driver is an async one."""
    try:
        return bool(url.get_dialect().is_async)
    except NoSuchModuleError:
        return False


def sync_url(scratch: DatabaseUrl) -> str:
    """Return the scratch's URL with SQLAlchemy's own sync driver for it."""
    return scratch.url.set(drivername=scratch.dialect).render_as_string(hide_password=False)


def same_family(text: str, scratch: DatabaseUrl) -> bool:
    """Tell whether a text is a URL of the scratch's dialect."""
    backend = text.strip().partition(":")[0].partition("+")[0].lower()
    return FAMILIES.get(backend) == scratch.dialect


def libpq(scratch: DatabaseUrl) -> dict[str, str]:
    """Return what libpq falls back on: the scratch, or nowhere."""
    if scratch.dialect != "postgresql":
        return {"PGHOST": NOWHERE}
    url = scratch.url
    values = (url.host, url.port, url.username, url.password, url.database)
    return {
        name: str(value) for name, value in zip(LIBPQ, values, strict=True) if value is not None
    }


def names_in(variables: Mapping[str, str]) -> frozenset[str]:
    """Return the names of every database, SQLite's files included, that a URL names."""
    names = set()
    for value in variables.values():
        if DATABASE_URL.match(value):
            try:
                names.add(make_url(value.strip()).database or "")
            except (ArgumentError, ValueError):
                continue
    return frozenset(names - {""})
