"""A new table numbers its rows with a 32-bit integer.

What it does:
    Looks for new tables whose primary key is one column of type integer or smaller that
    refers to no other table.

Why it matters:
    After 2.1 billion inserts (rolled back ones count) no row can be inserted any more, and
    to widen the key of a table of that size is the hardest migration there is.

Example:
    op.create_table("events", sa.Column("id", sa.Integer(), primary_key=True))

Fix:
    sa.BigInteger(), from the start.

When to ignore:
    The table stays small by its nature: countries, roles.

See Also:
    https://www.postgresql.org/docs/current/datatype-numeric.html
    https://dev.mysql.com/doc/refman/8.4/en/integer-types.html
    https://docs.sqlalchemy.org/en/20/core/type_basics.html#sqlalchemy.types.BigInteger
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import CreateTable
from asa.model.rule import Rule
from asa.rules.migration.types import read_type
from asa.rules.migration.wording import found

__all__ = ["RULE", "check"]

ID = "small-primary-key"
SMALL = frozenset(("integer", "smallint", "mediumint", "tinyint"))


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such table."""
    for step in change.steps:
        table = step.operation
        if not isinstance(table, CreateTable):
            continue
        keys = [column for column in table.columns if column.primary_key]
        referring = {c for one in table.constraints if one.target for c in one.columns}
        if len(keys) != 1 or keys[0].name in referring:
            continue
        kind = read_type(keys[0].type)
        if kind is not None and kind.name in SMALL:
            yield found(
                change,
                step,
                ID,
                Severity.INFO,
                f"{table.table}.{keys[0].name}",
                does=f"is the primary key, {keys[0].type.lower()}",
                why="inserts end at 2,147,483,647, and a later change rewrites the table",
                safe=f'sa.Column("{keys[0].name}", sa.BigInteger(), primary_key=True)',
            )


RULE = Rule(
    id=ID,
    family="migration",
    summary="a key that ends at 2,147,483,647",
    check=check,
    severity=Severity.INFO,
    page=__doc__,
    dialects=("postgresql", "mysql"),
)
