"""A column is added with a default that the server must work out for each row.

What it does:
    Looks for new columns whose default calls a volatile function. On PostgreSQL before 11
    every default is meant; on SQLite every default that is no constant.

Why it matters:
    PostgreSQL writes the whole table anew under ACCESS EXCLUSIVE: nobody reads or writes
    meanwhile. SQLite refuses the statement where the table has rows.

Example:
    op.add_column("users", sa.Column("token", sa.Uuid(),
                  server_default=sa.text("gen_random_uuid()")))

Fix:
    Add the column without the default, set the default by a second statement (it holds for
    new rows), and fill the old rows in batches.

When to ignore:
    The table is small.

See Also:
    https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
    https://www.postgresql.org/docs/current/xfunc-volatility.html
    https://www.sqlite.org/lang_altertable.html#altertabaddcol
"""

import re
from collections.abc import Iterator

from asa.model.change import RevisionChange, Step
from asa.model.finding import Finding, Severity
from asa.model.operation import AddColumn
from asa.model.rule import Rule
from asa.rules.migration.wording import found, rows_of, weighed

__all__ = ["RULE", "check"]

ID = "volatile-default"
FUNCTION = re.compile(r"([a-z_][\w.]*)\s*\(", re.IGNORECASE)
STABLE_WORDS = """
    now current_timestamp current_date current_time localtimestamp localtime
    transaction_timestamp statement_timestamp timezone date_trunc to_timestamp make_interval
    current_user session_user current_setting current_database jsonb_build_object
    json_build_object jsonb_build_array json_build_array array_fill lower upper md5 to_json
    to_jsonb concat coalesce nullif date extract date_part now_utc cast round floor row
    interval numeric varchar char decimal timestamp
"""
STABLE = frozenset(STABLE_WORDS.split())
BARE = re.compile(r"\bcurrent_(?:timestamp|date|time)\b", re.IGNORECASE)


def check(change: RevisionChange) -> Iterator[Finding]:
    """Yield a finding for each such column."""
    for step in change.steps_on_existing():
        operation = step.operation
        if isinstance(operation, AddColumn) and operation.column.default is not None:
            if change.dialect == "sqlite":
                yield from on_sqlite(change, step, operation)
            elif is_rewriting(change, operation.column.default):
                yield on_postgresql(change, step, operation)


def is_rewriting(change: RevisionChange, default: str) -> bool:
    """Tell whether PostgreSQL rewrites the table for a default."""
    if change.since(11) is False:
        return default.upper() != "NULL"
    outside = re.sub(r"'(?:[^']|'')*'", "''", default)
    names = [name.rpartition(".")[2].lower() for name in FUNCTION.findall(outside)]
    return any(name not in STABLE for name in names)


def on_postgresql(change: RevisionChange, step: Step, operation: AddColumn) -> Finding:
    """Return the finding for PostgreSQL."""
    table, column = operation.table, operation.column
    rows = change.rows(table)
    return found(
        change,
        step,
        ID,
        weighed(rows, Severity.WARNING),
        f"{table}.{column.name}",
        does=f"adds it with the default {column.default}",
        why=f"writes {rows_of(rows)} anew under ACCESS EXCLUSIVE: nobody reads or writes",
        safe=f'op.add_column("{table}", sa.Column("{column.name}", ...))\n'
        f'op.alter_column("{table}", "{column.name}",\n'
        f'                server_default=sa.text("{column.default}"))\n'
        "# then fill the old rows in batches",
    )


def on_sqlite(change: RevisionChange, step: Step, operation: AddColumn) -> Iterator[Finding]:
    """Yield the finding for SQLite, which batch mode's new table avoids."""
    table, column = operation.table, operation.column
    default = re.sub(r"'(?:[^']|'')*'", "''", column.default or "").strip()
    if step.recreates or not (default.startswith("(") or BARE.search(default) or "(" in default):
        return
    yield found(
        change,
        step,
        ID,
        Severity.INFO if change.rows(table) == 0 else Severity.ERROR,
        f"{table}.{column.name}",
        does=f"adds it with the default {column.default}, no constant",
        why="SQLite refuses that where the table has rows",
        safe=f'with op.batch_alter_table("{table}", recreate="always") as batch:\n'
        f'    batch.add_column(sa.Column("{column.name}", ...))',
    )


RULE = Rule(
    id=ID,
    family="migration",
    summary="a default that differs from row to row",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
    dialects=("postgresql", "sqlite"),
)
