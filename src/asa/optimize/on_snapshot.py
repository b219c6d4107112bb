"""Judge a workload without its database, on one that is made of a snapshot."""

from collections.abc import Mapping
from dataclasses import replace
from math import inf

from asa.database.load import Load
from asa.errors import ScratchError, UsageError
from asa.model.finding import Finding, Proved, Unproved
from asa.model.fix import AddIndex
from asa.model.row_snapshot import RowSnapshot
from asa.model.snapshot import Snapshot
from asa.model.workload import Workload
from asa.optimize.asking import Asking, Optimization, asked
from asa.optimize.hashing import hashed_columns
from asa.optimize.size import sized
from asa.scratch.twins import postgresql_twin, restored

__all__ = ["asked_on_snapshot"]


async def asked_on_snapshot(
    asking: Asking, workload: Workload, snapshot: Snapshot | RowSnapshot
) -> Optimization:
    """Judge a workload on what a snapshot says.

    Raises:
        ScratchError: No database can be made of it here.
        UsageError: `asking.rows` names a table that is not there, or rows cannot be told to the
            planner.
    """
    # Nobody else waits for a server of asa's own.
    mine = replace(asking, load=Load(inf))
    if isinstance(snapshot, RowSnapshot):
        return await asked_restored(mine, workload, snapshot)
    async with postgresql_twin(sized(snapshot, asking.rows)) as twin:
        if isinstance(twin, Unproved):
            raise ScratchError(f"nothing here plans on the snapshot: {twin.reason}")
        mine = replace(mine, asks_twin=True)
        result = await asked(mine, workload, twin.cluster.planner, twin, snapshot.activity)
        return replace(result, server=snapshot.server)


async def asked_restored(asking: Asking, workload: Workload, snapshot: RowSnapshot) -> Optimization:
    """Judge a workload on a database made of a snapshot's rows.

    Raises:
        ScratchError: None can be made here.
        UsageError: `rows` names a table that is not there.
    """
    async with restored(snapshot) as made:
        if isinstance(made, Unproved):
            raise ScratchError(f"nothing here plans on the snapshot: {made.reason}")
        if made.twin is not None and asking.rows:
            raise UsageError(
                f"{snapshot.server.flavour} plans by its rows, and those of --rows are not there",
                "take the snapshot of a database that has them",
            )
        mine = replace(asking, rows=merged(made.rows, asking.rows))
        result = await asked(
            mine, workload, made.database, made.twin, snapshot.activity, made.shares
        )
    day = snapshot.taken[:10]
    # SQLite's planner looks at no value, and the others look the query's own up.
    unlike = hashed_columns(snapshot) if made.twin is not None else frozenset()
    found = tuple(dated(doubted(one, unlike), day) for one in result.judgement.findings)
    refuted = tuple(dated(one, day) for one in result.judgement.refuted)
    judgement = replace(result.judgement, findings=found, refuted=refuted)
    return replace(result, judgement=judgement, server=snapshot.server)


def merged(known: Mapping[str, int], said: Mapping[str, int]) -> dict[str, int]:
    """Return the rows of each table, those that the user says over those that are known."""
    names = {name.lower(): name for name in known}
    return {**known, **{names.get(name.lower(), name): count for name, count in said.items()}}


def doubted(finding: Finding, unlike: frozenset[tuple[str, str]]) -> Finding:
    """Return a finding unproved where its index is on a column whose texts are hashes."""
    fix = finding.fix
    if not isinstance(fix, AddIndex) or not isinstance(finding.proof, Proved):
        return finding
    if not any((fix.table.lower(), key.name.lower()) in unlike for key in fix.keys):
        return finding
    return replace(finding, proof=Unproved("the snapshot has hashes for the texts of its column"))


def dated(finding: Finding, day: str) -> Finding:
    """Return a finding whose proof tells the day of the snapshot that it is about."""
    if not isinstance(finding.proof, Proved):
        return finding
    label, colon, rest = finding.proof.how.partition(": ")
    how = f"{label}, snapshot of {day}{colon}{rest}"
    return replace(finding, proof=replace(finding.proof, how=how))
