"""Print what an upgrade or a downgrade would send, without any database."""

import io

from asa.errors import ConfigurationError
from asa.migrations.environment import Environment
from asa.migrations.visit import standing_in

__all__ = ["downgrade_sql", "upgrade_sql"]


def upgrade_sql(environment: Environment, target: str) -> str:
    """Return the SQL of an upgrade, `start:end` or from the very beginning; no connection.

    Raises:
        AsaError: env.py cannot run offline, or the target does not exist.
    """
    return offline(environment, target, "_upgrade_revs")


def downgrade_sql(environment: Environment, target: str) -> str:
    """Return the SQL of a downgrade `start:end`; no connection.

    Raises:
        AsaError: As `upgrade_sql`; or the range has no start.
    """
    if ":" not in target:
        raise ConfigurationError(
            "without a database asa cannot know where the downgrade starts",
            "name both ends: asa downgrade START:END --sql",
        )
    return offline(environment, target, "_downgrade_revs")


def offline(environment: Environment, target: str, chooser: str) -> str:
    """Run env.py offline and return what it prints."""
    start, colon, end = target.rpartition(":")
    buffer = io.StringIO()
    with standing_in(environment, buffer) as site:
        choose = getattr(site.script, chooser)
        site.run(
            lambda heads, _context: choose(end, heads),
            as_sql=True,
            starting_rev=start if colon else None,
            destination_rev=end,
        )
    return buffer.getvalue()
