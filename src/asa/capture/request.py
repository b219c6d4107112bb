"""A request of an ASGI application as a scope of queries, named by its route."""

from collections import Counter
from collections.abc import Mapping, MutableMapping
from typing import Any

from ..model.record import CallSite  # noqa: TID252  (loaded by path, under a private name)
from .execution import Execution
from .label import Activity

__all__ = ["Request", "route_of"]

UNROUTED = "(no route)"
MOST_LINES = 200


class Request:
    """One request or websocket connection, and what it sent so far.

    Every task and thread that it starts counts for it.

    Attributes:
        owner: Who counts its queries.
        outer: The same request as a middleware further out knows it.
        queries: Statements sent before the response ended.
        seconds: Their time.
        lines: How many of them came from which line.
        answered: Whether the response has ended; what comes then is background work.
    """

    def __init__(
        self, scope: MutableMapping[str, Any], owner: object, outer: Activity | None
    ) -> None:
        self.scope = scope
        self.owner = owner
        self.outer = outer
        self.queries = 0
        self.seconds = 0.0
        self.lines: Counter[CallSite] = Counter()
        self.answered = False

    @property
    def label(self) -> str:
        """Method and route template; the route is known once the application has found it."""
        method = self.scope.get("method", "WEBSOCKET")
        name = f"{method} {route_of(self.scope) or UNROUTED}"
        return f"{name} (background)" if self.answered else name

    def add(self, execution: Execution) -> None:
        """Add a query."""
        if self.answered:
            return
        self.queries += 1
        self.seconds += execution.seconds
        site = execution.facts.site
        if site is not None and (site in self.lines or len(self.lines) < MOST_LINES):
            self.lines[site] += 1


def route_of(scope: Mapping[str, Any]) -> str | None:
    """Return the template of the route that a request took, never the path that it came by.

    FastAPI and Starlette leave the route in the scope, Litestar its template. Older
    Starlettes leave the parameters alone, which are put back into the path. None before a
    route is found, or where no template can be told.
    """
    route = getattr(scope.get("route"), "path", None) or scope.get("path_template")
    parameters = scope.get("path_params") or {}
    if isinstance(route, str):
        mounted = str(scope.get("root_path", "")).removeprefix(str(scope.get("app_root_path", "")))
        used = {name: value for name, value in parameters.items() if str(value) in mounted}
        return (templated(mounted, used) or "") + route
    if "endpoint" in scope:
        return templated(str(scope.get("path", "")), parameters)
    return None


def templated(path: str, parameters: Mapping[str, object]) -> str | None:
    """Return a path with names in the place of its parameters; None where one is not in it."""
    for name, value in parameters.items():
        head, found, tail = f"{path}/".rpartition(f"/{value}/")
        if not found:
            return None
        path = f"{head}/{{{name}}}/{tail}".removesuffix("/")
    return path
