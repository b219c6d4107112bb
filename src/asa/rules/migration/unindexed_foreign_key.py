"""A foreign key's own columns are not indexed.

What it does:
    Looks for new foreign keys on columns with which no index or unique key begins, in this
    revision, in the schema before it, or in the revisions judged after it. MySQL makes such
    an index itself.

Why it matters:
    Each delete of a parent, or change of its key, reads the whole child table to see whether
    it is referred to; joins to the children do so too.

Example:
    op.create_table("orders", sa.Column("user_id", sa.ForeignKey("users.id")))

Fix:
    op.create_index("ix_orders_user_id", "orders", ["user_id"])

When to ignore:
    Parents are never deleted, and children are never looked up by them.

See Also:
    https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
    https://www.sqlite.org/foreignkeys.html#fk_indexes
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import AddConstraint, CreateIndex, CreateTable
from asa.model.rule import Rule
from asa.rules.migration.wording import found, listed

__all__ = ["RULE", "check"]

ID = "unindexed-foreign-key"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such key."""
    indexed: set[tuple[str, str]] = set()
    for step in change.steps:
        operation = step.operation
        if isinstance(operation, CreateTable):
            keys = tuple(c for c in operation.constraints if c.kind == "foreign key")
        elif isinstance(operation, AddConstraint) and operation.kind == "foreign key":
            keys = (operation,)
        else:
            continue
        if keys and not indexed:
            indexed.update(leading(change))
        for key in keys:
            if not key.columns or (key.table.lower(), key.columns[0].lower()) in indexed:
                continue
            if is_small(change, key.table):
                continue
            name = f"ix_{key.table.rpartition('.')[2]}_{'_'.join(key.columns)}"
            concurrently = change.dialect == "postgresql" and change.exists(key.table)
            call = f'op.create_index("{name}", "{key.table}", [{listed(key.columns)}]'
            safe = f"{call})"
            if concurrently:
                safe = "with op.get_context().autocommit_block():\n"
                safe += f"    {call}, postgresql_concurrently=True)"
            yield found(
                change,
                step,
                ID,
                Severity.WARNING,
                f"{key.table} ({', '.join(key.columns)})",
                does=f"refers to {key.reference}, without an index",
                why=f"each delete of a parent reads all of {key.table}",
                safe=safe,
            )


def is_small(change: RevisionChange, table: str) -> bool:
    """Tell whether an existing table is known to hold few rows."""
    rows = change.rows(table) if change.exists(table) else None
    return rows is not None and 0 < rows < 1_000


def leading(change: RevisionChange) -> Iterator[tuple[str, str]]:
    """Yield (table, column), in lower case, with which an index begins."""
    for table in change.before.tables:
        for index in table.indexes:
            if index.columns and not index.where:
                yield table.name.lower(), index.columns[0].lower()
    for operation in (*(step.operation for step in change.steps), *change.later):
        if isinstance(operation, CreateIndex) and operation.columns and not operation.where:
            yield operation.table.lower(), operation.columns[0].lower()
        elif isinstance(operation, AddConstraint):
            yield from of_key(operation)
        elif isinstance(operation, CreateTable):
            primary = [c.name.lower() for c in operation.columns if c.primary_key]
            yield from ((operation.table.lower(), name) for name in primary[:1])
            for constraint in operation.constraints:
                yield from of_key(constraint)


def of_key(constraint: AddConstraint) -> Iterator[tuple[str, str]]:
    """Yield the first column of a unique or primary key."""
    if constraint.kind in ("unique", "primary key", "exclude") and constraint.columns:
        yield constraint.table.lower(), constraint.columns[0].lower()


RULE = Rule(
    id=ID,
    family="migration",
    summary="a foreign key without an index",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql", "sqlite"),
)
