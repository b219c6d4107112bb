"""One revision, or several that follow each other, made of the pieces of one."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from alembic.operations import ops
from alembic.util import rev_id

from asa.migrations.safe.operation import AutocommitOp, RemarkedOp
from asa.migrations.safe.pairing import Operations, Piece

__all__ = ["Outside", "Plan", "chained", "relink"]


@dataclass
class Outside:
    """Operations outside of the transaction, on one table.

    Attributes:
        remark: Why they are written so.
        up: Each may run again when the next one fails.
        down: What undoes them, also outside.
    """

    table: str
    remark: str
    up: Operations
    down: Operations = field(default_factory=list)


@dataclass
class Plan:
    """What is to run, in this order.

    Attributes:
        before: Outside of a transaction, before all else.
        shape: Brief changes, each table in a transaction of its own.
        fill: What fills new columns, outside; then what keeps them filled.
        finish: What takes long and locks nobody, outside; then what is brief because of it.
    """

    before: list[Outside] = field(default_factory=list)
    shape: list[Piece] = field(default_factory=list)
    fill: list[Outside | Piece] = field(default_factory=list)
    finish: list[Outside | Piece] = field(default_factory=list)


def chained(
    directive: ops.MigrationScript, plan: Plan, apart: frozenset[str]
) -> list[ops.MigrationScript]:
    """Return the revisions of a plan; the first takes the place of the one given.

    Args:
        directive: The revision as it was generated.
        plan: What is to run.
        apart: Tables that are changed in a transaction of their own.
    """
    parts: list[tuple[str, Operations, Operations]] = []
    if plan.before:
        parts.append(("indexes", *written(plan.before)))
    shapes = grouped(plan.shape, apart)
    for table, pieces in shapes:
        parts.append((table if len(shapes) > 1 else "", *written(pieces)))
    parts += stage(plan.fill, "fill")
    parts += stage(plan.finish, "finish")
    scripts: list[ops.MigrationScript] = []
    for suffix, up, down in parts:
        message = f"{directive.message} ({suffix})" if suffix and len(parts) > 1 else None
        scripts.append(script_of(directive, message or directive.message, up, down))
    return relink(scripts)


def script_of(
    directive: ops.MigrationScript, message: str | None, up: Operations, down: Operations
) -> ops.MigrationScript:
    """Return one of the revisions."""
    first, last = directive.upgrade_ops_list[0], directive.downgrade_ops_list[0]
    script = ops.MigrationScript(
        rev_id(),
        ops.UpgradeOps(up, upgrade_token=first.upgrade_token),
        ops.DowngradeOps(down, downgrade_token=last.downgrade_token),
        message=message,
        imports=directive.imports,
        head=directive.head,
        branch_label=directive.branch_label,
        version_path=directive.version_path,
        depends_on=directive.depends_on,
    )
    script._needs_render = True
    return script


def relink(scripts: list[ops.MigrationScript]) -> list[ops.MigrationScript]:
    """Let each revision follow the one before it, whatever their ids have become."""
    for former, script in pairwise(scripts):
        script.head = former.rev_id
        script.branch_label = None
        script.depends_on = None
    return scripts


def grouped(pieces: list[Piece], apart: frozenset[str]) -> list[tuple[str, list[Piece]]]:
    """Return the pieces in order, in groups that change one table of those apart each."""
    groups: list[tuple[str, list[Piece]]] = []
    for piece in pieces:
        table = piece.table if piece.table in apart else None
        if groups and (table is None or groups[-1][0] in ("", table)):
            name, members = groups[-1]
            groups[-1] = (name or table or "", [*members, piece])
        else:
            groups.append((table or "", [piece]))
    return groups


def stage(parts: list[Outside | Piece], name: str) -> list[tuple[str, Operations, Operations]]:
    """Return (suffix, up, down) of the revisions of a stage: one for each table that is locked."""
    ordered = sorted(parts, key=lambda one: str(one.table))
    tables = [list(members) for _, members in groupby(ordered, key=lambda one: str(one.table))]
    locking = [one for one in tables if any(isinstance(part, Piece) for part in one)]
    gentle = [part for one in tables if one not in locking for part in one]
    found: list[tuple[str, Operations, Operations]] = []
    for number, members in enumerate(locking):
        own = [*gentle, *members] if number == 0 else members
        suffix = f"{name} {members[0].table}" if len(locking) > 1 else name
        found.append((suffix, *written(own)))
    if gentle and not locking:
        found.append((name, *written(gentle)))
    return found


def written(
    parts: "list[Outside] | list[Piece] | list[Outside | Piece]",
) -> tuple[Operations, Operations]:
    """Return the operations of a revision: those outside of its transaction come first.

    So nothing of it is committed that could not run again.
    """
    outside = [part for part in parts if isinstance(part, Outside)]
    pieces = [part for part in parts if isinstance(part, Piece)]
    up = [*blocks(outside), *told_once(one for piece in pieces for one in piece.up)]
    down = [one for piece in reversed(pieces) for one in piece.down]
    down += undone(outside)
    return up, down


def blocks(outside: list[Outside]) -> Operations:
    """Return the block for operations outside, those for one reason below one comment."""
    remarks = dict.fromkeys(part.remark for part in outside)
    parts: Operations = [
        RemarkedOp(remark, [one for part in outside if part.remark == remark for one in part.up])
        for remark in remarks
    ]
    return [AutocommitOp("", parts)] if parts else []


def told_once(operations: Iterable[ops.MigrateOperation]) -> Operations:
    """Return operations, those that follow each other for one reason below one comment."""
    found: Operations = []
    for one in operations:
        last = found[-1] if found else None
        same = isinstance(one, RemarkedOp) and type(one) is type(last)
        if same and isinstance(last, RemarkedOp) and last.remark == one.remark:  # type: ignore[attr-defined]
            last.ops += one.ops  # type: ignore[attr-defined]
        else:
            found.append(one)
    return found


def undone(outside: list[Outside]) -> Operations:
    """Return what undoes the operations outside, likewise outside."""
    operations = [one for part in reversed(outside) for one in part.down]
    if not operations:
        return []
    return [AutocommitOp("Outside of the transaction, so that nobody waits.", operations)]
