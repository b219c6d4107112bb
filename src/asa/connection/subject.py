"""What is checked, on what terms, and what becomes of it: one database, or several at once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from asa.connection.check import check
from asa.connection.outcome import Outcome
from asa.connection.patience import check_patiently, tried
from asa.connection.requirement import Requirement, unmet
from asa.connection.step import Verdict, Wanted
from asa.database.url import DatabaseUrl
from asa.errors import DatabaseError
from asa.model.event import Notify

if TYPE_CHECKING:
    from asa.migrations.history import History

__all__ = ["Subject", "Terms", "judge", "judge_all"]

# What is mended where the URL is written.
IN_THE_URL = ("dns", "wrong-port", "password", "unknown-role", "unknown-database")


@dataclass(frozen=True, slots=True)
class Subject:
    """A database to check.

    Attributes:
        database: What to connect to.
        name: What the settings call it; empty for one that they do not name.
        place: Where its URL was named: `env:DATABASE_URL, set in .env:3`.
        history: The project's revisions, to compare it with; None for no project.
    """

    database: DatabaseUrl
    name: str = ""
    place: str = ""
    history: "History | None" = None


@dataclass(frozen=True, slots=True)
class Terms:
    """How checks are made, and what is demanded.

    Attributes:
        wanted: How each is made.
        wait_seconds: For how long to try again; 0 to try once.
        wait_for_all: Whether for causes that waiting does not mend, too.
        requirements: What each database must meet.
    """

    wanted: Wanted
    wait_seconds: float = 0
    wait_for_all: bool = False
    requirements: tuple[Requirement, ...] = ()


async def judge(subject: Subject, terms: Terms, notify: Notify) -> Outcome:
    """Check one database, and judge what is required of it."""
    try:
        verdict = await checked(subject, terms, notify)
    except DatabaseError as error:
        last = error if terms.wait_seconds else tried(error, 1, 0)
        return Outcome(subject.database.shown, subject.name, error=explained(last, subject))
    missed = unmet(terms.requirements, verdict)
    return Outcome(subject.database.shown, subject.name, verdict, unmet=missed)


async def judge_all(
    subjects: Sequence[Subject], terms: Terms, notify: Notify
) -> AsyncIterator[Outcome]:
    """Check several databases at once; yield their outcomes in order, each once it is known."""
    tasks = [asyncio.ensure_future(judge(subject, terms, notify)) for subject in subjects]
    try:
        for task in tasks:
            yield await task
    finally:
        for task in tasks:
            task.cancel()


async def checked(subject: Subject, terms: Terms, notify: Notify) -> Verdict:
    """Check once, or for as long as there is patience."""
    wanted = replace(terms.wanted, history=subject.history)
    if not terms.wait_seconds:
        return await check(subject.database, wanted, notify)
    return await check_patiently(
        subject.database,
        wanted,
        notify,
        wait_seconds=terms.wait_seconds,
        wait_for_all=terms.wait_for_all,
    )


def explained(error: DatabaseError, subject: Subject) -> DatabaseError:
    """Return the error with the URL and where it was named."""
    details = [("url", subject.database.shown), ("from", subject.place), *error.details]
    hint = error.hint
    if error.cause in IN_THE_URL and ".env:" in subject.place:
        details.append(("how", hint))
        hint = f"correct {subject.place.rpartition(' ')[2]}, then asa check-connection"
    return DatabaseError(
        error.message,
        hint,
        cause=error.cause,
        transient=error.transient,
        details=tuple(details),
    )
