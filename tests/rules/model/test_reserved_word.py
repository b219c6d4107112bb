import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (
    Case(
        models="""
        class Thing(Base):
            __tablename__ = "user"
            id: Mapped[int] = mapped_column(primary_key=True)
    """
    ),
    Case(
        models="""
        class Thing(Base):
            __tablename__ = "order"
            id: Mapped[int] = mapped_column(primary_key=True)
    """,
        dialect="sqlite",
    ),
    Case(user="rank: Mapped[int]", dialect="mysql"),
    Case(user="group: Mapped[str]", dialect=None),
)
GOOD = (
    Case(user="name: Mapped[str]"),
    Case(
        models="""
        class Thing(Base):
            __tablename__ = "user"
            id: Mapped[int] = mapped_column(primary_key=True)
    """,
        dialect="sqlite",
    ),
    Case(user="rank: Mapped[int]"),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("reserved-word", case)
    assert found
    for finding in found:
        assert re.search("reserved word", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("reserved-word", case) == []
