"""Everything asa judges by. One rule is one module: its docstring is its page.

A new rule touches three places: its module, the tuple below, its test.
"""

from asa.model.rule import Rule
from asa.rules.query import duplicate_index, missing_index, n_plus_one, redundant_index

__all__ = ["RULES", "query_rules", "rule_named"]

RULES: tuple[Rule, ...] = (
    n_plus_one.RULE,
    missing_index.RULE,
    redundant_index.RULE,
    duplicate_index.RULE,
)


def query_rules() -> tuple[Rule, ...]:
    """Return the rules that `asa optimize` judges by."""
    return tuple(rule for rule in RULES if rule.family == "query")


def rule_named(name: str) -> Rule | None:
    """Return the rule of an id; None where there is none."""
    return next((rule for rule in RULES if rule.id == name), None)
