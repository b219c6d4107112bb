"""Tables as large as the user says: what `--rows orders=40M` makes of a schema and of statistics.

Statistics of a few rows tell little of many, so those of a table grown from fewer than
SMALL_ROWS keep what is a share (distinct values, NULLs) and lose what is a list of values.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches

from asa.errors import UsageError
from asa.model.plan import NotPlanned, Plan, PlanNode
from asa.model.schema import Schema
from asa.model.snapshot import ColumnStatistics, Relation, Snapshot

__all__ = ["grown_plan", "schema_sized", "sized"]

SMALL_ROWS = 1_000
PAGE_ROWS, PAGE_ENTRIES = 80, 300
"""Rows of a table and entries of an index on a page, where nothing was measured."""
MANY = 0.3
"""Of so large a share of a few rows the distinct values are taken to grow with the table."""

LISTS = (
    *("most_common_vals", "most_common_freqs", "histogram_bounds", "most_common_elems"),
    *("most_common_elem_freqs", "elem_count_histogram", "range_bounds_histogram"),
)
NAME = r'(?:"((?:[^"]|"")+)"|([a-z_][a-z0-9_$]*))'
PLACE = re.compile(rf"(?: ON (?:ONLY )?|ALTER TABLE ONLY |ATTACH PARTITION ){NAME}\.{NAME}")


def schema_sized(schema: Schema, rows: Mapping[str, int]) -> Schema:
    """Return a schema whose tables have the rows that the user says.

    Raises:
        UsageError: A table is not there.
    """
    wanted = {name.lower(): count for name, count in rows.items()}
    names = [table.name.lower() for table in schema.tables]
    for name in rows:
        if name.lower() not in names:
            near = get_close_matches(name.lower(), names, 1)
            hint = f"did you mean {near[0]}?" if near else "its name as the database has it"
            raise UsageError(f"--rows names {name}, and there is no such table", hint)
    tables = (replace(t, rows=wanted.get(t.name.lower(), t.rows)) for t in schema.tables)
    return replace(schema, tables=tuple(tables))


def sized(snapshot: Snapshot, rows: Mapping[str, int]) -> Snapshot:
    """Return a snapshot whose tables, with their indexes and partitions, are that large.

    Tables are named as in the schema: `orders`, or `sales.orders` outside the default one.
    """
    wholes = tables_of_indexes(snapshot)
    factors: dict[tuple[str, str], tuple[float, int]] = {}
    for table, count in rows.items():
        schema, _, name = table.rpartition(".")
        parts = members(snapshot, schema, name)
        have = sum(max(part.tuples, 0.0) for part in parts)
        for part in parts:
            share = max(part.tuples, 0.0) / have if have else 1 / len(parts)
            factors[part.schema, part.name] = (have, round(count * share))
    relations = tuple(
        grown(one, factors, wholes.get((one.schema, one.name))) for one in snapshot.relations
    )
    columns = tuple(spread(column, factors) for column in snapshot.columns)
    return replace(snapshot, relations=relations, columns=columns)


def members(snapshot: Snapshot, schema: str, name: str) -> list[Relation]:
    """Return the table of a name, or the partitions of it that hold its rows."""
    place = (schema.lower() or "public", name.lower())
    found = [one for one in snapshot.relations if (one.schema.lower(), one.name.lower()) == place]
    if found and found[0].kind == "p":
        whole = {(one.schema, one.name) for one in found}
        parts = {child for child, parent in partitions(snapshot) if parent in whole}
        return [r for r in snapshot.relations if (r.schema, r.name) in parts and r.kind == "r"]
    return [one for one in found if one.kind in ("r", "m")]


def partitions(snapshot: Snapshot) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """Return each partition with what it is a part of."""
    pairs = []
    for one in snapshot.definitions:
        if one.kind == "partition":
            places = [spelt(match.groups()) for match in PLACE.finditer(one.sql)]
            if len(places) == 2:
                pairs.append((places[1], places[0]))
    return pairs


def tables_of_indexes(snapshot: Snapshot) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the table of each index, those of keys included."""
    found = {}
    for one in snapshot.definitions:
        match = PLACE.search(one.sql) if one.kind in ("index", "key") else None
        if match:
            place = spelt(match.groups())
            name = one.name.rpartition(".")[2].strip('"')
            found[place[0], name] = place
    return found


def spelt(groups: tuple[str | None, ...]) -> tuple[str, str]:
    """Return schema and name of a match, unquoted."""
    first, second = groups[0] or groups[1] or "", groups[2] or groups[3] or ""
    return first.replace('""', '"'), second.replace('""', '"')


def grown(
    one: Relation,
    factors: Mapping[tuple[str, str], tuple[float, int]],
    table: tuple[str, str] | None,
) -> Relation:
    """Return a relation as large as its table will be."""
    known = factors.get(table or (one.schema, one.name))
    if known is None or one.kind not in ("r", "m", "i"):
        return one
    have, count = known
    if have > 0 and one.tuples > 0:
        tuples = count if table is None else count * min(one.tuples / have, 1.0)
        pages = max(round(max(one.pages, 1) * tuples / one.tuples), 1)
    else:
        tuples = count
        pages = count // (PAGE_ENTRIES if one.kind == "i" else PAGE_ROWS) + 1
    seen = round(pages * one.visible / one.pages) if one.pages else 0
    return replace(one, blocks=pages, pages=pages, tuples=float(tuples), visible=seen)


def spread(
    column: ColumnStatistics, factors: Mapping[tuple[str, str], tuple[float, int]]
) -> ColumnStatistics:
    """Return the statistics of a column as they hold for the larger table."""
    known = factors.get((str(column["schemaname"]), str(column["relname"])))
    if known is None or known[0] >= SMALL_ROWS:
        return column
    distinct = float(column["n_distinct"] or 0)
    if distinct > MANY * known[0] > 0:
        distinct = -distinct / known[0]
    return {**column, **dict.fromkeys(LISTS, None), "n_distinct": str(distinct)}


def grown_plan(plan: Plan | NotPlanned, shares: Mapping[str, float]) -> Plan | NotPlanned:
    """Return a plan of samples with the rows that it would have on whole tables."""
    small = {name.lower(): share for name, share in shares.items() if share < 1}
    if isinstance(plan, NotPlanned) or not small:
        return plan
    return replace(plan, nodes=tuple(grown_node(node, small) for node in plan.nodes))


def grown_node(node: PlanNode, shares: Mapping[str, float]) -> PlanNode:
    """Return a step with the rows that it would have on a whole table."""
    share = shares.get((node.table or "").lower(), 1.0)
    rows = node.rows / share if node.rows is not None and share else node.rows
    children = tuple(grown_node(child, shares) for child in node.children)
    return replace(node, rows=rows, children=children)
