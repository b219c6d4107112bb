import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (Case(user='state: Mapped[str] = mapped_column(Enum("new", "paid"))'),)
GOOD = (
    Case(user='state: Mapped[str] = mapped_column(Enum("new", "paid", name="state"))'),
    Case(
        models="""
        class State(enum.Enum):
            NEW = "new"
    """,
        user="state: Mapped[State]",
    ),
    Case(user='state: Mapped[str] = mapped_column(Enum("new", "paid", native_enum=False))'),
    Case(user='state: Mapped[str] = mapped_column(Enum("new", "paid"))', dialect="mysql"),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("unnamed-enum", case)
    assert found
    for finding in found:
        assert re.search("without a name", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("unnamed-enum", case) == []
