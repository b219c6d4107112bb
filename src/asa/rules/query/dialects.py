"""What indexes each database can make."""

from dataclasses import dataclass

from asa.model.case import Case

__all__ = ["Features", "features_of"]

UNSORTED = {
    "postgresql": ("json", "point", "xml", "box", "polygon", "path", "circle", "line", "lseg"),
    "mysql": ("json", "geometry", "point", "polygon", "linestring"),
}
EXPRESSIONS_SINCE = (8, 0, 13)


@dataclass(frozen=True, slots=True)
class Features:
    """The kinds of indexes that one database can make.

    Attributes:
        dialect: Whose spelling is used.
        partial: Whether an index may have a condition.
        expressions: Whether a key may be an expression.
        includes: Whether columns may stand beside the keys.
        needs_length: Whether long text needs the number of characters to keep.
        pattern_operators: Whether a LIKE with a known start may need operators of its own.
        trigrams: Whether any part of a text can be looked up.
        containment: Whether parts of arrays, documents, texts and ranges can be looked up.
    """

    dialect: str | None
    partial: bool = False
    expressions: bool = False
    includes: bool = False
    needs_length: bool = False
    pattern_operators: bool = False
    trigrams: bool = False
    containment: bool = False

    def unsorted(self, kind: str) -> bool:
        """Tell whether values of a type have no order; `jsonb` has one, though of no use."""
        return kind.startswith(UNSORTED.get(self.dialect or "", ()))

    def containment_method_of(self, kind: str) -> str | None:
        """Return the index method that looks up parts of values of a type; None for none."""
        kind = kind.lower()
        if not self.containment:
            return None
        if kind.endswith("[]") or kind.startswith(("jsonb", "tsvector", "array", "hstore")):
            return "gin"
        return "gist" if kind.endswith(("range", "multirange")) else None

    def pattern_operators_of(self, kind: str) -> str:
        """Return the operator class by which values of a type are compared by bytes."""
        if kind.lower().startswith("character varying"):
            return "varchar_pattern_ops"
        return "bpchar_pattern_ops" if kind.lower().startswith("character") else "text_pattern_ops"


def features_of(case: Case) -> Features:
    """Return what the case's database can make."""
    server = case.server
    version = server.version if server else ()
    if case.dialect == "postgresql":
        return Features(
            "postgresql",
            partial=True,
            expressions=True,
            includes=not version or version >= (11,),
            pattern_operators=True,
            containment=True,
            trigrams=case.schema is not None and "pg_trgm" in case.schema.extensions,
        )
    if case.dialect == "mysql":
        mariadb = server is not None and server.flavour == "MariaDB"
        computes = bool(version) and not mariadb and version >= EXPRESSIONS_SINCE
        return Features("mysql", expressions=computes, needs_length=True)
    return Features(case.dialect, partial=True, expressions=True)
