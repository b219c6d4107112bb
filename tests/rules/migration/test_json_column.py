import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case("postgresql", 'op.add_column("users", sa.Column("x", sa.JSON()))'),
    Case("postgresql", 'op.create_table("n", sa.Column("x", sa.JSON()))'),
    Case("postgresql", 'op.execute("ALTER TABLE users ADD x json")'),
)
GOOD = (
    Case(
        "postgresql",
        """
        from sqlalchemy.dialects.postgresql import JSONB
        op.add_column("users", sa.Column("x", JSONB()))
    """,
    ),
    Case("postgresql", 'op.execute("ALTER TABLE users ADD x jsonb")'),
    Case("mysql", 'op.add_column("users", sa.Column("x", sa.JSON()))'),
    Case(
        "postgresql",
        """
        from sqlalchemy.dialects.postgresql import JSONB
        op.add_column("users", sa.Column("x", sa.JSON().with_variant(JSONB(), "postgresql")))
    """,
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """Json is found."""
    found = findings("json-column", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """Jsonb is not."""
    assert findings("json-column", case) == []
