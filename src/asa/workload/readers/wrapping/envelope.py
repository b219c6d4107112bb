"""Lines inside JSON: docker's files, CloudWatch, Cloud Logging, Azure Monitor.

An envelope is one object a line, an array, or either printed over many lines. The line is
found by the name of its field, so that no document is ever held whole.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from asa.workload.readers.wrapping.peel import Peel, Rows, Skip

__all__ = ["fitted"]

# The fields that hold a line, and those that hold what holds one.
TEXTS = ("textPayload", "log", "@message", "message", "msg", "MESSAGE")
HOLDERS = ("properties", "jsonPayload", "_source", "fields", "line")
LISTS = ("logEvents", "events", "records", "entries", "results")
DEEPEST = 12
FIELD = re.compile(r'"(?:textPayload|log|@message|message|msg|MESSAGE)":\s*("(?:[^"\\]|\\.)*")')
FRAME = re.compile(r'(?:[\[\]{}],?|"[^"]*":\s*.*|[\]}]+,?)?')
SEVERITY = re.compile(r"(?:LOG|ERROR|FATAL|PANIC|WARNING|NOTICE|INFO|HINT|DETAIL|STATEMENT):  ")
LOGGED = re.compile(
    r"(?:LOG|ERROR|FATAL|STATEMENT|DETAIL): {1,2}\S|^# (?:Query_time|User@Host): |\d Query\t"
    r"|sqlalchemy\.engine|\"error_severity\"|duration: \d",
    re.MULTILINE,
)


def fitted(rows: list[str]) -> Peel | None:
    """Return how lines are taken out of JSON; None where there is none, or no log in it."""
    first = next((row.lstrip() for row in rows if row.strip()), "")
    if first[:1] not in ("{", "["):
        return None
    lines = (text for _, text in peeled(enumerate(rows, 1), ignored))
    return peeled if any(LOGGED.search(text) for text in lines) else None


def ignored(number: int, reason: str) -> None:
    """Take no notice of a line that cannot be read."""


def peeled(rows: Rows, skip: Skip) -> Rows:
    """Yield the lines in some JSON; one in parts, as docker cuts them, is joined."""
    unended: list[str] = []
    for number, row in rows:
        for text in texts(row, number, skip):
            if text.endswith("\n") or not row.startswith('{"log":'):
                for line in "".join((*unended, text)).removesuffix("\n").split("\n"):
                    yield number, line
                unended = []
            else:
                unended.append(text)
    if unended:
        yield number, "".join(unended)


def texts(row: str, number: int, skip: Skip) -> Iterator[str]:
    """Yield the texts in one line of JSON, which need not be whole."""
    try:
        form = json.loads(row)
    except (ValueError, RecursionError):
        found = FIELD.findall(row)
        if not found and not FRAME.fullmatch(row.strip()):
            skip(number, "not whole JSON")
        for literal in found:
            yield from unquoted(literal)
        return
    yield from held(form)


def unquoted(literal: str) -> Iterator[str]:
    """Yield the text of a JSON string, where it is one."""
    try:
        yield str(json.loads(literal))
    except ValueError:
        return


def held(form: Any, depth: int = 0) -> Iterator[str]:
    """Yield the texts that an object or array holds."""
    if depth > DEEPEST:
        return
    if isinstance(form, list):
        for one in form:
            yield from held(one, depth + 1)
    elif isinstance(form, dict):
        for name in LISTS:
            if isinstance(form.get(name), list):
                yield from held(form[name], depth + 1)
                return
        text = next((form[name] for name in TEXTS if isinstance(form.get(name), str)), None)
        if text is not None:
            yield from entry(form, text)
            return
        for name in HOLDERS:
            yield from held(form.get(name), depth + 1)


def entry(form: dict[str, Any], text: str) -> Iterator[str]:
    """Yield the lines of one object; Azure tells in fields what others write into the line."""
    severity = form.get("errorLevel")
    if not isinstance(severity, str):
        yield text
        return
    mark = SEVERITY.search(text, 0, 400)
    before = (
        text[: mark.start()]
        if mark
        else f"{form.get('timestamp', '')} [{form.get('processId', '')}] "
    )
    yield text if mark else f"{before}{severity}:  " + text.replace("\n", "\n\t")
    for name in ("detail", "statement"):
        further = form.get(name)
        if isinstance(further, str) and further:
            yield f"{before}{name.upper()}:  " + further.replace("\n", "\n\t")
