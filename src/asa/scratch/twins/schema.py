"""Make a snapshot's database, settings and schema on a scratch PostgreSQL."""

import re
from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.postgresql.literal import literal
from asa.database.postgresql.statistics import STEERING
from asa.model.snapshot import Definition, Locale, Snapshot
from asa.scratch.twins.session import ran, rows

__all__ = ["DATABASE", "ROLE", "copy_settings", "create_database", "define"]

DATABASE = "twin"
ROLE = "asa_twin"
# Where the twin lacks a locale: one that sorts otherwise than by bytes, so that LIKE finds
# no index here that it does not find there.
OTHER_LOCALES = ("C.UTF-8", "C.utf8", "en_US.UTF-8")
PROVIDERS = ("libc", "icu", "builtin")
KNOWN = f"""
SELECT name, setting FROM pg_settings WHERE context IN ('user', 'superuser') AND {STEERING}
"""  # noqa: S608  (asa's own constant)
NAME = r'(?:"(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)'
# A snapshot may be a stranger's file: nothing else of it runs as a superuser.
EXTENSION = re.compile(rf"CREATE EXTENSION IF NOT EXISTS {NAME} SCHEMA {NAME} CASCADE")


async def create_database(connection: AsyncConnection, locale: Locale) -> str | None:
    """Make the database with the snapshot's locale, or return the one taken instead."""
    for provider, name in locales(locale):
        option = {"builtin": "BUILTIN_LOCALE", "icu": "ICU_LOCALE"}.get(provider)
        second = f" {option} {literal(name)} LOCALE 'C'" if option else f" LOCALE {literal(name)}"
        statement = (
            f"CREATE DATABASE {DATABASE} OWNER {ROLE} TEMPLATE template0 ENCODING 'UTF8' "
            f"LOCALE_PROVIDER {provider}{second}"
        )
        if await ran(connection, statement):
            return None if name == locale.collate else name
    await connection.exec_driver_sql(f"CREATE DATABASE {DATABASE} OWNER {ROLE} TEMPLATE template0")
    return "C"


def locales(locale: Locale) -> Iterable[tuple[str, str]]:
    """Yield providers and locales to try, the right one first."""
    if locale.provider in PROVIDERS:
        yield locale.provider, locale.collate
    for name in OTHER_LOCALES:
        yield "libc", name


async def copy_settings(connection: AsyncConnection, snapshot: Snapshot) -> None:
    """Let the role plan with the snapshot's settings."""
    known = dict(map(tuple, await rows(connection, KNOWN)))
    for name, setting in snapshot.settings.items():
        if name == "search_path":
            await ran(connection, f"ALTER ROLE {ROLE} SET search_path = {setting}")
        elif name in known and known[name] != setting:
            await ran(connection, f'ALTER ROLE {ROLE} SET "{name}" = {literal(setting)}')


async def define(
    admin: AsyncConnection, owner: AsyncConnection, definitions: Iterable[Definition]
) -> tuple[str, ...]:
    """Make the objects, as often as it takes for those that others need to be there first.

    Returns:
        What could not be made, each with its kind.
    """
    left = list(definitions)
    while True:
        failed = [
            one
            for one in left
            if not await ran(admin if EXTENSION.fullmatch(one.sql) else owner, one.sql)
        ]
        if not failed or len(failed) == len(left):
            return tuple(f"{one.kind} {one.name}" for one in failed)
        left = failed
