"""The copy of a database that is kept until its schema is changed for good."""

from collections.abc import Iterator
from contextlib import contextmanager

from asa.database.dialect import dialect_named
from asa.database.url import DatabaseUrl
from asa.errors import AsaError
from asa.model.event import Event, Notify, Stage

__all__ = ["kept_copy"]


@contextmanager
def kept_copy(database: DatabaseUrl, version_table: str, notify: Notify) -> Iterator[None]:
    """Keep a copy for the time of the block, and after it where the block fails.

    Only what is a file is copied. The error that leaves the block says where the copy is.

    Raises:
        MigrationError: The copy cannot be made; the block is not entered.
    """
    copy_file = dialect_named(database.dialect).copy
    copy = copy_file(database, version_table) if copy_file else None
    if copy is None:
        yield
        return
    try:
        yield
    except AsaError as error:
        error.details = (*error.details, ("copy", f"as it was before: {copy.restore}"))
        raise
    except KeyboardInterrupt:
        notify(Event(Stage.NOTE, "copy", f"as it was before: {copy.restore}"))
        raise
    copy.file.unlink(missing_ok=True)
