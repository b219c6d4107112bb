import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine(url, echo=True)
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine(url, echo="debug")
    """
    ),
)
GOOD = (
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine(url, echo=settings.debug)
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine(url, echo=False)
    """
    ),
    Case(
        code="""
        import click
        click.echo(True)
    """
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("echo-left-on", case)
    assert found
    for finding in found:
        assert re.search("says echo", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("echo-left-on", case) == []
