"""What SQLAlchemy's Inspector is told where no database is: the schema as the history makes it.

Many revisions look first: they create a table where it is not there, drop a column where it is.
"""

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import types
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import NoSuchTableError
from sqlalchemy.types import TypeEngine

from asa.migrations.review.schema_state import Passage
from asa.model.schema import Index, Table

__all__ = ["Reflected"]

TYPE = re.compile(r"([a-z_ ]+?)\s*(?:\((\d+)\))?", re.IGNORECASE)


class Reflected:
    """The part of a dialect that reads catalogs; mixed in before its own class.

    Attributes:
        passage: The schema at this moment.
    """

    passage: Passage
    ischema_names: dict[str, Any]

    # PostgreSQL's own would ask for many tables by one query.
    get_multi_columns = DefaultDialect.get_multi_columns
    get_multi_indexes = DefaultDialect.get_multi_indexes
    get_multi_pk_constraint = DefaultDialect.get_multi_pk_constraint
    get_multi_foreign_keys = DefaultDialect.get_multi_foreign_keys
    get_multi_unique_constraints = DefaultDialect.get_multi_unique_constraints
    get_multi_check_constraints = DefaultDialect.get_multi_check_constraints
    get_multi_table_comment = DefaultDialect.get_multi_table_comment
    get_multi_table_options = DefaultDialect.get_multi_table_options

    def known(self, name: str, schema: str | None) -> Table:
        """Return a table.

        Raises:
            NoSuchTableError: The history does not make it.
        """
        found = self.passage.tables.get(f"{schema}.{name}".lower() if schema else name.lower())
        if found is None:
            raise NoSuchTableError(name)
        return found

    def has_table(self, _connection: Any, name: str, schema: str | None = None, **_: Any) -> bool:
        """Tell whether a table is there."""
        key = f"{schema}.{name}" if schema else name
        return key.lower() in self.passage.tables

    def get_table_names(self, _connection: Any, schema: str | None = None, **_: Any) -> list[str]:
        """Return the tables of a schema."""
        split = [owner_and_name(table.name) for table in self.passage.tables.values()]
        return [name for owner, name in split if owner == schema]

    def get_columns(
        self, _connection: Any, name: str, schema: str | None = None, **_: Any
    ) -> list[dict[str, Any]]:
        """Return the columns of a table."""
        table = self.known(name, schema)
        return [
            {
                "name": column.name,
                "type": self.type_of(column.type),
                "nullable": column.nullable,
                "default": None,
                "autoincrement": "auto",
                "comment": None,
            }
            for column in table.columns
        ]

    def type_of(self, text: str) -> TypeEngine[Any]:
        """Return the type that a text means, as far as the dialect knows it."""
        match = TYPE.fullmatch(text)
        name = match[1] if match else ""
        names = (name, name.lower(), name.upper())
        kind: Any = next((self.ischema_names[n] for n in names if n in self.ischema_names), None)
        # The catalog of PostgreSQL calls a VARCHAR otherwise than a revision does.
        kind = kind or getattr(types, name.upper(), None)
        if kind is None:
            return types.NullType()
        if match and match[2] and isinstance(kind, type) and issubclass(kind, types.String):
            return kind(int(match[2]))
        made: TypeEngine[Any] = kind()
        return made

    def get_pk_constraint(
        self, _connection: Any, name: str, schema: str | None = None, **_: Any
    ) -> dict[str, Any]:
        """Return the primary key of a table."""
        keys = [index for index in self.known(name, schema).indexes if index.primary]
        columns = list(keys[0].columns) if keys else []
        return {"constrained_columns": columns, "name": keys[0].name if keys else None}

    def get_foreign_keys(
        self, _connection: Any, name: str, schema: str | None = None, **_: Any
    ) -> list[dict[str, Any]]:
        """Return the foreign keys of a table."""
        found = []
        for key in self.known(name, schema).foreign_keys:
            owner, referred = owner_and_name(key.table)
            found.append(
                {
                    "name": key.name,
                    "constrained_columns": list(key.columns),
                    "referred_schema": owner,
                    "referred_table": referred,
                    "referred_columns": list(key.target),
                    "options": {"ondelete": key.on_delete} if key.on_delete else {},
                }
            )
        return found

    def get_indexes(
        self, _connection: Any, name: str, schema: str | None = None, **_: Any
    ) -> list[dict[str, Any]]:
        """Return the indexes of a table, those of constraints left out."""
        indexes = self.known(name, schema).indexes
        return as_facts(index for index in indexes if not index.constraint)

    def get_unique_constraints(
        self, _connection: Any, name: str, schema: str | None = None, **_: Any
    ) -> list[dict[str, Any]]:
        """Return the unique constraints of a table."""
        indexes = self.known(name, schema).indexes
        return as_facts(index for index in indexes if index.constraint and not index.primary)

    def get_nothing(
        self, _connection: Any, name: str, schema: str | None = None, **_: Any
    ) -> list[Any]:
        """Return nothing of a table that is there: the history does not follow it."""
        self.known(name, schema)
        return []

    get_check_constraints = get_nothing

    def get_table_comment(
        self, _connection: Any, name: str, schema: str | None = None, **_: Any
    ) -> dict[str, Any]:
        """Return that a table has no comment."""
        self.known(name, schema)
        return {"text": None}

    def get_table_options(
        self, _connection: Any, name: str, schema: str | None = None, **_: Any
    ) -> dict[str, Any]:
        """Return no options of a table."""
        self.known(name, schema)
        return {}


def owner_and_name(table: str) -> tuple[str | None, str]:
    """Split a name into schema and table."""
    owner, _, name = table.rpartition(".")
    return owner or None, name


def as_facts(indexes: Iterable[Index]) -> list[dict[str, Any]]:
    """Return indexes in the Inspector's form."""
    return [
        {"name": index.name, "column_names": list(index.columns), "unique": index.unique}
        for index in indexes
    ]
