import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case(
        "mysql",
        """
        op.add_column("users", sa.Column("a", sa.Integer()))
        op.add_column("users", sa.Column("b", sa.Integer()))
    """,
    ),
    Case(
        "mysql",
        """
        op.add_column("users", sa.Column("a", sa.Integer()))
        op.create_index("ix", "orders", ["tag_id"])
    """,
    ),
    Case(
        "mysql",
        """
        op.create_table("new", sa.Column("a", sa.Integer()))
        op.add_column("users", sa.Column("b", sa.Integer()))
    """,
    ),
    Case("mysql", 'op.execute("ALTER TABLE users ADD a int; ALTER TABLE users ADD b int")'),
)
GOOD = (
    Case("mysql", 'op.add_column("users", sa.Column("a", sa.Integer()))'),
    Case("mysql", 'op.execute("ALTER TABLE users ADD a int, ADD b int, ADD INDEX ab (a, b)")'),
    Case(
        "mysql",
        """
        op.create_table("x", sa.Column("a", sa.Integer(), index=True))
        op.create_table("y", sa.Column("a", sa.Integer()))
    """,
    ),
    Case(
        "postgresql",
        """
        op.add_column("users", sa.Column("a", sa.Integer()))
        op.add_column("users", sa.Column("b", sa.Integer()))
    """,
    ),
    Case(
        "mysql",
        """
        op.execute("ALTER TABLE users ADD COLUMN IF NOT EXISTS a int")
        op.execute("ALTER TABLE users ADD COLUMN IF NOT EXISTS b int")
    """,
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """Statements of which some may stay are found."""
    found = findings("half-applied", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """One statement, new tables only, and repeatable ones are not."""
    assert findings("half-applied", case) == []
