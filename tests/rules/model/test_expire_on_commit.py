import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (
    Case(
        code="""
        from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
        from sqlalchemy.orm import sessionmaker
        make = async_sessionmaker(engine)
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
        from sqlalchemy.orm import sessionmaker
        make = sessionmaker(engine, class_=AsyncSession)
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
        from sqlalchemy.orm import sessionmaker
        async def main():
            async with AsyncSession(engine) as session: ...
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
        from sqlalchemy.orm import sessionmaker
        make = async_sessionmaker(engine, expire_on_commit=True)
    """
    ),
)
GOOD = (
    Case(
        code="""
        async def main():
            from settings import AsyncSession

            async with AsyncSession() as session: ...
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
        from sqlalchemy.orm import sessionmaker
        make = async_sessionmaker(engine, expire_on_commit=False)
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
        from sqlalchemy.orm import sessionmaker
        make = sessionmaker(engine)
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
        from sqlalchemy.orm import sessionmaker
        make = async_sessionmaker(engine, **options)
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
        from sqlalchemy.orm import sessionmaker
        make = async_sessionmaker(engine, expire_on_commit=settings.expire)
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
        from sqlalchemy.orm import sessionmaker
        async def get(session: AsyncSession): ...
    """
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("expire-on-commit", case)
    assert found
    for finding in found:
        assert re.search("expires every object", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("expire-on-commit", case) == []
