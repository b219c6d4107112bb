"""A baseline: the schema at a revision, stored, that stands in for the history up to there.

Old history often cannot be replayed: it imports code that is gone, or wants rows that only
production has. The file `baseline/DIALECT.json` lies beside the directory of revisions:

    about       what it is, for whoever opens it
    revisions   ids that a database with this schema is marked with
    server      what it was read from
    statements  SQL that makes the schema in an empty database, the marks included

Whatever runs the history on scratch begins there. It is made by `asa migrate --baseline` and may
be made again at any time; nothing but scratch databases ever sees its statements.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import ColumnElement, column, insert, literal_column, table

from asa.atomic_file import replacing
from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.database.url import DatabaseUrl, parse_url
from asa.errors import ConfigurationError, MigrationError
from asa.migrations.env_run import standing_in
from asa.migrations.environment import Environment
from asa.migrations.history import Unknown
from asa.migrations.own_connection import run_apart
from asa.migrations.place import Place, place_of, same_place
from asa.migrations.wrong_database import heed_elsewhere
from asa.model.event import Notify

__all__ = ["Baseline", "Taken", "covered", "stored", "take"]

DIRECTORY = "baseline"
ABOUT = (
    "The schema at a revision. asa makes scratch databases of it where it runs the history; "
    "make it again with: asa migrate --baseline"
)


@dataclass(frozen=True, slots=True)
class Baseline:
    """A stored schema."""

    revisions: tuple[str, ...]
    server: str
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """A baseline that was written.

    Attributes:
        file: Where, relative to the project's root.
        place: The database that it was read from.
        revisions: As people see them.
        statements: How many it has.
        replaced: Whether there was one before.
    """

    file: str
    place: Place
    revisions: tuple[str, ...]
    statements: int
    replaced: bool


def file_of(script: ScriptDirectory, dialect: str) -> Path:
    """Return where the baseline of a dialect lies."""
    return Path(script.dir) / DIRECTORY / f"{dialect}.json"


def stored(script: ScriptDirectory, dialect: str) -> Baseline | None:
    """Return the baseline of a dialect; None where there is none.

    Raises:
        ConfigurationError: The file is no baseline, or is at a revision that is not here.
    """
    file = file_of(script, dialect)
    if not file.is_file():
        return None
    try:
        read: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        found = Baseline(tuple(read["revisions"]), read["server"], tuple(read["statements"]))
    except (ValueError, KeyError, TypeError):
        raise ConfigurationError(
            f"{DIRECTORY}/{file.name} is no baseline of asa's", "asa migrate --baseline"
        ) from None
    known = {revision.revision for revision in script.walk_revisions()}
    lost = [one for one in found.revisions if one not in known]
    if lost:
        raise ConfigurationError(
            f"{DIRECTORY}/{file.name} is at {lost[0]}, and no file here has that id",
            "asa migrate --baseline",
        )
    return found


def covered(script: ScriptDirectory, baseline: Baseline) -> frozenset[str]:
    """Return the ids of the revisions that a baseline stands in for."""
    walk = script.iterate_revisions(baseline.revisions, "base")
    return frozenset(revision.revision for revision in walk)


def take(environment: Environment, notify: Notify) -> Taken:
    """Store the schema of the database that env.py connects to, as it stands.

    Raises:
        MigrationError: The database is at no revision of this history.
        AsaError: It is unreachable, or env.py failed.
    """
    with standing_in(environment) as site:
        seen: list[tuple[Place, tuple[str, ...], str]] = []

        def work(heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
            assert context.connection is not None  # noqa: S101  (an online run has one)
            place = place_of(context.connection)
            heed_elsewhere(environment, place, notify)
            seen.append((place, tuple(heads), marking(context, heads)))
            return ()

        site.run(work, reading=True)
        place, marks, sql = seen[-1]
        known = site.history.known(marks)
        refuse_unknown(known)
        named = environment.database
        database = named if named and same_place(named, place.url) else parse_url(place.url.text)
        statements = (*run_apart(read(database)), *sql.splitlines())
        file = file_of(site.script, database.dialect)
        replaced = file.exists()
        write(file, Baseline(marks, str(place.server), statements))
        shown = tuple(str(one) for one in known)
        return Taken(environment.shown(file), place, shown, len(statements), replaced)


def refuse_unknown(known: tuple[object, ...]) -> None:
    """See that a database is where this history can go on.

    Raises:
        MigrationError: It is not.
    """
    if not known:
        raise MigrationError(
            "the database is at no revision, so its schema is a baseline of nothing",
            "asa upgrade, or asa stamp the revision that it equals",
        )
    lost = [one.id for one in known if isinstance(one, Unknown)]
    if lost:
        raise MigrationError(
            f'the database is marked with "{lost[0]}", and no file here has that id',
            "take the baseline from a database that is at a revision of this history",
        )


def marking(context: MigrationContext, heads: Iterable[str]) -> str:
    """Return the statements that mark a database, one a line."""
    marks = table(context.version_table, column("version_num"), schema=context.version_table_schema)
    dialect = context.dialect
    lines = []
    for head in heads:
        value: ColumnElement[str] = literal_column("'" + head.replace("'", "''") + "'")
        lines.append(str(insert(marks).values(version_num=value).compile(dialect=dialect)))
    return "\n".join(lines)


async def read(database: DatabaseUrl) -> tuple[str, ...]:
    """Read the schema over a connection of asa's own."""
    async with connection_to(database, autocommit=True) as connection:
        return await dialect_named(database.dialect).ddl(connection)


def write(file: Path, baseline: Baseline) -> None:
    """Write the file beside, then put it in place."""
    content = {
        "about": ABOUT,
        "revisions": baseline.revisions,
        "server": baseline.server,
        "statements": baseline.statements,
    }
    file.parent.mkdir(exist_ok=True)
    with replacing(file, 0o644) as beside:
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        beside.write_text(text, encoding="utf-8")
