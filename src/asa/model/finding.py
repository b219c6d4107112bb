"""What asa says of a thing, the evidence beside it, and how far it was proved."""

from dataclasses import dataclass, field
from enum import IntEnum

from asa.model.fix import Fix

__all__ = [
    "Finding", "Instead", "Location", "Proof", "Proved", "Refuted", "Severity", "Unproved",
]  # fmt: skip


class Severity(IntEnum):
    """How much a finding matters, rising."""

    INFO = 0
    WARNING = 1
    ERROR = 2


@dataclass(frozen=True, slots=True)
class Proved:
    """The claim was shown true.

    Attributes:
        how: By what: `SQLite twin`, `rerun with the option`.
        before: Evidence without the fix.
        after: Evidence with it.
    """

    how: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unproved:
    """The claim could not be put to the proof; `reason` is a clause."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refuted:
    """The proof showed the claim false; `reason` is a clause."""

    reason: str


Proof = Proved | Unproved | Refuted


@dataclass(frozen=True, slots=True)
class Location:
    """Where in the user's files; `line` counts from 1, 0 for the whole file.

    `function` is the one around it, empty where it is not known; places are equal without.
    """

    file: str
    line: int = 0
    function: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Instead:
    """A statement to plan beside a query class's own, to prove that it costs less.

    It may hold values of the log: so it is planned, and never shown.

    Attributes:
        sql: Its placeholders are `%(p0)s`, `%(p1)s`, ...
        keys: What each of these stands for in the class's own parameters: a place or a name.
        how: What the plan shows where it is not of the very statement advised.
    """

    sql: str
    keys: tuple[int | str, ...] = ()
    how: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One judgement.

    Attributes:
        rule: The rule's id, `n-plus-one`.
        severity: How much it matters here.
        subject: The thing judged, `Order.items`, `orders (customer_id)`.
        summary: What is wrong, in a few words for the head line.
        evidence: (label, text) pairs in the order to show; text may have several lines.
        location: Where to change something, where known.
        related: Other places, each with what happens there.
        fix: What would mend it.
        proof: How far the claim was proved.
        weight: For ranking: milliseconds that the log would save, or 0 where unknown.
        fingerprints: The query classes that it is about.
        instead: What the first of these would better ask, to be planned for the proof.
    """

    rule: str
    severity: Severity
    subject: str
    summary: str = ""
    evidence: tuple[tuple[str, str], ...] = ()
    location: Location | None = None
    related: tuple[tuple[str, Location], ...] = ()
    fix: Fix | None = None
    proof: Proof | None = None
    weight: float = 0.0
    fingerprints: tuple[str, ...] = ()
    instead: Instead | None = None
