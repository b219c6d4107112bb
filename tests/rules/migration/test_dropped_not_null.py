import pytest
from tests.rules.migration.corpus import Case, findings

LOOSE = "existing_type=sa.String(50), nullable=True)"
BAD = (
    Case("postgresql", f'op.alter_column("users", "name", {LOOSE}'),
    Case("mysql", f'op.alter_column("users", "name", {LOOSE}'),
    Case("postgresql", 'op.execute("ALTER TABLE users ALTER name DROP NOT NULL")'),
    Case(
        "sqlite",
        f"""
        with op.batch_alter_table("users") as batch:
            batch.alter_column("name", {LOOSE}
    """,
    ),
)
GOOD = (
    Case("postgresql", f'op.alter_column("users", "email", {LOOSE}'),
    Case(
        "postgresql",
        'op.alter_column("elsewhere", "x", existing_nullable=True, nullable=True)',
    ),
    Case(
        "postgresql",
        'op.alter_column("users", "email", existing_type=sa.String(50), nullable=False)',
    ),
    Case("mysql", 'op.execute("ALTER TABLE users MODIFY email varchar(60)")'),
    Case(
        "postgresql",
        """
        op.create_table("new", sa.Column("a", sa.Integer(), nullable=False))
        op.alter_column("new", "a", existing_type=sa.Integer(), nullable=True)
    """,
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A column that loses NOT NULL is found."""
    found = findings("dropped-not-null", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """One that never had it, or that is new, is not."""
    assert findings("dropped-not-null", case) == []
