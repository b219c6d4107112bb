# ruff: noqa: E501  (a statement of a revision stays on one line)
import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case(
        "postgresql",
        'op.add_column("users", sa.Column("x", sa.Integer(), sa.Computed("age + 1", persisted=True)))',
    ),
    Case("mysql", 'op.execute("ALTER TABLE users ADD x int AS (age + 1) STORED")'),
    Case(
        "postgresql",
        'op.execute("ALTER TABLE users ADD x int GENERATED ALWAYS AS (age + 1) STORED")',
    ),
    Case(
        "sqlite",
        'op.add_column("users", sa.Column("x", sa.Integer(), sa.Computed("age + 1", persisted=True)))',
    ),
)
GOOD = (
    Case("mysql", 'op.execute("ALTER TABLE users ADD x int AS (age + 1) VIRTUAL")'),
    Case(
        "sqlite",
        'op.add_column("users", sa.Column("x", sa.Integer(), sa.Computed("age + 1", persisted=False)))',
    ),
    Case(
        "postgresql",
        'op.create_table("new", sa.Column("a", sa.Integer()), sa.Column("x", sa.Integer(), sa.Computed("a + 1", persisted=True)))',
    ),
    Case("postgresql", 'op.add_column("users", sa.Column("x", sa.Integer()))'),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A stored computed column of an old table is found."""
    found = findings("generated-column", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """A virtual one, or one of a new table, is not."""
    assert findings("generated-column", case) == []
