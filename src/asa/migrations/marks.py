"""The database that env.py connects to, and the revisions that it is marked with."""

from collections.abc import Iterable
from typing import Any

from alembic.runtime.migration import MigrationContext

from asa.migrations.env_run import Site
from asa.migrations.place import Place, place_of
from asa.migrations.wrong_database import heed_elsewhere
from asa.model.event import Notify

__all__ = ["place_and_marks"]


def place_and_marks(site: Site, notify: Notify) -> tuple[Place, tuple[str, ...]]:
    """Return where env.py leads and the ids that stand there; nothing is changed.

    Args:
        site: The project.
        notify: Told where that is another database than the one named.

    Raises:
        AsaError: env.py fails, or the database is unreachable.
    """
    found: list[tuple[Place, tuple[str, ...]]] = []

    def work(heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
        assert context.connection is not None  # noqa: S101  (an online run has one)
        place = place_of(context.connection)
        heed_elsewhere(site.environment, place, notify)
        found.append((place, tuple(heads)))
        return ()

    site.run(work, reading=True)
    return found[-1]
