import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine("postgresql+psycopg2://u@h/d")
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine("sqlite:///x.db")
    """
    ),
    Case(
        code="""
        from sqlalchemy import create_engine
        async def main():
            engine = create_engine(url)
    """
    ),
)
GOOD = (
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine("postgresql+asyncpg://u@h/d")
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine("postgresql+psycopg://u@h/d")
    """
    ),
    Case(
        code="""
        from sqlalchemy import create_engine
        engine = create_engine("postgresql://u@h/d")
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine(url)
    """
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("sync-driver", case)
    assert found
    for finding in found:
        assert re.search("synchronous|not async", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("sync-driver", case) == []
