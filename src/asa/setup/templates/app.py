"""The application.

`/notes` reads and writes through `get_db`; `/health` tells a load balancer whether the
database answers.
"""

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
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


class NewNote(BaseModel):
    """What a client sends."""

    title: str = Field(min_length=1, max_length=200)
    text: str = ""


class StoredNote(NewNote):
    """What a client gets."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    created_at: datetime


@app.get("/notes", response_model=list[StoredNote])
async def list_notes(session: Database) -> Sequence[Note]:
    """Return the newest notes."""
    newest = select(Note).order_by(Note.id.desc()).limit(50)
    return (await session.scalars(newest)).all()


@app.post("/notes", status_code=201, response_model=StoredNote)
async def add_note(new: NewNote, session: Database) -> Note:
    """Store a note."""
    note = Note(title=new.title, text=new.text)
    session.add(note)
    await session.commit()
    return note


@app.get("/health")
async def health(response: Response) -> dict[str, object]:
    """Tell whether the database answers; 503 where it does not."""
    found = await db.check()
    if not found.ok:
        response.status_code = 503
    return {"database": "up" if found.ok else "down", "error": found.error}
