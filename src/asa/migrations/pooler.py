"""An upgrade through a pooler that does not keep sessions together is refused."""

from asa.config import Config
from asa.database.lock import lock_named
from asa.database.url import DatabaseUrl
from asa.errors import DatabaseError, MigrationError
from asa.migrations.own_connection import run_apart

__all__ = ["refuse_pooler"]


def refuse_pooler(database: DatabaseUrl, config: Config) -> None:
    """See that what a migration sets and locks in its session stays there.

    Raises:
        MigrationError: A pooler stands between; the details say what to write in the settings.
    """
    try:
        if not run_apart(lock_named(database.dialect).leaks(database)):
            return
    except DatabaseError:
        return  # env.py reaches it by means that asa has not
    table = f"tool.asa.databases.{config.database}" if config.database else "tool.asa"
    variable = f"{config.database}_migration_url" if config.database else "migration_url"
    variable = variable.replace("-", "_").upper()
    url = database.url
    own = f"{url.drivername}://{url.username or 'USER'}:PASSWORD@SERVER:5432/{url.database}"
    raise MigrationError(
        f"{database.place} is a pooler in transaction mode: locks and settings would leak there",
        "name the server itself by migration_url, then asa upgrade",
        details=(
            ("write", f'migration_url = "env:{variable}"   below [{table}]'),
            ("set", f"{variable}={own}"),
        ),
    )
