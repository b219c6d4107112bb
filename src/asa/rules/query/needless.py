"""What the rules on needless indexes share: which may be dropped, and how that is said."""

from asa.model.case import Case
from asa.model.finding import Finding, Severity
from asa.model.fix import DropIndex
from asa.model.schema import Index, Table
from asa.rules.query.ddl import drop_index

__all__ = ["dropped", "drops"]


def drops(index: Index) -> bool:
    """Tell whether an index may go: it bears no constraint and covers all rows."""
    return (
        index.name is not None
        and not (index.unique or index.primary or index.constraint)
        and index.where is None
        and index.valid
    )


def dropped(
    rule: str, case: Case, table: Table, index: Index, other: Index, relation: str
) -> Finding:
    """Return the finding that one index is needless beside another."""
    name = index.name or ""
    kept = other.name or "the primary key"
    return Finding(
        rule,
        Severity.WARNING,
        f"{name} on {table.name} ({', '.join(index.columns)})",
        evidence=(
            ("beside", f"{kept}: {relation}"),
            ("price", "written by every INSERT for nothing"),
        ),
        fix=DropIndex(table.name, name, drop_index(case.dialect, table.name, name)),
    )
