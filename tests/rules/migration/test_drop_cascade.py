# ruff: noqa: E501  (a statement of a revision stays on one line)
import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case("postgresql", 'op.execute("DROP TYPE status CASCADE")'),
    Case("postgresql", 'op.execute("DROP TABLE orders CASCADE")'),
    Case("postgresql", 'op.execute("DROP VIEW v CASCADE")'),
    Case("postgresql", 'op.execute("ALTER TABLE users DROP COLUMN bio CASCADE")'),
    Case("postgresql", 'op.execute("ALTER TABLE users DROP CONSTRAINT c CASCADE")'),
)
GOOD = (
    Case("postgresql", 'op.execute("DROP TYPE status")'),
    Case(
        "postgresql",
        'op.execute("ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE NOT VALID")',
    ),
    Case("postgresql", 'op.execute("DROP VIEW IF EXISTS v")'),
    Case("postgresql", 'op.drop_column("users", "bio")'),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """CASCADE on a drop is found."""
    found = findings("drop-cascade", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """A drop without it, and a foreign key's CASCADE, are not."""
    assert findings("drop-cascade", case) == []
