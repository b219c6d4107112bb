"""Make a snapshot's schema, statistics and settings again on a scratch PostgreSQL."""

import json
import re
import secrets
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.engine import connection_to
from asa.database.postgresql.statistics import STATISTICS, STEERING
from asa.database.url import DatabaseUrl, parse_url
from asa.model.snapshot import ColumnStatistics, Definition, Locale, Relation, Snapshot
from asa.scratch.server import DatabaseServer, Server
from asa.scratch.twins.files import resize

__all__ = ["Cluster", "cluster", "restore_columns", "rows"]

DATABASE = "twin"
ROLE = "asa_twin"
# Where the twin lacks a locale: one that sorts otherwise than by bytes, so that LIKE finds
# no index here that it does not find there.
OTHER_LOCALES = ("C.UTF-8", "C.utf8", "en_US.UTF-8")
PROVIDERS = ("libc", "icu", "builtin")
TYPES = {
    **dict.fromkeys(("null_frac", "n_distinct", "correlation", "range_empty_frac"), "real"),
    **dict.fromkeys(
        ("most_common_freqs", "most_common_elem_freqs", "elem_count_histogram"), "real[]"
    ),
    "avg_width": "integer",
}
PASSED = ", ".join(f"'{name}', (r ->> '{name}')::{TYPES.get(name, 'text')}" for name in STATISTICS)
RESTORE_COLUMNS = f"""
SELECT count(pg_restore_attribute_stats(
    'schemaname', r ->> 'schemaname', 'relname', r ->> 'relname', 'attname', r ->> 'attname',
    'inherited', (r ->> 'inherited')::boolean, 'version', $2::integer, {PASSED}))
FROM jsonb_array_elements($1::text::jsonb) AS r
JOIN pg_namespace n ON n.nspname = r ->> 'schemaname'
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = r ->> 'relname'
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = r ->> 'attname' AND NOT a.attisdropped
"""  # noqa: S608  (put together from asa's own constants)
RESTORE_RELATIONS = """
SELECT count(pg_restore_relation_stats(
    'schemaname', r ->> 'schema', 'relname', r ->> 'name', 'version', $2::integer,
    'relpages', (r ->> 'pages')::integer, 'reltuples', (r ->> 'tuples')::real,
    'relallvisible', (r ->> 'visible')::integer))
FROM jsonb_array_elements($1::text::jsonb) AS r
JOIN pg_namespace n ON n.nspname = r ->> 'schema'
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = r ->> 'name'
"""
FILES = """
SELECT n.nspname, c.relname, pg_relation_filepath(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm', 'i') AND n.nspname <> 'information_schema'
  AND n.nspname NOT LIKE 'pg\\_%'
"""
KNOWN = f"""
SELECT name, setting FROM pg_settings WHERE context IN ('user', 'superuser') AND {STEERING}
"""  # noqa: S608  (asa's own constant)
NAME = r'(?:"(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)'
# A snapshot may be a stranger's file: nothing else of it runs as a superuser.
EXTENSION = re.compile(rf"CREATE EXTENSION IF NOT EXISTS {NAME} SCHEMA {NAME} CASCADE")


@dataclass(frozen=True, slots=True)
class Cluster:
    """A scratch PostgreSQL that holds a snapshot's schema and statistics.

    Attributes:
        snapshot: What it was made from.
        version: Its own version.
        data: Its data directory.
        admin: A superuser's connection, for what only one may do.
        owner: A connection of the role that owns the schema, and may do nothing else.
        planner: Where to connect to plan, as that role.
        missing: Objects of the snapshot that could not be made: `extension postgis`.
        collate: The locale taken instead of the snapshot's; None where it is the same.
    """

    snapshot: Snapshot
    version: tuple[int, ...]
    data: Path
    admin: AsyncConnection
    owner: AsyncConnection
    planner: DatabaseUrl
    missing: tuple[str, ...]
    collate: str | None

    async def inflate(self, relations: Iterable[Relation]) -> None:
        """Give relations their real size and their statistics."""
        listed = list(relations)
        await restore_relations(self.admin, self.snapshot, listed)
        files = await self.files()
        for relation in listed:
            if (file := files.get((relation.schema, relation.name))) is not None:
                resize(file, max(relation.blocks, 1 if relation.kind == "i" else 0))

    async def deflate(self, relations: Iterable[Relation]) -> None:
        """Make tables empty again, so that an index is built at once."""
        files = await self.files()
        for relation in relations:
            if (file := files.get((relation.schema, relation.name))) is not None:
                resize(file, 0)

    async def files(self) -> dict[tuple[str, str], Path]:
        """Return the file of each relation that has one."""
        return {
            (schema, name): self.data / path
            for schema, name, path in await rows(self.admin, FILES)
            if path
        }


@asynccontextmanager
async def cluster(server: Server, snapshot: Snapshot) -> AsyncIterator[Cluster]:
    """Make a snapshot's schema, statistics and settings on a fresh server of asa's own.

    Raises:
        DatabaseError: The server does not answer.
        ScratchError: It refuses to make a database.
    """
    assert isinstance(server, DatabaseServer)  # noqa: S101  (a PostgreSQL of asa's own)
    assert server.supervised is not None  # noqa: S101
    password = secrets.token_hex(16)
    async with server.connection("makes no database") as maintenance:
        await maintenance.exec_driver_sql(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{password}'")
        collate = await create_database(maintenance, snapshot.locale)
        await copy_settings(maintenance, snapshot)
    admin_url = parse_url(server.named(DATABASE))
    planner = parse_url(
        admin_url.url.set(username=ROLE, password=password).render_as_string(hide_password=False)
    )
    async with (
        connection_to(admin_url, autocommit=True) as admin,
        connection_to(planner, autocommit=True) as owner,
    ):
        await owner.exec_driver_sql("SET check_function_bodies = off")
        missing = await define(admin, owner, snapshot.definitions)
        made = Cluster(
            snapshot=snapshot,
            version=server.about.version,
            data=server.supervised.directory / "data",
            admin=admin,
            owner=owner,
            planner=planner,
            missing=missing,
            collate=collate,
        )
        await restore_columns(admin, snapshot, snapshot.columns)
        await made.inflate(snapshot.relations)
        yield made


async def rows(connection: AsyncConnection, sql: str, *values: object) -> Sequence[Any]:
    """Run one statement of asa's own and return its rows."""
    return (await connection.exec_driver_sql(sql, tuple(values) or None)).all()


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


async def restore_columns(
    connection: AsyncConnection, snapshot: Snapshot, columns: Iterable[ColumnStatistics]
) -> None:
    """Give columns statistics of the snapshot's server."""
    listed = [dict(column) for column in columns]
    await restore(connection, RESTORE_COLUMNS, listed, numbered(snapshot))


async def restore_relations(
    connection: AsyncConnection, snapshot: Snapshot, relations: Iterable[Relation]
) -> None:
    """Give tables and indexes the rows and pages that they had when last measured."""
    # Before PostgreSQL 14 a table never analysed has 0 rows instead of -1.
    unknown = snapshot.server.version < (14,)
    facts = [
        {
            "schema": one.schema,
            "name": one.name,
            "pages": one.pages,
            "tuples": -1 if unknown and not (one.tuples or one.pages) else one.tuples,
            "visible": one.visible,
        }
        for one in relations
    ]
    await restore(connection, RESTORE_RELATIONS, facts, numbered(snapshot))


async def restore(
    connection: AsyncConnection, sql: str, facts: Sequence[dict[str, Any]], version: int
) -> None:
    """Restore statistics together; where the server refuses some, all but those."""
    try:
        await rows(connection, sql, json.dumps(facts), version)
    except DBAPIError:
        middle = len(facts) // 2
        for part in (facts[:middle], facts[middle:]) if middle else ():
            await restore(connection, sql, part, version)


def numbered(snapshot: Snapshot) -> int:
    """Return the server's version as PostgreSQL numbers it: 160004."""
    major, *rest = snapshot.server.version
    return major * 10_000 + (rest[0] if rest else 0)


async def ran(connection: AsyncConnection, sql: str) -> bool:
    """Run one statement of DDL; tell whether it could be run."""
    try:
        await connection.exec_driver_sql(sql)
    except DBAPIError:
        return False
    return True


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
