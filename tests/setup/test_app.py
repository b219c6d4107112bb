"""The application that asa writes, called without a network."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from httpx import ASGITransport, AsyncClient

from asa.setup.templates import app as application
from asa.setup.templates import app_counting, session_manager
from asa.setup.templates.base_model import Base
from asa.setup.templates.session_manager import SessionManager


@pytest.fixture
def url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the URL of a database with the first table, used by the applications."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    for module in (application, app_counting, session_manager):
        monkeypatch.setattr(module, "db", SessionManager())

    async def create() -> None:
        db = SessionManager()
        async with db.engine.begin() as connection:
            notes = Base.metadata.tables["notes"]
            await connection.run_sync(Base.metadata.create_all, tables=[notes])
        await db.close()

    asyncio.run(create())
    return database_url


@asynccontextmanager
async def client(module: object) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(app=module.app)  # type: ignore[attr-defined]
    async with AsyncClient(transport=transport, base_url="http://x") as http:
        try:
            yield http
        finally:
            await session_manager.db.close()
            await module.db.close()  # type: ignore[attr-defined]


def test_notes_are_stored_listed_and_counted(url: str) -> None:
    async def main() -> None:
        async with client(application) as http:
            titles = [f"Milk 🥛 {number}" for number in range(3)]
            added = [(await http.post("/notes", json={"title": title})).json() for title in titles]
            assert [note["title"] for note in added] == titles
            assert all(note["created_at"].endswith(("Z", "+00:00")) for note in added)
            refused = await http.post("/notes", json={"title": ""})
            assert refused.status_code == 422
            listed = (await http.get("/notes")).json()
            assert sorted(note["id"] for note in listed) == sorted(note["id"] for note in added)
        async with client(app_counting) as http:
            assert (await http.get("/notes/count")).json() == {"count": 3}

    asyncio.run(main())


@pytest.mark.parametrize("module", [application, app_counting])
def test_health_is_told(url: str, module: object, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> list[tuple[int, object]]:
        answers = []
        async with client(module) as http:
            answers.append(await http.get("/health"))
        gone = SessionManager("postgresql://u:hunter2@127.0.0.1:1/d")
        monkeypatch.setattr(module, "db", gone)
        async with client(module) as http:
            answers.append(await http.get("/health"))
        assert "hunter2" not in answers[1].text
        return [(answer.status_code, answer.json()["database"]) for answer in answers]

    assert asyncio.run(main()) == [(200, "up"), (503, "down")]
