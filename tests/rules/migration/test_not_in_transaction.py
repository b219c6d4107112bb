import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case("postgresql", 'op.create_index("ix", "orders", ["tag_id"], postgresql_concurrently=True)'),
    Case("postgresql", 'op.execute("CREATE INDEX CONCURRENTLY ix ON orders (tag_id)")'),
    Case("postgresql", 'op.execute("DROP INDEX CONCURRENTLY ix")'),
    Case("postgresql", 'op.execute("VACUUM ANALYZE users")'),
    Case("postgresql", 'op.execute("REINDEX INDEX CONCURRENTLY ix")'),
    Case("postgresql", "op.execute(\"ALTER SYSTEM SET work_mem = '1GB'\")"),
    Case(
        "postgresql",
        """
        with op.get_context().autocommit_block():
            op.execute("SELECT 1")
        op.create_index("ix", "orders", ["tag_id"], postgresql_concurrently=True)
    """,
    ),
)
GOOD = (
    Case(
        "postgresql",
        """
        with op.get_context().autocommit_block():
            op.create_index("ix", "orders", ["tag_id"], postgresql_concurrently=True)
    """,
    ),
    Case(
        "postgresql",
        """
        with op.get_context().autocommit_block():
            op.execute("VACUUM users")
    """,
    ),
    Case("postgresql", 'op.execute("REFRESH MATERIALIZED VIEW CONCURRENTLY sales")'),
    Case("postgresql", 'op.execute("ANALYZE users")'),
    Case(
        "postgresql",
        """
        op.execute("COMMIT")
        op.execute("CREATE INDEX CONCURRENTLY ix ON orders (tag_id)")
    """,
    ),
    Case("mysql", 'op.create_index("ix", "orders", ["tag_id"], postgresql_concurrently=True)'),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A statement that PostgreSQL refuses in a transaction is found."""
    found = findings("not-in-transaction", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """The same in an autocommit block is not."""
    assert findings("not-in-transaction", case) == []
