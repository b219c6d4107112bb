import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (
    Case(
        user='posts: Mapped[list["Post"]] = relationship()',
        post='user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))',
        code="from sqlalchemy.ext.asyncio import create_async_engine",
    ),
)
GOOD = (
    Case(
        user='posts: Mapped[list["Post"]] = relationship(lazy="raise")',
        post='user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))',
        code="from sqlalchemy.ext.asyncio import create_async_engine",
    ),
    Case(
        user='posts: Mapped[list["Post"]] = relationship(lazy="selectin")',
        post='user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))',
        code="from sqlalchemy.ext.asyncio import create_async_engine",
    ),
    Case(
        user="",
        post="""
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        user: Mapped["User"] = relationship()
    """,
        code="from sqlalchemy.ext.asyncio import create_async_engine",
    ),
    Case(
        user='posts: Mapped[list["Post"]] = relationship()',
        post='user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))',
        code="from sqlalchemy.ext.asyncio import create_async_engine",
        base="class Base(AsyncAttrs, DeclarativeBase): pass",
    ),
    Case(
        user='posts: Mapped[list["Post"]] = relationship()',
        post='user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))',
        code="from sqlalchemy import create_engine",
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("implicit-lazy-load", case)
    assert found
    for finding in found:
        assert re.search("when it is touched", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("implicit-lazy-load", case) == []
