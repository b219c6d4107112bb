"""A comment in the user's source that asks asa to keep silent, with its reason."""

from dataclasses import dataclass
from datetime import date

__all__ = ["Exemption"]


@dataclass(frozen=True, slots=True)
class Exemption:
    """One comment: `# asa: ignore[rule] reason`, `# asa: ignore[rule] until 2027-03-01: reason`.

    Attributes:
        rules: Ids of the rules; empty where it names none.
        reason: Why; empty where it does not say.
        line: Where it stands.
        first: First line that it holds for.
        last: Last line that it holds for.
        until: Last day on which it holds; None for always.
    """

    rules: tuple[str, ...]
    reason: str
    line: int
    first: int
    last: int
    until: date | None = None

    def covers(self, rule: str, line: int) -> bool:
        """Tell whether a rule shall keep silent on a line, its date aside."""
        return bool(self.reason) and rule in self.rules and self.first <= line <= self.last

    def has_expired(self, today: date) -> bool:
        """Tell whether its last day is past."""
        return self.until is not None and self.until < today
