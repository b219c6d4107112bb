"""The models that an env.py compares."""

from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData

from asa.errors import ConfigurationError

__all__ = ["metadata_of"]


def metadata_of(context: MigrationContext) -> tuple[MetaData, ...]:
    """Return the metadata that env.py compares.

    Raises:
        ConfigurationError: env.py names none.
    """
    target = context.opts.get("target_metadata")
    if target is None:
        raise ConfigurationError(
            "env.py names no models: its target_metadata is None",
            "set target_metadata in env.py to your base's metadata, or asa init",
        )
    return (target,) if isinstance(target, MetaData) else tuple(target)
