import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case("postgresql", 'op.alter_column("users", "name", new_column_name="full_name")'),
    Case("postgresql", 'op.execute("ALTER TABLE users RENAME COLUMN name TO full_name")'),
    Case("mysql", 'op.execute("ALTER TABLE users CHANGE name full_name varchar(50) NOT NULL")'),
    Case("postgresql", 'op.execute("ALTER TABLE users RENAME name TO full_name")'),
    Case(
        "sqlite",
        """
        with op.batch_alter_table("users") as batch:
            batch.alter_column("name", new_column_name="full_name")
    """,
    ),
)
GOOD = (
    Case(
        "postgresql",
        """
        op.add_column("users", sa.Column("x", sa.Integer()))
        op.alter_column("users", "x", new_column_name="y")
    """,
    ),
    Case("mysql", 'op.execute("ALTER TABLE users CHANGE name name varchar(60) NOT NULL")'),
    Case("postgresql", 'op.execute("ALTER TABLE users RENAME CONSTRAINT a TO b")'),
    Case(
        "postgresql",
        """
        op.create_table("new", sa.Column("a", sa.Integer()))
        op.alter_column("new", "a", new_column_name="b")
    """,
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A renamed column is found."""
    found = findings("renamed-column", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """A column of this revision, or the same name, is not."""
    assert findings("renamed-column", case) == []
