"""An amount of money is kept as a binary fraction.

What it does:
    Looks for Float columns that are named like money: price, amount, balance, tax, ...

Why it matters:
    0.1 + 0.2 is not 0.3 in binary. Sums of many rows drift, comparisons fail by a cent.

Example:
    price: Mapped[float]

Fix:
    price: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    or whole cents in a BigInteger.

When to ignore:
    The value is an estimate, not an amount that somebody pays.

See Also:
    https://docs.sqlalchemy.org/en/20/core/type_basics.html#sqlalchemy.types.Numeric
"""

import re
from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "float-money"
MONEY = re.compile(
    r"(?:^|_)(?:amount|balance|cost|credit|debit|discount|fee|fees|income|invoice_total|money"
    r"|payment|payout|price|refund|revenue|salary|subtotal|tax|vat|wage)(?:$|_)"
)
# `tax_rate` and `price_change_percent` are ratios.
RATIOS = re.compile(r"(?:^|_)(?:factor|percent|percentage|rate|ratio|score|weight)(?:$|_)")


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each such column."""
    for table in design.tables:
        for column in table.columns:
            name = column.name.lower()
            if not column.is_a("Float") or not MONEY.search(name) or RATIOS.search(name):
                continue
            yield found(
                ID,
                Severity.WARNING,
                design.subject(table.name, column.name),
                design.place(table.name, column.name),
                does="keeps money as a float",
                why="binary fractions cannot hold a cent: sums drift",
                fix="Numeric(12, 2)",
            )


RULE = Rule(
    id=ID,
    family="model",
    summary="money as a float",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
