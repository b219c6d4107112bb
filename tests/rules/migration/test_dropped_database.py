import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case("postgresql", 'op.execute("DROP SCHEMA reporting CASCADE")'),
    Case(
        "postgresql",
        """
        with op.get_context().autocommit_block():
            op.execute("DROP DATABASE shop")
    """,
    ),
    Case("mysql", 'op.execute("DROP DATABASE IF EXISTS shop")'),
    Case("postgresql", 'op.execute("DROP OWNED BY app")'),
)
GOOD = (
    Case("postgresql", 'op.execute("DROP SCHEMA reporting")'),
    Case("postgresql", 'op.execute("CREATE SCHEMA reporting")'),
    Case("postgresql", "op.execute(\"COMMENT ON TABLE users IS 'never drop database'\")"),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A dropped schema or database is found."""
    found = findings("dropped-database", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """An empty schema, and what only says so, are not."""
    assert findings("dropped-database", case) == []
