"""What a query rule judges: the workload, the schema and the plans, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from asa.model.activity import Activity, NotCounted
from asa.model.plan import NotPlanned, Plan
from asa.model.schema import Schema
from asa.model.server import Server
from asa.model.workload import QueryClass, Workload

__all__ = ["Case"]


@dataclass(frozen=True, slots=True)
class Case:
    """All that a query rule may look at.

    Attributes:
        workload: The query classes and bursts of the logs.
        schema: The database's tables; None where no database was read.
        dialect: Of that database, else of the log; None where neither tells.
        plans: By fingerprint; a class that is missing was never asked about.
        server: Behind that database; None where none was asked.
        activity: What that server counted; None where none was asked, or none counts.
    """

    workload: Workload
    schema: Schema | None = None
    dialect: str | None = None
    plans: Mapping[str, Plan | NotPlanned] = field(default_factory=dict)
    server: Server | None = None
    activity: Activity | NotCounted | None = None

    def query_class(self, fingerprint: str) -> QueryClass | None:
        """Return the query class of a fingerprint; None where the log has none."""
        return next((c for c in self.workload.classes if c.fingerprint == fingerprint), None)

    def plan(self, fingerprint: str) -> Plan | None:
        """Return the plan of a query class; None where it was not planned."""
        plan = self.plans.get(fingerprint)
        return plan if isinstance(plan, Plan) else None
