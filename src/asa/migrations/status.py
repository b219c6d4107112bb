"""Where the database, the revisions and the models stand."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from asa.database.dialect import dialect_named
from asa.errors import ConfigurationError
from asa.migrations.cause import driver_text
from asa.migrations.drift import Drift, compare
from asa.migrations.env_run import Site, standing_in
from asa.migrations.environment import Environment
from asa.migrations.history import Unknown
from asa.migrations.marks import place_and_marks
from asa.migrations.place import Place, place_of
from asa.migrations.wrong_database import heed_elsewhere
from asa.model.event import Notify
from asa.model.revision import Revision

__all__ = [
    "NotCompared",
    "Status",
    "drift_at",
    "read_drift",
    "read_marks",
    "read_place",
    "read_status",
]


@dataclass(frozen=True, slots=True)
class NotCompared:
    """The models were not compared with the database; `reason` is a clause."""

    reason: str


@dataclass(frozen=True, slots=True)
class Status:
    """Where everything stands.

    Attributes:
        place: The database that env.py connects to.
        current: What it is marked with; empty where nothing was ever applied.
        pending: What an upgrade to every head would apply, in order.
        heads: Revisions that nothing follows.
        models: What the models differ in; or why that is not known.
        invalid: Indexes whose building was stopped, which no query uses.
    """

    place: Place
    current: tuple[Revision | Unknown, ...]
    pending: tuple[Revision, ...]
    heads: tuple[Revision, ...]
    models: Drift | NotCompared
    invalid: tuple[str, ...] = ()

    @property
    def lost(self) -> tuple[Unknown, ...]:
        """Marks that no file here explains."""
        return tuple(known for known in self.current if isinstance(known, Unknown))

    @property
    def clean(self) -> bool:
        """Whether database, revisions and models agree, as far as they could be compared."""
        compared = isinstance(self.models, Drift) and not self.models.operations
        return compared and not self.pending and not self.lost and len(self.heads) <= 1


def read_status(environment: Environment, notify: Notify) -> Status:
    """Read where everything stands; nothing is changed.

    Args:
        environment: The project's Alembic environment.
        notify: Told where env.py connects to another database than the one named.

    Raises:
        AsaError: The database is unreachable, or env.py failed.
    """
    with standing_in(environment) as site:
        history = site.history
        found: list[Status] = []

        def work(heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
            assert context.connection is not None  # noqa: S101  (an online run has one)
            place = place_of(context.connection)
            heed_elsewhere(environment, place, notify)
            current = history.known(heads)
            marks = tuple(known.id for known in current if isinstance(known, Revision))
            pending = history.pending(marks)
            lost = len(marks) < len(current)
            models = models_of(context, pending, lost=lost)
            invalid = invalid_in(context.connection, place)
            found.append(Status(place, current, pending, history.heads, models, invalid))
            return ()

        site.run(work, reading=True)
        return found[-1]


def invalid_in(connection: Connection, place: Place) -> tuple[str, ...]:
    """Return the indexes whose building was stopped; none where that cannot be asked."""
    read = dialect_named(place.url.dialect).invalid_indexes
    try:
        return read(connection) if read else ()
    except SQLAlchemyError:
        return ()


def read_marks(environment: Environment, notify: Notify) -> tuple[Revision | Unknown, ...]:
    """Read what a database is marked with; nothing is changed.

    Raises:
        AsaError: As `read_status`.
    """
    return read_place(environment, notify)[1]


def read_place(
    environment: Environment, notify: Notify
) -> tuple[Place, tuple[Revision | Unknown, ...]]:
    """Read which database env.py connects to and what it is marked with; nothing is changed.

    Raises:
        AsaError: As `read_status`.
    """
    with standing_in(environment) as site:
        place, heads = place_and_marks(site, notify)
        return place, site.history.known(heads)


def read_drift(environment: Environment) -> Drift | NotCompared:
    """Compare the models with a database, wherever it stands in the history.

    Raises:
        AsaError: As `read_status`.
    """
    with standing_in(environment) as site:
        return drift_at(site)


def drift_at(site: Site) -> Drift | NotCompared:
    """Compare likewise, from within the project.

    Raises:
        AsaError: As `read_status`.
    """
    found: list[Drift | NotCompared] = []

    def work(_heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
        found.append(models_of(context, (), lost=False))
        return ()

    site.run(work, reading=True)
    return found[-1]


def models_of(
    context: MigrationContext, pending: tuple[Revision, ...], *, lost: bool
) -> Drift | NotCompared:
    """Compare the models with the database where that says something about them."""
    if lost:
        return NotCompared("the database is at a revision that no file here has")
    if pending:
        return NotCompared("the database is behind")
    try:
        return compare(context)
    except ConfigurationError as error:
        return NotCompared(error.message)
    except SQLAlchemyError as error:
        return NotCompared(f"the comparison failed: {driver_text(error)}")
