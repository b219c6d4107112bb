import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case("postgresql", 'op.drop_column("users", "bio")  # asa: ignore[dropped-column]'),
    Case(
        "postgresql",
        """
        # asa: ignore
        op.drop_column("users", "bio")
    """,
    ),
    Case("postgresql", 'op.drop_column("users", "bio")  # asa: ignore because'),
)
GOOD = (
    Case(
        "postgresql",
        'op.drop_column("users", "bio")  # asa: ignore[dropped-column] unused since March',
    ),
    Case("postgresql", "op.execute('# asa: ignore')"),
    Case(
        "postgresql",
        """
        # asa wonders
        pass
    """,
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A comment that gives no reason is found."""
    found = findings("ignore-without-reason", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """One that does is not."""
    assert findings("ignore-without-reason", case) == []
