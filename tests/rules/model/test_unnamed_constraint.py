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
ONE = """
class Base(DeclarativeBase):
    metadata = MetaData(naming_convention={
        "uq": "uq_%(column_0_name)s",
    })
"""
BAD = (
    Case(
        user="""
        age: Mapped[int]
        __table_args__ = (CheckConstraint("age > 0"),)
    """,
        base=ONE,
    ),
    Case(
        user="",
        post='user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))',
        base=ONE,
    ),
)
GOOD = (
    Case(
        user="""
        age: Mapped[int]
        __table_args__ = (CheckConstraint("age > 0", name="positive"),)
    """,
        base=ALL,
    ),
    Case(user="", post='user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))'),
    Case(
        user="",
        post='user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))',
        base=ALL,
    ),
    Case(
        user="""
        on: Mapped[bool] = mapped_column(Boolean(create_constraint=True, name="on"))
    """,
        base=ALL,
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("unnamed-constraint", case)
    assert found
    for finding in found:
        assert re.search("without a name", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("unnamed-constraint", case) == []
