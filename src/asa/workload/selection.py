"""Which of a log's records are wanted."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone

from asa.errors import UsageError
from asa.model.record import QueryRecord

__all__ = ["Selection", "moment", "pattern"]


@dataclass(frozen=True, slots=True)
class Selection:
    """What records must have; a record of which the log does not tell it has it not.

    Attributes:
        since: Begun at this time or later, in seconds since the epoch.
        until: Begun before this time.
        database: Run in the database of this name.
        user: Run by this user.
        exclude: Statements in which this is found are left out.
    """

    since: float | None = None
    until: float | None = None
    database: str | None = None
    user: str | None = None
    exclude: "re.Pattern[str] | None" = None

    @property
    def takes_all(self) -> bool:
        """Whether nothing is left out."""
        return self == Selection()

    @property
    def by_origin(self) -> bool:
        """Whether it goes by who sent a statement, or where."""
        return self.user is not None or self.database is not None

    def takes(self, record: QueryRecord) -> bool:
        """Say whether a record is wanted."""
        return (
            (self.database is None or record.database == self.database)
            and (self.user is None or record.user == self.user)
            and self.takes_time(record.started_at)
            and (self.exclude is None or self.exclude.search(record.sql) is None)
        )

    def takes_time(self, started_at: float | None) -> bool:
        """Say whether a time lies within."""
        if self.since is None and self.until is None:
            return True
        if started_at is None:
            return False
        after = self.since is None or started_at >= self.since
        return after and (self.until is None or started_at < self.until)

    def lacked(self, records: Iterable[QueryRecord]) -> str | None:
        """Return the option that can choose none of some records, as they do not tell its field."""
        times = "--since" if self.since is not None else "--until"
        asked = {
            times: self.since is not None or self.until is not None,
            "--database": self.database is not None,
            "--user": self.user is not None,
        }
        seen = list(records)
        told = {
            times: any(record.started_at is not None for record in seen),
            "--database": any(record.database is not None for record in seen),
            "--user": any(record.user is not None for record in seen),
        }
        return next((o for o in asked if asked[o] and not told[o]), None) if seen else None

    def of(self, records: Iterable[QueryRecord]) -> Iterator[QueryRecord]:
        """Yield the records that are wanted."""
        return iter(records) if self.takes_all else filter(self.takes, records)


def moment(text: str, option: str) -> float:
    """Return the time that a user typed: `2026-11-22`, `2026-11-22 10:00`, with a zone or UTC.

    Raises:
        UsageError: It is no time.
    """
    try:
        found = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        raise UsageError(
            f'{option} "{text}" is no time', f'{option} "2026-11-22 10:00"   (UTC without a zone)'
        ) from None
    return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).timestamp()


def pattern(text: str, option: str) -> "re.Pattern[str]":
    """Compile the regular expression that a user typed.

    Raises:
        UsageError: It is none.
    """
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise UsageError(
            f'{option} "{text}" is no regular expression: {error}', f'{option} "^select 1"'
        ) from None
