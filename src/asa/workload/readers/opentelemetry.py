"""Reads database spans of OpenTelemetry: OTLP in JSON, and what Python's console exporter prints.

Documents may be one a line, or printed over many; what an application prints between them
is passed over. A trace is the scope of its statements. A statement that two instrumentations
saw, one inside the other, counts once.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from asa.model.record import CallSite, Parameters, QueryRecord, Scope
from asa.workload.readers.echo import bound, parsed
from asa.workload.readers.log import LONGEST_LINE, Log

__all__ = ["FORMAT", "recognises", "records"]

FORMAT = "opentelemetry"

MARK = re.compile(
    rb'"(?:resourceSpans|batches)"\s*:\s*\[|"context":\s*\{\s*"trace_id":\s*"', re.MULTILINE
)
Facts = dict[str, Any]

# The names of today's conventions, then those of before.
TEXT = ("db.query.text", "db.statement")
SYSTEM = ("db.system.name", "db.system")
DATABASE = ("db.namespace", "db.name")
FILE = ("code.file.path", "code.filepath")
LINE = ("code.line.number", "code.lineno")
FUNCTION = ("code.function.name", "code.function")
ROWS = ("db.response.returned_rows",)
BATCH = ("db.operation.batch.size",)
ERROR = ("error.type", "db.response.status_code")
PARAMETER = re.compile(r"db\.(?:query|operation)\.parameter\.(?P<key>.+)")
DIALECTS = {"postgresql": "postgresql", "mysql": "mysql", "mariadb": "mysql", "sqlite": "sqlite"}
OF_SQL = frozenset(
    (*DIALECTS, "other_sql", "cockroachdb", "mssql", "microsoft.sql_server", "oracle", "db2")
)
MOST_REMEMBERED = 4_096
ENDS = {"{": "}", "[": "]"}
TORN = "not whole JSON"
DEEPEST = 12


def recognises(head: bytes) -> bool:
    """Say whether a text holds spans."""
    return MARK.search(head) is not None


def records(log: Log) -> Iterator[QueryRecord]:
    """Yield the statements of a log, in the order in which their spans ended."""
    seen = Seen()
    for document in documents(log):
        for facts, span in spans(document, {}):
            record = record_of(facts, span)
            if record is not None and seen.first_of(span, record.sql):
                yield record


def documents(log: Log) -> Iterator[Any]:
    """Yield the JSON documents of a log; one over many lines ends where its line begins with it."""
    rows: list[str] = []
    begun, size = 1, 0
    for number, row in log.rows():
        if not rows and row[:1] not in ENDS:
            continue
        if not rows:
            begun, size = number, 0
        rows.append(row)
        size += len(row)
        if size > LONGEST_LINE:
            log.skip(begun, f"a document of more than {LONGEST_LINE // 1024 // 1024} MB")
            rows = []
        elif row[:1] == ENDS[rows[0][0]] or (len(rows) == 1 and len(row) > 1):
            document = loaded("\n".join(rows).rstrip(", \t"))
            if document is None:
                log.skip(begun, TORN)
            rows = []
            yield document
    if rows:
        log.skip(begun, TORN)


def loaded(text: str) -> Any:
    """Return the document in a text; None where it is not whole."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def spans(document: Any, resource: Facts, depth: int = 0) -> Iterator[tuple[Facts, Facts]]:
    """Yield (attributes, span) of each span in a document; attributes are its resource's too."""
    if isinstance(document, list) and depth < DEEPEST:
        for one in document:
            yield from spans(one, resource, depth + 1)
    if not isinstance(document, dict) or depth > DEEPEST:
        return
    if "attributes" in document and ("name" in document or "startTimeUnixNano" in document):
        of_resource = document.get("resource")
        yield {**resource, **attributes(of_resource), **attributes(document)}, document
        return
    own = {**resource, **attributes(document.get("resource"))}
    for name in LEVELS:
        if isinstance(document.get(name), list):
            yield from spans(document[name], own, depth + 1)


LEVELS = ("resourceSpans", "batches", "scopeSpans", "instrumentationLibrarySpans", "spans")


def attributes(holder: Any) -> Facts:
    """Return the attributes of a span or a resource: a mapping, or OTLP's list of pairs."""
    given = holder.get("attributes") if isinstance(holder, dict) else None
    if isinstance(given, dict):
        return given
    if not isinstance(given, list):
        return {}
    pairs = (one for one in given if isinstance(one, dict) and isinstance(one.get("key"), str))
    return {pair["key"]: value_of(pair.get("value")) for pair in pairs}


def value_of(value: Any) -> Any:
    """Return a value of OTLP, which tells its type: `{"intValue": "3"}`."""
    if not isinstance(value, dict):
        return value
    for kind, plain in value.items():
        if kind == "intValue" and isinstance(plain, str) and plain.lstrip("-").isdecimal():
            return int(plain)
        return plain
    return None


def record_of(facts: Facts, span: Facts) -> QueryRecord | None:
    """Return the statement of a span; None where it has none, or is not of SQL."""
    sql = first(facts, TEXT)
    system = first(facts, SYSTEM)
    if not isinstance(sql, str) or not sql.strip():
        return None
    if isinstance(system, str) and system not in OF_SQL:
        return None
    began = moment(span.get("startTimeUnixNano"), span.get("start_time"))
    ended = moment(span.get("endTimeUnixNano"), span.get("end_time"))
    took = None if began is None or ended is None else max(ended - began, 0) / 1e6
    database = first(facts, DATABASE)
    return QueryRecord(
        sql=sql,
        dialect=DIALECTS.get(system) if isinstance(system, str) else None,
        parameters=parameters_of(facts),
        executions=whole(first(facts, BATCH)) or 1,
        duration_ms=took,
        started_at=None if began is None else began / 1e9,
        rows=whole(first(facts, ROWS)),
        database=text(database),
        call_site=call_site(facts),
        scope=Scope(session=text(identity(span, "traceId", "trace_id"))),
        error=failure(facts, span),
        user=text(facts.get("db.user")),
        application=text(facts.get("service.name")),
    )


def first(facts: Facts, names: tuple[str, ...]) -> Any:
    """Return the first of some facts that is there."""
    return next((facts[name] for name in names if facts.get(name) is not None), None)


def text(value: object) -> str | None:
    """Return a value where it is text that says something."""
    return value if isinstance(value, str) and value else None


def whole(value: object) -> int | None:
    """Return a value where it is a whole number that counts something."""
    return value if isinstance(value, int) and value >= 0 else None


def moment(nanoseconds: object, written: object) -> int | None:
    """Return a time in nanoseconds since the epoch, from either form of it."""
    if isinstance(nanoseconds, int):
        return nanoseconds or None
    if isinstance(nanoseconds, str) and nanoseconds.isdecimal() and len(nanoseconds) < 20:
        return int(nanoseconds) or None
    if not isinstance(written, str):
        return None
    try:
        parsed = datetime.fromisoformat(written.replace("Z", "+00:00"))
        return round(parsed.timestamp() * 1e6) * 1000
    except (ValueError, OverflowError):
        return None


def identity(span: Facts, name: str, printed: str) -> object:
    """Return an id of a span, as OTLP or the console exporter tells it."""
    context = span.get("context")
    found = span.get(name) or (context.get(printed) if isinstance(context, dict) else None)
    return found.removeprefix("0x") if isinstance(found, str) else None


def parameters_of(facts: Facts) -> Parameters:
    """Return the values that a span tells; None where it tells none."""
    named = {match["key"]: facts[name] for name in facts if (match := PARAMETER.fullmatch(name))}
    if not named:
        told = facts.get("db.statement.parameters")
        return bound(parsed(told)) if isinstance(told, str) else None
    if all(key.isdecimal() and len(key) < 6 for key in named):
        return tuple(named[key] for key in sorted(named, key=int))
    return named


def call_site(facts: Facts) -> CallSite | None:
    """Return the line of the program that a span tells."""
    file, line = text(first(facts, FILE)), whole(first(facts, LINE))
    if file is None or line is None:
        return None
    return CallSite(file, line, text(first(facts, FUNCTION)) or "")


def failure(facts: Facts, span: Facts) -> str | None:
    """Return what a statement ended with; None on success."""
    status = span.get("status")
    code = status.get("code", status.get("status_code")) if isinstance(status, dict) else None
    if code in (2, "STATUS_CODE_ERROR", "ERROR"):
        return text(first(facts, ERROR)) or "error"
    return None


class Seen:
    """The spans of statements met lately, for those that tell of the same statement.

    Attributes:
        own: The statement of each span.
        inside: The statement of a span, by what is around it.
    """

    def __init__(self) -> None:
        self.own: dict[tuple[object, object], str] = {}
        self.inside: dict[tuple[object, object], str] = {}

    def first_of(self, span: Facts, sql: str) -> bool:
        """Say whether no span around this one, or in it, has told its statement."""
        trace = identity(span, "traceId", "trace_id")
        own = (trace, identity(span, "spanId", "span_id"))
        above = span.get("parentSpanId") or span.get("parent_id")
        around = (trace, above.removeprefix("0x") if isinstance(above, str) else None)
        again = sql in (self.inside.get(own), self.own.get(around))
        for known, key in ((self.own, own), (self.inside, around)):
            if key[1] is not None:
                known[key] = sql
            if len(known) > MOST_REMEMBERED:
                del known[next(iter(known))]
        return not again
