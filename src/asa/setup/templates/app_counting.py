"""The application.

Its first endpoint reads through `get_db`; `/health` tells a load balancer whether the database
answers.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Response
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from .models import Note  # asa: models
from .session_manager import db, get_db  # asa: session

Database = Annotated[AsyncSession, Depends(get_db)]


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Close the database's connections when the application stops."""
    yield
    await db.close()


app = FastAPI(lifespan=lifespan)


@app.get("/notes/count")  # asa: route
async def count_rows(session: Database) -> dict[str, int]:
    """Return how many rows the table has."""
    counted = select(func.count()).select_from(Note)  # asa: query
    return {"count": await session.scalar(counted) or 0}


@app.get("/health")
async def health(response: Response) -> dict[str, object]:
    """Tell whether the database answers; 503 where it does not."""
    found = await db.check()
    if not found.ok:
        response.status_code = 503
    return {"database": "up" if found.ok else "down", "error": found.error}
