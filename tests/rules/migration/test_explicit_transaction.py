# ruff: noqa: E501  (a statement of a revision stays on one line)
import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case(
        "postgresql",
        """
        op.execute("COMMIT")
        op.execute("CREATE INDEX CONCURRENTLY ix ON orders (tag_id)")
    """,
    ),
    Case("postgresql", 'op.get_bind().exec_driver_sql("ROLLBACK")'),
    Case("mysql", 'op.execute("START TRANSACTION")'),
    Case("postgresql", 'op.execute("BEGIN; UPDATE users SET age = 1 WHERE id = 2; COMMIT")'),
)
GOOD = (
    Case("postgresql", 'op.execute("ROLLBACK TO SAVEPOINT s")'),
    Case(
        "postgresql",
        'op.execute("CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN RETURN NEW; END $$ LANGUAGE plpgsql")',
    ),
    Case("postgresql", 'op.execute("SAVEPOINT s")'),
    Case(
        "sqlite",
        'op.execute("CREATE TRIGGER t AFTER INSERT ON users BEGIN UPDATE users SET age = 1; END")',
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """Transactions by hand are found."""
    found = findings("explicit-transaction", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """Savepoints and functions are not."""
    assert findings("explicit-transaction", case) == []
