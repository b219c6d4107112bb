import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case("postgresql", 'op.create_unique_constraint("uq", "users", ["email"])'),
    Case("postgresql", 'op.execute("ALTER TABLE users ADD CONSTRAINT uq UNIQUE (email)")'),
    Case("postgresql", 'op.add_column("users", sa.Column("code", sa.String(9), unique=True))'),
    Case("postgresql", 'op.execute("ALTER TABLE tags ADD PRIMARY KEY (id)")'),
    Case("mysql", 'op.create_unique_constraint("uq", "users", ["email"])'),
    Case(
        "sqlite",
        """
        with op.batch_alter_table("users") as batch:
            batch.create_unique_constraint("uq", ["email"])
    """,
    ),
)
GOOD = (
    Case("postgresql", 'op.execute("ALTER TABLE users ADD CONSTRAINT uq UNIQUE USING INDEX uq")'),
    Case("postgresql", 'op.create_table("new", sa.Column("a", sa.Integer(), unique=True))'),
    Case("mysql", 'op.add_column("users", sa.Column("code", sa.String(9), unique=True))'),
    Case(
        "postgresql",
        """
        with op.get_context().autocommit_block():
            op.create_index("uq", "users", ["email"], unique=True, postgresql_concurrently=True)
    """,
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A key whose index is built under a lock is found."""
    found = findings("unique-constraint", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """A finished index taken over, or a new table's key, is not."""
    assert findings("unique-constraint", case) == []
