import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (
    Case(user="made: Mapped[datetime.datetime]"),
    Case(user="made: Mapped[datetime.datetime] = mapped_column(DateTime)"),
    Case(user="made: Mapped[datetime.datetime] = mapped_column(TIMESTAMP)"),
)
GOOD = (
    Case(user="took: Mapped[datetime.timedelta] = mapped_column(Interval)"),
    Case(user="made: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))"),
    Case(user="made: Mapped[datetime.date]"),
    Case(user="made: Mapped[datetime.datetime]", dialect="mysql"),
    Case(user="made: Mapped[datetime.datetime]", dialect="sqlite"),
    Case(
        user="""
        made: Mapped[datetime.datetime] = mapped_column(
            DateTime().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
        )
    """
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("zoneless-datetime", case)
    assert found
    for finding in found:
        assert re.search("keeps no time zone", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("zoneless-datetime", case) == []
