"""Read the JSON of an EXPLAIN: MariaDB's, MySQL's first version and its second.

https://dev.mysql.com/doc/refman/9.7/en/explain.html: the hypergraph optimiser writes the second
version whatever `explain_json_format_version` says.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from asa.model.plan import Access, PlanNode

__all__ = ["lines", "read_plan"]

Nodes = tuple[PlanNode, ...]
Fact = Mapping[str, Any]

# MariaDB writes the backslashes of a condition into its JSON as they are.
ESCAPE = re.compile(r"""\\(?!["\\/bfnrtu])""")
SORT, TEMPORARY = "filesort", "temporary table"
STEPS = {
    "filesort": SORT,
    "temporary_table": TEMPORARY,
    "union_result": "union",
    "materialized": "materialize",
    "materialized_from_subquery": "materialize",
    "block-nl-join": "block nested loop",
}
# MySQL names the clause; how it is done stands in two flags, both false where an index does it.
CLAUSES = ("ordering_operation", "grouping_operation", "duplicates_removal", "windowing")
FLAGS = {"using_filesort": SORT, "using_temporary_table": TEMPORARY}
KINDS = {"index_lookup": "ref", "index_range_scan": "range", "index_scan": "index"}
"""The second version's words for what the first calls `access_type`."""


def read_plan(text: str) -> tuple[Nodes, float | None]:
    """Return the top steps of a plan and its cost; no cost where the server states none.

    Raises:
        JSONDecodeError: It is not JSON.
    """
    try:
        tree = json.loads(text)
    except json.JSONDecodeError:
        tree = json.loads(ESCAPE.sub(r"\\\\", text))
    if "query_plan" in tree:
        plan = tree["query_plan"]
        return tuple(operations(plan)), plan.get("estimated_total_cost")
    return tuple(steps(tree.get("query_block", tree))), total_cost(tree)


def total_cost(tree: Fact) -> float | None:
    """Return the cost of a query with its subqueries'; None on MariaDB before 11.

    MySQL states the cost of each block without that of the blocks within it, and of one that
    depends on the rows around it the cost of running it once.
    """
    block = tree.get("query_block", {})
    stated = block.get("cost_info")
    if stated is None and "cost" in block:
        return float(block["cost"])
    inner = [one for one in blocks(block) if "dependent" in one]
    if stated is None and not inner:
        return None
    around = max((float(rows) for rows in produced(block)), default=1.0)
    own = float(stated["query_cost"]) if stated else 0.0
    return own + sum(
        (total_cost(one) or 0.0) * (around if one["dependent"] else 1.0) for one in inner
    )


def blocks(fact: object) -> Iterator[Fact]:
    """Yield the facts that hold the blocks directly within a block."""
    if isinstance(fact, list):
        for item in fact:
            yield from blocks(item)
    elif isinstance(fact, Mapping):
        if "query_block" in fact:
            yield fact
        else:
            for value in fact.values():
                yield from blocks(value)


def produced(fact: object) -> Iterator[float]:
    """Yield the rows that each table of a block, and of none within it, hands on."""
    if isinstance(fact, list):
        for item in fact:
            yield from produced(item)
    elif isinstance(fact, Mapping) and "query_block" not in fact:
        if "rows_produced_per_join" in fact:
            yield float(fact["rows_produced_per_join"])
        for value in fact.values():
            yield from produced(value)


def steps(fact: object) -> Iterator[PlanNode]:
    """Yield the nodes of one level of the JSON, in the order of the joins."""
    if isinstance(fact, list):
        for item in fact:
            yield from steps(item)
    elif isinstance(fact, Mapping):
        for key, value in fact.items():
            if key == "table" and isinstance(value, Mapping):
                yield table(value)
            elif key in CLAUSES:
                yield from clause(value)
            elif key == "message":
                yield PlanNode(str(value))
            elif key in STEPS:
                yield PlanNode(STEPS[key], children=tuple(steps(value)))
            else:
                yield from steps(value)


def clause(fact: Fact) -> Nodes:
    """Return the steps of an ORDER BY, a GROUP BY, a DISTINCT or a window."""
    nodes = tuple(steps(fact))
    for flag, kind in FLAGS.items():
        if any(one.get(flag) for one in (fact, *fact.get("windows", ()))):
            nodes = (PlanNode(kind, children=nodes),)
    return nodes


def table(fact: Fact) -> PlanNode:
    """Return the node of one table."""
    kind = fact.get("access_type") or fact.get("message") or "table"
    name = fact.get("table_name")
    derived = name is None or name.startswith("<") or "materialized_from_subquery" in fact
    rows = fact.get("rows", fact.get("rows_examined_per_scan"))
    return PlanNode(
        str(kind),
        Access.NONE if derived else Access.FULL if kind in ("ALL", "index") else Access.INDEX,
        table=None if derived else name,
        index=fact.get("key"),
        condition=", ".join(fact["ref"]) if "ref" in fact else None,
        filter=fact.get("attached_condition"),
        rows=float(rows) * float(fact.get("filtered", 100)) / 100 if rows is not None else None,
        children=tuple(steps({k: v for k, v in fact.items() if k not in ("table", "message")})),
        covering=bool(fact.get("using_index")),
    )


def operations(fact: Fact) -> Nodes:
    """Return the nodes of one operation of the second version and of what feeds it."""
    below = tuple(node for one in fact.get("inputs", ()) for node in operations(one))
    match fact.get("access_type"):
        case "table" | "index":
            return (accessed(fact, below),)
        case "zero_rows":
            return (PlanNode(str(fact.get("zero_rows_cause"))),)
        case "sort":
            return (PlanNode(SORT, children=below),)
        case "materialize":
            return (PlanNode("materialize", children=below),)
        case "filter":
            return filtered(fact, below)
    if "temporary table" in str(fact.get("operation")):
        return (PlanNode(TEMPORARY, children=below),)
    return below


def accessed(fact: Fact, below: Nodes) -> PlanNode:
    """Return the node of one table; one that is fed is a derived table."""
    kind = KINDS.get(str(fact.get("index_access_type")), "ALL")
    alias = fact.get("alias")
    return PlanNode(
        kind,
        Access.NONE if below else Access.FULL if kind in ("ALL", "index") else Access.INDEX,
        table=None if below else alias or fact.get("table_name"),
        index=fact.get("index_name"),
        condition=", ".join(fact["lookup_references"]) if "lookup_references" in fact else None,
        rows=fact.get("estimated_rows"),
        children=below,
        covering=bool(fact.get("covering")),
    )


def filtered(fact: Fact, below: Nodes) -> Nodes:
    """Return nodes of which the first is filtered, where it reads a table."""
    if not below or below[0].table is None:
        return below
    first = replace(below[0], filter=fact.get("condition"), rows=fact.get("estimated_rows"))
    return (first, *below[1:])


def lines(nodes: Nodes, depth: int = 0) -> Iterator[str]:
    """Yield a plan for the screen: without conditions, which hold the values planned with."""
    for step in nodes:
        text = f"{step.table}  {step.kind}" if step.table else step.kind
        if step.index:
            text += f" using {step.index}"
        if step.rows is not None:
            text += f", {step.rows:,.0f} rows"
        yield "  " * depth + text
        yield from lines(step.children, depth + 1)
