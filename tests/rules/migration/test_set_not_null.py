# ruff: noqa: E501  (a statement of a revision stays on one line)
import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case(
        "postgresql",
        'op.alter_column("users", "email", nullable=False, existing_type=sa.String(50))',
    ),
    Case("postgresql", 'op.execute("ALTER TABLE users ALTER email SET NOT NULL")'),
    Case("mysql", 'op.alter_column("users", "email", nullable=False, existing_type=sa.String(50))'),
    Case(
        "sqlite",
        """
        with op.batch_alter_table("users") as batch:
            batch.alter_column("email", nullable=False, existing_type=sa.String(50))
    """,
    ),
    Case(
        "postgresql",
        """
        op.execute("UPDATE users SET email = '' WHERE email IS NULL")
        op.alter_column("users", "email", nullable=False)
    """,
    ),
    Case(
        "postgresql",
        """
        op.execute("ALTER TABLE users VALIDATE CONSTRAINT c")
        op.alter_column("users", "email", nullable=False)
    """,
        version=(11, 0),
    ),
)
GOOD = (
    Case(
        "postgresql",
        """
        op.execute("ALTER TABLE users VALIDATE CONSTRAINT ck_users_email_not_null")
        op.alter_column("users", "email", nullable=False)
    """,
    ),
    Case(
        "postgresql",
        """
        op.alter_column("users", "email", nullable=False)
        op.drop_constraint("ck_users_email_not_null", "users", type_="check")
    """,
    ),
    Case(
        "mysql",
        """
        op.execute("UPDATE users SET email = '' WHERE email IS NULL")
        op.alter_column("users", "email", nullable=False, existing_type=sa.String(50))
    """,
    ),
    Case(
        "sqlite",
        """
        op.execute("UPDATE users SET email = '' WHERE email IS NULL")
        with op.batch_alter_table("users") as batch:
            batch.alter_column("email", nullable=False, existing_type=sa.String(50))
    """,
    ),
    Case(
        "postgresql", 'op.alter_column("users", "name", nullable=True, existing_type=sa.String(50))'
    ),
    Case(
        "mysql",
        'op.alter_column("users", "name", type_=sa.String(60), existing_type=sa.String(50), nullable=False)',
    ),
    Case(
        "postgresql",
        """
        op.create_table("new", sa.Column("x", sa.Integer()))
        op.alter_column("new", "x", nullable=False)
    """,
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A column with rows that becomes NOT NULL is found."""
    found = findings("set-not-null", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """One whose rows are known to be filled is not."""
    assert findings("set-not-null", case) == []
