import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (
    Case(
        user="""
        name: Mapped[str] = mapped_column(unique=True)
        __table_args__ = (UniqueConstraint("name", name="u"),)
    """
    ),
    Case(
        user="""
        name: Mapped[str] = mapped_column(unique=True)
        __table_args__ = (Index("u", "name", unique=True),)
    """
    ),
    Case(user='__table_args__ = (UniqueConstraint("id", name="u"),)'),
    Case(
        user="",
        post="""
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        __table_args__ = (ForeignKeyConstraint(["user_id"], ["users.id"], name="again"),)
    """,
    ),
)
GOOD = (
    Case(user="name: Mapped[str] = mapped_column(unique=True)"),
    Case(
        user="""
        name: Mapped[str] = mapped_column(unique=True)
        __table_args__ = (
            Index("u", "name", unique=True, postgresql_where=text("id > 1")),
        )
    """
    ),
    Case(
        user="""
        a: Mapped[int]
        b: Mapped[int]
        __table_args__ = (UniqueConstraint("a", name="u"), UniqueConstraint("a", "b", name="v"))
    """
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("duplicate-constraint", case)
    assert found
    for finding in found:
        assert re.search("more than once", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("duplicate-constraint", case) == []
