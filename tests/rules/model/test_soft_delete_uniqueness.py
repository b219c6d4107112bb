import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (
    Case(
        user="""
        deleted_at: Mapped[datetime.datetime | None]
        email: Mapped[str] = mapped_column(unique=True)
    """
    ),
    Case(
        user="""
        deleted_at: Mapped[datetime.datetime | None]
        email: Mapped[str] = mapped_column(unique=True, index=True)
    """
    ),
    Case(
        user="""
        is_deleted: Mapped[bool]
        a: Mapped[int]
        b: Mapped[int]
        __table_args__ = (UniqueConstraint("a", "b", name="u"),)
    """
    ),
)
GOOD = (
    Case(user="email: Mapped[str] = mapped_column(unique=True)"),
    Case(
        user="""
        deleted_at: Mapped[datetime.datetime | None]
        email: Mapped[str]
        __table_args__ = (
            Index("u", "email", unique=True, postgresql_where=text("deleted_at IS NULL")),
        )
    """
    ),
    Case(
        user="""
        deleted_at: Mapped[datetime.datetime | None]
        email: Mapped[str]
        __table_args__ = (UniqueConstraint("email", "deleted_at", name="u"),)
    """
    ),
    Case(
        user="""
        deleted_at: Mapped[datetime.datetime | None]
        key: Mapped[uuid.UUID] = mapped_column(unique=True)
    """
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("soft-delete-uniqueness", case)
    assert found
    for finding in found:
        assert re.search("is unique", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("soft-delete-uniqueness", case) == []
