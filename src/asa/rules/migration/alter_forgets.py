"""A column is changed on MySQL without saying what it is besides.

What it does:
    Looks for alter_column without existing_nullable (or nullable), and without
    existing_server_default where the column is known to have a default. Silent where the
    column is known to allow NULL. Raw MODIFY and CHANGE are judged where the column is known.

Why it matters:
    MySQL changes a column by stating all of it anew. What is not said is not kept: NOT NULL
    is gone, the default is gone, without any warning.

Example:
    op.alter_column("users", "name", type_=sa.String(200), existing_type=sa.String(50))

Fix:
    Say existing_type, existing_nullable and existing_server_default.

When to ignore:
    The column really allows NULL and has no default.

See Also:
    https://alembic.sqlalchemy.org/en/latest/ops.html#alembic.operations.Operations.alter_column
    https://dev.mysql.com/doc/refman/8.4/en/alter-table.html
"""

from collections.abc import Iterator

from asa.model.change import RevisionChange
from asa.model.finding import Finding, Severity
from asa.model.operation import AlterColumn
from asa.model.rule import Rule
from asa.rules.migration.wording import found

__all__ = ["RULE", "check"]

ID = "alter-forgets"


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each column of which something is forgotten."""
    for step in change.steps:
        operation = step.operation
        if not isinstance(operation, AlterColumn) or operation.complete:
            continue
        table = change.table(operation.table)
        column = table.column(operation.column) if table else None
        strict = column is not None and not column.nullable
        unsure = column is None and not step.sql
        name = f"{operation.table}.{operation.column}"
        lost = []
        if not operation.nullable_known and (strict or unsure):
            lost.append(("NOT NULL", "existing_nullable=False"))
        if not operation.default_known and name.lower() in change.defaulted:
            lost.append(("its default", "existing_server_default=..."))
        if lost:
            arguments = ", ".join(argument for _, argument in lost)
            yield found(
                change,
                step,
                ID,
                Severity.ERROR if strict or column else Severity.WARNING,
                name,
                does=f"does not say {' and '.join(argument for _, argument in lost)}",
                why=f"MySQL states the column anew, so {' and '.join(w for w, _ in lost)} "
                f"{'is' if len(lost) == 1 else 'are'} lost",
                safe=f'op.alter_column("{operation.table}", "{operation.column}", ...,\n'
                f"                existing_type=..., {arguments})",
            )


RULE = Rule(
    id=ID,
    family="migration",
    summary="MySQL drops what an ALTER does not say",
    check=check,
    severity=Severity.ERROR,
    page=__doc__,
    dialects=("mysql",),
)
