import re

import pytest
from tests.rules.model.corpus import Case, findings

ALL = """
class Base(DeclarativeBase):
    metadata = MetaData(naming_convention={
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    })
"""
BAD = (
    Case(user="", post='user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))'),
    Case(user="name: Mapped[str] = mapped_column(unique=True)"),
)
GOOD = (
    Case(
        user="",
        post='user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))',
        base=ALL,
    ),
    Case(user=""),
    Case(
        user="""
        name: Mapped[str]
        __table_args__ = (UniqueConstraint("name", name="uq_name"),)
    """
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("naming-convention", case)
    assert found
    for finding in found:
        assert re.search("no naming convention", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("naming-convention", case) == []
