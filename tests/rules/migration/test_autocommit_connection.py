import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case("postgresql", 'op.get_bind().execution_options(isolation_level="AUTOCOMMIT")'),
    Case(
        "postgresql", 'op.execute("SELECT 1", execution_options={"isolation_level": "AUTOCOMMIT"})'
    ),
    Case("sqlite", 'op.get_bind().execution_options(isolation_level="AUTOCOMMIT")'),
)
GOOD = (
    Case(
        "postgresql",
        """
        with op.get_context().autocommit_block():
            op.execute("SELECT 1")
    """,
    ),
    Case("postgresql", "op.get_bind().execution_options(stream_results=True)"),
    Case("postgresql", 'op.execute("SELECT 1")'),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """AUTOCOMMIT on the migration's own connection is found."""
    found = findings("autocommit-connection", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """The autocommit block is not."""
    assert findings("autocommit-connection", case) == []
