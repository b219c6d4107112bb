# ruff: noqa: E501  (a statement of a revision stays on one line)
import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case(
        "postgresql",
        """
        op.execute("DELETE FROM users WHERE name IS NULL")
        op.add_column("users", sa.Column("x", sa.Integer(), nullable=False))
    """,
    ),
    Case("postgresql", 'op.add_column("users", sa.Column("x", sa.Integer(), nullable=False))'),
    Case("mysql", 'op.add_column("users", sa.Column("x", sa.Integer(), nullable=False))'),
    Case("sqlite", 'op.add_column("users", sa.Column("x", sa.Integer(), nullable=False))'),
    Case("postgresql", 'op.execute("ALTER TABLE users ADD COLUMN x int NOT NULL")'),
    Case(
        "postgresql",
        'op.execute("ALTER TABLE IF EXISTS public.users ADD x int NOT NULL, ADD y text")',
    ),
    Case(
        "sqlite",
        """
        with op.batch_alter_table("users") as batch:
            batch.add_column(sa.Column("x", sa.Integer(), nullable=False))
    """,
    ),
    Case("postgresql", 'op.get_bind().execute(sa.text("ALTER TABLE users ADD x int NOT NULL"))'),
)
GOOD = (
    Case(
        "postgresql",
        """
        op.execute("DELETE FROM users")
        op.rename_table("users", "people")
        op.add_column("people", sa.Column("x", sa.Integer(), nullable=False))
    """,
    ),
    Case(
        "postgresql",
        """
        op.execute("DELETE FROM users")
        op.add_column("users", sa.Column("x", sa.Integer(), nullable=False))
    """,
    ),
    Case("postgresql", 'op.add_column("users", sa.Column("x", sa.Integer(), nullable=True))'),
    Case(
        "postgresql",
        'op.add_column("users", sa.Column("x", sa.Integer(), nullable=False, server_default="0"))',
    ),
    Case(
        "postgresql",
        """
        op.create_table("new", sa.Column("id", sa.BigInteger(), primary_key=True))
        op.add_column("new", sa.Column("x", sa.Integer(), nullable=False))
    """,
    ),
    Case("mysql", 'op.execute("ALTER TABLE users ADD COLUMN x int NOT NULL DEFAULT 0")'),
    Case(
        "postgresql",
        'op.add_column("users", sa.Column("x", sa.BigInteger(), sa.Identity(), nullable=False))',
    ),
    Case(
        "postgresql",
        'op.execute("CREATE TABLE fresh (id bigint primary key); ALTER TABLE fresh ADD x int NOT NULL")',
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A column that must not be null and has no default is found."""
    found = findings("required-column", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """A nullable, defaulted, numbered column or a new table's is not."""
    assert findings("required-column", case) == []
