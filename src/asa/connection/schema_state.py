"""Whether the database stands at the project's head revision."""

from typing import TYPE_CHECKING

from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import AsyncConnection

from asa.config import Config
from asa.connection.step import Step, doubtful, shown
from asa.errors import ConfigurationError

if TYPE_CHECKING:
    from asa.migrations.history import History

__all__ = ["project_history", "schema_step"]

# Alembic's default; another name is known to env.py alone, which a check does not run.
TABLE = "alembic_version"


def project_history(config: Config) -> "History | None":
    """Return the project's revisions; None where there is no Alembic environment.

    Reads the revision files, not env.py. Must be called with no loop running.

    Raises:
        AsaError: The environment is there, but cannot be read.
    """
    from asa.migrations.env_run import standing_in
    from asa.migrations.environment import find_environment

    try:
        environment = find_environment(config)
    except ConfigurationError:
        return None
    with standing_in(environment) as site:
        _ = site.history.revisions  # read while the project's directories can be imported from
        return site.history


async def schema_step(connection: AsyncConnection, history: "History") -> Step:
    """Compare what the database is marked with to the heads of the project."""
    marks = await marks_of(connection)
    heads = ", ".join(head.shown for head in history.heads) or "none"
    lost = marks - history.ids
    if lost:
        text = f"marked with {', '.join(sorted(lost))}, which no file here has"
        return doubtful("schema", text, "asa status")
    pending = history.pending(tuple(sorted(marks)))
    if pending:
        return doubtful("schema", f"{len(pending)} behind head {heads}", "asa upgrade")
    return shown("schema", f"at head {heads}")


async def marks_of(connection: AsyncConnection) -> frozenset[str]:
    """Return the revisions that a database is marked with; none where it has no such table."""
    there = await connection.run_sync(lambda plain: inspect(plain).has_table(TABLE))
    if not there:
        return frozenset()
    rows = await connection.exec_driver_sql(f"SELECT version_num FROM {TABLE}")  # noqa: S608  (a constant)
    return frozenset(str(mark) for mark in rows.scalars())
