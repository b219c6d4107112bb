import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (Case(user="deleted_at: Mapped[datetime.datetime | None]"),)
GOOD = (
    Case(user="gone: Mapped[bool]"),
    Case(
        user="deleted_at: Mapped[datetime.datetime | None]",
        code="""
        def alive(query, User):
            return query.where(User.deleted_at.is_(None))
    """,
    ),
    Case(
        user="deleted_at: Mapped[datetime.datetime | None]",
        code="from sqlalchemy.orm import with_loader_criteria",
    ),
    Case(
        user="is_deleted: Mapped[bool]",
        code="""
        def alive(query, User):
            return query.where(~User.is_deleted)
    """,
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("soft-delete-filter", case)
    assert found
    for finding in found:
        assert re.search("nothing leaves them out", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("soft-delete-filter", case) == []
