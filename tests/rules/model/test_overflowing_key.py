import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (
    Case(user=""),
    Case(user="", dialect="mysql"),
    Case(
        models="""
        class User(Base):
            __tablename__ = "users"
            id: Mapped[int] = mapped_column(
                SmallInteger, primary_key=True
            )
    """
    ),
)
GOOD = (
    Case(
        models="""
        class User(Base):
            __tablename__ = "users"
            id: Mapped[int] = mapped_column(
                BigInteger, primary_key=True
            )
    """
    ),
    Case(
        models="""
        class User(Base):
            __tablename__ = "users"
            id: Mapped[uuid.UUID] = mapped_column(
                Uuid, primary_key=True
            )
    """
    ),
    Case(user="", dialect="sqlite"),
    Case(
        models="""
        class User(Base):
            __tablename__ = "users"
            id: Mapped[int] = mapped_column(
                BigInteger().with_variant(Integer, "sqlite"), primary_key=True
            )
    """
    ),
    Case(
        models="""
        class User(Base):
            __tablename__ = "users"
            a: Mapped[int] = mapped_column(primary_key=True)
            b: Mapped[int] = mapped_column(primary_key=True)
    """
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("overflowing-key", case)
    assert found
    for finding in found:
        assert re.search("32 bits", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("overflowing-key", case) == []
