"""What an execution left behind: its rows, its error, its parameters."""

from datetime import date, datetime
from datetime import time as time_of_day
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import StatementError

__all__ = ["error_name", "is_settled", "row_count"]

LASTING = frozenset((bool, date, datetime, Decimal, float, int, type(None), str, time_of_day, UUID))
"""Types of values that are tomorrow what they are today."""

UNKNOWN_ROWS = 2**63
"""PyMySQL says 2**64 - 1 of a result that it has not read to its end."""


def is_settled(parameters: Any) -> bool:
    """Tell whether parameters will still be the same after the program has run on."""
    if type(parameters) is not tuple:
        return False
    for value in parameters:  # noqa: SIM110  (a generator costs more than the few values)
        if type(value) not in LASTING:
            return False
    return True


def row_count(cursor: Any, context: Any) -> int | None:
    """Return the rows returned or affected; None where the driver does not know them yet."""
    if context._is_server_side:
        return None
    fetched = getattr(cursor, "_rows", None)
    if fetched is not None and cursor.description is not None:
        return len(fetched)
    rows = cursor.rowcount
    return rows if isinstance(rows, int) and 0 <= rows < UNKNOWN_ROWS else None


def error_name(failure: ExceptionContext) -> str:
    """Return the class name of the exception that the program sees.

    A bare StatementError only wraps another one, MissingGreenlet from SQLAlchemy 2.1 on.
    """
    seen = failure.sqlalchemy_exception
    if seen is None or type(seen) is StatementError:
        return type(failure.original_exception).__name__
    return type(seen).__name__
