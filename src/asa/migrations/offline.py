"""Print what an upgrade or a downgrade would send, without any database."""

import io
from collections.abc import Callable, Iterable
from typing import Any

from asa.errors import ConfigurationError
from asa.migrations.env_run import Site, standing_in
from asa.migrations.environment import Environment

__all__ = ["downgrade_sql", "upgrade_sql"]

Choose = Callable[[Site, str, tuple[str, ...]], Iterable[Any]]


def upgrade_sql(environment: Environment, target: str) -> str:
    """Return the SQL of an upgrade, `start:end` or from the very beginning; no connection.

    Raises:
        AsaError: env.py cannot run offline, or the target does not exist.
    """
    return offline(environment, target, Site.steps_up)


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
    return offline(environment, target, Site.steps_down)


def offline(environment: Environment, target: str, choose: Choose) -> str:
    """Run env.py offline and return what it prints."""
    start, colon, end = target.rpartition(":")
    buffer = io.StringIO()
    with standing_in(environment, buffer) as site:
        if colon:
            site.history.check(start)
        site.run(
            lambda heads, _context: choose(site, end, heads),
            as_sql=True,
            starting_rev=start if colon else None,
            destination_rev=end,
        )
    return buffer.getvalue()
