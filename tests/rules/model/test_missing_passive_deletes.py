import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (
    Case(
        user='posts: Mapped[list["Post"]] = relationship(cascade="all, delete-orphan")',
        post="""
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    """,
    ),
    Case(
        user='posts: Mapped[list["Post"]] = relationship(cascade="all")',
        post="""
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="cascade"))
    """,
    ),
)
GOOD = (
    Case(
        user="""
        posts: Mapped[list["Post"]] = relationship(
            cascade="all, delete-orphan", passive_deletes=True
        )
    """,
        post="""
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    """,
    ),
    Case(
        user='posts: Mapped[list["Post"]] = relationship(cascade="all, delete-orphan")',
        post='user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))',
    ),
    Case(
        user='posts: Mapped[list["Post"]] = relationship()',
        post="""
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    """,
    ),
    Case(
        user="",
        post="""
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
        user: Mapped["User"] = relationship(cascade="all")
    """,
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("missing-passive-deletes", case)
    assert found
    for finding in found:
        assert re.search("before it is deleted", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("missing-passive-deletes", case) == []
