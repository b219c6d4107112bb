import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (
    Case(
        user='posts: Mapped[list["Post"]] = relationship()',
        post="""
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        user: Mapped["User"] = relationship()
    """,
    ),
)
GOOD = (
    Case(
        user='posts: Mapped[list["Post"]] = relationship(back_populates="user")',
        post="""
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        user: Mapped["User"] = relationship(back_populates="posts")
    """,
    ),
    Case(
        user='posts: Mapped[list["Post"]] = relationship(backref="user")',
        post='user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))',
    ),
    Case(
        user='posts: Mapped[list["Post"]] = relationship()',
        post='user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))',
    ),
    Case(
        user='posts: Mapped[list["Post"]] = relationship(viewonly=True)',
        post="""
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        user: Mapped["User"] = relationship()
    """,
    ),
    Case(
        user="",
        post="""
        author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        editor_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        author: Mapped["User"] = relationship(foreign_keys=[author_id])
        editor: Mapped["User"] = relationship(foreign_keys=[editor_id])
    """,
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("one-sided-relationship", case)
    assert found
    for finding in found:
        assert re.search("do not name each other", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("one-sided-relationship", case) == []
