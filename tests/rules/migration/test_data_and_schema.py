import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case(
        "postgresql",
        """
        op.add_column("users", sa.Column("x", sa.Text()))
        op.execute("UPDATE users SET x = name")
    """,
    ),
    Case(
        "mysql",
        """
        op.add_column("users", sa.Column("x", sa.Text()))
        op.execute("UPDATE users SET x = name")
    """,
    ),
    Case(
        "postgresql",
        """
        op.add_column("users", sa.Column("x", sa.Text()))
        users = sa.table('users', sa.column('x'))
        op.execute(users.update().values(x='a'))
    """,
    ),
    Case(
        "postgresql",
        """
        op.add_column("users", sa.Column("x", sa.Text()))
        op.get_bind().execute(sa.text('DELETE FROM orders WHERE status = :s'), {'s': 'old'})
    """,
    ),
)
GOOD = (
    Case("postgresql", "op.execute(\"UPDATE users SET name = 'x' WHERE name = 'y'\")"),
    Case("postgresql", 'op.add_column("users", sa.Column("x", sa.Text()))'),
    Case(
        "postgresql",
        """
        op.add_column("users", sa.Column("x", sa.Text()))
        op.execute("UPDATE users SET x = name")
    """,
        rows=40,
    ),
    Case(
        "postgresql",
        """
        new = op.create_table("new", sa.Column("a", sa.Integer()))
        op.bulk_insert(new, [{"a": 1}])
        op.execute("UPDATE new SET a = 2")
    """,
    ),
    Case(
        "postgresql",
        """
        op.add_column("users", sa.Column("x", sa.Text()))
        with op.get_context().autocommit_block():
            op.execute("UPDATE users SET x = name WHERE id < 1000")
    """,
    ),
    Case(
        "postgresql",
        """
        op.add_column("users", sa.Column("x", sa.Text()))
        op.execute("UPDATE users SET x = name WHERE id BETWEEN 1 AND 1000")
    """,
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """Rows changed under the lock of a changed table are found."""
    found = findings("data-and-schema", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """Rows alone, bounded rows and a new table's rows are not."""
    assert findings("data-and-schema", case) == []
