"""A rule: what asa judges by. One rule is one module under `rules`; its docstring is its page."""

from collections.abc import Callable
from dataclasses import dataclass

from asa.model.finding import Severity

__all__ = ["ALL_DIALECTS", "Rule"]

ALL_DIALECTS = ("postgresql", "mysql", "sqlite")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        id: Equal to the module's file name with hyphens, `missing-index`.
        family: `migration`, `query` or `model`.
        summary: One line.
        check: The pure function that finds; its signature is the family's.
        severity: Of its findings, where nothing raises or lowers it.
        dialects: Where it can occur.
        page: The module's docstring.
        errors: What a traceback shows of it: names of exceptions, SQLAlchemy's codes.
    """

    id: str
    family: str
    summary: str
    check: Callable[..., object]
    severity: Severity
    page: str
    dialects: tuple[str, ...] = ALL_DIALECTS
    errors: tuple[str, ...] = ()
