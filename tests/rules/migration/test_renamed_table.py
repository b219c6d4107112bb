import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case("postgresql", 'op.rename_table("users", "accounts")'),
    Case("postgresql", 'op.execute("ALTER TABLE users RENAME TO accounts")'),
    Case("mysql", 'op.execute("RENAME TABLE users TO accounts")'),
    Case("sqlite", 'op.rename_table("users", "accounts")'),
)
GOOD = (
    Case(
        "postgresql",
        """
        op.create_table("users_new", sa.Column("id", sa.Integer()))
        op.rename_table("users", "users_old")
        op.rename_table("users_new", "users")
    """,
    ),
    Case(
        "postgresql",
        """
        op.rename_table("users", "accounts")
        op.execute("CREATE VIEW users AS SELECT * FROM accounts")
    """,
    ),
    Case(
        "postgresql",
        """
        op.create_table("a", sa.Column("id", sa.Integer()))
        op.rename_table("a", "b")
    """,
    ),
    Case("postgresql", 'op.execute("ALTER INDEX a RENAME TO b")'),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A renamed table is found."""
    found = findings("renamed-table", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """A swap, a view left behind and a new table are not."""
    assert findings("renamed-table", case) == []
