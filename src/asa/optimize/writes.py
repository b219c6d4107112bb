"""What one more index costs the writes of a log."""

from dataclasses import dataclass

from asa.model.case import Case
from asa.model.fix import AddIndex
from asa.model.schema import Table
from asa.rules.query.candidates import facts_of
from asa.sql.facts import Facts
from asa.sql.statement import Kind

__all__ = ["Writes", "writes_of"]

# A load of more rows by one statement is an event, not the traffic that an index slows.
BULK_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Writes:
    """Rows of the log that would write an index.

    Attributes:
        inserted: Rows inserted into its table.
        updated: Rows updated that get a new entry in it.
        lost: Of those, rows whose update touches no index today: PostgreSQL's heap-only
            updates, each of which would then write every index of the table.
        deleted: Rows deleted, where the database takes the entry out at once.
        columns: The columns by which `lost` comes about.
        entries: Index entries written in all.
    """

    inserted: int = 0
    updated: int = 0
    lost: int = 0
    deleted: int = 0
    columns: tuple[str, ...] = ()
    entries: int = 0

    @property
    def rows(self) -> int:
        """Rows written in all."""
        return self.inserted + self.updated + self.deleted

    def __str__(self) -> str:
        if not self.rows:
            return "no write of the log pays for it"
        parts = [
            f"{count:,} {verb}"
            for count, verb in (
                (self.inserted, "inserted"),
                (self.updated, "updated"),
                (self.deleted, "deleted"),
            )
            if count
        ]
        text = f"written for {', '.join(parts)} row{'s' if self.rows != 1 else ''} of the log"
        if self.lost:
            text += f"; {self.lost:,} updates of {', '.join(self.columns)} are HOT no longer"
        return text


def writes_of(case: Case, index: AddIndex) -> Writes:
    """Count the rows of the log that would write an index."""
    table = case.schema.table(index.table) if case.schema else None
    if table is None:
        return Writes()
    total = Writes()
    for query_class in case.workload.classes:
        found = facts_of(case, query_class)
        if found is None or (found.writes or "").lower() != index.table.lower():
            continue
        calls = query_class.calls
        rows = max(calls, min(query_class.rows or 0, calls * BULK_ROWS))
        total = added(total, one_class(case.dialect, found, table, index, rows))
    return total


def one_class(
    dialect: str | None, found: Facts, table: Table, index: AddIndex, rows: int
) -> Writes:
    """Count the entries that the rows of one class write."""
    if found.kind is Kind.INSERT:
        return Writes(inserted=rows, entries=rows)
    if found.kind is Kind.DELETE:
        # PostgreSQL leaves the entries to VACUUM.
        return Writes() if dialect == "postgresql" else Writes(deleted=rows, entries=rows)
    assigned = {column.lower() for column in found.assigned}
    touched = assigned & columns_of(index)
    if dialect != "postgresql":
        return Writes(updated=rows, entries=rows) if touched else Writes()
    if any(assigned & mentioned(other.columns, other.where, table) for other in table.indexes):
        # Such an update writes a new entry to every index already.
        return Writes(updated=rows, entries=rows)
    if not touched:
        return Writes()
    everyone = rows * (len(table.indexes) + 1)
    return Writes(updated=rows, lost=rows, columns=tuple(sorted(touched)), entries=everyone)


def columns_of(index: AddIndex) -> set[str]:
    """Return the columns by which an index has an entry, in lower case."""
    names = {key.name.lower() for key in index.keys if not key.expression}
    names |= {column.lower() for column in index.include}
    texts = [key.name for key in index.keys if key.expression] + [index.where or ""]
    return names | {word for text in texts for word in words(text)}


def mentioned(columns: tuple[str, ...], where: str | None, table: Table) -> set[str]:
    """Return the columns of a table that the keys and the condition of an index name."""
    found = {word for text in (*columns, where or "") for word in words(text)}
    return {column.name.lower() for column in table.columns} & found


def words(text: str) -> set[str]:
    """Return the words of a piece of SQL in lower case."""
    spaced = "".join(c if c.isalnum() or c == "_" else " " for c in text.lower())
    return set(spaced.split())


def added(one: Writes, other: Writes) -> Writes:
    """Return the sum of two counts."""
    return Writes(
        one.inserted + other.inserted,
        one.updated + other.updated,
        one.lost + other.lost,
        one.deleted + other.deleted,
        tuple(dict.fromkeys((*one.columns, *other.columns))),
        one.entries + other.entries,
    )
