import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (
    Case(
        user="deleted_at: Mapped[datetime.datetime | None]",
        code="""
        from sqlalchemy import delete
        from models import User

        async def purge(session):
            await session.execute(delete(User))
    """,
    ),
    Case(
        user="deleted_at: Mapped[datetime.datetime | None]",
        code="""
        from models import User

        async def remove(session, key):
            user = await session.get(User, key)
            await session.delete(user)
    """,
    ),
    Case(
        user="deleted_at: Mapped[datetime.datetime | None]",
        code="""
        from models import User

        async def remove(db, user: User):
            await db.delete(user)
    """,
    ),
)
GOOD = (
    Case(
        user="",
        code="""
        from sqlalchemy import delete
        from models import User

        async def purge(session):
            await session.execute(delete(User))
    """,
    ),
    Case(
        user="deleted_at: Mapped[datetime.datetime | None]",
        code="""
        async def remove(cache, user):
            await cache.delete(user)
    """,
    ),
    Case(
        user="deleted_at: Mapped[datetime.datetime | None]",
        code="""
        from models import User

        def remove(client, user: User):
            client.delete(user)
    """,
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("hard-delete", case)
    assert found
    for finding in found:
        assert re.search("is deleted by", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("hard-delete", case) == []
