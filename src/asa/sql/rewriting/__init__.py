"""The same question in other SQL: what a query rule shows, and has planned beside the original."""

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from asa.model.schema import Schema
from asa.sql.lexis import guessed
from asa.sql.statement import Kind, kind

__all__ = ["Form", "Rewritten", "rewritten"]

LONGEST_REWRITTEN = 20_000


class Form(Enum):
    """What is written otherwise.

    Each is the name of the module that does it.
    """

    BARE_COLUMN = "bare_column"
    COLUMN_TYPE = "column_type"
    DISJOINT_UNION = "disjoint_union"
    FIRST_PAGE = "first_page"
    INDEX_CONDITION = "index_condition"
    JOINED_AGGREGATE = "joined_aggregate"
    KEY_ORDER = "key_order"
    NOT_EXISTS = "not_exists"
    SEMI_JOIN = "semi_join"
    SPLIT_OR = "split_or"
    JOINED_TABLES = "joined_tables"


@dataclass(frozen=True, slots=True)
class Rewritten:
    """One statement written otherwise.

    Attributes:
        sql: To be planned: placeholders are `%(p0)s`, `%(p1)s`, ...
        keys: What these stand for in the original's parameters.
        shown: The same in the original's own placeholders.
        column: `table.column` that it is about; empty where it is about no single one.
        was: The part that was replaced, and `now` what stands in its place, in SQL.
        was_keys: What the placeholders in `was` stand for.
    """

    sql: str
    keys: tuple[int | str, ...]
    shown: str
    column: str = ""
    was: str = ""
    now: str = ""
    was_keys: tuple[int | str, ...] = ()


@lru_cache(maxsize=512)
def rewritten(form: Form, sql: str, dialect: str | None, schema: Schema) -> Rewritten | None:
    """Write a SELECT otherwise.

    Args:
        form: How.
        sql: One statement, in any placeholder style.
        dialect: Of the database.
        schema: Its tables: a rewrite may hold only for some types and keys.

    Returns:
        None where that does not apply, or the statement is not understood; never raises.
    """
    dialect = guessed(sql, dialect)
    if dialect is None or len(sql) > LONGEST_REWRITTEN or kind(sql, dialect) is not Kind.SELECT:
        return None
    # sqlglot costs a tenth of a second to import: only who rewrites pays it.
    from asa.sql.rewriting.draft import written

    return written(form.value, sql, dialect, schema)
