import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (
    Case(user="price: Mapped[float]"),
    Case(user="total_amount: Mapped[float] = mapped_column(Double)"),
    Case(user="balance: Mapped[float] = mapped_column(REAL)"),
)
GOOD = (
    Case(user="price: Mapped[decimal.Decimal]"),
    Case(user="tax_rate: Mapped[float]"),
    Case(user="latitude: Mapped[float]"),
    Case(user="price: Mapped[int]"),
    Case(user="enterprise: Mapped[float]"),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("float-money", case)
    assert found
    for finding in found:
        assert re.search("as a float", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("float-money", case) == []
