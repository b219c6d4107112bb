"""What the marks of a test ask for; a mark that says it wrongly ends the run."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest

from asa.config.nearest import suggestion
from asa.rules import query_rules

__all__ = ["Budget", "Ignored", "budget_of", "ignored_by"]


@dataclass(frozen=True, slots=True)
class Budget:
    """What a test may send in its call phase; None for as much as it likes."""

    max_queries: int | None = None
    max_ms: float | None = None

    def excess(self, queries: int, ms: float) -> str | None:
        """Return what is over the budget in words; None where nothing is."""
        if self.max_queries is not None and queries > self.max_queries:
            return f"{queries} queries, {self.max_queries} allowed"
        if self.max_ms is not None and ms > self.max_ms:
            return f"queries took {ms:.1f} ms, {self.max_ms:g} ms allowed"
        return None


@dataclass(frozen=True, slots=True)
class Ignored:
    """A rule that keeps silent in one test."""

    rule: str
    test: str
    reason: str
    until: date | None = None

    def has_expired(self, today: date) -> bool:
        """Tell whether its last day is past."""
        return self.until is not None and self.until < today


def budget_of(item: pytest.Item) -> Budget | None:
    """Return the budget that the nearest mark sets.

    Raises:
        pytest.UsageError: The mark has arguments that it does not know.
    """
    mark = item.get_closest_marker("asa")
    if mark is None:
        return None
    unknown = set(mark.kwargs) - {"max_queries", "max_ms"}
    if mark.args or unknown or not mark.kwargs:
        raise pytest.UsageError(
            f"{item.nodeid}: asa(...) takes max_queries=5 and max_ms=50, by name"
        )
    return Budget(**mark.kwargs)


def ignored_by(item: pytest.Item) -> Iterator[Ignored]:
    """Yield what the marks of a test ask to be ignored.

    Raises:
        pytest.UsageError: A mark names no rule that asa has, gives no reason, or no day.
    """
    rules = {rule.id for rule in query_rules()}
    for mark in item.iter_markers("asa_ignore"):
        reason, until = mark.kwargs.get("reason"), mark.kwargs.get("until")
        wrong = set(mark.kwargs) - {"reason", "until"}
        if not mark.args or not isinstance(reason, str) or not reason.strip() or wrong:
            raise pytest.UsageError(
                f'{item.nodeid}: write asa_ignore("n-plus-one", reason="why it is right here")'
            )
        for rule in mark.args:
            if rule not in rules:
                raise pytest.UsageError(
                    f'{item.nodeid}: asa_ignore("{rule}"): there is no such rule, '
                    f"{suggestion(str(rule), sorted(rules))}"
                )
            yield Ignored(str(rule), item.nodeid, reason, day(item, until))


def day(item: pytest.Item, until: object) -> date | None:
    """Return a mark's last day.

    Raises:
        pytest.UsageError: It is none.
    """
    try:
        return None if until is None else date.fromisoformat(str(until))
    except ValueError:
        raise pytest.UsageError(
            f'{item.nodeid}: until="{until}" is no day, write until="2027-03-01"'
        ) from None
