import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine(url)
    """
    ),
    Case(
        code="""
        import sqlalchemy.ext.asyncio as aio
        engine = aio.create_async_engine(url, echo=False)
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine("mysql+aiomysql://u@h/d")
    """,
        dialect=None,
    ),
    Case(
        code="""
        def make():
            from sqlalchemy.ext.asyncio import create_async_engine
            return create_async_engine(url)
    """
    ),
)
GOOD = (
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine(url, pool_pre_ping=True)
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine(url, **options)
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine(url, poolclass=NullPool)
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine(url)
    """,
        dialect="sqlite",
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine("sqlite+aiosqlite:///x.db")
    """
    ),
    Case(
        code="""
        def create_async_engine(url): ...
        engine = create_async_engine(url)
    """
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("missing-pre-ping", case)
    assert found
    for finding in found:
        assert re.search("does not test", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("missing-pre-ping", case) == []
