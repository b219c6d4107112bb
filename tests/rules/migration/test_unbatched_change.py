# ruff: noqa: E501  (a statement of a revision stays on one line)
import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case("postgresql", 'op.execute("UPDATE users SET active = true")'),
    Case("postgresql", 'op.execute("DELETE FROM orders")'),
    Case("postgresql", 'op.execute("UPDATE users SET active = true WHERE active IS NULL")'),
    Case("mysql", 'op.execute("UPDATE users u JOIN tags t ON t.id = u.id SET u.age = t.id")'),
    Case(
        "postgresql",
        'op.execute("UPDATE users SET age = o.id FROM orders o WHERE o.user_id = users.id")',
    ),
    Case(
        "postgresql",
        """
        users = sa.table("users", sa.column("active"))
        op.execute(users.update().values(active=True))
    """,
    ),
    Case(
        "postgresql",
        """
        users = sa.table("users", sa.column("active"))
        op.get_bind().execute(sa.update(users).values(active=True))
    """,
    ),
    Case("sqlite", 'op.execute("DELETE FROM orders")', rows=5_000_000),
)
GOOD = (
    Case("postgresql", 'op.execute("UPDATE users SET active = true WHERE id BETWEEN 1 AND 5000")'),
    Case(
        "postgresql",
        'op.execute("DELETE FROM orders WHERE id IN (SELECT id FROM orders LIMIT 1000)")',
    ),
    Case("mysql", 'op.execute("DELETE FROM orders LIMIT 1000")'),
    Case("postgresql", "op.execute(\"UPDATE users SET name = 'b' WHERE name = 'a'\")"),
    Case(
        "postgresql",
        """
        op.create_table("new", sa.Column("a", sa.Integer()))
        op.execute("UPDATE new SET a = 1")
    """,
    ),
    Case("postgresql", 'op.execute("INSERT INTO tags (id) VALUES (1)")'),
    Case(
        "postgresql",
        'op.execute("WITH batch AS (SELECT id FROM users LIMIT 500) UPDATE users SET age = 1 FROM batch WHERE batch.id = users.id")',
    ),
    Case("postgresql", "op.execute(\"UPDATE users SET note = 'UPDATE users SET a' WHERE id = 5\")"),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """One statement for all rows is found."""
    found = findings("unbatched-change", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """Batches, values in the condition and new tables are not."""
    assert findings("unbatched-change", case) == []
