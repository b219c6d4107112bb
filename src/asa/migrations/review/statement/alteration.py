"""ALTER TABLE, action by action."""

from collections.abc import Iterator

from asa.migrations.review.statement.column import (
    Definition,
    column_definition,
    names_in,
    reference,
)
from asa.model.operation import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    Change,
    Command,
    CreateIndex,
    DropColumn,
    DropConstraint,
    DropIndex,
    Operation,
    RenameTable,
    ValidateConstraint,
)
from asa.sql.words import Reader

__all__ = ["alteration", "table_constraint"]

NOT_NULL, NULL_ALLOWED = "not null", "null allowed"


def alteration(reader: Reader) -> Iterator[Operation]:
    """Read ALTER TABLE behind these two words."""
    reader.take("if", "exists")
    reader.take("only")
    table = reader.name()
    reader.take("*")
    for part in reader.parts():
        yield from action(part, table)


def action(part: Reader, table: str) -> Iterator[Operation]:
    """Read one action."""
    if part.take("add"):
        yield from addition(part, table)
    elif part.take("drop"):
        yield removal(part, table)
    elif part.take("alter", "index") or part.take("alter", "check"):
        yield other(part, table)
    elif part.take("alter"):
        part.take("column")
        yield column_change(part, table)
    elif part.take("modify"):
        part.take("column")
        yield restated(column_definition(part, table), table, None)
    elif part.take("change"):
        part.take("column")
        old = part.name()
        yield restated(column_definition(part, table), table, old)
    elif part.take("rename"):
        yield renaming(part, table)
    elif part.take("validate", "constraint"):
        yield ValidateConstraint(table, part.name())
    else:
        yield other(part, table)


def other(part: Reader, table: str) -> Command:
    """Return an action that changes no column, index or constraint."""
    words = tuple(word.lower for word in part.words if word.lower)
    return Command("alter table", table, words, sql=part.sql)


def addition(part: Reader, table: str) -> Iterator[Operation]:
    """Read what stands behind ADD."""
    constraint = table_constraint(part, table)
    if constraint is not None:
        yield constraint
        return
    part.take("column")
    part.take("if", "not", "exists")
    group = part.group()
    for piece in group.parts() if group else (part,):
        # SQLite and MySQL let the name follow at once; Reader texts begin where the name does.
        definition = column_definition(piece, table)
        yield AddColumn(table, definition.column)
        yield from definition.constraints


def table_constraint(part: Reader, table: str) -> AddConstraint | CreateIndex | None:
    """Read a constraint or an index of a table; None where a column comes."""
    name = part.name() or None if part.take("constraint") else None
    if name in ("primary", "unique", "foreign", "check", "exclude"):  # ADD CONSTRAINT CHECK (...)
        part.at -= 1
        name = None
    method = part.take_any("fulltext", "spatial")
    if method or part.sees("index") or part.sees("key"):
        part.take_any("index", "key")
        name = None if part.sees("(") else part.name()
        return CreateIndex(name, table, names_in(part.group()), method=method or None)
    if part.take("primary", "key"):
        return keyed(part, "primary key", table, name)
    if part.take("unique"):
        part.take_any("index", "key")
        return keyed(part, "unique", table, name)
    if part.take("foreign", "key"):
        if not part.sees("("):
            name = part.name()
        columns = names_in(part.group())
        target, on_delete = reference(part)
        return AddConstraint(
            "foreign key",
            table,
            name,
            columns,
            target=target,
            on_delete=on_delete,
            validated=not part_says(part, "not", "valid"),
        )
    if part.take("check"):
        group = part.group()
        return AddConstraint(
            "check",
            table,
            name,
            condition=group.sql if group else "",
            validated=not part_says(part, "not", "valid"),
        )
    if part.take("exclude"):
        return AddConstraint("exclude", table, name)
    return None


def keyed(part: Reader, kind: str, table: str, name: str | None) -> AddConstraint:
    """Read a unique or primary key: its columns, or the index that it takes over."""
    if part.take("using", "index"):
        index = part.name()
        return AddConstraint(
            "unique" if kind == "unique" else "primary key", table, name or index, index=index
        )
    if not part.sees("(") and kind == "unique":
        name = part.name() or name
    columns = names_in(part.group())
    return AddConstraint("unique" if kind == "unique" else "primary key", table, name, columns)


def part_says(part: Reader, *words: str) -> bool:
    """Tell whether these words follow one another in the rest."""
    rest = [word.lower for word in part.words[part.at :]]
    return any(tuple(rest[n : n + len(words)]) == words for n in range(len(rest)))


def removal(part: Reader, table: str) -> Operation:
    """Read what stands behind DROP."""
    if part.take("primary", "key"):
        return DropConstraint("primary key", table)
    if part.take("foreign", "key"):
        return DropConstraint("foreign key", table, part.name())
    if part.take_any("constraint", "check"):
        part.take("if", "exists")
        return DropConstraint("constraint", table, part.name())
    if part.take_any("index", "key"):
        return DropIndex(part.name(), table)
    if part.take("partition"):
        return Command("drop partition", table, sql=part.sql)
    part.take("column")
    part.take("if", "exists")
    return DropColumn(table, part.name())


def column_change(part: Reader, table: str) -> Operation:
    """Read what stands behind ALTER COLUMN."""
    column = part.name()
    if part.take("set", "not", "null"):
        return AlterColumn(table, column, (Change("null", None, NOT_NULL),))
    if part.take("drop", "not", "null"):
        return AlterColumn(table, column, (Change("null", None, NULL_ALLOWED),))
    if part.take("set", "default"):
        return AlterColumn(table, column, (Change("default", None, part.text_until()),))
    if part.take("drop", "default"):
        return AlterColumn(table, column, (Change("default", None, None),))
    if part.take("set", "data", "type") or part.take("type"):
        kind = part.text_until("using", "collate")
        if part.take("collate"):
            part.name()
        using = part.text_until() if part.take("using") else None
        return AlterColumn(table, column, (Change("type", None, kind),), using=using)
    return other(part, table)


def restated(definition: Definition, table: str, old: str | None) -> AlterColumn:
    """Return MODIFY or CHANGE, which state a column anew."""
    column = definition.column
    changes = [Change("type", None, column.type)]
    if old is not None and old.lower() != column.name.lower():
        changes.insert(0, Change("name", old, column.name))
    if definition.says_null:
        changes.append(Change("null", None, NULL_ALLOWED if column.nullable else NOT_NULL))
    if definition.says_default:
        changes.append(Change("default", None, column.default))
    return AlterColumn(
        table,
        old or column.name,
        tuple(changes),
        nullable_known=definition.says_null,
        default_known=definition.says_default,
        complete=False,
    )


def renaming(part: Reader, table: str) -> Operation:
    """Read what stands behind RENAME."""
    if part.take_any("to", "as"):
        name = part.name()
        schema, dot, _ = table.rpartition(".")
        return RenameTable(table, f"{schema}{dot}{name}" if "." not in name else name)
    if part.take_any("constraint", "index", "key"):
        return Command("rename constraint", table, sql=part.sql)
    part.take("column")
    old = part.name()
    if part.take("to"):
        new = part.name()
        return AlterColumn(table, old, (Change("name", old, new),))
    return RenameTable(table, old)
