import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case("postgresql", 'op.add_column("users", sa.Column("x", sa.CHAR(10)))'),
    Case("postgresql", 'op.execute("ALTER TABLE users ADD x char(7)")'),
    Case("postgresql", 'op.execute("CREATE TABLE n (x character(12))")'),
)
GOOD = (
    Case("postgresql", 'op.add_column("users", sa.Column("x", sa.String(10)))'),
    Case("postgresql", 'op.add_column("users", sa.Column("x", sa.CHAR(2)))'),
    Case("postgresql", 'op.add_column("users", sa.Column("x", sa.CHAR(64)))'),
    Case("postgresql", 'op.execute("ALTER TABLE users ADD x character varying(7)")'),
    Case("postgresql", "op.execute('ALTER TABLE users ADD x \"char\"')"),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """Char(n) is found."""
    found = findings("padded-char", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """Varchar, and lengths that are always filled, are not."""
    assert findings("padded-char", case) == []
