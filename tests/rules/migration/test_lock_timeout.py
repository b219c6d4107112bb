import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case("postgresql", 'op.add_column("users", sa.Column("x", sa.Integer()))'),
    Case("postgresql", 'op.execute("ALTER TABLE users ADD x int")'),
    Case("postgresql", 'op.drop_table("orders")'),
    Case("postgresql", 'op.add_column("users", sa.Column("x", sa.Integer()))', rows=3_000_000),
)
GOOD = (
    Case(
        "postgresql",
        """
        op.execute("SET LOCAL lock_timeout = '3s'")
        op.add_column("users", sa.Column("x", sa.Integer()))
    """,
    ),
    Case(
        "postgresql",
        'op.add_column("users", sa.Column("x", sa.Integer()))',
        env="# SET lock_timeout = '3s'",
    ),
    Case("postgresql", 'op.add_column("users", sa.Column("x", sa.Integer()))', rows=12),
    Case("postgresql", 'op.create_table("new", sa.Column("a", sa.Integer()))'),
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
        op.execute("SELECT set_config('lock_timeout', '3s', true)")
        op.add_column("users", sa.Column("x", sa.Integer()))
    """,
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A wait that nothing bounds is found."""
    found = findings("lock-timeout", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """A bounded wait, a small table and a new table are not."""
    assert findings("lock-timeout", case) == []
