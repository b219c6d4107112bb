"""What every twin can be asked, so that a proof never asks which database it is about."""

from collections.abc import Sequence
from typing import Protocol

from asa.model.fix import AddIndex
from asa.model.plan import NotPlanned, Plan
from asa.model.record import Parameters

__all__ = ["Twin"]


class Twin(Protocol):
    """A copy of a database's schema and statistics that answers "what if"."""

    @property
    def label(self) -> str:
        """How a proof names it: `SQLite twin`."""
        ...

    @property
    def costs_sorts(self) -> bool:
        """Whether its costs are the real database's, with those of sorting."""
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
