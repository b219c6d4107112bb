"""PostgreSQL's plans, as EXPLAIN and auto_explain write them, in the one shape of all plans."""

import json
import re
from collections.abc import Mapping
from typing import Any

from asa.model.plan import Access, Plan, PlanNode

__all__ = ["logged_plan", "plan_of"]

WHOLE = frozenset({"Seq Scan", "Sample Scan"})
PREDICATES = ("Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "TID Cond")
FILTERS = ("Filter", "Join Filter")
STEP = re.compile(
    r"(?P<indent> *)(?:->  )?(?:Parallel )?(?P<kind>[A-Z][A-Za-z ]{0,60}?)"
    r"(?: using (?P<index>\S+))?(?: on (?P<on>\S+)(?: (?P<alias>\S+))?)?"
    r"  \(cost=[0-9.]+\.\.(?P<cost>[0-9.]+) rows=(?P<rows>[0-9]+) width=[0-9]+\)"
)
ACTUAL = re.compile(r"\(actual (?:time=\S+ )?rows=(?P<rows>[0-9.]+) loops=(?P<loops>[0-9]+)\)")
SPILL = re.compile(r"(?P<what>Disk|Disk Usage|Batches|Memory Usage): (?P<size>[0-9]+)")
DETAIL = re.compile(r" *(?P<name>[A-Z][A-Za-z ]{0,30}): (?P<value>.*)")
DEEPEST = 200


def plan_of(top: Mapping[str, Any]) -> Plan:
    """Return the plan whose top step is told in EXPLAIN's JSON."""
    root = node(top)
    return Plan((root,), root.cost, tuple(lines(root)))


def logged_plan(text: str) -> Plan | None:
    """Return the plan that auto_explain logged as text or JSON; None where it holds none."""
    try:
        top = json.loads(text)["Plan"] if text.lstrip().startswith("{") else outline(text)
        return None if top is None else plan_of(top)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def outline(text: str) -> dict[str, Any] | None:
    """Return the steps of a plan in text as EXPLAIN's JSON tells them; None without any."""
    above: list[tuple[int, dict[str, Any]]] = []
    top: dict[str, Any] | None = None
    for row in text.split("\n"):
        step = STEP.match(row)
        if step is None:
            detail = DETAIL.match(row)
            if detail and above:
                above[-1][1].setdefault(detail["name"], detail["value"])
                above[-1][1].update(spilt(detail["name"], row))
            continue
        depth = len(step["indent"])
        while above and above[-1][0] >= depth:
            above.pop()
        fact = told(step)
        if top is None:
            top = fact
        elif above and len(above) < DEEPEST:
            above[-1][1].setdefault("Plans", []).append(fact)
        above.append((depth, fact))
    return top


def told(step: "re.Match[str]") -> dict[str, Any]:
    """Return one line of a plan as EXPLAIN's JSON tells it."""
    kind = step["kind"].removesuffix(" Backward")
    fact: dict[str, Any] = {
        "Node Type": kind,
        "Plan Rows": float(step["rows"]),
        "Total Cost": float(step["cost"]),
    }
    if actual := ACTUAL.search(step.string, step.end()):
        fact |= {"Actual Rows": float(actual["rows"]), "Actual Loops": int(actual["loops"])}
    if kind == "Bitmap Index Scan":
        fact["Index Name"] = step["on"]
        return fact
    if step["index"]:
        fact["Index Name"] = step["index"]
    if step["on"]:
        fact["Relation Name"] = step["on"].rpartition(".")[2].strip('"')
        fact["Alias"] = step["alias"] or fact["Relation Name"]
    if kind in ("Insert", "Update", "Delete", "Merge"):
        fact["Node Type"] = "ModifyTable"
    return fact


def spilt(name: str, row: str) -> dict[str, Any]:
    """Return what a detail of a step tells of memory and disk, as EXPLAIN's JSON tells it."""
    sizes = {found["what"]: int(found["size"]) for found in SPILL.finditer(row)}
    if name == "Sort Method":
        return (
            {"Sort Space Type": "Disk", "Sort Space Used": sizes["Disk"]} if "Disk" in sizes else {}
        )
    if name == "Buckets" and "Batches" in sizes:
        return {"Hash Batches": sizes["Batches"], "Peak Memory Usage": sizes.get("Memory Usage", 0)}
    return {"Disk Usage": sizes["Disk Usage"]} if "Disk Usage" in sizes else {}


def disk_kb(fact: Mapping[str, Any]) -> int:
    """Return what a step wrote to disk; of a hash about, as all batches but one were."""
    if fact.get("Sort Space Type") == "Disk":
        return int(fact.get("Sort Space Used", 0))
    batches = int(fact.get("Hash Batches", 1))
    if batches > 1:
        return (batches - 1) * int(fact.get("Peak Memory Usage", 0))
    usage = fact.get("Disk Usage", 0)
    return usage if isinstance(usage, int) else 0


def node(fact: Mapping[str, Any]) -> PlanNode:
    """Return one node of EXPLAIN's JSON, with those below it."""
    kind = fact["Node Type"]
    table = fact.get("Relation Name")
    access = Access.NONE
    if table is not None and kind != "ModifyTable":
        access = Access.FULL if kind in WHOLE else Access.INDEX
    children = tuple(node(child) for child in fact.get("Plans", ()))
    index = fact.get("Index Name")
    if index is None and kind == "Bitmap Heap Scan":
        index = next((n.index for child in children for n in child.walk() if n.index), None)
    return PlanNode(
        kind,
        access,
        table=table,
        alias=fact["Alias"] if fact.get("Alias") != table else None,
        index=index,
        condition=next((fact[key] for key in PREDICATES if key in fact), None),
        filter=next((fact[key] for key in FILTERS if key in fact), None),
        rows=fact.get("Plan Rows"),
        cost=fact.get("Total Cost"),
        children=children,
        covering=kind == "Index Only Scan",
        actual=fact.get("Actual Rows") if fact.get("Actual Loops") else None,
        disk_kb=disk_kb(fact),
    )


def lines(top: PlanNode, depth: int = 0) -> list[str]:
    """Return a plan for the screen: without conditions, which hold the values planned with."""
    text = top.kind
    if top.index and top.access is not Access.NONE and top.kind != "Bitmap Heap Scan":
        text += f" using {top.index}"
    elif top.index and top.access is Access.NONE:
        text += f" on {top.index}"
    if top.table:
        text += f" on {top.table}"
    text += f"  cost {top.cost:,.0f}, {top.rows:,.0f} row{'' if top.rows == 1 else 's'}"
    below = [line for child in top.children for line in lines(child, depth + 1)]
    return ["  " * depth + text, *below]
