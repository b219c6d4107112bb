"""A scratch PostgreSQL that holds a snapshot's schema, statistics and file sizes."""

import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from asa.database.engine import connection_to
from asa.database.url import DatabaseUrl, parse_url
from asa.model.snapshot import Relation, Snapshot
from asa.scratch.server import DatabaseServer, Server
from asa.scratch.twins.files import resize
from asa.scratch.twins.pages import write_levels
from asa.scratch.twins.schema import DATABASE, ROLE, copy_settings, create_database, define
from asa.scratch.twins.session import quoted, ran, rows
from asa.scratch.twins.statistics import restore_columns, restore_relations
from asa.scratch.twins.trees import all_trees

__all__ = ["Cluster", "cluster"]

FILES = """
SELECT n.nspname, c.relname, pg_relation_filepath(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm', 'i') AND n.nspname <> 'information_schema'
  AND n.nspname NOT LIKE 'pg\\_%'
"""

# A partitioned table has no rows of its own; an index on it is one on each partition.
PLACES = """
WITH RECURSIVE t(oid) AS (
    SELECT to_regclass($1::text)::oid
    UNION ALL SELECT h.inhrelid FROM pg_inherits h JOIN t ON h.inhparent = t.oid)
SELECT n.nspname, c.relname FROM t JOIN pg_class c ON c.oid = t.oid
JOIN pg_namespace n ON n.oid = c.relnamespace
"""
# The pages of what is made go straight to its file, and are not kept in memory.
OWNING = ("SET check_function_bodies = off", "SET wal_skip_threshold = 0")


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
        trees = await all_trees(self.admin)
        for relation in listed:
            place = (relation.schema, relation.name)
            if (file := files.get(place)) is None:
                continue
            if (tree := trees.get(place)) is not None and (levels := tree.height(relation)):
                write_levels(file, levels)
            resize(file, max(relation.blocks, 1 if relation.kind == "i" else 0))

    async def deflate(self, relations: Iterable[Relation]) -> None:
        """Make tables empty again, so that an index is built at once."""
        files = await self.files()
        for relation in relations:
            if (file := files.get((relation.schema, relation.name))) is not None:
                resize(file, 0)

    async def tables_of(self, table: str) -> list[Relation]:
        """Return the table, or the partitions of it that have rows."""
        found = await rows(self.owner, PLACES, quoted(table))
        home = {(schema, name) for schema, name in found}
        return [r for r in self.snapshot.relations if (r.schema, r.name) in home]

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
        for setting in OWNING:
            await owner.exec_driver_sql(setting)
        missing = await define(admin, owner, snapshot.definitions)
        # Foreign keys had the server read indexes; it has read none of those made anew.
        await ran(owner, "REINDEX DATABASE")
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
