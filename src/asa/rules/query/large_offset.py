"""A page far behind the first reads all rows before it, and throws them away.

What it does:
    Finds OFFSET of 1,000 rows and more, in the statement or in its values, where the order is
    by columns that are never NULL, and shows the page by key. Proved by the plan: the page
    by key costs what the first page costs.

Why it matters:
    OFFSET 100000 reads, orders and drops 100,000 rows for each page. Rows that come or go
    between two pages make others appear twice or never.

Example:
    select(Order).order_by(Order.placed.desc(), Order.id.desc()).limit(20).offset(100_000)

Fix:
    select(Order).where(tuple_(Order.placed, Order.id) < tuple_(last.placed, last.id))
    .order_by(Order.placed.desc(), Order.id.desc()).limit(20)

When to ignore:
    People have to jump to any page by its number.

See Also:
    https://www.postgresql.org/docs/current/queries-limit.html
    https://docs.sqlalchemy.org/en/20/core/sqlelement.html#sqlalchemy.sql.expression.tuple_
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from asa.model.case import Case
from asa.model.finding import Finding, Severity, Unproved
from asa.model.rule import Rule
from asa.model.workload import QueryClass
from asa.rules.query.rewrites import attribute, found, offered
from asa.sql.rewriting import Form, Rewritten

__all__ = ["RULE", "check"]

ID = "large-offset"
LARGE = 1_000
HOW = "the page by key as the first page"
NUMBER = re.compile(r"\bOFFSET (\d+)")


def check(case: Case) -> Iterator[Finding]:
    """Yield one finding for each class with a large OFFSET."""
    for query_class, _, other in offered(case, Form.FIRST_PAGE):
        skipped = largest(query_class, other)
        if skipped < LARGE:
            continue
        names = [f"{other.column.partition('.')[0]}.{key}" for key in keys(other)]
        columns = [attribute(case, name) for name in names]
        last = [f"last.{column.rpartition('.')[2]}" for column in columns]
        sign = "<" if "<" in other.now else ">"
        left, right = ", ".join(columns), ", ".join(last)
        if len(columns) > 1:
            left, right = f"tuple_({left})", f"tuple_({right})"
        finding = found(
            ID,
            query_class,
            other.column,
            f"OFFSET {skipped:,}",
            f".where({left} {sign} {right}) in place of .offset()",
            other,
            how="" if case.dialect == "sqlite" else HOW,
            severity=Severity.WARNING,
        )
        if case.dialect == "mysql":
            # Its costs leave LIMIT and OFFSET out.
            reason = "this planner does not count the rows that OFFSET skips"
            finding = replace(finding, proof=Unproved(reason))
        yield finding


def keys(other: Rewritten) -> list[str]:
    """Return the columns that tell where the page before ended, in order."""
    return list(dict.fromkeys(re.findall(r":last_(\w+)", other.now)))


def largest(query_class: QueryClass, other: Rewritten) -> int:
    """Return the greatest number of rows skipped that the log tells; 0 where it tells none."""
    written = NUMBER.search(other.was)
    if written:
        return int(written[1])
    values: list[object] = []
    for one in query_class.parameter_sets:
        for key in other.was_keys:
            match one.parameters:
                case dict() if isinstance(key, str):
                    values.append(one.parameters.get(key))
                case tuple() if isinstance(key, int) and key < len(one.parameters):
                    values.append(one.parameters[key])
    return max((value for value in values if isinstance(value, int)), default=0)


RULE = Rule(
    id=ID,
    family="query",
    summary="a page far behind the first",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
