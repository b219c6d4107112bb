"""The JSON form of mapped classes, as captures and digests hold them: what queries are named by."""

from typing import Any

from .mapping import MappedClass, MappedRelationship

__all__ = ["mapped_form", "mapped_from"]

Form = dict[str, Any]
KEPT = ("name", "target", "uselist", "lazy", "columns", "required")


def mapped_form(mapped: MappedClass) -> Form:
    """Return a mapped class in its JSON form."""
    return {
        "name": mapped.name,
        "module": mapped.module,
        "table": mapped.table,
        "relationships": [
            {name: getattr(one, name) for name in KEPT} for one in mapped.relationships
        ],
    }


def mapped_from(form: Form) -> MappedClass:
    """Read a mapped class."""
    relationships = tuple(
        MappedRelationship(**{**one, "columns": tuple(map(tuple, one["columns"]))})
        for one in form["relationships"]
    )
    return MappedClass(form["name"], form["module"], form["table"], relationships)
