"""What every twin can be asked, so that a proof never asks which database it is about."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from asa.model.fix import AddIndex
from asa.model.plan import NotPlanned, Plan
from asa.model.record import Parameters

__all__ = ["Twin"]


class Twin(Protocol):
    """A copy of a database's schema and statistics that answers "what if"."""

    def label(self, tables: Collection[str] = ()) -> str:
        """Return how a proof about some tables (all where none is named) names this twin."""
        ...

    @property
    def costs_sorts(self) -> bool:
        """Whether its costs are the real database's, with those of sorting."""
        ...

    @property
    def write_cost(self) -> float:
        """What writing one entry of an index costs, in the unit of `weigh`."""
        ...

    def weigh(
        self,
        plan: Plan,
        *,
        limited: bool = False,
        names: Mapping[str, str] = MappingProxyType({}),
        equal: Mapping[str, Collection[str]] = MappingProxyType({}),
    ) -> float:
        """Return what a plan costs, sorts and all, to compare it with others of this twin.

        Args:
            plan: Of this twin.
            limited: Whether the statement asks for its first rows only.
            names: The table behind each name of the statement, which a plan may use instead.
            equal: By the same names, columns set equal to values, in lower case.
        """
        ...

    async def prepare(self, indexes: Sequence[AddIndex]) -> None:
        """Take in what the search is going to try, before anything is compared.

        What a twin then knows of an index's expression holds for the plans without it too.
        """
        ...

    async def size(self, index: AddIndex) -> int:
        """Return the bytes that an index would take, as far as statistics tell."""
        ...

    async def plan(
        self,
        sql: str,
        parameters: Parameters,
        *,
        added: Sequence[AddIndex] = (),
        hidden: Sequence[str] = (),
    ) -> Plan | NotPlanned:
        """Plan a statement as if the indexes added were there and those hidden were not."""
        ...

    def share(self, index: AddIndex, equal: int) -> float | None:
        """Return the share of the rows that one value of the first `equal` columns leaves.

        Returns:
            0 to 1, estimated from a sample of the real table; None where that is not known.
        """
        ...
