import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (
    Case(user="active: Mapped[bool] = mapped_column(default=True)"),
    Case(
        user="""
        a: Mapped[int] = mapped_column(default=0)
        b: Mapped[str] = mapped_column(default="")
    """
    ),
)
GOOD = (
    Case(user="active: Mapped[bool] = mapped_column(default=True, server_default=true())"),
    Case(user="active: Mapped[bool | None] = mapped_column(default=True)"),
    Case(user="key: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4)"),
    Case(user="n: Mapped[int] = mapped_column(default=func.random())"),
    Case(user="n: Mapped[int]"),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("python-only-default", case)
    assert found
    for finding in found:
        assert re.search("fills in Python only", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("python-only-default", case) == []
