"""What the twins that ask PostgreSQL's own planner have in common: its costs are to be believed."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from asa.model.plan import Plan

__all__ = ["PostgresqlPlanner"]


class PostgresqlPlanner:
    """The part of a `Twin` that is the same wherever PostgreSQL's planner is the one asked."""

    __slots__ = ()

    @property
    def costs_sorts(self) -> bool:
        """The planner is PostgreSQL's own."""
        return True

    @property
    def write_cost(self) -> float:
        """Two pages read in sequence: one is found, one is written."""
        return 2.0

    def weigh(
        self,
        plan: Plan,
        *,
        limited: bool = False,  # noqa: ARG002  (its cost knows)
        names: Mapping[str, str] = MappingProxyType({}),  # noqa: ARG002
        equal: Mapping[str, Collection[str]] = MappingProxyType({}),  # noqa: ARG002
    ) -> float:
        """Return the planner's cost."""
        return plan.cost or 0.0
