"""PostgreSQL's forms of operations on tables that the application works with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, DefaultClause
from sqlalchemy.schema import ColumnDefault

from asa.migrations.check_comparison import ReplaceCheckOp
from asa.migrations.safe.chain import Outside, Plan
from asa.migrations.safe.constraint import NotNull, named_by_table
from asa.migrations.safe.operation import (
    NotValidForeignKeyOp,
    PartitionedIndexOp,
    RemarkedOp,
    StatementOp,
)
from asa.migrations.safe.pairing import Piece
from asa.migrations.spelling import default_text
from asa.model.operation import AddConstraint, ChangeRows, ValidateConstraint
from asa.sql.default_expression import is_volatile

__all__ = ["plan_for_postgresql"]

INDEXES = (
    "CONCURRENTLY lets writers go on, and runs outside of the transaction. A build that failed"
    " leaves an invalid index behind: it goes first."
)
PARTS = (
    "Of a partitioned table no index can be built CONCURRENTLY; of each partition it can, and the"
    " index of the whole table then takes those over. A build that failed leaves an invalid index"
    " behind: it goes first."
)
DROPS = "CONCURRENTLY waits for nobody's queries, and runs outside of the transaction."
NOT_VALID = "NOT VALID holds for new rows at once; the next revision checks those that are there."
VALIDATES = "Checks the rows that are there while others read and write."
FILLS = "Fills the rows that are there in batches, each committed, so that none stays locked."
UNKNOWN = (
    "Nothing tells what the rows that are there get in {column}: fill it here, in batches, in an"
    " autocommit block before this. Until then the next revision fails where a row is there."
)
NULLABLE = "Nullable until the rows that are there are filled; the next revisions do that."
DEFAULT_LATER = "The default is set apart: with it PostgreSQL would write every row anew, locked."
FILLED = "A validated check says that no row is NULL, so that none is looked at again."
TAKEN_OVER = "The constraint takes over the index that is there; nothing is read."

BATCHES = """\
DO $$
DECLARE page bigint := 0;
BEGIN
    WHILE page * current_setting('block_size')::bigint < pg_relation_size('{page}') LOOP
        UPDATE {name} SET {column} = {value}
        WHERE {column} IS NULL
        AND ctid >= format('(%s,0)', page)::tid AND ctid < format('(%s,0)', page + 1000)::tid;
        COMMIT;
        page := page + 1000;
    END LOOP;
END $$"""

Form: TypeAlias = "Callable[[Piece, Plan, Known], bool]"


@dataclass(frozen=True, slots=True)
class Known:
    """What the forms must know of all that is changed.

    Attributes:
        referenced: (table, columns) that new foreign keys point to.
        losing: Tables of which a column goes or gets another name.
        replaced: (table, name) of constraints that are dropped and made again.
        made_again: (table, name) of indexes likewise.
    """

    context: MigrationContext
    referenced: frozenset[tuple[str, frozenset[str]]]
    losing: frozenset[str]
    replaced: frozenset[tuple[str, str]]
    made_again: frozenset[tuple[str, str]]


def plan_for_postgresql(
    pieces: list[Piece],
    large: frozenset[str],
    partitioned: frozenset[str],
    context: MigrationContext,
) -> Plan:
    """Return what is to run instead of some pieces.

    Args:
        pieces: What was generated.
        large: Tables that are there already and may have many rows.
        partitioned: Those of them for which only an index can be made gently.
        context: Of the database that was compared.
    """
    known = knowledge(pieces, context)
    plan = Plan()
    for piece in pieces:
        forms = PARTITIONED if piece.table in partitioned else FORMS
        form = forms.get(type(piece.up[0])) if piece.table in large else None
        if form is None or not form(piece, plan, known):
            plan.shape.append(piece)
    return plan


def knowledge(pieces: list[Piece], context: MigrationContext) -> Known:
    """Return what the forms must know of all pieces."""
    operations: list[Any] = [piece.up[0] for piece in pieces]
    keys = [one for one in operations if isinstance(one, ops.CreateForeignKeyOp)]
    drops = [one for one in operations if isinstance(one, ops.DropConstraintOp)]
    indexes = [one for one in operations if isinstance(one, ops.DropIndexOp)]
    return Known(
        context,
        frozenset((one.referent_table, frozenset(one.remote_cols)) for one in keys),
        frozenset(one.table_name for one in operations if takes_name(one)),
        frozenset((one.table_name, str(one.constraint_name)) for one in drops),
        frozenset((str(one.table_name), str(one.index_name)) for one in indexes),
    )


def takes_name(operation: Any) -> bool:
    """Tell whether a column's name is gone after an operation."""
    renamed = isinstance(operation, ops.AlterColumnOp) and operation.modify_name is not None
    return renamed or isinstance(operation, ops.DropColumnOp)


def create_index(piece: Piece, plan: Plan, known: Known) -> bool:
    """Build an index CONCURRENTLY."""
    operation: Any = piece.up[0]
    concurrently(operation, *piece.down)
    leftover = ops.DropIndexOp.from_index(operation.to_index())
    concurrently(leftover)
    again = (operation.table_name, str(operation.index_name)) in known.made_again
    up = [operation] if again else [leftover, operation]
    plan.finish.append(Outside(str(piece.table), INDEXES, up, piece.down))
    return True


def create_partitioned_index(piece: Piece, plan: Plan, known: Known) -> bool:  # noqa: ARG001
    """Build the index of each partition CONCURRENTLY, then the one that takes them over."""
    operation: Any = piece.up[0]
    index = PartitionedIndexOp.of(operation)
    plan.finish.append(Outside(str(piece.table), PARTS, [index], piece.down))
    return True


def drop_index(piece: Piece, plan: Plan, known: Known) -> bool:
    """Drop an index CONCURRENTLY: before a column of it goes, else when all else is done."""
    operation: Any = piece.up[0]
    concurrently(operation, *piece.down)
    stage: Any = plan.before if operation.table_name in known.losing else plan.finish
    stage.append(Outside(str(piece.table), DROPS, piece.up, piece.down))
    return True


def concurrently(*operations: Any) -> None:
    """Let operations on indexes work CONCURRENTLY, the drops also where nothing is there."""
    for one in operations:
        if isinstance(one, ops.CreateIndexOp | ops.DropIndexOp):
            one.kw["postgresql_concurrently"] = True
        if isinstance(one, ops.DropIndexOp):
            one.if_exists = True
            one._reverse = None


def create_foreign_key(piece: Piece, plan: Plan, known: Known) -> bool:
    """Add a foreign key NOT VALID, and validate it later."""
    operation: Any = piece.up[0]
    name = operation.constraint_name
    if not name:
        return False
    options = {**operation.kw, "postgresql_not_valid": True}
    unchecked = NotValidForeignKeyOp(
        name,
        operation.source_table,
        operation.referent_table,
        operation.local_cols,
        operation.remote_cols,
        **options,
    )
    piece.up = [RemarkedOp(NOT_VALID, [unchecked])]
    plan.shape.append(piece)
    plan.finish.append(validation(piece, str(name), known))
    return True


def replace_check(piece: Piece, plan: Plan, known: Known) -> bool:
    """Replace a check by one that is NOT VALID, and validate it later."""
    operation: Any = piece.up[0]
    operation.validated = False
    piece.up = [RemarkedOp(NOT_VALID, [operation])]
    plan.shape.append(piece)
    plan.finish.append(validation(piece, operation.name, known))
    return True


def validation(piece: Piece, name: str, known: Known) -> Outside:
    """Return the validation of a constraint."""
    table = str(piece.table)
    quote = known.context.dialect.identifier_preparer
    sql = f"ALTER TABLE {named_by_table(table, quote)} VALIDATE CONSTRAINT {quote.quote(name)}"
    return Outside(table, VALIDATES, [StatementOp(sql, ValidateConstraint(table, name))])


def create_unique(piece: Piece, plan: Plan, known: Known) -> bool:
    """Build a unique index CONCURRENTLY, which the constraint takes over."""
    operation: Any = piece.up[0]
    table, name = str(piece.table), operation.constraint_name
    plain = not name or any(value is not None for value in operation.kw.values())
    again = (operation.table_name, str(name)) in known.replaced
    # A foreign key to it is made before the index would be there.
    target = (operation.table_name, frozenset(map(str, operation.columns)))
    if plain or again or target in known.referenced:
        return False
    index = ops.CreateIndexOp(
        name, operation.table_name, list(operation.columns), schema=operation.schema, unique=True
    )
    leftover = ops.DropIndexOp(name, operation.table_name, schema=operation.schema)
    concurrently(index, leftover)
    quote = known.context.dialect.identifier_preparer
    quoted = quote.quote(str(name))
    sql = f"ALTER TABLE {named_by_table(table, quote)} ADD CONSTRAINT {quoted}"
    meaning = AddConstraint("unique", table, str(name), tuple(operation.columns), index=str(name))
    takes = StatementOp(f"{sql} UNIQUE USING INDEX {quoted}", meaning)
    plan.finish.append(Outside(table, INDEXES, [leftover, index]))
    plan.finish.append(Piece(table, [RemarkedOp(TAKEN_OVER, [takes])], piece.down))
    return True


def alter_column(piece: Piece, plan: Plan, known: Known) -> bool:
    """Make a column NOT NULL by a validated check."""
    operation: Any = piece.up[0]
    if operation.modify_nullable is not False or operation.modify_name is not None:
        return False
    column = NotNull(operation, known.context)
    rest = column.without_null(operation)
    shape = Piece(piece.table, [rest] if rest.has_changes() else [])
    back: list[Any] = [one for one in piece.down if isinstance(one, ops.AlterColumnOp)]
    undone = [column.without_null(one) for one in back]
    shape.down = [column.drop_check(), *(one for one in undone if one.has_changes())]
    shape.up.append(RemarkedOp(NOT_VALID, [column.add_check()]))
    plan.shape.append(shape)
    plan.finish += not_null(column, piece, known)
    return True


def not_null(column: NotNull, piece: Piece, known: Known) -> list[Outside | Piece]:
    """Return what makes a column NOT NULL whose check is there, but not validated."""
    up = [RemarkedOp(FILLED, [column.set_not_null(), column.drop_check()])]
    down = [column.drop_not_null(), column.add_check()]
    return [validation(piece, column.check, known), Piece(piece.table, list(up), list(down))]


def add_column(piece: Piece, plan: Plan, known: Known) -> bool:
    """Add a required column in three steps; one whose default differs by row in two."""
    operation: Any = piece.up[0]
    column: Column[Any] = operation.column
    default = default_text(column.server_default, known.context.dialect)
    volatile = isinstance(column.server_default, DefaultClause) and is_volatile(str(default))
    required = not column.nullable and column.server_default is None
    if column.primary_key or column.computed or column.identity or "nextval" in str(default):
        return False
    if not (required or volatile):
        return False
    bare = column._copy()
    bare.nullable = True
    value = str(default) if volatile else scalar(column, known.context)
    made = ops.AddColumnOp(operation.table_name, bare, schema=operation.schema)
    shaped: list[ops.MigrateOperation] = [RemarkedOp(NULLABLE, [made])]
    if volatile:
        bare.server_default = None
        setting = ops.AlterColumnOp(
            operation.table_name,
            column.name,
            schema=operation.schema,
            existing_type=column.type,
            existing_nullable=True,
            modify_server_default=column.server_default,
        )
        shaped = [RemarkedOp(DEFAULT_LATER, [made, setting])]
    plan.shape.append(Piece(piece.table, shaped, piece.down))
    null = NotNull.of_column(operation, known.context)
    if value is not None:
        plan.fill.append(backfill(piece, null, value, known))
    if not column.nullable:
        unknown = UNKNOWN.format(column=f"{piece.table}.{column.name}")
        held = RemarkedOp(unknown if value is None else NOT_VALID, [null.add_check()])
        plan.fill.append(Piece(piece.table, [held], [null.drop_check()]))
        plan.finish += not_null(null, piece, known)
    return True


def scalar(column: Column[Any], context: MigrationContext) -> str | None:
    """Return a model's own default as SQL; None where it has none that is one value."""
    default = column.default
    if not isinstance(default, ColumnDefault) or not default.is_scalar:
        return None
    processor = column.type.literal_processor(context.dialect)
    try:
        return processor(default.arg) if processor else None
    except Exception:  # noqa: BLE001  (a type of the project's own may raise anything)
        return None


def backfill(piece: Piece, column: NotNull, value: str, known: Known) -> Outside:
    """Return what fills a column of rows that are there, a thousand pages at a time."""
    table = str(piece.table)
    quote = known.context.dialect.identifier_preparer
    name = named_by_table(table, quote)
    page = name.replace("'", "''")
    sql = BATCHES.format(page=page, name=name, column=column.quoted, value=value)
    return Outside(table, FILLS, [StatementOp(sql, ChangeRows("update", table, "batch"))])


FORMS: dict[type[ops.MigrateOperation], Form] = {
    ops.CreateIndexOp: create_index,
    ops.DropIndexOp: drop_index,
    ops.CreateForeignKeyOp: create_foreign_key,
    ops.CreateUniqueConstraintOp: create_unique,
    ops.AlterColumnOp: alter_column,
    ops.AddColumnOp: add_column,
    ReplaceCheckOp: replace_check,
}
PARTITIONED: dict[type[ops.MigrateOperation], Form] = {ops.CreateIndexOp: create_partitioned_index}
