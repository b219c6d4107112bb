"""Spans of OpenTelemetry tell the same statements in every form in which they are exported."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asa.model.workload import Workload
from asa.workload import read_workload

BEGAN = 1_795_341_600_000_000_000
TRACE = "5b8efff798038103d269b633813fc60c"
SELECT = "SELECT items.id FROM items WHERE order_id = $1"

STABLE = {
    "db.system.name": "postgresql",
    "db.query.text": SELECT,
    "db.namespace": "shop",
    "code.file.path": "app/orders.py",
    "code.line.number": 38,
    "code.function.name": "total",
}
OLDER = {
    "db.system": "postgresql",
    "db.statement": SELECT,
    "db.name": "shop",
    "db.user": "joe",
    "code.filepath": "app/orders.py",
    "code.lineno": 38,
    "code.function": "total",
}


def told(number: int, facts: dict[str, object], **further: Any) -> dict[str, Any]:
    """One span, in no form yet."""
    return {
        "trace": TRACE,
        "span": f"eee19b7ec3c1b17{number:x}",
        "parent": "aaa19b7ec3c1b170",
        "began": BEGAN + number * 10_000_000,
        "ended": BEGAN + number * 10_000_000 + 2_500_000,
        "facts": facts,
        **further,
    }


SPANS = [
    *(told(n, {**STABLE, "db.query.parameter.0": n}) for n in range(3)),
    told(3, {**OLDER, "db.statement.parameters": "('7',)"}),
    told(4, {**OLDER, "db.statement": "SELECT missing"}, failed=True),
    told(5, {"db.system": "redis", "db.statement": "GET a"}),
    told(6, {"http.route": "/orders"}),
    # The driver's own instrumentation tells again what SQLAlchemy's tells around it.
    told(7, STABLE, parent="eee19b7ec3c1b178"),
    told(8, STABLE),
]


def pairs(facts: dict[str, object]) -> list[dict[str, object]]:
    return [
        {"key": k, "value": {"intValue": str(v)} if isinstance(v, int) else {"stringValue": v}}
        for k, v in facts.items()
    ]


def otlp(spans: list[dict[str, Any]]) -> dict[str, Any]:
    forms = [
        {
            "traceId": one["trace"], "spanId": one["span"], "parentSpanId": one["parent"],
            "name": "SELECT", "kind": 3, "startTimeUnixNano": str(one["began"]),
            "endTimeUnixNano": str(one["ended"]), "attributes": pairs(one["facts"]),
            "status": {"code": 2} if one.get("failed") else {},
        }
        for one in spans
    ]  # fmt: skip
    resource = {"attributes": pairs({"service.name": "web"})}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": forms}]}]}


def clock(nanoseconds: int) -> str:
    return f"2026-11-22T10:00:00.{nanoseconds % 1_000_000_000 // 1000:06}Z"


def console(one: dict[str, Any]) -> str:
    form = {
        "name": "SELECT",
        "context": {
            "trace_id": f"0x{one['trace']}", "span_id": f"0x{one['span']}", "trace_state": "[]",
        },
        "kind": "SpanKind.CLIENT",
        "parent_id": f"0x{one['parent']}",
        "start_time": clock(one["began"]),
        "end_time": clock(one["ended"]),
        "status": {"status_code": "ERROR" if one.get("failed") else "UNSET"},
        "attributes": one["facts"],
        "events": [],
        "resource": {"attributes": {"service.name": "web"}, "schema_url": ""},
    }  # fmt: skip
    return json.dumps(form, indent=4)


FORMS: dict[str, Callable[[], str]] = {
    "a document a line": lambda: "\n".join(json.dumps(otlp([one])) for one in SPANS),
    "one document": lambda: json.dumps(otlp(SPANS)),
    "one document, printed": lambda: json.dumps(otlp(SPANS), indent=2),
    "array": lambda: json.dumps([otlp([one]) for one in SPANS], indent=2),
    "console": lambda: "GET /orders\n".join(console(one) + "\n" for one in SPANS),
    "tempo": lambda: json.dumps({"batches": otlp(SPANS)["resourceSpans"]}),
}


def read(directory: Path, content: str) -> Workload:
    file = directory / "spans.json"
    file.write_text(content + "\n")
    return read_workload([str(file)])


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_spans_tells_the_same(tmp_path: Path, form: str) -> None:
    workload = read(tmp_path, FORMS[form]())
    (source,) = workload.sources
    assert (source.format, source.unreadable_count) == ("opentelemetry", 0)
    select, failed = sorted(workload.classes, key=lambda c: -c.calls)
    assert (select.calls, select.errors, select.total_ms) == (5, 0, 12.5)
    assert (failed.calls, failed.errors) == (1, 1)
    assert {s.parameters for s in select.parameter_sets} == {(0,), (1,), (2,), ("7",)}
    assert select.first_seen == BEGAN / 1e9
    ((site, calls),) = select.call_sites
    assert (str(site), site.function, calls) == ("app/orders.py:38", "total", 5)
    assert {origin for origin, _ in select.origins} == {
        (None, "shop", "web"), ("joe", "shop", "web"),
    }  # fmt: skip
    (burst,) = workload.bursts
    assert (burst.calls, burst.scope.session) == (5, TRACE)


def test_documents_that_are_torn_are_counted(tmp_path: Path) -> None:
    whole = json.dumps(otlp(SPANS[:1]))
    workload = read(tmp_path, f"{whole}\n{whole[:90]}\n")
    assert workload.calls == 1
    assert workload.sources[0].unreadable[0][1:] == (2, "not whole JSON")


def test_a_span_without_an_end_has_no_time(tmp_path: Path) -> None:
    form = otlp(SPANS[:1])
    form["resourceSpans"][0]["scopeSpans"][0]["spans"][0].pop("endTimeUnixNano")
    (found,) = read(tmp_path, json.dumps(form)).classes
    assert (found.calls, found.total_ms) == (1, None)
