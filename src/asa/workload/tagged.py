"""Records of statements whose comments tell where they come from."""

import re

from asa.model.record import CallSite, QueryRecord, Scope
from asa.sql.tags import tags

__all__ = ["tagged"]

# marginalia's line: `/app/models/order.rb:31:in 'list'`.
LINE = re.compile(r"(?P<file>.{1,300}):(?P<line>\d{1,7})(?::in [`'\"](?P<function>.{1,100})['\"])?")
TRACE = re.compile(r"[0-9a-f]{2}-(?P<trace>[0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def tagged(record: QueryRecord) -> QueryRecord:
    """Return a record with what its statement's comment tells and the log does not.

    The line that sent it, the program's name, the route; one trace is one scope.
    """
    told = tags(record.sql)
    if not told:
        return record
    return record._replace(
        call_site=record.call_site or site_of(told),
        application=record.application or told.get("application") or told.get("app"),
        scope=scope_of(record.scope, told),
    )


def site_of(told: dict[str, str]) -> CallSite | None:
    """Return the line of the program; None where none is told."""
    if told.get("file") and told.get("line", "").isdecimal():
        return CallSite(told["file"], int(told["line"]), told.get("function", ""))
    match = LINE.fullmatch(told.get("line", ""))
    return CallSite(match["file"], int(match["line"]), match["function"] or "") if match else None


def scope_of(scope: Scope, told: dict[str, str]) -> Scope:
    """Return where it ran: in a trace that is told, where the log knows no ORM session."""
    label = scope.label or told.get("route") or told.get("action") or None
    if scope.label is None and "controller" in told and "action" in told:
        label = f"{told['controller']}#{told['action']}"
    match = TRACE.fullmatch(told.get("traceparent", ""))
    if match and scope.session is None:
        return Scope(session=match["trace"], label=label)
    return Scope(scope.process, scope.task, scope.session, scope.transaction, label, scope.gather)
