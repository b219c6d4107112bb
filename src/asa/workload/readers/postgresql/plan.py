"""The statement inside an entry of auto_explain, in its text or JSON form."""

import json
import re

from asa.model.record import Parameters
from asa.workload.readers.postgresql.parameters import parameters_of

__all__ = ["planned_query"]

QUERY = "Query Text: "
PLAN_LINE = re.compile(r"\S.*\(cost=[0-9.]+ rows=[0-9]+ width=[0-9]+\)|Query Parameters: ")
PARAMETERS = "Query Parameters: "


def planned_query(plan: str) -> tuple[str, Parameters, str] | None:
    """Return the statement, its values and its steps; None where the form does not tell them."""
    text = plan.lstrip()
    if text.startswith("{"):
        return from_json(text)
    if not text.startswith(QUERY):
        return None
    rows = text.removeprefix(QUERY).split("\n")
    for place, row in enumerate(rows[1:], 1):
        if PLAN_LINE.match(row):
            values = parameters_of(row) if row.startswith(PARAMETERS) else None
            return "\n".join(rows[:place]), values, "\n".join(rows[place:])
    return "\n".join(rows), None, ""


def from_json(text: str) -> tuple[str, Parameters, str] | None:
    """Return the same from auto_explain's JSON."""
    try:
        form = json.loads(text)
    except (ValueError, RecursionError):
        return None
    query = form.get("Query Text")
    if not isinstance(query, str):
        return None
    values = form.get("Query Parameters")
    known = parameters_of(f"{PARAMETERS}{values}") if isinstance(values, str) else None
    return query, known, text
