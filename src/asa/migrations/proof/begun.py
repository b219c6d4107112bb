"""Whether a revision was begun, as far as names in the schema tell; no scratch is needed."""

from asa.migrations.env_run import standing_in
from asa.migrations.environment import Environment
from asa.migrations.place import Place
from asa.migrations.proof.course import Objects
from asa.migrations.review.collection import hear
from asa.model.operation import AddColumn, CreateIndex, CreateTable, DropColumn, DropTable
from asa.model.revision import Revision

__all__ = ["begun"]


def begun(environment: Environment, revision: Revision, place: Place, real: Objects) -> bool:
    """Tell by the first of its operations that shows whether a revision was begun."""
    with standing_in(environment) as site:
        script = site.script.get_revision(revision.id)
        assert script is not None  # noqa: S101  (it is pending)
        upgrade, _ = hear(site, script, place.url.dialect, place.server, both=False)
    for step in upgrade.steps:
        seen = trace(step.operation, real)
        if seen is not None:
            return seen
    return bool(upgrade.steps)


def trace(operation: object, real: Objects) -> bool | None:
    """Tell whether an operation was done; None for one that does not show by a name alone."""
    if isinstance(operation, CreateTable | DropTable):
        there = f"table {operation.table}".lower() in real
        return there if isinstance(operation, CreateTable) else not there
    if isinstance(operation, AddColumn):
        return f"column {operation.table}.{operation.column.name}".lower() in real
    if isinstance(operation, DropColumn):
        return f"column {operation.table}.{operation.column}".lower() not in real
    if isinstance(operation, CreateIndex) and operation.name:
        return f"index {operation.table}.{operation.name}".lower() in real
    return None
