import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine(url, pool_size=100)
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine(url, max_overflow=-1)
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine(url, pool_size=120, max_overflow=40)
    """,
        dialect="mysql",
    ),
)
GOOD = (
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine(url, pool_size=20, max_overflow=10)
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine(url)
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine(url, pool_size=settings.pool)
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine(url, pool_size=100, max_overflow=40)
    """,
        dialect="mysql",
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine(url, pool_size=500)
    """,
        dialect="sqlite",
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("oversized-pool", case)
    assert found
    for finding in found:
        assert re.search("opens", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("oversized-pool", case) == []
