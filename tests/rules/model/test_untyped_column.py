import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (
    Case(user="name = Column(String(80))"),
    Case(user="name = mapped_column(String(80))"),
)
GOOD = (
    Case(user="name: Mapped[str] = mapped_column(String(80))"),
    Case(
        models="""
        class User(Base):
            __table__ = Table("users", Base.metadata, Column("id", Integer, primary_key=True))
    """
    ),
    Case(
        user="""
        friend_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        friend = relationship("User", remote_side="User.id")
    """
    ),
    Case(user="MAX = 3"),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("untyped-column", case)
    assert found
    for finding in found:
        assert re.search("annotation", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("untyped-column", case) == []
