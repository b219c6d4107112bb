import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case("postgresql", 'op.add_column("users", sa.Column("x", sa.DateTime()))'),
    Case("postgresql", 'op.create_table("n", sa.Column("x", sa.TIMESTAMP()))'),
    Case("postgresql", 'op.execute("ALTER TABLE users ADD x timestamp without time zone")'),
)
GOOD = (
    Case("postgresql", 'op.add_column("users", sa.Column("x", sa.DateTime(timezone=True)))'),
    Case("postgresql", 'op.execute("ALTER TABLE users ADD x timestamptz")'),
    Case("postgresql", 'op.execute("ALTER TABLE users ADD x timestamp(3) with time zone")'),
    Case("postgresql", 'op.add_column("users", sa.Column("x", sa.Date()))'),
    Case("mysql", 'op.add_column("users", sa.Column("x", sa.DateTime()))'),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A timestamp without zone is found."""
    found = findings("naive-timestamp", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """One with it is not."""
    assert findings("naive-timestamp", case) == []
