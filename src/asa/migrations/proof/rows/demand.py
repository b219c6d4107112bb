"""What a table demands of the rows in it, as SQLAlchemy's Inspector tells."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Inspector
from sqlalchemy.types import TypeEngine

__all__ = ["Demand", "Reference", "Slot", "demand_of"]


@dataclass(frozen=True, slots=True)
class Slot:
    """One column of a table.

    Attributes:
        type: SQLAlchemy's type of it, as reflected.
        made: Whether the server makes its value and takes none.
        default: Whether the server has a default for it.
        distinct: Whether a unique key holds it, so that no two rows may be alike in it.
        checks: SQL texts of the checks that name it.
    """

    name: str
    type: TypeEngine[Any]
    nullable: bool
    made: bool
    default: bool
    distinct: bool
    checks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key: columns here, table and columns there."""

    columns: tuple[str, ...]
    schema: str | None
    table: str
    target: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Demand:
    """One table."""

    schema: str | None
    table: str
    slots: tuple[Slot, ...]
    references: tuple[Reference, ...]


def demand_of(inspector: Inspector, table: str, schema: str | None) -> Demand:
    """Ask the catalog what a table demands of a row.

    Raises:
        SQLAlchemyError: The table cannot be reflected.
    """
    key = inspector.get_pk_constraint(table, schema)["constrained_columns"]
    held = set(key) | unique_columns(inspector, table, schema)
    checks = tuple(str(one["sqltext"]) for one in inspector.get_check_constraints(table, schema))
    slots = tuple(
        Slot(
            column["name"],
            column["type"],
            bool(column["nullable"]),
            is_made(column),
            column.get("default") is not None,
            column["name"] in held,
            tuple(check for check in checks if column["name"].lower() in check.lower()),
        )
        for column in inspector.get_columns(table, schema)
    )
    references = tuple(
        Reference(
            tuple(one["constrained_columns"]),
            one["referred_schema"],
            one["referred_table"],
            tuple(one["referred_columns"]),
        )
        for one in inspector.get_foreign_keys(table, schema)
    )
    return Demand(schema, table, slots, references)


def unique_columns(inspector: Inspector, table: str, schema: str | None) -> set[str]:
    """Return the columns of every unique constraint and index, expressions left out."""
    found: set[str] = set()
    for constraint in inspector.get_unique_constraints(table, schema):
        found.update(constraint["column_names"])
    for index in inspector.get_indexes(table, schema):
        if index["unique"]:
            found.update(name for name in index["column_names"] if name)
    return found


def is_made(column: Any) -> bool:
    """Tell whether the server refuses values for a column, since it makes them itself."""
    identity = column.get("identity")
    return bool(column.get("computed") or (identity and identity.get("always")))
