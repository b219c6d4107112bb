# ruff: noqa: E501  (a statement of a revision stays on one line)
import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case(
        "postgresql",
        'op.add_column("users", sa.Column("x", sa.Uuid(), server_default=sa.text("gen_random_uuid()")))',
    ),
    Case("postgresql", 'op.execute("ALTER TABLE users ADD x float DEFAULT random()")'),
    Case(
        "postgresql",
        'op.add_column("users", sa.Column("x", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()")))',
    ),
    Case(
        "postgresql",
        'op.add_column("users", sa.Column("x", sa.Integer(), server_default="1"))',
        version=(10, 23),
    ),
    Case(
        "sqlite",
        'op.add_column("users", sa.Column("x", sa.DateTime(), server_default=sa.text("CURRENT_TIMESTAMP")))',
    ),
)
GOOD = (
    Case(
        "postgresql",
        'op.add_column("users", sa.Column("x", sa.DateTime(timezone=True), server_default=sa.func.now()))',
    ),
    Case("postgresql", 'op.add_column("users", sa.Column("x", sa.Integer(), server_default="1"))'),
    Case(
        "postgresql", 'op.add_column("users", sa.Column("x", sa.Text(), server_default="random()"))'
    ),
    Case(
        "postgresql", "op.execute(\"ALTER TABLE users ADD x jsonb DEFAULT '{}'::jsonb NOT NULL\")"
    ),
    Case(
        "postgresql",
        'op.add_column("users", sa.Column("x", sa.Integer(), server_default="1"))',
        version=(16, 4),
    ),
    Case("sqlite", 'op.add_column("users", sa.Column("x", sa.Integer(), server_default="1"))'),
    Case(
        "sqlite",
        """
        with op.batch_alter_table("users") as batch:
            batch.add_column(sa.Column("x", sa.DateTime(), server_default=sa.func.now()))
    """,
    ),
    Case(
        "postgresql",
        """
        op.add_column("users", sa.Column("x", sa.Uuid()))
        op.alter_column("users", "x", server_default=sa.text("gen_random_uuid()"))
    """,
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A default that differs from row to row is found."""
    found = findings("volatile-default", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """A constant or the transaction's time is not."""
    assert findings("volatile-default", case) == []
