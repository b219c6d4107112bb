import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case(
        "postgresql",
        """
        op.add_column("users", sa.Column("a", sa.Integer()))
        op.add_column("orders", sa.Column("b", sa.Integer()))
    """,
    ),
    Case("postgresql", 'op.execute("ALTER TABLE users ADD a int; ALTER TABLE orders ADD b int")'),
    Case(
        "postgresql",
        """
        op.drop_index("ix", table_name="users")
        op.add_column("orders", sa.Column("b", sa.Integer()))
    """,
    ),
    Case(
        "postgresql",
        """
        op.add_column("users", sa.Column("a", sa.Integer()))
        op.add_column("orders", sa.Column("b", sa.Integer()))
    """,
        rows=2_000_000,
    ),
)
GOOD = (
    Case(
        "postgresql",
        """
        op.add_column("users", sa.Column("a", sa.Integer()))
        op.add_column("users", sa.Column("b", sa.Integer()))
    """,
    ),
    Case(
        "postgresql",
        """
        op.add_column("users", sa.Column("a", sa.Integer()))
        op.add_column("orders", sa.Column("b", sa.Integer()))
    """,
        rows=50,
    ),
    Case(
        "postgresql",
        """
        op.add_column("users", sa.Column("a", sa.Integer()))
        with op.get_context().autocommit_block():
            op.execute('SELECT 1')
        op.add_column("orders", sa.Column("b", sa.Integer()))
    """,
    ),
    Case(
        "postgresql",
        """
        op.create_table("new", sa.Column("a", sa.Integer()))
        op.add_column("users", sa.Column("a", sa.Integer()))
    """,
    ),
    Case(
        "mysql",
        """
        op.add_column("users", sa.Column("a", sa.Integer()))
        op.add_column("orders", sa.Column("b", sa.Integer()))
    """,
    ),
    Case(
        "postgresql",
        """
        op.add_column("users", sa.Column("a", sa.Integer()))
        with op.get_context().autocommit_block():
            op.create_index("ix", "orders", ["tag_id"], postgresql_concurrently=True)
    """,
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """Two old tables in one transaction are found."""
    found = findings("locked-tables", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """One table, small tables and several transactions are not."""
    assert findings("locked-tables", case) == []
