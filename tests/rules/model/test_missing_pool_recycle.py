import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine(url)
    """,
        dialect="mysql",
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine(url, pool_recycle=-1)
    """,
        dialect="mysql",
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine(url, pool_recycle=86_400)
    """,
        dialect="mysql",
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine("mysql+aiomysql://u@h/d")
    """,
        dialect=None,
    ),
)
GOOD = (
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine(url, pool_recycle=3600)
    """,
        dialect="mysql",
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
        engine = create_async_engine(url)
    """,
        dialect=None,
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine(url, pool_recycle=settings.recycle)
    """,
        dialect="mysql",
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("missing-pool-recycle", case)
    assert found
    for finding in found:
        assert re.search("keeps connections", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("missing-pool-recycle", case) == []
