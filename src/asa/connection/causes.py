"""Every cause that a check can end with, for people and for programs that act on the code."""

import json

from asa.connection.form import Form
from asa.connection.outcome import VERSION, cell
from asa.database.cause import Cause
from asa.database.causes import CAUSES

__all__ = ["CAUSES", "causes_rendered"]


def causes_rendered(form: Form) -> str:
    """Return the causes as JSON, or else as a Markdown table."""
    if form is Form.JSON:
        causes = [as_data(cause) for cause in CAUSES]
        return json.dumps({"version": VERSION, "causes": causes}, indent=2, ensure_ascii=False)
    rows = ["| cause | --wait | what happened | what to do |", "|-|-|-|-|"]
    return "\n".join([*rows, *(row(cause) for cause in CAUSES)])


def as_data(cause: Cause) -> dict[str, object]:
    """Return one cause as plain data."""
    message, hint = cause.sentences
    return {
        "cause": cause.code,
        "transient": cause.transient,
        "message": message,
        "hint": hint or None,
    }


def row(cause: Cause) -> str:
    """Return one cause as a table's row."""
    message, hint = cause.sentences
    waits = "goes on" if cause.transient else "stops"
    return f"| `{cause.code}` | {waits} | {cell(message)} | {cell(hint)} |"
