import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case("postgresql", 'op.execute("TRUNCATE users CASCADE")'),
    Case("postgresql", 'op.execute("TRUNCATE TABLE orders")'),
    Case("mysql", 'op.execute("TRUNCATE orders")'),
    Case("postgresql", 'op.execute("truncate only orders restart identity")'),
)
GOOD = (
    Case("postgresql", 'op.execute("CREATE TABLE n (a int); TRUNCATE n")'),
    Case("postgresql", "op.execute(\"SELECT date_trunc('day', now())\")"),
    Case("postgresql", "op.execute(\"UPDATE users SET name = 'truncate orders' WHERE id = 1\")"),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """An emptied table is found."""
    found = findings("truncated-table", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """A new table's is not."""
    assert findings("truncated-table", case) == []
