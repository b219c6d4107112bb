import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case("postgresql", 'op.drop_column("users", "bio")'),
    Case("mysql", 'op.execute("ALTER TABLE users DROP COLUMN bio")'),
    Case(
        "sqlite",
        """
        with op.batch_alter_table("users") as batch:
            batch.drop_column("bio")
    """,
    ),
    Case("postgresql", 'op.execute("ALTER TABLE users DROP bio, DROP COLUMN IF EXISTS age")'),
)
GOOD = (
    Case(
        "postgresql",
        """
        op.add_column("users", sa.Column("t", sa.Integer()))
        op.drop_column("users", "t")
    """,
    ),
    Case(
        "postgresql",
        """
        op.create_table("new", sa.Column("a", sa.Integer()), sa.Column("b", sa.Integer()))
        op.drop_column("new", "b")
    """,
    ),
    Case("postgresql", 'op.execute("ALTER TABLE users DROP CONSTRAINT c")'),
    Case(
        "postgresql",
        'op.add_column("users", sa.Column("x", sa.Integer()))',
        downgrade='op.drop_column("users", "x")',
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A dropped column is found."""
    found = findings("dropped-column", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """One of this revision or of a new table is not."""
    assert findings("dropped-column", case) == []
