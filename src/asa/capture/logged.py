"""Errors that a server catches: they end a request, not the program, and are logged."""

import logging
from collections.abc import Callable

__all__ = ["hear_logged"]


def hear_logged(told: Callable[[BaseException], None]) -> None:
    """Have each exception told that is logged as an error from now on; the record stays as it is.

    Args:
        told: Raises nothing.
    """
    make = logging.getLogRecordFactory()

    def heard(*arguments: object, **named: object) -> logging.LogRecord:
        record = make(*arguments, **named)
        if record.levelno >= logging.ERROR and record.exc_info and record.exc_info[1] is not None:
            told(record.exc_info[1])
        return record

    logging.setLogRecordFactory(heard)
