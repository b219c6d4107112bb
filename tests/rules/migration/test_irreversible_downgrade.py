import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case("postgresql", 'op.add_column("users", sa.Column("x", sa.Integer()))'),
    Case("mysql", 'op.create_table("new", sa.Column("a", sa.Integer()))'),
    Case("sqlite", 'op.execute("ALTER TABLE users ADD x int")'),
    Case(
        "postgresql",
        'op.add_column("users", sa.Column("x", sa.Integer()))',
        downgrade='raise NotImplementedError("restore the backup")',
    ),
)
GOOD = (
    Case("postgresql", 'op.execute("UPDATE users SET age = 1 WHERE id = 1")'),
    Case("postgresql", "pass"),
    Case(
        "postgresql",
        'op.add_column("users", sa.Column("x", sa.Integer()))',
        downgrade='op.drop_column("users", "x")',
    ),
    Case("postgresql", 'op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")'),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A downgrade that does nothing is found."""
    found = findings("irreversible-downgrade", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """A data change, an empty revision and a real downgrade are not."""
    assert findings("irreversible-downgrade", case) == []
