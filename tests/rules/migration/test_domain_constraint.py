import pytest
from tests.rules.migration.corpus import Case, findings

BAD = (
    Case(
        "postgresql",
        "op.execute(\"ALTER DOMAIN email ADD CONSTRAINT has_at CHECK (value LIKE '%@%')\")",
    ),
    Case("postgresql", 'op.execute("ALTER DOMAIN email SET NOT NULL")'),
    Case("postgresql", "op.execute(\"ALTER DOMAIN email ADD CHECK (value <> '')\")"),
)
GOOD = (
    Case(
        "postgresql",
        "op.execute(\"ALTER DOMAIN email ADD CONSTRAINT c CHECK (value LIKE '%@%') NOT VALID\")",
    ),
    Case("postgresql", 'op.execute("CREATE DOMAIN d AS text; ALTER DOMAIN d SET NOT NULL")'),
    Case("postgresql", 'op.execute("ALTER DOMAIN email DROP NOT NULL")'),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    """A constraint on a domain in use is found."""
    found = findings("domain-constraint", case)
    assert found
    assert all(finding.location and finding.location.line for finding in found)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    """NOT VALID and a new domain are not."""
    assert findings("domain-constraint", case) == []
