import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case("postgresql", 'op.drop_index("ix_orders_user_id", table_name="orders")'),
    Case("postgresql", 'op.execute("DROP INDEX ix_orders_user_id")'),
    Case("postgresql", 'op.execute("DROP INDEX IF EXISTS a, b")'),
)
GOOD = (
    Case(
        "postgresql",
        """
        with op.get_context().autocommit_block():
            op.drop_index("ix", table_name="orders", postgresql_concurrently=True)
    """,
    ),
    Case(
        "postgresql",
        """
        with op.get_context().autocommit_block():
            op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix")
    """,
    ),
    Case(
        "postgresql",
        """
        op.drop_index("ix_orders_user_id", table_name="orders")
        op.drop_table("orders")
    """,
    ),
    Case("mysql", 'op.drop_index("ix_orders_user_id", table_name="orders")'),
    Case(
        "postgresql",
        """
        op.create_table("new", sa.Column("a", sa.Integer(), index=True))
        op.drop_index("ix_new_a", table_name="new")
    """,
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A drop that waits for every query is found."""
    found = findings("index-drop-locks", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """CONCURRENTLY, and an index or table of this revision, are not."""
    assert findings("index-drop-locks", case) == []
