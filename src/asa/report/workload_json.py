"""A workload as one JSON document, for programs; it holds no values of the log.

`version` rises when a field changes its meaning or goes; new fields may come at any time.
"""

import json
from dataclasses import asdict

from asa.model.workload import QueryClass, Workload

__all__ = ["render"]

VERSION = 1
NUMBERS = (
    "calls", "errors", "total_ms", "mean_ms", "min_ms", "p50_ms", "p95_ms", "p99_ms", "max_ms",
    "rows",    "first_seen", "last_seen", "truncated",
)  # fmt: skip


def render(workload: Workload) -> str:
    """Return the document, indented, without a last line end."""
    document = {
        "version": VERSION,
        "queries": workload.calls,
        "sources": [
            {"name": s.name, "format": s.format, "unreadable": s.unreadable_count}
            for s in workload.sources
        ],
        "dropped_scopes": workload.dropped_scopes,
        "timeline": [{"begins": begins, "calls": n} for begins, n in workload.timeline],
        "events": [asdict(event) for event in workload.events],
        "classes": [class_form(query_class) for query_class in workload.classes],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def class_form(query_class: QueryClass) -> dict[str, object]:
    """Return one class as plain data; what is unknown is null."""
    return {
        "query": query_class.fingerprint,
        "dialect": query_class.dialect,
        **{name: getattr(query_class, name) for name in NUMBERS},
        "call_sites": [{"at": str(site), "calls": n} for site, n in query_class.call_sites],
        "origins": [
            {"user": user, "database": database, "application": application, "calls": n}
            for (user, database, application), n in query_class.origins
        ],
    }
