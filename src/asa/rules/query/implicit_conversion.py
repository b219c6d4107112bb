"""A value has another type than its column, so the database converts the column, row by row.

What it does:
    Finds an indexed column compared with a value of a type that the database does not bring
    to the column's: on MySQL a text with a number, on PostgreSQL a whole number with a
    numeric or float, numeric with float, char(n) with text, citext with text or varchar (the
    casts that SQLAlchemy's asyncpg and psycopg dialects write behind each placeholder), on
    SQLite a text with a cast to a number. Both forms are planned.

Why it matters:
    The index holds the column as it is, and so does not serve. On MySQL '7', '07' and '7 up'
    all equal 7: rows may be found that nobody asked for. A citext compared with varchar is
    compared with case.

Example:
    select(Order).where(Order.code == 17)  # code is VARCHAR(20)

Fix:
    select(Order).where(Order.code == str(17)); declare the column in the model with the type
    that it has in the database.

When to ignore:
    Values in between are meant: 7.5 equals no whole number.

See Also:
    https://dev.mysql.com/doc/refman/8.4/en/type-conversion.html
    https://www.postgresql.org/docs/current/typeconv-oper.html
    https://www.sqlite.org/datatype3.html
"""

from collections.abc import Iterator
from decimal import Decimal

from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.model.workload import QueryClass
from asa.rules.query.rewrites import attribute, found, offered
from asa.sql.rewriting import Form, Rewritten

__all__ = ["RULE", "check"]

ID = "implicit-conversion"
VALUES = (
    ("character varying", "str(value)"),
    ("character", "type_coerce(value, CHAR)"),
    ("citext", "type_coerce(value, CITEXT)"),
    ("numeric", "Decimal(value)"),
    ("decimal", "Decimal(value)"),
)


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each class whose column is converted."""
    for query_class, _, other in offered(case, Form.COLUMN_TYPE):
        column = converted(case, query_class, other)
        if column is None:
            continue
        kind = type_of(case, column)
        textual = case.dialect in ("mysql", "sqlite")
        value = "str(value)" if textual else of_type(kind)
        yield found(
            ID,
            query_class,
            column,
            f"{kind}, compared with {'a number' if textual else 'another type'}",
            f".where({attribute(case, column)} == {value})",
            other,
            # The value bound is another one; the statement stays.
            shown="" if case.dialect == "mysql" else None,
        )


def converted(case: Case, query_class: QueryClass, other: Rewritten) -> str | None:
    """Return the column that is converted; None where the log's values are of its type."""
    if case.dialect != "mysql" or not other.was_keys:
        return other.column
    for column, key in zip(other.column.split(", "), other.was_keys, strict=True):
        if any(is_number(value) for value in values_of(query_class, key)):
            return column
    return None


def values_of(query_class: QueryClass, key: int | str) -> Iterator[object]:
    """Yield what the log bound to one placeholder."""
    for one in query_class.parameter_sets:
        match one.parameters:
            case dict() if isinstance(key, str):
                yield one.parameters.get(key)
            case tuple() if isinstance(key, int) and key < len(one.parameters):
                yield one.parameters[key]


def is_number(value: object) -> bool:
    """Tell whether a driver writes a value as a number."""
    return isinstance(value, int | float | Decimal)


def type_of(case: Case, place: str) -> str:
    """Return the type of a `table.column`."""
    table, _, name = place.rpartition(".")
    known = case.schema.table(table) if case.schema else None
    column = known.column(name) if known else None
    return column.type if column else ""


def of_type(kind: str) -> str:
    """Return a Python value of a column's type."""
    return next((text for start, text in VALUES if kind.lower().startswith(start)), "int(value)")


RULE = Rule(
    id=ID,
    family="query",
    summary="a column converted to the type of a value",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
