"""Put rows into the tables of a scratch database, parents before children."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Connection,
    Insert,
    column,
    func,
    insert,
    inspect,
    literal_column,
    select,
    table,
)
from sqlalchemy.engine import Inspector
from sqlalchemy.exc import SQLAlchemyError

from asa.migrations.cause import driver_text
from asa.migrations.proof.rows.demand import Demand, Reference, Slot, demand_of
from asa.migrations.proof.rows.value import ATTEMPTS, literal
from asa.model.schema import Table

__all__ = ["ROWS", "Unfilled", "fill"]

ROWS = 3
"""Of each table: a full row, one like it where that is allowed, and one of NULLs and defaults."""

SPARSE = 2


@dataclass(frozen=True, slots=True)
class Unfilled:
    """A table into which asa could put no row; `reason` is a clause."""

    table: str
    reason: str


def fill(connection: Connection, tables: Iterable[Table], taken: int) -> tuple[Unfilled, ...]:
    """Insert rows into tables, and tell into which none could be put.

    Args:
        connection: To the scratch database, committing every statement.
        tables: Those that lack rows of their present shape.
        taken: How many rows each may have already; the new ones are numbered after them.
    """
    inspector = inspect(connection)
    unfilled = []
    for demand, failure in ordered(inspector, tables):
        reason = failure or filled(connection, demand, taken)
        if reason is not None:
            unfilled.append(Unfilled(named(demand), reason))
    return tuple(unfilled)


def ordered(inspector: Inspector, tables: Iterable[Table]) -> Iterator[tuple[Demand, str | None]]:
    """Yield what each table demands, those first that others refer to."""
    left: dict[tuple[str | None, str], Demand] = {}
    for one in tables:
        schema, _, name = one.name.rpartition(".")
        try:
            left[schema or None, name] = demand_of(inspector, name, schema or None)
        except SQLAlchemyError as error:
            yield Demand(schema or None, name, (), ()), driver_text(error)
    while left:
        free = [key for key, demand in left.items() if not waits(demand, left)] or [
            next(iter(left))
        ]
        for key in free:
            yield left.pop(key), None


def waits(demand: Demand, left: dict[tuple[str | None, str], Demand]) -> bool:
    """Tell whether a table refers to another one that has no rows yet."""
    own = (demand.schema, demand.table)
    targets = ((one.schema, one.table) for one in demand.references)
    return any(target in left and target != own for target in targets)


def filled(connection: Connection, demand: Demand, taken: int) -> str | None:
    """Insert the rows of one table; return why no row could be inserted, None where one was."""
    refusals = [inserted(connection, demand, taken + row + 1, row) for row in range(ROWS)]
    return None if None in refusals else refusals[0]


def inserted(connection: Connection, demand: Demand, number: int, row: int) -> str | None:
    """Insert one row, trying what its checks may take; return the first refusal, or None."""
    refusals = []
    for attempt in range(ATTEMPTS):
        statement = insertion(connection, demand, number, attempt, row == SPARSE)
        if isinstance(statement, str):
            return statement
        try:
            connection.execute(statement)
        except SQLAlchemyError as error:
            refusals.append(driver_text(error).partition("\n")[0])
        else:
            return None
    return refusals[0]


def insertion(
    connection: Connection, demand: Demand, number: int, attempt: int, sparse: bool
) -> Insert | str:
    """Return the INSERT of one row; or why asa knows none."""
    references = {name: one for one in demand.references for name in one.columns}
    values: dict[str, ColumnElement[Any]] = {}
    for slot in demand.slots:
        left_out = slot.nullable or (slot.default and not slot.distinct)
        if slot.made or (sparse and left_out):
            continue
        if slot.name in references:
            value = referred(connection, demand, slot, references[slot.name], number)
        else:
            text = literal(slot, number, attempt, connection.dialect.name)
            # Untyped: the server reads a string as whatever the column is.
            value = None if text is None else literal_column(text)
        if value is not None:
            values[slot.name] = value
        elif not (slot.nullable or slot.default):
            return f"asa knows no value for {slot.name}"
    columns: list[ColumnClause[Any]] = [column(slot.name) for slot in demand.slots]
    return insert(table(demand.table, *columns, schema=demand.schema)).values(values)


def referred(
    connection: Connection, demand: Demand, slot: Slot, reference: Reference, number: int
) -> ColumnElement[Any] | None:
    """Return the value that a foreign key finds in the table that it refers to.

    Under a unique key each row takes another one, from the first again where there are fewer.
    """
    itself = (reference.schema, reference.table) == (demand.schema, demand.table)
    if itself or not reference.target:
        return None
    wanted = reference.target[reference.columns.index(slot.name)]
    other = table(reference.table, *map(column, reference.target), schema=reference.schema)
    skipped = 0
    if slot.distinct and number > 1:
        there = connection.scalar(select(func.count()).select_from(other)) or 1
        skipped = (number - 1) % there
    query = select(other.c[wanted]).order_by(*other.c)
    return query.limit(literal_column("1")).offset(literal_column(str(skipped))).scalar_subquery()


def named(demand: Demand) -> str:
    """Return a table's name as people write it."""
    return f"{demand.schema}.{demand.table}" if demand.schema else demand.table
