import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (
    Case(
        user="""
        made: Mapped[datetime.datetime] = mapped_column(default=datetime.datetime.utcnow)
    """
    ),
    Case(
        user="""
        made: Mapped[datetime.datetime] = mapped_column(default=datetime.datetime.now)
    """
    ),
    Case(
        user="""
        made: Mapped[datetime.datetime] = mapped_column(DateTime, onupdate=datetime.datetime.utcnow)
    """
    ),
    Case(
        user="""
        made: Mapped[datetime.datetime] = mapped_column(default=lambda: datetime.datetime.utcnow())
    """
    ),
)
GOOD = (
    Case(
        user="""
        made: Mapped[datetime.datetime] = mapped_column(
            default=lambda: datetime.datetime.now(datetime.timezone.utc)
        )
    """
    ),
    Case(user="made: Mapped[datetime.datetime] = mapped_column(default=func.now())"),
    Case(
        models="def now(): return datetime.datetime.now(datetime.timezone.utc)",
        user="made: Mapped[datetime.datetime] = mapped_column(default=now)",
    ),
    Case(user="made: Mapped[datetime.datetime] = mapped_column(server_default=func.now())"),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("naive-clock", case)
    assert found
    for finding in found:
        assert re.search("is filled by datetime", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("naive-clock", case) == []
