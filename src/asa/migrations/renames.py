"""A dropped and an added column, or table, may be one that was renamed: its data must not go."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column
from sqlalchemy.engine import Dialect

from asa.errors import UsageError
from asa.migrations.operations import flattened
from asa.migrations.rename import Answers, Rename, Undecided, UndecidedError
from asa.migrations.rename_operations import carry_column, carry_table
from asa.migrations.spelling import qualified, type_text

__all__ = ["carry_renames"]

ALIKE = 0.6
TABLES_ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pair that may be a rename, with the operations that drop and add.

    Attributes:
        rename: How it is called.
        score: How alike both are; more is likelier.
    """

    rename: Rename
    dropped: Any
    added: Any
    score: float


def carry_renames(
    directive: ops.MigrationScript, context: MigrationContext, answers: Answers
) -> None:
    """Turn the drops and adds that are renames into renames, in both directions.

    Raises:
        UndecidedError: A pair may be a rename, and the user has not said.
        UsageError: The user named a rename, and no such pair is there.
    """
    up, down = directive.upgrade_ops, directive.downgrade_ops
    if up is None or down is None:
        return
    possible = candidates(up.ops, context.dialect, wanted=())
    chosen = candidates(up.ops, context.dialect, wanted=answers.renames) if answers.renames else []
    refuse_unknown(answers.renames, chosen, possible)
    taken = {id(one) for pair in chosen for one in (pair.dropped, pair.added)}
    open_pairs = [
        pair.rename
        for pair in candidates(up.ops, context.dialect, wanted=(), without=frozenset(taken))
        if pair.rename not in answers.separate
    ]
    if open_pairs and not answers.none:
        raise UndecidedError(Undecided(tuple(open_pairs)))
    for pair in chosen:
        if isinstance(pair.dropped, ops.DropTableOp):
            carry_table(up, down, pair.dropped, pair.added, context)
        else:
            carry_column(up, down, pair.dropped, pair.added, context)


def refuse_unknown(
    wanted: Iterable[Rename], chosen: Iterable[Candidate], possible: Iterable[Candidate]
) -> None:
    """See that every rename that the user named is there.

    Raises:
        UsageError: One is not.
    """
    found = {pair.rename for pair in chosen}
    for rename in wanted:
        if rename not in found:
            known = ", ".join(f"--rename {pair.rename}" for pair in possible)
            raise UsageError(
                f"--rename {rename}: the models do not drop {rename.old} and add {rename.new}",
                known or "leave it out: nothing here looks like a rename",
            )


def candidates(
    operations: list[ops.MigrateOperation],
    dialect: Dialect,
    *,
    wanted: tuple[Rename, ...],
    without: frozenset[int] = frozenset(),
) -> list[Candidate]:
    """Return pairs that may be renames, each operation in one pair, the likeliest first.

    Args:
        operations: Of an upgrade.
        dialect: Whose types they use.
        wanted: Names of pairs to take whatever they look like, and no others; empty for those
            that look alike.
        without: `id` of operations that are spoken for.
    """
    flat = [one for one in flattened(operations) if id(one) not in without]
    pairs = [*column_pairs(flat, dialect), *table_pairs(flat, dialect)]
    named = [pair for pair in pairs if (pair.rename in wanted if wanted else pair.score > 0)]
    found: list[Candidate] = []
    taken: set[int] = set()
    for pair in sorted(named, key=lambda one: -one.score):
        if id(pair.dropped) not in taken and id(pair.added) not in taken:
            taken |= {id(pair.dropped), id(pair.added)}
            found.append(pair)
    return found


def column_pairs(operations: list[ops.MigrateOperation], dialect: Dialect) -> Iterable[Candidate]:
    """Yield every dropped with every added column of one table."""
    dropped = [one for one in operations if isinstance(one, ops.DropColumnOp) and one._reverse]
    added = [one for one in operations if isinstance(one, ops.AddColumnOp)]
    for old in dropped:
        for new in added:
            table = qualified(old.table_name, old.schema)
            if table == qualified(new.table_name, new.schema):
                assert old._reverse is not None  # noqa: S101  (chosen by it)
                rename = Rename(f"{table}.{old.column_name}", new.column.name)
                score = likeness(old._reverse.column, new.column, dialect)
                yield Candidate(rename, old, new, score)


def table_pairs(operations: list[ops.MigrateOperation], dialect: Dialect) -> Iterable[Candidate]:
    """Yield every dropped with every added table of one schema."""
    dropped = [one for one in operations if isinstance(one, ops.DropTableOp) and one._reverse]
    added = [one for one in operations if isinstance(one, ops.CreateTableOp)]
    for old in dropped:
        for new in added:
            if old.schema == new.schema:
                rename = Rename(qualified(old.table_name, old.schema), new.table_name)
                yield Candidate(rename, old, new, table_likeness(old, new, dialect))


def likeness(old: Column[Any], new: Column[Any], dialect: Dialect) -> float:
    """Return how alike two columns are; 0 for two that are surely not one.

    One type is enough to ask. Of two types, their names must be alike.
    """
    names = SequenceMatcher(None, old.name.lower(), new.name.lower()).ratio()
    if kind(old, dialect) != kind(new, dialect):
        return names if names >= ALIKE else 0.0
    score = 1 + 2 * names
    score += 0.5 * (old.nullable == new.nullable)
    score += 0.5 * (targets(old) == targets(new))
    return score + 0.25 * (position(old) == position(new) != -1)


def table_likeness(old: ops.DropTableOp, new: ops.CreateTableOp, dialect: Dialect) -> float:
    """Return how alike two tables are by their columns; 0 for two that are surely not one."""
    assert old._reverse is not None  # noqa: S101  (chosen by it)
    before, after = ({*columns(one, dialect)} for one in (old._reverse, new))
    if not before or not after:
        return 0.0
    share = len(before & after) / len(before | after)
    return share if share >= TABLES_ALIKE else 0.0


def columns(operation: ops.CreateTableOp, dialect: Dialect) -> Iterable[tuple[str, str]]:
    """Yield (name, kind of type) of a table's columns."""
    for column in operation.columns:
        if isinstance(column, Column):
            yield column.name, kind(column, dialect)


def kind(column: Column[Any], dialect: Dialect) -> str:
    """Return a column's type without its length."""
    return (type_text(column.type, dialect) or "").partition("(")[0].lower()


def targets(column: Column[Any]) -> frozenset[str]:
    """Return what a column's foreign keys refer to."""
    return frozenset(key.target_fullname for key in column.foreign_keys)


def position(column: Column[Any]) -> int:
    """Return where a column stands in its table, -1 where it stands in none."""
    table = getattr(column, "table", None)
    return list(table.columns).index(column) if table is not None else -1
