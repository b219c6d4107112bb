"""Facts of MetaData and mapped classes as plain data, told by the project's own SQLAlchemy.

Loaded by `worker.py` in the project's interpreter, by path: needs the standard library and the
project's SQLAlchemy, nothing of asa.
"""

from collections.abc import Iterable
from typing import Any

Facts = dict[str, Any]

SQL_TYPES = "sqlalchemy.sql.sqltypes"
DIRECTIONS = {
    "ONETOMANY": "one-to-many",
    "MANYTOONE": "many-to-one",
    "MANYTOMANY": "many-to-many",
}


def metadata_facts(reference: str, found: Any) -> Facts:
    """Return the tables of the MetaData behind a base class, a registry or itself.

    Raises:
        TypeError: There is no MetaData behind it.
    """
    held = getattr(found, "metadata", found)
    if not hasattr(held, "sorted_tables"):
        raise TypeError(f"{reference} is a {type(found).__name__}, neither a base nor a MetaData")
    convention = sorted(key for key in held.naming_convention if isinstance(key, str))
    return {
        "reference": reference,
        "identity": id(held),
        "tables": sorted(held.tables),
        "direct": held is found,
        "named": set(held.naming_convention) != {"ix"},
        "declared": [
            {
                **table_facts(held.tables[name]),
                "convention": convention,
                "index_pattern": pattern_of(held.naming_convention),
            }
            for name in sorted(held.tables)
        ],
    }


def pattern_of(convention: Any) -> str | None:
    """Return how a naming convention names indexes; None where a function does."""
    pattern = convention.get("ix")
    return pattern if isinstance(pattern, str) else None


def table_facts(table: Any) -> Facts:
    """Return what is declared of one table."""
    kinds: dict[str, list[Any]] = {}
    for constraint in table.constraints:
        kinds.setdefault(type(constraint).__name__, []).append(constraint)
    return {
        "name": table.fullname,
        "columns": [column_facts(column) for column in table.columns],
        "primary_key": [column.name for column in table.primary_key.columns],
        "uniques": ordered(
            {"name": name_of(item), "columns": [column.name for column in item.columns]}
            for item in kinds.get("UniqueConstraint", ())
        ),
        "indexes": ordered(index_facts(index) for index in table.indexes),
        "foreign_keys": ordered(
            foreign_key_facts(item) for item in kinds.get("ForeignKeyConstraint", ())
        ),
        "checks": ordered(
            {"name": name_of(item), "text": sql_of(item.sqltext)}
            for item in kinds.get("CheckConstraint", ())
            # A type's own CHECK goes with the type.
            if not getattr(item, "_type_bound", False)
        ),
    }


def ordered(items: Iterable[Facts]) -> list[Facts]:
    """Return facts in an order that is the same in every run: a table keeps its parts in sets."""
    return sorted(items, key=lambda item: (item.get("columns", []), item["name"] or ""))


def name_of(item: Any) -> str | None:
    """Return the name of a constraint or index; None where nobody gave it one."""
    return str(item.name) if isinstance(item.name, str) else None


def column_facts(column: Any) -> Facts:
    """Return what is declared of one column."""
    held, decorated = plain_type(column.type)
    variants = set(getattr(column.type, "_variant_mapping", ()))
    if decorated and lengthened(column.type):
        variants.add("mysql")
    kinds = [kind.__name__ for kind in type(held).__mro__ if kind.__module__ == SQL_TYPES]
    return {
        "name": column.name,
        "kinds": kinds,
        "nullable": bool(column.nullable),
        "length": getattr(held, "length", None),
        "timezone": getattr(held, "timezone", None) if "Interval" not in kinds else None,
        "type_name": getattr(held, "name", None) if "Enum" in kinds else None,
        "native": bool(held.native_enum) if "Enum" in kinds else None,
        "decorated": decorated,
        "variants": sorted(variants),
        "default": default_facts(column.default, copied=is_tracked(column)),
        "onupdate": default_facts(column.onupdate),
        "server_default": column.server_default is not None,
        "autoincrement": column is column.table._autoincrement_column,
    }


def plain_type(kind: Any) -> tuple[Any, str | None]:
    """Return the type of SQLAlchemy's that a decorator stands on, and the decorator's name."""
    decorated = None
    # SQLAlchemy's own decorators are types like others: an Interval is no DateTime.
    while hasattr(kind, "impl_instance") and type(kind).__module__ != SQL_TYPES:
        decorated = decorated or type(kind).__name__
        kind = kind.impl_instance
    return kind, decorated


def lengthened(kind: Any) -> bool:
    """Tell whether a type decorator gives its strings a length on MySQL alone, as SQLModel's."""
    if getattr(kind.impl_instance, "length", None):
        return False
    from sqlalchemy.dialects import mysql

    try:
        return bool(getattr(kind.load_dialect_impl(mysql.dialect()), "length", None))
    except Exception:  # noqa: BLE001  (the project's own code)
        return False


def is_tracked(column: Any) -> bool:
    """Tell whether `Mutable.as_mutable` watches a column: each object then has its own copy."""
    return bool(column.info.get("_ext_mutable_listener_applied"))


def default_facts(default: Any, *, copied: bool = False) -> Facts | None:
    """Return how a column is filled; None where nothing fills it.

    Args:
        default: Of the column.
        copied: Whether each object gets a copy of a mutable value.
    """
    if default is None:
        return None
    if not hasattr(default, "arg"):
        return {"kind": "sql", "text": type(default).__name__}
    value = default.arg
    if getattr(default, "is_callable", False):
        return {"kind": "function", "text": function_name(getattr(value, "__wrapped__", value))}
    if getattr(default, "is_clause_element", False):
        return {"kind": "sql", "text": type(value).__name__}
    mutable = isinstance(value, (list, dict, set, bytearray)) and not copied
    return {"kind": "mutable" if mutable else "value", "text": type(value).__name__}


def function_name(function: Any) -> str:
    """Return the full name of a function: `datetime.utcnow`, `app.clock.now`."""
    name = getattr(function, "__qualname__", type(function).__name__)
    module = getattr(function, "__module__", None)
    return f"{module}.{name}" if module and module != "builtins" else name


def index_facts(index: Any) -> Facts:
    """Return one index; what is more than a column, or ordered in another way, stands as SQL."""
    given = (index.kwargs.get(f"{dialect}_where") for dialect in ("postgresql", "sqlite"))
    where = [condition for condition in given if condition is not None]
    return {
        "name": name_of(index),
        "columns": [part_text(index, part) for part in index.expressions],
        "unique": bool(index.unique),
        "where": sql_of(where[0]) if where else None,
    }


def sql_of(clause: Any) -> str:
    """Return the SQL of a clause; its class where the project compiles it for a dialect alone."""
    try:
        return str(clause)
    except Exception:  # noqa: BLE001  (the project's own compiler)
        return f"{type(clause).__name__}(...)"


def part_text(index: Any, part: Any) -> str:
    """Return one part of an index: the column alone where a plain B-tree holds all of it."""
    name = getattr(part, "name", None)
    if not name:
        return sql_of(part)
    key = getattr(part, "key", name)
    given = index.kwargs
    method = str(given.get("postgresql_using") or "btree").lower()
    kind = given.get("mysql_prefix") or (f"USING {method}" if method != "btree" else None)
    length = given.get("mysql_length")
    words = (
        (given.get("postgresql_ops") or {}).get(key),
        f"({length.get(key) if isinstance(length, dict) else length})" if length else None,
        kind,
    )
    return " ".join([str(name), *(str(word) for word in words if word)])


def foreign_key_facts(constraint: Any) -> Facts:
    """Return one foreign key, by the names that it was declared with."""
    targets = [element.target_fullname.rpartition(".") for element in constraint.elements]
    return {
        "name": name_of(constraint),
        "columns": [column.name for column in constraint.columns],
        "table": targets[0][0],
        "target": [column for _, _, column in targets],
        "on_delete": constraint.ondelete,
    }


def class_facts(mapper: Any) -> Facts:
    """Return one mapped class with its relationships."""
    local = mapper.local_table
    own = {id(column) for column in getattr(local, "columns", ())}
    kin = [kind for kind in mapper.class_.__mro__ if kind is not object]
    return {
        "name": mapper.class_.__name__,
        "module": mapper.class_.__module__,
        "table": getattr(local, "fullname", str(local)),
        "metadata": id(getattr(local, "metadata", None)),
        "attributes": [
            [attribute.key, column.name]
            for attribute in mapper.column_attrs
            for column in attribute.columns
            if id(column) in own
        ],
        "bases": [f"{kind.__module__}:{kind.__qualname__}" for kind in kin],
        "inherits_arguments": "__table_args__" not in vars(mapper.class_)
        and any("__table_args__" in vars(kind) for kind in kin),
        "awaitable": any(kind.__name__ == "AsyncAttrs" for kind in kin),
        "relationships": [relationship_facts(found) for found in mapper.relationships],
    }


def relationship_facts(relationship: Any) -> Facts:
    """Return one relationship in plain data."""
    backref = relationship.backref
    other = relationship.back_populates or (backref[0] if backref else None)
    target = relationship.mapper.local_table
    secondary = relationship.secondary
    return {
        "name": relationship.key,
        "target": relationship.mapper.class_.__name__,
        "uselist": bool(relationship.uselist),
        "lazy": str(relationship.lazy),
        "columns": [
            [f"{local.table.name}.{local.name}", f"{remote.table.name}.{remote.name}"]
            for local, remote in relationship.local_remote_pairs
        ],
        "direction": DIRECTIONS.get(relationship.direction.name, ""),
        "back_populates": other,
        "cascade": sorted(relationship.cascade),
        "passive_deletes": bool(relationship.passive_deletes),
        "single_parent": bool(relationship.single_parent),
        "viewonly": bool(relationship.viewonly),
        "target_table": getattr(target, "fullname", str(target)),
        "secondary": None if secondary is None else getattr(secondary, "fullname", str(secondary)),
        "required": is_required(relationship),
    }


def is_required(relationship: Any) -> bool:
    """Tell whether a foreign key sees to it that there is a row at the other end.

    A condition of the relationship's own may leave that row out all the same.
    """
    return bool(getattr(relationship, "_use_get", False)) and all(
        getattr(c, "foreign_keys", ()) and not c.nullable for c in relationship.local_columns
    )
