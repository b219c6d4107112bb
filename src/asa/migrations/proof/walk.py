"""The way through a history, revision by revision; runs behind the guard."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from asa.database.dialect import dialect_named
from asa.database.engine import connection_to, is_driver_error
from asa.errors import MigrationError
from asa.migrations.drift import Drift
from asa.migrations.env_run import Site, standing_in
from asa.migrations.environment import Environment
from asa.migrations.move import Move
from asa.migrations.own_connection import run_apart
from asa.migrations.proof.baseline import covered, stored
from asa.migrations.proof.replay import ALONE, replay
from asa.migrations.proof.rows.filling import ROWS, Unfilled, fill
from asa.migrations.proof.undoing import not_undone
from asa.migrations.status import NotCompared, drift_at
from asa.model.event import Event, Notify, Stage, silent
from asa.model.revision import Revision
from asa.model.schema import Column, Schema, Table

__all__ = ["Failure", "Walk", "ends", "in_order", "walked"]

EVIDENCE = ("at", "sql", "error")
MARKS = "alembic_version"


@dataclass(frozen=True, slots=True)
class Failure:
    """A revision that does not do what it should.

    Attributes:
        revision: Which one.
        what: What failed, as a clause.
        details: Evidence as (label, text).
        refused: Whether the database refused something, in contrast to the revision's code.
    """

    revision: Revision
    what: str
    details: tuple[tuple[str, str], ...] = ()
    refused: bool = True


@dataclass
class Walk:
    """The way through the history, as far as it came.

    Attributes:
        total: Number of revisions in the history.
        reached: How many of them are behind.
        stopped: What ended the walk before its end; None at the end.
        failures: What failed and did not end it.
        unfilled: Tables without rows, by name.
        models: What the models differ in at the end; None where it was not reached.
    """

    total: int = 0
    reached: int = 0
    stopped: Failure | None = None
    failures: list[Failure] = field(default_factory=list)
    unfilled: dict[str, Unfilled] = field(default_factory=dict)
    models: Drift | NotCompared | None = None


@dataclass
class Tables:
    """The tables of the scratch database, and which of them have rows.

    Attributes:
        environment: Whose database is the scratch.
        rows: Whether rows are to be made at all.
        shapes: Columns of each table when rows were put into it last.
        taken: Number of rows put into each.
    """

    environment: Environment
    rows: bool
    unfilled: dict[str, Unfilled]
    shapes: dict[str, tuple[Column, ...]] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)

    def look(self) -> Schema:
        """Read the catalog."""
        return run_apart(self.seen(filling=False))

    def look_and_fill(self) -> Schema:
        """Read the catalog, then put rows into every table that is new or has new columns."""
        return run_apart(self.seen(filling=self.rows))

    async def seen(self, *, filling: bool) -> Schema:
        """Read the catalog over a connection of asa's own."""
        database = self.environment.database
        assert database is not None  # noqa: S101  (a guarded process always has one)
        async with connection_to(database, autocommit=True) as connection:
            schema = await dialect_named(database.dialect).schema(connection)
            known = Schema(tuple(table for table in schema.tables if table.name != MARKS))
            lacking = [table for table in known.tables if self.lacks(table)] if filling else []
            if lacking:
                taken = max(self.taken.get(table.name, 0) for table in lacking)
                found = await connection.run_sync(fill, lacking, taken)
                self.note(lacking, found, taken)
        return known

    def lacks(self, table: Table) -> bool:
        """Tell whether a table has no rows of its present shape."""
        return self.shapes.get(table.name) != shape(table)

    def note(self, tables: Iterable[Table], found: tuple[Unfilled, ...], taken: int) -> None:
        """Take note of what was filled and what was not."""
        for table in tables:
            self.shapes[table.name] = shape(table)
            self.taken[table.name] = taken + ROWS
            self.unfilled.pop(table.name, None)
        self.unfilled.update({one.table: one for one in found})


def shape(table: Table) -> tuple[Column, ...]:
    """Return a table's columns without what the planner knows of them."""
    return tuple(Column(column.name, column.type, column.nullable) for column in table.columns)


def walked(environment: Environment, start: int, rows: bool, server: str, notify: Notify) -> Walk:
    """Walk through the history until it ends, or until a revision leaves an unknown schema.

    Args:
        environment: The project's, with an empty scratch as its database.
        start: How many revisions are only replayed; they have been judged before.
        rows: Whether to put rows into the tables.
        server: What the scratch's server is.
        notify: Told of every revision.

    Raises:
        ReplayError: One of those fails on an empty database.
        StaleError: A kept replay did not serve.
    """
    walk = Walk()
    with standing_in(environment) as site:
        revisions = in_order(site, dialect_of(environment))[0]
        walk.total, walk.reached = len(revisions), start
        replay(environment, ends(revisions[:start]), server, silent)
        tables = Tables(environment, rows, walk.unfilled)
        before = tables.look_and_fill() if start else Schema(())
        for revision in revisions[start:]:
            notify(
                Event(
                    Stage.ADVANCED, revision.shown, revision.message, None, walk.reached, walk.total
                )
            )
            try:
                before = passed(site, revision, tables, before, walk)
            except StepError as error:
                walk.stopped = error.failure
                return walk
            walk.reached += 1
        walk.models = drift_at(site)
    return walk


def dialect_of(environment: Environment) -> str:
    """Return the dialect of the scratch database."""
    assert environment.database is not None  # noqa: S101  (a guarded process always has one)
    return environment.database.dialect


def in_order(site: Site, dialect: str) -> tuple[tuple[Revision, ...], int]:
    """Return the history in an order of applying, and how much of it a baseline stands in for."""
    revisions = tuple(reversed(site.history.revisions))
    baseline = stored(site.script, dialect)
    if baseline is None:
        return revisions, 0
    old = covered(site.script, baseline)
    first = tuple(revision for revision in revisions if revision.id in old)
    return (*first, *(revision for revision in revisions if revision.id not in old)), len(first)


def ends(revisions: tuple[Revision, ...]) -> tuple[str, ...]:
    """Return the ids of those revisions that none of the others follows."""
    parents = {parent for revision in revisions for parent in revision.parents}
    return tuple(sorted(r.id for r in revisions if r.id not in parents))


def passed(site: Site, revision: Revision, tables: Tables, before: Schema, walk: Walk) -> Schema:
    """Take one revision up, down and up again; return the schema that it leaves.

    Raises:
        StepError: One of the steps failed.
    """
    below = f"{revision.id}-1" if revision.parents else "base"
    step(site, revision, "up", lambda heads: site.steps_up(revision.id, heads))
    step(site, revision, "down", lambda heads: site.steps_down(below, heads))
    down = tables.look()
    step(site, revision, "up again", lambda heads: site.steps_up(revision.id, heads))
    up = tables.look_and_fill()
    left = not_undone(before, up, down)
    if left:
        walk.failures.append(Failure(revision, "its downgrade does not undo what it does", left))
    return up


class StepError(MigrationError):
    """One step of a revision failed.

    Args:
        failure: Which and how.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.what)
        self.failure = failure


def step(
    site: Site, revision: Revision, name: str, choose: Callable[[tuple[str, ...]], Iterable[Any]]
) -> None:
    """Run one step.

    Raises:
        StepError: It failed.
    """
    try:
        Move(site, choose, "asa verify", revision.id, silent, ALONE).run()
    except MigrationError as error:
        told = tuple(detail for detail in error.details if detail[0] in EVIDENCE)
        cause = error.__cause__
        refused = cause is None or is_driver_error(cause)
        details = told or (("error", error.message),)
        raise StepError(Failure(revision, f"{name} failed", details, refused)) from error
