"""Try until a database can be used, as long as waiting can mend what is wrong."""

import asyncio
import random
import time
from dataclasses import replace

from asa.connection.check import check
from asa.connection.step import Verdict, Wanted
from asa.database.url import DatabaseUrl
from asa.errors import DatabaseError
from asa.model.event import Event, Notify, Stage

__all__ = ["check_patiently"]

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, GROWTH = 0.1, 3.0, 1.6


async def check_patiently(
    database: DatabaseUrl,
    wanted: Wanted,
    notify: Notify,
    *,
    wait_seconds: float,
    wait_for_all: bool = False,
) -> Verdict:
    """Check a database again and again until it can be used or the time is over.

    Args:
        database: What to connect to.
        wanted: How each check is made.
        notify: Hears what is waited for, and the steps of the check that succeeded.
        wait_seconds: For how long to go on trying.
        wait_for_all: Whether causes that waiting does not mend are waited for, too.

    Raises:
        DatabaseError: The last refusal, with how often it was tried; at once for a cause
            that waiting cannot mend.
    """
    since = time.monotonic()
    tries = 0
    while True:
        tries += 1
        left = since + wait_seconds - time.monotonic()
        steps: list[Event] = []
        try:
            one = replace(wanted, timeout_seconds=max(min(wanted.timeout_seconds, left), 0.1))
            verdict = await check(database, one, steps.append)
        except DatabaseError as error:
            pause = pause_seconds(tries)
            left = since + wait_seconds - time.monotonic()
            if left <= 0 or not (error.transient or wait_for_all):
                raise tried(error, tries, time.monotonic() - since) from error
            text = f"{error.message}   [{error.cause}]"
            notify(Event(Stage.ADVANCED, "wait", text, done=tries, duration_ms=left * 1000))
            await asyncio.sleep(min(pause, left))
        else:
            for step in steps:
                notify(step)
            return verdict


def pause_seconds(tries: int) -> float:
    """Return the pause after so many tries: growing, and spread so that clients do not align."""
    longest = min(FIRST_PAUSE_SECONDS * GROWTH ** (tries - 1), LONGEST_PAUSE_SECONDS)
    return longest * random.uniform(0.5, 1)  # noqa: S311  (no secret hangs on it)


def tried(error: DatabaseError, tries: int, seconds: float) -> DatabaseError:
    """Return the error with how often and how long it was tried."""
    times = "once" if tries == 1 else f"{tries} times in {seconds:.0f} s"
    mends = "can" if error.transient else "cannot"
    return DatabaseError(
        error.message,
        error.hint,
        cause=error.cause,
        transient=error.transient,
        details=(*error.details, ("tried", f"{times}; waiting {mends} mend this")),
    )
