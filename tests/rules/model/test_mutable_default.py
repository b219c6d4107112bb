import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (
    Case(user="tags: Mapped[list[str]] = mapped_column(JSON, default=[])"),
    Case(user="tags: Mapped[dict[str, str]] = mapped_column(JSON, onupdate={})"),
)
GOOD = (
    Case(
        models="from sqlalchemy.ext.mutable import MutableDict",
        user="""
        tags: Mapped[dict[str, int]] = mapped_column(MutableDict.as_mutable(JSON), default={})
    """,
    ),
    Case(user="tags: Mapped[list[str]] = mapped_column(JSON, default=list)"),
    Case(user='tags: Mapped[str] = mapped_column(default="[]")'),
    Case(user="tags: Mapped[tuple[str, ...]] = mapped_column(JSON, default=())"),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("mutable-default", case)
    assert found
    for finding in found:
        assert re.search("which all rows share", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("mutable-default", case) == []
