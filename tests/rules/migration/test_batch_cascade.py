import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case(
        "sqlite",
        """
        with op.batch_alter_table("users") as batch:
            batch.alter_column("name", nullable=True)
    """,
    ),
    Case(
        "sqlite",
        """
        with op.batch_alter_table("users") as batch:
            batch.drop_column("bio")
    """,
    ),
    Case(
        "sqlite",
        """
        with op.batch_alter_table("users", recreate="always") as batch:
            batch.add_column(sa.Column("x", sa.Integer()))
    """,
    ),
)
GOOD = (
    Case(
        "sqlite",
        """
        with op.batch_alter_table("users") as batch:
            batch.add_column(sa.Column("x", sa.Integer()))
    """,
    ),
    Case(
        "sqlite",
        """
        with op.batch_alter_table("users") as batch:
            batch.create_index("ix", ["name"])
    """,
    ),
    Case(
        "sqlite",
        """
        with op.batch_alter_table("users") as batch:
            batch.drop_column("bio")
    """,
        env="# PRAGMA foreign_keys=OFF",
    ),
    Case(
        "sqlite",
        """
        with op.batch_alter_table("orders") as batch:
            batch.drop_column("note")
    """,
    ),
    Case(
        "postgresql",
        """
        with op.batch_alter_table("users") as batch:
            batch.drop_column("bio")
    """,
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A table made anew to which rows refer is found."""
    found = findings("batch-cascade", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """One altered in place, with keys off, or without children is not."""
    assert findings("batch-cascade", case) == []
