"""What the worker told of MetaData and mapped classes, as the model's types."""

from typing import Any

from asa.model.mapping import (
    DeclaredCheck,
    DeclaredColumn,
    DeclaredTable,
    Default,
    MappedClass,
    MappedRelationship,
    MetadataFacts,
)
from asa.model.schema import ForeignKey, Index
from asa.project.find import FoundClass

__all__ = ["mapped_class", "metadata_facts"]

Facts = dict[str, Any]


def metadata_facts(entry: Facts) -> MetadataFacts:
    """Return one MetaData."""
    declared = tuple(table(facts) for facts in entry["declared"])
    return MetadataFacts(entry["reference"], tuple(entry["tables"]), declared)


def table(facts: Facts) -> DeclaredTable:
    """Return one table."""
    return DeclaredTable(
        name=facts["name"],
        columns=tuple(column(item) for item in facts["columns"]),
        primary_key=tuple(facts["primary_key"]),
        uniques=tuple((item["name"], tuple(item["columns"])) for item in facts["uniques"]),
        indexes=tuple(
            Index(item["name"], tuple(item["columns"]), item["unique"], where=item["where"])
            for item in facts["indexes"]
        ),
        foreign_keys=tuple(
            ForeignKey(
                tuple(item["columns"]),
                item["table"],
                tuple(item["target"]),
                item["on_delete"],
                item["name"],
            )
            for item in facts["foreign_keys"]
        ),
        checks=tuple(DeclaredCheck(item["name"], item["text"]) for item in facts["checks"]),
        convention=frozenset(facts["convention"]),
        index_pattern=facts["index_pattern"],
    )


def column(facts: Facts) -> DeclaredColumn:
    """Return one column."""
    return DeclaredColumn(
        **{
            **facts,
            "kinds": tuple(facts["kinds"]),
            "variants": tuple(facts["variants"]),
            "default": Default(**facts["default"]) if facts["default"] else None,
            "onupdate": Default(**facts["onupdate"]) if facts["onupdate"] else None,
        }
    )


def mapped_class(entry: Facts, sources: dict[tuple[str, str], FoundClass]) -> MappedClass:
    """Return a class, with the place where its source is."""
    source = sources.get((entry["module"], entry["name"]))
    return MappedClass(
        name=entry["name"],
        module=entry["module"],
        table=entry["table"],
        relationships=tuple(relationship(facts) for facts in entry["relationships"]),
        file=source.place.file if source else None,
        line=source.place.line if source else None,
        attributes=tuple((attribute, name) for attribute, name in entry["attributes"]),
        bases=tuple(entry["bases"]),
        is_awaitable=entry["awaitable"],
        inherits_arguments=entry["inherits_arguments"],
    )


def relationship(facts: Facts) -> MappedRelationship:
    """Return one relationship."""
    pairs = tuple((local, remote) for local, remote in facts["columns"])
    return MappedRelationship(
        **{**facts, "columns": pairs, "cascade": frozenset(facts["cascade"])},
    )
