"""Watch a served application: queries by request, in `Server-Timing`, in warnings, in a capture.

    app.add_middleware(CaptureMiddleware, max_queries=20, max_ms=500)

Pure ASGI: it neither reads nor holds back a body, so streams stream and background tasks run
when they would.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from logging import getLogger
from typing import Any
from weakref import finalize

from ..model.capture_line import RerunLine  # noqa: TID252  (loaded by path, privately named)
from ..model.observation import Fact  # noqa: TID252
from .engines import is_sought, sought
from .execution import Execution
from .label import CURRENT
from .listening import listen, unlisten
from .recording import Destination, capture
from .request import Request

__all__ = ["CaptureMiddleware"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

ENDS = ("http.response.pathsend", "http.response.zerocopysend")
logger = getLogger("asa.capture")


class CaptureMiddleware:
    """Count the queries of each request, by the template of its route.

    The response says in `Server-Timing` what was sent up to its first byte. Queries of the
    body's making count for the thresholds as well; those of background tasks do not.

    Args:
        app: The application.
        max_queries: A request that sends more is logged as a warning by `asa.capture`, with
            the line that sent the most.
        max_ms: The same for a request whose queries take longer in all, in milliseconds.
        slow_ms: A single query that takes as long is logged, as `capture` does.
        server_timing: Whether responses have the header.
        engines: Whose queries, as `capture` takes them; None for every engine's.
        sink: Where records go besides, as `capture` takes it; None for nowhere. A file that
            exists is added to, as the workers of a server do.
        values: Whether bound values are kept in `sink`. They are not unless asked for: what
            is kept instead is a keyed hash of each, which tells only whether two are equal.
    """

    def __init__(
        self,
        app: Application,
        *,
        max_queries: int | None = None,
        max_ms: float | None = None,
        slow_ms: float | None = None,
        server_timing: bool = True,
        engines: Any = None,
        sink: Destination | None = None,
        values: bool = False,
    ) -> None:
        self.app = app
        self.max_queries = max_queries
        self.max_ms = max_ms
        self.server_timing = server_timing
        self.counter = Counter(engines)
        self.hooks = listen(self.counter)
        finalize(self, unlisten, self.counter)
        if sink is not None or slow_ms is not None:
            recording = capture(
                engines, sink or forget, values=values, slow_ms=slow_ms, append=True
            )
            recording.__enter__()
            finalize(self, recording.__exit__, None, None, None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        request = Request(scope, self.counter, CURRENT.get())
        token = CURRENT.set(request)
        try:
            await self.app(scope, receive, self.sending(request, send))
        finally:
            CURRENT.reset(token)
            self.answered(request)

    def sending(self, request: Request, send: Send) -> Send:
        """Return `send` with the header added to the start, and the end taken notice of."""

        async def send_on(message: Message) -> None:
            kind = message["type"]
            if kind == "http.response.start" and self.server_timing:
                self.hooks.settle()
                message = {**message, "headers": [*message.get("headers", ()), timing(request)]}
            await send(message)
            if kind in ENDS or (
                kind == "http.response.body" and not message.get("more_body", False)
            ):
                self.answered(request)

        return send_on

    def answered(self, request: Request) -> None:
        """Judge a request whose response has ended, once."""
        if request.answered:
            return
        self.hooks.settle()
        name = request.label
        request.answered = True
        if request.scope["type"] == "http" and self.is_much(request):
            logger.warning("%s: %s", name, told(request))

    def is_much(self, request: Request) -> bool:
        """Tell whether a request is over a threshold."""
        return (self.max_queries is not None and request.queries > self.max_queries) or (
            self.max_ms is not None and request.seconds * 1000 > self.max_ms
        )


class Counter:
    """Listens for one middleware, and adds each query to the request that sent it.

    It does not know the middleware, so that an application that is let go is let go whole.
    """

    def __init__(self, engines: Any) -> None:
        self.engines = sought(engines)

    def executed(self, execution: Execution) -> None:
        """Add a query to its request."""
        activity = execution.activity
        if activity is None or not is_sought(self.engines, execution.engine.pool):
            return
        while isinstance(activity, Request):
            if activity.owner is self:
                activity.add(execution)
            activity = activity.outer

    def observed(self, fact: Fact | RerunLine, pool: Any) -> None:
        """Take no interest."""

    def mapped(self, registry: Any) -> None:
        """Take no interest."""

    def forked(self) -> None:
        """Go on: a request belongs to the process that serves it."""

    def paused(self) -> None:
        """Do nothing; a request is read when its response ends."""

    def failed(self, handler: str, error: Exception) -> None:
        """Say that queries are missing."""
        logger.warning("some queries are missing: %s in %s", type(error).__name__, handler)


def forget(_: object) -> None:
    """Take a record and keep nothing."""


def timing(request: Request) -> tuple[bytes, bytes]:
    """Return the header that tells a browser of the queries so far."""
    text = f'db;dur={request.seconds * 1000:.1f};desc="{counted(request.queries)}"'
    return b"server-timing", text.encode("ascii")


def told(request: Request) -> str:
    """Return what a request sent, and the line that sent the most of it."""
    text = f"{counted(request.queries)}, {request.seconds * 1000:.0f} ms"
    for line, times in request.lines.most_common(1):
        if times > 1:
            text += f", {times} of them from {line}"
    return text


def counted(queries: int) -> str:
    """Return a number of queries in words."""
    return "1 query" if queries == 1 else f"{queries} queries"
