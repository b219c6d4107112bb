import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (
    Case(
        code="""
        import asyncio
        from sqlalchemy import select
        async def load(session):
            return await asyncio.gather(users(session), posts(session))
    """
    ),
    Case(
        code="""
        import asyncio
        from sqlalchemy import select
        async def load(session, keys):
            return await asyncio.gather(*(get(session, key) for key in keys))
    """
    ),
    Case(
        code="""
        import asyncio
        from sqlalchemy import select
        async def load(db: "AsyncSession", keys):
            async with asyncio.TaskGroup() as group:
                for key in keys:
                    group.create_task(get(db, key))
    """
    ),
    Case(
        code="""
        import asyncio
        from sqlalchemy import select
        async def load(keys):
            async with new_session() as session:
                a = asyncio.create_task(users(session))
                b = asyncio.create_task(posts(session))
    """
    ),
    Case(
        code="""
        import asyncio
        from sqlalchemy import select
        async def load(session):
            await asyncio.gather(session.execute(one), session.execute(two))
    """
    ),
)
GOOD = (
    Case(
        code="""
        import asyncio, aiohttp
        async def load(urls):
            async with aiohttp.ClientSession() as session:
                return await asyncio.gather(*[session.get(url) for url in urls])
    """
    ),
    Case(
        code="""
        import asyncio, httpx
        from sqlalchemy import select
        async def load(session, urls):
            return await asyncio.gather(*[session.get(url) for url in urls])
    """
    ),
    Case(
        code="""
        import asyncio
        async def load(session, urls):
            return await asyncio.gather(*[session.call_tool(url) for url in urls])
    """
    ),
    Case(
        code="""
        import asyncio
        from sqlalchemy import select
        from app import StreamSession
        async def load(session: StreamSession, urls):
            return await asyncio.gather(*[session.get(url) for url in urls])
    """
    ),
    Case(
        code="""
        import asyncio
        from sqlalchemy import select
        async def load(session):
            return await asyncio.gather(users(session), fetch(url))
    """
    ),
    Case(
        code="""
        import asyncio
        from sqlalchemy import select
        async def one(key):
            async with new_session() as session:
                return await get(session, key)

        async def load(keys):
            return await asyncio.gather(*(one(key) for key in keys))
    """
    ),
    Case(
        code="""
        import asyncio
        from sqlalchemy import select
        async def load(http_session, keys):
            return await asyncio.gather(*(get(http_session, key) for key in keys))
    """
    ),
    Case(
        code="""
        import asyncio
        from sqlalchemy import select
        async def load(keys):
            for key in keys:
                async with new_session() as session:
                    await asyncio.create_task(get(session, key))
    """
    ),
    Case(
        code="""
        import asyncio
        from sqlalchemy import select
        async def load(session):
            a = asyncio.create_task(users(session))
            return await a
    """
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("session-across-tasks", case)
    assert found
    for finding in found:
        assert re.search("is shared by", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("session-across-tasks", case) == []
