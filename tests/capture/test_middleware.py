"""The middleware: one scope a request, under its route, with the application none the wiser."""

import asyncio
import gc
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import BackgroundTasks, FastAPI, WebSocket
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from starlette.testclient import TestClient

from asa.capture.listening import HOOKS
from asa.capture.middleware import CaptureMiddleware
from asa.capture.request import route_of
from asa.model.parameter import Withheld
from asa.model.record import QueryRecord


@pytest.fixture(autouse=True)
def let_go() -> Iterator[None]:
    """An application listens as long as it is there."""
    yield
    gc.collect()


ASK = sa.text("SELECT :n")


async def ask(engine: AsyncEngine, n: int = 1) -> None:
    async with engine.connect() as connection:
        await connection.execute(ASK, {"n": n})


def shop(engine: AsyncEngine) -> FastAPI:  # noqa: C901  (routes beside each other)
    """An application with every kind of answer."""
    app = FastAPI()
    orders = FastAPI()

    @app.get("/users/{user}")
    async def user(user: int) -> int:
        for n in range(3):
            await ask(engine, n)
        return user

    @app.get("/gathered")
    async def gathered() -> None:
        await asyncio.gather(*(ask(engine, n) for n in range(5)))

    @app.get("/threaded")
    def threaded() -> None:
        with sa.create_engine("sqlite://").connect() as connection:
            connection.execute(ASK, {"n": 1})

    @app.get("/streamed")
    async def streamed() -> StreamingResponse:
        async def body() -> AsyncIterator[str]:
            for n in range(4):
                await ask(engine, n)
                yield str(n)

        await ask(engine)
        return StreamingResponse(body())

    @app.get("/later")
    async def later(tasks: BackgroundTasks) -> None:
        tasks.add_task(ask, engine, 99)

    @app.get("/broken")
    async def broken() -> None:
        await ask(engine)
        raise RuntimeError("broken")

    @app.websocket("/talk/{room}")
    async def talk(socket: WebSocket, room: str) -> None:
        await socket.accept()
        await ask(engine)
        await socket.send_text(room)
        await socket.close()

    @orders.get("/{order}")
    async def order(order: str) -> None:
        await ask(engine)

    app.mount("/shops/{shop}/orders", orders)
    return app


Ask = Callable[[httpx.AsyncClient, FastAPI], Awaitable[Any]]


def served(tmp_path: Path, talk: Ask, **options: Any) -> tuple[Any, list[QueryRecord]]:
    """Talk to the application; return what was said and what was recorded."""
    records: list[QueryRecord] = []

    async def main() -> Any:
        engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}")
        app = shop(engine)
        app.add_middleware(CaptureMiddleware, **{"sink": records.append, **options})
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            said = await talk(client, app)
        await engine.dispose()
        return said

    return asyncio.run(main()), records


def get(*paths: str) -> Ask:
    async def talk(client: httpx.AsyncClient, _: FastAPI) -> list[httpx.Response]:
        return list(await asyncio.gather(*(client.get(path) for path in paths)))

    return talk


def labels(records: list[QueryRecord]) -> list[str]:
    return sorted({str(record.scope.label) for record in records})


def test_each_request_is_a_scope_under_its_route_with_server_timing(tmp_path: Path) -> None:
    (first, second), records = served(tmp_path, get("/users/4711", "/users/4712"))
    assert first.json() == 4711
    for response in (first, second):
        name, duration, description = response.headers["server-timing"].split(";")
        assert (name, description) == ("db", 'desc="3 queries"')
        assert float(duration.removeprefix("dur=")) > 0
    assert labels(records) == ["GET /users/{user}"]
    assert len(records) == 6


def test_values_are_hashed_unless_they_are_asked_for(tmp_path: Path) -> None:
    _, records = served(tmp_path, get("/users/1"))
    assert all(isinstance(r.parameters, tuple) for r in records)
    assert {type(value) for r in records for value in r.parameters or ()} == {Withheld}
    assert len({r.parameters for r in records}) == 3
    _, records = served(tmp_path, get("/users/1"), values=True)
    assert sorted(tuple(r.parameters or ()) for r in records) == [(0,), (1,), (2,)]


def test_tasks_and_threads_count_for_their_request(tmp_path: Path) -> None:
    responses, _ = served(tmp_path, get("/gathered", "/threaded", "/gathered"))
    counts = [response.headers["server-timing"].rpartition("=")[2] for response in responses]
    assert counts == ['"5 queries"', '"1 query"', '"5 queries"']


def test_a_stream_is_counted_to_its_end_and_not_held_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (response,), records = served(tmp_path, get("/streamed"), max_queries=4)
    assert response.text == "0123"
    assert response.headers["server-timing"].endswith('desc="1 query"')
    assert len(records) == 5
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith("GET /streamed: 5 queries, ")


def test_background_tasks_are_told_apart_and_not_judged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _, records = served(tmp_path, get("/later"), max_queries=0)
    assert labels(records) == ["GET /later (background)"]
    assert caplog.records == []


def test_a_threshold_names_the_line_that_sent_the_most(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    served(tmp_path, get("/users/1", "/gathered"), max_queries=3)
    (record,) = caplog.records
    assert "GET /gathered: 5 queries" in record.getMessage()
    assert "5 of them from" in record.getMessage()
    assert "test_middleware.py" in record.getMessage()
    caplog.clear()
    served(tmp_path, get("/users/1"), max_ms=0.0)
    assert "GET /users/{user}: 3 queries" in caplog.text


def test_an_exception_passes_and_its_request_is_judged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (response,), records = served(tmp_path, get("/broken"), max_queries=0)
    assert response.status_code == 500
    assert labels(records) == ["GET /broken"]
    warnings = [r for r in caplog.records if r.name == "asa.capture"]
    assert [r.getMessage().partition(",")[0] for r in warnings] == ["GET /broken: 1 query"]


def test_what_has_no_route_does_not_show_its_path(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _, records = served(tmp_path, get("/secret/4711"), max_queries=0)
    assert records == []
    assert caplog.records == []


def test_a_mounted_application_shows_its_whole_template(tmp_path: Path) -> None:
    _, records = served(tmp_path, get("/shops/9/orders/4711"))
    assert labels(records) == ["GET /shops/{shop}/orders/{order}"]


@pytest.mark.parametrize(
    ("scope", "route"),
    [
        ({}, None),
        (
            {"endpoint": 1, "path": "/users/5/posts/5", "path_params": {"u": 5}},
            "/users/5/posts/{u}",
        ),
        ({"endpoint": 1, "path": "/u/5", "path_params": {"u": 5}}, "/u/{u}"),
        ({"endpoint": 1, "path": "/u/05", "path_params": {"u": 5}}, None),
        ({"path_template": "/u/{u}", "path_params": {"u": 5}}, "/u/{u}"),
    ],
)
def test_a_template_is_made_where_the_framework_leaves_none(
    scope: dict[str, Any], route: str | None
) -> None:
    assert route_of(scope) == route


def test_websockets_and_lifespan_pass(tmp_path: Path) -> None:
    records: list[QueryRecord] = []
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}")
    app = shop(engine)
    app.add_middleware(CaptureMiddleware, sink=records.append, max_queries=0)
    with TestClient(app) as client, client.websocket_connect("/talk/7") as socket:
        assert socket.receive_text() == "7"
    assert labels(records) == ["WEBSOCKET /talk/{room}"]


def test_two_middlewares_each_count_the_whole_request(tmp_path: Path) -> None:
    async def main() -> list[str]:
        engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}")
        app = CaptureMiddleware(CaptureMiddleware(shop(engine)))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            said: list[str] = (await client.get("/gathered")).headers.get_list("server-timing")
        await engine.dispose()
        return said

    assert [text.rpartition("=")[2] for text in asyncio.run(main())] == ['"5 queries"'] * 2


def test_a_file_is_shared_and_an_application_let_go_stops_listening(tmp_path: Path) -> None:
    file = tmp_path / "served.jsonl"
    for _ in range(2):
        served(tmp_path, get("/users/1"), sink=file)
        gc.collect()
        assert HOOKS == []
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    kinds = [line["kind"] for line in lines]
    assert kinds.count("header") == 1
    assert kinds.count("query") == 6
    assert not lines[0]["values"]
