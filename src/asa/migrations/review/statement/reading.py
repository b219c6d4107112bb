"""One text of SQL into operations: which statement it is, and what it says."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from asa.migrations.review.statement.alteration import alteration, table_constraint
from asa.migrations.review.statement.column import column_definition, names_in
from asa.migrations.review.statement.rows import row_change
from asa.model.operation import (
    AddConstraint,
    Command,
    CreateIndex,
    CreateTable,
    DropIndex,
    DropTable,
    ExecuteSql,
    NewColumn,
    Operation,
    RenameTable,
)
from asa.sql.words import Reader, statements_of

__all__ = ["operations_in"]

# Statements that name themselves by two words.
PAIRED = frozenset(("alter", "create", "drop", "comment", "rename", "lock", "refresh", "start"))
FILLERS = frozenset(("or", "replace", "temp", "temporary", "unlogged", "global", "local", "unique"))
OPAQUE = frozenset(("do", "call", "execute"))
TARGET_FILLERS = (
    "table",
    "tables",
    "full",
    "verbose",
    "analyze",
    "freeze",
    "only",
    "concurrently",
    "view",
    "if",
    "not",
    "exists",
    "index",
    "database",
    "schema",
    "system",
)


def operations_in(sql: str, dialect: str) -> Iterator[Operation]:
    """Yield what the statements of a text do, in order."""
    for statement in statements_of(sql):
        yield from operations_of(statement, dialect)


def operations_of(statement: str, dialect: str) -> Iterator[Operation]:
    """Yield what one statement does; a statement can do several things."""
    reader = Reader(statement, dialect)
    for words, read in STATEMENTS.items():
        if reader.take(*words):
            yield from read(reader)
            return
    first = reader.next.lower
    if first in ("update", "delete", "insert", "replace", "merge", "with"):
        yield row_change(reader)
    elif not first or first in OPAQUE:
        yield ExecuteSql(statement)
    else:
        yield command(reader)


def command(reader: Reader) -> Command:
    """Return a statement by its first words and what it names."""
    words = tuple(word.lower for word in reader.words if word.lower)
    verb = words[0]
    reader.at = 1
    if verb in PAIRED:
        while reader.take_any(*FILLERS):
            pass
        verb = f"{verb} {reader.next.lower}".strip()
        reader.at += 1
        if reader.sees("view") and verb.endswith("materialized"):
            reader.at += 1
    while reader.take_any(*TARGET_FILLERS):
        pass
    if reader.sees("("):
        reader.group()
    subject = reader.name()
    strings = tuple(word.content for word in reader.words if word.kind in ("string", "dollar"))
    return Command(verb, subject, words, strings, reader.sql)


def create_table(reader: Reader) -> Iterator[Operation]:
    """Read CREATE TABLE behind these words."""
    reader.take("if", "not", "exists")
    table = reader.name()
    columns: list[NewColumn] = []
    constraints: list[AddConstraint] = []
    indexes: list[CreateIndex] = []
    group = reader.group()
    for part in group.parts() if group else ():
        whole = table_constraint(part, table)
        if isinstance(whole, CreateIndex):
            indexes.append(whole)
        elif whole is not None:
            constraints.append(whole)
        elif not part.sees("like"):
            definition = column_definition(part, table)
            columns.append(definition.column)
            constraints += definition.constraints
    keys = {name for one in constraints if one.kind == "primary key" for name in one.columns}
    columns = [replace(c, primary_key=True) if c.name in keys else c for c in columns]
    yield CreateTable(table, tuple(columns), tuple(constraints))
    yield from indexes


def drop_table(reader: Reader) -> Iterator[Operation]:
    """Read DROP TABLE behind these words."""
    reader.take("if", "exists")
    while True:
        yield DropTable(reader.name())
        if not reader.take(","):
            break
    if reader.take("cascade"):
        yield Command("drop table", words=("cascade",), sql=reader.sql)


def create_index(reader: Reader) -> Iterator[Operation]:
    """Read CREATE INDEX from its second word on."""
    unique = reader.take("unique")
    method = reader.take_any("fulltext", "spatial")
    reader.take("index")
    concurrently = reader.take("concurrently")
    reader.take("if", "not", "exists")
    name = None if reader.sees("on") else reader.name()
    if reader.take("using"):
        reader.name()
    reader.take("on")
    reader.take("only")
    table = reader.name()
    if reader.take("using"):
        method = reader.name()
    columns = names_in(reader.group())
    reader.text_until("where")
    where = reader.text_until() if reader.take("where") else None
    yield CreateIndex(
        name, table, columns, unique, where, concurrently, method if method != "btree" else None
    )


def drop_index(reader: Reader) -> Iterator[Operation]:
    """Read DROP INDEX behind these words."""
    concurrently = reader.take("concurrently")
    reader.take("if", "exists")
    while True:
        name = reader.name()
        table = reader.name() if reader.take("on") else None
        yield DropIndex(name, table, concurrently)
        if not reader.take(","):
            return


def rename_table(reader: Reader) -> Iterator[Operation]:
    """Read MySQL's RENAME TABLE behind these words."""
    while True:
        table = reader.name()
        reader.take("to")
        yield RenameTable(table, reader.name())
        if not reader.take(","):
            return


def created(reader: Reader) -> Iterator[Operation]:
    """Read CREATE: an index, or something that is no table's."""
    if any(reader.sees(*words) for words in (("index",), ("unique", "index"))) or (
        reader.sees("fulltext") or reader.sees("spatial")
    ):
        yield from create_index(reader)
        return
    reader.at = 0
    yield command(reader)


STATEMENTS: dict[tuple[str, ...], Callable[[Reader], Iterator[Operation]]] = {
    ("alter", "table"): alteration,
    ("create", "table"): create_table,
    ("create", "temporary", "table"): create_table,
    ("create", "temp", "table"): create_table,
    ("create", "unlogged", "table"): create_table,
    ("drop", "table"): drop_table,
    ("create",): created,
    ("drop", "index"): drop_index,
    ("rename", "table"): rename_table,
}
