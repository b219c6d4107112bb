"""What a database tells of itself before revisions are judged for it."""

from dataclasses import dataclass

from asa.database.dialect import dialect_named
from asa.database.engine import connection_to
from asa.database.url import DatabaseUrl
from asa.errors import AsaError
from asa.migrations.env_run import Site, missing_file
from asa.migrations.marks import place_and_marks
from asa.migrations.own_connection import run_apart
from asa.migrations.place import Place, same_place
from asa.model.event import Event, Notify, Stage
from asa.model.schema import Schema
from asa.model.server import Server

__all__ = ["TargetState", "ask", "for_dialect", "marks_here", "server_of"]


@dataclass(frozen=True, slots=True)
class TargetState:
    """What the database told.

    Attributes:
        marks: Ids that it is marked with.
    """

    place: Place
    marks: tuple[str, ...]
    schema: Schema


def ask(site: Site, notify: Notify) -> TargetState | None:
    """Ask the database for its marks, tables and sizes; None, with a note, where it fails."""
    environment = site.environment
    named = environment.config.url.origin == "--url" if environment.config.url else False
    try:
        place, marks = place_and_marks(site, notify)
        return TargetState(place, marks, schema_at(place, environment.database))
    except AsaError as error:
        if named:
            raise
        text = f"no database was asked, so sizes are unknown: {error.message}"
        notify(Event(Stage.NOTE, "offline", text))
        return None


def schema_at(place: Place, named: DatabaseUrl | None) -> Schema:
    """Read the tables of a database with their sizes."""
    database = named if named is not None and same_place(named, place.url) else place.url
    if database.dialect == "sqlite" and (
        not database.url.database or missing_file(database.url.database)
    ):
        return Schema(())

    async def read() -> Schema:
        async with connection_to(database) as connection:
            return await dialect_named(database.dialect).schema(connection)

    return run_apart(read())


def for_dialect(
    known: TargetState | None, dialect: str | None, notify: Notify
) -> TargetState | None:
    """Return what the database told; None, with a note, where it is of another dialect."""
    family = "mysql" if dialect == "mariadb" else dialect
    if known is None or family in (None, known.place.server.dialect):
        return known
    text = f"sizes are unknown: the database here is {known.place.server}, not {dialect}"
    notify(Event(Stage.NOTE, "offline", text))
    return None


def server_of(known: TargetState | None, dialect: str | None) -> Server | None:
    """Return the server to judge for; None where neither database nor user tells."""
    if known is not None or dialect is None:
        return known.place.server if known else None
    if dialect == "mariadb":
        return Server("mysql", "MariaDB", (), "")
    return Server(dialect, "", (), "")


def marks_here(site: Site, known: TargetState) -> tuple[str, ...]:
    """Return the marks of a database that the files here explain."""
    return tuple(mark for mark in known.marks if mark in site.history.ids)
