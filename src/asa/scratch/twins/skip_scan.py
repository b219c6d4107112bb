"""Searches without a value for an index's first key, which PostgreSQL has since 18."""

import re
from collections.abc import Mapping

from asa.model.plan import Plan

__all__ = ["skipped"]

BRACKETS = str.maketrans("", "", "()")


def skipped(plan: Plan, leading: Mapping[str, str]) -> set[str]:
    """Return the indexes that a plan searches without a value for their first key.

    Args:
        plan: With the names of whole indexes.
        leading: The first key of each index by its name, as the catalog writes it.
    """
    return {
        index
        for node in plan.walk()
        if node.condition and "Index" in node.kind
        for index, key in leading.items()
        if index == node.index and not named_in(key, node.condition)
    }


def named_in(key: str, condition: str) -> bool:
    """Tell whether a condition of a plan names a key, an expression with brackets or without."""
    key, condition = (text.translate(BRACKETS) for text in (key, condition))
    return re.search(rf"(?<![\w.]){re.escape(key)}(?!\w)", condition) is not None
